// Jams: who holds others up, and what it does.
#include "inspector/jam.h"
#include "inspector/table_priv.h"

enum field {
    KIND,
    CULPRIT,
    NAME,
    WAITING,
    CURRENT,
    AT,
    MESSAGES,
    SCANNED,
    FIRST,
    FIRST_NAME,
    CYCLE,
    BY,
    VERDICT,
};

static const struct insp_field fields[] = {
    [KIND] = {"kind", "KIND", INSP_TEXT, 9, INSP_SHOWN,
              "cycle, suspended, nif, skipping, running, receiving, busy, half-way, idle"},
    [CULPRIT] = {"culprit", "CULPRIT", INSP_PID, 11, INSP_SHOWN,
                 "who holds the others up; in a cycle, the first of its processes"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [WAITING] = {"waiting", "WAITING", INSP_NUMBER, 7, INSP_SHOWN,
                 "how many it holds up, directly or through others"},
    [CURRENT] = {"current", "CURRENT", INSP_MFA, -20, INSP_SHOWN, "the function it is in"},
    [AT] = {"at", "AT", INSP_PLACE, 18, INSP_SHOWN, "file and line of it"},
    [MESSAGES] = {"messages", "MSGS", INSP_NUMBER, 8, INSP_SHOWN, "messages in its queue"},
    [SCANNED] = {"scanned", "SCANNED", INSP_NUMBER, 8, INSP_ROOMY,
                 "messages its receive has looked at, none of which matched"},
    [FIRST] = {"first", "FIRST", INSP_PID, 11, INSP_ROOMY, "one who waits for it directly"},
    [FIRST_NAME] = {"first_name", "FIRST NAME", INSP_NAME, 16, INSP_ROOMY, "its registered name"},
    [CYCLE] = {"cycle", "CYCLE", INSP_NUMBER, 5, INSP_HIDDEN, "processes in the cycle"},
    [BY] = {"suspended_by", "SUSPENDED BY", INSP_PID, 12, INSP_HIDDEN, "who suspended it"},
    [VERDICT] = {"verdict", "VERDICT", INSP_TEXT, 40, INSP_HIDDEN, "the same as a sentence"},
};

static struct wb_error *jams_open(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                                  struct insp_rows *ret)
{
    (void)of;
    struct insp_jams *jams = wb_push(arena, sizeof *jams, alignof(struct insp_jams));
    WB_TRY(insp_jams_read(s, arena, jams));
    ret->data = jams;
    ret->count = jams->count;
    return NULL;
}

static struct insp_cell verdict_cell(struct insp_session *s, const struct insp_jams *jams,
                                     const struct insp_jam *jam)
{
    wb_text_cut(&s->scratch, 0);
    insp_jam_verdict(s, jams, jam, &s->scratch);
    return insp_text(wb_text_bytes(&s->scratch));
}

static struct insp_cell jams_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct insp_jams *jams = rows->data;
    const struct insp_jam *jam = &jams->at[row];
    const struct tgt_procs *procs = &jams->waits.procs;
    const struct tgt_proc *p = &procs->at[jam->culprit];
    switch ((enum field)field) {
    case KIND:
        return insp_string(insp_jam_name(jam->kind));
    case CULPRIT:
        return insp_pid(p->pid);
    case NAME:
        return insp_atom(p->name);
    case WAITING:
        return insp_number(jam->waiting);
    case CURRENT:
        return insp_mfa(&p->current->mfa);
    case AT:
        return insp_place(p->current);
    case MESSAGES:
        return insp_number(p->messages);
    case SCANNED:
        return insp_some(INSP_NUMBER, jam->scanned);
    case FIRST:
        return jam->first < procs->count ? insp_pid(procs->at[jam->first].pid) : insp_none();
    case FIRST_NAME:
        return jam->first < procs->count ? insp_atom(procs->at[jam->first].name) : insp_none();
    case CYCLE:
        return insp_some(INSP_NUMBER, jam->cycle);
    case BY:
        return insp_pid(jam->by);
    case VERDICT:
        return verdict_cell(rows->s, jams, jam);
    }
    return insp_none();
}

const struct insp_table insp_table_jams = {
    .name = "jams",
    .help = "who holds others up, and what it does",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = CULPRIT,
    .needs = TGT_CAN_LOOK,
    .open = jams_open,
    .cell = jams_cell,
};
