#include "inspector/out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 1 };

void insp_out_init(struct insp_out *out, struct wb_text *text, bool is_json, unsigned width)
{
    *out = (struct insp_out){.text = text, .is_json = is_json, .width = width};
    out->json.text = text;
}

void insp_out_begin(struct insp_out *out, const char *command)
{
    if (!out->is_json)
        return;
    wb_json_object(&out->json);
    insp_out_number(out, "version", INSP_OUT_VERSION);
    wb_json_key(&out->json, "command");
    wb_json_text(&out->json, command);
}

void insp_out_end(struct insp_out *out, struct wb_error *err)
{
    if (!out->is_json) {
        if (err != NULL)
            wb_text_printf(out->text, "error: %s\n", err->text);
        wb_error_free(err);
        return;
    }
    if (err != NULL) {
        wb_json_key(&out->json, "error");
        wb_json_object(&out->json);
        wb_json_key(&out->json, "kind");
        wb_json_text(&out->json, wb_code_name(err->code));
        wb_json_key(&out->json, "text");
        wb_json_text(&out->json, err->text);
        wb_json_end_object(&out->json);
    }
    wb_error_free(err);
    wb_json_end_object(&out->json);
    wb_text_put_char(out->text, '\n');
}

WB_PRINTF(2, 0)
static void put_args(struct wb_text *text, const char *fmt, va_list args)
{
    char room[256];
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(room, sizeof room, fmt, args);
    if (size >= (int)sizeof room) {
        char *more = malloc((size_t)size + 1);
        if (more == NULL)
            wb_die_no_memory((size_t)size + 1);
        vsnprintf(more, (size_t)size + 1, fmt, again);
        wb_text_put(text, more);
        free(more);
    } else {
        wb_text_put(text, room);
    }
    va_end(again);
}

void insp_out_line(struct insp_out *out, const char *fmt, ...)
{
    if (out->is_json)
        return;
    va_list args;
    va_start(args, fmt);
    put_args(out->text, fmt, args);
    va_end(args);
    wb_text_put_char(out->text, '\n');
}

void insp_out_say(struct insp_out *out, const char *key, const char *fmt, ...)
{
    struct wb_text text wb_auto_text = {0};
    va_list args;
    va_start(args, fmt);
    put_args(&text, fmt, args);
    va_end(args);
    if (out->is_json) {
        wb_json_key(&out->json, key);
        wb_json_string(&out->json, wb_text_bytes(&text));
    } else {
        insp_out_line(out, "%s", wb_text_string(&text));
    }
}

void insp_out_number(struct insp_out *out, const char *key, uint64_t number)
{
    if (out->is_json) {
        wb_json_key(&out->json, key);
        wb_json_number(&out->json, number);
    } else {
        insp_out_line(out, "%s: %" PRIu64, key, number);
    }
}

// The code point at `at`, and its size in bytes; broken UTF-8 counts byte by byte.
static size_t point_at(struct wb_bytes text, size_t at, uint32_t *ret)
{
    uint8_t c = text.at[at];
    size_t size = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    *ret = c;
    if (size == 1 || at + size > text.size)
        return 1;
    uint32_t point = c & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text.at[at + i] & 0xc0) != 0x80)
            return 1;
        point = point << 6 | (text.at[at + i] & 0x3fu);
    }
    *ret = point;
    return size;
}

// Ranges that terminals draw two columns wide (Unicode, East Asian Width W and F, roughly).
size_t insp_point_columns(uint32_t point)
{
    if (point >= 0x300 && point < 0x370)
        return 0;
    bool wide = (point >= 0x1100 && point < 0x1160) || (point >= 0x2e80 && point < 0xa4d0) ||
                (point >= 0xac00 && point < 0xd7a4) || (point >= 0xf900 && point < 0xfb00) ||
                (point >= 0xfe30 && point < 0xfe70) || (point >= 0xff00 && point < 0xff61) ||
                (point >= 0x1f300 && point < 0x1f650) || (point >= 0x1f900 && point < 0x1fa00) ||
                (point >= 0x20000 && point < 0x3fffe);
    return wide ? 2 : 1;
}

size_t insp_cut(struct wb_bytes text, size_t columns)
{
    size_t at = 0, used = 0;
    while (at < text.size) {
        uint32_t point;
        size_t size = point_at(text, at, &point);
        used += insp_point_columns(point);
        if (used > columns)
            break;
        at += size;
    }
    return at;
}

size_t insp_columns(struct wb_bytes text)
{
    size_t columns = 0;
    for (size_t at = 0; at < text.size;) {
        uint32_t point;
        at += point_at(text, at, &point);
        columns += insp_point_columns(point);
    }
    return columns;
}

void insp_out_row(struct insp_out *out, const char *key, struct insp_rows *rows, size_t row)
{
    if (out->is_json) {
        wb_json_key(&out->json, key);
        insp_row_json(rows, row, &out->json);
        return;
    }
    for (unsigned i = 0; i < rows->table->field_count; i++) {
        struct wb_text text wb_auto_text = {0};
        if (rows->table->fields[i].show == INSP_ASKED)
            continue;
        struct insp_cell cell = insp_cell(rows, row, i);
        insp_cell_print(rows->s, &rows->table->fields[i], cell, 0, &text);
        if (text.size > 0)
            insp_out_line(out, "%-14s %s", rows->table->fields[i].name, wb_text_string(&text));
    }
}

// A table being laid out: texts of all cells, row by row.
struct layout {
    unsigned fields[INSP_SHOW_MAX];
    unsigned count;
    size_t width[INSP_SHOW_MAX];
    struct wb_text text;
    size_t *ends;  // of each cell in text
    size_t cells;
};

static void choose_fields(const struct insp_query *query, struct layout *l)
{
    const struct insp_table *table = query->table;
    for (unsigned i = 0; i < query->show_count; i++)
        l->fields[l->count++] = query->show[i];
    for (unsigned i = 0; query->show_count == 0 && i < table->field_count; i++)
        if (insp_field_shown(table, i) && l->count < INSP_SHOW_MAX)
            l->fields[l->count++] = i;
}

static struct wb_bytes cell_text(const struct layout *l, size_t cell)
{
    size_t start = cell > 0 ? l->ends[cell - 1] : 0;
    return (struct wb_bytes){(const uint8_t *)wb_text_string(&l->text) + start,
                             l->ends[cell] - start};
}

static void lay_out_row(struct layout *l, struct insp_rows *rows, size_t row, size_t most)
{
    for (unsigned i = 0; i < l->count; i++) {
        struct insp_cell cell = insp_cell(rows, row, l->fields[i]);
        insp_cell_print(rows->s, insp_field_at(rows->table, l->fields[i]), cell, most, &l->text);
        l->ends[l->cells] = l->text.size;
        size_t columns = insp_columns(cell_text(l, l->cells));
        if (columns > l->width[i])
            l->width[i] = columns;
        l->cells++;
    }
}

static bool right_aligned(const struct insp_field *field)
{
    return field->kind == INSP_NUMBER || field->kind == INSP_SIZE || field->kind == INSP_TIME;
}

static void put_cell(struct wb_text *line, struct wb_bytes cell, size_t width, bool right)
{
    size_t columns = insp_columns(cell);
    size_t pad = width > columns ? width - columns : 0;
    for (size_t i = 0; right && i < pad; i++)
        wb_text_put_char(line, ' ');
    wb_text_put_bytes(line, cell.at, cell.size);
    for (size_t i = 0; !right && i < pad; i++)
        wb_text_put_char(line, ' ');
}

static void put_line(struct insp_out *out, struct wb_text *line)
{
    while (line->size > 0 && line->at[line->size - 1] == ' ')
        wb_text_cut(line, line->size - 1);
    if (out->width > 0)
        wb_text_cut(line, insp_cut(wb_text_bytes(line), out->width));
    insp_out_line(out, "%s", wb_text_string(line));
    wb_text_cut(line, 0);
}

static void print_layout(struct insp_out *out, const struct insp_table *table, struct layout *l)
{
    struct wb_text line wb_auto_text = {0};
    for (unsigned i = 0; i < l->count; i++) {
        const struct insp_field *field = insp_field_at(table, l->fields[i]);
        struct wb_text title wb_auto_text = {0};
        insp_field_title(table, l->fields[i], &title);
        size_t columns = insp_columns(wb_text_bytes(&title));
        if (columns > l->width[i])
            l->width[i] = columns;
        put_cell(&line, wb_text_bytes(&title), l->width[i] + (right_aligned(field) ? 0 : GAP),
                 right_aligned(field));
        if (right_aligned(field))
            wb_text_put_char(&line, ' ');
    }
    put_line(out, &line);
    for (size_t cell = 0; cell < l->cells; cell++) {
        unsigned i = (unsigned)(cell % l->count);
        bool right = right_aligned(insp_field_at(table, l->fields[i]));
        put_cell(&line, cell_text(l, cell), l->width[i] + (right ? 0 : GAP), right);
        if (right)
            wb_text_put_char(&line, ' ');
        if (i + 1 == l->count)
            put_line(out, &line);
    }
}

static void print_rows(struct insp_out *out, const struct insp_query *query, struct insp_rows *rows,
                       const struct insp_result *result)
{
    struct layout l = {0};
    choose_fields(query, &l);
    size_t count = result->count < rows->s->set.rows ? result->count : rows->s->set.rows;
    l.ends = calloc(count * l.count + 1, sizeof *l.ends);
    if (l.ends == NULL)
        wb_die_no_memory(count * l.count * sizeof *l.ends);
    for (size_t i = 0; i < count; i++)
        lay_out_row(&l, rows, insp_result_row(result, i), out->width > 0 ? out->width : 200);
    print_layout(out, query->table, &l);
    if (count < result->count)
        insp_out_line(out, "... and %zu more (set rows N shows more)", result->count - count);
    free(l.ends);
    wb_text_free(&l.text);
}

static void print_groups(struct insp_out *out, const struct insp_query *query,
                         const struct insp_result *result)
{
    struct wb_text line wb_auto_text = {0};
    wb_text_put(&line, "   COUNT ");
    for (unsigned i = 0; i < query->by_count; i++) {
        const struct insp_by *by = &query->by[i];
        wb_text_put(&line, i > 0 ? "  " : "");
        if (!by->is_var)
            insp_field_title(query->table, by->field, &line);
        else
            wb_text_put_bytes(&line, query->pattern->vars[by->var].at,
                              query->pattern->vars[by->var].size);
    }
    put_line(out, &line);
    for (size_t i = 0; i < result->group_count; i++) {
        const struct insp_group *group = &result->groups[i];
        wb_text_printf(&line, "%8" PRIu64 " %.*s", group->count, (int)group->key.size,
                       (const char *)group->key.at);
        put_line(out, &line);
    }
}

// All fields, or those the query wants shown.
static void json_row(const struct insp_query *query, struct insp_rows *rows, size_t row,
                     struct wb_json *json)
{
    if (query->show_count == 0) {
        insp_row_json(rows, row, json);
        return;
    }
    wb_json_object(json);
    for (unsigned i = 0; i < query->show_count; i++) {
        struct wb_text name wb_auto_text = {0};
        insp_field_name(rows->table, query->show[i], &name);
        wb_json_key(json, wb_text_string(&name));
        insp_cell_json(rows->s, insp_cell(rows, row, query->show[i]), json);
    }
    wb_json_end_object(json);
}

static void json_result(struct insp_out *out, const struct insp_query *query,
                        struct insp_rows *rows, const struct insp_result *result)
{
    struct wb_json *json = &out->json;
    wb_json_key(json, query->by_count > 0 ? "groups" : query->table->name);
    wb_json_list(json);
    for (size_t i = 0; query->by_count == 0 && i < result->count; i++)
        json_row(query, rows, insp_result_row(result, i), json);
    for (size_t i = 0; query->by_count > 0 && i < result->group_count; i++) {
        wb_json_object(json);
        wb_json_key(json, "key");
        wb_json_string(json, result->groups[i].key);
        wb_json_key(json, "count");
        wb_json_number(json, result->groups[i].count);
        wb_json_end_object(json);
    }
    wb_json_end_list(json);
}

void insp_out_result(struct insp_out *out, const struct insp_query *query, struct insp_rows *rows,
                     const struct insp_result *result)
{
    if (out->is_json)
        json_result(out, query, rows, result);
    else if (query->by_count > 0)
        print_groups(out, query, result);
    else
        print_rows(out, query, rows, result);
}
