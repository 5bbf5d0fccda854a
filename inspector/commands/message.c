// message.c - one message, found by its id.
#include <inttypes.h>

#include "inspector/commands/command_priv.h"

enum { WINDOW = 4096 };

// The message in one queue; ret->id stays 0 when it is not there.
static struct wb_error *find_in(struct insp_context *c, const struct tgt_proc *proc, uint64_t id,
                                struct wb_arena *arena, struct tgt_message *ret)
{
    struct tgt_messages messages;
    for (uint64_t first = 0; first < proc->messages; first += WINDOW) {
        struct wb_mark mark = wb_arena_mark(arena);
        struct tgt_range range = {first, WINDOW};
        WB_TRY(tgt_list_messages(c->s->t, proc->pid, range, arena, &messages));
        for (size_t i = 0; i < messages.count; i++)
            if (messages.at[i].id == id) {
                *ret = messages.at[i];
                return NULL;
            }
        wb_arena_rewind(arena, mark);
    }
    return NULL;
}

struct wb_error *insp_message_find(struct insp_context *c, uint64_t id, struct wb_arena *arena,
                                   struct tgt_message *ret)
{
    struct tgt_procs procs;
    struct tgt_message found = {0};
    WB_TRY(insp_procs(c->s, &procs));
    for (size_t i = 0; i < procs.count && found.id == 0; i++)
        WB_TRY(find_in(c, &procs.at[i], id, arena, &found));
    if (found.id == 0)
        return wb_error_new(WB_E_NOT_FOUND, "no message %" PRIu64 " is in flight", id);
    *ret = found;
    return NULL;
}

static void print_message(struct insp_context *c, const struct tgt_message *m, struct insp_out *out)
{
    struct wb_text to wb_auto_text = {0}, from wb_auto_text = {0}, place wb_auto_text = {0},
                      term wb_auto_text = {0};
    insp_print_pid(c->s, m->to, &to);
    insp_print_pid(c->s, m->sender, &from);
    insp_print_mfa(&m->sent_from.mfa, &place);
    wb_text_put(&place, place.size > 0 ? " " : "");
    insp_print_place(&m->sent_from, &place);
    insp_print_message(c->s, m, out->is_json ? 0 : c->s->set.width, &term);
    insp_out_number(out, "id", m->id);
    insp_out_number(out, "cause", m->cause);
    insp_out_say(out, "to", out->is_json ? "%s" : "to: %s", wb_text_string(&to));
    insp_out_say(out, "from", out->is_json ? "%s" : "from: %s",
                 from.size > 0 ? wb_text_string(&from) : "the VM");
    insp_out_say(out, "sent_at", out->is_json ? "%s" : "sent at: %s", wb_text_string(&place));
    insp_out_number(out, "position", m->position);
    insp_out_say(out, "seen", out->is_json ? "%s" : "seen: %s",
                 m->seen == TGT_SKIPPED  ? "skipped"
                 : m->seen == TGT_UNSEEN ? "unseen"
                                         : "outer");
    insp_out_number(out, "words", m->words);
    insp_out_say(out, "term", "%s", wb_text_string(&term));
}

struct wb_error *insp_cmd_message(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_message message;
    uint64_t id;
    WB_TRY(insp_word_message(&rest, &id));
    WB_TRY(insp_nothing_more(rest));
    struct wb_error *err = insp_message_find(c, id, &arena, &message);
    if (err == NULL)
        print_message(c, &message, out);
    wb_arena_free(&arena);
    return err;
}
