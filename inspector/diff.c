#include "inspector/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/diff_rows.h"
#include "inspector/table_priv.h"

// Lines of text about things of which more than this many have the same words are told as one;
// of a queue so many messages are shown.
enum { FEW = 8, MOST_MESSAGES = 10 };

static const struct tgt_pid nobody = {0};

struct list {
    const struct insp_table *table;
    struct insp_fields key, compared, thing, shown;
    struct insp_rows before, after;
    struct insp_match match;
};

// What is said of one thing: "<0.9.0>", "status waiting -> running", and lines about its queue.
struct line {
    char sign;
    const char *thing, *words, *more;
};
struct lines {
    struct line *at;
    size_t count, capacity;
    size_t appeared, went, changed;
};

struct differ {
    struct insp_diff *diff;
    struct insp_out *out;
    bool alike;             // both are memory, or dumps, or core VMs: they know the same
    struct wb_arena arena;  // of one list
    struct lines lines;
};

static const char *keep(struct wb_arena *arena, const struct wb_text *text)
{
    char *copy = wb_push(arena, text->size + 1, 1);
    memcpy(copy, wb_text_string(text), text->size);
    return copy;
}

static void add_line(struct differ *d, char sign, const struct wb_text text[3])
{
    struct lines *lines = &d->lines;
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity != 0 ? 2 * lines->capacity : 64;
        struct line *grown = wb_push_array(&d->arena, struct line, capacity);
        if (lines->count > 0)
            memcpy(grown, lines->at, lines->count * sizeof *grown);
        lines->at = grown;
        lines->capacity = capacity;
    }
    lines->appeared += sign == '+';
    lines->went += sign == '-';
    lines->changed += sign == '~';
    lines->at[lines->count++] = (struct line){sign, keep(&d->arena, &text[0]),
                                              keep(&d->arena, &text[1]), keep(&d->arena, &text[2])};
}

static void leave_out(struct insp_fields *fields, const struct insp_fields *those)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < fields->count; i++) {
        bool out = false;
        for (unsigned k = 0; k < those->count; k++)
            out = out || fields->at[i] == those->at[k];
        if (!out)
            fields->at[kept++] = fields->at[i];
    }
    fields->count = kept;
}

static void add_row(struct differ *d, char sign, struct list *list, size_t row)
{
    struct wb_text text[3] = {0};
    struct insp_rows *rows = sign == '-' ? &list->before : &list->after;
    struct insp_fields rest = list->shown;
    leave_out(&rest, &list->thing);
    insp_fields_print(rows, row, &list->thing, " ", &text[0]);
    insp_fields_print(rows, row, &rest, "  ", &text[1]);
    add_line(d, sign, text);
    for (size_t i = 0; i < 3; i++)
        wb_text_free(&text[i]);
}

// ---- what changed in a row

static void print_cell(struct insp_rows *rows, size_t row, unsigned field, struct wb_text *text)
{
    struct insp_fields one = {.at = {field}, .count = 1};
    insp_fields_print(rows, row, &one, "", text);
}

static bool is_number(enum insp_kind kind)
{
    return kind == INSP_NUMBER || kind == INSP_SIZE || kind == INSP_TIME;
}

static bool same_cell(struct list *list, size_t before, size_t after, unsigned field, bool alike)
{
    struct insp_cell a = insp_cell(&list->before, before, field);
    struct insp_cell b = insp_cell(&list->after, after, field);
    // What one of them does not know is not different.
    if (!alike && (a.kind == INSP_NONE || b.kind == INSP_NONE))
        return true;
    if (is_number(a.kind) && a.kind == b.kind)
        return a.number == b.number;
    if (a.kind == INSP_NONE && b.kind == INSP_NONE)
        return true;
    struct wb_text was wb_auto_text = {0}, is wb_auto_text = {0};
    print_cell(&list->before, before, field, &was);
    print_cell(&list->after, after, field, &is);
    return wb_bytes_equal(wb_text_bytes(&was), wb_text_bytes(&is));
}

static struct insp_fields changed_fields(struct list *list, size_t before, size_t after, bool alike)
{
    struct insp_fields changed = {0};
    for (unsigned i = 0; i < list->compared.count; i++)
        if (!same_cell(list, before, after, list->compared.at[i], alike))
            changed.at[changed.count++] = list->compared.at[i];
    return changed;
}

static void print_side(struct insp_rows *rows, size_t row, unsigned field, struct wb_text *text)
{
    struct insp_cell cell = insp_cell(rows, row, field);
    size_t start = text->size;
    if (cell.kind == INSP_FLAG)
        wb_text_put(text, cell.number != 0 ? "yes" : "no");
    else if (is_number(cell.kind))
        wb_text_printf(text, "%" PRIu64, cell.number);
    else
        print_cell(rows, row, field, text);
    if (text->size == start)
        wb_text_put(text, "none");
}

// "messages 5 -> 6 (+1)"
static void print_change(struct list *list, size_t before, size_t after, unsigned field,
                         struct wb_text *text)
{
    struct insp_cell a = insp_cell(&list->before, before, field);
    struct insp_cell b = insp_cell(&list->after, after, field);
    wb_text_printf(text, "%s%s ", text->size > 0 ? "  " : "", list->table->fields[field].name);
    print_side(&list->before, before, field, text);
    wb_text_put(text, " -> ");
    print_side(&list->after, after, field, text);
    if (is_number(a.kind) && is_number(b.kind))
        wb_text_printf(text, " (%c%" PRIu64 ")", b.number < a.number ? '-' : '+',
                       b.number < a.number ? a.number - b.number : b.number - a.number);
}

static void json_sides(struct list *list, size_t before, size_t after,
                       const struct insp_fields *changed, struct wb_json *json)
{
    for (int side = 0; side < 2; side++) {
        struct insp_rows *rows = side == 0 ? &list->before : &list->after;
        wb_json_key(json, side == 0 ? "before" : "after");
        wb_json_object(json);
        for (unsigned i = 0; i < changed->count; i++) {
            unsigned field = changed->at[i];
            wb_json_key(json, list->table->fields[field].name);
            insp_cell_json(rows->s, insp_cell(rows, side == 0 ? before : after, field), json);
        }
        wb_json_end_object(json);
    }
}

static void json_fields(struct insp_rows *rows, size_t row, const struct insp_fields *fields,
                        struct wb_json *json)
{
    for (unsigned i = 0; i < fields->count; i++) {
        wb_json_key(json, rows->table->fields[fields->at[i]].name);
        insp_cell_json(rows->s, insp_cell(rows, row, fields->at[i]), json);
    }
}

// ---- queues

struct queues {
    struct insp_rows before, after;
    struct insp_match match;
    size_t arrived, went;
};

static size_t count_alone(const size_t *match, size_t count)
{
    size_t alone = 0;
    for (size_t i = 0; i < count; i++)
        alone += match[i] == INSP_NO_ROW;
    return alone;
}

static bool has_id(struct insp_rows *rows, unsigned field)
{
    return rows->count == 0 || insp_cell(rows, 0, field).kind != INSP_NONE;
}

static struct wb_error *compare_queues(struct differ *d, struct tgt_pid pid, struct wb_arena *arena,
                                       struct queues *ret)
{
    const struct insp_table *table = insp_table_at(INSP_TABLE_mail);
    struct insp_fields id = insp_fields_of(table, "id");
    // A dump does not say who sent what.
    struct insp_fields content = insp_fields_of(table, d->alike ? "from kind message" : "message");
    WB_TRY(insp_rows_open(table, d->diff->before, pid, arena, &ret->before));
    WB_TRY(insp_rows_open(table, d->diff->after, pid, arena, &ret->after));
    bool numbered = has_id(&ret->before, id.at[0]) && has_id(&ret->after, id.at[0]);
    insp_match(&ret->before, &ret->after, numbered ? &id : &content, arena, &ret->match);
    ret->went = count_alone(ret->match.before, ret->before.count);
    ret->arrived = count_alone(ret->match.after, ret->after.count);
    return NULL;
}

static void print_messages(struct insp_rows *rows, const size_t *match, char sign, size_t count,
                           struct wb_text *text)
{
    const struct insp_table *table = insp_table_at(INSP_TABLE_mail);
    const struct insp_fields message = insp_fields_of(table, "message");
    const struct insp_fields from = insp_fields_of(table, "from");
    size_t told = 0;
    for (size_t i = 0; i < rows->count && told < MOST_MESSAGES; i++) {
        if (match[i] != INSP_NO_ROW)
            continue;
        wb_text_printf(text, "    %c ", sign);
        insp_fields_print(rows, i, &message, "", text);
        size_t before = text->size;
        wb_text_put(text, "  from ");
        size_t empty = text->size;
        insp_fields_print(rows, i, &from, "", text);
        if (text->size == empty)
            wb_text_cut(text, before);
        wb_text_put_char(text, '\n');
        told++;
    }
    if (told < count)
        wb_text_printf(text, "    %c ... and %zu more\n", sign, count - told);
}

// For programs: the rows that matched none of the other side, as a list called `name`.
static void json_alone(struct insp_rows *rows, const size_t *match,
                       const struct insp_fields *fields, const char *name, struct wb_json *json)
{
    wb_json_key(json, name);
    wb_json_list(json);
    for (size_t i = 0; i < rows->count; i++) {
        if (match[i] != INSP_NO_ROW)
            continue;
        wb_json_object(json);
        json_fields(rows, i, fields, json);
        wb_json_end_object(json);
    }
    wb_json_end_list(json);
}

static void json_messages(struct queues *queues, struct wb_json *json)
{
    const struct insp_fields fields =
        insp_fields_of(insp_table_at(INSP_TABLE_mail), "from id position message kind");
    json_alone(&queues->after, queues->match.after, &fields, "arrived", json);
    json_alone(&queues->before, queues->match.before, &fields, "went", json);
}

// ---- a row that is in both

// What a row leads to: a process's queue, a table's rows.
struct inside {
    struct queues queues;
    struct insp_diff_rows rows;
};

static size_t count_inside(const struct inside *in)
{
    return in->queues.arrived + in->queues.went + in->rows.appeared + in->rows.went +
           in->rows.changed;
}

static void tell_change(struct differ *d, struct list *list, const size_t row[2],
                        const struct insp_fields *changed, struct inside *in)
{
    struct queues *queues = &in->queues;
    struct wb_json *json = &d->out->json;
    struct wb_text text[3] = {0};
    if (d->out->is_json) {
        wb_json_object(json);
        json_fields(&list->after, row[1], &list->thing, json);
        json_sides(list, row[0], row[1], changed, json);
        json_messages(queues, json);
        if (list->table == insp_table_at(INSP_TABLE_ets))
            insp_diff_rows_json(&in->rows, json);
        wb_json_end_object(json);
    } else {
        insp_fields_print(&list->after, row[1], &list->thing, " ", &text[0]);
        for (unsigned i = 0; i < changed->count; i++)
            print_change(list, row[0], row[1], changed->at[i], &text[1]);
        print_messages(&queues->after, queues->match.after, '+', queues->arrived, &text[2]);
        print_messages(&queues->before, queues->match.before, '-', queues->went, &text[2]);
        insp_diff_rows_print(&in->rows, MOST_MESSAGES, &text[2]);
    }
    add_line(d, '~', text);
    for (size_t i = 0; i < 3; i++)
        wb_text_free(&text[i]);
}

static struct wb_error *compare_row(struct differ *d, struct list *list, size_t before,
                                    size_t after)
{
    struct wb_arena arena = {0};
    struct inside in = {0};
    struct insp_fields changed = changed_fields(list, before, after, d->alike);
    struct wb_error *err = NULL;
    if (list->table == insp_table_at(INSP_TABLE_procs)) {
        unsigned field = (unsigned)list->table->pid_field;
        struct tgt_pid pid = insp_cell(&list->after, after, field).pid;
        err = compare_queues(d, pid, &arena, &in.queues);
    }
    if (list->table == insp_table_at(INSP_TABLE_ets))
        err = insp_diff_rows(d->diff->before, insp_ets_table(&list->before, before), d->diff->after,
                             insp_ets_table(&list->after, after), &arena, &in.rows);
    if (err == NULL && changed.count + count_inside(&in) > 0)
        tell_change(d, list, (size_t[2]){before, after}, &changed, &in);
    insp_rows_close(&in.queues.before);
    insp_rows_close(&in.queues.after);
    insp_diff_rows_done(&in.rows);
    wb_arena_free(&arena);
    return err;
}

// ---- a list

static struct wb_error *compare_rows(struct differ *d, struct list *list)
{
    struct wb_json *json = &d->out->json;
    for (size_t i = 0; i < list->after.count; i++)
        if (list->match.after[i] == INSP_NO_ROW)
            add_row(d, '+', list, i);
    for (size_t i = 0; i < list->before.count; i++)
        if (list->match.before[i] == INSP_NO_ROW)
            add_row(d, '-', list, i);
    if (d->out->is_json) {
        wb_json_key(json, list->table->name);
        wb_json_object(json);
        json_alone(&list->after, list->match.after, &list->shown, "appeared", json);
        json_alone(&list->before, list->match.before, &list->shown, "went", json);
        wb_json_key(json, "changed");
        wb_json_list(json);
    }
    struct wb_error *err = NULL;
    for (size_t i = 0; i < list->after.count && err == NULL; i++)
        if (list->match.after[i] != INSP_NO_ROW)
            err = compare_row(d, list, list->match.after[i], i);
    if (d->out->is_json) {
        wb_json_end_list(json);
        wb_json_end_object(json);
    }
    return err;
}

// ---- text

static int by_words(const void *a, const void *b, void *data)
{
    const struct line *line = data, *x = &line[*(const size_t *)a], *y = &line[*(const size_t *)b];
    if (x->sign != y->sign)
        return x->sign < y->sign ? -1 : 1;
    int order = strcmp(x->words, y->words);
    if (order == 0)
        order = strcmp(x->more, y->more);
    return order != 0 ? order : (x > y) - (x < y);
}

// How many lines say the same as each, at the first of them; 0 at the others.
static size_t *count_same(const struct lines *lines, struct wb_arena *arena)
{
    size_t *order = wb_push_array(arena, size_t, lines->count + 1);
    size_t *same = wb_push_array(arena, size_t, lines->count + 1);
    for (size_t i = 0; i < lines->count; i++)
        order[i] = i;
    qsort_r(order, lines->count, sizeof *order, by_words, lines->at);
    for (size_t i = 0; i < lines->count;) {
        const struct line *first = &lines->at[order[i]];
        size_t end = i + 1;
        while (end < lines->count && lines->at[order[end]].sign == first->sign &&
               strcmp(lines->at[order[end]].words, first->words) == 0 &&
               strcmp(lines->at[order[end]].more, first->more) == 0)
            end++;
        bool many = end - i > FEW;
        for (size_t k = i; k < end; k++)
            same[order[k]] = !many ? 1 : k == i ? end - i : 0;
        i = end;
    }
    return same;
}

static void print_lines(struct differ *d, const struct insp_table *table)
{
    const struct lines *lines = &d->lines;
    const size_t *same = count_same(lines, &d->arena);
    if (lines->count == 0)
        return;
    insp_out_line(d->out, "%s: %zu appeared, %zu went, %zu changed", table->name, lines->appeared,
                  lines->went, lines->changed);
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->at[i];
        const char *gap = line->thing[0] != '\0' && line->words[0] != '\0' ? "  " : "";
        if (same[i] == 0)
            continue;
        if (same[i] > 1)
            insp_out_line(d->out, "%c %zu times  %s%s%s%s", line->sign, same[i], line->words,
                          line->thing[0] != '\0' ? "  (first " : "", line->thing,
                          line->thing[0] != '\0' ? ")" : "");
        else
            insp_out_line(d->out, "%c %s%s%s", line->sign, line->thing, gap, line->words);
        wb_text_put(d->out->text, line->more);
    }
}

static const struct {
    enum insp_table_name table;
    const char *key, *compared, *thing, *shown;
} lists[] = {
#define INSP_DIFF(table, key, compared, thing, shown) \
    {INSP_TABLE_##table, key, compared, thing, shown},
#include "inspector/diffs.def"
#undef INSP_DIFF
};

static struct wb_error *compare_list(struct differ *d, size_t i)
{
    const struct insp_table *table = insp_table_at(lists[i].table);
    struct list list = {.table = table,
                        .key = insp_fields_of(table, lists[i].key),
                        .compared = insp_fields_of(table, lists[i].compared),
                        .thing = insp_fields_of(table, lists[i].thing),
                        .shown = insp_fields_of(table, lists[i].shown)};
    // What only one of them can list tells nothing of the other.
    if (!tgt_can(d->diff->before->t, table->needs) || !tgt_can(d->diff->after->t, table->needs))
        return NULL;
    const struct insp_fields reductions = insp_fields_of(table, "reductions");
    // Each kind of target has its own way to count these, and a dump knows no flags.
    const struct insp_fields counted =
        insp_fields_of(table, "trap_exit memory code literals serial");
    if (!d->alike)
        leave_out(&list.compared, &counted);
    if (!d->diff->reductions)
        leave_out(&list.compared, &reductions);
    struct wb_error *err = insp_rows_open(table, d->diff->before, nobody, &d->arena, &list.before);
    if (err == NULL)
        err = insp_rows_open(table, d->diff->after, nobody, &d->arena, &list.after);
    if (err == NULL) {
        insp_match(&list.before, &list.after, &list.key, &d->arena, &list.match);
        err = compare_rows(d, &list);
    }
    if (err == NULL && !d->out->is_json)
        print_lines(d, table);
    insp_rows_close(&list.before);
    insp_rows_close(&list.after);
    return err;
}

static void json_target(struct insp_session *s, const char *name, struct wb_json *json)
{
    const struct tgt_info *info = tgt_info(s->t);
    wb_json_key(json, name);
    wb_json_object(json);
    wb_json_key(json, "name");
    wb_json_text(json, info->name);
    wb_json_key(json, "kind");
    wb_json_text(json, info->kind);
    wb_json_end_object(json);
}

static bool same_ability(const struct insp_diff *diff, enum tgt_ability ability)
{
    return tgt_can(diff->before->t, ability) == tgt_can(diff->after->t, ability);
}

struct wb_error *insp_diff(struct insp_diff *diff, struct insp_out *out)
{
    struct wb_error *err = NULL;
    bool alike = same_ability(diff, TGT_CAN_MEMORY) && same_ability(diff, TGT_CAN_RUN);
    diff->differences = 0;
    if (out->is_json) {
        json_target(diff->before, "before", &out->json);
        json_target(diff->after, "after", &out->json);
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists && err == NULL; i++) {
        struct differ d = {.diff = diff, .out = out, .alike = alike};
        err = compare_list(&d, i);
        diff->differences += d.lines.count;
        wb_arena_free(&d.arena);
    }
    if (out->is_json) {
        wb_json_key(&out->json, "differences");
        wb_json_number(&out->json, diff->differences);
    }
    return err;
}
