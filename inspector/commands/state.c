// state.c - the state of a behaviour's process.
#include "inspector/state.h"

#include "inspector/commands/command_priv.h"

static void put_state(struct insp_context *c, const struct insp_state *state, struct insp_out *out)
{
    unsigned width = out->is_json ? 0 : c->s->set.width;
    insp_out_say(out, "behaviour", "%s", state->behaviour);
    for (size_t i = 0; i < state->count; i++) {
        struct wb_text text wb_auto_text = {0};
        const struct insp_state_part *part = &state->part[i];
        if (part->is_value)
            beam_print(&part->value, insp_print_how(c->s, 0, width), &text);
        else
            insp_print_term(c->s, part->term, insp_print_how(c->s, 0, width), &text);
        insp_out_say(out, part->name, out->is_json ? "%.0s%s" : "%s:\n%s", part->name,
                     wb_text_string(&text));
    }
}

struct wb_error *insp_cmd_state(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct insp_state state = {0};
    const struct tgt_proc *proc;
    WB_TRY(insp_word_proc(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    if (insp_hides(c->s, proc->pid))
        return wb_error_new(WB_E_STATE, "this process is sensitive: its state is not shown "
                                        "(--show-sensitive, and set sensitive on)");
    struct wb_error *err = insp_state_read(c->s, proc->pid, &arena, &state);
    if (err == NULL)
        put_state(c, &state, out);
    wb_arena_free(&arena);
    return err;
}
