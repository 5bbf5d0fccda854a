#include "inspector/state.h"

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

static void add(struct insp_state *state, const char *name, struct tgt_term term)
{
    state->part[state->count++] = (struct insp_state_part){.name = name, .term = term};
}

static void add_value(struct insp_state *state, const char *name, const struct beam_value *value)
{
    state->part[state->count++] =
        (struct insp_state_part){.name = name, .is_value = true, .value = *value};
}

// Mod, State, Name, Parent.
static bool server_of(struct insp_session *s, const struct tgt_frame *frame, struct insp_state *ret)
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

static bool statem_of(const struct beam_value *value, struct insp_state *ret)
{
    if (value->kind != BEAM_TUPLE || value->part.count < 4 ||
        !beam_is_atom(&value->part.at[0], "state") || value->part.at[1].kind != BEAM_TUPLE ||
        value->part.at[1].part.count != 2)
        return false;
    ret->behaviour = "gen_statem";
    add_value(ret, "state", &value->part.at[1].part.at[0]);
    add_value(ret, "data", &value->part.at[1].part.at[1]);
    return true;
}

static bool is_handler(const struct beam_value *value)
{
    return value->kind == BEAM_TUPLE && value->part.count >= 4 &&
           beam_is_atom(&value->part.at[0], "handler");
}

// All handlers; or the one whose turn it is, while the others wait in pieces.
static bool event_of(const struct beam_value *value, struct insp_state *ret)
{
    bool all = value->kind == BEAM_CONS && is_handler(&value->part.at[0]);
    if (!all && !is_handler(value))
        return false;
    ret->behaviour = "gen_event";
    add_value(ret, all ? "handlers" : "handler", value);
    return true;
}

static bool in_module(const struct tgt_frame *frame, const char *module)
{
    return wb_bytes_equal(frame->place.mfa.module, wb_bytes_of(module));
}

static bool state_in(struct insp_session *s, const struct tgt_frame *frame, struct wb_arena *arena,
                     struct insp_state *ret)
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

struct wb_error *insp_state_read(struct insp_session *s, struct tgt_pid pid, struct wb_arena *arena,
                                 struct insp_state *ret)
{
    struct tgt_frames frames = {0};
    struct insp_state state = {0};
    WB_TRY(tgt_list_frames(s->t, pid, arena, &frames));
    for (size_t i = 0; i < frames.count; i++)
        if (state_in(s, &frames.at[i], arena, &state)) {
            *ret = state;
            return NULL;
        }
    return wb_error_new(WB_E_NOT_FOUND, "no state of a gen_server, gen_statem or gen_event is on "
                                        "its stack (stack shows all of it)");
}
