// view_stack.c - a process's frames, innermost first, each with what is in its slots.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/thread.h"
#include "tui/view.h"

// A line: a frame, or one slot of it.
struct line {
    size_t frame;
    int slot;  // -1: the frame itself; NATIVE: one of the thread that runs the process
};
enum { FRAME = -1, NATIVE = -2 };

struct stack {
    struct ui_view base;
    struct wb_arena arena;
    struct tgt_proc proc;
    struct tgt_frames frames;
    struct tgt_thread thread;  // that runs it
    struct line *line;
};

static struct stack *stack_of(struct ui_view *view)
{
    return (struct stack *)view;
}

static struct wb_error *stack_load(struct ui_view *view, struct insp_context *c)
{
    struct stack *s = stack_of(view);
    wb_arena_free(&s->arena);
    s->frames = (struct tgt_frames){0};
    view->lines = 0;
    if (view->subject.pid.id == 0)
        return wb_error_new(WB_E_NOT_FOUND, "no process");
    WB_TRY(tgt_read_proc(c->s->t, view->subject.pid, &s->arena, &s->proc));
    WB_TRY(tgt_list_frames(c->s->t, view->subject.pid, &s->arena, &s->frames));
    s->thread = (struct tgt_thread){0};
    (void)insp_thread_of(c->s, view->subject.pid, &s->arena, &s->thread);
    size_t count = s->thread.frame_count;
    for (size_t i = 0; i < s->frames.count; i++)
        count += 1 + s->frames.at[i].slot_count;
    s->line = wb_push_array(&s->arena, struct line, count + 1);
    for (size_t i = 0; i < s->thread.frame_count; i++)
        s->line[view->lines++] = (struct line){i, NATIVE};
    for (size_t i = 0; i < s->frames.count; i++) {
        s->line[view->lines++] = (struct line){i, FRAME};
        for (size_t j = 0; j < s->frames.at[i].slot_count; j++)
            s->line[view->lines++] = (struct line){i, (int)j};
    }
    return NULL;
}

static void slot_text(struct insp_context *c, struct tgt_pid pid, const struct tgt_slot *slot,
                      size_t most, struct wb_text *text)
{
    struct beam_print how = insp_print_how(c->s, 0, 0);
    how.limit = most;
    if (slot->catch_tag)
        wb_text_put(text, "(a handler's place)");
    else if (insp_hides(c->s, pid))
        wb_text_put(text, INSP_HIDDEN_TEXT);
    else
        insp_print_slot(c->s, slot, how, text);
}

static void draw_frame(struct stack *s, struct insp_context *c, struct ui_area area, int row,
                       size_t index)
{
    const struct tgt_frame *frame = &s->frames.at[index];
    struct wb_text text wb_auto_text = {0};
    bool current = c->s->pid.id == s->base.subject.pid.id && c->s->frame == index;
    int col =
        ui_put(area, row, 0, current ? UI_STRONG : UI_DIM, "%c%-3zu", current ? '>' : ' ', index);
    insp_print_mfa(&frame->place.mfa, &text);
    col = ui_put_bytes(area, row, col + 1 - s->base.shift, UI_STRONG, wb_text_bytes(&text));
    wb_text_cut(&text, 0);
    insp_print_place(&frame->place, &text);
    ui_put_bytes(area, row, col + 2, UI_PLACE, wb_text_bytes(&text));
}

static void draw_slot(struct stack *s, struct insp_context *c, struct ui_area area, int row,
                      const struct line *line)
{
    const struct tgt_slot *slot = &s->frames.at[line->frame].slots[line->slot];
    struct wb_text text wb_auto_text = {0};
    ui_put(area, row, 6 - s->base.shift, UI_DIM, "%c%" PRIu32, slot->kind, slot->number);
    slot_text(c, s->base.subject.pid, slot, (size_t)(area.cols + s->base.shift) * 2, &text);
    ui_put_bytes(area, row, 11 - s->base.shift, slot->catch_tag ? UI_DIM : UI_TERM,
                 wb_text_bytes(&text));
}

static void draw_native(struct stack *s, struct ui_area area, int row, size_t index)
{
    struct wb_text text wb_auto_text = {0};
    insp_print_native(&s->thread.frames[index], &text);
    ui_put(area, row, 0, UI_DIM, " c");
    ui_put_bytes(area, row, 5 - s->base.shift, UI_PLACE, wb_text_bytes(&text));
}

static void stack_draw(struct ui_view *view, struct insp_context *c, struct ui_area area)
{
    struct stack *s = stack_of(view);
    for (int row = 0; row < area.rows; row++) {
        size_t at = view->top + (size_t)row;
        if (at >= view->lines)
            break;
        if (s->line[at].slot == NATIVE)
            draw_native(s, area, row, s->line[at].frame);
        else if (s->line[at].slot == FRAME)
            draw_frame(s, c, area, row, s->line[at].frame);
        else
            draw_slot(s, c, area, row, &s->line[at]);
        if (at == view->cursor)
            ui_restyle(area, row, 0, area.cols, UI_SELECTED);
    }
    if (view->lines == 0)
        ui_put(area, 0, 1, UI_DIM, "no frames");
}

static void go_to_frame(struct stack *s, struct insp_context *c, size_t frame)
{
    if (frame >= s->frames.count)
        return;
    insp_select(c->s, s->base.subject.pid);
    c->s->frame = frame;
    for (size_t i = 0; i < s->base.lines; i++)
        if (s->line[i].frame == frame && s->line[i].slot == FRAME)
            ui_view_go(&s->base, i);
}

static enum ui_request stack_request(struct ui_view *view, struct insp_context *c,
                                     enum ui_request request)
{
    struct stack *s = stack_of(view);
    if (request == UI_FRAME_UP_REQUEST) {
        go_to_frame(s, c, c->s->frame + 1);
        return UI_NO_REQUEST;
    }
    if (request == UI_FRAME_DOWN_REQUEST) {
        if (c->s->frame > 0)
            go_to_frame(s, c, c->s->frame - 1);
        return UI_NO_REQUEST;
    }
    return request;
}

static bool stack_selected(struct ui_view *view, struct insp_context *c, struct ui_subject *ret)
{
    struct stack *s = stack_of(view);
    *ret = (struct ui_subject){.pid = view->subject.pid};
    if (view->cursor >= view->lines)
        return view->subject.pid.id != 0;
    const struct line *line = &s->line[view->cursor];
    if (line->slot == NATIVE)
        return true;
    ret->frame = line->frame;
    if (line->slot < 0)
        return true;
    const struct tgt_slot *slot = &s->frames.at[line->frame].slots[line->slot];
    if (!slot->catch_tag && slot->kind != 'f' && !insp_hides(c->s, view->subject.pid))
        ret->term = slot->term;
    snprintf(ret->title, sizeof ret->title, "%c%" PRIu32 " of frame %zu", slot->kind, slot->number,
             line->frame);
    return true;
}

static void stack_line_text(struct ui_view *view, struct insp_context *c, size_t at,
                            struct wb_text *ret)
{
    struct stack *s = stack_of(view);
    if (at >= view->lines)
        return;
    if (s->line[at].slot == NATIVE) {
        insp_print_native(&s->thread.frames[s->line[at].frame], ret);
        return;
    }
    const struct tgt_frame *frame = &s->frames.at[s->line[at].frame];
    if (s->line[at].slot >= 0) {
        slot_text(c, s->base.subject.pid, &frame->slots[s->line[at].slot], 1000, ret);
        return;
    }
    insp_print_mfa(&frame->place.mfa, ret);
    wb_text_put_char(ret, ' ');
    insp_print_place(&frame->place, ret);
}

static void stack_title(struct ui_view *view, struct insp_context *c, struct wb_text *ret)
{
    const struct stack *s = stack_of(view);
    wb_text_put(ret, "stack ");
    insp_print_pid(c->s, view->subject.pid, ret);
    if (view->error[0] != '\0' || !view->loaded)
        return;
    if (s->proc.name.size > 0)
        wb_text_printf(ret, " %.*s", (int)s->proc.name.size, (const char *)s->proc.name.at);
    wb_text_printf(ret, "  %s", tgt_status_name(s->proc.status));
    if (s->proc.wait != TGT_NO_WAIT)
        wb_text_printf(ret, " in %s", tgt_wait_name(s->proc.wait));
    wb_text_printf(ret, "  %zu frames", s->frames.count);
}

static void stack_free(struct ui_view *view)
{
    wb_arena_free(&stack_of(view)->arena);
    free(view);
}

static const struct ui_view_ops stack_ops = {
    .name = "stack",
    .context = UI_IN_CODE,
    .load = stack_load,
    .draw = stack_draw,
    .request = stack_request,
    .selected = stack_selected,
    .line_text = stack_line_text,
    .title = stack_title,
    .free = stack_free,
};

struct ui_view *ui_view_stack_new(void)
{
    struct stack *s = calloc(1, sizeof *s);
    if (s == NULL)
        wb_die_no_memory(sizeof *s);
    s->base.ops = &stack_ops;
    return &s->base;
}
