#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"
#include "rewriter/cas_priv.h"

void cas_number(struct cas_writer *w, const char *before, uint64_t number)
{
    cas_put(w, before);
    wb_text_put_number(w->out, number);
}

void cas_integer(struct cas_writer *w, int64_t number)
{
    cas_number(w, number < 0 ? "-" : "", number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void cas_atom(struct cas_writer *w, uint64_t atom)
{
    if (atom == 0 || atom >= w->module->atoms.count)
        cas_number(w, "atom#", atom);
    else
        wb_text_add(w->out, w->atoms[atom].at, w->atoms[atom].size);
}

void cas_base64(struct wb_bytes bytes, bool lines, struct wb_text *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char line[CAS_BASE64_COLUMNS + 1];
    size_t column = 0;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t three = (uint32_t)bytes.at[i] << 16 | (left > 1 ? bytes.at[i + 1] << 8 : 0) |
                         (left > 2 ? bytes.at[i + 2] : 0);
        line[column] = digits[three >> 18];
        line[column + 1] = digits[three >> 12 & 63];
        line[column + 2] = left > 1 ? digits[three >> 6 & 63] : '=';
        line[column + 3] = left > 2 ? digits[three & 63] : '=';
        column += 4;
        if (column < CAS_BASE64_COLUMNS && left > 3)
            continue;
        if (lines)
            line[column++] = '\n';
        wb_text_put_bytes(text, line, column);
        column = 0;
    }
}

// Kinds that have a text, not nested too deeply.
static bool is_printable(const struct beam_value *value, unsigned depth)
{
    switch (value->kind) {
    case BEAM_NIL:
    case BEAM_SMALL:
    case BEAM_BIG:
    case BEAM_FLOAT:
    case BEAM_ATOM:
    case BEAM_BINARY:
    case BEAM_EXPORT:
        return true;
    case BEAM_CONS:
    case BEAM_TUPLE:
    case BEAM_MAP:
        for (size_t i = 0; i < value->part.count; i++)
            if (depth == 0 || !is_printable(&value->part.at[i], depth - 1))
                return false;
        return true;
    case BEAM_FUN:
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        return false;
    }
    return false;
}

static bool is_usual(unsigned minor, struct wb_bytes etf, const struct beam_value *value)
{
    struct wb_text again wb_auto_text = {0};
    wb_error_free(beam_etf_write_minor(value, minor, &again));
    return wb_bytes_equal(wb_text_bytes(&again), etf);
}

void cas_term(struct cas_writer *w, unsigned minor, struct wb_bytes etf,
              const struct beam_value *value)
{
    if (is_printable(value, CAS_TERM_DEPTH) && is_usual(minor, etf, value)) {
        beam_print(value, BEAM_PRINT_0P, w->out);
        return;
    }
    cas_put(w, "etf:\"");
    cas_base64(etf, false, w->out);
    cas_put(w, "\"");
}

void cas_string(struct cas_writer *w, struct wb_bytes bytes)
{
    struct beam_value value = {.kind = BEAM_BINARY, .binary = {bytes.at, 8 * bytes.size}};
    beam_print(&value, BEAM_PRINT_0P, w->out);
}

static bool has_digits_only(struct wb_bytes text, size_t from)
{
    for (size_t i = from; i < text.size; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.size > from;
}

static bool is_plain_file(struct wb_bytes file)
{
    for (size_t i = 0; i < file.size; i++) {
        uint8_t c = file.at[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z', digit = c >= '0' && c <= '9';
        if (!letter && !digit && (c == '\0' || strchr("_-./+@", c) == NULL))
            return false;
    }
    return file.size > 0 && file.at[0] != '-' && !has_digits_only(file, 0);
}

void cas_line(struct cas_writer *w, uint64_t line)
{
    const struct beam_module *module = w->module;
    if (line == 0) {
        cas_put(w, "-");
        return;
    }
    if (line >= module->lines.count) {
        cas_number(w, "line#", line);
        return;
    }
    struct wb_bytes file = module->lines.files[module->lines.at[line].file];
    if (is_plain_file(file)) {
        wb_text_add(w->out, file.at, file.size);
    } else {
        cas_put(w, "\"");
        cas_base64(file, false, w->out);
        cas_put(w, "\"");
    }
    cas_number(w, ":", module->lines.at[line].line);
}

void cas_type(struct cas_writer *w, const struct beam_type *type)
{
    bool named = w->module->types.version == 1 && type->bits >> BEAM_TYPE_KINDS == 0;
    const char *before = "";
    if (named && type->bits == BEAM_TYPE_ALL) {
        cas_put(w, "any");
    } else if (named && type->bits != 0) {
        for (unsigned i = 0; i < BEAM_TYPE_KINDS; i++) {
            if ((type->bits >> i & 1) == 0)
                continue;
            cas_put(w, before);
            cas_put(w, beam_type_names[i]);
            before = "|";
        }
    } else {
        wb_text_printf(w->out, "16#%x", type->bits);
    }
    if (type->has_min || type->has_max) {
        cas_put(w, "(");
        if (type->has_min)
            cas_integer(w, type->min);
        cas_put(w, "..");
        if (type->has_max)
            cas_integer(w, type->max);
        cas_put(w, ")");
    }
    if (type->has_unit)
        cas_number(w, "*", type->unit);
}

void cas_label(struct cas_writer *w, uint64_t label)
{
    const struct cas_label *mine = label < w->module->code.labels ? &w->labels[label] : NULL;
    if (label == 0)
        cas_put(w, "-");
    else if (mine == NULL || mine->function == NULL || mine->function != w->function)
        cas_number(w, "@#", label);
    else if (mine->role == CAS_PLAIN)
        cas_number(w, "@", mine->local);
    else
        cas_put(w, mine->role == CAS_INFO ? "@info" : "@start");
}

// The function a call goes to by name, if there is one of that name only.
static void put_callee(struct cas_writer *w, uint64_t label)
{
    const struct cas_label *mine = label < w->module->code.labels ? &w->labels[label] : NULL;
    bool entry = label != 0 && mine != NULL && mine->function != NULL && mine->role == CAS_START;
    if (!entry || mine->local != 0) {
        cas_label(w, label);
        return;
    }
    cas_atom(w, mine->function->name);
    cas_number(w, "/", mine->function->arity);
}

static void put_import(struct cas_writer *w, uint64_t index)
{
    if (index >= w->module->imports.count) {
        cas_number(w, "import#", index);
        return;
    }
    const struct beam_import *import = &w->module->imports.at[index];
    cas_atom(w, import->module);
    cas_put(w, ":");
    cas_atom(w, import->function);
    cas_number(w, "/", import->arity);
}

static void put_lambda(struct cas_writer *w, uint64_t index)
{
    const struct beam_lambda *at = w->module->lambdas.at;
    bool known = index < w->module->lambdas.count;
    for (uint64_t i = 0; known && i < index; i++)
        known = at[i].function != at[index].function || at[i].arity != at[index].arity;
    if (!known) {
        cas_number(w, "fun#", index);
        return;
    }
    cas_atom(w, at[index].function);
    cas_number(w, "/", at[index].arity);
}

static void put_flags(struct cas_writer *w, uint64_t flags)
{
    const char *before = "";
    if (flags == 0 || flags >> BEAM_FLAG_NAMES != 0) {
        cas_number(w, "", flags);
        return;
    }
    for (unsigned i = 0; i < BEAM_FLAG_NAMES; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        cas_put(w, before);
        cas_put(w, beam_flag_names[i]);
        before = "|";
    }
}

// Bytes of the string pool; where they are is said only if they are elsewhere first.
static void put_string(struct cas_writer *w, uint64_t offset, uint64_t size)
{
    struct wb_bytes pool = w->module->strings;
    if (size == 0 || offset > pool.size || size > pool.size - offset) {
        cas_number(w, "", offset);
        return;
    }
    struct wb_bytes bytes = {pool.at + offset, size};
    cas_string(w, bytes);
    if (memmem(pool.at, pool.size, bytes.at, bytes.size) != bytes.at)
        cas_number(w, "@", offset);
}

static void put_register(struct cas_writer *w, const struct beam_operand *operand)
{
    const struct beam_module *module = w->module;
    cas_number(w, operand->tag == BEAM_TAG_X ? "x" : "y", operand->value);
    if (operand->extra == BEAM_NO_TYPE)
        return;
    if (operand->extra >= module->types.count || !module->types.understood) {
        cas_number(w, ":type#", operand->extra);
        return;
    }
    cas_put(w, ":");
    cas_type(w, &module->types.at[operand->extra]);
}

static void put_alloc(struct cas_writer *w, char letter, const struct beam_operand *operand)
{
    cas_put(w, letter == 'h' ? "{" : "alloc:{");
    for (uint32_t i = 0; i + 1 < operand->extra; i += 2) {
        uint64_t kind = operand->list[i].value;
        cas_put(w, i > 0 ? ", " : "");
        if (kind < BEAM_ALLOC_NAMES)
            cas_put(w, beam_alloc_names[kind]);
        else
            cas_number(w, "kind", kind);
        cas_number(w, " ", operand->list[i + 1].value);
    }
    cas_put(w, "}");
}

static void put_literal(struct cas_writer *w, char letter, uint64_t index)
{
    if (index >= w->module->literals.count) {
        cas_number(w, "lit#", index);
        return;
    }
    const struct beam_literal *literal = &w->module->literals.at[index];
    enum beam_kind kind = literal->value->kind;
    bool plain = kind == BEAM_SMALL || kind == BEAM_BIG || kind == BEAM_ATOM || kind == BEAM_NIL;
    bool taken = letter == 'o' || letter == 'h' || letter == 'I' || letter == 'i' ||
                 letter == 'g' || rw_is_list(letter);
    if (plain || taken)
        cas_put(w, "lit:");
    cas_term(w, CAS_LITERAL_MINOR, literal->etf, literal->value);
}

static void put_operand(struct cas_writer *w, const struct beam_operand *operand, char letter,
                        uint64_t size);

static void put_list(struct cas_writer *w, const struct beam_operand *list, char letter)
{
    cas_put(w, rw_is_list(letter) ? "[" : "list:[");
    for (uint32_t i = 0; i < list->extra; i++) {
        uint64_t size = i + 1 < list->extra ? list->list[i + 1].value : 0;
        cas_put(w, i > 0 ? ", " : "");
        put_operand(w, &list->list[i], cas_element_letter(w->module, letter, list->list, i), size);
    }
    cas_put(w, "]");
}

static void put_u(struct cas_writer *w, uint64_t value, char letter, uint64_t size)
{
    if (letter == 'I')
        put_import(w, value);
    else if (letter == 'g')
        put_lambda(w, value);
    else if (letter == 'i')
        cas_line(w, value);
    else if (letter == 'b')
        put_flags(w, value);
    else if (letter == 'o')
        put_string(w, value, size);
    else
        cas_number(w, cas_is_integer_place(letter) ? "u:" : "", value);
}

// Sizes of the parts that are larger than needed.
static void put_width(struct cas_writer *w, const struct beam_operand *operand)
{
    const uint8_t *width = operand->width;
    if ((width[0] | width[1] | width[2]) == 0)
        return;
    cas_number(w, "~", width[0]);
    cas_number(w, ".", width[1]);
    cas_number(w, ".", width[2]);
}

static void put_tagged(struct cas_writer *w, const struct beam_operand *operand, char letter)
{
    switch ((enum beam_tag)operand->tag) {
    case BEAM_TAG_U:
        break;
    case BEAM_TAG_I:
        cas_put(w, cas_is_integer_place(letter) ? "" : "i:");
        cas_integer(w, operand->integer);
        break;
    case BEAM_TAG_A:
        if (operand->value == 0 && !rw_is_list(letter))
            cas_put(w, "[]");
        else
            cas_atom(w, operand->value);
        break;
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        put_register(w, operand);
        break;
    case BEAM_TAG_F:
        if (letter == 'i')
            cas_put(w, "f:");
        if (letter == 'c')
            put_callee(w, operand->value);
        else
            cas_label(w, operand->value);
        break;
    case BEAM_TAG_H:
        cas_number(w, "h:", operand->value);
        break;
    case BEAM_TAG_BIG:
        cas_put(w, "big:");
        for (uint32_t i = 0; i < operand->extra; i++)
            wb_text_printf(w->out, "%02x", operand->bytes[i]);
        break;
    case BEAM_TAG_LIST:
        put_list(w, operand, letter);
        break;
    case BEAM_TAG_FR:
        cas_number(w, "fr", operand->value);
        break;
    case BEAM_TAG_ALLOC:
        put_alloc(w, letter, operand);
        break;
    case BEAM_TAG_LITERAL:
        put_literal(w, letter, operand->value);
        break;
    }
}

// `size`: of the bytes that an offset into the string pool names.
static void put_operand(struct cas_writer *w, const struct beam_operand *operand, char letter,
                        uint64_t size)
{
    if (operand->tag == BEAM_TAG_U)
        put_u(w, operand->value, letter, size);
    else
        put_tagged(w, operand, letter);
    put_width(w, operand);
}

void cas_ins(struct cas_writer *w, const struct rw_ins *ins)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    cas_put(w, info->name);
    for (unsigned i = 0; i < ins->count; i++) {
        uint64_t size = i > 0 ? ins->operand[i - 1].value : 0;
        if (ins->op == OP_bs_match_string)
            size = size / 8 + (size % 8 != 0);
        cas_put(w, i == 0 ? " " : ", ");
        put_operand(w, &ins->operand[i], info->operands[i], size);
    }
}
