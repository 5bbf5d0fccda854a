#include "inspector/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspector/shape.h"
#include "inspector/table_priv.h"

const struct insp_table *insp_table_at(enum insp_table_name name)
{
    static const struct insp_table *const tables[INSP_TABLE_COUNT] = {
#define INSP_TABLE(name) [INSP_TABLE_##name] = &insp_table_##name,
#include "inspector/tables.def"
#undef INSP_TABLE
    };
    return tables[name];
}

const struct insp_table *insp_table_find(struct wb_bytes name)
{
    const struct insp_table *found = NULL;
    for (int i = 0; i < INSP_TABLE_COUNT; i++) {
        const struct insp_table *table = insp_table_at((enum insp_table_name)i);
        if (strncmp(table->name, (const char *)name.at, name.size) != 0 || name.size == 0)
            continue;
        if (table->name[name.size] == '\0')
            return table;
        if (found != NULL)
            return NULL;
        found = table;
    }
    return found;
}

bool insp_field_shown(const struct insp_table *table, unsigned field)
{
    return table->fields[field].show == INSP_SHOWN && (table->hide >> field & 1) == 0;
}

int insp_field_find(const struct insp_table *table, struct wb_bytes name)
{
    for (unsigned i = 0; i < table->field_count; i++)
        if (wb_bytes_equal(wb_bytes_of(table->fields[i].name), name))
            return (int)i;
    return -1;
}

int64_t insp_field_then(const struct insp_table *table, unsigned field, struct wb_bytes name)
{
    unsigned shift = 8;
    while (shift < 8 * INSP_WAY_MOST && field >> shift != 0)
        shift += 8;
    int then = insp_field_find(&insp_table_procs, name);
    if (then < 0 || shift == 8 * INSP_WAY_MOST || insp_field_at(table, field)->kind != INSP_PID)
        return -1;
    return (int64_t)field | (int64_t)(then + 1) << shift;
}

const struct insp_field *insp_field_at(const struct insp_table *table, unsigned field)
{
    const struct insp_field *at = &table->fields[field & 0xff];
    for (unsigned rest = field >> 8; rest != 0; rest >>= 8)
        at = &insp_table_procs.fields[(rest & 0xff) - 1];
    return at;
}

void insp_field_name(const struct insp_table *table, unsigned field, struct wb_text *text)
{
    wb_text_put(text, table->fields[field & 0xff].name);
    for (unsigned rest = field >> 8; rest != 0; rest >>= 8)
        wb_text_printf(text, ".%s", insp_table_procs.fields[(rest & 0xff) - 1].name);
}

void insp_field_title(const struct insp_table *table, unsigned field, struct wb_text *text)
{
    wb_text_put(text, table->fields[field & 0xff].title);
    for (unsigned rest = field >> 8; rest != 0; rest >>= 8)
        wb_text_printf(text, ".%s", insp_table_procs.fields[(rest & 0xff) - 1].title);
}

struct wb_error *insp_rows_open(const struct insp_table *table, struct insp_session *s,
                                struct tgt_pid of, struct wb_arena *arena, struct insp_rows *ret)
{
    if (!tgt_can(s->t, table->needs))
        return wb_error_new(WB_E_UNSUPPORTED, "this target (%s) cannot %s", tgt_info(s->t)->kind,
                            tgt_ability_text(table->needs));
    struct insp_rows rows = {.table = table, .s = s, .of = of};
    WB_TRY(table->open(s, of, arena, &rows));
    *ret = rows;
    return NULL;
}

void insp_rows_close(struct insp_rows *rows)
{
    if (rows->table != NULL && rows->table->close != NULL)
        rows->table->close(rows);
    *rows = (struct insp_rows){0};
}

struct insp_cell insp_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    unsigned first = field & 0xff;
    if (row >= rows->count || first >= rows->table->field_count)
        return insp_none();
    struct insp_cell cell = rows->table->cell(rows, row, first);
    for (unsigned rest = field >> 8; rest != 0; rest >>= 8) {
        if (cell.kind != INSP_PID)
            return insp_none();
        cell = insp_proc_cell(rows->s, insp_proc_find(rows->s, cell.pid), (rest & 0xff) - 1);
    }
    return cell;
}

struct insp_cell insp_port(uint64_t number, char room[INSP_PORT_ROOM])
{
    if (number == UINT64_MAX)
        return insp_none();
    snprintf(room, INSP_PORT_ROOM, "#Port<0.%" PRIu64 ">", number);
    return insp_string(room);
}

struct insp_cell insp_name_of(struct insp_session *s, struct tgt_pid pid)
{
    const struct tgt_proc *proc = pid.id != 0 ? insp_proc_find(s, pid) : NULL;
    return proc != NULL ? insp_atom(proc->name) : insp_none();
}

const char *insp_seen_name(enum tgt_seen seen)
{
    switch (seen) {
    case TGT_SKIPPED:
        return "skipped";
    case TGT_UNSEEN:
        return "unseen";
    case TGT_OUTER:
        return "outer";
    }
    return "";
}

void insp_print_size(uint64_t size, struct wb_text *text)
{
    static const char units[] = "BkMGTPE";
    unsigned unit = 0;
    uint64_t rest = 0;
    for (; size >= 10000; unit++) {
        rest = size % 1024;
        size /= 1024;
    }
    if (unit == 0)
        wb_text_printf(text, "%" PRIu64, size);
    else if (size < 10)
        wb_text_printf(text, "%" PRIu64 ".%" PRIu64 "%c", size, rest * 10 / 1024, units[unit]);
    else
        wb_text_printf(text, "%" PRIu64 "%c", size, units[unit]);
}

void insp_cell_print(struct insp_session *s, const struct insp_field *field, struct insp_cell cell,
                     size_t most, struct wb_text *text)
{
    struct beam_print how = insp_print_how(s, 0, 0);
    how.limit = most;
    switch (cell.kind) {
    case INSP_NONE:
        return;
    case INSP_NUMBER:
        wb_text_printf(text, "%" PRIu64, cell.number);
        return;
    case INSP_SIZE:
        insp_print_size(cell.number, text);
        return;
    case INSP_TIME:
        insp_print_time(cell.number, text);
        return;
    case INSP_FLAG:
        wb_text_put(text, cell.number != 0 ? field->title : "");
        return;
    case INSP_TEXT:
        wb_text_put_bytes(text, cell.text.at, cell.text.size);
        return;
    case INSP_NAME:
        beam_print_atom(cell.text, text);
        return;
    case INSP_PID:
        insp_print_pid(s, cell.pid, text);
        return;
    case INSP_TERM:
        insp_print_term(s, cell.term, how, text);
        return;
    case INSP_VALUE:
        beam_print(cell.value, how, text);
        return;
    case INSP_MFA:
        insp_print_mfa(cell.mfa, text);
        return;
    case INSP_PLACE:
        insp_print_place(cell.place, text);
        return;
    }
}

void insp_value_json(struct insp_session *s, const struct beam_value *value, struct wb_json *json)
{
    struct wb_text text wb_auto_text = {0};
    beam_print(value, insp_print_how(s, 0, 0), &text);
    wb_json_string(json, wb_text_bytes(&text));
}

void insp_term_json(struct insp_session *s, struct tgt_term term, struct wb_json *json)
{
    struct wb_text text wb_auto_text = {0};
    insp_print_term(s, term, insp_print_how(s, 0, 0), &text);
    wb_json_string(json, wb_text_bytes(&text));
}

void insp_cell_json(struct insp_session *s, struct insp_cell cell, struct wb_json *json)
{
    static const struct insp_field flag = {.title = ""};
    switch (cell.kind) {
    case INSP_NONE:
        wb_json_null(json);
        return;
    case INSP_NUMBER:
    case INSP_SIZE:
    case INSP_TIME:
        wb_json_number(json, cell.number);
        return;
    case INSP_FLAG:
        wb_json_bool(json, cell.number != 0);
        return;
    case INSP_NAME:
        wb_json_string(json, cell.text);
        return;
    case INSP_TEXT:
    case INSP_PID:
    case INSP_TERM:
    case INSP_VALUE:
    case INSP_MFA:
    case INSP_PLACE:
        break;
    }
    struct wb_text text wb_auto_text = {0};
    insp_cell_print(s, &flag, cell, 0, &text);
    wb_json_string(json, wb_text_bytes(&text));
}

void insp_row_json(struct insp_rows *rows, size_t row, struct wb_json *json)
{
    wb_json_object(json);
    for (unsigned i = 0; i < rows->table->field_count; i++) {
        if (rows->table->fields[i].show == INSP_ASKED)
            continue;
        wb_json_key(json, rows->table->fields[i].name);
        insp_cell_json(rows->s, insp_cell(rows, row, i), json);
    }
    wb_json_end_object(json);
}
