// stop.c - saying where the target stopped, and why.
#include <inttypes.h>

#include "inspector/commands/command_priv.h"

static void json_stop(struct insp_context *c, const struct insp_stop *stop, struct insp_out *out)
{
    struct wb_json *json = &out->json;
    struct wb_text text wb_auto_text = {0}, pid wb_auto_text = {0};
    insp_stop_text(stop, &text);
    insp_print_pid(c->s, stop->pid, &pid);
    wb_json_key(json, "stop");
    wb_json_object(json);
    wb_json_key(json, "reason");
    wb_json_text(json, insp_halt_name(stop->why));
    wb_json_key(json, "text");
    wb_json_string(json, wb_text_bytes(&text));
    if (stop->why == INSP_AT_BREAK) {
        wb_json_key(json, "breakpoint");
        wb_json_number(json, stop->breakpoint);
    }
    if (stop->why == INSP_HALTED) {
        wb_json_key(json, "status");
        wb_json_integer(json, stop->status);
    }
    if (stop->pid.id != 0) {
        wb_json_key(json, "pid");
        wb_json_string(json, wb_text_bytes(&pid));
        wb_json_key(json, "event");
        wb_json_text(json, tgt_event_name(stop->info.event));
    }
    if (stop->info.message != 0) {
        wb_json_key(json, "message");
        wb_json_number(json, stop->info.message);
    }
    wb_json_end_object(json);
}

// Where an exception was raised: by the time the target stands still its handler has been found.
static void put_raised(struct insp_context *c, const struct tgt_event_info *info,
                       struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct tgt_place place;
    struct wb_error *err = tgt_read_place(c->s->t, info->ip, &arena, &place);
    if (err == NULL && info->event == TGT_EVENT_EXCEPTION) {
        wb_text_put(text, " in ");
        insp_print_mfa(&place.mfa, text);
        wb_text_put(text, " ");
        insp_print_place(&place, text);
    }
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void say_event(struct insp_context *c, const struct insp_stop *stop, struct insp_out *out)
{
    struct wb_text line wb_auto_text = {0};
    const struct tgt_event_info *info = &stop->info;
    if (info->term.bits == 0 || info->event == TGT_EVENT_INSTRUCTION)
        return;
    wb_text_put(&line, tgt_event_name(info->event));
    if (info->message != 0)
        wb_text_printf(&line, " #%" PRIu64, info->message);
    if (info->other.id != 0)
        wb_text_put(&line, info->event == TGT_EVENT_DELIVER ? " from " : " to ");
    insp_print_pid(c->s, info->other, &line);
    put_raised(c, info, &line);
    wb_text_put(&line, ": ");
    if (insp_hides(c->s, info->pid) || insp_hides(c->s, info->other))
        wb_text_put(&line, INSP_HIDDEN_TEXT);
    else
        insp_print_term(c->s, info->term, insp_print_how(c->s, 4, c->s->set.width), &line);
    insp_out_line(out, "%s", wb_text_string(&line));
}

// The line it stands at, when its source is known.
static void say_source(struct insp_context *c, const struct tgt_frame *frame, struct insp_out *out)
{
    const struct insp_code *code;
    struct wb_error *err = insp_code_read(c->s, &c->code, frame->place.mfa.module, &code);
    if (err != NULL) {
        wb_error_free(err);
        return;
    }
    struct wb_bytes line = insp_source_line(code, frame->place.line);
    if (line.size > 0)
        insp_out_line(out, "%5" PRIu32 "  %.*s", frame->place.line, (int)line.size,
                      (const char *)line.at);
}

static void say_place(struct insp_context *c, const struct insp_stop *stop, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_frame frame;
    struct wb_text line wb_auto_text = {0};
    insp_stop_text(stop, &line);
    struct wb_error *err = stop->pid.id != 0 ? insp_current_frame(c, &arena, &frame)
                                             : wb_error_new(WB_E_NOT_FOUND, "nowhere");
    if (err == NULL) {
        const struct tgt_proc *proc = insp_proc_find(c->s, stop->pid);
        wb_text_put(&line, " in ");
        insp_print_pid(c->s, stop->pid, &line);
        if (proc != NULL && proc->name.size > 0)
            wb_text_printf(&line, " %.*s", (int)proc->name.size, (const char *)proc->name.at);
        wb_text_put(&line, ", ");
        insp_print_mfa(&frame.place.mfa, &line);
        wb_text_put(&line, " ");
        insp_print_place(&frame.place, &line);
    }
    insp_out_line(out, "%s", wb_text_string(&line));
    say_event(c, stop, out);
    if (err == NULL)
        say_source(c, &frame, out);
    wb_error_free(err);
    wb_arena_free(&arena);
}

void insp_report_stop(struct insp_context *c, struct insp_out *out)
{
    const struct insp_stop *stop = &c->s->control.stop;
    if (stop->pid.id != 0 && insp_proc_find(c->s, stop->pid) != NULL) {
        insp_select(c->s, stop->pid);
        c->s->frame = 0;
    }
    if (out->is_json)
        json_stop(c, stop, out);
    else
        say_place(c, stop, out);
}
