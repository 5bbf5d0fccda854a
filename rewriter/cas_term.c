#include <gmp.h>
#include <stdlib.h>

#include "core-vm/format/compare.h"
#include "core-vm/format/etf.h"
#include "rewriter/cas_priv.h"
#include "rewriter/unit_priv.h"

enum { MOST_DIGITS = 100000, LIMB_DIGITS = 16 };

static bool push(struct cas_reader *r, struct beam_value value)
{
    r->stack = cas_more(r->stack, r->values, &r->room, sizeof *r->stack);
    r->stack[r->values++] = value;
    return true;
}

// The values from `from` on, taken off the stack, on the unit's arena.
static struct beam_value *take_values(struct cas_reader *r, size_t from, size_t *count)
{
    *count = r->values - from;
    struct beam_value *at = wb_push_array(&r->unit->arena, struct beam_value, *count + 1);
    if (*count > 0)
        memcpy(at, r->stack + from, *count * sizeof *at);
    r->values = from;
    return at;
}

static struct wb_bytes keep(struct cas_reader *r, struct wb_bytes bytes)
{
    return rw_copy_bytes(&r->unit->arena, bytes);
}

// Terms may go on in the next line.
static void skip_lines(struct cas_reader *r)
{
    cas_skip(r);
    while (r->at < r->end && *r->at == '\n') {
        r->at++;
        cas_skip(r);
    }
}

static bool take(struct cas_reader *r, char c)
{
    skip_lines(r);
    return cas_take(r, c);
}

static bool looks_at(struct cas_reader *r, const char *what)
{
    skip_lines(r);
    return cas_looks_at(r, what);
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static struct beam_value integer_of(struct cas_reader *r, bool negative, const uint64_t *limb,
                                    size_t count)
{
    while (count > 0 && limb[count - 1] == 0)
        count--;
    uint64_t low = count > 0 ? limb[0] : 0;
    if (count <= 1 && low <= (uint64_t)INT64_MAX + negative)
        return (struct beam_value){.kind = BEAM_SMALL,
                                   .small = negative ? (int64_t) - (uint64_t)low : (int64_t)low};
    uint64_t *at = wb_push_array(&r->unit->arena, uint64_t, count);
    memcpy(at, limb, count * sizeof *at);
    return (struct beam_value){.kind = BEAM_BIG,
                               .big = {.negative = negative, .limb = at, .count = count}};
}

static bool read_integer(struct cas_reader *r, bool negative, int base, struct beam_value *ret)
{
    const uint8_t *from = r->at;
    while (r->at < r->end && digit_of(*r->at) < base)
        r->at++;
    size_t digits = (size_t)(r->at - from);
    if (digits == 0)
        return cas_expected(r, "a digit");
    if (digits > MOST_DIGITS)
        return cas_wrong(r, from, "more than %d digits", MOST_DIGITS);
    struct wb_mark mark = wb_arena_mark(&r->arena);
    uint8_t *values = wb_push_array(&r->arena, uint8_t, digits);
    for (size_t i = 0; i < digits; i++)
        values[i] = (uint8_t)digit_of(from[i]);
    uint64_t *limb = wb_push_array(&r->arena, uint64_t, digits / (LIMB_DIGITS / 2) + 2);
    mp_limb_t *number = wb_push_array(&r->arena, mp_limb_t, digits / (LIMB_DIGITS / 2) + 2);
    size_t count = (size_t)mpn_set_str(number, values, digits, base);
    for (size_t i = 0; i < count; i++)
        limb[i] = number[i];
    *ret = integer_of(r, negative, limb, count);
    wb_arena_rewind(&r->arena, mark);
    return true;
}

static bool read_float(struct cas_reader *r, const uint8_t *from, struct beam_value *ret)
{
    char text[400];
    r->at++;  // the point
    while (cas_is_digit(r))
        r->at++;
    if (r->at < r->end && (*r->at | 0x20) == 'e') {
        r->at++;
        if (r->at < r->end && (*r->at == '-' || *r->at == '+'))
            r->at++;
        while (cas_is_digit(r))
            r->at++;
    }
    size_t size = (size_t)(r->at - from);
    if (size >= sizeof text)
        return cas_wrong(r, from, "a float of more than %zu characters", sizeof text - 1);
    memcpy(text, from, size);
    text[size] = '\0';
    *ret = (struct beam_value){.kind = BEAM_FLOAT, .real = strtod(text, NULL)};
    if (ret->real - ret->real != 0)
        return cas_wrong(r, from, "the float is too large");
    return true;
}

static bool read_number(struct cas_reader *r, struct beam_value *ret)
{
    const uint8_t *from = r->at;
    bool negative = cas_take(r, '-');
    const uint8_t *digits = r->at;
    while (cas_is_digit(r))
        r->at++;
    if (r->end - r->at >= 2 && *r->at == '.' && r->at[1] >= '0' && r->at[1] <= '9' &&
        r->at > digits)
        return read_float(r, from, ret);
    bool based = r->at < r->end && *r->at == '#' && r->at > digits && r->at - digits <= 2;
    int base = 10;
    if (based) {
        base = r->at - digits == 2 ? (digits[0] - '0') * 10 + digits[1] - '0' : digits[0] - '0';
        if (base < 2 || base > 36)
            return cas_wrong(r, digits, "a base is 2 to 36");
        r->at++;
    } else {
        r->at = digits;
    }
    return read_integer(r, negative, base, ret);
}

static bool read_value(struct cas_reader *r, unsigned depth);

// Values up to `close`, divided by commas; *tail, if not NULL: a | and a last value come first.
static bool read_values(struct cas_reader *r, char close, unsigned depth, bool *tail)
{
    if (take(r, close))
        return true;
    for (;;) {
        if (!read_value(r, depth))
            return false;
        if (take(r, close))
            return true;
        if (tail != NULL && take(r, '|')) {
            *tail = true;
            return true;
        }
        if (!cas_need(r, ','))
            return false;
    }
}

static bool read_list(struct cas_reader *r, unsigned depth)
{
    size_t from = r->values, count;
    bool tail = false;
    if (!read_values(r, ']', depth, &tail))
        return false;
    if (r->values == from)
        return push(r, (struct beam_value){.kind = BEAM_NIL});
    if (tail) {
        if (!read_value(r, depth) || !(take(r, ']') || cas_need(r, ']')))
            return false;
    } else {
        push(r, (struct beam_value){.kind = BEAM_NIL});
    }
    struct beam_value *at = take_values(r, from, &count);
    const struct beam_value *last = &at[count - 1];
    if (last->kind == BEAM_CONS) {  // [a | [b]] is [a, b]
        for (size_t i = 0; i + 1 < count; i++)
            push(r, at[i]);
        for (size_t i = 0; i < last->part.count; i++)
            push(r, last->part.at[i]);
        at = take_values(r, from, &count);
    }
    return push(r, (struct beam_value){.kind = BEAM_CONS, .part = {at, count}});
}

static bool read_tuple(struct cas_reader *r, unsigned depth)
{
    size_t from = r->values, count;
    if (!read_values(r, '}', depth, NULL))
        return false;
    struct beam_value *at = take_values(r, from, &count);
    return push(r, (struct beam_value){.kind = BEAM_TUPLE, .part = {at, count}});
}

static int by_key(const void *a, const void *b)
{
    return beam_compare(a, b, true);
}

static bool read_map(struct cas_reader *r, const uint8_t *start, unsigned depth)
{
    size_t from = r->values, count;
    while (!take(r, '}')) {
        if (r->values > from && !cas_need(r, ','))
            return false;
        if (!read_value(r, depth) || !cas_need(r, '=') || !cas_need(r, '>') ||
            !read_value(r, depth))
            return false;
    }
    struct beam_value *at = take_values(r, from, &count);
    qsort(at, count / 2, 2 * sizeof *at, by_key);
    for (size_t i = 2; i < count; i += 2)
        if (beam_compare(&at[i - 2], &at[i], true) == 0)
            return cas_wrong(r, start, "a map has a key twice");
    return push(r, (struct beam_value){.kind = BEAM_MAP, .part = {at, count}});
}

// Code points as bytes, or in UTF-8.
static bool put_characters(struct cas_reader *r, const uint8_t *at, struct wb_bytes text,
                           struct wb_text *bytes)
{
    if (r->end - r->at >= 5 && cas_looks_at(r, "/utf8")) {
        r->at += 5;
        wb_text_put_bytes(bytes, text.at, text.size);
        return true;
    }
    for (size_t i = 0; i < text.size; i++) {
        uint32_t c = text.at[i];
        if (c >= 0xc0 && c < 0xc4 && i + 1 < text.size)
            c = (c & 3) << 6 | (text.at[++i] & 63);
        else if (c >= 0x80)
            return cas_wrong(r, at, "a character of a binary is over 255; or say /utf8");
        wb_text_put_char(bytes, (char)c);
    }
    return true;
}

// An element of a binary; *bits: of the last byte, 8 but at the end.
static bool read_segment(struct cas_reader *r, struct wb_text *bytes, unsigned *bits)
{
    const uint8_t *at = r->at;
    uint32_t byte, size = 8;
    if (r->at < r->end && *r->at == '"') {
        struct wb_text text wb_auto_text = {0};
        return cas_quoted(r, '"', &text) && put_characters(r, at, wb_text_bytes(&text), bytes);
    }
    if (!cas_u32(r, &byte) || (cas_take(r, ':') && !cas_u32(r, &size)))
        return false;
    if (size == 0 || size > 8 || byte >> size != 0)
        return cas_wrong(r, at, "a byte of a binary does not fit in its bits, 1 to 8");
    wb_text_put_char(bytes, (char)(byte << (8 - size)));
    *bits = size;
    return true;
}

static bool read_binary(struct cas_reader *r, struct beam_value *ret)
{
    struct wb_text bytes wb_auto_text = {0};
    unsigned bits = 8;
    if (!looks_at(r, "<<"))
        return cas_expected(r, "\"<<\"");
    r->at += 2;
    skip_lines(r);
    for (bool first = true; !looks_at(r, ">>"); first = false) {
        if (!first && !cas_need(r, ','))
            return false;
        if (bits != 8)
            return cas_wrong(r, r->at, "only the last byte of a binary has fewer than 8 bits");
        skip_lines(r);
        if (!read_segment(r, &bytes, &bits))
            return false;
    }
    r->at += 2;
    struct wb_bytes kept = keep(r, wb_text_bytes(&bytes));
    *ret = (struct beam_value){.kind = BEAM_BINARY,
                               .binary = {kept.at, kept.size == 0 ? 0 : 8 * kept.size - 8 + bits}};
    return true;
}

bool cas_read_string(struct cas_reader *r, struct wb_bytes *ret)
{
    struct beam_value value;
    if (!read_binary(r, &value))
        return false;
    *ret = (struct wb_bytes){value.binary.at, value.binary.bits / 8};
    return true;
}

static bool read_characters(struct cas_reader *r)
{
    struct wb_text text wb_auto_text = {0};
    size_t from = r->values, count;
    const uint8_t *start = r->at;
    if (!cas_quoted(r, '"', &text))
        return false;
    for (size_t i = 0; i < text.size;) {
        uint8_t byte = (uint8_t)text.at[i];
        size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        uint32_t c = byte < 0x80 ? byte : byte & (0xffu >> (size + 1));
        for (size_t k = 1; k < size && i + k < text.size; k++)
            c = c << 6 | ((uint8_t)text.at[i + k] & 63);
        if (byte >= 0x80 && (byte < 0xc2 || i + size > text.size))
            return cas_wrong(r, start, "the string is not UTF-8");
        push(r, (struct beam_value){.kind = BEAM_SMALL, .small = c});
        i += size;
    }
    if (r->values == from)
        return push(r, (struct beam_value){.kind = BEAM_NIL});
    push(r, (struct beam_value){.kind = BEAM_NIL});
    struct beam_value *at = take_values(r, from, &count);
    return push(r, (struct beam_value){.kind = BEAM_CONS, .part = {at, count}});
}

static bool push_atom(struct cas_reader *r, struct wb_bytes text)
{
    return push(r, (struct beam_value){.kind = BEAM_ATOM, .text = keep(r, text)});
}

// fun mod:name/arity
static bool read_fun(struct cas_reader *r)
{
    struct wb_bytes module, function;
    uint32_t arity;
    if (!cas_atom_text(r, &module) || !cas_need(r, ':') || !cas_read_name(r, &function, &arity))
        return false;
    struct beam_fun *fun = wb_push_array(&r->unit->arena, struct beam_fun, 1);
    *fun = (struct beam_fun){
        .module = keep(r, module), .function = keep(r, function), .arity = arity & 0xff};
    return push(r, (struct beam_value){.kind = BEAM_EXPORT, .fun = fun});
}

static bool read_etf(struct cas_reader *r, struct wb_bytes *etf)
{
    struct wb_text bytes wb_auto_text = {0};
    const uint8_t *at = r->at;
    struct beam_value value;
    if (!cas_base64_text(r, &bytes))
        return false;
    *etf = keep(r, wb_text_bytes(&bytes));
    struct wb_error *err = beam_etf_read(*etf, &r->unit->arena, NULL, &value);
    if (err == NULL)
        return push(r, value);
    cas_wrong(r, at, "%s", err->text);
    wb_error_free(err);
    return false;
}

static bool read_word(struct cas_reader *r)
{
    const uint8_t *from = r->at;
    struct wb_bytes atom;
    if (!cas_atom_text(r, &atom))
        return false;
    if (*from != '\'' && wb_bytes_equal(atom, wb_bytes_of("fun")))
        return read_fun(r);
    if (*from != '\'' && !((*from | 0x20) >= 'a' && (*from | 0x20) <= 'z' && *from >= 'a') &&
        *from < 0x80) {
        r->at = from;
        return cas_expected(r, "a term");
    }
    return push_atom(r, atom);
}

static bool read_character(struct cas_reader *r)
{
    struct beam_value value = {.kind = BEAM_SMALL};
    r->at++;
    if (r->at == r->end || *r->at >= 0x80 || *r->at < ' ')
        return cas_expected(r, "a character of ASCII");
    value.small = *r->at++;
    return push(r, value);
}

static bool read_value(struct cas_reader *r, unsigned depth)
{
    struct beam_value value;
    skip_lines(r);
    const uint8_t *at = r->at;
    if (depth == 0)
        return cas_wrong(r, at, "a term is nested more than %d deep", CAS_TERM_DEPTH);
    if (r->at == r->end)
        return cas_expected(r, "a term");
    if (cas_is_digit(r) || *r->at == '-')
        return read_number(r, &value) && push(r, value);
    if (cas_looks_at(r, "<<"))
        return read_binary(r, &value) && push(r, value);
    switch (*r->at) {
    case '[':
        r->at++;
        return read_list(r, depth - 1);
    case '{':
        r->at++;
        return read_tuple(r, depth - 1);
    case '"':
        return read_characters(r);
    case '$':
        return read_character(r);
    case '#':
        r->at++;
        return cas_need(r, '{') && read_map(r, at, depth - 1);
    default:
        return read_word(r);
    }
}

bool cas_read_term(struct cas_reader *r, unsigned minor, struct beam_value *value,
                   struct wb_bytes *etf)
{
    struct wb_text bytes wb_auto_text = {0};
    size_t from = r->values;
    bool good;
    cas_skip(r);
    *etf = (struct wb_bytes){0};
    if (cas_looks_at(r, "etf:\"")) {
        r->at += 4;
        good = read_etf(r, etf);
    } else {
        good = read_value(r, CAS_TERM_DEPTH + 1);
    }
    if (good)
        *value = r->stack[--r->values];
    r->values = from;
    if (!good || etf->size > 0)
        return good;
    wb_error_free(beam_etf_write_minor(value, minor, &bytes));
    *etf = keep(r, wb_text_bytes(&bytes));
    return true;
}
