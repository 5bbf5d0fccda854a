// One process's queue, and the ledger: every message that was sent and not yet received.
//
// Both read only the part that is looked at: a row knows its process by the number of messages
// before it, and a window of messages around the last row asked for is kept.
#include <stdlib.h>
#include <string.h>

#include "inspector/shape.h"
#include "inspector/table_priv.h"

enum field {
    TO,
    FROM,
    SEEN,
    ID,
    POSITION,
    MESSAGE,
    SENT_AT,
    WORDS,
    CAUSE,
    AGE,
    TO_NAME,
    FROM_NAME,
    SENT_BY,
    SHAPE,
    KIND,
};

static const struct insp_field flight_fields[] = {
    [TO] = {"to", "TO", INSP_PID, 11, INSP_SHOWN, "who will receive it"},
    [FROM] = {"from", "FROM", INSP_PID, 11, INSP_SHOWN, "who sent it"},
    [SEEN] = {"seen", "SEEN", INSP_TEXT, 7, INSP_SHOWN,
              "skipped: the current receive passed it over; unseen: it has not come to it"},
    [ID] = {"id", "ID", INSP_NUMBER, 7, INSP_SHOWN, "its number, unique in the VM"},
    [POSITION] = {"position", "POS", INSP_NUMBER, 4, INSP_SHOWN, "place in the queue, from 0"},
    [MESSAGE] = {"message", "MESSAGE", INSP_TERM, -30, INSP_SHOWN, "the term"},
    [SENT_AT] = {"sent_at", "SENT AT", INSP_PLACE, 18, INSP_SHOWN, "where in the sender's code"},
    [WORDS] = {"words", "WORDS", INSP_NUMBER, 6, INSP_HIDDEN, "size of its terms"},
    [CAUSE] = {"cause", "CAUSE", INSP_NUMBER, 7, INSP_ROOMY,
               "what the sender had last received when it sent this"},
    [AGE] = {"age", "AGE", INSP_TIME, 7, INSP_ROOMY, "time since it was sent"},
    [TO_NAME] = {"to_name", "TO NAME", INSP_NAME, 14, INSP_ROOMY,
                 "registered name of the receiver"},
    [FROM_NAME] = {"from_name", "FROM NAME", INSP_NAME, 14, INSP_ROOMY,
                   "registered name of the sender"},
    [SENT_BY] = {"sent_by", "SENT BY", INSP_MFA, 24, INSP_HIDDEN, "the function that sent it"},
    [SHAPE] = {"shape", "SHAPE", INSP_TEXT, 30, INSP_HIDDEN,
               "its structure, the parts that vary as _"},
    [KIND] = {"kind", "KIND", INSP_TEXT, 8, INSP_HIDDEN, "message, or another signal"},
};

enum { WINDOW = 512 };

// Queues one after another; part i begins at row first[i].
struct flight {
    struct tgt_pid *pid;
    uint64_t *first;  // count + 1 of them
    size_t count;
    uint64_t now;
    struct wb_arena window_arena;
    struct tgt_messages window;
    size_t window_first;  // row
    uint64_t warmed;      // rows up to this one can be jumped to
    struct wb_text shape;
};

static struct flight *flight_new(struct insp_session *s, size_t most, struct wb_arena *arena)
{
    struct flight *f = calloc(1, sizeof *f);
    if (f == NULL)
        wb_die_no_memory(sizeof *f);
    f->pid = wb_push_array(arena, struct tgt_pid, most);
    f->first = wb_push_array(arena, uint64_t, most + 1);
    wb_error_free(tgt_read_clock(s->t, &f->now));
    return f;
}

static void flight_add(struct flight *f, const struct tgt_proc *p)
{
    if (p->messages == 0)
        return;
    f->pid[f->count] = p->pid;
    f->first[f->count + 1] = f->first[f->count] + p->messages;
    f->count++;
}

static struct wb_error *flight_open(struct insp_session *s, struct tgt_pid of,
                                    struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct tgt_procs procs;
    WB_TRY(insp_procs(s, &procs));
    struct flight *f = flight_new(s, procs.count + 1, arena);
    for (size_t i = 0; i < procs.count; i++)
        flight_add(f, &procs.at[i]);
    ret->data = f;
    ret->count = f->first[f->count];
    return NULL;
}

static struct wb_error *mail_open(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                                  struct insp_rows *ret)
{
    const struct tgt_proc *proc = insp_proc_find(s, of);
    if (proc == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "the process is gone");
    struct flight *f = flight_new(s, 2, arena);
    flight_add(f, proc);
    ret->data = f;
    ret->count = f->first[f->count];
    return NULL;
}

static void flight_close(struct insp_rows *rows)
{
    struct flight *f = rows->data;
    wb_arena_free(&f->window_arena);
    wb_text_free(&f->shape);
    free(f);
}

// The queue a row is in.
static size_t part_of(const struct flight *f, uint64_t row)
{
    size_t low = 0, high = f->count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (f->first[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// Long queues are walked once, a part at a time: a jump to their end costs nothing then.
static bool flight_warm(struct insp_rows *rows)
{
    enum { PART = 32768 };
    struct flight *f = rows->data;
    struct wb_arena arena = {0};
    struct tgt_messages one;
    if (f->warmed >= rows->count)
        return false;
    size_t part = part_of(f, f->warmed);
    uint64_t end = f->first[part + 1], in_queue = f->warmed - f->first[part];
    if (in_queue > 0) {
        struct tgt_range range = {in_queue, 1};
        wb_error_free(tgt_list_messages(rows->s->t, f->pid[part], range, &arena, &one));
    }
    wb_arena_free(&arena);
    f->warmed = end - f->warmed > PART ? f->warmed + PART : end;
    return f->warmed < rows->count;
}

// The window with a row in it: of its queue only, from a little before the row on.
static struct wb_error *load(struct insp_rows *rows, size_t row)
{
    struct flight *f = rows->data;
    size_t part = part_of(f, row);
    uint64_t in_queue = row - f->first[part];
    uint64_t from = in_queue > WINDOW / 8 ? in_queue - WINDOW / 8 : 0;
    bool going_on = row == f->window_first + f->window.count;
    struct tgt_range range = {going_on ? in_queue : from, WINDOW};
    wb_arena_free(&f->window_arena);
    f->window = (struct tgt_messages){0};
    WB_TRY(tgt_list_messages(rows->s->t, f->pid[part], range, &f->window_arena, &f->window));
    f->window_first = (size_t)(f->first[part] + range.first);
    return NULL;
}

static const struct tgt_message *message_at(struct insp_rows *rows, size_t row)
{
    struct flight *f = rows->data;
    bool there = row >= f->window_first && row - f->window_first < f->window.count;
    if (!there) {
        struct wb_error *err = load(rows, row);
        wb_error_free(err);
        there = err == NULL && row - f->window_first < f->window.count;
    }
    return there ? &f->window.at[row - f->window_first] : NULL;
}

static struct insp_cell shape_cell(struct insp_rows *rows, const struct tgt_message *m)
{
    struct flight *f = rows->data;
    struct wb_arena arena = {0};
    struct beam_value value;
    wb_text_cut(&f->shape, 0);
    struct wb_error *err = tgt_read_term(rows->s->t, m->term, INSP_SHAPE_LIMITS, &arena, &value);
    if (err == NULL)
        insp_shape(&value, &f->shape);
    wb_error_free(err);
    wb_arena_free(&arena);
    return insp_text(wb_text_bytes(&f->shape));
}

static struct insp_cell flight_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct flight *f = rows->data;
    const struct tgt_message *m = message_at(rows, row);
    if (m == NULL)
        return insp_none();
    switch ((enum field)field) {
    case TO:
        return insp_pid(m->to);
    case FROM:
        return insp_pid(m->sender);
    case SEEN:
        return insp_string(insp_seen_name(m->seen));
    case ID:
        return insp_some(INSP_NUMBER, m->id);
    case POSITION:
        return insp_number(m->position);
    case MESSAGE:
        return insp_hides(rows->s, m->to) ? insp_string(INSP_HIDDEN_TEXT) : insp_term(m->term);
    case SENT_AT:
        return insp_place(&m->sent_from);
    case WORDS:
        return insp_number(m->words);
    case CAUSE:
        return insp_some(INSP_NUMBER, m->cause);
    case AGE:
        if (f->now < m->time)
            return insp_none();
        return (struct insp_cell){.kind = INSP_TIME, .number = f->now - m->time};
    case TO_NAME:
        return insp_name_of(rows->s, m->to);
    case FROM_NAME:
        return insp_name_of(rows->s, m->sender);
    case SENT_BY:
        return insp_mfa(&m->sent_from.mfa);
    case SHAPE:
        return insp_hides(rows->s, m->to) ? insp_string(INSP_HIDDEN_TEXT) : shape_cell(rows, m);
    case KIND:
        return insp_string(m->kind);
    }
    return insp_none();
}

const struct insp_table insp_table_flight = {
    .name = "flight",
    .help = "every message that was sent and not yet received",
    .fields = flight_fields,
    .field_count = INSP_COUNT(flight_fields),
    .pattern_field = MESSAGE,
    .pid_field = TO,
    .needs = TGT_CAN_LOOK,
    .open = flight_open,
    .cell = flight_cell,
    .close = flight_close,
    .warm = flight_warm,
};

const struct insp_table insp_table_mail = {
    .name = "mail",
    .help = "one process's queue",
    .fields = flight_fields,
    .field_count = INSP_COUNT(flight_fields),
    .pattern_field = MESSAGE,
    .pid_field = FROM,
    .hide = 1u << TO,
    .takes_pid = true,
    .needs = TGT_CAN_LOOK,
    .open = mail_open,
    .cell = flight_cell,
    .close = flight_close,
    .warm = flight_warm,
};
