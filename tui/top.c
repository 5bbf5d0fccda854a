#include "tui/top.h"

#include <stdio.h>
#include <stdlib.h>

#include "inspector/out.h"

enum { HEAD_ROWS = 3, FOOT_ROWS = 1 };

static size_t row_of(const struct ui_top *top)
{
    for (size_t i = 0; i < top->data->count; i++)
        if (top->data->row[i].proc->pid.id == top->at.id)
            return i;
    return 0;
}

static void go(struct ui_top *top, size_t row)
{
    if (top->data->count == 0)
        return;
    if (row >= top->data->count)
        row = top->data->count - 1;
    top->at = top->data->row[row].proc->pid;
}

static void sort_by(struct ui_top *top, int step)
{
    int field = ((int)top->data->sort + step + INSP_TOP_FIELD_COUNT) % INSP_TOP_FIELD_COUNT;
    insp_top_sort(top->data, (enum insp_top_field)field, false);
    top->at = (struct tgt_pid){0};
    top->first = 0;
}

static size_t minus(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

static bool move(struct ui_top *top, uint32_t key, size_t page)
{
    size_t row = row_of(top);
    switch (key) {
    case 'j':
    case UI_KEY_DOWN:
        go(top, row + 1);
        return true;
    case 'k':
    case UI_KEY_UP:
        go(top, minus(row, 1));
        return true;
    case UI_KEY_PAGE_DOWN:
        go(top, row + page);
        return true;
    case UI_KEY_PAGE_UP:
        go(top, minus(row, page));
        return true;
    case 'g':
    case UI_KEY_HOME:
        go(top, 0);
        return true;
    case 'G':
    case UI_KEY_END:
        go(top, SIZE_MAX);
        return true;
    default:
        return false;
    }
}

enum ui_top_wish ui_top_input(struct ui_top *top, struct ui_input input, int rows)
{
    int page = rows - HEAD_ROWS - FOOT_ROWS;
    if (move(top, input.key, page > 1 ? (size_t)page : 1))
        return UI_TOP_NOTHING;
    switch (input.key) {
    case '>':
    case UI_KEY_RIGHT:
        sort_by(top, 1);
        return UI_TOP_NOTHING;
    case '<':
    case UI_KEY_LEFT:
        sort_by(top, -1);
        return UI_TOP_NOTHING;
    case 'I':
        insp_top_sort(top->data, top->data->sort, !top->data->reversed);
        return UI_TOP_NOTHING;
    case 'p':
        top->paused = !top->paused;
        return UI_TOP_NOTHING;
    case 'Z':
    case UI_KEY_ENTER:
        return UI_TOP_FREEZE;
    case 'q':
        return UI_TOP_QUIT;
    default:
        return UI_TOP_NOTHING;
    }
}

// The last column has what is left.
static int width_of(size_t field, int col, int cols)
{
    int width = abs(insp_top_columns[field].width);
    return width != 0 ? width : cols - col;
}

static void put_cell(struct ui_area area, int row, int col, size_t field, enum ui_style style,
                     struct wb_bytes cell)
{
    int width = width_of(field, col, area.cols);
    if (width <= 0)
        return;
    size_t columns = insp_columns(cell);
    if (columns > (size_t)width)
        cell.size = insp_cut(cell, (size_t)width);
    int before =
        insp_top_columns[field].width < 0 && columns < (size_t)width ? width - (int)columns : 0;
    ui_put_bytes(area, row, col + before, style, cell);
}

static void draw_titles(const struct ui_top *top, struct ui_area area, int row)
{
    int col = 0;
    ui_fill(area, row, 0, area.cols, UI_HEADER);
    for (size_t f = 0; f < INSP_TOP_FIELD_COUNT; f++) {
        bool sorted = f == (size_t)top->data->sort;
        put_cell(area, row, col, f, sorted ? UI_TAB_ON : UI_HEADER,
                 wb_bytes_of(insp_top_columns[f].title));
        col += width_of(f, col, area.cols) + 1;
    }
}

static enum ui_style style_of(const struct insp_top_row *row, enum insp_top_field field)
{
    switch (field) {
    case INSP_TOP_PID:
        return UI_PID;
    case INSP_TOP_NAME:
        return row->proc->name.size > 0 ? UI_NAME : UI_PLAIN;
    case INSP_TOP_STATUS:
        return row->proc->status == TGT_RUNNING ? UI_GOOD : UI_PLAIN;
    case INSP_TOP_GROWTH:
        return row->growth > 0 ? UI_WARN : UI_PLAIN;
    case INSP_TOP_REDUCTIONS:
    case INSP_TOP_MESSAGES:
    case INSP_TOP_MEMORY:
    case INSP_TOP_CURRENT:
    case INSP_TOP_FIELD_COUNT:
        break;
    }
    return UI_PLAIN;
}

static void draw_row(const struct insp_top_row *row, struct ui_area area, int at, bool selected)
{
    int col = 0;
    for (size_t f = 0; f < INSP_TOP_FIELD_COUNT; f++) {
        struct wb_text cell wb_auto_text = {0};
        insp_top_cell(row, (enum insp_top_field)f, &cell);
        put_cell(area, at, col, f, style_of(row, (enum insp_top_field)f), wb_text_bytes(&cell));
        col += width_of(f, col, area.cols) + 1;
    }
    if (selected)
        ui_restyle(area, at, 0, area.cols, UI_SELECTED);
}

static void draw_rows(struct ui_top *top, struct ui_area area)
{
    size_t page = area.rows > 0 ? (size_t)area.rows : 0, cursor = row_of(top);
    if (page == 0)
        return;
    if (cursor < top->first)
        top->first = cursor;
    if (cursor >= top->first + page)
        top->first = cursor - page + 1;
    for (size_t i = 0; i < page && top->first + i < top->data->count; i++)
        draw_row(&top->data->row[top->first + i], area, (int)i, top->first + i == cursor);
}

static void draw_bar(struct ui_area area)
{
    static const char *const keys[][2] = {
        {"< >", "sort"}, {"I", "reverse"}, {"p", "pause"}, {"Z", "freeze and look"}, {"q", "quit"}};
    int col = 0, row = area.rows - 1;
    ui_fill(area, row, 0, area.cols, UI_BAR);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        col = ui_put(area, row, col, UI_BAR_STRONG, " %s", keys[i][0]);
        col = ui_put(area, row, col, UI_BAR, " %s", keys[i][1]);
    }
}

void ui_top_draw(struct ui_top *top, struct ui_area area)
{
    struct wb_text head wb_auto_text = {0};
    ui_fill(area, 0, 0, area.cols, UI_BAR);
    ui_put(area, 0, 0, UI_BAR_STRONG, " %s", top->name);
    insp_top_head(top->data, top->release, &head);
    ui_put(area, 1, 0, UI_PLAIN, "%s", wb_text_string(&head));
    if (top->paused)
        ui_put(area, 0, area.cols - 8, UI_BAR_STRONG, "paused");
    if (top->message[0] != '\0')
        ui_put(area, 1, 0, UI_BAD, "%-*s", area.cols, top->message);
    draw_titles(top, area, 2);
    draw_rows(top, ui_area_part(area, HEAD_ROWS, 0, area.rows - HEAD_ROWS - FOOT_ROWS, area.cols));
    draw_bar(area);
}
