// The children of a supervisor, from its #state{}:
//   {state, Name, Strategy, {Ids, #{Id => Child}}, Dynamics, ...}, Ids in reverse order of start,
//   {child, Pid, Id, MFA, Restart, ..., Type, Modules},
//   Dynamics of simple_one_for_one {maps, #{Pid => Args}} or {mapsets, #{Pid => []}}.
#include <stdlib.h>

#include "core-vm/format/compare.h"
#include "inspector/state.h"

static bool is_strategy(const struct beam_value *value)
{
    return beam_is_atom(value, "one_for_one") || beam_is_atom(value, "one_for_all") ||
           beam_is_atom(value, "rest_for_one") || beam_is_atom(value, "simple_one_for_one");
}

static bool is_state(const struct beam_value *value)
{
    enum { LEAST = 10, MOST = 16 };
    if (value->kind != BEAM_TUPLE || value->part.count < LEAST || value->part.count > MOST ||
        !beam_is_atom(&value->part.at[0], "state") || !is_strategy(&value->part.at[2]))
        return false;
    const struct beam_value *children = &value->part.at[3];
    return children->kind == BEAM_TUPLE && children->part.count == 2 &&
           children->part.at[1].kind == BEAM_MAP;
}

static struct tgt_pid local_pid(const struct beam_value *value)
{
    if (value->kind != BEAM_PID || value->id->node.size != 0)
        return (struct tgt_pid){0};
    return tgt_pid_make(value->id->word[0], value->id->word[1]);
}

// A record of a child; false: it is none.
static bool read_child(const struct beam_value *value, struct insp_child *ret)
{
    enum { PID = 1, ID, MFA, RESTART, TYPE = 6, TYPE_SINCE_25, LEAST };
    if (value->kind != BEAM_TUPLE || value->part.count < LEAST ||
        !beam_is_atom(&value->part.at[0], "child"))
        return false;
    const struct beam_value *part = value->part.at, *pid = &part[PID];
    bool before = beam_is_atom(&part[TYPE], "worker") || beam_is_atom(&part[TYPE], "supervisor");
    const struct beam_value *type = &part[before ? TYPE : TYPE_SINCE_25];
    *ret = (struct insp_child){.pid = local_pid(pid), .id = part[ID]};
    if (part[RESTART].kind == BEAM_ATOM)
        ret->restart = part[RESTART].text;
    if (type->kind == BEAM_ATOM)
        ret->type = type->text;
    if (pid->kind == BEAM_ATOM)
        ret->standing = pid->text;
    else if (pid->kind == BEAM_TUPLE)
        ret->standing = wb_bytes_of("restarting");
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct insp_child *x = a, *y = b;
    return beam_compare(&x->id, &y->id, true);
}

static void add(struct insp_children *children, const struct insp_child *child)
{
    children->at[children->count++] = *child;
}

// In the order of Ids turned round; `known` has them in order of id.
static void add_in_order(const struct beam_value *ids, const struct insp_children *known,
                         struct insp_children *ret)
{
    if (ids->kind != BEAM_CONS || known->count == 0)
        return;
    for (size_t i = ids->part.count - 1; i-- > 0 && ret->count < known->count;) {
        struct insp_child key = {.id = ids->part.at[i]};
        const struct insp_child *found = bsearch(&key, known->at, known->count, sizeof key, by_id);
        if (found != NULL)
            add(ret, found);
    }
}

// Of simple_one_for_one: all as the one specification says, each with a pid of its own.
static void add_dynamic(const struct beam_value *dynamics, const struct insp_child *like,
                        struct insp_children *ret)
{
    const struct beam_value *map = &dynamics->part.at[1];
    for (size_t i = 0; i + 1 < map->part.count; i += 2) {
        struct insp_child child = *like;
        child.pid = local_pid(&map->part.at[i]);
        child.standing = (struct wb_bytes){0};
        if (child.pid.id != 0)
            add(ret, &child);
    }
}

static void read_state(const struct beam_value *state, struct wb_arena *arena,
                       struct insp_children *ret)
{
    const struct beam_value *children = &state->part.at[3], *dynamics = &state->part.at[4];
    const struct beam_value *map = &children->part.at[1];
    size_t count = map->part.count / 2;
    struct insp_children known = {.at = wb_push_array(arena, struct insp_child, count + 1)};
    struct insp_children all = {0};
    for (size_t i = 0; i < count; i++)
        known.count += read_child(&map->part.at[2 * i + 1], &known.at[known.count]);
    bool dynamic = beam_is_atom(&state->part.at[2], "simple_one_for_one") &&
                   dynamics->kind == BEAM_TUPLE && dynamics->part.count == 2 &&
                   dynamics->part.at[1].kind == BEAM_MAP;
    if (dynamic && known.count == 1) {
        size_t most = dynamics->part.at[1].part.count / 2;
        all.at = wb_push_array(arena, struct insp_child, most + 1);
        add_dynamic(dynamics, &known.at[0], &all);
    } else if (!dynamic) {
        all.at = wb_push_array(arena, struct insp_child, known.count + 1);
        qsort(known.at, known.count, sizeof *known.at, by_id);
        add_in_order(&children->part.at[0], &known, &all);
    }
    *ret = all;
}

// The state itself is deep enough to be told by; its children are read when it is one.
static bool state_in_frame(struct insp_session *s, const struct tgt_frame *frame,
                           struct wb_arena *arena, struct beam_value *ret)
{
    static const struct tgt_limits shallow = {3, 16}, deep = {7, 1 << 20};
    for (size_t i = 0; i < frame->slot_count; i++) {
        const struct tgt_slot *slot = &frame->slots[i];
        struct wb_mark mark = wb_arena_mark(arena);
        if (slot->catch_tag || slot->kind == 'f')
            continue;
        struct wb_error *err = tgt_read_term(s->t, slot->term, shallow, arena, ret);
        bool found = err == NULL && is_state(ret);
        wb_error_free(err);
        wb_arena_rewind(arena, mark);
        if (!found)
            continue;
        err = tgt_read_term(s->t, slot->term, deep, arena, ret);
        found = err == NULL && is_state(ret);
        wb_error_free(err);
        if (found)
            return true;
    }
    return false;
}

// Those that wait for what comes, or for a child that they start or stop.
static bool may_supervise(struct insp_session *s, const struct tgt_proc *proc)
{
    static const char *const modules[] = {"gen_server", "supervisor", "proc_lib", "gen"};
    if (proc == NULL || insp_hides(s, proc->pid))
        return false;
    if (proc->link_count < 2 && insp_first_child(s, proc) == NULL)
        return false;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (wb_bytes_equal(proc->current->mfa.module, wb_bytes_of(modules[i])))
            return true;
    return proc->status != TGT_WAITING;
}

void insp_children_read(struct insp_session *s, struct tgt_pid pid, struct wb_arena *arena,
                        struct insp_children *ret)
{
    struct wb_arena scratch = {0};
    struct tgt_frames frames = {0};
    struct beam_value state;
    *ret = (struct insp_children){0};
    if (!may_supervise(s, insp_proc_find(s, pid)))
        return;
    wb_error_free(tgt_list_frames(s->t, pid, &scratch, &frames));
    bool found = false;
    for (size_t i = 0; i < frames.count && !found; i++) {
        struct wb_bytes module = frames.at[i].place.mfa.module;
        found = (wb_bytes_equal(module, wb_bytes_of("gen_server")) ||
                 wb_bytes_equal(module, wb_bytes_of("supervisor"))) &&
                state_in_frame(s, &frames.at[i], arena, &state);
    }
    wb_arena_free(&scratch);
    if (found)
        read_state(&state, arena, ret);
}
