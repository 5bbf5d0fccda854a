// terminal_none.c - the terminal of a build without ncursesw: there is none.
#include "tui/terminal.h"

struct wb_error *ui_terminal_open(const struct ui_terminal_options *options,
                                  struct ui_terminal *ret)
{
    (void)options;
    (void)ret;
    return wb_error_new(WB_E_UNSUPPORTED,
                        "this cryo was built without ncursesw: use cryo prompt or dump");
}

void ui_terminal_close(void)
{
}

void ui_terminal_size(int *rows, int *cols)
{
    *rows = 24;
    *cols = 80;
}

void ui_terminal_show(const struct ui_terminal *terminal, const struct ui_canvas *canvas)
{
    (void)terminal;
    (void)canvas;
}

struct ui_input ui_terminal_key(int timeout_ms)
{
    (void)timeout_ms;
    return (struct ui_input){0};
}
