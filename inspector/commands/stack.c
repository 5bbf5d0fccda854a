// stack.c - frames and what is in them.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/commands/command_priv.h"
#include "inspector/thread.h"

static void slot_name(const struct tgt_slot *slot, char name[16])
{
    snprintf(name, 16, "%c%" PRIu32, slot->kind, slot->number);
}

static void slot_text(struct insp_context *c, const struct tgt_slot *slot, unsigned width,
                      struct wb_text *text)
{
    if (slot->catch_tag)
        wb_text_put(text, "<a handler's place>");
    else if (insp_hides(c->s, c->s->pid))
        wb_text_put(text, INSP_HIDDEN_TEXT);
    else
        insp_print_slot(c->s, slot, insp_print_how(c->s, 12, width), text);
}

static void frame_json(struct insp_context *c, struct insp_out *out, const struct tgt_frame *frame,
                       size_t number)
{
    struct wb_json *json = &out->json;
    struct wb_text mfa wb_auto_text = {0};
    insp_print_mfa(&frame->place.mfa, &mfa);
    wb_json_object(json);
    wb_json_key(json, "number");
    wb_json_number(json, number);
    wb_json_key(json, "function");
    wb_json_string(json, wb_text_bytes(&mfa));
    wb_json_key(json, "file");
    wb_json_string(json, frame->place.file);
    wb_json_key(json, "line");
    wb_json_number(json, frame->place.line);
    wb_json_key(json, "slots");
    wb_json_list(json);
    for (size_t i = 0; i < frame->slot_count; i++) {
        struct wb_text text wb_auto_text = {0};
        char name[16];
        slot_name(&frame->slots[i], name);
        slot_text(c, &frame->slots[i], 0, &text);
        wb_json_object(json);
        wb_json_key(json, "register");
        wb_json_text(json, name);
        wb_json_key(json, frame->slots[i].catch_tag ? "catch" : "term");
        wb_json_string(json, wb_text_bytes(&text));
        wb_json_end_object(json);
    }
    wb_json_end_list(json);
    wb_json_end_object(json);
}

void insp_out_frame(struct insp_context *c, struct insp_out *out, const struct tgt_frame *frame,
                    size_t number, bool slots)
{
    struct wb_text mfa wb_auto_text = {0}, place wb_auto_text = {0};
    if (out->is_json) {
        frame_json(c, out, frame, number);
        return;
    }
    insp_print_mfa(&frame->place.mfa, &mfa);
    insp_print_place(&frame->place, &place);
    insp_out_line(out, "%c%-3zu %s%s%s", number == c->s->frame ? '>' : ' ', number,
                  wb_text_string(&mfa), place.size > 0 ? "  " : "", wb_text_string(&place));
    for (size_t i = 0; slots && i < frame->slot_count; i++) {
        struct wb_text text wb_auto_text = {0};
        char name[16];
        slot_name(&frame->slots[i], name);
        slot_text(c, &frame->slots[i], c->s->set.width, &text);
        insp_out_line(out, "       %-4s %s", name, wb_text_string(&text));
    }
}

static void native_json(const struct tgt_native *frame, struct wb_json *json)
{
    wb_json_object(json);
    wb_json_key(json, "address");
    wb_json_number(json, frame->ip.at);
    wb_json_key(json, "symbol");
    wb_json_string(json, frame->symbol);
    wb_json_key(json, "offset");
    wb_json_number(json, frame->offset);
    wb_json_key(json, "object");
    wb_json_string(json, frame->object);
    wb_json_key(json, "file");
    wb_json_string(json, frame->file);
    wb_json_key(json, "line");
    wb_json_number(json, frame->line);
    wb_json_end_object(json);
}

void insp_out_native_frames(struct insp_out *out, const struct tgt_thread *thread)
{
    bool json = out->is_json && thread->frame_count > 0;
    if (json) {
        wb_json_key(&out->json, "native");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < thread->frame_count; i++) {
        struct wb_text text wb_auto_text = {0};
        if (out->is_json) {
            native_json(&thread->frames[i], &out->json);
            continue;
        }
        insp_print_native(&thread->frames[i], &text);
        insp_out_line(out, " c   %s", wb_text_string(&text));
    }
    if (json)
        wb_json_end_list(&out->json);
}

void insp_out_natives(struct insp_context *c, struct insp_out *out, struct tgt_pid pid)
{
    struct wb_arena arena = {0};
    struct tgt_thread thread = {0};
    (void)insp_thread_of(c->s, pid, &arena, &thread);
    insp_out_native_frames(out, &thread);
    wb_arena_free(&arena);
}

static struct wb_error *frames_of(struct insp_context *c, struct wb_arena *arena,
                                  struct tgt_frames *ret)
{
    const struct tgt_proc *proc;
    WB_TRY(insp_current(c->s, &proc));
    return tgt_list_frames(c->s->t, proc->pid, arena, ret);
}

struct wb_error *insp_current_frame(struct insp_context *c, struct wb_arena *arena,
                                    struct tgt_frame *ret)
{
    struct tgt_frames frames;
    WB_TRY(frames_of(c, arena, &frames));
    if (frames.count == 0)
        return wb_error_new(WB_E_NOT_FOUND, "the process has no frames");
    if (c->s->frame >= frames.count)
        c->s->frame = frames.count - 1;
    *ret = frames.at[c->s->frame];
    return NULL;
}

struct wb_error *insp_cmd_stack(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    struct tgt_frames frames = {0};
    struct wb_arena arena = {0};
    WB_TRY(insp_word_proc(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    WB_TRY(frames_of(c, &arena, &frames));
    insp_out_natives(c, out, proc->pid);
    if (out->is_json) {
        wb_json_key(&out->json, "frames");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < frames.count; i++) {
        if (!out->is_json && i >= c->s->set.rows) {
            insp_out_line(out, "... and %zu more frames", frames.count - i);
            break;
        }
        insp_out_frame(c, out, &frames.at[i], i, true);
    }
    if (out->is_json)
        wb_json_end_list(&out->json);
    else if (frames.count == 0)
        insp_out_line(out, "no frames");
    wb_arena_free(&arena);
    return NULL;
}

static struct wb_error *show_frame(struct insp_context *c, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_frame frame;
    struct wb_error *err = insp_current_frame(c, &arena, &frame);
    if (out->is_json && err == NULL)
        wb_json_key(&out->json, "frame");
    if (err == NULL)
        insp_out_frame(c, out, &frame, c->s->frame, true);
    wb_arena_free(&arena);
    return err;
}

static struct wb_error *go_to_frame(struct insp_context *c, uint64_t number, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_frames frames = {0};
    struct wb_error *err = frames_of(c, &arena, &frames);
    wb_arena_free(&arena);
    WB_TRY(err);
    if (number >= frames.count)
        return wb_error_new(WB_E_NOT_FOUND, "there are %zu frames, 0 being the innermost",
                            frames.count);
    c->s->frame = number;
    return show_frame(c, out);
}

struct wb_error *insp_cmd_frame(struct insp_context *c, const char *rest, struct insp_out *out)
{
    uint64_t number;
    WB_TRY(insp_word_number(&rest, c->s->frame, &number));
    WB_TRY(insp_nothing_more(rest));
    return go_to_frame(c, number, out);
}

struct wb_error *insp_cmd_up(struct insp_context *c, const char *rest, struct insp_out *out)
{
    uint64_t number;
    WB_TRY(insp_word_number(&rest, 1, &number));
    WB_TRY(insp_nothing_more(rest));
    return go_to_frame(c, c->s->frame + number, out);
}

struct wb_error *insp_cmd_down(struct insp_context *c, const char *rest, struct insp_out *out)
{
    uint64_t number;
    WB_TRY(insp_word_number(&rest, 1, &number));
    WB_TRY(insp_nothing_more(rest));
    if (number > c->s->frame)
        return wb_error_new(WB_E_NOT_FOUND, "frame 0 is the innermost");
    return go_to_frame(c, c->s->frame - number, out);
}

static struct wb_error *print_slot(struct insp_context *c, const char *name, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_frame frame;
    struct wb_error *err = insp_current_frame(c, &arena, &frame);
    const struct tgt_slot *found = NULL;
    for (size_t i = 0; err == NULL && i < frame.slot_count; i++) {
        char have[16];
        slot_name(&frame.slots[i], have);
        if (strcmp(have, name) == 0)
            found = &frame.slots[i];
    }
    if (err == NULL && found == NULL)
        err = wb_error_new(WB_E_NOT_FOUND, "frame %zu has no %s that matters", c->s->frame, name);
    if (found != NULL) {
        struct wb_text text wb_auto_text = {0};
        slot_text(c, found, out->is_json ? 0 : c->s->set.width, &text);
        insp_out_say(out, "term", "%s", wb_text_string(&text));
    }
    wb_arena_free(&arena);
    return err;
}

static bool is_slot(const char *text)
{
    size_t digits = strspn(text + 1, "0123456789");
    return text[0] != '\0' && strchr("xyf", text[0]) != NULL && digits > 0 && digits < 6 &&
           text[1 + digits] == '\0';
}

static struct wb_error *print_message_term(struct insp_context *c, const char *rest,
                                           struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_message message;
    uint64_t id;
    WB_TRY(insp_word_message(&rest, &id));
    WB_TRY(insp_nothing_more(rest));
    struct wb_error *err = insp_message_find(c, id, &arena, &message);
    if (err == NULL) {
        struct wb_text text wb_auto_text = {0};
        insp_print_message(c->s, &message, out->is_json ? 0 : c->s->set.width, &text);
        insp_out_say(out, "term", "%s", wb_text_string(&text));
    }
    wb_arena_free(&arena);
    return err;
}

struct wb_error *insp_cmd_print(struct insp_context *c, const char *rest, struct insp_out *out)
{
    if (*rest == '\0')
        return wb_error_new(WB_E_BAD_DATA, "print what? x0, y1, #12 (a message) or a term");
    if (is_slot(rest))
        return print_slot(c, rest, out);
    if (rest[0] == '#' && rest[1] >= '0' && rest[1] <= '9')
        return print_message_term(c, rest, out);
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = insp_term_read(rest, &arena, &value);
    if (err == NULL) {
        struct wb_text text wb_auto_text = {0};
        beam_print(&value, insp_print_how(c->s, 0, out->is_json ? 0 : c->s->set.width), &text);
        insp_out_say(out, "term", "%s", wb_text_string(&text));
    }
    wb_arena_free(&arena);
    return err;
}
