// canvas.h - what views draw on: a grid of cells in memory. The terminal and the tests both read
// it.
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

enum ui_style {
#define UI_STYLE(name, foreground, background, attributes) UI_##name,
#include "tui/style.def"
#undef UI_STYLE
    UI_STYLE_COUNT
};

struct ui_cell {
    uint32_t glyph;  // code point; 0: the right half of the wide one before it
    uint8_t style;   // enum ui_style
};

struct ui_canvas {
    int rows, cols;
    struct ui_cell *cells;
    int cursor_row, cursor_col;  // where the terminal's cursor is shown; -1: nowhere
};

// A part of a canvas: views draw inside, in their own coordinates.
struct ui_area {
    struct ui_canvas *canvas;
    int row, col, rows, cols;
};

struct ui_canvas ui_canvas_make(struct wb_arena *arena, int rows, int cols);
struct ui_area ui_area_of(struct ui_canvas *canvas);
// A part of an area, cut to it.
struct ui_area ui_area_part(struct ui_area area, int row, int col, int rows, int cols);

// Text outside the area is cut, not an error; control characters are shown as '.'. Returns the
// column behind it.
int ui_put(struct ui_area area, int row, int col, enum ui_style style, const char *fmt, ...)
    WB_PRINTF(5, 6);
int ui_put_bytes(struct ui_area area, int row, int col, enum ui_style style, struct wb_bytes text);
// Give columns [col, col + count) of a row a style, or blanks of a style.
void ui_restyle(struct ui_area area, int row, int col, int count, enum ui_style style);
void ui_fill(struct ui_area area, int row, int col, int count, enum ui_style style);

// The canvas as lines of UTF-8 without trailing blanks: what a screen test compares.
void ui_canvas_text(const struct ui_canvas *canvas, struct wb_text *text);

#endif
