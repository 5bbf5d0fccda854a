// view_list.c - any list of the inspector as a pane: filtered, sorted, grouped, read as it scrolls.
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view.h"

enum { QUERY_SIZE = 400, FIRST_SLICE = 500, IDLE_SLICE = 500, MOST_FIELDS = 32 };

struct list {
    struct ui_view base;
    const struct insp_table *table;
    // What is asked for.
    char where[QUERY_SIZE], group[64];
    int sort;  // field, -1: as they come
    bool descending;
    char then[64];  // ", FIELD": what a query sorts by after that
    // What is shown, all on arena, of base.epoch.
    struct wb_arena arena;
    struct insp_rows rows;
    struct insp_query query;
    struct insp_run *run;
    bool pending;            // the run goes on while nobody presses a key
    struct tgt_pid keep;     // the process the cursor stays with
    int width[MOST_FIELDS];  // columns that cells shown since the query changed have needed
};

static struct list *list_of(struct ui_view *view)
{
    return (struct list *)view;
}

static void forget(struct list *l)
{
    insp_run_free(l->run);
    l->run = NULL;
    insp_rows_close(&l->rows);
    wb_arena_free(&l->arena);
}

static void put_sort(const struct list *l, struct wb_text *text)
{
    wb_text_printf(text, "sort %s", l->descending ? "-" : "");
    insp_field_name(l->table, (unsigned)l->sort, text);
    wb_text_put(text, l->then);
}

static void query_text(const struct list *l, struct wb_text *text)
{
    if (l->where[0] != '\0')
        wb_text_printf(text, "where %s ", l->where);
    if (l->group[0] != '\0')
        wb_text_printf(text, "group by %s ", l->group);
    if (l->sort >= 0)
        put_sort(l, text);
}

static bool sorted_by(const struct list *l, unsigned field)
{
    return l->query.sort_count > 0 && l->query.sort[0].field == field;
}

static const struct insp_result *result_of(const struct list *l)
{
    return insp_run_result(l->run);
}

static size_t line_count(const struct list *l)
{
    const struct insp_result *result = result_of(l);
    return l->query.by_count > 0 ? (result->done ? result->group_count : 0) : result->count;
}

// Rows that are not sorted yet cannot be shown in order.
static bool can_show(const struct list *l)
{
    return result_of(l)->done || (l->query.sort_count == 0 && l->query.by_count == 0);
}

static size_t row_of(const struct list *l, size_t line)
{
    const struct insp_result *result = result_of(l);
    if (l->query.by_count > 0)
        return result->groups[line].row;
    return insp_result_row(result, line);
}

static struct tgt_pid pid_of(struct list *l, size_t line)
{
    struct tgt_pid none = {0};
    if (l->table->pid_field < 0 || line >= l->base.lines || l->query.by_count > 0)
        return none;
    struct insp_cell cell = insp_cell(&l->rows, row_of(l, line), (unsigned)l->table->pid_field);
    return cell.kind == INSP_PID ? cell.pid : none;
}

// In a list of processes the cursor stays on its process when rows come, go and move.
static void find_kept(struct list *l)
{
    enum { MOST = 20000 };
    if (l->keep.id == 0 || l->table != insp_table_at(INSP_TABLE_procs) || !can_show(l))
        return;
    for (size_t i = 0; i < l->base.lines && i < MOST; i++)
        if (pid_of(l, i).id == l->keep.id) {
            l->base.cursor = i;
            return;
        }
}

static struct wb_error *list_load(struct ui_view *view, struct insp_context *c)
{
    struct list *l = list_of(view);
    struct wb_text query wb_auto_text = {0};
    forget(l);
    query_text(l, &query);
    char *kept = wb_push(&l->arena, query.size + 1, 1);
    memcpy(kept, wb_text_string(&query), query.size);
    struct wb_error *err = insp_query_read(l->table, kept, &l->arena, &l->query);
    if (err == NULL)
        err = insp_rows_open(l->table, c->s, view->subject.pid, &l->arena, &l->rows);
    if (err != NULL)
        return err;
    l->run = insp_run_new(&l->query, &l->rows);
    l->pending = !insp_run_step(l->run, FIRST_SLICE);
    view->lines = can_show(l) ? line_count(l) : 0;
    if (l->keep.id == 0)
        l->keep = c->s->pid;
    find_kept(l);
    return NULL;
}

static bool list_idle(struct ui_view *view, struct insp_context *c)
{
    struct list *l = list_of(view);
    (void)c;
    if (l->run == NULL)
        return false;
    if (!l->pending)
        return l->table->warm != NULL && l->table->warm(&l->rows);
    l->pending = !insp_run_step(l->run, IDLE_SLICE);
    view->lines = can_show(l) ? line_count(l) : 0;
    if (!l->pending)
        find_kept(l);
    return l->pending;
}

static bool is_number(const struct insp_field *field)
{
    return field->kind == INSP_NUMBER || field->kind == INSP_SIZE || field->kind == INSP_TIME;
}

// Columns only become wider while one scrolls, or they would jump.
static void measure(struct list *l, int rows)
{
    for (unsigned i = 0; i < l->table->field_count && i < MOST_FIELDS; i++) {
        const struct insp_field *f = &l->table->fields[i];
        int title = (int)strlen(f->title) + (sorted_by(l, i) ? 1 : 0);
        if (l->width[i] < title)
            l->width[i] = title;
        bool may_show = f->show != INSP_HIDDEN;
        for (int row = 0; may_show && f->width > l->width[i] && row < rows; row++) {
            struct wb_text text wb_auto_text = {0};
            size_t line = l->base.top + (size_t)row;
            if (line >= l->base.lines)
                break;
            insp_cell_print(l->rows.s, f, insp_cell(&l->rows, row_of(l, line), i),
                            (size_t)f->width * 4, &text);
            int columns = (int)insp_columns(wb_text_bytes(&text));
            if (columns > l->width[i])
                l->width[i] = columns < f->width ? columns : f->width;
        }
    }
}

// Share what is left among the flexible columns.
static void share_out(const struct list *l, int spare, int flexible, int widths[MOST_FIELDS])
{
    for (unsigned i = 0; spare > 0 && flexible > 0 && i < l->table->field_count; i++) {
        int weight = l->table->fields[i].width;
        if (weight >= 0 || widths[i] == 0)
            continue;
        int share = spare * -weight / flexible;
        widths[i] += share;
        spare -= share;
        flexible += weight;
    }
}

// Columns a field gets in a pane so wide: fixed ones what they need, roomy ones if that leaves
// plenty, the others share the rest.
static void lay_out(const struct list *l, int cols, int widths[MOST_FIELDS])
{
    enum { PLENTY = 40 };
    int fixed = 1, flexible = 0;
    for (unsigned i = 0; i < l->table->field_count; i++) {
        int width = l->table->fields[i].width;
        widths[i] = 0;
        if (!insp_field_shown(l->table, i))
            continue;
        widths[i] = width < 0 ? -width : l->width[i];
        fixed += widths[i] + 1;
        flexible += width < 0 ? -width : 0;
    }
    // Where they do not fit, the last go first; who scrolls to the right sees them.
    for (unsigned i = l->table->field_count; l->base.shift == 0 && fixed > cols && i-- > 0;)
        if (widths[i] > 0 && l->table->fields[i].width > 0) {
            fixed -= widths[i] + 1;
            widths[i] = 0;
        }
    for (unsigned i = 0; i < l->table->field_count; i++) {
        bool roomy = l->table->fields[i].show == INSP_ROOMY && (l->table->hide >> i & 1) == 0;
        if (!roomy || cols - fixed - l->width[i] - 1 < PLENTY)
            continue;
        widths[i] = l->width[i];
        fixed += widths[i] + 1;
    }
    share_out(l, cols - fixed, flexible, widths);
}

static enum ui_style style_of(enum insp_kind kind)
{
    switch (kind) {
    case INSP_PID:
        return UI_PID;
    case INSP_NAME:
        return UI_NAME;
    case INSP_TERM:
    case INSP_VALUE:
        return UI_TERM;
    case INSP_PLACE:
        return UI_PLACE;
    case INSP_NONE:
    case INSP_NUMBER:
    case INSP_SIZE:
    case INSP_TIME:
    case INSP_FLAG:
    case INSP_TEXT:
    case INSP_MFA:
        break;
    }
    return UI_PLAIN;
}

static void draw_cell(struct list *l, struct ui_area area, int at[2], unsigned field, int width)
{
    struct wb_text text wb_auto_text = {0};
    const struct insp_field *f = &l->table->fields[field];
    size_t row = row_of(l, l->base.top + (size_t)at[0] - 1);
    insp_cell_print(l->rows.s, f, insp_cell(&l->rows, row, field), (size_t)width * 4, &text);
    struct wb_bytes bytes = wb_text_bytes(&text);
    int columns = (int)insp_columns(bytes);
    bool cut = columns > width;
    if (cut && f->kind == INSP_PLACE) {  // its end says more than its beginning
        size_t off = insp_cut(bytes, (size_t)(columns - width + 1));
        int start = ui_put(area, at[0], at[1], UI_DIM, "%s", "\xe2\x80\xa6");
        bytes = (struct wb_bytes){bytes.at + off, bytes.size - off};
        ui_put_bytes(area, at[0], start, style_of(f->kind), bytes);
        return;
    }
    // What does not fit loses its end; a number its beginning would be a lie, so it shows as '>'.
    bytes.size = insp_cut(bytes, (size_t)(cut && width > 1 ? width - 1 : width));
    int pad = is_number(f) && !cut ? width - columns : 0;
    int col = ui_put_bytes(area, at[0], at[1] + pad, style_of(f->kind), bytes);
    if (cut && width > 1)
        ui_put(area, at[0], col, UI_DIM, "%s", "\xe2\x80\xa6");
}

static void draw_header(struct list *l, struct ui_area area, const int widths[])
{
    int col = 1 - l->base.shift;
    for (unsigned i = 0; i < l->table->field_count; i++) {
        const struct insp_field *f = &l->table->fields[i];
        if (widths[i] == 0)
            continue;
        bool sorted = sorted_by(l, i);
        int size = (int)strlen(f->title) + (sorted ? 1 : 0);
        int pad = is_number(f) && size < widths[i] ? widths[i] - size : 0;
        ui_put(area, 0, col + pad, UI_HEADER, "%.*s%s", widths[i], f->title,
               !sorted                       ? ""
               : l->query.sort[0].descending ? "\xe2\x86\x93"
                                             : "\xe2\x86\x91");
        col += widths[i] + 1;
    }
}

static void draw_groups(struct list *l, struct ui_area area)
{
    const struct insp_result *result = result_of(l);
    ui_put(area, 0, 1, UI_HEADER, "   COUNT  %s", l->group);
    for (int row = 1; row < area.rows; row++) {
        size_t line = l->base.top + (size_t)row - 1;
        if (line >= l->base.lines)
            return;
        const struct insp_group *group = &result->groups[line];
        ui_put(area, row, 1, UI_PLAIN, "%8" PRIu64, group->count);
        ui_put_bytes(area, row, 11 - l->base.shift, UI_TERM, group->key);
        if (line == l->base.cursor)
            ui_restyle(area, row, 0, area.cols, UI_SELECTED);
    }
}

static void draw_rows(struct list *l, struct insp_context *c, struct ui_area area,
                      const int widths[])
{
    for (int row = 1; row < area.rows; row++) {
        size_t line = l->base.top + (size_t)row - 1;
        if (line >= l->base.lines)
            return;
        int col = 1 - l->base.shift;
        for (unsigned i = 0; i < l->table->field_count; i++) {
            if (widths[i] == 0)
                continue;
            int at[2] = {row, col};
            if (col < area.cols)
                draw_cell(l, area, at, i, widths[i]);
            col += widths[i] + 1;
        }
        if (pid_of(l, line).id == c->s->pid.id && c->s->pid.id != 0)
            ui_put(area, row, 0, UI_STRONG, ">");
        if (line == l->base.cursor)
            ui_restyle(area, row, 0, area.cols, UI_SELECTED);
    }
}

static void list_draw(struct ui_view *view, struct insp_context *c, struct ui_area area)
{
    struct list *l = list_of(view);
    int widths[MOST_FIELDS];
    const struct insp_result *result = result_of(l);
    view->page = area.rows > 1 ? area.rows - 1 : 1;
    ui_view_go(view, view->cursor);
    if (can_show(l) && l->query.by_count == 0)
        measure(l, area.rows);
    lay_out(l, area.cols, widths);
    if (!can_show(l)) {
        uint64_t percent = result->total > 0 ? result->scanned * 100 / result->total : 0;
        ui_put(area, 1, 1, UI_DIM, "looking through %" PRIu64 " rows: %" PRIu64 "%%", result->total,
               percent);
    } else if (l->query.by_count > 0) {
        draw_groups(l, area);
    } else {
        draw_header(l, area, widths);
        draw_rows(l, c, area, widths);
        if (view->lines == 0 && !l->pending)
            ui_put(area, 1, 1, UI_DIM, "%s",
                   l->rows.count > 0 ? "no row passes the filter" : "nothing");
    }
    l->keep = pid_of(l, view->cursor);
}

static void list_title(struct ui_view *view, struct insp_context *c, struct wb_text *ret)
{
    struct list *l = list_of(view);
    wb_text_put(ret, l->table->name);
    if (l->table->takes_pid) {
        wb_text_put_char(ret, ' ');
        insp_print_pid(c->s, view->subject.pid, ret);
        const struct tgt_proc *proc = insp_proc_find(c->s, view->subject.pid);
        if (proc != NULL && proc->name.size > 0)
            wb_text_printf(ret, " %.*s", (int)proc->name.size, (const char *)proc->name.at);
    }
    if (l->run == NULL || view->error[0] != '\0')
        return;
    if (l->where[0] != '\0')
        wb_text_printf(ret, "  %zu of %zu where %s", view->lines, l->rows.count, l->where);
    else if (l->query.by_count > 0)
        wb_text_printf(ret, "  %zu groups of %zu", view->lines, l->rows.count);
    else
        wb_text_printf(ret, "  %zu", l->rows.count);
    const struct insp_result *result = result_of(l);
    if (l->pending)
        wb_text_printf(ret, "  (%" PRIu64 "%%)",
                       result->total > 0 ? result->scanned * 100 / result->total : 0);
}

static void changed(struct list *l)
{
    l->base.loaded = false;
    memset(l->width, 0, sizeof l->width);
}

static void sort_by(struct list *l, int field, bool descending)
{
    l->sort = field;
    l->descending = descending;
    l->then[0] = '\0';
    changed(l);
}

static void sort_named(struct list *l, const char *name)
{
    int field = insp_field_find(l->table, wb_bytes_of(name));
    if (field >= 0)
        sort_by(l, field, l->sort != field || !l->descending);
}

// The shown column before or after the one sorted by; -1 (as they come) stands before the first.
static void sort_step(struct list *l, int step)
{
    int count = (int)l->table->field_count, at = l->sort < count ? l->sort : -1;
    do
        at = at + step < -1 ? count - 1 : at + step >= count ? -1 : at + step;
    while (at >= 0 && !insp_field_shown(l->table, (unsigned)at));
    sort_by(l, at, at >= 0 && is_number(&l->table->fields[at]));
}

// The rows of the selected group: its key becomes a condition.
static bool open_group(struct list *l)
{
    struct wb_text where wb_auto_text = {0};
    if (l->query.by_count != 1 || l->query.by[0].is_var || l->base.cursor >= l->base.lines)
        return false;
    const struct insp_field *f = insp_field_at(l->table, l->query.by[0].field);
    const struct insp_group *group = &result_of(l)->groups[l->base.cursor];
    bool is_shape = strcmp(f->name, "shape") == 0;
    bool bare = is_number(f) || f->kind == INSP_PID || f->kind == INSP_TERM;
    if (l->where[0] != '\0')
        wb_text_printf(&where, "(%s) and ", l->where);
    if (!is_shape) {
        insp_field_name(l->table, l->query.by[0].field, &where);
        wb_text_put(&where, " = ");
    }
    if (group->key.size == 0)
        wb_text_put(&where, f->kind == INSP_PID ? "none" : "\"\"");
    else
        wb_text_printf(&where, is_shape || bare ? "%.*s" : "\"%.*s\"", (int)group->key.size,
                       (const char *)group->key.at);
    if (where.size >= sizeof l->where)
        return false;
    strcpy(l->where, wb_text_string(&where));
    l->group[0] = '\0';
    l->base.cursor = 0;
    changed(l);
    return true;
}

static enum ui_request list_request(struct ui_view *view, struct insp_context *c,
                                    enum ui_request request)
{
    struct list *l = list_of(view);
    (void)c;
    switch ((int)request) {
    case UI_SORT_NEXT_REQUEST:
        sort_step(l, 1);
        return UI_NO_REQUEST;
    case UI_SORT_PREVIOUS_REQUEST:
        sort_step(l, -1);
        return UI_NO_REQUEST;
    case UI_SORT_INVERT_REQUEST:
        if (l->sort >= 0)
            sort_by(l, l->sort, !l->descending);
        return UI_NO_REQUEST;
    case UI_SORT_MEMORY_REQUEST:
        sort_named(l, insp_field_find(l->table, wb_bytes_of("memory")) >= 0 ? "memory" : "words");
        return UI_NO_REQUEST;
    case UI_SORT_QUEUE_REQUEST:
        sort_named(l, "messages");
        return UI_NO_REQUEST;
    case UI_SORT_REDUCTIONS_REQUEST:
        sort_named(l, "reductions");
        return UI_NO_REQUEST;
    case UI_ENTER_REQUEST:
        return open_group(l) ? UI_NO_REQUEST : request;
    case UI_BACK_REQUEST:
        if (l->where[0] == '\0' && l->group[0] == '\0')
            return request;
        l->where[0] = l->group[0] = '\0';
        changed(l);
        return UI_NO_REQUEST;
    default:
        return request;
    }
}

static bool list_selected(struct ui_view *view, struct insp_context *c, struct ui_subject *ret)
{
    struct list *l = list_of(view);
    (void)c;
    if (view->cursor >= view->lines || !can_show(l))
        return false;
    size_t row = row_of(l, view->cursor);
    *ret = (struct ui_subject){.pid = pid_of(l, view->cursor)};
    int term = l->table->pattern_field;
    struct insp_cell cell = term >= 0 && l->query.by_count == 0
                                ? insp_cell(&l->rows, row, (unsigned)term)
                                : (struct insp_cell){0};
    if (cell.kind == INSP_TERM)
        ret->term = cell.term;
    int id = insp_field_find(l->table, wb_bytes_of("cause")) >= 0
                 ? insp_field_find(l->table, wb_bytes_of("id"))
                 : -1;
    if (id >= 0 && l->query.by_count == 0) {
        ret->message = insp_cell(&l->rows, row, (unsigned)id).number;
        snprintf(ret->title, sizeof ret->title, "message %" PRIu64, ret->message);
        int to = insp_field_find(l->table, wb_bytes_of("to"));
        ret->pid = insp_cell(&l->rows, row, (unsigned)to).pid;
    }
    return true;
}

static void list_line_text(struct ui_view *view, struct insp_context *c, size_t line,
                           struct wb_text *ret)
{
    struct list *l = list_of(view);
    (void)c;
    if (line >= view->lines || !can_show(l))
        return;
    if (l->query.by_count > 0) {
        wb_text_put_bytes(ret, result_of(l)->groups[line].key.at,
                          result_of(l)->groups[line].key.size);
        return;
    }
    for (unsigned i = 0; i < l->table->field_count; i++) {
        if (!insp_field_shown(l->table, i))
            continue;
        insp_cell_print(l->rows.s, &l->table->fields[i], insp_cell(&l->rows, row_of(l, line), i),
                        200, ret);
        wb_text_put_char(ret, ' ');
    }
}

static void list_free(struct ui_view *view)
{
    forget(list_of(view));
    free(view);
}

static const struct ui_view_ops list_ops = {
    .name = "list",
    .context = UI_IN_LIST,
    .load = list_load,
    .draw = list_draw,
    .request = list_request,
    .selected = list_selected,
    .idle = list_idle,
    .line_text = list_line_text,
    .title = list_title,
    .free = list_free,
};

struct ui_view *ui_view_list_new(enum insp_table_name table)
{
    struct list *l = calloc(1, sizeof *l);
    if (l == NULL)
        wb_die_no_memory(sizeof *l);
    l->base.ops = &list_ops;
    l->table = insp_table_at(table);
    l->sort = -1;
    return &l->base;
}

// Take over a query that was parsed: its parts as texts, so that they can be changed one by one.
struct wb_error *ui_list_query(struct ui_view *view, struct insp_context *c, const char *text)
{
    struct list *l = list_of(view);
    struct wb_arena arena = {0};
    struct insp_query query;
    (void)c;
    struct wb_error *err = insp_query_read(l->table, text, &arena, &query);
    wb_arena_free(&arena);
    WB_TRY(err);
    l->where[0] = l->group[0] = '\0';
    const char *where = strstr(text, "where "), *group = strstr(text, "group by ");
    const char *sort = strstr(text, "sort ");
    if (where != NULL) {
        const char *end = group != NULL ? group : sort != NULL ? sort : text + strlen(text);
        snprintf(l->where, sizeof l->where, "%.*s", (int)(end - where - 6), where + 6);
    }
    if (group != NULL) {
        const char *end = sort != NULL && sort > group ? sort : text + strlen(text);
        snprintf(l->group, sizeof l->group, "%.*s", (int)(end - group - 9), group + 9);
    }
    sort_by(l, query.sort_count > 0 ? (int)query.sort[0].field : -1, query.sort[0].descending);
    for (unsigned i = 1; i < query.sort_count; i++) {
        struct wb_text then wb_auto_text = {0};
        wb_text_printf(&then, "%s, %s", l->then, query.sort[i].descending ? "-" : "");
        insp_field_name(l->table, query.sort[i].field, &then);
        snprintf(l->then, sizeof l->then, "%s", wb_text_string(&then));
    }
    return NULL;
}

// A word, or words with | between, is looked for in all that is shown; anything else is a
// condition.
static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("_|-.@", *text) == NULL)
            return false;
    return true;
}

struct wb_error *ui_list_filter(struct ui_view *view, struct insp_context *c, const char *text)
{
    struct list *l = list_of(view);
    char where[QUERY_SIZE] = "";
    struct wb_text query wb_auto_text = {0};
    struct wb_arena arena = {0};
    struct insp_query parsed;
    (void)c;
    if (*text != '\0')
        snprintf(where, sizeof where, is_plain(text) ? "any ~ \"%s\"" : "%s", text);
    if (*text != '\0')
        wb_text_printf(&query, "where %s", where);
    struct wb_error *err = insp_query_read(l->table, wb_text_string(&query), &arena, &parsed);
    wb_arena_free(&arena);
    WB_TRY(err);
    snprintf(l->where, sizeof l->where, "%s", where);
    changed(l);
    return NULL;
}

const struct insp_table *ui_list_table(const struct ui_view *view)
{
    return view->ops == &list_ops ? ((const struct list *)view)->table : NULL;
}

bool ui_list_find_pid(struct ui_view *view, struct insp_context *c, struct tgt_pid pid)
{
    struct list *l = list_of(view);
    ui_view_sync(view, c);
    for (size_t i = 0; view->error[0] == '\0' && can_show(l) && i < view->lines; i++)
        if (pid_of(l, i).id == pid.id) {
            ui_view_go(view, i);
            return true;
        }
    return false;
}
