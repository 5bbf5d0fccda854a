#include <stdlib.h>

#include "rewriter/cas_priv.h"
#include "rewriter/unit_priv.h"

enum { MOST_ELEMENTS = 1 << 20 };

static bool read_operand(struct cas_reader *r, char letter, struct beam_operand *ret);

bool cas_read_name(struct cas_reader *r, struct wb_bytes *name, uint32_t *arity)
{
    return cas_atom_text(r, name) && cas_need(r, '/') && cas_u32(r, arity);
}

static bool take_numbered(struct cas_reader *r, const char *prefix, uint64_t *ret, bool *good)
{
    if (!cas_looks_at(r, prefix))
        return false;
    r->at += strlen(prefix);
    *good = cas_u64(r, ret);
    return true;
}

bool cas_read_import(struct cas_reader *r, uint64_t *ret)
{
    struct wb_bytes module, function;
    uint32_t arity;
    bool good;
    cas_skip(r);
    if (take_numbered(r, "import#", ret, &good))
        return good;
    if (!cas_atom_text(r, &module) || !cas_need(r, ':') || !cas_read_name(r, &function, &arity))
        return false;
    uint32_t m = rw_atom(r->unit, module);
    *ret = rw_import(r->unit, m, rw_atom(r->unit, function), arity);
    return true;
}

static bool is_own_file(const struct cas_reader *r, struct wb_bytes file)
{
    struct wb_bytes name = r->unit->module.name;
    return file.size == name.size + 4 && memcmp(file.at, name.at, name.size) == 0 &&
           memcmp(file.at + name.size, ".erl", 4) == 0;
}

static bool read_file(struct cas_reader *r, struct wb_text *file)
{
    if (r->at < r->end && *r->at == '"')
        return cas_base64_text(r, file);
    const uint8_t *from = r->at;
    while (r->at<r->end && * r->at> ' ' && *r->at != ':' && *r->at != ',' && *r->at != '%')
        r->at++;
    wb_text_put_bytes(file, from, (size_t)(r->at - from));
    return file->size > 0 || cas_expected(r, "a file and a line, or -");
}

bool cas_read_line_ref(struct cas_reader *r, uint64_t *ret)
{
    struct wb_text file wb_auto_text = {0};
    uint32_t line;
    bool good;
    cas_skip(r);
    *ret = 0;
    if (take_numbered(r, "line#", ret, &good))
        return good;
    if (cas_looks_at(r, "-"))
        return cas_take(r, '-');
    if (cas_is_digit(r))
        return cas_u64(r, ret) && cas_wrong(r, r->at, "expected a file and a line, or -");
    if (!read_file(r, &file) || !cas_need(r, ':') || !cas_u32(r, &line))
        return false;
    struct wb_bytes name = wb_text_bytes(&file);
    *ret = rw_line(r->unit, is_own_file(r, name) ? (struct wb_bytes){0} : name, line);
    return true;
}

// The next `count` characters as hexadecimal digits, small ones; they are taken only if all are.
static bool take_hex(struct cas_reader *r, unsigned count, unsigned *ret)
{
    unsigned number = 0;
    if ((size_t)(r->end - r->at) < count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        uint8_t c = r->at[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        number = number << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    r->at += count;
    *ret = number;
    return true;
}

static bool read_type_bits(struct cas_reader *r, struct beam_type *type)
{
    if (cas_is_digit(r)) {
        unsigned bits = 0, digit;
        if (!cas_looks_at(r, "16#"))
            return cas_expected(r, "a type");
        for (r->at += 3; bits <= UINT16_MAX && take_hex(r, 1, &digit);)
            bits = bits << 4 | digit;
        type->bits = (uint16_t)bits;
        return bits <= UINT16_MAX || cas_wrong(r, r->at, "the bits of a type are 16");
    }
    do {
        const uint8_t *at = r->at;
        struct wb_bytes word = cas_word(r);
        int bit = -1;
        for (int i = 0; i < BEAM_TYPE_KINDS; i++)
            if (wb_bytes_equal(word, wb_bytes_of(beam_type_names[i])))
                bit = i;
        if (wb_bytes_equal(word, wb_bytes_of("any")))
            type->bits = BEAM_TYPE_ALL;
        else if (bit >= 0)
            type->bits |= (uint16_t)(1 << bit);
        else {
            r->at = at;
            return cas_expected(r, "a type");
        }
    } while (cas_take(r, '|'));
    return true;
}

bool cas_read_type(struct cas_reader *r, struct beam_type *ret)
{
    struct beam_type type = {0};
    cas_skip(r);
    if (!read_type_bits(r, &type))
        return false;
    if (cas_take(r, '(')) {
        type.has_min = !cas_looks_at(r, "..");
        if (type.has_min && !cas_i64(r, &type.min))
            return false;
        if (!cas_looks_at(r, ".."))
            return cas_expected(r, "\"..\"");
        r->at += 2;
        type.has_max = !cas_looks_at(r, ")");
        if ((type.has_max && !cas_i64(r, &type.max)) || !cas_need(r, ')'))
            return false;
    }
    if (cas_take(r, '*')) {
        uint32_t unit;
        if (!cas_u32(r, &unit))
            return false;
        type.has_unit = true;
        type.unit = (uint8_t)unit;
    }
    *ret = type;
    return true;
}

static bool read_register(struct cas_reader *r, enum beam_tag tag, size_t prefix,
                          struct beam_operand *ret)
{
    struct beam_type type;
    uint64_t number;
    bool good;
    r->at += prefix;
    if (!cas_u64(r, &number))
        return false;
    *ret = rw_op(tag, number);
    if (tag == BEAM_TAG_FR || r->at == r->end || *r->at != ':')
        return true;
    r->at++;
    if (take_numbered(r, "type#", &number, &good)) {
        ret->extra = (uint32_t)number;
        return good && (number < BEAM_NO_TYPE || cas_wrong(r, r->at, "no such type"));
    }
    if (!cas_read_type(r, &type))
        return false;
    ret->extra = rw_type(r->unit, type);
    return true;
}

bool cas_read_label(struct cas_reader *r, uint64_t *named)
{
    const uint8_t *at = r->at++;
    uint32_t local = 0;
    uint8_t role = CAS_PLAIN;
    if (cas_take_word(r, "info"))
        role = CAS_INFO;
    else if (cas_take_word(r, "start"))
        role = CAS_START;
    else if (!cas_is_digit(r))
        return cas_expected(r, "the number of a label, info or start");
    else if (!cas_u32(r, &local))
        return false;
    if (local > CAS_MOST_LOCAL)
        return cas_wrong(r, at, "labels of a function go up to %d", CAS_MOST_LOCAL);
    *named = cas_label_named(r, local, role);
    return true;
}

static bool read_label(struct cas_reader *r, struct beam_operand *ret)
{
    uint64_t number;
    bool good;
    if (take_numbered(r, "@#", &number, &good)) {
        *ret = RW_F(number);
        return good && (number < UINT32_MAX || cas_wrong(r, r->at, "no such label"));
    }
    if (!cas_read_label(r, &number))
        return false;
    *ret = RW_F(number);
    return true;
}

static bool read_lambda(struct cas_reader *r, struct beam_operand *ret)
{
    struct wb_bytes name;
    uint32_t arity;
    uint64_t number;
    bool good;
    if (take_numbered(r, "fun#", &number, &good)) {
        *ret = RW_U(number);
        return good;
    }
    const uint8_t *at = r->at;
    if (!cas_read_name(r, &name, &arity))
        return false;
    for (size_t i = 0; i < r->fun_count; i++)
        if (r->funs[i].arity == arity && wb_bytes_equal(r->funs[i].name, name)) {
            *ret = RW_U(i);
            return true;
        }
    return cas_wrong(r, at, "%.*s/%u is not in section `funs`", (int)name.size,
                     (const char *)name.at, arity);
}

static bool read_flags(struct cas_reader *r, struct beam_operand *ret)
{
    uint64_t flags = 0;
    do {
        const uint8_t *at = r->at;
        struct wb_bytes word = cas_word(r);
        bool known = false;
        for (int i = 0; i < BEAM_FLAG_NAMES; i++)
            if (wb_bytes_equal(word, wb_bytes_of(beam_flag_names[i]))) {
                flags |= 1u << i;
                known = true;
            }
        if (!known) {
            r->at = at;
            return cas_expected(r, "a number, or flags as little|signed");
        }
    } while (cas_take(r, '|'));
    *ret = RW_U(flags);
    return true;
}

static bool read_pool_string(struct cas_reader *r, struct beam_operand *ret)
{
    struct wb_bytes bytes;
    uint64_t offset;
    if (!cas_read_string(r, &bytes))
        return false;
    if (r->at < r->end && *r->at == '@') {
        r->at++;
        if (!cas_u64(r, &offset))
            return false;
        *ret = RW_U(offset);
        return true;
    }
    *ret = RW_U(rw_string(r->unit, bytes));
    return true;
}

struct elements {
    struct beam_operand *at;
    size_t count, room;
};

static void add_element(struct elements *e, struct beam_operand operand)
{
    e->at = cas_more(e->at, e->count, &e->room, sizeof *e->at);
    e->at[e->count++] = operand;
}

static struct beam_operand finish_list(struct cas_reader *r, struct elements *e, enum beam_tag tag)
{
    struct beam_operand *at = wb_push_array(&r->unit->arena, struct beam_operand, e->count);
    if (e->count > 0)
        memcpy(at, e->at, e->count * sizeof *at);
    for (size_t i = 0; i < e->count; i++)
        cas_fix_later(r, &at[i]);
    return (struct beam_operand){.tag = (uint8_t)tag, .extra = (uint32_t)e->count, .list = at};
}

static bool read_elements(struct cas_reader *r, char letter, struct elements *e)
{
    if (cas_take(r, ']'))
        return true;
    do {
        struct beam_operand operand;
        char element = cas_element_letter(&r->unit->module, letter, e->at, (uint32_t)e->count);
        if (!read_operand(r, element, &operand))
            return false;
        if (e->count == MOST_ELEMENTS)
            return cas_wrong(r, r->at, "a list of more than %d operands", MOST_ELEMENTS);
        add_element(e, operand);
    } while (cas_take(r, ',') || cas_take(r, ';'));
    return cas_need(r, ']');
}

static bool read_list(struct cas_reader *r, char letter, struct beam_operand *ret)
{
    struct elements e = {0};
    r->at++;  // [
    bool good = read_elements(r, letter, &e);
    if (good)
        *ret = finish_list(r, &e, BEAM_TAG_LIST);
    free(e.at);
    return good;
}

static bool read_alloc_kind(struct cas_reader *r, uint64_t *kind)
{
    for (unsigned i = 0; i < BEAM_ALLOC_NAMES; i++)
        if (cas_take_word(r, beam_alloc_names[i])) {
            *kind = i;
            return true;
        }
    if (!cas_looks_at(r, "kind"))
        return cas_expected(r, "words, floats or funs");
    r->at += 4;
    return cas_u64(r, kind);
}

static bool read_alloc_pairs(struct cas_reader *r, struct elements *e)
{
    if (!cas_need(r, '{'))
        return false;
    if (cas_take(r, '}'))
        return true;
    do {
        uint64_t kind, number;
        cas_skip(r);
        if (!read_alloc_kind(r, &kind) || !cas_u64(r, &number))
            return false;
        add_element(e, RW_U(kind));
        add_element(e, RW_U(number));
    } while (e->count < MOST_ELEMENTS && cas_take(r, ','));
    return cas_need(r, '}');
}

static bool read_alloc(struct cas_reader *r, struct beam_operand *ret)
{
    struct elements e = {0};
    bool good = read_alloc_pairs(r, &e);
    if (good)
        *ret = finish_list(r, &e, BEAM_TAG_ALLOC);
    free(e.at);
    return good;
}

static bool read_big(struct cas_reader *r, struct beam_operand *ret)
{
    struct wb_text bytes wb_auto_text = {0};
    unsigned byte;
    while (take_hex(r, 2, &byte))
        wb_text_put_char(&bytes, (char)byte);
    if (bytes.size < 2 || bytes.size > 2000)
        return cas_expected(r, "an even number of hexadecimal digits, 4 to 4000");
    struct wb_bytes kept = rw_copy_bytes(&r->unit->arena, wb_text_bytes(&bytes));
    *ret =
        (struct beam_operand){.tag = BEAM_TAG_BIG, .extra = (uint32_t)kept.size, .bytes = kept.at};
    return true;
}

static bool read_literal(struct cas_reader *r, struct beam_operand *ret)
{
    struct beam_value *value = wb_push_array(&r->unit->arena, struct beam_value, 1);
    struct wb_bytes etf;
    if (!cas_read_term(r, CAS_LITERAL_MINOR, value, &etf))
        return false;
    *ret = RW_LIT(rw_literal_etf(r->unit, etf, value));
    return true;
}

// A number: the kind that the place wants, or what no instruction can hold as a literal.
static bool read_number(struct cas_reader *r, char letter, struct beam_operand *ret)
{
    const uint8_t *at = r->at;
    int64_t number;
    uint64_t plain;
    const uint8_t *c = at + (*at == '-');
    while (c < r->end && *c >= '0' && *c <= '9')
        c++;
    if (c < r->end && (*c == '#' || (*c == '.' && r->end - c > 1 && c[1] >= '0' && c[1] <= '9')))
        return read_literal(r, ret);
    if (!cas_is_integer_place(letter)) {
        if (!cas_u64(r, &plain))
            return false;
        *ret = RW_U(plain);
        return plain <= INT64_MAX || cas_wrong(r, at, "the number is too large");
    }
    if (!cas_i64(r, &number))
        return false;
    *ret = RW_I(number);
    return true;
}

static bool read_atom_or_name(struct cas_reader *r, struct beam_operand *ret)
{
    struct wb_bytes text;
    uint32_t arity;
    if (!cas_atom_text(r, &text))
        return false;
    if (r->at < r->end && *r->at == '/') {
        r->at++;
        if (!cas_u32(r, &arity))
            return false;
        *ret = RW_F(cas_function_label(r, text, arity));
        return true;
    }
    *ret = RW_A(rw_atom(r->unit, text));
    return true;
}

// Operands that say of what kind they are.
static bool read_prefixed(struct cas_reader *r, struct beam_operand *ret, bool *good)
{
    uint64_t number = 0;
    int64_t integer = 0;
    enum { U, I, H, F, BIG, LIT, LIST, ALLOC, ATOM_NUMBER, LIT_NUMBER };
    static const char *const prefixes[] = {
        "u:", "i:", "h:", "f:", "big:", "lit:", "list:", "alloc:", "atom#", "lit#"};
    int kind = -1;
    for (int i = 0; kind < 0 && i <= LIT_NUMBER; i++)
        if (cas_looks_at(r, prefixes[i]))
            kind = i;
    if (kind < 0)
        return false;
    r->at += strlen(prefixes[kind]);
    if (kind == I) {
        *good = cas_i64(r, &integer);
        *ret = RW_I(integer);
    } else if (kind == F) {
        *good = r->at < r->end && *r->at == '@' ? read_label(r, ret)
                                                : (*ret = RW_F(0), cas_need(r, '-'));
    } else if (kind == BIG) {
        *good = read_big(r, ret);
    } else if (kind == LIT) {
        *good = read_literal(r, ret);
    } else if (kind == LIST) {
        *good = cas_looks_at(r, "[") ? read_list(r, 's', ret) : cas_need(r, '[');
    } else if (kind == ALLOC) {
        *good = read_alloc(r, ret);
    } else {
        enum beam_tag tag = kind == U             ? BEAM_TAG_U
                            : kind == H           ? BEAM_TAG_H
                            : kind == ATOM_NUMBER ? BEAM_TAG_A
                                                  : BEAM_TAG_LITERAL;
        *good = cas_u64(r, &number) && number <= INT64_MAX;
        *ret = rw_op(tag, number);
    }
    return true;
}

static size_t register_prefix(const struct cas_reader *r, enum beam_tag *tag)
{
    static const struct {
        const char *text;
        enum beam_tag tag;
    } prefixes[] = {{"x", BEAM_TAG_X}, {"y", BEAM_TAG_Y}, {"fr", BEAM_TAG_FR}};
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(prefixes[i].text);
        const uint8_t *at = r->at + size;
        if (!cas_looks_at(r, prefixes[i].text) || at == r->end || *at < '0' || *at > '9')
            continue;
        while (at < r->end && *at >= '0' && *at <= '9')
            at++;
        bool more = at < r->end && (((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') || *at == '_' ||
                                    *at == '@' || *at >= 0x80);
        if (more)
            continue;
        *tag = prefixes[i].tag;
        return size;
    }
    return 0;
}

static bool starts_term(const struct cas_reader *r)
{
    if (*r->at == 'f')
        return cas_looks_at(r, "fun ");
    if (*r->at == 'e')
        return cas_looks_at(r, "etf:\"");
    return strchr("[{\"#<$", *r->at) != NULL;
}

// By what the place wants, where that is something of its own; *done: it was.
static bool read_by_letter(struct cas_reader *r, char letter, struct beam_operand *ret, bool *done)
{
    uint64_t number;
    *done = true;
    switch (letter) {
    case 'I':
        *ret = RW_U(0);
        if (!cas_read_import(r, &number))
            return false;
        *ret = RW_U(number);
        return true;
    case 'i':
        if (!cas_read_line_ref(r, &number))
            return false;
        *ret = RW_U(number);
        return true;
    case 'g':
        return read_lambda(r, ret);
    case 'b':
        if (!cas_is_digit(r))
            return read_flags(r, ret);
        break;
    case 'o':
        if (*r->at == '<')
            return read_pool_string(r, ret);
        break;
    case 'h':
        if (*r->at == '{')
            return read_alloc(r, ret);
        break;
    default:
        if (rw_is_list(letter) && *r->at == '[')
            return read_list(r, letter, ret);
        break;
    }
    *done = false;
    return true;
}

static bool read_any(struct cas_reader *r, char letter, struct beam_operand *ret)
{
    enum beam_tag tag = BEAM_TAG_U;
    bool good, done;
    cas_skip(r);
    if (cas_at_end(r))
        return cas_expected(r, "an operand");
    // What says its own kind comes first; but a module may be named as a kind is.
    if (letter != 'I' && letter != 'i' && read_prefixed(r, ret, &good))
        return good || cas_expected(r, "a number");
    size_t prefix = register_prefix(r, &tag);
    if (prefix > 0)
        return read_register(r, tag, prefix, ret);
    good = read_by_letter(r, letter, ret, &done);
    if (!good || done)
        return good;
    if (*r->at == '@')
        return read_label(r, ret);
    if (cas_looks_at(r, "[]")) {
        r->at += 2;
        *ret = RW_NIL;
        return true;
    }
    if (starts_term(r))
        return read_literal(r, ret);
    bool minus = *r->at == '-';
    if (cas_is_digit(r) || (minus && r->end - r->at > 1 && r->at[1] >= '0' && r->at[1] <= '9'))
        return read_number(r, letter, ret);
    if (minus) {
        r->at++;
        *ret = RW_F(0);
        return true;
    }
    return read_atom_or_name(r, ret);
}

static bool read_operand(struct cas_reader *r, char letter, struct beam_operand *ret)
{
    if (!read_any(r, letter, ret))
        return false;
    if (r->at == r->end || *r->at != '~')
        return true;
    for (int i = 0; i < 3; i++) {
        uint32_t width;
        r->at++;
        if (!cas_u32(r, &width))
            return false;
        ret->width[i] = (uint8_t)width;
        if (i < 2 && !cas_looks_at(r, "."))
            return cas_expected(r, "\".\"");
    }
    return true;
}

bool cas_read_ins(struct cas_reader *r, uint8_t op)
{
    const struct beam_op_info *info = beam_op_info(op);
    struct beam_operand *operand = wb_push_array(&r->unit->arena, struct beam_operand, info->arity);
    for (unsigned i = 0; i < info->arity; i++) {
        if (i > 0 && !cas_need(r, ','))
            return false;
        if (!read_operand(r, info->operands[i], &operand[i]))
            return false;
        cas_fix_later(r, &operand[i]);
    }
    rw_append(r->unit, r->function, op, operand);
    return cas_end_line(r);
}
