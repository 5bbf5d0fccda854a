// terminal.h - the real terminal: keys in, a canvas out. One implementation, on ncursesw.
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include "tui/canvas.h"
#include "tui/key.h"

enum ui_colour { UI_COLOUR_AUTO, UI_COLOUR_ALWAYS, UI_COLOUR_NEVER };

struct ui_terminal_options {
    enum ui_colour colour;  // AUTO: unless NO_COLOR is set or the terminal has none
    bool mouse;
};

struct ui_terminal {
    bool coloured;
};

// UNSUPPORTED: no terminal, or built without ncursesw.
WB_MUST_CHECK struct wb_error *ui_terminal_open(const struct ui_terminal_options *options,
                                                struct ui_terminal *ret);
// Back to how it was. Harmless when it is not open.
void ui_terminal_close(void);
void ui_terminal_size(int *rows, int *cols);
// Only what changed is drawn.
void ui_terminal_show(const struct ui_terminal *terminal, const struct ui_canvas *canvas);
// Wait so long for a key (milliseconds; -1: for ever). key NONE: none came.
struct ui_input ui_terminal_key(int timeout_ms);

#endif
