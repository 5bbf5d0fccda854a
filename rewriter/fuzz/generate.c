#include "rewriter/fuzz/generate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rewriter/fuzz/random.h"
#include "rewriter/unit.h"

enum { LABELS = 8, MOST_OPERANDS = 64, MOST_FUNCTIONS = 5, MOST_PIECES = 7, SPECIAL_IN = 24 };

static const char *const pieces[] = {
#define RW_SNIPPET(text) text,
#define RW_PROLOGUE(text)
#define RW_EPILOGUE(text)
#include "rewriter/fuzz/snippets.def"
#undef RW_SNIPPET
#undef RW_PROLOGUE
#undef RW_EPILOGUE
};
static const char *const prologues[] = {
#define RW_SNIPPET(text)
#define RW_PROLOGUE(text) text,
#define RW_EPILOGUE(text)
#include "rewriter/fuzz/snippets.def"
#undef RW_SNIPPET
#undef RW_PROLOGUE
#undef RW_EPILOGUE
};
static const char *const epilogues[] = {
#define RW_SNIPPET(text)
#define RW_PROLOGUE(text)
#define RW_EPILOGUE(text) text,
#include "rewriter/fuzz/snippets.def"
#undef RW_SNIPPET
#undef RW_PROLOGUE
#undef RW_EPILOGUE
};

struct generator {
    struct rw_random random;
    struct rw_unit *unit;
    struct rw_function *function;  // being made
    struct rw_function *helper;    // of one argument
    uint32_t lambda, strings, line;
    uint32_t label[LABELS];  // of the piece being made
    struct beam_operand list[MOST_OPERANDS];
    uint32_t listed;  // of `list`
};

// ---- words of a piece

struct word {
    const char *at;
    size_t size;
};

// The next word, up to one of `ends` or the end; what stands behind it is skipped.
static struct word next_word(const char **text, const char *ends)
{
    while (**text == ' ')
        (*text)++;
    size_t depth = 0, size = 0;
    const char *at = *text;
    for (; at[size] != '\0' && (depth > 0 || strchr(ends, at[size]) == NULL); size++) {
        if (at[size] == '[' || at[size] == '{')
            depth++;
        else if (depth > 0 && (at[size] == ']' || at[size] == '}'))
            depth--;
    }
    *text = at + size + (at[size] != '\0' ? 1 : 0);
    return (struct word){at, size};
}

// One of several with '|' between them.
static struct word choose(struct generator *g, struct word word)
{
    size_t count = 1, at = 0;
    if (word.at[0] == '[')
        return word;
    for (size_t i = 0; i < word.size; i++)
        count += word.at[i] == '|';
    for (uint64_t skip = rw_below(&g->random, count); skip > 0; at++)
        skip -= word.at[at] == '|';
    size_t end = at;
    while (end < word.size && word.at[end] != '|')
        end++;
    return (struct word){word.at + at, end - at};
}

static struct wb_bytes bytes_of(struct word word)
{
    return (struct wb_bytes){(const uint8_t *)word.at, word.size};
}

static uint64_t number_of(struct word word)
{
    char text[24];
    snprintf(text, sizeof text, "%.*s", (int)word.size, word.at);
    return strtoull(text, NULL, 10);
}

// ---- operands

static uint32_t label_of(struct generator *g, uint64_t number)
{
    assert(number < LABELS);
    if (g->label[number] == 0)
        g->label[number] = rw_label(g->unit);
    return g->label[number];
}

// mod:fun/arity
static uint32_t import_of(struct generator *g, struct word word)
{
    const char *text = word.at;
    struct word module = next_word(&text, ":");
    size_t slash = word.size;
    while (word.at[slash - 1] != '/')
        slash--;
    struct word function = {text, (size_t)(word.at + slash - 1 - text)};
    return rw_import(g->unit, rw_atom(g->unit, bytes_of(module)),
                     rw_atom(g->unit, bytes_of(function)),
                     (uint32_t)number_of((struct word){word.at + slash, word.size - slash}));
}

static uint32_t literal_of(struct generator *g, struct word word)
{
    static struct beam_value pair[] = {{.kind = BEAM_ATOM, .text = {(const uint8_t *)"k", 1}},
                                       {.kind = BEAM_SMALL, .small = 1}};
    static struct beam_value list[] = {{.kind = BEAM_SMALL, .small = 1}, {.kind = BEAM_NIL}};
    static const uint64_t limbs[] = {7, 9};
    const struct {
        const char *name;
        struct beam_value value;
    } rows[] = {
        {"map", {.kind = BEAM_MAP, .part = {pair, 2}}},
        {"tuple", {.kind = BEAM_TUPLE, .part = {pair, 2}}},
        {"list", {.kind = BEAM_CONS, .part = {list, 2}}},
        {"float", {.kind = BEAM_FLOAT, .real = 2.5}},
        {"bin", {.kind = BEAM_BINARY, .binary = {(const uint8_t *)"abc", 24}}},
        {"big", {.kind = BEAM_BIG, .big = {.limb = limbs, .count = 2}}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(rows[i].name) == word.size && memcmp(rows[i].name, word.at, word.size) == 0)
            return rw_literal(g->unit, &rows[i].value);
    assert(false);
    return 0;
}

static struct beam_operand operand_of(struct generator *g, struct word whole);

// [a,b,c] or {w1,l1,n1}; the elements are on g->list.
static struct beam_operand list_of(struct generator *g, struct word word)
{
    const char *text = word.at + 1, *end = word.at + word.size - 1;
    bool alloc = word.at[0] == '{';
    uint32_t first = g->listed;
    while (text < end) {
        struct word element = next_word(&text, ",]}");
        if (alloc) {
            char kind = element.at[0];
            g->list[g->listed++] = RW_U(kind == 'w'   ? BEAM_ALLOC_WORDS
                                        : kind == 'l' ? BEAM_ALLOC_FLOATS
                                                      : BEAM_ALLOC_FUNS);
            g->list[g->listed++] = RW_U(number_of((struct word){element.at + 1, element.size - 1}));
        } else {
            g->list[g->listed++] = operand_of(g, element);
        }
        assert(g->listed < MOST_OPERANDS);
    }
    struct beam_operand list = rw_list(&g->list[first], g->listed - first);
    list.tag = alloc ? BEAM_TAG_ALLOC : BEAM_TAG_LIST;
    return list;
}

static struct beam_operand numbered(struct generator *g, char letter, uint64_t number)
{
    switch (letter) {
    case 'x':
        return RW_X(number);
    case 'y':
        return RW_Y(number);
    case 'l':
        return rw_op(BEAM_TAG_FR, number);
    case 'f':
        return RW_F(label_of(g, number));
    case 'L':
        return RW_U(label_of(g, number));
    case 'i':
        return RW_I((int64_t)number);
    case 'c':
        return RW_F(g->helper->entry_label);
    case 'g':
        return RW_U(g->lambda);
    case 'o':
        return RW_U(g->strings + number);
    default:
        return RW_U(number);
    }
}

static struct beam_operand operand_of(struct generator *g, struct word whole)
{
    struct word word = choose(g, whole), rest = {word.at + 1, word.size - 1};
    switch (word.at[0]) {
    case '-':
        return RW_F(0);
    case 'n':
        return RW_NIL;
    case '\'':
        return RW_A(rw_atom(g->unit, bytes_of(rest)));
    case '%':
        return RW_LIT(literal_of(g, rest));
    case '@':
        return RW_U(import_of(g, rest));
    case '[':
    case '{':
        return list_of(g, word);
    default:
        return numbered(g, word.at[0], number_of(rest));
    }
}

// ---- pieces

static uint8_t op_named(struct word word)
{
    for (unsigned op = 1; op <= BEAM_OP_LAST; op++) {
        const struct beam_op_info *info = beam_op_info((uint8_t)op);
        if (info->name != NULL && info->operands != NULL && strlen(info->name) == word.size &&
            memcmp(info->name, word.at, word.size) == 0)
            return (uint8_t)op;
    }
    assert(false);
    return 0;
}

// "op operand operand"
static void add_instruction(struct generator *g, struct word line)
{
    char copy[256];
    assert(line.size < sizeof copy);
    snprintf(copy, sizeof copy, "%.*s", (int)line.size, line.at);
    const char *text = copy;
    uint8_t op = op_named(choose(g, next_word(&text, " ")));
    struct beam_operand operand[8];
    unsigned count = 0;
    g->listed = 0;
    while (*text != '\0')
        operand[count++] = operand_of(g, next_word(&text, " "));
    assert(count == beam_op_info(op)->arity);
    if (op == OP_line)
        operand[0] = RW_U(g->line);
    rw_insert(g->unit, g->function, NULL, op, operand);
}

static void add_piece(struct generator *g, const char *text)
{
    memset(g->label, 0, sizeof g->label);
    while (*text != '\0')
        add_instruction(g, next_word(&text, ";"));
}

#define ONE_OF(g, table) (table)[rw_below(&(g)->random, sizeof(table) / sizeof *(table))]

static struct rw_function *add_function(struct generator *g, const char *name, uint32_t arity)
{
    g->function = rw_function_add(g->unit, rw_atom(g->unit, wb_bytes_of(name)), arity);
    return g->function;
}

// What pieces call and make funs of.
static void add_helpers(struct generator *g)
{
    g->helper = add_function(g, "helper", 1);
    add_piece(g, "return");
    struct rw_function *fun = add_function(g, "-fun-", 2);
    add_piece(g, "move x1 x0; return");
    g->lambda = rw_lambda(g->unit, fun, 1);
    g->strings = rw_string(g->unit, wb_bytes_of("strings"));
    g->line = rw_line(g->unit, wb_bytes_of(""), 7);
}

static void add_body(struct generator *g, unsigned number)
{
    char name[24];
    snprintf(name, sizeof name, "f%u", number);
    struct rw_function *function = add_function(g, name, 1);
    if (rw_one_in(&g->random, SPECIAL_IN))
        add_piece(g, "nif_start");
    add_piece(g, ONE_OF(g, prologues));
    for (uint64_t left = 1 + rw_below(&g->random, MOST_PIECES); left > 0; left--)
        add_piece(g, ONE_OF(g, pieces));
    add_piece(g, ONE_OF(g, epilogues));
    rw_export(g->unit, function);
}

static void add_on_load(struct generator *g)
{
    add_function(g, "loaded", 0);
    add_piece(g, "on_load; move 'ok x0; return");
}

struct wb_error *rw_generate(uint64_t seed, struct wb_text *text)
{
    char name[40];
    struct generator g = {.random = rw_random_of(seed)};
    snprintf(name, sizeof name, "gen_%llu", (unsigned long long)seed);
    WB_TRY(rw_unit_new(wb_bytes_of(name), &g.unit));
    add_helpers(&g);
    uint64_t count = 1 + rw_below(&g.random, MOST_FUNCTIONS);
    for (unsigned i = 0; i < count; i++)
        add_body(&g, i);
    if (rw_one_in(&g.random, SPECIAL_IN))
        add_on_load(&g);
    struct wb_error *err = rw_unit_emit(g.unit, text);
    rw_unit_free(g.unit);
    return err;
}
