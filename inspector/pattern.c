#include "inspector/pattern.h"

#include <string.h>

#include "core-vm/format/compare.h"

enum { MAX_NESTING = 100 };

enum node_kind { NODE_ANY, NODE_VAR, NODE_TERM, NODE_TUPLE, NODE_LIST, NODE_MAP };

// LIST: parts are the elements, then the tail. MAP: key, value, ...
struct insp_pattern_node {
    enum node_kind kind;
    unsigned var;
    struct beam_value term;
    struct insp_pattern_node *part;
    size_t count;
};

struct parser {
    struct insp_lexer *lexer;
    struct insp_pattern *pattern;
    unsigned nesting;
};

// Parts while they are being counted.
struct parts {
    struct insp_pattern_node *at;
    size_t count, capacity;
};

static struct insp_pattern_node *part_add(struct parser *p, struct parts *parts)
{
    if (parts->count == parts->capacity) {
        size_t capacity = parts->capacity != 0 ? parts->capacity * 2 : 4;
        struct insp_pattern_node *at =
            wb_push_array(p->lexer->arena, struct insp_pattern_node, capacity);
        if (parts->count > 0)
            memcpy(at, parts->at, parts->count * sizeof *at);
        parts->at = at;
        parts->capacity = capacity;
    }
    return &parts->at[parts->count++];
}

static struct wb_error *expect(struct parser *p, const char *punctuation, const char *what)
{
    if (!insp_lex_is(p->lexer, punctuation))
        return insp_lex_error(p->lexer, what);
    return insp_lex_next(p->lexer);
}

static struct wb_error *parse(struct parser *p, struct insp_pattern_node *ret);

static struct wb_error *parse_deeper(struct parser *p, struct insp_pattern_node *ret)
{
    if (p->nesting == MAX_NESTING)
        return wb_error_new(WB_E_LIMIT, "patterns nest at most %d levels", MAX_NESTING);
    p->nesting++;
    if (p->nesting + 1 > p->pattern->limits.depth)
        p->pattern->limits.depth = p->nesting + 1;
    struct wb_error *err = parse(p, ret);
    p->nesting--;
    return err;
}

// Elements up to, not including, a punctuation that is no comma.
static struct wb_error *parse_elements(struct parser *p, const char *end, struct parts *parts)
{
    if (insp_lex_is(p->lexer, end))
        return NULL;
    for (;;) {
        struct insp_pattern_node node = {0};
        WB_TRY(parse_deeper(p, &node));
        *part_add(p, parts) = node;
        if (!insp_lex_is(p->lexer, ","))
            return NULL;
        WB_TRY(insp_lex_next(p->lexer));
    }
}

static struct wb_error *parse_tuple(struct parser *p, struct insp_pattern_node *ret)
{
    struct parts parts = {0};
    WB_TRY(insp_lex_next(p->lexer));
    WB_TRY(parse_elements(p, "}", &parts));
    WB_TRY(expect(p, "}", "',' or '}'"));
    *ret = (struct insp_pattern_node){.kind = NODE_TUPLE, .part = parts.at, .count = parts.count};
    return NULL;
}

static struct wb_error *parse_list(struct parser *p, struct insp_pattern_node *ret)
{
    struct parts parts = {0};
    struct insp_pattern_node tail = {.kind = NODE_TERM, .term = {.kind = BEAM_NIL}};
    WB_TRY(insp_lex_next(p->lexer));
    WB_TRY(parse_elements(p, "]", &parts));
    if (parts.count > 0 && insp_lex_is(p->lexer, "|")) {
        WB_TRY(insp_lex_next(p->lexer));
        WB_TRY(parse_deeper(p, &tail));
    }
    WB_TRY(expect(p, "]", parts.count > 0 ? "',', '|' or ']'" : "']'"));
    *ret = tail;
    if (parts.count == 0)
        return NULL;
    if (parts.count + 1 > p->pattern->limits.length)
        p->pattern->limits.length = parts.count + 1;
    *part_add(p, &parts) = tail;
    *ret = (struct insp_pattern_node){.kind = NODE_LIST, .part = parts.at, .count = parts.count};
    return NULL;
}

static struct wb_error *parse_map(struct parser *p, struct insp_pattern_node *ret)
{
    struct parts parts = {0};
    WB_TRY(insp_lex_next(p->lexer));
    while (!insp_lex_is(p->lexer, "}")) {
        struct insp_pattern_node node = {0};
        WB_TRY(parse_deeper(p, &node));
        *part_add(p, &parts) = node;
        if (!insp_lex_is(p->lexer, "=>") && !insp_lex_is(p->lexer, ":="))
            return insp_lex_error(p->lexer, "'=>'");
        WB_TRY(insp_lex_next(p->lexer));
        WB_TRY(parse_deeper(p, &node));
        *part_add(p, &parts) = node;
        if (!insp_lex_is(p->lexer, ","))
            break;
        WB_TRY(insp_lex_next(p->lexer));
    }
    WB_TRY(expect(p, "}", "',' or '}'"));
    *ret = (struct insp_pattern_node){.kind = NODE_MAP, .part = parts.at, .count = parts.count};
    return NULL;
}

static struct insp_pattern_node leaf(struct beam_value term)
{
    return (struct insp_pattern_node){.kind = NODE_TERM, .term = term};
}

// <<"text">>, <<1, 2>>, <<>>.
static struct wb_error *parse_binary(struct parser *p, struct insp_pattern_node *ret)
{
    struct wb_text text wb_auto_text = {0};
    WB_TRY(insp_lex_next(p->lexer));
    while (!insp_lex_is(p->lexer, ">>")) {
        const struct insp_token *token = &p->lexer->token;
        if (token->kind == INSP_STRING)
            wb_text_put_bytes(&text, token->text.at, token->text.size);
        else if (token->kind == INSP_INT && token->integer >= 0 && token->integer < 256)
            wb_text_put_char(&text, (char)token->integer);
        else
            return insp_lex_error(p->lexer, "a string or a byte");
        WB_TRY(insp_lex_next(p->lexer));
        if (insp_lex_is(p->lexer, "/"))
            return insp_lex_error(p->lexer, "no type ('/utf8' is the default for strings)");
        if (!insp_lex_is(p->lexer, ","))
            break;
        WB_TRY(insp_lex_next(p->lexer));
    }
    WB_TRY(expect(p, ">>", "',' or '>>'"));
    uint8_t *bytes = wb_push(p->lexer->arena, text.size + 1, 1);
    memcpy(bytes, wb_text_string(&text), text.size);
    *ret = leaf((struct beam_value){.kind = BEAM_BINARY, .binary = {bytes, text.size * 8}});
    return NULL;
}

static uint32_t next_point(const uint8_t **at, const uint8_t *end)
{
    uint8_t c = *(*at)++;
    uint32_t point = c < 0x80 ? c : c & (c >= 0xf0 ? 7u : c >= 0xe0 ? 15u : 31u);
    while (*at < end && (**at & 0xc0) == 0x80)
        point = point << 6 | (*(*at)++ & 0x3fu);
    return point;
}

static struct insp_pattern_node string_node(struct parser *p, struct wb_bytes text)
{
    if (text.size == 0)
        return leaf((struct beam_value){.kind = BEAM_NIL});
    struct beam_value *at = wb_push_array(p->lexer->arena, struct beam_value, text.size + 1);
    size_t count = 0;
    const uint8_t *c = text.at, *end = text.at + text.size;
    while (c < end)
        at[count++] = (struct beam_value){.kind = BEAM_SMALL, .small = next_point(&c, end)};
    at[count++] = (struct beam_value){.kind = BEAM_NIL};
    if (count + 1 > p->pattern->limits.length)
        p->pattern->limits.length = count + 1;
    if (p->nesting + 2 > p->pattern->limits.depth)
        p->pattern->limits.depth = p->nesting + 2;
    return leaf((struct beam_value){.kind = BEAM_CONS, .part = {at, count}});
}

// Words of pids and ports are written number first, those of references last word first.
static struct wb_error *id_node(struct parser *p, struct insp_pattern_node *ret)
{
    const struct insp_token *token = &p->lexer->token;
    bool ref = wb_bytes_equal(token->text, wb_bytes_of("Ref"));
    bool port = wb_bytes_equal(token->text, wb_bytes_of("Port"));
    if (token->word[0] != 0)
        return insp_lex_error(p->lexer, "an identifier of the local node (<0...)");
    if (!ref && !port && token->count != 3)
        return insp_lex_error(p->lexer, "a pid (<0.Number.Serial>)");
    struct beam_id *id = wb_push(p->lexer->arena, sizeof *id, alignof(struct beam_id));
    id->count = token->count - 1;
    for (unsigned i = 0; i < id->count; i++)
        id->word[i] = ref ? token->word[token->count - 1 - i] : token->word[i + 1];
    *ret = leaf((struct beam_value){.kind = ref    ? BEAM_REF
                                            : port ? BEAM_PORT
                                                   : BEAM_PID,
                                    .id = id});
    return insp_lex_next(p->lexer);
}

static struct wb_error *var_node(struct parser *p, struct insp_pattern_node *ret)
{
    struct insp_pattern *pattern = p->pattern;
    struct wb_bytes name = p->lexer->token.text;
    *ret = (struct insp_pattern_node){.kind = NODE_ANY};
    if (!wb_bytes_equal(name, wb_bytes_of("_"))) {
        int known = insp_pattern_var(pattern, name);
        if (known < 0 && pattern->var_count == INSP_PATTERN_VARS)
            return wb_error_new(WB_E_LIMIT, "more than %d variables", INSP_PATTERN_VARS);
        ret->kind = NODE_VAR;
        ret->var = known >= 0 ? (unsigned)known : pattern->var_count;
        if (known < 0)
            pattern->vars[pattern->var_count++] = name;
    }
    return insp_lex_next(p->lexer);
}

// fun m:f/a
static struct wb_error *fun_node(struct parser *p, struct insp_pattern_node *ret)
{
    struct insp_lexer *l = p->lexer;
    struct beam_fun *fun = wb_push(l->arena, sizeof *fun, alignof(struct beam_fun));
    if (l->token.kind != INSP_ATOM)
        return insp_lex_error(l, "a module");
    fun->module = l->token.text;
    WB_TRY(insp_lex_next(l));
    WB_TRY(expect(p, ":", "':'"));
    if (l->token.kind != INSP_ATOM)
        return insp_lex_error(l, "a function");
    fun->function = l->token.text;
    WB_TRY(insp_lex_next(l));
    WB_TRY(expect(p, "/", "'/'"));
    if (l->token.kind != INSP_INT || l->token.integer < 0 || l->token.integer > 255)
        return insp_lex_error(l, "an arity");
    fun->arity = (uint32_t)l->token.integer;
    *ret = leaf((struct beam_value){.kind = BEAM_EXPORT, .fun = fun});
    return insp_lex_next(l);
}

static struct wb_error *number_node(struct parser *p, bool negative, struct insp_pattern_node *ret)
{
    const struct insp_token *token = &p->lexer->token;
    if (token->kind == INSP_FLOAT)
        *ret = leaf(
            (struct beam_value){.kind = BEAM_FLOAT, .real = negative ? -token->real : token->real});
    else if (token->kind == INSP_INT && token->text.size == 0)
        *ret = leaf((struct beam_value){.kind = BEAM_SMALL,
                                        .small = negative ? -token->integer : token->integer});
    else
        return insp_lex_error(p->lexer, "a number without a unit");
    return insp_lex_next(p->lexer);
}

static struct wb_error *atom_node(struct parser *p, struct insp_pattern_node *ret)
{
    struct wb_bytes text = p->lexer->token.text;
    bool bare = *insp_lex_here(p->lexer) != '\'';
    WB_TRY(insp_lex_next(p->lexer));
    if (bare && wb_bytes_equal(text, wb_bytes_of("fun")) && p->lexer->token.kind == INSP_ATOM)
        return fun_node(p, ret);
    *ret = leaf((struct beam_value){.kind = BEAM_ATOM, .text = text});
    return NULL;
}

static struct wb_error *parse_punct(struct parser *p, struct insp_pattern_node *ret)
{
    if (insp_lex_is(p->lexer, "{"))
        return parse_tuple(p, ret);
    if (insp_lex_is(p->lexer, "["))
        return parse_list(p, ret);
    if (insp_lex_is(p->lexer, "#{"))
        return parse_map(p, ret);
    if (insp_lex_is(p->lexer, "<<"))
        return parse_binary(p, ret);
    if (!insp_lex_is(p->lexer, "-"))
        return insp_lex_error(p->lexer, "a term");
    WB_TRY(insp_lex_next(p->lexer));
    return number_node(p, true, ret);
}

static struct wb_error *parse(struct parser *p, struct insp_pattern_node *ret)
{
    switch (p->lexer->token.kind) {
    case INSP_VAR:
        return var_node(p, ret);
    case INSP_ATOM:
        return atom_node(p, ret);
    case INSP_INT:
    case INSP_FLOAT:
        return number_node(p, false, ret);
    case INSP_STRING:
        *ret = string_node(p, p->lexer->token.text);
        return insp_lex_next(p->lexer);
    case INSP_ID:
        return id_node(p, ret);
    case INSP_PUNCT:
        return parse_punct(p, ret);
    case INSP_END:
        break;
    }
    return insp_lex_error(p->lexer, "a term");
}

struct wb_error *insp_pattern_parse(struct insp_lexer *lexer, struct insp_pattern *ret)
{
    *ret = (struct insp_pattern){.limits = {.depth = 1, .length = 1}};
    struct parser p = {.lexer = lexer, .pattern = ret};
    struct insp_pattern_node *root = wb_push(lexer->arena, sizeof *root, alignof(struct parser));
    WB_TRY(parse(&p, root));
    ret->root = root;
    return NULL;
}

struct wb_error *insp_pattern_read(const char *text, struct wb_arena *arena,
                                   struct insp_pattern *ret)
{
    struct insp_lexer lexer;
    WB_TRY(insp_lex_begin(text, arena, &lexer));
    WB_TRY(insp_pattern_parse(&lexer, ret));
    return lexer.token.kind == INSP_END ? NULL : insp_lex_error(&lexer, "the end");
}

// Depth is bounded by the parser.
static struct wb_error *node_value(const struct insp_pattern_node *node, struct wb_arena *arena,
                                   struct beam_value *ret)
{
    static const enum beam_kind kinds[] = {
        [NODE_TUPLE] = BEAM_TUPLE, [NODE_LIST] = BEAM_CONS, [NODE_MAP] = BEAM_MAP};
    if (node->kind == NODE_ANY || node->kind == NODE_VAR)
        return wb_error_new(WB_E_BAD_DATA, "this must be a term: variables mean nothing in it");
    if (node->kind == NODE_TERM) {
        *ret = node->term;
        return NULL;
    }
    struct beam_value *at = wb_push_array(arena, struct beam_value, node->count + 1);
    for (size_t i = 0; i < node->count; i++)
        WB_TRY(node_value(&node->part[i], arena, &at[i]));
    *ret = (struct beam_value){.kind = kinds[node->kind], .part = {at, node->count}};
    return NULL;
}

// Keys in term order, the last of equal ones kept, as a map has them.
static void sort_map(struct beam_value *map)
{
    struct beam_value *at = map->part.at;
    size_t count = 0;
    for (size_t i = 0; i + 1 < map->part.count; i += 2) {
        struct beam_value key = at[i], value = at[i + 1];
        size_t to = count;
        while (to > 0 && beam_compare(&at[to - 2], &key, true) > 0)
            to -= 2;
        bool same = to > 0 && beam_compare(&at[to - 2], &key, true) == 0;
        if (same) {
            at[to - 1] = value;
            continue;
        }
        memmove(&at[to + 2], &at[to], (count - to) * sizeof *at);
        at[to] = key;
        at[to + 1] = value;
        count += 2;
    }
    map->part.count = count;
}

static void sort_maps(struct beam_value *value)
{
    if (value->kind != BEAM_TUPLE && value->kind != BEAM_CONS && value->kind != BEAM_MAP)
        return;
    for (size_t i = 0; i < value->part.count; i++)
        sort_maps(&value->part.at[i]);
    if (value->kind == BEAM_MAP)
        sort_map(value);
}

struct wb_error *insp_term_parse(struct insp_lexer *lexer, struct beam_value *ret)
{
    struct insp_pattern pattern;
    struct beam_value value;
    WB_TRY(insp_pattern_parse(lexer, &pattern));
    WB_TRY(node_value(pattern.root, lexer->arena, &value));
    sort_maps(&value);
    *ret = value;
    return NULL;
}

struct wb_error *insp_term_read(const char *text, struct wb_arena *arena, struct beam_value *ret)
{
    struct insp_lexer lexer;
    WB_TRY(insp_lex_begin(text, arena, &lexer));
    WB_TRY(insp_term_parse(&lexer, ret));
    return lexer.token.kind == INSP_END ? NULL : insp_lex_error(&lexer, "the end");
}

static bool match(const struct insp_pattern_node *node, const struct beam_value *value,
                  struct insp_bindings *bindings);

static bool match_var(unsigned var, const struct beam_value *value, struct insp_bindings *bindings)
{
    if (bindings->at[var] != NULL)
        return beam_compare(bindings->at[var], value, true) == 0;
    bindings->at[var] = value;
    return true;
}

static bool match_all(const struct insp_pattern_node *part, const struct beam_value *at,
                      size_t count, struct insp_bindings *bindings)
{
    for (size_t i = 0; i < count; i++)
        if (!match(&part[i], &at[i], bindings))
            return false;
    return true;
}

static bool match_list(const struct insp_pattern_node *node, const struct beam_value *value,
                       struct insp_bindings *bindings)
{
    size_t want = node->count - 1;
    if (value->kind != BEAM_CONS || value->part.count < node->count ||
        !match_all(node->part, value->part.at, want, bindings))
        return false;
    const struct insp_pattern_node *tail = &node->part[want];
    if (value->part.count == node->count)
        return match(tail, &value->part.at[want], bindings);
    // More elements: the tail is a list of the rest, which must live on if a variable is bound to
    // it.
    struct beam_value room;
    bool binds = tail->kind == NODE_VAR && bindings->at[tail->var] == NULL;
    struct beam_value *rest = binds ? &bindings->rest[tail->var] : &room;
    *rest = *value;
    rest->part.at += want;
    rest->part.count -= want;
    return match(tail, rest, bindings);
}

static bool match_pair(const struct insp_pattern_node *pair, const struct beam_value *map,
                       struct insp_bindings *bindings)
{
    for (size_t i = 0; i + 1 < map->part.count; i += 2) {
        struct insp_bindings kept = *bindings;
        if (match(&pair[0], &map->part.at[i], bindings) &&
            match(&pair[1], &map->part.at[i + 1], bindings))
            return true;
        *bindings = kept;
    }
    return false;
}

static bool match_map(const struct insp_pattern_node *node, const struct beam_value *value,
                      struct insp_bindings *bindings)
{
    if (value->kind != BEAM_MAP)
        return false;
    for (size_t i = 0; i + 1 < node->count; i += 2)
        if (!match_pair(&node->part[i], value, bindings))
            return false;
    return true;
}

static bool match(const struct insp_pattern_node *node, const struct beam_value *value,
                  struct insp_bindings *bindings)
{
    switch (node->kind) {
    case NODE_ANY:
        return true;
    case NODE_VAR:
        return match_var(node->var, value, bindings);
    case NODE_TERM:
        return beam_compare(&node->term, value, true) == 0;
    case NODE_TUPLE:
        return value->kind == BEAM_TUPLE && value->part.count == node->count &&
               match_all(node->part, value->part.at, node->count, bindings);
    case NODE_LIST:
        return match_list(node, value, bindings);
    case NODE_MAP:
        return match_map(node, value, bindings);
    }
    return false;
}

bool insp_pattern_match(const struct insp_pattern *pattern, const struct beam_value *value,
                        struct insp_bindings *bindings)
{
    struct insp_bindings room;
    if (bindings == NULL)
        bindings = &room;
    memset(bindings->at, 0, sizeof bindings->at);
    return match(pattern->root, value, bindings);
}

int insp_pattern_var(const struct insp_pattern *pattern, struct wb_bytes name)
{
    for (unsigned i = 0; i < pattern->var_count; i++)
        if (wb_bytes_equal(pattern->vars[i], name))
            return (int)i;
    return -1;
}
