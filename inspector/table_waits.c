// Who waits for whom: the graph of wait.h as a list.
#include "inspector/table_priv.h"
#include "inspector/wait.h"

enum field {
    PID,
    NAME,
    FOR,
    FOR_NAME,
    WHY,
    ROOT,
    DEPTH,
    CALLERS,
    AT,
    ROOT_NAME,
    REQUEST,
    AHEAD,
    HELD,
    SUSPENDED_BY,
};

static const struct insp_field fields[] = {
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the process that waits"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [FOR] = {"for", "WAITS FOR", INSP_PID, 11, INSP_SHOWN, "who must answer"},
    [FOR_NAME] = {"for_name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [WHY] = {"why", "WHY", INSP_TEXT, 14, INSP_SHOWN,
             "call, monitor, receive, receive after; cycle"},
    [ROOT] = {"root", "ROOT", INSP_PID, 11, INSP_SHOWN,
              "the end of the chain: who holds all these up"},
    [DEPTH] = {"depth", "DEPTH", INSP_NUMBER, 5, INSP_SHOWN, "length of the chain to the root"},
    [CALLERS] = {"callers", "CALLERS", INSP_NUMBER, 7, INSP_SHOWN,
                 "how many wait for this process"},
    [AT] = {"at", "AT", INSP_PLACE, 18, INSP_SHOWN, "file and line where it waits"},
    [ROOT_NAME] = {"root_name", "ROOT NAME", INSP_NAME, 16, INSP_ROOMY,
                   "the root's registered name"},
    [REQUEST] = {"request", "REQUEST", INSP_TEXT, 8, INSP_ROOMY,
                 "where its request is: unseen, skipped or outer in the callee's queue, or taken"},
    [AHEAD] = {"ahead", "AHEAD", INSP_NUMBER, 6, INSP_ROOMY, "messages before its request"},
    [HELD] = {"held", "HELD", INSP_NUMBER, 6, INSP_HIDDEN,
              "how many wait for it, directly or through others"},
    [SUSPENDED_BY] = {"suspended_by", "SUSPENDED BY", INSP_PID, 12, INSP_HIDDEN,
                      "who keeps it from running"},
};

// What matters comes first: cycles, calls, those who are waited for; not listed: RANKS.
enum { RANKS = 5 };
static int rank_of(const struct insp_waits *waits, const struct insp_wait *w)
{
    if (w->cycle)
        return 0;
    if (w->callee < waits->procs.count)
        return 1;
    if (w->callers > 0)
        return 2;
    if (w->proc->status == TGT_SUSPENDED)
        return 3;
    return w->proc->status == TGT_WAITING || w->kind != INSP_WAIT_NONE ? 4 : RANKS;
}

// Rows are numbers of processes, in order of rank.
struct listed {
    struct insp_waits waits;
    size_t *row;
};

static struct wb_error *waits_open(struct insp_session *s, struct tgt_pid of,
                                   struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct listed *listed = wb_push(arena, sizeof *listed, alignof(struct listed));
    WB_TRY(insp_waits_read(s, arena, &listed->waits));
    size_t count = listed->waits.procs.count;
    listed->row = wb_push_array(arena, size_t, count + 1);
    for (int rank = 0; rank < RANKS; rank++)
        for (size_t i = 0; i < count; i++)
            if (rank_of(&listed->waits, &listed->waits.at[i]) == rank)
                listed->row[ret->count++] = i;
    ret->data = listed;
    return NULL;
}

static struct insp_cell why_cell(const struct insp_wait *w)
{
    if (w->proc->status == TGT_SUSPENDED)
        return insp_string("suspended");
    switch (w->kind) {
    case INSP_WAIT_CALL:
        return insp_string(w->cycle ? "call, cycle" : "call");
    case INSP_WAIT_MONITOR:
        return insp_string(w->cycle ? "monitor, cycle" : "monitor");
    case INSP_WAIT_NONE:
        break;
    }
    if (w->proc->wait != TGT_NO_WAIT)
        return insp_string(tgt_wait_name(w->proc->wait));
    return insp_string(tgt_status_name(w->proc->status));
}

static struct insp_cell request_cell(const struct insp_wait *w)
{
    if (w->asked == INSP_ASKED_QUEUED)
        return insp_string(insp_seen_name(w->seen));
    return insp_string(w->asked == INSP_ASKED_TAKEN ? "taken" : NULL);
}

static struct insp_cell waits_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct listed *listed = rows->data;
    const struct insp_waits *waits = &listed->waits;
    const struct insp_wait *w = &waits->at[listed->row[row]];
    static const struct tgt_proc nobody;
    bool callee = w->callee < waits->procs.count, root = w->root < waits->procs.count;
    const struct tgt_proc *for_whom = callee ? &waits->procs.at[w->callee] : &nobody;
    const struct tgt_proc *end = root ? &waits->procs.at[w->root] : &nobody;
    switch ((enum field)field) {
    case PID:
        return insp_pid(w->proc->pid);
    case NAME:
        return insp_atom(w->proc->name);
    case FOR:
        return insp_pid(for_whom->pid);
    case FOR_NAME:
        return insp_atom(for_whom->name);
    case WHY:
        return why_cell(w);
    case ROOT:
        return insp_pid(end->pid);
    case DEPTH:
        return insp_some(INSP_NUMBER, w->depth);
    case CALLERS:
        return insp_some(INSP_NUMBER, w->callers);
    case AT:
        return insp_place(&w->place);
    case ROOT_NAME:
        return insp_atom(end->name);
    case REQUEST:
        return request_cell(w);
    case AHEAD:
        return w->asked == INSP_ASKED_QUEUED ? insp_number(w->position) : insp_none();
    case HELD:
        return insp_some(INSP_NUMBER, w->held);
    case SUSPENDED_BY:
        return insp_pid(w->proc->status == TGT_SUSPENDED ? insp_suspended_by(rows->s, w->proc->pid)
                                                         : nobody.pid);
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
