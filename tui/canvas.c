#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "inspector/out.h"

struct ui_canvas ui_canvas_make(struct wb_arena *arena, int rows, int cols)
{
    size_t count = (size_t)rows * (size_t)cols;
    struct ui_canvas c = {.rows = rows,
                          .cols = cols,
                          .cells = wb_push_array(arena, struct ui_cell, count + 1),
                          .cursor_row = -1,
                          .cursor_col = -1};
    for (size_t i = 0; i < count; i++)
        c.cells[i].glyph = ' ';
    return c;
}

struct ui_area ui_area_of(struct ui_canvas *canvas)
{
    return (struct ui_area){canvas, 0, 0, canvas->rows, canvas->cols};
}

static int clamp(int n, int low, int high)
{
    return n < low ? low : n > high ? high : n;
}

struct ui_area ui_area_part(struct ui_area a, int row, int col, int rows, int cols)
{
    row = clamp(row, 0, a.rows);
    col = clamp(col, 0, a.cols);
    return (struct ui_area){a.canvas, a.row + row, a.col + col, clamp(rows, 0, a.rows - row),
                            clamp(cols, 0, a.cols - col)};
}

static struct ui_cell *cell_at(struct ui_area area, int row, int col)
{
    if (row < 0 || row >= area.rows || col < 0 || col >= area.cols)
        return NULL;
    size_t at = (size_t)(area.row + row) * (size_t)area.canvas->cols + (size_t)(area.col + col);
    return &area.canvas->cells[at];
}

// One code point; false: it does not fit.
static bool put_point(struct ui_area area, int row, int *col, enum ui_style style, uint32_t point)
{
    if (point < ' ' || point == 0x7f)
        point = '.';
    int width = (int)insp_point_columns(point);
    if (*col + width > area.cols)
        return false;
    struct ui_cell *cell = cell_at(area, row, *col);
    if (cell != NULL && width > 0)
        *cell = (struct ui_cell){point, (uint8_t)style};
    struct ui_cell *right = width == 2 ? cell_at(area, row, *col + 1) : NULL;
    if (right != NULL)
        *right = (struct ui_cell){0, (uint8_t)style};
    *col += width;
    return true;
}

static uint32_t next_point(struct wb_bytes text, size_t *at)
{
    uint8_t c = text.at[(*at)++];
    size_t more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if (c < 0x80)
        return c;
    if (more == 0 || *at + more > text.size)
        return 0xfffd;
    uint32_t point = c & (0x3fu >> more);
    for (size_t i = 0; i < more; i++) {
        if ((text.at[*at] & 0xc0) != 0x80)
            return 0xfffd;
        point = point << 6 | (text.at[(*at)++] & 0x3fu);
    }
    return point;
}

int ui_put_bytes(struct ui_area area, int row, int col, enum ui_style style, struct wb_bytes text)
{
    for (size_t at = 0; at < text.size;)
        if (!put_point(area, row, &col, style, next_point(text, &at)))
            break;
    return col;
}

int ui_put(struct ui_area area, int row, int col, enum ui_style style, const char *fmt, ...)
{
    char room[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(room, sizeof room, fmt, args);
    va_end(args);
    return ui_put_bytes(area, row, col, style, wb_bytes_of(room));
}

void ui_restyle(struct ui_area area, int row, int col, int count, enum ui_style style)
{
    for (int i = 0; i < count; i++) {
        struct ui_cell *cell = cell_at(area, row, col + i);
        if (cell != NULL)
            cell->style = (uint8_t)style;
    }
}

void ui_fill(struct ui_area area, int row, int col, int count, enum ui_style style)
{
    for (int i = 0; i < count; i++) {
        struct ui_cell *cell = cell_at(area, row, col + i);
        if (cell != NULL)
            *cell = (struct ui_cell){' ', (uint8_t)style};
    }
}

void ui_canvas_text(const struct ui_canvas *c, struct wb_text *text)
{
    for (int row = 0; row < c->rows; row++) {
        size_t line = text->size;
        for (int col = 0; col < c->cols; col++) {
            uint32_t glyph = c->cells[row * c->cols + col].glyph;
            if (glyph != 0)
                wb_text_put_utf8(text, glyph);
        }
        while (text->size > line && text->at[text->size - 1] == ' ')
            wb_text_cut(text, text->size - 1);
        wb_text_put_char(text, '\n');
    }
}
