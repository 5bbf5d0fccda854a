#include "core-vm/format/dis.h"

#include <string.h>

#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"

const char *const beam_type_names[BEAM_TYPE_KINDS] = {
    "atom", "bits", "match", "cons", "float", "fun",   "integer",
    "map",  "nil",  "pid",   "port", "ref",   "tuple",
};
const char *const beam_flag_names[BEAM_FLAG_NAMES] = {"aligned", "little", "signed", "exact",
                                                      "native"};
const char *const beam_alloc_names[BEAM_ALLOC_NAMES] = {"words", "floats", "funs"};

// A literal may be large and be named often: where it is named it is shown this far.
enum { LITERAL_LIMIT = 160 };

struct dis {
    const struct beam_module *module;
    const struct beam_code *code;  // NULL: labels are not resolved
    struct wb_text *out;
    struct wb_bytes *atoms;  // as they are printed; NULL: print each when it is met
    bool *cut;               // literals that were not shown whole; NULL: nobody asks
};

static inline void put(struct dis *d, const char *text)
{
    wb_text_add(d->out, text, strlen(text));
}

static inline void put_char(struct dis *d, char c)
{
    wb_text_add(d->out, &c, 1);
}

static void put_integer(struct dis *d, int64_t number)
{
    if (number < 0)
        put_char(d, '-');
    wb_text_put_number(d->out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void put_tagged(struct dis *d, const char *tag, uint64_t number)
{
    put(d, tag);
    wb_text_put_number(d->out, number);
}

static void put_atom(struct dis *d, uint64_t atom)
{
    if (atom == 0)
        put(d, "[]");
    else if (atom >= d->module->atoms.count)
        put_tagged(d, "atom#", atom);
    else if (d->atoms != NULL)
        wb_text_add(d->out, d->atoms[atom].at, d->atoms[atom].size);
    else
        beam_print_atom(d->module->atoms.at[atom], d->out);
}

static void put_function(struct dis *d, uint64_t name, uint64_t arity)
{
    put_atom(d, name);
    put_tagged(d, "/", arity);
}

static void put_literal(struct dis *d, uint64_t index)
{
    size_t before = d->out->size;
    if (index < d->module->literals.count) {
        struct beam_print how = BEAM_PRINT_0P;
        how.limit = LITERAL_LIMIT;
        beam_print(d->module->literals.at[index].value, how, d->out);
        if (d->out->size - before < LITERAL_LIMIT)
            return;
        if (d->cut != NULL)
            d->cut[index] = true;
    }
    put_tagged(d, d->out->size > before ? "#" : "literal#", index);
}

static void put_import(struct dis *d, uint64_t index)
{
    if (index >= d->module->imports.count) {
        put_tagged(d, "import#", index);
        return;
    }
    const struct beam_import *import = &d->module->imports.at[index];
    put_atom(d, import->module);
    put_char(d, ':');
    put_function(d, import->function, import->arity);
}

static void put_lambda(struct dis *d, uint64_t index)
{
    if (index >= d->module->lambdas.count)
        put_tagged(d, "fun#", index);
    else
        put_function(d, d->module->lambdas.at[index].function, d->module->lambdas.at[index].arity);
}

static void put_line(struct dis *d, uint64_t index)
{
    if (index == 0) {
        put_char(d, '-');
        return;
    }
    if (index >= d->module->lines.count) {
        put_tagged(d, "line#", index);
        return;
    }
    const struct beam_line *line = &d->module->lines.at[index];
    struct wb_bytes file = d->module->lines.files[line->file];
    wb_text_add(d->out, file.at, file.size);
    put_tagged(d, ":", line->line);
}

static void put_label(struct dis *d, uint64_t label)
{
    if (label == 0)
        put_char(d, '-');
    else
        put_tagged(d, "@", label);
}

// The function a call goes to, by its label.
static void put_callee(struct dis *d, uint64_t label)
{
    uint32_t ins = BEAM_NO_INS;
    if (d->code != NULL && label < d->code->labels.count)
        ins = d->code->labels.at[label];
    const struct beam_function *callee =
        ins != BEAM_NO_INS ? beam_code_function_at(d->code, ins) : NULL;
    if (callee != NULL)
        put_function(d, callee->name, callee->arity);
    put_label(d, label);
}

static void put_flags(struct dis *d, uint64_t flags)
{
    bool any = false;
    for (unsigned i = 0; i < BEAM_FLAG_NAMES; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        if (any)
            put_char(d, '|');
        put(d, beam_flag_names[i]);
        any = true;
    }
    if (!any || flags >> BEAM_FLAG_NAMES != 0)
        wb_text_put_number(d->out, flags);
}

// Bytes of the string pool, where they can be told.
static void put_string(struct dis *d, uint64_t offset, uint64_t bits)
{
    struct wb_bytes pool = d->module->strings;
    wb_text_put_number(d->out, offset);
    if (bits == 0 || offset > pool.size || bits > 8 * (pool.size - offset))
        return;
    struct beam_value value = {.kind = BEAM_BINARY, .binary = {pool.at + offset, bits}};
    put_char(d, ':');
    beam_print(&value, BEAM_PRINT_0P, d->out);
}

static void put_type(struct dis *d, uint32_t type)
{
    char before = ':';
    if (type >= d->module->types.count || d->module->types.version != 1) {
        put_tagged(d, ":t", type);
        return;
    }
    const struct beam_type *claim = &d->module->types.at[type];
    for (unsigned i = 0; i < BEAM_TYPE_KINDS; i++) {
        if ((claim->bits >> i & 1) == 0)
            continue;
        put_char(d, before);
        put(d, beam_type_names[i]);
        before = '|';
    }
    if (!claim->has_min || !claim->has_max)
        return;
    put_char(d, '(');
    put_integer(d, claim->min);
    put(d, "..");
    put_integer(d, claim->max);
    put_char(d, ')');
}

static void put_register(struct dis *d, const struct beam_operand *operand)
{
    put_tagged(d, operand->tag == BEAM_TAG_X ? "x" : "y", operand->value);
    if (operand->extra != BEAM_NO_TYPE)
        put_type(d, operand->extra);
}

static void put_big(struct dis *d, const struct beam_operand *operand)
{
    put(d, "16#");
    for (uint32_t i = 0; i < operand->extra; i++)
        wb_text_printf(d->out, "%02x", operand->bytes[i]);
}

static void put_alloc(struct dis *d, const struct beam_operand *operand)
{
    put_char(d, '{');
    for (uint32_t i = 0; i + 1 < operand->extra; i += 2) {
        uint64_t kind = operand->list[i].value;
        if (i > 0)
            put(d, ", ");
        put(d, kind < BEAM_ALLOC_NAMES ? beam_alloc_names[kind] : "?");
        put_char(d, ' ');
        wb_text_put_number(d->out, operand->list[i + 1].value);
    }
    put_char(d, '}');
}

static void put_operand(struct dis *d, const struct beam_operand *operand);

static void put_list(struct dis *d, const struct beam_operand *list)
{
    put_char(d, '[');
    for (uint32_t i = 0; i < list->extra; i++) {
        if (i > 0)
            put(d, ", ");
        put_operand(d, &list->list[i]);
    }
    put_char(d, ']');
}

// As its tag says.
static void put_operand(struct dis *d, const struct beam_operand *operand)
{
    switch ((enum beam_tag)operand->tag) {
    case BEAM_TAG_U:
        wb_text_put_number(d->out, operand->value);
        break;
    case BEAM_TAG_I:
        put_integer(d, operand->integer);
        break;
    case BEAM_TAG_A:
        put_atom(d, operand->value);
        break;
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        put_register(d, operand);
        break;
    case BEAM_TAG_F:
        put_label(d, operand->value);
        break;
    case BEAM_TAG_H:
        put_tagged(d, "char#", operand->value);
        break;
    case BEAM_TAG_BIG:
        put_big(d, operand);
        break;
    case BEAM_TAG_LIST:
        put_list(d, operand);
        break;
    case BEAM_TAG_FR:
        put_tagged(d, "fr", operand->value);
        break;
    case BEAM_TAG_ALLOC:
        put_alloc(d, operand);
        break;
    case BEAM_TAG_LITERAL:
        put_literal(d, operand->value);
        break;
    }
}

// Segments of a binary; those of kind `string` name bytes of the pool.
static void put_segments(struct dis *d, const struct beam_operand *list)
{
    enum { KIND, SEGMENT, UNIT, FLAGS, VALUE, SIZE, PARTS };
    put_char(d, '[');
    for (uint32_t i = 0; i < list->extra; i++) {
        const struct beam_operand *part = &list->list[i];
        if (i > 0)
            put(d, i % PARTS == 0 ? "; " : ", ");
        bool is_string = i % PARTS == VALUE && i + 1 < list->extra && part->tag == BEAM_TAG_U &&
                         part[SIZE - VALUE].integer >= 0 &&
                         part[SIZE - VALUE].integer <= UINT32_MAX;
        if (is_string)
            put_string(d, part->value, 8 * part[SIZE - VALUE].value);
        else
            put_operand(d, part);
    }
    put_char(d, ']');
}

// An operand by its letter, if its tag is what the letter wants.
static void put_by_letter(struct dis *d, const struct beam_ins *ins, unsigned i, char letter)
{
    const struct beam_operand *operand = &ins->operand[i];
    bool number = operand->tag == BEAM_TAG_U;
    if (letter == 'I' && number)
        put_import(d, operand->value);
    else if (letter == 'g' && number)
        put_lambda(d, operand->value);
    else if (letter == 'i' && number)
        put_line(d, operand->value);
    else if (letter == 'b' && number)
        put_flags(d, operand->value);
    else if (letter == 'c' && operand->tag == BEAM_TAG_F)
        put_callee(d, operand->value);
    else if (letter == 'o' && number && i > 0)
        put_string(d, operand->value, operand[-1].value * (ins->op == OP_bs_match_string ? 1 : 8));
    else if (letter == 'C' && operand->tag == BEAM_TAG_LIST)
        put_segments(d, operand);
    else
        put_operand(d, operand);
}

static void put_ins(struct dis *d, const struct beam_ins *ins)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    put(d, info->name);
    for (unsigned i = 0; i < ins->count; i++) {
        put(d, i == 0 ? " " : ", ");
        put_by_letter(d, ins, i, info->operands[i]);
    }
}

void beam_dis_ins(const struct beam_module *module, const struct beam_ins *ins,
                  struct wb_text *text)
{
    struct dis d = {.module = module, .out = text};
    put_ins(&d, ins);
}

static void put_range(struct dis *d, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        const struct beam_ins *ins = &d->code->ins.at[i];
        if (ins->op == OP_label) {
            put_tagged(d, "  @", ins->operand[0].value);
            put(d, ":\n");
            continue;
        }
        put(d, "    ");
        put_ins(d, ins);
        put_char(d, '\n');
    }
}

static void put_term(struct dis *d, const char *name, struct wb_bytes etf)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    if (etf.size == 0)
        return;
    struct wb_error *err = beam_etf_read(etf, &arena, NULL, &value);
    put(d, name);
    if (err == NULL)
        beam_print(&value, BEAM_PRINT_0P, d->out);
    else
        put(d, err->text);
    put_char(d, '\n');
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void put_head(struct dis *d)
{
    put(d, "module ");
    put_atom(d, 1);
    put(d, "\nmd5 ");
    for (size_t i = 0; i < sizeof d->module->md5; i++)
        wb_text_printf(d->out, "%02x", d->module->md5[i]);
    put(d, "\nchunks");
    for (size_t i = 0; i < d->module->chunks.count; i++) {
        const struct beam_chunk *chunk = &d->module->chunks.at[i];
        wb_text_printf(d->out, " %.4s %zu", chunk->name, chunk->data.size);
    }
    put_char(d, '\n');
    put_term(d, "attributes ", d->module->attributes);
    put_term(d, "compiled ", d->module->compile_info);
    put(d, "exports");
    for (uint32_t i = 0; i < d->module->exports.count; i++) {
        const struct beam_export *export = &d->module->exports.at[i];
        put_char(d, ' ');
        put_function(d, export->function, export->arity);
    }
    put_char(d, '\n');
}

static void put_function_head(struct dis *d, const struct beam_function *function)
{
    put_char(d, '\n');
    put_function(d, function->name, function->arity);
    put(d, ":");
    if (function->line != 0) {
        put(d, "  % ");
        put_line(d, function->line);
    }
    put_char(d, '\n');
}

// Every atom is printed once; most are met often.
static void print_atoms(struct dis *d, struct wb_arena *arena, struct wb_text *texts)
{
    uint32_t count = d->module->atoms.count;
    d->atoms = wb_push_array(arena, struct wb_bytes, count);
    for (uint32_t i = 1; i < count; i++) {
        size_t before = texts->size;
        beam_print_atom(d->module->atoms.at[i], texts);
        d->atoms[i].size = texts->size - before;
    }
    const uint8_t *at = wb_text_bytes(texts).at;
    for (uint32_t i = 1; i < count; i++) {
        d->atoms[i].at = at;
        at += d->atoms[i].size;
    }
}

static void put_cut_literals(struct dis *d)
{
    bool any = false;
    for (uint32_t i = 0; i < d->module->literals.count; i++) {
        if (!d->cut[i])
            continue;
        put(d, any ? "" : "\nliterals:\n");
        put_tagged(d, "  #", i);
        put_char(d, ' ');
        beam_print(d->module->literals.at[i].value, BEAM_PRINT_0P, d->out);
        put_char(d, '\n');
        any = true;
    }
}

void beam_dis(const struct beam_module *module, const struct beam_code *code, struct wb_text *text)
{
    struct dis d = {.module = module, .code = code, .out = text};
    struct wb_arena arena = {0};
    struct wb_text atoms wb_auto_text = {0};
    print_atoms(&d, &arena, &atoms);
    d.cut = wb_push_array(&arena, bool, module->literals.count);
    put_head(&d);
    put_range(&d, 0, code->functions.count > 0 ? code->functions.at[0].first : code->ins.count);
    for (uint32_t i = 0; i < code->functions.count; i++) {
        const struct beam_function *function = &code->functions.at[i];
        put_function_head(&d, function);
        put_range(&d, function->first, function->end);
    }
    put_cut_literals(&d);
    wb_arena_free(&arena);
}
