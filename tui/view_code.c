// view_code.c - the code a frame is in: bytecode under its source lines, or the source alone.
#include <inttypes.h>
#include <stdlib.h>

#include "tui/view.h"

struct code {
    struct ui_view base;
    struct insp_code_cache cache;
    const struct insp_code *code;
    struct wb_arena arena;
    struct insp_code_lines lines;
    struct tgt_frame frame;
    uint32_t here_line;  // of the source
    size_t here;         // line of the view
    bool source_only;
};

static struct code *code_of(struct ui_view *view)
{
    return (struct code *)view;
}

static struct wb_error *read_frame(struct code *v, struct insp_context *c)
{
    struct tgt_frames frames;
    const struct ui_subject *subject = &v->base.subject;
    if (subject->pid.id == 0)
        return wb_error_new(WB_E_NOT_FOUND, "no process");
    WB_TRY(tgt_list_frames(c->s->t, subject->pid, &v->arena, &frames));
    if (frames.count == 0)
        return wb_error_new(WB_E_NOT_FOUND, "the process has no frames");
    v->frame = frames.at[subject->frame < frames.count ? subject->frame : 0];
    return NULL;
}

static size_t line_here(const struct code *v)
{
    if (v->source_only)
        return v->here_line > 0 ? v->here_line - 1 : 0;
    for (size_t i = 0; i < v->lines.count; i++)
        if (v->lines.at[i].kind == INSP_CODE_INS && v->lines.at[i].ins == v->frame.ins)
            return i;
    return 0;
}

static struct wb_error *code_load(struct ui_view *view, struct insp_context *c)
{
    struct code *v = code_of(view);
    wb_arena_free(&v->arena);
    v->lines = (struct insp_code_lines){0};
    v->frame = (struct tgt_frame){0};
    view->lines = 0;
    WB_TRY(read_frame(v, c));
    const struct tgt_mfa *mfa = &v->frame.place.mfa;
    WB_TRY(insp_code_read(c->s, &v->cache, mfa->module, &v->code));
    uint32_t in = v->frame.ins < v->code->code.ins.count
                      ? v->frame.ins
                      : insp_code_find(v->code, mfa->function, (int)mfa->arity);
    insp_code_function(v->code, in, &v->arena, &v->lines);
    v->here_line = v->frame.place.line;
    if (v->code->source_path == NULL)
        v->source_only = false;
    view->lines = v->source_only ? v->code->source_count : v->lines.count;
    v->here = line_here(v);
    ui_view_go(view, v->here);
    // The arrow in the middle third, so that what comes next is in sight.
    size_t third = (size_t)(view->page > 3 ? view->page / 3 : 0);
    view->top = view->cursor > third ? view->cursor - third : 0;
    return NULL;
}

// The instruction or line that breakpoints stand at.
static bool has_break(const struct code *v, struct insp_context *c, uint32_t line)
{
    const struct insp_breakpoints *all = &c->s->control.breakpoints;
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].kind == INSP_BREAK_CODE && all->at[i].find.line == line && line != 0 &&
            wb_bytes_equal(all->at[i].find.module, v->code->name))
            return true;
    return false;
}

static void draw_source(struct code *v, struct insp_context *c, struct ui_area area, int row,
                        uint32_t line)
{
    bool here = v->source_only && line == v->here_line;
    ui_put(area, row, 0, UI_BAD, "%s", has_break(v, c, line) ? "B" : " ");
    ui_put(area, row, 1, UI_STRONG, "%s", here ? "=>" : "  ");
    int col = ui_put(area, row, 3, UI_DIM, "%5" PRIu32 " ", line);
    ui_put_bytes(area, row, col + 1 - v->base.shift, UI_SOURCE, insp_source_line(v->code, line));
    if (here)
        ui_restyle(area, row, 0, area.cols, UI_HERE);
}

static void draw_line(struct code *v, struct insp_context *c, struct ui_area area, int row,
                      const struct insp_code_line *line)
{
    struct wb_text text wb_auto_text = {0};
    bool here = line->kind == INSP_CODE_INS && line->ins == v->frame.ins;
    if (line->kind == INSP_CODE_SOURCE) {
        draw_source(v, c, area, row, line->line);
        return;
    }
    insp_code_print(v->code, line, &text);
    bool title = line->kind == INSP_CODE_TITLE;
    ui_put(area, row, 1, UI_STRONG, "%s", here ? "=>" : "  ");
    ui_put_bytes(area, row, (title ? 3 : 10) - v->base.shift, title ? UI_STRONG : UI_PLAIN,
                 wb_text_bytes(&text));
    if (here)
        ui_restyle(area, row, 0, area.cols, UI_HERE);
}

static void code_draw(struct ui_view *view, struct insp_context *c, struct ui_area area)
{
    struct code *v = code_of(view);
    for (int row = 0; row < area.rows; row++) {
        size_t at = view->top + (size_t)row;
        if (at >= view->lines)
            break;
        if (v->source_only)
            draw_source(v, c, area, row, (uint32_t)at + 1);
        else
            draw_line(v, c, area, row, &v->lines.at[at]);
        bool here = at == v->here;
        if (at == view->cursor && !here)
            ui_restyle(area, row, 0, area.cols, UI_SELECTED);
    }
}

static uint32_t selected_line(const struct code *v)
{
    if (v->source_only)
        return (uint32_t)v->base.cursor + 1;
    return v->base.cursor < v->lines.count ? v->lines.at[v->base.cursor].line : 0;
}

static bool remove_break(struct code *v, struct insp_context *c, uint32_t line)
{
    struct insp_breakpoints *all = &c->s->control.breakpoints;
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].kind == INSP_BREAK_CODE && all->at[i].find.line == line &&
            wb_bytes_equal(all->at[i].find.module, v->code->name))
            return insp_breakpoints_delete(all, all->at[i].number);
    return false;
}

static void toggle_break(struct code *v, struct insp_context *c)
{
    struct wb_text place wb_auto_text = {0}, said wb_auto_text = {0};
    struct insp_out out;
    uint32_t line = selected_line(v);
    if (line == 0 || remove_break(v, c, line))
        return;
    wb_text_put(&place, "break ");
    beam_print_atom(v->code->name, &place);
    wb_text_printf(&place, ":%" PRIu32, line);
    insp_out_init(&out, &said, false, 0);
    wb_error_free(insp_command_run(c, wb_text_string(&place), &out));
}

static enum ui_request code_request(struct ui_view *view, struct insp_context *c,
                                    enum ui_request request)
{
    struct code *v = code_of(view);
    if (v->code == NULL || view->error[0] != '\0')
        return request;
    if (request == UI_BREAK_HERE_REQUEST) {
        toggle_break(v, c);
        return UI_NO_REQUEST;
    }
    if (request != UI_TOGGLE_REQUEST)
        return request;
    v->source_only = !v->source_only;
    view->loaded = false;
    return UI_NO_REQUEST;
}

static bool code_selected(struct ui_view *view, struct insp_context *c, struct ui_subject *ret)
{
    (void)c;
    *ret = view->subject;
    return view->subject.pid.id != 0;
}

static void code_line_text(struct ui_view *view, struct insp_context *c, size_t at,
                           struct wb_text *ret)
{
    struct code *v = code_of(view);
    (void)c;
    if (at >= view->lines)
        return;
    struct wb_bytes source = {0};
    if (v->source_only)
        source = insp_source_line(v->code, (uint32_t)at + 1);
    else
        insp_code_print(v->code, &v->lines.at[at], ret);
    wb_text_put_bytes(ret, source.at, source.size);
}

static void code_title(struct ui_view *view, struct insp_context *c, struct wb_text *ret)
{
    const struct code *v = code_of(view);
    wb_text_put(ret, "code ");
    insp_print_pid(c->s, view->subject.pid, ret);
    if (view->error[0] != '\0' || !view->loaded)
        return;
    wb_text_put(ret, "  ");
    insp_print_mfa(&v->frame.place.mfa, ret);
    wb_text_put(ret, "  ");
    insp_print_place(&v->frame.place, ret);
}

static void code_free(struct ui_view *view)
{
    struct code *v = code_of(view);
    insp_code_cache_free(&v->cache);
    wb_arena_free(&v->arena);
    free(v);
}

static const struct ui_view_ops code_ops = {
    .name = "code",
    .context = UI_IN_CODE,
    .load = code_load,
    .draw = code_draw,
    .request = code_request,
    .selected = code_selected,
    .line_text = code_line_text,
    .title = code_title,
    .free = code_free,
};

struct ui_view *ui_view_code_new(void)
{
    struct code *v = calloc(1, sizeof *v);
    if (v == NULL)
        wb_die_no_memory(sizeof *v);
    v->base.ops = &code_ops;
    return &v->base;
}
