// Armed timers: messages of the future.
#include <stdlib.h>

#include "inspector/table_priv.h"

enum field { IN, TO, NAME, KIND, MESSAGE, REF, AT };

static const struct insp_field fields[] = {
    [IN] = {"in", "IN", INSP_TIME, 9, INSP_SHOWN, "time until it fires"},
    [TO] = {"to", "TO", INSP_PID, 11, INSP_SHOWN, "who will get it"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "registered name of the receiver"},
    [KIND] = {"kind", "KIND", INSP_TEXT, 13, INSP_SHOWN, "message, or the end of a receive after"},
    [MESSAGE] = {"message", "MESSAGE", INSP_TERM, -20, INSP_SHOWN, "what will arrive"},
    [REF] = {"ref", "REFERENCE", INSP_TERM, 24, INSP_SHOWN, "the timer"},
    [AT] = {"at", "AT", INSP_TIME, 9, INSP_HIDDEN, "the target's time when it fires"},
};

struct timers {
    struct tgt_timers list;
    uint64_t now;
};

static int by_time(const void *a, const void *b)
{
    const struct tgt_timer *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static struct wb_error *timers_open(struct insp_session *s, struct tgt_pid of,
                                    struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct timers *timers = wb_push(arena, sizeof *timers, alignof(struct timers));
    WB_TRY(tgt_list_timers(s->t, arena, &timers->list));
    wb_error_free(tgt_read_clock(s->t, &timers->now));
    if (timers->list.count > 1)
        qsort(timers->list.at, timers->list.count, sizeof *timers->list.at, by_time);
    ret->data = timers;
    ret->count = timers->list.count;
    return NULL;
}

static struct insp_cell timers_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct timers *timers = rows->data;
    const struct tgt_timer *timer = &timers->list.at[row];
    switch ((enum field)field) {
    case IN:
        return (struct insp_cell){.kind = INSP_TIME,
                                  .number = timer->at > timers->now ? timer->at - timers->now : 0};
    case TO:
        return insp_pid(timer->pid);
    case NAME:
        return timer->name.size != 0 ? insp_atom(timer->name) : insp_name_of(rows->s, timer->pid);
    case KIND:
        return insp_string(timer->term.bits != 0 ? "message" : "receive after");
    case MESSAGE:
        return insp_hides(rows->s, timer->pid) ? insp_string(INSP_HIDDEN_TEXT)
                                               : insp_term(timer->term);
    case REF:
        return insp_term(timer->ref);
    case AT:
        return (struct insp_cell){.kind = INSP_TIME, .number = timer->at};
    }
    return insp_none();
}

const struct insp_table insp_table_timers = {
    .name = "timers",
    .help = "armed timers: messages of the future",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = MESSAGE,
    .pid_field = TO,
    .needs = TGT_CAN_TIMERS,
    .open = timers_open,
    .cell = timers_cell,
};
