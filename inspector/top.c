#include "inspector/top.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/print.h"
#include "inspector/out.h"
#include "inspector/session.h"
#include "inspector/table.h"

const struct insp_top_column insp_top_columns[INSP_TOP_FIELD_COUNT] = {
#define INSP_TOP_FIELD(name, key, title, width, help) \
    [INSP_TOP_##name] = {(key), (title), (width), (help)},
#include "inspector/top_fields.def"
#undef INSP_TOP_FIELD
};

void insp_top_init(struct insp_top *top)
{
    *top = (struct insp_top){.sort = INSP_TOP_REDUCTIONS};
}

void insp_top_done(struct insp_top *top)
{
    wb_arena_free(&top->arena[0]);
    wb_arena_free(&top->arena[1]);
    *top = (struct insp_top){0};
}

struct wb_arena *insp_top_arena(struct insp_top *top)
{
    struct wb_arena *arena = &top->arena[top->samples % 2];
    wb_arena_free(arena);
    return arena;
}

static const struct tgt_sample *newest(const struct insp_top *top)
{
    return &top->sample[(top->samples + 1) % 2];
}

static uint64_t in_a_second(uint64_t count, double seconds)
{
    return seconds > 0 ? (uint64_t)((double)count / seconds + 0.5) : 0;
}

// Of a process that was not there before, all it has done was done since.
static struct insp_top_row row_of(const struct tgt_proc *proc, const struct tgt_proc *before,
                                  double seconds)
{
    static const struct tgt_proc none;
    struct insp_top_row row = {.proc = proc};
    const struct tgt_proc *was = before != NULL ? before : &none;
    // Fewer than before: one of the two was read while it changed.
    if (proc->reductions > was->reductions)
        row.reductions = in_a_second(proc->reductions - was->reductions, seconds);
    if (proc->messages >= was->messages)
        row.growth = (int64_t)in_a_second(proc->messages - was->messages, seconds);
    else
        row.growth = -(int64_t)in_a_second(was->messages - proc->messages, seconds);
    return row;
}

// Both samples are sorted by pid.
static const struct tgt_proc *find_before(const struct tgt_procs *procs, size_t *at,
                                          struct tgt_pid pid)
{
    while (*at < procs->count && procs->at[*at].pid.id < pid.id)
        ++*at;
    return *at < procs->count && procs->at[*at].pid.id == pid.id ? &procs->at[*at] : NULL;
}

static void add_row(struct insp_top *top, struct insp_top_row row)
{
    top->row[top->count++] = row;
    top->reductions += row.reductions;
    top->messages += row.proc->messages;
    top->status[row.proc->status]++;
}

void insp_top_add(struct insp_top *top, const struct tgt_sample *sample)
{
    size_t now = top->samples % 2, at = 0;
    static const struct tgt_sample none;
    const struct tgt_sample *before = top->samples > 0 ? newest(top) : &none;
    top->sample[now] = *sample;
    top->seconds = top->samples > 0 ? (double)(sample->time - before->time) / 1e9 : 0;
    top->row = wb_push_array(&top->arena[now], struct insp_top_row, sample->procs.count);
    top->count = 0;
    top->reductions = top->messages = 0;
    memset(top->status, 0, sizeof top->status);
    for (size_t i = 0; i < sample->procs.count; i++) {
        const struct tgt_proc *proc = &sample->procs.at[i];
        add_row(top, row_of(proc, find_before(&before->procs, &at, proc->pid), top->seconds));
    }
    top->samples++;
    insp_top_sort(top, top->sort, top->reversed);
}

enum insp_top_field insp_top_field_of(const char *key)
{
    size_t i = 0;
    while (i < INSP_TOP_FIELD_COUNT && strcmp(insp_top_columns[i].key, key) != 0)
        i++;
    return (enum insp_top_field)i;
}

static int more_first(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int order_bytes(struct wb_bytes a, struct wb_bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.at, b.at, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int order_mfas(const struct tgt_mfa *a, const struct tgt_mfa *b)
{
    int order = order_bytes(a->module, b->module);
    return order != 0 ? order : order_bytes(a->function, b->function);
}

// Registered names first.
static int order_names(const struct tgt_proc *a, const struct tgt_proc *b)
{
    if ((a->name.size > 0) != (b->name.size > 0))
        return a->name.size > 0 ? -1 : 1;
    return a->name.size > 0 ? order_bytes(a->name, b->name) : order_mfas(a->initial, b->initial);
}

static int order_by(enum insp_top_field field, const struct insp_top_row *a,
                    const struct insp_top_row *b)
{
    switch (field) {
    case INSP_TOP_PID:
        return (a->proc->pid.id > b->proc->pid.id) - (a->proc->pid.id < b->proc->pid.id);
    case INSP_TOP_NAME:
        return order_names(a->proc, b->proc);
    case INSP_TOP_STATUS:
        return strcmp(tgt_status_name(a->proc->status), tgt_status_name(b->proc->status));
    case INSP_TOP_REDUCTIONS:
        return more_first(a->reductions, b->reductions);
    case INSP_TOP_MESSAGES:
        return more_first(a->proc->messages, b->proc->messages);
    case INSP_TOP_GROWTH:
        return (a->growth < b->growth) - (a->growth > b->growth);
    case INSP_TOP_MEMORY:
        return more_first(a->proc->memory, b->proc->memory);
    case INSP_TOP_CURRENT:
        return order_mfas(&a->proc->current->mfa, &b->proc->current->mfa);
    case INSP_TOP_FIELD_COUNT:
        break;
    }
    return 0;
}

static int compare(const void *a, const void *b, void *data)
{
    const struct insp_top *top = data;
    int order = order_by(top->sort, a, b);
    if (order == 0)
        return order_by(INSP_TOP_PID, a, b);
    return top->reversed ? -order : order;
}

void insp_top_sort(struct insp_top *top, enum insp_top_field field, bool reversed)
{
    top->sort = field;
    top->reversed = reversed;
    if (top->count > 1)
        qsort_r(top->row, top->count, sizeof *top->row, compare, top);
}

void insp_top_head(const struct insp_top *top, const char *release, struct wb_text *text)
{
    const struct tgt_sample *sample = newest(top);
    wb_text_printf(text, "%s: %zu processes, %" PRIu64 " running, %" PRIu64 " in run queues; ",
                   release, top->count, top->status[TGT_RUNNING] + top->status[TGT_COLLECTING],
                   top->status[TGT_RUNNABLE]);
    wb_text_printf(text, "%" PRIu64 " reductions/s, %" PRIu64 " messages queued, ", top->reductions,
                   top->messages);
    insp_print_size(sample->resident, text);
    if (sample->dropped > 0)
        wb_text_printf(text, ", %zu left out", sample->dropped);
}

static void print_pid(struct tgt_pid pid, struct wb_text *text)
{
    wb_text_printf(text, "<0.%" PRIu32 ".%" PRIu32 ">", tgt_pid_number(pid), tgt_pid_serial(pid));
}

void insp_top_cell(const struct insp_top_row *row, enum insp_top_field field, struct wb_text *text)
{
    const struct tgt_proc *proc = row->proc;
    switch (field) {
    case INSP_TOP_PID:
        print_pid(proc->pid, text);
        return;
    case INSP_TOP_NAME:
        if (proc->name.size > 0)
            beam_print_atom(proc->name, text);
        else
            insp_print_mfa(proc->initial, text);
        return;
    case INSP_TOP_STATUS:
        wb_text_put(text, tgt_status_name(proc->status));
        return;
    case INSP_TOP_REDUCTIONS:
        wb_text_printf(text, "%" PRIu64, row->reductions);
        return;
    case INSP_TOP_MESSAGES:
        wb_text_printf(text, "%" PRIu64, proc->messages);
        return;
    case INSP_TOP_GROWTH:
        if (row->growth != 0)
            wb_text_printf(text, "%+" PRId64, row->growth);
        return;
    case INSP_TOP_MEMORY:
        insp_print_size(proc->memory, text);
        return;
    case INSP_TOP_CURRENT:
        if (proc->current->mfa.module.size > 0)
            insp_print_mfa(&proc->current->mfa, text);
        return;
    case INSP_TOP_FIELD_COUNT:
        return;
    }
}

static size_t rows_shown(const struct insp_top *top, size_t most)
{
    return most == 0 || top->count < most ? top->count : most;
}

// A cell in its column, blanks before numbers and behind texts.
static void put_cell(int width, struct wb_bytes cell, struct wb_text *text)
{
    size_t columns = insp_columns(cell), room = (size_t)abs(width);
    if (width != 0 && columns > room)
        cell.size = insp_cut(cell, room);
    for (size_t i = columns; width < 0 && i < room; i++)
        wb_text_put_char(text, ' ');
    wb_text_put_bytes(text, cell.at, cell.size);
    for (size_t i = columns; width > 0 && i < room; i++)
        wb_text_put_char(text, ' ');
}

void insp_top_text(const struct insp_top *top, const char *release, size_t most,
                   struct wb_text *text)
{
    insp_top_head(top, release, text);
    wb_text_put_char(text, '\n');
    for (size_t f = 0; f < INSP_TOP_FIELD_COUNT; f++) {
        wb_text_put(text, f > 0 ? " " : "");
        put_cell(insp_top_columns[f].width, wb_bytes_of(insp_top_columns[f].title), text);
    }
    wb_text_put_char(text, '\n');
    for (size_t i = 0; i < rows_shown(top, most); i++) {
        for (size_t f = 0; f < INSP_TOP_FIELD_COUNT; f++) {
            struct wb_text cell wb_auto_text = {0};
            insp_top_cell(&top->row[i], (enum insp_top_field)f, &cell);
            wb_text_put(text, f > 0 ? " " : "");
            put_cell(insp_top_columns[f].width, wb_text_bytes(&cell), text);
        }
        wb_text_put_char(text, '\n');
    }
}

static void json_cell(const struct insp_top_row *row, enum insp_top_field field,
                      struct wb_json *json)
{
    struct wb_text text wb_auto_text = {0};
    insp_top_cell(row, field, &text);
    wb_json_key(json, insp_top_columns[field].key);
    wb_json_text(json, wb_text_string(&text));
}

static void json_row(const struct insp_top_row *row, struct wb_json *json)
{
    wb_json_object(json);
    json_cell(row, INSP_TOP_PID, json);
    wb_json_key(json, "name");
    if (row->proc->name.size > 0)
        wb_json_string(json, row->proc->name);
    else
        wb_json_null(json);
    json_cell(row, INSP_TOP_STATUS, json);
    wb_json_key(json, "reductions_per_second");
    wb_json_number(json, row->reductions);
    wb_json_key(json, "messages");
    wb_json_number(json, row->proc->messages);
    wb_json_key(json, "messages_per_second");
    wb_json_integer(json, row->growth);
    wb_json_key(json, "memory");
    wb_json_number(json, row->proc->memory);
    json_cell(row, INSP_TOP_CURRENT, json);
    wb_json_end_object(json);
}

static void json_total(const char *key, uint64_t number, struct wb_json *json)
{
    wb_json_key(json, key);
    wb_json_number(json, number);
}

void insp_top_json(const struct insp_top *top, const char *release, size_t most,
                   struct wb_json *json)
{
    wb_json_object(json);
    json_total("version", INSP_OUT_VERSION, json);
    wb_json_key(json, "command");
    wb_json_text(json, "top");
    wb_json_key(json, "release");
    wb_json_text(json, release);
    json_total("milliseconds", (uint64_t)(top->seconds * 1e3 + 0.5), json);
    json_total("processes", top->count, json);
    json_total("left_out", newest(top)->dropped, json);
    json_total("running", top->status[TGT_RUNNING] + top->status[TGT_COLLECTING], json);
    json_total("in_run_queues", top->status[TGT_RUNNABLE], json);
    json_total("messages", top->messages, json);
    json_total("reductions_per_second", top->reductions, json);
    json_total("memory", newest(top)->resident, json);
    wb_json_key(json, "rows");
    wb_json_list(json);
    for (size_t i = 0; i < rows_shown(top, most); i++)
        json_row(&top->row[i], json);
    wb_json_end_list(json);
    wb_json_end_object(json);
}
