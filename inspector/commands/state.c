// state.c - the state of a behaviour's process, read from where its loop keeps it on the stack.
//
// gen_server's loops have Mod, State, Name and Parent in slots next to each other, in that order
// (OTP 24 to 27, as compiled; what stands there is checked). gen_statem has a record
// {state, {State, Data}, ...}, and gen_event a list of {handler, Module, Id, State, ...}.
#include <string.h>

#include "inspector/commands/command_priv.h"

// What was found: texts for people, terms of the target.
struct part {
    const char *name;
    struct tgt_term term;
    bool is_value;
    struct beam_value value;
};
struct state {
    const char *behaviour;
    struct part part[3];
    size_t count;
};

static enum beam_kind kind_of(struct insp_session *s, const struct tgt_slot *slot)
{
    struct wb_arena arena = {0};
    struct beam_value value = {.kind = BEAM_UNREADABLE};
    if (!slot->catch_tag && slot->kind == 'y')
        wb_error_free(tgt_read_term(s->t, slot->term, (struct tgt_limits){1, 1}, &arena, &value));
    enum beam_kind kind = value.kind;
    wb_arena_free(&arena);
    return kind;
}

static void add(struct state *state, const char *name, struct tgt_term term)
{
    state->part[state->count++] = (struct part){.name = name, .term = term};
}

static void add_value(struct state *state, const char *name, const struct beam_value *value)
{
    state->part[state->count++] = (struct part){.name = name, .is_value = true, .value = *value};
}

// Mod, State, Name, Parent.
static bool server_of(struct insp_session *s, const struct tgt_frame *frame, struct state *ret)
{
    for (size_t i = 0; i + 3 < frame->slot_count; i++) {
        const struct tgt_slot *slot = &frame->slots[i];
        enum beam_kind name = kind_of(s, &slot[2]);
        if (kind_of(s, &slot[0]) != BEAM_ATOM || kind_of(s, &slot[3]) != BEAM_PID ||
            (name != BEAM_ATOM && name != BEAM_PID && name != BEAM_TUPLE))
            continue;
        ret->behaviour = "gen_server";
        add(ret, "module", slot[0].term);
        add(ret, "state", slot[1].term);
        return true;
    }
    return false;
}

static bool is_atom(const struct beam_value *value, const char *text)
{
    return value->kind == BEAM_ATOM && wb_bytes_equal(value->text, wb_bytes_of(text));
}

static bool statem_of(const struct beam_value *value, struct state *ret)
{
    if (value->kind != BEAM_TUPLE || value->part.count < 4 ||
        !is_atom(&value->part.at[0], "state") || value->part.at[1].kind != BEAM_TUPLE ||
        value->part.at[1].part.count != 2)
        return false;
    ret->behaviour = "gen_statem";
    add_value(ret, "state", &value->part.at[1].part.at[0]);
    add_value(ret, "data", &value->part.at[1].part.at[1]);
    return true;
}

// All handlers; or the one whose turn it is, while the others wait in pieces.
static bool event_of(const struct beam_value *value, struct state *ret)
{
    ret->behaviour = "gen_event";
    if (value->kind == BEAM_TUPLE && value->part.count >= 4 &&
        is_atom(&value->part.at[0], "handler")) {
        add_value(ret, "handler", value);
        return true;
    }
    if (value->kind != BEAM_CONS || value->part.at[0].kind != BEAM_TUPLE ||
        value->part.at[0].part.count < 4 || !is_atom(&value->part.at[0].part.at[0], "handler"))
        return false;
    ret->behaviour = "gen_event";
    add_value(ret, "handlers", value);
    return true;
}

static bool in_module(const struct tgt_frame *frame, const char *module)
{
    return wb_bytes_equal(frame->place.mfa.module, wb_bytes_of(module));
}

static bool state_in(struct insp_session *s, const struct tgt_frame *frame, struct wb_arena *arena,
                     struct state *ret)
{
    bool statem = in_module(frame, "gen_statem"), event = in_module(frame, "gen_event");
    if (in_module(frame, "gen_server"))
        return server_of(s, frame, ret);
    for (size_t i = 0; (statem || event) && i < frame->slot_count; i++) {
        struct beam_value value;
        if (frame->slots[i].catch_tag || frame->slots[i].kind == 'f')
            continue;
        struct wb_error *err =
            tgt_read_term(s->t, frame->slots[i].term, insp_limits(s), arena, &value);
        bool found = err == NULL && (statem ? statem_of(&value, ret) : event_of(&value, ret));
        wb_error_free(err);
        if (found)
            return true;
    }
    return false;
}

static void put_state(struct insp_context *c, const struct state *state, struct insp_out *out)
{
    unsigned width = out->is_json ? 0 : c->s->set.width;
    insp_out_say(out, "behaviour", "%s", state->behaviour);
    for (size_t i = 0; i < state->count; i++) {
        struct wb_text text wb_auto_text = {0};
        const struct part *part = &state->part[i];
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
    struct tgt_frames frames = {0};
    struct state state = {0};
    const struct tgt_proc *proc;
    WB_TRY(insp_word_proc(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    if (insp_hides(c->s, proc->pid))
        return wb_error_new(WB_E_STATE, "this process is sensitive: its state is not shown "
                                        "(--show-sensitive, and set sensitive on)");
    struct wb_error *err = tgt_list_frames(c->s->t, proc->pid, &arena, &frames);
    bool found = false;
    for (size_t i = 0; err == NULL && !found && i < frames.count; i++)
        found = state_in(c->s, &frames.at[i], &arena, &state);
    if (found)
        put_state(c, &state, out);
    else if (err == NULL)
        err = wb_error_new(WB_E_NOT_FOUND, "no state of a gen_server, gen_statem or gen_event is "
                                           "on its stack (stack shows all of it)");
    wb_arena_free(&arena);
    return err;
}
