#include "inspector/diff_rows.h"

#include <string.h>

#include "inspector/table_priv.h"

// Tables with more rows than this are not compared; of each kind of difference so many are told to
// programs.
enum { MOST_ROWS = 200000, MOST_TOLD = 1000 };

// The rows of one table of one target, as rows of their own kind of table.
enum field { KEY, ROW };

static const struct insp_field fields[] = {
    [KEY] = {"key", "KEY", INSP_VALUE, 20, INSP_SHOWN, "what the row is found by"},
    [ROW] = {"row", "ROW", INSP_TERM, -40, INSP_SHOWN, "the row"},
};

struct listed {
    struct tgt_terms list;
    uint32_t key;
    struct wb_arena arena;  // of the key asked for last
    struct beam_value value;
};

static struct insp_cell key_cell(struct insp_rows *rows, size_t row)
{
    struct listed *listed = rows->data;
    wb_arena_free(&listed->arena);
    struct wb_error *err = tgt_read_term(rows->s->t, listed->list.at[row], insp_limits(rows->s),
                                         &listed->arena, &listed->value);
    const struct beam_value *value = &listed->value;
    bool found = err == NULL && value->kind == BEAM_TUPLE && listed->key > 0 &&
                 listed->key <= value->part.count;
    wb_error_free(err);
    if (!found)
        return insp_none();
    return insp_value(&value->part.at[listed->key - 1]);
}

static struct insp_cell row_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct listed *listed = rows->data;
    return field == KEY ? key_cell(rows, row) : insp_term(listed->list.at[row]);
}

static void row_close(struct insp_rows *rows)
{
    struct listed *listed = rows->data;
    wb_arena_free(&listed->arena);
}

static const struct insp_table row_table = {
    .name = "rows",
    .help = "rows of a table",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = ROW,
    .pid_field = -1,
    .needs = TGT_CAN_ROWS,
    .cell = row_cell,
    .close = row_close,
};

static struct wb_error *open_rows(struct insp_session *s, const struct tgt_table *table,
                                  struct wb_arena *arena, struct insp_rows *ret)
{
    struct tgt_terms list;
    WB_TRY(tgt_list_rows(s->t, table->id, arena, &list));
    struct listed *listed = wb_push(arena, sizeof *listed, alignof(struct listed));
    listed->list = list;
    listed->key = table->key;
    *ret = (struct insp_rows){.table = &row_table, .s = s, .count = list.count, .data = listed};
    return NULL;
}

static struct insp_fields only(enum field field)
{
    return (struct insp_fields){.at = {field}, .count = 1};
}

// The row before that one after has taken the place of; INSP_NO_ROW.
static size_t was(const struct insp_diff_rows *d, size_t after)
{
    size_t row = d->same.after[after] == INSP_NO_ROW ? d->keyed.after[after] : INSP_NO_ROW;
    return row != INSP_NO_ROW && d->same.before[row] == INSP_NO_ROW ? row : INSP_NO_ROW;
}

static bool is_new(const struct insp_diff_rows *d, size_t after)
{
    return d->same.after[after] == INSP_NO_ROW && was(d, after) == INSP_NO_ROW;
}

static bool is_gone(const struct insp_diff_rows *d, size_t before)
{
    if (d->same.before[before] != INSP_NO_ROW)
        return false;
    size_t row = d->keyed.before[before];
    return row == INSP_NO_ROW || d->same.after[row] != INSP_NO_ROW;
}

static void no_match(struct insp_diff_rows *d, struct wb_arena *arena)
{
    size_t a = (d->before.count + 1) * sizeof(size_t), b = (d->after.count + 1) * sizeof(size_t);
    d->keyed.before = wb_push_array(arena, size_t, d->before.count + 1);
    d->keyed.after = wb_push_array(arena, size_t, d->after.count + 1);
    memset(d->keyed.before, 0xff, a);
    memset(d->keyed.after, 0xff, b);
}

static void compare(struct insp_diff_rows *d, bool is_set, struct wb_arena *arena)
{
    const struct insp_fields row = only(ROW), key = only(KEY);
    insp_match(&d->before, &d->after, &row, arena, &d->same);
    if (is_set)
        insp_match(&d->before, &d->after, &key, arena, &d->keyed);
    else
        no_match(d, arena);
    for (size_t i = 0; i < d->after.count; i++) {
        d->appeared += is_new(d, i);
        d->changed += was(d, i) != INSP_NO_ROW;
    }
    for (size_t i = 0; i < d->before.count; i++)
        d->went += is_gone(d, i);
}

struct wb_error *insp_diff_rows(struct insp_session *before, const struct tgt_table *of_before,
                                struct insp_session *after, const struct tgt_table *of_after,
                                struct wb_arena *arena, struct insp_diff_rows *ret)
{
    struct insp_diff_rows d = {0};
    bool can = tgt_can(before->t, TGT_CAN_ROWS) && tgt_can(after->t, TGT_CAN_ROWS);
    bool hidden = insp_hides(before, of_before->owner) || insp_hides(after, of_after->owner);
    d.too_many = can && !hidden && (of_before->size > MOST_ROWS || of_after->size > MOST_ROWS);
    *ret = d;
    if (!can || hidden || d.too_many)
        return NULL;
    bool is_set = strstr(of_after->type, "set") != NULL && of_after->key > 0 && of_before->key > 0;
    struct wb_error *err = open_rows(before, of_before, arena, &d.before);
    if (err == NULL)
        err = open_rows(after, of_after, arena, &d.after);
    if (err == NULL)
        compare(&d, is_set, arena);
    *ret = d;
    return err;
}

void insp_diff_rows_done(struct insp_diff_rows *rows)
{
    insp_rows_close(&rows->before);
    insp_rows_close(&rows->after);
}

static void print_row(struct insp_rows *rows, size_t row, struct wb_text *text)
{
    const struct insp_fields field = only(ROW);
    insp_fields_print(rows, row, &field, "", text);
}

static void print_rest(char sign, size_t told, size_t count, struct wb_text *text)
{
    if (told < count)
        wb_text_printf(text, "    %c ... and %zu more\n", sign, count - told);
}

static void print_alone(struct insp_diff_rows *d, bool after, size_t most, struct wb_text *text)
{
    struct insp_rows *rows = after ? &d->after : &d->before;
    size_t count = after ? d->appeared : d->went, told = 0;
    for (size_t i = 0; i < rows->count && told < most && told < count; i++) {
        if (after ? !is_new(d, i) : !is_gone(d, i))
            continue;
        wb_text_printf(text, "    %c ", after ? '+' : '-');
        print_row(rows, i, text);
        wb_text_put_char(text, '\n');
        told++;
    }
    print_rest(after ? '+' : '-', told, count, text);
}

void insp_diff_rows_print(struct insp_diff_rows *rows, size_t most, struct wb_text *text)
{
    size_t told = 0;
    print_alone(rows, true, most, text);
    print_alone(rows, false, most, text);
    for (size_t i = 0; i < rows->after.count && told < most && told < rows->changed; i++) {
        size_t before = was(rows, i);
        if (before == INSP_NO_ROW)
            continue;
        wb_text_put(text, "    ~ ");
        print_row(&rows->before, before, text);
        wb_text_put(text, " -> ");
        print_row(&rows->after, i, text);
        wb_text_put_char(text, '\n');
        told++;
    }
    print_rest('~', told, rows->changed, text);
    if (rows->too_many)
        wb_text_printf(text, "    its rows were not compared: more than %d\n", MOST_ROWS);
}

static void json_row(const char *key, struct insp_rows *rows, size_t row, struct wb_json *json)
{
    wb_json_key(json, key);
    insp_cell_json(rows->s, insp_cell(rows, row, ROW), json);
}

static void json_alone(struct insp_diff_rows *d, bool after, struct wb_json *json)
{
    struct insp_rows *rows = after ? &d->after : &d->before;
    size_t told = 0;
    wb_json_key(json, after ? "appeared" : "went");
    wb_json_list(json);
    for (size_t i = 0; i < rows->count && told < MOST_TOLD; i++) {
        if (after ? !is_new(d, i) : !is_gone(d, i))
            continue;
        wb_json_object(json);
        json_row("row", rows, i, json);
        wb_json_end_object(json);
        told++;
    }
    wb_json_end_list(json);
}

void insp_diff_rows_json(struct insp_diff_rows *rows, struct wb_json *json)
{
    size_t told = 0;
    wb_json_key(json, "rows");
    wb_json_object(json);
    wb_json_key(json, "compared");
    wb_json_bool(json, !rows->too_many);
    wb_json_key(json, "differences");
    wb_json_number(json, rows->appeared + rows->went + rows->changed);
    json_alone(rows, true, json);
    json_alone(rows, false, json);
    wb_json_key(json, "changed");
    wb_json_list(json);
    for (size_t i = 0; i < rows->after.count && told < MOST_TOLD; i++) {
        size_t before = was(rows, i);
        if (before == INSP_NO_ROW)
            continue;
        wb_json_object(json);
        json_row("before", &rows->before, before, json);
        json_row("after", &rows->after, i, json);
        wb_json_end_object(json);
        told++;
    }
    wb_json_end_list(json);
    wb_json_end_object(json);
}
