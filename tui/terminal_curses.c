// terminal_curses.c - the terminal on ncursesw.
#include <curses.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "tui/terminal.h"

enum {
    NONE = A_NORMAL,
    DIM = A_DIM,
    BOLD = A_BOLD,
    REVERSE = A_REVERSE,
    REVERSE_BOLD = A_REVERSE | A_BOLD,
    BOLD_UNDERLINE = A_BOLD | A_UNDERLINE,
};
enum { D = -1, BLACK = 0, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

struct look {
    short foreground, background;
    unsigned attributes;
};
static const struct look looks[UI_STYLE_COUNT] = {
#define UI_STYLE(name, foreground, background, attributes) \
    [UI_##name] = {foreground, background, attributes},
#include "tui/style.def"
#undef UI_STYLE
};

static bool wants_colour(enum ui_colour colour)
{
    const char *none = getenv("NO_COLOR");
    if (colour == UI_COLOUR_ALWAYS)
        return has_colors();
    return colour == UI_COLOUR_AUTO && has_colors() && (none == NULL || *none == '\0');
}

static bool begin_colours(enum ui_colour colour)
{
    if (!wants_colour(colour) || start_color() != OK || COLOR_PAIRS <= UI_STYLE_COUNT)
        return false;
    use_default_colors();
    for (short i = 0; i < UI_STYLE_COUNT; i++)
        init_pair((short)(i + 1), looks[i].foreground, looks[i].background);
    return true;
}

struct wb_error *ui_terminal_open(const struct ui_terminal_options *options,
                                  struct ui_terminal *ret)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return wb_error_new(WB_E_UNSUPPORTED, "there is no terminal here: use cryo prompt or dump");
    setlocale(LC_ALL, "");
    if (newterm(NULL, stdout, stdin) == NULL)
        return wb_error_new(WB_E_UNSUPPORTED, "the terminal '%s' is not known (TERM)",
                            getenv("TERM") != NULL ? getenv("TERM") : "");
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    set_escdelay(25);
    ret->coloured = begin_colours(options->colour);
    if (options->mouse)
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
    return NULL;
}

void ui_terminal_close(void)
{
    if (stdscr != NULL && !isendwin())
        endwin();
}

void ui_terminal_size(int *rows, int *cols)
{
    *rows = LINES;
    *cols = COLS;
}

static attr_t attributes_of(uint8_t style, bool coloured)
{
    attr_t attributes = looks[style].attributes;
    bool painted = looks[style].background != D;
    if (coloured && painted)
        attributes &= ~(attr_t)A_REVERSE;
    return attributes;
}

static void show_cell(const struct ui_cell *cell, bool coloured)
{
    cchar_t out;
    wchar_t text[2] = {(wchar_t)cell->glyph, 0};
    short pair = coloured ? (short)(cell->style + 1) : 0;
    setcchar(&out, text, attributes_of(cell->style, coloured), pair, NULL);
    add_wch(&out);
}

void ui_terminal_show(const struct ui_terminal *terminal, const struct ui_canvas *canvas)
{
    for (int row = 0; row < canvas->rows && row < LINES; row++) {
        move(row, 0);
        for (int col = 0; col < canvas->cols && col < COLS; col++) {
            const struct ui_cell *cell = &canvas->cells[row * canvas->cols + col];
            if (cell->glyph != 0)
                show_cell(cell, terminal->coloured);
        }
    }
    curs_set(canvas->cursor_row >= 0 ? 1 : 0);
    if (canvas->cursor_row >= 0)
        move(canvas->cursor_row, canvas->cursor_col);
    refresh();
}

static uint32_t key_of(wint_t code)
{
    static const struct {
        wint_t code;
        uint32_t key;
    } known[] = {
        {KEY_UP, UI_KEY_UP},
        {KEY_DOWN, UI_KEY_DOWN},
        {KEY_LEFT, UI_KEY_LEFT},
        {KEY_RIGHT, UI_KEY_RIGHT},
        {KEY_HOME, UI_KEY_HOME},
        {KEY_END, UI_KEY_END},
        {KEY_PPAGE, UI_KEY_PAGE_UP},
        {KEY_NPAGE, UI_KEY_PAGE_DOWN},
        {KEY_BTAB, UI_KEY_BACK_TAB},
        {KEY_DC, UI_KEY_DELETE},
        {KEY_RESIZE, UI_KEY_RESIZE},
        {KEY_ENTER, UI_KEY_ENTER},
        {KEY_BACKSPACE, UI_KEY_BACKSPACE},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == code)
            return known[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return UI_KEY_F + (uint32_t)(code - KEY_F(0));
    return UI_KEY_NONE;
}

static struct ui_input mouse_input(void)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return (struct ui_input){0};
    if ((event.bstate & BUTTON4_PRESSED) != 0)
        return (struct ui_input){.key = UI_KEY_WHEEL_UP};
    if ((event.bstate & BUTTON5_PRESSED) != 0)
        return (struct ui_input){.key = UI_KEY_WHEEL_DOWN};
    return (struct ui_input){.key = UI_KEY_MOUSE, .row = event.y, .col = event.x};
}

struct ui_input ui_terminal_key(int timeout_ms)
{
    wint_t code = 0;
    timeout(timeout_ms);
    int got = get_wch(&code);
    if (got == KEY_CODE_YES && code == KEY_MOUSE)
        return mouse_input();
    if (got == KEY_CODE_YES)
        return (struct ui_input){.key = key_of(code)};
    if (got == ERR)
        return (struct ui_input){0};
    if (code == '\n')
        code = UI_KEY_ENTER;
    if (code == 8)
        code = UI_KEY_BACKSPACE;
    return (struct ui_input){.key = (uint32_t)code};
}
