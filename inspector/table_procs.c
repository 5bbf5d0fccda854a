// The processes.
#include "inspector/table_priv.h"

enum field {
    PID,
    NAME,
    STATUS,
    MESSAGES,
    REDUCTIONS,
    MEMORY,
    CURRENT,
    AT,
    INITIAL,
    WAIT,
    PRIORITY,
    HEAP,
    STACK_WORDS,
    PARENT,
    LINKS,
    LEADER,
    TRAP_EXIT,
    SERIAL,
    LAST_RECEIVED,
    WAKE_AT,
    LABEL,
    CAVEAT,
    SENSITIVE,
    STACK,
};

static const struct insp_field fields[] = {
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the process"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [STATUS] = {"status", "STATUS", INSP_TEXT, 9, INSP_SHOWN, "runnable, running, waiting, ..."},
    [MESSAGES] = {"messages", "MSGS", INSP_NUMBER, 8, INSP_SHOWN, "queued messages"},
    [REDUCTIONS] = {"reductions", "REDS", INSP_NUMBER, 10, INSP_SHOWN, "work done so far"},
    [MEMORY] = {"memory", "MEM", INSP_SIZE, 7, INSP_SHOWN, "bytes of heap, stack and messages"},
    [CURRENT] = {"current", "CURRENT", INSP_MFA, -20, INSP_SHOWN, "the function it is in"},
    [AT] = {"at", "AT", INSP_PLACE, 18, INSP_SHOWN, "file and line of it"},
    [INITIAL] = {"initial", "INITIAL", INSP_MFA, 26, INSP_ROOMY, "the function it began with"},
    [WAIT] = {"wait", "WAITS IN", INSP_TEXT, 14, INSP_ROOMY, "receive, receive after"},
    [PRIORITY] = {"priority", "PRIO", INSP_TEXT, 6, INSP_HIDDEN, "max, high, normal, low"},
    [HEAP] = {"heap", "HEAP", INSP_NUMBER, 9, INSP_HIDDEN, "words of heap"},
    [STACK_WORDS] = {"stack_words", "STACKW", INSP_NUMBER, 9, INSP_HIDDEN, "words of stack"},
    [PARENT] = {"parent", "PARENT", INSP_PID, 11, INSP_HIDDEN, "who spawned it"},
    [LINKS] = {"links", "LINKS", INSP_NUMBER, 6, INSP_HIDDEN, "number of links"},
    [LEADER] = {"group_leader", "LEADER", INSP_PID, 11, INSP_HIDDEN, "its group leader"},
    [TRAP_EXIT] = {"trap_exit", "TRAP", INSP_FLAG, 5, INSP_HIDDEN,
                   "whether exits come as messages"},
    [SERIAL] = {"serial", "SERIAL", INSP_NUMBER, 8, INSP_HIDDEN, "order of creation"},
    [LAST_RECEIVED] = {"last_received", "LAST", INSP_NUMBER, 8, INSP_HIDDEN,
                       "id of its last message"},
    [WAKE_AT] = {"wake_at", "WAKES", INSP_TIME, 9, INSP_HIDDEN, "when its `receive after` ends"},
    [LABEL] = {"label", "LABEL", INSP_TERM, 16, INSP_HIDDEN, "its label"},
    [CAVEAT] = {"caveat", "CAVEAT", INSP_TEXT, 16, INSP_HIDDEN, "why it could not be read whole"},
    [SENSITIVE] = {"sensitive", "SENS", INSP_FLAG, 5, INSP_HIDDEN,
                   "whether it asked that nobody looks into it"},
    [STACK] = {"stack", "STACK", INSP_TEXT, -30, INSP_ASKED,
               "the functions on its stack, innermost first: procs group by stack"},
};

static struct wb_error *procs_open(struct insp_session *s, struct tgt_pid of,
                                   struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct tgt_procs *procs = wb_push(arena, sizeof *procs, alignof(struct tgt_procs));
    WB_TRY(tgt_list_procs(s->t, arena, procs));
    ret->data = procs;
    ret->count = procs->count;
    return NULL;
}

static struct insp_cell stack_cell(struct insp_session *s, const struct tgt_proc *p)
{
    struct wb_arena arena = {0};
    struct tgt_frames frames = {0};
    wb_text_cut(&s->scratch, 0);
    wb_error_free(tgt_list_frames(s->t, p->pid, &arena, &frames));
    for (size_t i = 0; i < frames.count; i++) {
        wb_text_put(&s->scratch, i > 0 ? " < " : "");
        insp_print_mfa(&frames.at[i].place.mfa, &s->scratch);
    }
    wb_arena_free(&arena);
    return insp_text(wb_text_bytes(&s->scratch));
}

struct insp_cell insp_proc_cell(struct insp_session *s, const struct tgt_proc *p, unsigned field)
{
    if (p == NULL)
        return insp_none();
    switch ((enum field)field) {
    case PID:
        return insp_pid(p->pid);
    case NAME:
        return insp_atom(p->name);
    case STATUS:
        return insp_string(tgt_status_name(p->status));
    case MESSAGES:
        return insp_number(p->messages);
    case REDUCTIONS:
        return insp_number(p->reductions);
    case MEMORY:
        return insp_size(p->memory);
    case CURRENT:
        return insp_mfa(&p->current->mfa);
    case AT:
        return insp_place(p->current);
    case INITIAL:
        return insp_mfa(p->initial);
    case WAIT:
        return insp_string(tgt_wait_name(p->wait));
    case PRIORITY:
        return insp_string(tgt_priority_name(p->priority));
    case HEAP:
        return insp_number(p->heap_words);
    case STACK_WORDS:
        return insp_number(p->stack_words);
    case PARENT:
        return insp_pid(p->parent);
    case LINKS:
        return insp_number(p->link_count);
    case LEADER:
        return insp_pid(p->group_leader);
    case TRAP_EXIT:
        return insp_flag(p->trap_exit);
    case SERIAL:
        return insp_some(INSP_NUMBER, p->serial);
    case LAST_RECEIVED:
        return insp_some(INSP_NUMBER, p->last_received);
    case WAKE_AT:
        return insp_some(INSP_TIME, p->wake_at);
    case LABEL:
        return insp_hides(s, p->pid) ? insp_string(INSP_HIDDEN_TEXT) : insp_term(p->label);
    case CAVEAT:
        return insp_string(p->caveat);
    case SENSITIVE:
        return insp_flag(p->sensitive);
    case STACK:
        return stack_cell(s, p);
    }
    return insp_none();
}

static struct insp_cell procs_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct tgt_procs *procs = rows->data;
    return insp_proc_cell(rows->s, &procs->at[row], field);
}

const struct insp_table insp_table_procs = {
    .name = "procs",
    .help = "processes",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = LABEL,
    .pid_field = PID,
    .needs = TGT_CAN_LOOK,
    .open = procs_open,
    .cell = procs_cell,
};
