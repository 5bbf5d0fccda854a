#include <stdarg.h>
#include <stdio.h>

#include "rewriter/cas_priv.h"
#include "rewriter/unit_priv.h"

bool cas_wrong(struct cas_reader *r, const uint8_t *at, const char *fmt, ...)
{
    char what[160];
    size_t line = 1, column = 1;
    if (r->error != NULL)
        return false;
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    for (const uint8_t *c = r->text.at; c < at; c++) {
        column = *c == '\n' ? 1 : column + ((*c & 0xc0) != 0x80);
        line += *c == '\n';
    }
    r->error = wb_error_new(WB_E_BAD_DATA, "%zu:%zu: %s", line, column, what);
    return false;
}

bool cas_expected(struct cas_reader *r, const char *what)
{
    const uint8_t *end = r->at;
    while (end<r->end && * end> ' ' && end - r->at < 20)
        end++;
    if (r->at == r->end)
        return cas_wrong(r, r->at, "expected %s, not the end of the text", what);
    if (end == r->at)
        return cas_wrong(r, r->at, "expected %s, not the end of the line", what);
    return cas_wrong(r, r->at, "expected %s, not %.*s", what, (int)(end - r->at),
                     (const char *)r->at);
}

void cas_skip(struct cas_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
    if (r->at < r->end && *r->at == '%')
        while (r->at < r->end && *r->at != '\n')
            r->at++;
}

bool cas_at_end(const struct cas_reader *r)
{
    return r->at == r->end || *r->at == '\n';
}

bool cas_take(struct cas_reader *r, char c)
{
    cas_skip(r);
    if (r->at == r->end || *r->at != (uint8_t)c)
        return false;
    r->at++;
    return true;
}

bool cas_need(struct cas_reader *r, char c)
{
    char what[] = {'"', c, '"', '\0'};
    return cas_take(r, c) || cas_expected(r, what);
}

static bool is_word_char(uint8_t c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || c >= 0x80;
}

struct wb_bytes cas_word(struct cas_reader *r)
{
    cas_skip(r);
    const uint8_t *from = r->at;
    while (r->at < r->end && is_word_char(*r->at))
        r->at++;
    return (struct wb_bytes){from, (size_t)(r->at - from)};
}

bool cas_looks_at(const struct cas_reader *r, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(r->end - r->at) >= size && memcmp(r->at, word, size) == 0;
}

bool cas_take_word(struct cas_reader *r, const char *word)
{
    cas_skip(r);
    const uint8_t *from = r->at;
    if (wb_bytes_equal(cas_word(r), wb_bytes_of(word)))
        return true;
    r->at = from;
    return false;
}

bool cas_is_digit(const struct cas_reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

bool cas_u64(struct cas_reader *r, uint64_t *ret)
{
    cas_skip(r);
    const uint8_t *from = r->at;
    uint64_t number = 0;
    if (!cas_is_digit(r))
        return cas_expected(r, "a number");
    for (; cas_is_digit(r); r->at++) {
        unsigned digit = *r->at - (unsigned)'0';
        if (number > (UINT64_MAX - digit) / 10)
            return cas_wrong(r, from, "the number does not fit in 64 bits");
        number = number * 10 + digit;
    }
    *ret = number;
    return true;
}

bool cas_u32(struct cas_reader *r, uint32_t *ret)
{
    uint64_t number;
    cas_skip(r);
    const uint8_t *from = r->at;
    if (!cas_u64(r, &number))
        return false;
    if (number > UINT32_MAX)
        return cas_wrong(r, from, "the number does not fit in 32 bits");
    *ret = (uint32_t)number;
    return true;
}

bool cas_i64(struct cas_reader *r, int64_t *ret)
{
    uint64_t number;
    cas_skip(r);
    const uint8_t *from = r->at;
    bool negative = cas_take(r, '-');
    if (!cas_u64(r, &number))
        return false;
    if (number > (uint64_t)INT64_MAX + negative)
        return cas_wrong(r, from, "the number does not fit in 64 bits with its sign");
    *ret = negative ? (int64_t) - (uint64_t)number : (int64_t)number;
    return true;
}

static bool is_octal(const struct cas_reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '7';
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_escape(struct cas_reader *r, uint32_t *ret)
{
    uint32_t c = 0;
    bool braces = r->at < r->end && *r->at == '{';
    if (braces)
        r->at++;
    int digits = 0;
    for (; r->at < r->end && hex_digit(*r->at) >= 0 && digits < (braces ? 6 : 2); digits++)
        c = c << 4 | (uint32_t)hex_digit(*r->at++);
    if (digits == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return cas_expected(r, "a code point in hexadecimal");
    if (braces && (r->at == r->end || *r->at++ != '}'))
        return cas_expected(r, "\"}\"");
    *ret = c;
    return true;
}

// Behind the backslash.
static bool read_escape(struct cas_reader *r, uint32_t *ret)
{
    static const char names[] = "n\nt\tr\rv\vb\bf\fe\033s d\177";
    if (r->at == r->end)
        return cas_expected(r, "an escaped character");
    if (is_octal(r)) {
        *ret = 0;
        for (int i = 0; i < 3 && is_octal(r); i++)
            *ret = *ret << 3 | (*r->at++ & 7u);
        return true;
    }
    uint8_t c = *r->at++;
    if (c == 'x')
        return hex_escape(r, ret);
    if (c == '^' && r->at < r->end) {
        *ret = *r->at++ & 31u;
        return true;
    }
    *ret = c;
    for (size_t i = 0; names[i] != '\0'; i += 2)
        if (names[i] == (char)c)
            *ret = (uint8_t)names[i + 1];
    return c < 0x80 || cas_wrong(r, r->at - 1, "this character is not escaped by a backslash");
}

bool cas_quoted(struct cas_reader *r, char quote, struct wb_text *text)
{
    const uint8_t *from = r->at;
    if (!cas_need(r, quote))
        return false;
    for (;;) {
        const uint8_t *run = r->at;
        while (r->at < r->end && *r->at != (uint8_t)quote && *r->at != '\\')
            r->at++;
        wb_text_put_bytes(text, run, (size_t)(r->at - run));
        if (r->at == r->end)
            return cas_wrong(r, from, "the closing %c is missing", quote);
        if (*r->at++ == (uint8_t)quote)
            return true;
        uint32_t c = 0;
        if (!read_escape(r, &c))
            return false;
        wb_text_put_utf8(text, c);
    }
}

bool cas_atom_text(struct cas_reader *r, struct wb_bytes *ret)
{
    cas_skip(r);
    if (r->at < r->end && *r->at == '\'') {
        struct wb_text text wb_auto_text = {0};
        if (!cas_quoted(r, '\'', &text))
            return false;
        *ret = rw_copy_bytes(&r->arena, wb_text_bytes(&text));
        return true;
    }
    if (r->at == r->end || cas_is_digit(r) || !is_word_char(*r->at) || *r->at == '@')
        return cas_expected(r, "an atom");
    *ret = cas_word(r);
    return true;
}

// Values of digits; 64: none.
static uint8_t base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0' + 52);
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

struct decoder {
    uint8_t digit[256];
    uint32_t word;
    unsigned count, padding;
};

static void start_decoder(struct decoder *d)
{
    *d = (struct decoder){0};
    for (unsigned c = 0; c < 256; c++)
        d->digit[c] = base64_digit((uint8_t)c);
}

static bool decode_char(struct cas_reader *r, struct decoder *d, struct wb_text *text)
{
    uint8_t digit = d->digit[*r->at];
    if (*r->at == '=' && d->count >= 2)
        d->padding++;
    else if (digit == 64 || d->padding > 0)
        return cas_expected(r, "base64");
    r->at++;
    d->word = d->word << 6 | (digit & 63);
    if (++d->count < 4)
        return true;
    const uint8_t three[] = {(uint8_t)(d->word >> 16), (uint8_t)(d->word >> 8), (uint8_t)d->word};
    wb_text_put_bytes(text, three, 3 - d->padding);
    d->word = d->count = 0;
    return true;
}

// Whole groups of four digits, fast: nearly all of a large chunk.
static void decode_run(struct cas_reader *r, const struct decoder *d, struct wb_text *text)
{
    uint8_t bytes[CAS_BASE64_COLUMNS / 4 * 3];
    size_t size = 0;
    if (d->count != 0 || d->padding != 0)
        return;
    while (r->end - r->at >= 4 && size + 3 <= sizeof bytes) {
        uint8_t a = d->digit[r->at[0]], b = d->digit[r->at[1]], c = d->digit[r->at[2]],
                e = d->digit[r->at[3]];
        if (((a | b | c | e) & 64) != 0)
            break;
        bytes[size++] = (uint8_t)(a << 2 | b >> 4);
        bytes[size++] = (uint8_t)(b << 4 | c >> 2);
        bytes[size++] = (uint8_t)(c << 6 | e);
        r->at += 4;
    }
    wb_text_put_bytes(text, bytes, size);
}

bool cas_base64_text(struct cas_reader *r, struct wb_text *ret)
{
    struct decoder d;
    if (!cas_need(r, '"'))
        return false;
    start_decoder(&d);
    while (r->at < r->end && *r->at != '"') {
        decode_run(r, &d, ret);
        if (r->at < r->end && *r->at != '"' && !decode_char(r, &d, ret))
            return false;
    }
    return d.count == 0 ? cas_need(r, '"') : cas_expected(r, "more base64");
}

bool cas_base64_lines(struct cas_reader *r, struct wb_text *ret)
{
    struct decoder d;
    start_decoder(&d);
    for (;;) {
        cas_skip(r);
        if (d.count == 0 && cas_looks_at(r, "end") &&
            (r->end - r->at == 3 || r->at[3] <= ' ' || r->at[3] == '%')) {
            r->at += 3;
            return true;
        }
        decode_run(r, &d, ret);
        if (r->at == r->end)
            return cas_expected(r, "\"end\" behind the base64");
        if (*r->at == '\n')
            r->at++;
        else if (*r->at > ' ' && *r->at != '%' && !decode_char(r, &d, ret))
            return false;
    }
}

bool cas_end_line(struct cas_reader *r)
{
    cas_skip(r);
    if (!cas_at_end(r))
        return cas_expected(r, "the end of the line");
    if (r->at < r->end)
        r->at++;
    return true;
}
