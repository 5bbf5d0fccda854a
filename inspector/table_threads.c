// The runtime's threads: schedulers with their run queues, and what each is doing.
#include "inspector/table_priv.h"

enum field {
    KIND,
    NUMBER,
    TID,
    OS_NAME,
    STATE,
    PID,
    NAME,
    PORT,
    MAX,
    HIGH,
    NORMAL,
    LOW,
    PORTS,
    REDUCTIONS,
    IN,
    NATIVE
};

static const struct insp_field fields[] = {
    [KIND] = {"kind", "THREAD", INSP_TEXT, 9, INSP_SHOWN,
              "scheduler, dirty cpu, dirty io, or other"},
    [NUMBER] = {"number", "N", INSP_NUMBER, 3, INSP_SHOWN, "its number, of its kind"},
    [TID] = {"tid", "TID", INSP_NUMBER, 7, INSP_SHOWN, "the operating system's number"},
    [OS_NAME] = {"os_name", "OS NAME", INSP_TEXT, 15, INSP_HIDDEN,
                 "its name as the operating system has it"},
    [STATE] = {"state", "STATE", INSP_TEXT, 8, INSP_SHOWN, "running, waiting or sleeping"},
    [PID] = {"pid", "RUNS", INSP_PID, 11, INSP_SHOWN, "the process it runs"},
    [NAME] = {"name", "NAME", INSP_NAME, 14, INSP_SHOWN, "registered name of that process"},
    [PORT] = {"port", "PORT", INSP_NUMBER, 5, INSP_HIDDEN, "number of the port it runs"},
    [MAX] = {"max", "MAX", INSP_NUMBER, 4, INSP_HIDDEN,
             "processes of priority max in its run queue"},
    [HIGH] = {"high", "HIGH", INSP_NUMBER, 4, INSP_HIDDEN, "of priority high"},
    [NORMAL] = {"normal", "QUEUE", INSP_NUMBER, 5, INSP_SHOWN,
                "of priority normal: those that wait for their turn"},
    [LOW] = {"low", "LOW", INSP_NUMBER, 4, INSP_HIDDEN, "of priority low"},
    [PORTS] = {"ports", "PORTS", INSP_NUMBER, 5, INSP_HIDDEN, "ports in its run queue"},
    [REDUCTIONS] = {"reductions", "REDS", INSP_NUMBER, 10, INSP_ROOMY,
                    "reductions done since it began"},
    [IN] = {"in", "IN", INSP_TEXT, -20, INSP_SHOWN, "the native function it is in"},
    [NATIVE] = {"native", "CALLED BY", INSP_TEXT, -40, INSP_HIDDEN,
                "its native frames, innermost first"},
};

struct threads {
    struct tgt_threads list;
    struct wb_text in, native;  // of the row asked for last
};

static struct wb_error *threads_open(struct insp_session *s, struct tgt_pid of,
                                     struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct threads *threads = wb_push(arena, sizeof *threads, alignof(struct threads));
    *threads = (struct threads){0};
    WB_TRY(tgt_list_threads(s->t, arena, &threads->list));
    ret->data = threads;
    ret->count = threads->list.count;
    return NULL;
}

static void threads_close(struct insp_rows *rows)
{
    struct threads *threads = rows->data;
    wb_text_free(&threads->in);
    wb_text_free(&threads->native);
}

// The innermost `most` frames.
static struct insp_cell native_cell(const struct tgt_thread *thread, size_t most,
                                    struct wb_text *text)
{
    wb_text_cut(text, 0);
    for (size_t i = 0; i < thread->frame_count && i < most; i++) {
        if (i > 0)
            wb_text_put(text, " < ");
        insp_print_native(&thread->frames[i], text);
    }
    return insp_text(wb_text_bytes(text));
}

// Queues exist where there is a scheduler.
static struct insp_cell queue_cell(const struct tgt_thread *thread, uint64_t length)
{
    return thread->number != 0 ? insp_number(length) : insp_none();
}

static struct insp_cell threads_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    struct threads *threads = rows->data;
    const struct tgt_thread *thread = &threads->list.at[row];
    switch ((enum field)field) {
    case KIND:
        return insp_string(thread->kind);
    case NUMBER:
        return insp_some(INSP_NUMBER, thread->number);
    case TID:
        return insp_some(INSP_NUMBER, (uint64_t)thread->tid);
    case OS_NAME:
        return insp_string(thread->name);
    case STATE:
        return insp_string(thread->state);
    case PID:
        return insp_pid(thread->pid);
    case NAME:
        return insp_name_of(rows->s, thread->pid);
    case PORT:
        return thread->port != UINT64_MAX ? insp_number(thread->port) : insp_none();
    case MAX:
        return queue_cell(thread, thread->runnable[0]);
    case HIGH:
        return queue_cell(thread, thread->runnable[1]);
    case NORMAL:
        return queue_cell(thread, thread->runnable[2]);
    case LOW:
        return queue_cell(thread, thread->runnable[3]);
    case PORTS:
        return queue_cell(thread, thread->runnable_ports);
    case REDUCTIONS:
        return insp_some(INSP_NUMBER, thread->reductions);
    case IN:
        return native_cell(thread, 1, &threads->in);
    case NATIVE:
        return native_cell(thread, SIZE_MAX, &threads->native);
    }
    return insp_none();
}

const struct insp_table insp_table_threads = {
    .name = "threads",
    .help = "the runtime's threads: schedulers, their run queues, what each is doing",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = PID,
    .needs = TGT_CAN_THREADS,
    .open = threads_open,
    .cell = threads_cell,
    .close = threads_close,
};
