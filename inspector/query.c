#include "inspector/query.h"

#include <stdlib.h>
#include <string.h>

#include "inspector/query_priv.h"

enum { MAX_NESTING = 50 };

struct parser {
    struct insp_lexer *lexer;
    struct insp_query *query;
    unsigned nesting;
};

static struct insp_test *test_new(struct parser *p, enum insp_test_kind kind)
{
    struct insp_test *test = wb_push(p->lexer->arena, sizeof *test, alignof(struct insp_test));
    test->kind = kind;
    return test;
}

static struct wb_error *unknown_field(struct parser *p)
{
    struct wb_text names wb_auto_text = {0};
    const struct insp_table *table = p->query->table;
    for (unsigned i = 0; i < table->field_count; i++)
        wb_text_printf(&names, "%s%s", i > 0 ? ", " : "", table->fields[i].name);
    return wb_error_new(WB_E_NOT_FOUND, "column %zu: %s has no field '%.20s'; it has %s",
                        p->lexer->token.column, table->name, insp_lex_here(p->lexer),
                        wb_text_string(&names));
}

// ".name" behind a field, directly: fields of the process that it names.
static struct wb_error *parse_way(struct parser *p, unsigned *field)
{
    struct insp_lexer *l = p->lexer;
    while (insp_lex_is(l, ".")) {
        const char *dot = insp_lex_here(l);
        struct wb_text name wb_auto_text = {0};
        WB_TRY(insp_lex_next(l));
        int64_t then = l->token.kind == INSP_ATOM && insp_lex_here(l) == dot + 1
                           ? insp_field_then(p->query->table, *field, l->token.text)
                           : -1;
        insp_field_name(p->query->table, *field, &name);
        if (then < 0)
            return wb_error_new(WB_E_NOT_FOUND, "column %zu: %s is no %s, as procs lists them",
                                l->token.column, wb_text_string(&name),
                                insp_field_at(p->query->table, *field)->kind == INSP_PID
                                    ? "process with such a field"
                                    : "process that has fields");
        *field = (unsigned)then;
        WB_TRY(insp_lex_next(l));
    }
    return NULL;
}

// The field the current word names; -1: none.
static int field_here(const struct parser *p)
{
    return p->lexer->token.kind == INSP_ATOM
               ? insp_field_find(p->query->table, p->lexer->token.text)
               : -1;
}

static struct wb_error *parse_field(struct parser *p, unsigned *ret)
{
    int field = field_here(p);
    if (field < 0)
        return unknown_field(p);
    *ret = (unsigned)field;
    WB_TRY(insp_lex_next(p->lexer));
    return parse_way(p, ret);
}

static int compare_of(const struct insp_lexer *l)
{
    static const struct {
        const char *text;
        enum insp_compare compare;
    } rows[] = {{"=", INSP_EQ},  {"==", INSP_EQ},  {"=:=", INSP_EQ}, {"!=", INSP_NE},
                {"/=", INSP_NE}, {"=/=", INSP_NE}, {"<", INSP_LT},   {">", INSP_GT},
                {"<=", INSP_LE}, {"=<", INSP_LE},  {">=", INSP_GE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (insp_lex_is(l, rows[i].text))
            return (int)rows[i].compare;
    return -1;
}

static struct wb_error *unit_of(const struct insp_lexer *l, uint64_t *ret)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } rows[] = {
        {"", 1},   {"k", 1000},  {"K", 1024},     {"M", 1 << 20},    {"G", 1 << 30},
        {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", UINT64_C(60000000000)}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (wb_bytes_equal(l->token.text, wb_bytes_of(rows[i].unit))) {
            *ret = rows[i].factor;
            return NULL;
        }
    return insp_lex_error(l, "a number with a unit of k, K, M, G, ns, us, ms, s or m");
}

static struct wb_error *parse_number(struct parser *p, struct insp_test *test)
{
    uint64_t factor = 1, number = 0;
    if (p->lexer->token.kind != INSP_INT || p->lexer->token.integer < 0)
        return insp_lex_error(p->lexer, "a number");
    WB_TRY(unit_of(p->lexer, &factor));
    if (__builtin_mul_overflow((uint64_t)p->lexer->token.integer, factor, &number))
        return insp_lex_error(p->lexer, "a smaller number");
    test->is_number = true;
    test->number = number;
    return insp_lex_next(p->lexer);
}

// mod:fun/arity, parts of it, or file:line, as one text.
static struct wb_error *parse_words(struct parser *p, struct insp_test *test)
{
    struct insp_lexer *l = p->lexer;
    const char *start = insp_lex_here(l);
    const char *end;
    bool quoted = *start == '"';
    if (l->token.kind != INSP_ATOM && l->token.kind != INSP_STRING && l->token.kind != INSP_VAR)
        return insp_lex_error(l, "a value");
    test->text = l->token.text;
    end = l->text + l->at;
    WB_TRY(insp_lex_next(l));
    while (!quoted && insp_lex_here(l) == end && l->token.kind != INSP_END &&
           !insp_lex_is(l, ")") && !insp_lex_is(l, ",") && !insp_lex_is(l, "]")) {
        end = l->text + l->at;
        test->text = (struct wb_bytes){(const uint8_t *)start, (size_t)(end - start)};
        WB_TRY(insp_lex_next(l));
    }
    return NULL;
}

static struct wb_error *parse_pid(struct parser *p, struct insp_test *test)
{
    struct insp_lexer *l = p->lexer;
    if (l->token.kind == INSP_ID && l->token.text.size == 0 && l->token.count == 3) {
        test->is_pid = true;
        test->pid = tgt_pid_make(l->token.word[1], l->token.word[2]);
        return insp_lex_next(l);
    }
    return parse_words(p, test);  // a registered name, or none
}

static struct wb_error *parse_pattern(struct parser *p, struct insp_test *test)
{
    test->kind = INSP_TEST_PATTERN;
    WB_TRY(insp_pattern_parse(p->lexer, &test->pattern));
    if (p->query->pattern == NULL)
        p->query->pattern = &test->pattern;
    return NULL;
}

static struct wb_error *parse_value(struct parser *p, struct insp_test *test)
{
    switch (insp_field_at(p->query->table, test->field)->kind) {
    case INSP_NUMBER:
    case INSP_SIZE:
    case INSP_TIME:
        return parse_number(p, test);
    case INSP_PID:
        return parse_pid(p, test);
    case INSP_TERM:
    case INSP_VALUE:
        if (test->compare != INSP_EQ && test->compare != INSP_NE)
            return insp_lex_error(p->lexer, "'=' or '!=' (terms are matched)");
        test->negate = test->compare == INSP_NE;
        return parse_pattern(p, test);
    case INSP_NONE:
    case INSP_FLAG:
    case INSP_TEXT:
    case INSP_NAME:
    case INSP_MFA:
    case INSP_PLACE:
        break;
    }
    return parse_words(p, test);
}

static struct wb_error *parse_regex(struct parser *p, struct insp_test *test)
{
    WB_TRY(insp_lex_next(p->lexer));
    if (p->lexer->token.kind != INSP_STRING && p->lexer->token.kind != INSP_ATOM)
        return insp_lex_error(p->lexer, "a regular expression in quotes");
    regex_t regex;
    int bad = regcomp(&regex, (const char *)p->lexer->token.text.at, REG_EXTENDED | REG_NOSUB);
    if (bad != 0)
        return insp_lex_error(p->lexer, "a regular expression that makes sense");
    regfree(&regex);
    test->kind = INSP_TEST_REGEX;
    test->regex = (const char *)p->lexer->token.text.at;
    return insp_lex_next(p->lexer);
}

// [VALUE, ...] or (VALUE, ...) behind `in`: as many comparisons with `or` between them.
static struct wb_error *parse_in(struct parser *p, unsigned field, const struct insp_test **ret)
{
    struct insp_lexer *l = p->lexer;
    const char *end = insp_lex_is(l, "(") ? ")" : "]";
    *ret = NULL;
    if (!insp_lex_is(l, "[") && !insp_lex_is(l, "("))
        return insp_lex_error(l, "'[' behind in");
    do {
        struct insp_test *test = test_new(p, INSP_TEST_COMPARE);
        WB_TRY(insp_lex_next(l));
        test->field = field;
        test->compare = INSP_EQ;
        WB_TRY(parse_value(p, test));
        struct insp_test *both = test_new(p, INSP_TEST_OR);
        both->left = *ret;
        both->right = test;
        *ret = *ret != NULL ? both : test;
    } while (insp_lex_is(l, ","));
    if (!insp_lex_is(l, end))
        return insp_lex_error(l, *end == ']' ? "',' or ']'" : "',' or ')'");
    return insp_lex_next(l);
}

static struct wb_error *parse_not_in(struct parser *p, unsigned field, const struct insp_test **ret)
{
    struct insp_test *test = test_new(p, INSP_TEST_NOT);
    *ret = test;
    WB_TRY(insp_lex_next(p->lexer));
    if (!insp_lex_word(p->lexer, "in"))
        return insp_lex_error(p->lexer, "in");
    WB_TRY(insp_lex_next(p->lexer));
    return parse_in(p, field, &test->left);
}

// What stands behind a field. NULL in *ret: nothing that makes a test.
static struct wb_error *parse_behind(struct parser *p, unsigned field, const struct insp_test **ret)
{
    struct insp_lexer *l = p->lexer;
    struct insp_test *test = test_new(p, INSP_TEST_COMPARE);
    int compare = compare_of(l);
    test->field = field;
    *ret = test;
    if (insp_lex_is(l, "~"))
        return parse_regex(p, test);
    if (insp_lex_word(l, "in")) {
        WB_TRY(insp_lex_next(l));
        return parse_in(p, field, ret);
    }
    if (insp_lex_word(l, "not"))
        return parse_not_in(p, field, ret);
    if (compare >= 0) {
        test->compare = (enum insp_compare)compare;
        WB_TRY(insp_lex_next(l));
        return parse_value(p, test);
    }
    if (insp_field_at(p->query->table, field)->kind == INSP_FLAG)
        test->kind = INSP_TEST_FLAG;
    else
        *ret = NULL;
    return NULL;
}

// Variable OP TERM.
static struct wb_error *parse_var(struct parser *p, int var, const struct insp_test **ret)
{
    struct insp_test *test = test_new(p, INSP_TEST_VAR);
    *ret = test;
    test->var = (unsigned)var;
    WB_TRY(insp_lex_next(p->lexer));
    int compare = compare_of(p->lexer);
    if (compare < 0)
        return insp_lex_error(p->lexer, "an operator (= != < > <= >=)");
    test->compare = (enum insp_compare)compare;
    WB_TRY(insp_lex_next(p->lexer));
    return insp_term_parse(p->lexer, &test->term);
}

static struct wb_error *parse_any(struct parser *p, const struct insp_test **ret)
{
    struct insp_test *test = test_new(p, INSP_TEST_REGEX);
    *ret = test;
    test->field = INSP_FIELD_ANY;
    WB_TRY(insp_lex_next(p->lexer));
    return insp_lex_is(p->lexer, "~") ? parse_regex(p, test)
                                      : insp_lex_error(p->lexer, "'~' behind any");
}

static struct wb_error *parse_bare_pattern(struct parser *p, const struct insp_test **ret)
{
    struct insp_lexer *l = p->lexer, before = *l;
    struct insp_test *test = test_new(p, INSP_TEST_PATTERN);
    *ret = test;
    if (p->query->table->pattern_field < 0)
        return unknown_field(p);
    test->field = (unsigned)p->query->table->pattern_field;
    WB_TRY(parse_pattern(p, test));
    // An unknown field that is compared looks like a pattern until the operator.
    bool compared = compare_of(l) >= 0 || insp_lex_is(l, "~") || insp_lex_is(l, ".");
    if (compared && before.token.kind == INSP_ATOM) {
        *l = before;
        return unknown_field(p);
    }
    return NULL;
}

// A word that is a field and is followed by an operator (or is a flag) begins a comparison.
static struct wb_error *parse_test(struct parser *p, const struct insp_test **ret)
{
    struct insp_lexer *l = p->lexer;
    unsigned field = 0;
    if (insp_lex_word(l, "any"))
        return parse_any(p, ret);
    int var = l->token.kind == INSP_VAR && p->query->pattern != NULL
                  ? insp_pattern_var(p->query->pattern, l->token.text)
                  : -1;
    if (var >= 0)
        return parse_var(p, var, ret);
    if (field_here(p) < 0)
        return parse_bare_pattern(p, ret);
    WB_TRY(parse_field(p, &field));
    WB_TRY(parse_behind(p, field, ret));
    return *ret != NULL ? NULL : insp_lex_error(l, "an operator (= != < > <= >= ~ in)");
}

static struct wb_error *parse_or(struct parser *p, const struct insp_test **ret);

static struct wb_error *parse_primary(struct parser *p, const struct insp_test **ret)
{
    struct insp_lexer *l = p->lexer;
    if (p->nesting == MAX_NESTING)
        return wb_error_new(WB_E_LIMIT, "conditions nest at most %d levels", MAX_NESTING);
    if (insp_lex_word(l, "not")) {
        struct insp_test *test = test_new(p, INSP_TEST_NOT);
        WB_TRY(insp_lex_next(l));
        p->nesting++;
        WB_TRY(parse_primary(p, &test->left));
        p->nesting--;
        *ret = test;
        return NULL;
    }
    if (!insp_lex_is(l, "("))
        return parse_test(p, ret);
    WB_TRY(insp_lex_next(l));
    p->nesting++;
    WB_TRY(parse_or(p, ret));
    p->nesting--;
    if (!insp_lex_is(l, ")"))
        return insp_lex_error(l, "')'");
    return insp_lex_next(l);
}

static struct wb_error *parse_chain(struct parser *p, enum insp_test_kind kind,
                                    const struct insp_test **ret)
{
    const char *word = kind == INSP_TEST_OR ? "or" : "and";
    bool is_or = kind == INSP_TEST_OR;
    WB_TRY(is_or ? parse_chain(p, INSP_TEST_AND, ret) : parse_primary(p, ret));
    while (insp_lex_word(p->lexer, word)) {
        struct insp_test *test = test_new(p, kind);
        test->left = *ret;
        WB_TRY(insp_lex_next(p->lexer));
        WB_TRY(is_or ? parse_chain(p, INSP_TEST_AND, &test->right)
                     : parse_primary(p, &test->right));
        *ret = test;
    }
    return NULL;
}

static struct wb_error *parse_or(struct parser *p, const struct insp_test **ret)
{
    return parse_chain(p, INSP_TEST_OR, ret);
}

static struct wb_error *parse_by(struct parser *p)
{
    struct insp_query *query = p->query;
    struct insp_by *by = &query->by[query->by_count];
    if (query->by_count == INSP_GROUP_BY_MAX)
        return wb_error_new(WB_E_LIMIT, "rows are grouped by at most %d things", INSP_GROUP_BY_MAX);
    *by = (struct insp_by){0};
    if (p->lexer->token.kind == INSP_VAR) {
        int var =
            query->pattern != NULL ? insp_pattern_var(query->pattern, p->lexer->token.text) : -1;
        if (var < 0)
            return insp_lex_error(p->lexer, "a variable of the pattern");
        by->is_var = true;
        by->var = (unsigned)var;
        query->by_count++;
        return insp_lex_next(p->lexer);
    }
    WB_TRY(parse_field(p, &by->field));
    query->by_count++;
    return NULL;
}

static struct wb_error *parse_group(struct parser *p)
{
    WB_TRY(insp_lex_next(p->lexer));
    if (insp_lex_word(p->lexer, "by"))
        WB_TRY(insp_lex_next(p->lexer));
    WB_TRY(parse_by(p));
    while (insp_lex_is(p->lexer, ",")) {
        WB_TRY(insp_lex_next(p->lexer));
        WB_TRY(parse_by(p));
    }
    return NULL;
}

static struct wb_error *parse_key(struct parser *p)
{
    struct insp_query *query = p->query;
    if (query->sort_count == INSP_SORT_MAX)
        return wb_error_new(WB_E_LIMIT, "rows are sorted by at most %d fields", INSP_SORT_MAX);
    struct insp_sort *sort = &query->sort[query->sort_count];
    sort->descending = insp_lex_is(p->lexer, "-");
    if (sort->descending || insp_lex_is(p->lexer, "+"))
        WB_TRY(insp_lex_next(p->lexer));
    WB_TRY(parse_field(p, &sort->field));
    query->sort_count++;
    return NULL;
}

static struct wb_error *parse_sort(struct parser *p)
{
    WB_TRY(insp_lex_next(p->lexer));
    if (insp_lex_word(p->lexer, "by"))
        WB_TRY(insp_lex_next(p->lexer));
    p->query->sort_count = 0;
    WB_TRY(parse_key(p));
    while (insp_lex_is(p->lexer, ",")) {
        WB_TRY(insp_lex_next(p->lexer));
        WB_TRY(parse_key(p));
    }
    return NULL;
}

static struct wb_error *parse_limit(struct parser *p)
{
    struct insp_test number = {0};
    WB_TRY(insp_lex_next(p->lexer));
    WB_TRY(parse_number(p, &number));
    p->query->limit = number.number;
    return NULL;
}

static struct wb_error *parse_show(struct parser *p)
{
    do {
        WB_TRY(insp_lex_next(p->lexer));
        if (p->query->show_count == INSP_SHOW_MAX)
            return wb_error_new(WB_E_LIMIT, "at most %d fields are shown", INSP_SHOW_MAX);
        WB_TRY(parse_field(p, &p->query->show[p->query->show_count]));
        p->query->show_count++;
    } while (insp_lex_is(p->lexer, ","));
    return NULL;
}

static struct wb_error *parse_where(struct parser *p)
{
    WB_TRY(insp_lex_next(p->lexer));
    return parse_or(p, &p->query->where);
}

static struct wb_error *parse_clause(struct parser *p)
{
    static const struct {
        const char *word;
        struct wb_error *(*parse)(struct parser *p);
    } clauses[] = {{"where", parse_where},
                   {"group", parse_group},
                   {"sort", parse_sort},
                   {"limit", parse_limit},
                   {"show", parse_show}};
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
        if (insp_lex_word(p->lexer, clauses[i].word))
            return clauses[i].parse(p);
    return insp_lex_error(p->lexer, "where, group by, sort, limit or show");
}

struct wb_error *insp_query_parse(const struct insp_table *table, struct insp_lexer *lexer,
                                  struct insp_query *ret)
{
    *ret = (struct insp_query){.table = table};
    struct parser p = {.lexer = lexer, .query = ret};
    while (lexer->token.kind != INSP_END)
        WB_TRY(parse_clause(&p));
    return NULL;
}

struct wb_error *insp_query_read(const struct insp_table *table, const char *text,
                                 struct wb_arena *arena, struct insp_query *ret)
{
    struct insp_lexer lexer;
    WB_TRY(insp_lex_begin(text, arena, &lexer));
    return insp_query_parse(table, &lexer, ret);
}
