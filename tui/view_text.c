// view_text.c - lines of text: what the program wrote, what commands answered, help.
#include <stdlib.h>

#include "tui/view.h"

struct text {
    struct ui_view base;
    const char *name;
    const struct wb_text *text;
    bool follows;  // stays at the end when text comes
    size_t seen;   // bytes of it that are in lines
    size_t *start;
    size_t capacity;
};

static struct text *text_of(struct ui_view *view)
{
    return (struct text *)view;
}

static void add_line(struct text *t, size_t start)
{
    if (t->base.lines == t->capacity) {
        t->capacity = t->capacity != 0 ? t->capacity * 2 : 64;
        size_t *at = realloc(t->start, t->capacity * sizeof *at);
        if (at == NULL)
            wb_die_no_memory(t->capacity * sizeof *at);
        t->start = at;
    }
    t->start[t->base.lines++] = start;
}

// New text may have come; at the end of it one stays there.
static void catch_up(struct text *t)
{
    bool at_end = t->follows && t->base.cursor + 1 >= t->base.lines;
    if (t->text->size < t->seen) {
        t->seen = 0;
        t->base.lines = 0;
    }
    for (; t->seen < t->text->size; t->seen++)
        if (t->seen == 0 || t->text->at[t->seen - 1] == '\n')
            add_line(t, t->seen);
    if (at_end && t->base.lines > 0)
        ui_view_go(&t->base, t->base.lines - 1);
}

static struct wb_error *text_load(struct ui_view *view, struct insp_context *c)
{
    (void)view;
    (void)c;
    return NULL;
}

static struct wb_bytes line_at(const struct text *t, size_t line)
{
    size_t start = t->start[line], end = start;
    while (end < t->text->size && t->text->at[end] != '\n')
        end++;
    return (struct wb_bytes){(const uint8_t *)t->text->at + start, end - start};
}

static void text_draw(struct ui_view *view, struct insp_context *c, struct ui_area area)
{
    struct text *t = text_of(view);
    (void)c;
    catch_up(t);
    for (int row = 0; row < area.rows; row++) {
        size_t at = view->top + (size_t)row;
        if (at >= view->lines)
            break;
        ui_put_bytes(area, row, 1 - view->shift, UI_PLAIN, line_at(t, at));
        if (at == view->cursor)
            ui_restyle(area, row, 0, area.cols, UI_SELECTED);
    }
    if (view->lines == 0)
        ui_put(area, 0, 1, UI_DIM, "nothing yet");
}

static void text_line_text(struct ui_view *view, struct insp_context *c, size_t at,
                           struct wb_text *ret)
{
    (void)c;
    if (at >= view->lines)
        return;
    struct wb_bytes line = line_at(text_of(view), at);
    wb_text_put_bytes(ret, line.at, line.size);
}

static void text_title(struct ui_view *view, struct insp_context *c, struct wb_text *ret)
{
    (void)c;
    wb_text_put(ret, text_of(view)->name);
}

static void text_free(struct ui_view *view)
{
    free(text_of(view)->start);
    free(view);
}

static const struct ui_view_ops text_ops = {
    .name = "text",
    .context = UI_IN_TEXT,
    .load = text_load,
    .draw = text_draw,
    .line_text = text_line_text,
    .title = text_title,
    .free = text_free,
};

struct ui_view *ui_view_text_new(const char *name, const struct wb_text *text, bool follows)
{
    struct text *t = calloc(1, sizeof *t);
    if (t == NULL)
        wb_die_no_memory(sizeof *t);
    t->base.ops = &text_ops;
    t->name = name;
    t->text = text;
    t->follows = follows;
    return &t->base;
}
