#include "inspector/wait.h"

#include <string.h>

// Requests are looked for in so many messages of a queue, from its beginning.
enum { WINDOW = 4096, MOST_MESSAGES = 1 << 20 };

bool insp_mfa_is(const struct tgt_mfa *mfa, const char *module, const char *function)
{
    return wb_bytes_equal(mfa->module, wb_bytes_of(module)) &&
           wb_bytes_equal(mfa->function, wb_bytes_of(function));
}

static bool same_id(const struct beam_value *a, const struct beam_value *b)
{
    if (a->kind != b->kind || a->id->count != b->id->count)
        return false;
    for (unsigned i = 0; i < a->id->count; i++)
        if (a->id->word[i] != b->id->word[i])
            return false;
    return wb_bytes_equal(a->id->node, b->id->node);
}

// Does a slot of the frame have the reference?
static bool holds(struct insp_session *s, const struct tgt_frame *frame, struct tgt_term ref)
{
    struct wb_arena arena = {0};
    struct beam_value want, have;
    struct tgt_limits limits = {1, 1};
    bool found = false;
    struct wb_error *err = tgt_read_term(s->t, ref, limits, &arena, &want);
    for (size_t i = 0; err == NULL && !found && i < frame->slot_count; i++) {
        if (frame->slots[i].catch_tag || frame->slots[i].kind == 'f' || want.kind != BEAM_REF)
            continue;
        err = tgt_read_term(s->t, frame->slots[i].term, limits, &arena, &have);
        found = err == NULL && have.kind == BEAM_REF && same_id(&want, &have);
    }
    wb_error_free(err);
    wb_arena_free(&arena);
    return found;
}

// Whom a process watches by a monitor whose reference the frame holds; for a call, by its only one.
static struct tgt_pid watched(struct insp_session *s, const struct tgt_monitors *monitors,
                              const struct tgt_frame *frame, bool call)
{
    struct tgt_pid only = {0};
    size_t count = 0;
    for (size_t i = 0; i < monitors->count; i++) {
        const struct tgt_monitor *m = &monitors->at[i];
        if (m->monitored_by || m->suspends || m->pid.id == 0)
            continue;
        if (m->ref.bits != 0 && holds(s, frame, m->ref))
            return m->pid;
        only = m->pid;
        count++;
    }
    return call && count == 1 ? only : (struct tgt_pid){0};
}

// Who called gen is what a person wants to see.
static struct tgt_place place_of(const struct tgt_frames *frames)
{
    static const char *const library[][2] = {{"gen", "do_call"},     {"gen", "call"},
                                             {"gen_server", "call"}, {"gen_statem", "call"},
                                             {"gen_event", "call1"}, {"gen_statem", "call_dirty"},
                                             {"gen_event", "rpc"},   {"gen_event", "call"}};
    size_t at = 0;
    for (bool again = true; again && at + 1 < frames->count; at += again) {
        again = false;
        for (size_t i = 0; i < sizeof library / sizeof library[0]; i++)
            again = again || insp_mfa_is(&frames->at[at].place.mfa, library[i][0], library[i][1]);
    }
    return frames->at[at].place;
}

static struct wb_bytes kept(struct wb_bytes bytes, struct wb_arena *arena)
{
    uint8_t *copy = wb_push(arena, bytes.size + 1, 1);
    if (bytes.size > 0)
        memcpy(copy, bytes.at, bytes.size);
    return (struct wb_bytes){copy, bytes.size};
}

// Places point into the frames, which are not kept.
static struct tgt_place kept_place(struct tgt_place place, struct wb_arena *arena)
{
    place.mfa.module = kept(place.mfa.module, arena);
    place.mfa.function = kept(place.mfa.function, arena);
    place.file = kept(place.file, arena);
    return place;
}

static size_t row_of(struct insp_session *s, const struct insp_waits *waits, struct tgt_pid pid)
{
    const struct tgt_proc *proc = pid.id != 0 ? insp_proc_find(s, pid) : NULL;
    return proc != NULL ? (size_t)(proc - waits->procs.at) : waits->procs.count;
}

static bool watches(const struct tgt_monitors *monitors)
{
    for (size_t i = 0; i < monitors->count; i++)
        if (!monitors->at[i].monitored_by && !monitors->at[i].suspends)
            return true;
    return false;
}

static void look_at(struct insp_session *s, struct insp_waits *waits, struct insp_wait *w,
                    struct wb_arena *arena)
{
    struct wb_arena scratch = {0};
    struct tgt_monitors monitors = {0};
    struct tgt_frames frames = {0};
    bool call = insp_mfa_is(&w->proc->current->mfa, "gen", "do_call");
    if (!call && w->proc->status != TGT_WAITING)
        return;
    if (tgt_can(s->t, TGT_CAN_MONITORS))
        wb_error_free(tgt_list_monitors(s->t, w->proc->pid, &scratch, &monitors));
    if (call || watches(&monitors))
        wb_error_free(tgt_list_frames(s->t, w->proc->pid, &scratch, &frames));
    if (frames.count > 0) {
        w->callee = row_of(s, waits, watched(s, &monitors, &frames.at[0], call));
        bool known = w->callee != waits->procs.count;
        w->kind = call ? INSP_WAIT_CALL : known ? INSP_WAIT_MONITOR : INSP_WAIT_NONE;
        if (w->kind != INSP_WAIT_NONE)
            w->place = kept_place(place_of(&frames), arena);
    }
    wb_arena_free(&scratch);
}

// {Label, {Pid, Tag}, Request}: a request, from whom.
static struct tgt_pid asker(struct insp_session *s, struct tgt_term term)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct tgt_pid pid = {0};
    struct wb_error *err = tgt_read_term(s->t, term, (struct tgt_limits){3, 4}, &arena, &value);
    const struct beam_value *from = err == NULL && value.kind == BEAM_TUPLE &&
                                            value.part.count == 3 &&
                                            value.part.at[1].kind == BEAM_TUPLE
                                        ? &value.part.at[1]
                                        : NULL;
    if (from != NULL && from->part.count == 2 && from->part.at[0].kind == BEAM_PID &&
        from->part.at[0].id->node.size == 0)
        pid = tgt_pid_make(from->part.at[0].id->word[0], from->part.at[0].id->word[1]);
    wb_error_free(err);
    wb_arena_free(&arena);
    return pid;
}

// A message in `to`'s queue: is it what somebody waits for the answer of?
static void match(struct insp_session *s, struct insp_waits *waits, size_t to,
                  const struct tgt_message *m)
{
    size_t none = waits->procs.count;
    if (m->term.bits == 0)
        return;
    size_t row = row_of(s, waits, m->sender.id != 0 ? m->sender : asker(s, m->term));
    if (row == none || waits->at[row].kind == INSP_WAIT_NONE ||
        waits->at[row].asked == INSP_ASKED_QUEUED)
        return;
    struct insp_wait *w = &waits->at[row];
    bool call = w->kind == INSP_WAIT_CALL;
    if (w->callee != to && (w->callee != none || !call))
        return;
    if (call && asker(s, m->term).id != w->proc->pid.id)
        return;
    w->callee = to;
    w->asked = INSP_ASKED_QUEUED;
    w->seen = m->seen;
    w->position = m->position;
}

static struct wb_error *match_queue(struct insp_session *s, struct insp_waits *waits, size_t to)
{
    uint64_t count = waits->procs.at[to].messages;
    for (uint64_t first = 0; first < count && first < MOST_MESSAGES; first += WINDOW) {
        struct wb_arena arena = {0};
        struct tgt_messages part = {0};
        wb_error_free(tgt_list_messages(s->t, waits->procs.at[to].pid,
                                        (struct tgt_range){first, WINDOW}, &arena, &part));
        for (size_t i = 0; i < part.count; i++)
            match(s, waits, to, &part.at[i]);
        wb_arena_free(&arena);
        if (!insp_go_on(s, to, waits->procs.count))
            return insp_stopped();
        if (part.count < WINDOW)
            break;
    }
    return NULL;
}

// Which queues may have requests in them: the callees', or all where a callee is not known.
static struct wb_error *match_queues(struct insp_session *s, struct insp_waits *waits,
                                     bool *asked_of)
{
    size_t none = waits->procs.count;
    bool all = false;
    for (size_t i = 0; i < none; i++) {
        if (waits->at[i].callee != none)
            asked_of[waits->at[i].callee] = true;
        else
            all = all || waits->at[i].kind == INSP_WAIT_CALL;
    }
    for (size_t i = 0; i < none; i++)
        if ((all || asked_of[i]) && waits->procs.at[i].messages > 0)
            WB_TRY(match_queue(s, waits, i));
    for (size_t i = 0; i < none; i++) {
        struct insp_wait *w = &waits->at[i];
        if (w->callee != none && w->asked == INSP_ASKED_UNKNOWN && w->kind == INSP_WAIT_CALL &&
            waits->procs.at[w->callee].messages <= MOST_MESSAGES)
            w->asked = INSP_ASKED_TAKEN;
    }
    return NULL;
}

// The path from `start` ran into itself at `at`: all from there on are a cycle.
static void close_cycle(struct insp_waits *waits, size_t at)
{
    size_t least = at, length = 0, i = at;
    do {
        least = i < least ? i : least;
        length++;
        i = waits->at[i].callee;
    } while (i != at);
    do {
        waits->at[i].cycle = true;
        waits->at[i].root = least;
        waits->at[i].depth = length;
        i = waits->at[i].callee;
    } while (i != at);
}

// Find the end of the chain that begins at `start`. `mark`: 0 not visited, 1 on this path, 2 done.
static void follow(struct insp_waits *waits, size_t start, uint8_t *mark, size_t *path)
{
    size_t none = waits->procs.count, count = 0, at = start;
    while (at != none && mark[at] == 0) {
        mark[at] = 1;
        path[count++] = at;
        at = waits->at[at].callee;
    }
    if (at != none && mark[at] == 1)
        close_cycle(waits, at);
    while (count > 0) {
        struct insp_wait *w = &waits->at[path[--count]];
        mark[path[count]] = 2;
        if (w->cycle || w->callee == none)
            continue;
        const struct insp_wait *next = &waits->at[w->callee];
        bool end = next->callee == none;
        w->root = end ? w->callee : next->root;
        w->depth = end ? 1 : next->cycle ? 1 : next->depth + 1;
    }
}

static void count_held(struct insp_waits *waits)
{
    size_t none = waits->procs.count;
    for (size_t i = 0; i < none; i++) {
        struct insp_wait *w = &waits->at[i];
        if (w->callee == none)
            continue;
        struct insp_wait *callee = &waits->at[w->callee];
        if (callee->callers++ == 0)
            callee->first = i;
        waits->at[w->root].held++;
    }
}

struct wb_error *insp_waits_read(struct insp_session *s, struct wb_arena *arena,
                                 struct insp_waits *ret)
{
    struct insp_waits waits;
    WB_TRY(insp_procs(s, &waits.procs));
    size_t none = waits.procs.count;
    waits.at = wb_push_array(arena, struct insp_wait, none + 1);
    for (size_t i = 0; i < none; i++) {
        const struct tgt_proc *p = &waits.procs.at[i];
        waits.at[i] = (struct insp_wait){
            .proc = p, .callee = none, .root = none, .first = none, .place = *p->current};
        look_at(s, &waits, &waits.at[i], arena);
        if (!insp_go_on(s, i, none))
            return insp_stopped();
    }
    WB_TRY(match_queues(s, &waits, wb_push_array(arena, bool, none + 1)));
    uint8_t *mark = wb_push_array(arena, uint8_t, none + 1);
    size_t *path = wb_push_array(arena, size_t, none + 1);
    for (size_t i = 0; i < none; i++)
        follow(&waits, i, mark, path);
    count_held(&waits);
    *ret = waits;
    return NULL;
}

struct tgt_pid insp_suspended_by(struct insp_session *s, struct tgt_pid pid)
{
    struct wb_arena arena = {0};
    struct tgt_monitors monitors = {0};
    struct tgt_pid found = {0};
    if (tgt_can(s->t, TGT_CAN_MONITORS))
        wb_error_free(tgt_list_monitors(s->t, pid, &arena, &monitors));
    for (size_t i = 0; i < monitors.count; i++)
        if (monitors.at[i].suspends && monitors.at[i].monitored_by)
            found = monitors.at[i].pid;
    wb_arena_free(&arena);
    return found;
}
