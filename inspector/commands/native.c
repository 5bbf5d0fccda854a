// native.c - one thread of the runtime: who called what in native code, the Erlang frames below it,
// and the machine code where it is.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/commands/command_priv.h"
#include "inspector/machine.h"
#include "inspector/thread.h"

enum { BEFORE = 6, BEHIND = 7 };

struct subject {
    struct tgt_thread thread;
    bool has_thread;
    struct tgt_pid pid;
    struct insp_machine_range code;  // ip at 0: nowhere
};

// The process that it runs becomes the current one, as if it had been named.
static struct wb_error *find_thread(struct insp_context *c, int tid, struct wb_arena *arena,
                                    struct subject *ret)
{
    struct tgt_threads threads;
    WB_TRY(tgt_list_threads(c->s->t, arena, &threads));
    for (size_t i = 0; i < threads.count; i++)
        if (threads.at[i].tid == tid) {
            *ret = (struct subject){
                .thread = threads.at[i], .has_thread = true, .pid = threads.at[i].pid};
            if (ret->pid.id != 0)
                insp_select(c->s, ret->pid);
            return NULL;
        }
    return wb_error_new(WB_E_NOT_FOUND, "there is no thread %d", tid);
}

// "0x7f00": an address, a number of a thread, else a process.
static struct wb_error *read_subject(struct insp_context *c, const char *rest,
                                     struct wb_arena *arena, struct subject *ret)
{
    const struct tgt_proc *proc;
    char *end;
    uint64_t number = strtoull(rest, &end, 0);
    if (*rest != '\0' && *end == '\0' && strncmp(rest, "0x", 2) == 0) {
        *ret = (struct subject){.code.ip = {number}, .code.start = {number}};
        return NULL;
    }
    if (*rest != '\0' && *end == '\0' && number > 0 && number <= INT32_MAX) {
        struct wb_error *err = find_thread(c, (int)number, arena, ret);
        if (err == NULL || err->code != WB_E_NOT_FOUND)
            return err;
        wb_error_free(err);
    }
    WB_TRY(insp_word_proc(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    *ret = (struct subject){.pid = proc->pid};
    ret->has_thread = insp_thread_of(c->s, proc->pid, arena, &ret->thread);
    return NULL;
}

// The innermost function: from its beginning, where that is known and near.
static void choose_code(struct subject *subject, const struct tgt_frames *frames)
{
    struct insp_machine_range *code = &subject->code;
    if (subject->has_thread && subject->thread.frame_count > 0) {
        const struct tgt_native *frame = &subject->thread.frames[0];
        code->ip = frame->ip;
        if (frame->symbol.size > 0 && frame->offset < frame->ip.at)
            code->start.at = frame->ip.at - frame->offset;
    } else if (frames->count > 0 && code->ip.at == 0) {
        code->ip = frames->at[0].ip;
    }
    code->before = BEFORE;
    code->behind = BEHIND;
}

static void put_head(struct insp_context *c, const struct subject *subject, struct insp_out *out)
{
    const struct tgt_thread *thread = &subject->thread;
    struct wb_text pid wb_auto_text = {0};
    insp_print_pid(c->s, subject->pid, &pid);
    if (subject->has_thread && out->is_json)
        insp_out_number(out, "tid", (uint64_t)thread->tid);
    else if (subject->has_thread)
        insp_out_line(out, "%s %" PRIu32 ", thread %d%s%s%s%s", thread->kind, thread->number,
                      thread->tid, thread->state[0] != '\0' ? ", " : "", thread->state,
                      pid.size > 0 ? ", runs " : "", wb_text_string(&pid));
}

static void put_instruction(const struct insp_instruction *one, bool here, struct insp_out *out)
{
    struct wb_json *json = &out->json;
    if (!out->is_json) {
        insp_out_line(out, "%s 0x%" PRIx64 "  %s", here ? "=>" : "  ", one->at.at, one->text);
        return;
    }
    wb_json_object(json);
    wb_json_key(json, "address");
    wb_json_number(json, one->at.at);
    wb_json_key(json, "text");
    wb_json_text(json, one->text);
    wb_json_key(json, "here");
    wb_json_bool(json, here);
    wb_json_end_object(json);
}

static struct wb_error *put_code(struct insp_context *c, const struct subject *subject,
                                 struct wb_arena *arena, struct insp_out *out)
{
    struct insp_instructions list = {0};
    uint64_t ip = subject->code.ip.at;
    if (ip == 0)
        return NULL;
    WB_TRY(insp_machine_read(c->s, &subject->code, arena, &list));
    if (out->is_json) {
        wb_json_key(&out->json, "machine");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < list.count; i++)
        put_instruction(&list.at[i],
                        list.at[i].at.at <= ip && ip - list.at[i].at.at < list.at[i].size, out);
    if (out->is_json)
        wb_json_end_list(&out->json);
    return NULL;
}

static void put_frames(struct insp_context *c, const struct tgt_frames *frames,
                       struct insp_out *out)
{
    if (out->is_json) {
        wb_json_key(&out->json, "frames");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < frames->count; i++)
        insp_out_frame(c, out, &frames->at[i], i, false);
    if (out->is_json)
        wb_json_end_list(&out->json);
}

struct wb_error *insp_cmd_native(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_frames frames = {0};
    struct subject subject = {0};
    struct wb_error *err = read_subject(c, rest, &arena, &subject);
    if (err == NULL && subject.pid.id != 0)
        err = tgt_list_frames(c->s->t, subject.pid, &arena, &frames);
    if (err == NULL) {
        choose_code(&subject, &frames);
        put_head(c, &subject, out);
        insp_out_native_frames(out, &subject.thread);
        put_frames(c, &frames, out);
        err = put_code(c, &subject, &arena, out);
    }
    wb_arena_free(&arena);
    return err;
}
