#include "inspector/lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/text.h"

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '@' || (unsigned char)c >= 0x80;
}

static struct wb_bytes keep(struct insp_lexer *l, const void *at, size_t size)
{
    uint8_t *copy = wb_push(l->arena, size + 1, 1);
    memcpy(copy, at, size);
    return (struct wb_bytes){copy, size};
}

static struct wb_error *bad(const struct insp_lexer *l, const char *what)
{
    return wb_error_new(WB_E_BAD_DATA, "column %zu: %s", l->token.column, what);
}

static uint32_t escape_digits(const char **at, unsigned base, unsigned most)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < most && isxdigit((unsigned char)**at); i++) {
        char c = (char)tolower((unsigned char)**at);
        unsigned digit = (unsigned)(isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10);
        if (digit >= base)
            break;
        number = number * base + digit;
        (*at)++;
    }
    return number;
}

// *at stands behind the backslash.
static uint32_t escape(const char **at)
{
    static const char from[] = "bdefnrstv";
    static const char to[] = "\b\x7f\x1b\f\n\r \t\v";
    if (isdigit((unsigned char)**at))
        return escape_digits(at, 8, 3);
    char c = *(*at)++;
    if (c == 'x' && **at == '{') {
        (*at)++;
        uint32_t point = escape_digits(at, 16, 6);
        *at += **at == '}';
        return point;
    }
    if (c == 'x')
        return escape_digits(at, 16, 2);
    const char *known = strchr(from, c);
    return known != NULL && c != '\0' ? (uint8_t)to[known - from] : (uint8_t)c;
}

// Text between quotes; the lexer stands at the first.
static struct wb_error *quoted(struct insp_lexer *l, enum insp_token_kind kind)
{
    struct wb_text text wb_auto_text = {0};
    const char *at = l->text + l->at;
    char quote = *at++;
    while (*at != quote) {
        if (*at == '\0')
            return bad(l, "the closing quote is missing");
        if (*at != '\\') {
            wb_text_put_char(&text, *at++);
            continue;
        }
        at++;
        if (*at == '\0')
            return bad(l, "the closing quote is missing");
        wb_text_put_utf8(&text, escape(&at));
    }
    l->token.kind = kind;
    l->token.text = keep(l, wb_text_string(&text), text.size);
    l->at = (size_t)(at + 1 - l->text);
    return NULL;
}

static void name(struct insp_lexer *l)
{
    const char *start = l->text + l->at, *at = start;
    while (is_name(*at))
        at++;
    bool var = *start == '_' || isupper((unsigned char)*start);
    l->token.kind = var ? INSP_VAR : INSP_ATOM;
    l->token.text = keep(l, start, (size_t)(at - start));
    l->at = (size_t)(at - l->text);
}

static struct wb_error *integer(struct insp_lexer *l, const char *at, int base)
{
    char *end;
    errno = 0;
    l->token.integer = strtoll(at, &end, base);
    if (errno != 0)
        return bad(l, "this integer is too big");
    if (end == at)
        return bad(l, "digits are missing");
    const char *unit = end;
    while (isalpha((unsigned char)*end))
        end++;
    l->token.kind = INSP_INT;
    l->token.text = keep(l, unit, (size_t)(end - unit));
    l->at = (size_t)(end - l->text);
    return NULL;
}

static struct wb_error *number(struct insp_lexer *l)
{
    const char *start = l->text + l->at;
    size_t digits = strspn(start, "0123456789");
    if (start[digits] == '#' && (digits == 1 || digits == 2)) {
        int base = atoi(start);
        return base >= 2 && base <= 36 ? integer(l, start + digits + 1, base)
                                       : bad(l, "a base is between 2 and 36");
    }
    if (start[digits] != '.' || !isdigit((unsigned char)start[digits + 1]))
        return integer(l, start, 10);
    char *end;
    l->token.kind = INSP_FLOAT;
    l->token.real = strtod(start, &end);
    l->at = (size_t)(end - l->text);
    return NULL;
}

static struct wb_error *character(struct insp_lexer *l)
{
    const char *at = l->text + l->at + 1;
    if (*at == '\0')
        return bad(l, "a character is missing behind $");
    if (*at == '\\' && at[1] != '\0') {
        at++;
        l->token.integer = escape(&at);
    } else {
        unsigned char c = (unsigned char)*at++;
        uint32_t point = c < 0x80 ? c : c & (c >= 0xf0 ? 7u : c >= 0xe0 ? 15u : 31u);
        for (; ((unsigned char)*at & 0xc0) == 0x80; at++)
            point = point << 6 | ((unsigned char)*at & 0x3fu);
        l->token.integer = point;
    }
    l->token.kind = INSP_INT;
    l->at = (size_t)(at - l->text);
    return NULL;
}

// Numbers with dots between < and >: false when that is not what stands at `at`.
static bool id_words(struct insp_lexer *l, const char *at)
{
    unsigned count = 0;
    do {
        char *end;
        at++;
        if (!isdigit((unsigned char)*at) || count == 6)
            return false;
        unsigned long word = strtoul(at, &end, 10);
        if (word > UINT32_MAX)
            return false;
        l->token.word[count++] = (uint32_t)word;
        at = end;
    } while (*at == '.');
    if (*at != '>' || count < 2)
        return false;
    l->token.kind = INSP_ID;
    l->token.count = count;
    l->at = (size_t)(at + 1 - l->text);
    return true;
}

static bool id(struct insp_lexer *l)
{
    static const char *const kinds[] = {"#Ref", "#Port", "#PID", ""};
    const char *at = l->text + l->at;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t size = strlen(kinds[i]);
        if (strncmp(at, kinds[i], size) != 0 || at[size] != '<')
            continue;
        if (!id_words(l, at + size))
            return false;
        bool pid = size == 0 || i == 2;
        l->token.text = pid ? (struct wb_bytes){0} : wb_bytes_of(kinds[i] + 1);
        return true;
    }
    return false;
}

static struct wb_error *punctuation(struct insp_lexer *l)
{
    static const char *const known[] = {"=:=", "=/=", "...", "<<", ">>", "=>", ":=", "=<",
                                        "<=",  ">=",  "==",  "/=", "!=", "#{", "||", "&&"};
    const char *at = l->text + l->at;
    size_t size = 1;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(at, known[i], strlen(known[i])) == 0) {
            size = strlen(known[i]);
            break;
        }
    if (size == 1 && strchr("{}[](),|:/=<>~-+*#!;.@&%?", *at) == NULL)
        return bad(l, "this character means nothing here");
    l->token.kind = INSP_PUNCT;
    l->token.text = keep(l, at, size);
    l->at += size;
    return NULL;
}

struct wb_error *insp_lex_next(struct insp_lexer *l)
{
    while (isspace((unsigned char)l->text[l->at]))
        l->at++;
    char c = l->text[l->at];
    l->token = (struct insp_token){.kind = INSP_END, .column = l->at + 1};
    if (c == '\0')
        return NULL;
    if (c == '"')
        return quoted(l, INSP_STRING);
    if (c == '\'')
        return quoted(l, INSP_ATOM);
    if (isdigit((unsigned char)c))
        return number(l);
    if (c == '$')
        return character(l);
    if (is_name(c)) {
        name(l);
        return NULL;
    }
    return id(l) ? NULL : punctuation(l);
}

struct wb_error *insp_lex_begin(const char *text, struct wb_arena *arena, struct insp_lexer *ret)
{
    *ret = (struct insp_lexer){.text = text, .arena = arena};
    return insp_lex_next(ret);
}

static bool token_is(const struct insp_lexer *l, enum insp_token_kind kind, const char *text)
{
    return l->token.kind == kind && wb_bytes_equal(l->token.text, wb_bytes_of(text));
}

bool insp_lex_is(const struct insp_lexer *l, const char *text)
{
    return token_is(l, INSP_PUNCT, text);
}

bool insp_lex_word(const struct insp_lexer *l, const char *atom)
{
    return token_is(l, INSP_ATOM, atom);
}

const char *insp_lex_here(const struct insp_lexer *l)
{
    return l->text + l->token.column - 1;
}

struct wb_error *insp_lex_error(const struct insp_lexer *l, const char *expected)
{
    if (l->token.kind == INSP_END)
        return wb_error_new(WB_E_BAD_DATA, "column %zu: expected %s, but the text ends here",
                            l->token.column, expected);
    return wb_error_new(WB_E_BAD_DATA, "column %zu: expected %s before '%.20s'", l->token.column,
                        expected, insp_lex_here(l));
}
