// break.c - breakpoints.
#include <inttypes.h>

#include "inspector/commands/command_priv.h"

static void report(struct insp_context *c, const struct insp_break *b, struct insp_out *out)
{
    (void)c;
    if (out->is_json) {
        insp_out_number(out, "breakpoint", b->number);
        insp_out_number(out, "places", b->place_count);
    } else if (b->kind == INSP_BREAK_CODE && b->place_count == 0) {
        insp_out_line(out, "breakpoint %u at %s: no such code is loaded yet", b->number, b->text);
    } else if (b->kind == INSP_BREAK_CODE && b->place_count > 1) {
        insp_out_line(out, "breakpoint %u at %s (%zu places)", b->number, b->text, b->place_count);
    } else {
        insp_out_line(out, "breakpoint %u at %s", b->number, b->text);
    }
}

static struct wb_error *add(struct insp_context *c, const char *rest, bool temporary,
                            struct insp_out *out)
{
    struct insp_breakpoints *all = &c->s->control.breakpoints;
    struct insp_break b;
    struct wb_arena arena = {0};
    struct wb_bytes to = {0};
    const struct tgt_proc *proc = NULL;
    struct wb_error *err = insp_break_read(rest, &arena, &b, &to);
    if (err == NULL && to.size > 0)
        err = insp_proc_of(c->s, to, &proc);
    if (err != NULL) {
        wb_arena_free(&arena);
        return err;
    }
    b.to = proc != NULL ? proc->pid : (struct tgt_pid){0};
    b.temporary = temporary;
    b.arena = arena;
    insp_breakpoints_add(all, &b);
    WB_TRY(insp_breakpoints_resolve(all, c->s->t));
    report(c, &all->at[all->count - 1], out);
    return NULL;
}

// Where the current frame is, when no place is given.
static struct wb_error *here(struct insp_context *c, struct wb_text *ret)
{
    struct wb_arena arena = {0};
    struct tgt_frame frame;
    struct wb_error *err = insp_current_frame(c, &arena, &frame);
    if (err == NULL) {
        beam_print_atom(frame.place.mfa.module, ret);
        wb_text_printf(ret, ":%" PRIu32, frame.place.line);
    }
    wb_arena_free(&arena);
    return err;
}

struct wb_error *insp_cmd_break(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_text place wb_auto_text = {0};
    if (*rest == '\0') {
        WB_TRY(here(c, &place));
        rest = wb_text_string(&place);
    }
    return add(c, rest, false, out);
}

struct wb_error *insp_cmd_tbreak(struct insp_context *c, const char *rest, struct insp_out *out)
{
    return add(c, rest, true, out);
}

struct wb_error *insp_cmd_delete(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct insp_breakpoints *all = &c->s->control.breakpoints;
    uint64_t number;
    (void)out;
    if (*rest == '\0') {
        while (all->count > 0)
            insp_breakpoints_delete(all, all->at[0].number);
        return NULL;
    }
    while (*rest != '\0') {
        WB_TRY(insp_word_number(&rest, 0, &number));
        if (number > UINT32_MAX || !insp_breakpoints_delete(all, (unsigned)number))
            return wb_error_new(WB_E_NOT_FOUND, "there is no breakpoint %" PRIu64, number);
    }
    return NULL;
}

static void json_break(const struct insp_break *b, struct wb_json *json)
{
    wb_json_object(json);
    wb_json_key_number(json, "number", b->number);
    wb_json_key_text(json, "at", b->text);
    wb_json_key(json, "temporary");
    wb_json_bool(json, b->temporary);
    wb_json_key_number(json, "hits", b->hits);
    wb_json_end_object(json);
}

struct wb_error *insp_cmd_breakpoints(struct insp_context *c, const char *rest,
                                      struct insp_out *out)
{
    const struct insp_breakpoints *all = &c->s->control.breakpoints;
    WB_TRY(insp_nothing_more(rest));
    if (out->is_json) {
        wb_json_key(&out->json, "breakpoints");
        wb_json_list(&out->json);
    } else if (all->count == 0) {
        insp_out_line(out, "no breakpoints");
    }
    for (size_t i = 0; i < all->count; i++) {
        const struct insp_break *b = &all->at[i];
        if (out->is_json)
            json_break(b, &out->json);
        else
            insp_out_line(out, "%3u  %s%s  (hit %" PRIu64 " times)", b->number, b->text,
                          b->temporary ? ", once" : "", b->hits);
    }
    if (out->is_json)
        wb_json_end_list(&out->json);
    return NULL;
}
