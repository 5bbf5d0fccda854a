// change.c - changing what is in flight.
#include <inttypes.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "inspector/commands/command_priv.h"
#include "inspector/swap.h"

static struct wb_error *named(struct insp_context *c, const char **rest,
                              const struct tgt_proc **ret)
{
    struct wb_bytes word = insp_word(rest);
    if (word.size == 0)
        return wb_error_new(WB_E_BAD_DATA, "which process?");
    return insp_proc_of(c->s, word, ret);
}

struct wb_error *insp_cmd_inject(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    struct wb_arena arena = {0};
    struct beam_value term;
    WB_TRY(named(c, &rest, &proc));
    struct wb_error *err = insp_term_read(rest, &arena, &term);
    if (err == NULL)
        err = tgt_inject(c->s->t, proc->pid, &term);
    if (err == NULL)
        insp_out_say(out, "done", "injected");
    wb_arena_free(&arena);
    return err;
}

struct wb_error *insp_cmd_drop(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_message message;
    uint64_t id;
    WB_TRY(insp_word_message(&rest, &id));
    WB_TRY(insp_nothing_more(rest));
    struct wb_error *err = insp_message_find(c, id, &arena, &message);
    if (err == NULL)
        err = tgt_drop(c->s->t, message.to, id);
    if (err == NULL)
        insp_out_say(out, "done", "dropped message %" PRIu64, id);
    wb_arena_free(&arena);
    return err;
}

struct wb_error *insp_cmd_move(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_message message;
    uint64_t id, before = 0;
    WB_TRY(insp_word_message(&rest, &id));
    struct wb_bytes word = insp_word(&rest);
    if (wb_bytes_equal(word, wb_bytes_of("before")))
        WB_TRY(insp_word_message(&rest, &before));
    else if (!wb_bytes_equal(word, wb_bytes_of("last")))
        return wb_error_new(WB_E_BAD_DATA, "move it where? `before MESSAGE` or `last`");
    WB_TRY(insp_nothing_more(rest));
    struct wb_error *err = insp_message_find(c, id, &arena, &message);
    if (err == NULL)
        err = tgt_move(c->s->t, message.to, id, before);
    if (err == NULL)
        insp_out_say(out, "done", "moved message %" PRIu64, id);
    wb_arena_free(&arena);
    return err;
}

struct wb_error *insp_cmd_kill(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    WB_TRY(named(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    WB_TRY(tgt_kill(c->s->t, proc->pid));
    insp_out_say(out, "done", "killed");
    return NULL;
}

struct wb_error *insp_cmd_load(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_bytes file wb_auto_unmap = {0};
    if (*rest == '\0')
        return wb_error_new(WB_E_BAD_DATA, "load which .beam file?");
    WB_TRY(wb_file_map(rest, &file));
    return insp_swap(c->s, file, rest, out);
}

struct wb_error *insp_cmd_rewrite(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return insp_ask(c, INSP_REWRITE, rest);
}

struct wb_error *insp_cmd_purge(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_bytes module = insp_word_atom(&rest);
    const char *behind = rest;
    bool kill = wb_bytes_equal(insp_word(&behind), wb_bytes_of("kill"));
    if (module.size == 0)
        return wb_error_new(WB_E_BAD_DATA, "purge which module?");
    WB_TRY(insp_nothing_more(kill ? behind : rest));
    return insp_purge(c->s, module, kill, out);
}
