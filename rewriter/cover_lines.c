#include <stdlib.h>

#include "core-vm/format/etf.h"
#include "rewriter/cover.h"
#include "rewriter/unit_priv.h"

// Lines of body expressions, found in the abstract code as OTP's cover finds them: an expression of
// a body counts its line, unless one before it on the same way through the function's clause did.

enum { MOST_DEPTH = 2000 };

struct set {
    uint32_t *at;
    size_t count, room;
};

struct walk {
    struct wb_arena *arena;
    struct set seen;    // on the way to here
    struct set sure;    // counted, and certain to have an instruction
    struct set unsure;  // counted, and not certain
    uint32_t line;      // of the nearest body expression around
    unsigned lifted;    // funs and comprehensions around: they become functions of their own
    unsigned depth;
    bool on;  // in the module's own file
};

static void add(struct walk *w, struct set *set, uint32_t line)
{
    set->at = rw_grow(w->arena, set->at, set->count, &set->room, sizeof *set->at);
    set->at[set->count++] = line;
}

static bool holds(const struct set *set, uint32_t line)
{
    for (size_t i = set->count; i > 0; i--)
        if (set->at[i - 1] == line)
            return true;
    return false;
}

static bool is_node(const struct beam_value *value, const char *tag, size_t parts)
{
    return value->kind == BEAM_TUPLE && value->part.count == parts &&
           beam_is_atom(&value->part.at[0], tag);
}

// Annotations are LINE, {LINE, COLUMN}, or a list with {location, ...}.
static uint32_t line_of_anno(const struct beam_value *anno)
{
    if (anno->kind == BEAM_SMALL)
        return (uint32_t)anno->small;
    if (anno->kind == BEAM_TUPLE && anno->part.count == 2 && anno->part.at[0].kind == BEAM_SMALL)
        return (uint32_t)anno->part.at[0].small;
    if (anno->kind != BEAM_CONS)
        return 0;
    for (size_t i = 0; i + 1 < anno->part.count; i++)
        if (is_node(&anno->part.at[i], "location", 2)) {
            const struct beam_value *at = &anno->part.at[i].part.at[1];
            return at->kind == BEAM_CONS ? 0 : line_of_anno(at);
        }
    return 0;
}

static uint32_t line_of(const struct beam_value *node)
{
    bool tuple = node->kind == BEAM_TUPLE && node->part.count >= 2;
    return tuple ? line_of_anno(&node->part.at[1]) : 0;
}

static size_t elements(const struct beam_value *list)
{
    return list->kind == BEAM_CONS ? list->part.count - 1 : 0;
}

static const struct beam_value *part(const struct beam_value *node, size_t index)
{
    static const struct beam_value nothing = {.kind = BEAM_NIL};
    return node->kind == BEAM_TUPLE && index < node->part.count ? &node->part.at[index] : &nothing;
}

static bool calculates(const struct beam_value *op)
{
    static const char *const ops[] = {"+",   "-",    "*",   "/",   "div", "rem", "band",
                                      "bor", "bxor", "bsl", "bsr", "++",  "--"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (beam_is_atom(op, ops[i]))
            return true;
    return false;
}

static bool runs_at(struct walk *w, const struct beam_value *node, uint32_t line, bool last);

static bool any_runs_at(struct walk *w, const struct beam_value *list, uint32_t line)
{
    for (size_t i = 0; i < elements(list); i++)
        if (runs_at(w, &list->part.at[i], line, false))
            return true;
    return false;
}

static bool call_runs_at(struct walk *w, const struct beam_value *node, uint32_t line, bool last)
{
    const struct beam_value *callee = part(node, 2);
    bool remote = is_node(callee, "remote", 4);
    bool named = is_node(callee, "atom", 3);
    // Local calls in the last place, and calls of what can't fail, have no line.
    if (line_of(node) == line &&
        ((remote && is_node(part(callee, 3), "atom", 3) && !is_node(part(callee, 2), "var", 3)) ||
         (named && !last)))
        if (!remote || !beam_is_atom(part(part(callee, 2), 2), "erlang"))
            return true;
    return any_runs_at(w, part(node, 3), line);
}

// Whoever evaluates `node` always runs an instruction that has this line.
static bool runs_at(struct walk *w, const struct beam_value *node, uint32_t line, bool last)
{
    bool runs = false;
    if (node->kind != BEAM_TUPLE || w->depth > MOST_DEPTH)
        return false;
    w->depth++;
    if (is_node(node, "call", 4))
        runs = call_runs_at(w, node, line, last);
    else if (is_node(node, "match", 4))
        runs = runs_at(w, part(node, 3), line, false);
    else if (is_node(node, "op", 5))
        runs = (line_of(node) == line && calculates(part(node, 2))) ||
               runs_at(w, part(node, 3), line, false) ||
               (!beam_is_atom(part(node, 2), "andalso") && !beam_is_atom(part(node, 2), "orelse") &&
                runs_at(w, part(node, 4), line, false));
    else if (is_node(node, "case", 4) || is_node(node, "catch", 3))
        runs = runs_at(w, part(node, 2), line, false);
    else if (is_node(node, "tuple", 3))
        runs = any_runs_at(w, part(node, 2), line);
    else if (is_node(node, "cons", 4))
        runs = runs_at(w, part(node, 2), line, false) || runs_at(w, part(node, 3), line, false);
    else if ((is_node(node, "block", 3) || is_node(node, "try", 6)) && elements(part(node, 2)) > 0)
        runs = runs_at(w, &part(node, 2)->part.at[0], line, false);
    w->depth--;
    return runs;
}

static void walk_expr(struct walk *w, const struct beam_value *node, bool last);

static void walk_body(struct walk *w, const struct beam_value *body, bool last)
{
    size_t count = elements(body);
    for (size_t i = 0; i < count; i++) {
        const struct beam_value *expr = &body->part.at[i];
        uint32_t line = line_of(expr);
        bool end = last && i + 1 == count;
        if (!holds(&w->seen, line)) {
            add(w, &w->seen, line);
            if (runs_at(w, expr, line, end))
                add(w, &w->sure, w->lifted > 0 ? line | RW_LIFTED : line);
            else
                add(w, &w->unsure, line);
        }
        uint32_t around = w->line;
        w->line = line;
        walk_expr(w, expr, end);
        w->line = around;
    }
}

// What a guard calculates has the line of the guard, and may be run though the body is not.
static void doubt_guard(struct walk *w, const struct beam_value *node)
{
    if (w->depth > MOST_DEPTH)
        return;
    w->depth++;
    if (is_node(node, "call", 4) || is_node(node, "op", 5) || is_node(node, "op", 4))
        add(w, &w->unsure, line_of(node));
    size_t count = node->kind == BEAM_TUPLE ? node->part.count : elements(node);
    for (size_t i = 0; i < count; i++)
        if (node->part.at[i].kind == BEAM_TUPLE || node->part.at[i].kind == BEAM_CONS)
            doubt_guard(w, &node->part.at[i]);
    w->depth--;
}

// Clauses are ways of their own: each begins with what was seen before them.
static void walk_clauses(struct walk *w, const struct beam_value *clauses, bool last)
{
    size_t before = w->seen.count;
    struct set more = {0};
    for (size_t i = 0; i < elements(clauses); i++) {
        const struct beam_value *clause = &clauses->part.at[i];
        if (!is_node(clause, "clause", 5))
            continue;
        doubt_guard(w, part(clause, 3));
        walk_body(w, part(clause, 4), last);
        for (size_t k = before; k < w->seen.count; k++)
            add(w, &more, w->seen.at[k]);
        w->seen.count = before;
    }
    for (size_t i = 0; i < more.count; i++)
        add(w, &w->seen, more.at[i]);
}

// An expression that cover counts as if it were a body.
static void walk_single(struct walk *w, const struct beam_value *expr)
{
    struct beam_value body[2] = {*expr, {.kind = BEAM_NIL}};
    struct beam_value list = {.kind = BEAM_CONS, .part = {body, 2}};
    walk_body(w, &list, false);
}

static void walk_parts(struct walk *w, const struct beam_value *node)
{
    for (size_t i = 2; i < node->part.count; i++) {
        const struct beam_value *child = &node->part.at[i];
        if (child->kind == BEAM_TUPLE)
            walk_expr(w, child, false);
        for (size_t k = 0; k < elements(child); k++)
            walk_expr(w, &child->part.at[k], false);
    }
}

static void walk_comprehension(struct walk *w, const struct beam_value *node)
{
    const struct beam_value *steps = part(node, 3);
    for (size_t i = 0; i < elements(steps); i++)
        walk_expr(w, &steps->part.at[i], false);
    w->lifted++;
    walk_single(w, part(node, 2));
    w->lifted--;
}

// What makes it uncertain how often the instructions of a line are run: something of another
// expression is on it; an exception may be caught in the middle of it.
static void note_doubt(struct walk *w, const struct beam_value *node)
{
    uint32_t line = line_of(node);
    bool runs = is_node(node, "call", 4) || is_node(node, "op", 5) || is_node(node, "lc", 4) ||
                is_node(node, "bc", 4) || is_node(node, "mc", 4) || is_node(node, "map", 4);
    bool catches = is_node(node, "try", 6) || is_node(node, "catch", 3);
    if ((runs && line != w->line) || catches)
        add(w, &w->unsure, line);
    if (catches)
        add(w, &w->unsure, w->line);
}

static void walk_expr(struct walk *w, const struct beam_value *node, bool last)
{
    if (node->kind != BEAM_TUPLE || w->depth > MOST_DEPTH)
        return;
    w->depth++;
    note_doubt(w, node);
    if (is_node(node, "case", 4)) {
        walk_expr(w, part(node, 2), false);
        walk_clauses(w, part(node, 3), last);
    } else if (is_node(node, "if", 3) || is_node(node, "receive", 3)) {
        walk_clauses(w, part(node, 2), last);
    } else if (is_node(node, "receive", 5)) {
        walk_clauses(w, part(node, 2), last);
        walk_expr(w, part(node, 3), false);
        walk_body(w, part(node, 4), last);
    } else if (is_node(node, "block", 3)) {
        walk_body(w, part(node, 2), last);
    } else if (is_node(node, "try", 6)) {
        walk_body(w, part(node, 2), false);
        walk_clauses(w, part(node, 3), last);
        walk_clauses(w, part(node, 4), last);
        walk_body(w, part(node, 5), false);
    } else if (is_node(node, "fun", 3) && is_node(part(node, 2), "clauses", 2)) {
        w->lifted++;
        walk_clauses(w, part(part(node, 2), 1), true);
        w->lifted--;
    } else if (is_node(node, "named_fun", 4)) {
        w->lifted++;
        walk_clauses(w, part(node, 3), true);
        w->lifted--;
    } else if (is_node(node, "lc", 4) || is_node(node, "bc", 4) || is_node(node, "mc", 4)) {
        walk_comprehension(w, node);
    } else if (is_node(node, "op", 5) &&
               (beam_is_atom(part(node, 2), "andalso") || beam_is_atom(part(node, 2), "orelse"))) {
        walk_expr(w, part(node, 3), false);
        walk_single(w, part(node, 4));
    } else {
        walk_parts(w, node);
    }
    w->depth--;
}

static void walk_form(struct walk *w, const struct beam_value *form, const struct beam_value **main)
{
    if (is_node(form, "attribute", 4) && beam_is_atom(part(form, 2), "file")) {
        const struct beam_value *file = part(part(form, 3), 0);
        if (*main == NULL)
            *main = file;
        w->on = elements(file) == elements(*main);
        for (size_t i = 0; w->on && i < elements(file); i++)
            w->on = file->part.at[i].small == (*main)->part.at[i].small;
    }
    if (!w->on || !is_node(form, "function", 5))
        return;
    const struct beam_value *clauses = part(form, 4);
    for (size_t i = 0; i < elements(clauses); i++) {
        w->seen.count = 0;
        doubt_guard(w, part(&clauses->part.at[i], 3));
        walk_body(w, part(&clauses->part.at[i], 4), true);
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t s = *(const uint32_t *)a, t = *(const uint32_t *)b;
    return s < t ? -1 : s > t;
}

void rw_sort_numbers(uint32_t *at, size_t count)
{
    if (count > 0)
        qsort(at, count, sizeof *at, by_number);
}

const uint32_t *rw_find_number(const uint32_t *at, size_t count, uint32_t number)
{
    return count > 0 ? bsearch(&number, at, count, sizeof *at, by_number) : NULL;
}

static bool holds_sorted(const struct set *set, uint32_t line)
{
    return rw_find_number(set->at, set->count, line) != NULL;
}

static void finish(struct walk *w, struct rw_lines *ret)
{
    uint32_t *at = wb_push_array(w->arena, uint32_t, w->sure.count + 1);
    size_t count = 0;
    rw_sort_numbers(w->sure.at, w->sure.count);
    rw_sort_numbers(w->unsure.at, w->unsure.count);
    for (size_t i = 0; i < w->sure.count; i++) {
        uint32_t line = w->sure.at[i];
        uint32_t bare = line & ~RW_LIFTED;
        bool both = holds_sorted(&w->sure, line ^ RW_LIFTED);
        if (bare > 0 && !both && !holds_sorted(&w->unsure, bare) &&
            (count == 0 || at[count - 1] != line))
            at[count++] = line;
    }
    *ret = (struct rw_lines){at, count, true};
}

struct wb_error *rw_cover_lines(const struct beam_module *module, struct wb_arena *arena,
                                struct rw_lines *ret)
{
    const struct beam_chunk *chunk = beam_chunks_find(&module->chunks, "Dbgi");
    struct beam_value value;
    const struct beam_value *main = NULL;
    struct walk w = {.arena = arena, .on = true};
    *ret = (struct rw_lines){0};
    if (chunk == NULL || chunk->data.size == 0)
        return NULL;
    WB_TRY(beam_etf_read(chunk->data, arena, NULL, &value));
    const struct beam_value *code = part(&value, 2), *forms = part(code, 0);
    if (!is_node(&value, "debug_info_v1", 3) ||
        !beam_is_atom(part(&value, 1), "erl_abstract_code") || elements(forms) == 0)
        return NULL;
    for (size_t i = 0; i < elements(forms); i++)
        walk_form(&w, &forms->part.at[i], &main);
    finish(&w, ret);
    return NULL;
}
