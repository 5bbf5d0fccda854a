// Who waits for whom.
//
// A caller of gen_server:call and its kin stands in gen:do_call with a monitor on the callee, whose
// reference lies in a slot of that frame. Everybody else who waits just waits for any message.

#include "inspector/table_priv.h"

enum field { PID, NAME, FOR, FOR_NAME, WHY, ROOT, DEPTH, CALLERS, AT };

static const struct insp_field fields[] = {
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the process that waits"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [FOR] = {"for", "WAITS FOR", INSP_PID, 11, INSP_SHOWN, "who must answer"},
    [FOR_NAME] = {"for_name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [WHY] = {"why", "WHY", INSP_TEXT, 14, INSP_SHOWN, "call, receive, receive after; cycle"},
    [ROOT] = {"root", "ROOT", INSP_PID, 11, INSP_SHOWN,
              "the end of the chain: who holds all these up"},
    [DEPTH] = {"depth", "DEPTH", INSP_NUMBER, 5, INSP_SHOWN, "length of the chain to the root"},
    [CALLERS] = {"callers", "CALLERS", INSP_NUMBER, 7, INSP_SHOWN,
                 "how many wait for this process"},
    [AT] = {"at", "AT", INSP_PLACE, 18, INSP_SHOWN, "file and line where it waits"},
};

struct wait {
    const struct tgt_proc *proc;
    size_t callee;  // row of procs; count: nobody in particular
    size_t root, depth, callers;
    struct tgt_place place;  // innermost frame of interest
    bool call, cycle;
};

struct waits {
    struct tgt_procs procs;
    struct wait *at;  // one per process, then packed
};

static bool is_mfa(const struct tgt_mfa *mfa, const char *module, const char *function)
{
    return wb_bytes_equal(mfa->module, wb_bytes_of(module)) &&
           wb_bytes_equal(mfa->function, wb_bytes_of(function));
}

static bool holds(const struct tgt_frame *frame, struct tgt *t, struct tgt_term ref)
{
    struct wb_arena arena = {0};
    struct wb_text want wb_auto_text = {0}, have wb_auto_text = {0};
    struct beam_value value;
    struct tgt_limits limits = {1, 1};
    bool found = false;
    struct wb_error *err = tgt_read_term(t, ref, limits, &arena, &value);
    if (err == NULL)
        beam_print(&value, (struct beam_print){0}, &want);
    for (size_t i = 0; err == NULL && !found && i < frame->slot_count; i++) {
        if (frame->slots[i].catch_tag || frame->slots[i].kind == 'f')
            continue;
        wb_text_cut(&have, 0);
        err = tgt_read_term(t, frame->slots[i].term, limits, &arena, &value);
        if (err == NULL)
            beam_print(&value, (struct beam_print){0}, &have);
        found = err == NULL && value.kind == BEAM_REF &&
                wb_bytes_equal(wb_text_bytes(&want), wb_text_bytes(&have));
    }
    wb_error_free(err);
    wb_arena_free(&arena);
    return found;
}

// The monitor a call goes by: the one whose reference the frame holds, or the only one.
static struct tgt_pid callee_of(struct insp_session *s, const struct wait *w,
                                const struct tgt_frame *frame, struct wb_arena *arena)
{
    struct tgt_monitors monitors = {0};
    struct tgt_pid only = {0};
    size_t count = 0;
    if (tgt_can(s->t, TGT_CAN_MONITORS))
        wb_error_free(tgt_list_monitors(s->t, w->proc->pid, arena, &monitors));
    for (size_t i = 0; i < monitors.count; i++) {
        const struct tgt_monitor *m = &monitors.at[i];
        if (m->monitored_by || m->pid.id == 0)
            continue;
        if (holds(frame, s->t, m->ref))
            return m->pid;
        only = m->pid;
        count++;
    }
    return count == 1 ? only : (struct tgt_pid){0};
}

static void look_at_call(struct insp_session *s, struct waits *waits, struct wait *w,
                         struct wb_arena *arena)
{
    struct tgt_frames frames;
    struct wb_error *err = tgt_list_frames(s->t, w->proc->pid, arena, &frames);
    if (err != NULL || frames.count == 0) {
        wb_error_free(err);
        return;
    }
    w->call = true;
    const struct tgt_proc *callee = insp_proc_find(s, callee_of(s, w, &frames.at[0], arena));
    if (callee != NULL)
        w->callee = (size_t)(callee - waits->procs.at);
    // Who called gen is what a person wants to see.
    for (size_t i = 0; i < frames.count; i++) {
        const struct tgt_mfa *mfa = &frames.at[i].place.mfa;
        bool library = is_mfa(mfa, "gen", "do_call") || is_mfa(mfa, "gen", "call") ||
                       is_mfa(mfa, "gen_server", "call") || is_mfa(mfa, "gen_statem", "call") ||
                       is_mfa(mfa, "gen_event", "rpc");
        w->place = frames.at[i].place;
        if (!library)
            return;
    }
}

// Follow the calls from w to whom does not call, or round to itself.
static void follow(const struct waits *waits, struct wait *w)
{
    size_t at = w->callee, none = waits->procs.count;
    w->root = at;
    while (at != none && w->depth <= none) {
        w->depth++;
        w->root = at;
        if (waits->at[at].proc == w->proc) {
            w->cycle = true;
            return;
        }
        at = waits->at[at].callee;
    }
}

// What matters comes first: cycles, calls, those who are waited for; not listed: RANKS.
enum { RANKS = 4 };
static int rank_of(const struct waits *waits, const struct wait *w)
{
    if (w->cycle)
        return 0;
    if (w->callee < waits->procs.count)
        return 1;
    if (w->callers > 0)
        return 2;
    return w->proc->status == TGT_WAITING || w->call ? 3 : RANKS;
}

static struct wb_error *waits_open(struct insp_session *s, struct tgt_pid of,
                                   struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct waits *waits = wb_push(arena, sizeof *waits, alignof(struct waits));
    WB_TRY(insp_procs(s, &waits->procs));
    size_t none = waits->procs.count;
    waits->at = wb_push_array(arena, struct wait, none + 1);
    for (size_t i = 0; i < none; i++) {
        struct wait *w = &waits->at[i];
        const struct tgt_proc *p = &waits->procs.at[i];
        *w = (struct wait){.proc = p, .callee = none, .root = none, .place = p->current};
        if (is_mfa(&p->current.mfa, "gen", "do_call"))
            look_at_call(s, waits, w, arena);
    }
    for (size_t i = 0; i < none; i++) {
        follow(waits, &waits->at[i]);
        if (waits->at[i].callee != none)
            waits->at[waits->at[i].callee].callers++;
    }
    struct waits *sorted = wb_push(arena, sizeof *sorted, alignof(struct waits));
    *sorted = (struct waits){waits->procs, wb_push_array(arena, struct wait, none + 1)};
    for (int rank = 0; rank < RANKS; rank++)
        for (size_t i = 0; i < none; i++)
            if (rank_of(waits, &waits->at[i]) == rank)
                sorted->at[ret->count++] = waits->at[i];
    ret->data = sorted;
    return NULL;
}

static struct insp_cell why_cell(const struct wait *w)
{
    if (w->cycle)
        return insp_string("call, cycle");
    return insp_string(w->call ? "call" : w->proc->wait);
}

static struct insp_cell waits_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct waits *waits = rows->data;
    const struct wait *w = &waits->at[row];
    struct tgt_pid none = {0};
    bool callee = w->callee < waits->procs.count, root = w->root < waits->procs.count;
    switch ((enum field)field) {
    case PID:
        return insp_pid(w->proc->pid);
    case NAME:
        return insp_atom(w->proc->name);
    case FOR:
        return insp_pid(callee ? waits->procs.at[w->callee].pid : none);
    case FOR_NAME:
        return callee ? insp_atom(waits->procs.at[w->callee].name) : insp_none();
    case WHY:
        return why_cell(w);
    case ROOT:
        return insp_pid(root ? waits->procs.at[w->root].pid : none);
    case DEPTH:
        return insp_some(INSP_NUMBER, w->depth);
    case CALLERS:
        return insp_some(INSP_NUMBER, w->callers);
    case AT:
        return insp_place(&w->place);
    }
    return insp_none();
}

const struct insp_table insp_table_waits = {
    .name = "waits",
    .help = "who waits for whom",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = PID,
    .needs = TGT_CAN_LOOK,
    .open = waits_open,
    .cell = waits_cell,
};
