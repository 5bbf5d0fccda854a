// view_term.c - one term as a tree whose parts are expanded and collapsed, read as deep as it is
// looked at.
#include <inttypes.h>
#include <stdlib.h>

#include "tui/view.h"

enum { OPEN_AT_FIRST = 3, MOST_NODES = 200000, READ_DEPTH = 6 };

struct node {
    struct beam_value value;
    const struct beam_value *key;  // of a map's pair; NULL: none
    uint32_t index;                // in its parent, from 1; 0: the root
    uint16_t depth;
    bool open, is_tail;
    struct node *child;  // made when it is opened first
    size_t child_count;
};

struct term {
    struct ui_view base;
    struct wb_arena arena;
    struct node root;
    struct node **line;  // visible nodes
    size_t capacity;
};

static struct term *term_of(struct ui_view *view)
{
    return (struct term *)view;
}

static bool has_parts(const struct node *node)
{
    return node->value.kind == BEAM_TUPLE || node->value.kind == BEAM_CONS ||
           node->value.kind == BEAM_MAP || node->value.kind == BEAM_UNREAD ||
           (node->value.kind == BEAM_FUN && node->value.fun->count > 0);
}

// What lay too deep when the term was read is read now.
static void read_deeper(struct term *t, struct insp_context *c, struct node *node)
{
    if (node->value.kind != BEAM_UNREAD)
        return;
    struct tgt_limits limits = {READ_DEPTH, c->s->set.length};
    struct tgt_term word = {node->value.bits};
    struct beam_value value;
    struct wb_error *err = tgt_read_term(c->s->t, word, limits, &t->arena, &value);
    if (err == NULL)
        node->value = value;
    wb_error_free(err);
}

static void make_children(struct term *t, struct node *node)
{
    const struct beam_value *v = &node->value;
    bool is_map = v->kind == BEAM_MAP, is_fun = v->kind == BEAM_FUN;
    const struct beam_value *at = is_fun ? v->fun->free : v->part.at;
    size_t count = is_fun ? v->fun->count : v->part.count;
    // The tail of a proper list is no element.
    if (v->kind == BEAM_CONS && count > 0 && at[count - 1].kind == BEAM_NIL)
        count--;
    size_t step = is_map ? 2 : 1;
    node->child_count = count / step;
    node->child = wb_push_array(&t->arena, struct node, node->child_count + 1);
    for (size_t i = 0; i < node->child_count; i++)
        node->child[i] = (struct node){
            .value = at[i * step + (is_map ? 1 : 0)],
            .key = is_map ? &at[i * step] : NULL,
            .index = (uint32_t)i + 1,
            .depth = (uint16_t)(node->depth + 1),
            .is_tail = v->kind == BEAM_CONS && i + 1 == v->part.count,
        };
}

static void open_node(struct term *t, struct insp_context *c, struct node *node, bool open)
{
    node->open = false;
    if (!open || node->depth == UINT16_MAX)
        return;
    read_deeper(t, c, node);
    if (!has_parts(node) || node->value.kind == BEAM_UNREAD)
        return;
    if (node->child == NULL)
        make_children(t, node);
    node->open = node->child_count > 0;
}

static bool add_line(struct term *t, struct node *node)
{
    if (t->base.lines == MOST_NODES)
        return false;
    if (t->base.lines == t->capacity) {
        size_t capacity = t->capacity != 0 ? t->capacity * 2 : 64;
        struct node **line = realloc(t->line, capacity * sizeof *line);
        if (line == NULL)
            wb_die_no_memory(capacity * sizeof *line);
        t->line = line;
        t->capacity = capacity;
    }
    t->line[t->base.lines++] = node;
    return true;
}

// Depth is as deep as a person has opened it.
static void flatten(struct term *t, struct node *node)
{
    if (!add_line(t, node) || !node->open)
        return;
    for (size_t i = 0; i < node->child_count; i++)
        flatten(t, &node->child[i]);
}

static void relist(struct term *t)
{
    t->base.lines = 0;
    if (t->base.subject.term.bits != 0)
        flatten(t, &t->root);
}

// Parts that fit on one line stay closed.
static void open_long(struct term *t, struct insp_context *c, struct node *node, unsigned levels)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_print how = insp_print_how(c->s, 0, 0);
    how.limit = 100;
    beam_print(&node->value, how, &text);
    if (levels == 0 || (text.size < 60 && node->depth > 0))
        return;
    open_node(t, c, node, true);
    for (size_t i = 0; node->open && i < node->child_count && i < 200; i++)
        open_long(t, c, &node->child[i], levels - 1);
}

static struct wb_error *term_load(struct ui_view *view, struct insp_context *c)
{
    struct term *t = term_of(view);
    wb_arena_free(&t->arena);
    t->root = (struct node){0};
    view->lines = 0;
    if (view->subject.term.bits == 0)
        return wb_error_new(WB_E_NOT_FOUND, "no term is selected");
    struct tgt_limits limits = {READ_DEPTH, c->s->set.length};
    WB_TRY(tgt_read_term(c->s->t, view->subject.term, limits, &t->arena, &t->root.value));
    open_long(t, c, &t->root, OPEN_AT_FIRST);
    relist(t);
    return NULL;
}

static void node_text(struct insp_context *c, const struct node *node, size_t most,
                      struct wb_text *text)
{
    struct beam_print how = insp_print_how(c->s, 0, 0);
    if (node->key != NULL) {
        how.limit = 60;
        beam_print(node->key, how, text);
        wb_text_put(text, " => ");
    } else if (node->is_tail) {
        wb_text_put(text, "| ");
    }
    if (node->open) {
        bool is_list = node->value.kind == BEAM_CONS, is_map = node->value.kind == BEAM_MAP;
        wb_text_printf(text, "%s of %zu%s", beam_kind_name(node->value.kind), node->child_count,
                       is_list  ? node->child_count == 1 ? " element" : " elements"
                       : is_map ? node->child_count == 1 ? " pair" : " pairs"
                                : "");
        return;
    }
    how.limit = most;
    beam_print(&node->value, how, text);
}

static void term_draw(struct ui_view *view, struct insp_context *c, struct ui_area area)
{
    struct term *t = term_of(view);
    for (int row = 0; row < area.rows; row++) {
        size_t at = view->top + (size_t)row;
        if (at >= view->lines)
            break;
        const struct node *node = t->line[at];
        struct wb_text text wb_auto_text = {0};
        int col = 1 + 2 * node->depth - view->shift;
        ui_put(area, row, col, UI_DIM, "%c", !has_parts(node) ? ' ' : node->open ? '-' : '+');
        if (node->index != 0 && node->key == NULL && !node->is_tail)
            col = ui_put(area, row, col + 2, UI_DIM, "%" PRIu32 " ", node->index) - 2;
        node_text(c, node, (size_t)(area.cols + view->shift) * 2, &text);
        ui_put_bytes(area, row, col + 2, node->open ? UI_DIM : UI_TERM, wb_text_bytes(&text));
        if (at == view->cursor)
            ui_restyle(area, row, 0, area.cols, UI_SELECTED);
    }
}

static void expand_all(struct term *t, struct insp_context *c, struct node *node, size_t *left)
{
    if (*left == 0)
        return;
    (*left)--;
    open_node(t, c, node, true);
    for (size_t i = 0; node->open && i < node->child_count; i++)
        expand_all(t, c, &node->child[i], left);
}

static enum ui_request term_request(struct ui_view *view, struct insp_context *c,
                                    enum ui_request request)
{
    enum { MOST_AT_ONCE = 5000 };
    struct term *t = term_of(view);
    if (view->cursor >= view->lines)
        return request;
    struct node *node = t->line[view->cursor];
    size_t left = MOST_AT_ONCE;
    if (request == UI_EXPAND_REQUEST || request == UI_ENTER_REQUEST)
        open_node(t, c, node, !node->open);
    else if (request == UI_EXPAND_ALL_REQUEST && node->open)
        open_node(t, c, node, false);
    else if (request == UI_EXPAND_ALL_REQUEST)
        expand_all(t, c, node, &left);
    else
        return request;
    relist(t);
    return UI_NO_REQUEST;
}

static void term_line_text(struct ui_view *view, struct insp_context *c, size_t at,
                           struct wb_text *ret)
{
    struct term *t = term_of(view);
    if (at < view->lines)
        node_text(c, t->line[at], 1000, ret);
}

static void term_title(struct ui_view *view, struct insp_context *c, struct wb_text *ret)
{
    (void)c;
    wb_text_printf(ret, "term %s", view->subject.title);
}

static void term_free(struct ui_view *view)
{
    struct term *t = term_of(view);
    wb_arena_free(&t->arena);
    free(t->line);
    free(t);
}

static const struct ui_view_ops term_ops = {
    .name = "term",
    .context = UI_IN_TERM,
    .load = term_load,
    .draw = term_draw,
    .request = term_request,
    .line_text = term_line_text,
    .title = term_title,
    .free = term_free,
};

struct ui_view *ui_view_term_new(void)
{
    struct term *t = calloc(1, sizeof *t);
    if (t == NULL)
        wb_die_no_memory(sizeof *t);
    t->base.ops = &term_ops;
    return &t->base;
}
