// screen.c - the full screen without a terminal: keys in, text out.
//
// screen COLSxROWS [OPTION]... TARGET: each line of standard input is keys, separated by blanks
// ("j", "Enter", "C-d", or a word typed as it is in quotes); after it the screen is printed. With
// SCREEN_TIMES set, how long the slowest answer to a key took is printed instead: the key itself,
// the screen after it and the work done before the next key is looked for.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core-vm/base/cleanup.h"
#include "tui/app.h"
#include "tui/start.h"

static const struct {
    const char *name;
    uint32_t key;
} names[] = {
    {"Enter", UI_KEY_ENTER},
    {"Tab", UI_KEY_TAB},
    {"S-Tab", UI_KEY_BACK_TAB},
    {"Esc", UI_KEY_ESCAPE},
    {"Up", UI_KEY_UP},
    {"Down", UI_KEY_DOWN},
    {"Left", UI_KEY_LEFT},
    {"Right", UI_KEY_RIGHT},
    {"PgUp", UI_KEY_PAGE_UP},
    {"End", UI_KEY_END},
    {"PgDn", UI_KEY_PAGE_DOWN},
    {"Home", UI_KEY_HOME},
    {"Space", ' '},
    {"BSpace", UI_KEY_BACKSPACE},
};

static void type(struct ui_app *app, const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == size && strncmp(names[i].name, word, size) == 0) {
            ui_app_input(app, (struct ui_input){.key = names[i].key}, 0);
            return;
        }
    if (size == 3 && strncmp(word, "C-", 2) == 0) {
        ui_app_input(app, (struct ui_input){.key = UI_CTRL((uint32_t)word[2])}, 0);
        return;
    }
    for (size_t i = 0; i < size; i++)
        ui_app_input(app, (struct ui_input){.key = (uint8_t)word[i]}, 0);
}

static void type_line(struct ui_app *app, const char *line)
{
    while (*line != '\0' && *line != '\n') {
        bool quoted = *line == '"';
        line += quoted;
        size_t size = strcspn(line, quoted ? "\"" : " \n");
        if (size > 0)
            type(app, line, size);
        line += size;
        line += *line == ' ' || *line == '"';
    }
}

// Of the processor: what else the machine does is not in the figures.
static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void draw_once(struct ui_app *app, int rows, int cols)
{
    struct wb_arena arena = {0};
    struct ui_canvas canvas = ui_canvas_make(&arena, rows, cols);
    ui_app_draw(app, &canvas);
    wb_arena_free(&arena);
}

// Types a line, then draws and works until nothing is left to do; the longest anybody waited.
static void time_line(struct ui_app *app, const char *line, int rows, int cols)
{
    double start = now_ms(), begin = start, longest = 0;
    type_line(app, line);
    for (bool more = true; more;) {
        draw_once(app, rows, cols);
        more = ui_app_tick(app, 0);
        double now = now_ms();
        longest = now - begin > longest ? now - begin : longest;
        begin = now;
    }
    printf("%8.1f ms, all of it %8.1f ms: %s", longest, now_ms() - start, line);
    fflush(stdout);
}

static void print_screen(struct ui_app *app, int rows, int cols)
{
    struct wb_arena arena = {0};
    struct wb_text text wb_auto_text = {0};
    for (int i = 0; i < 2; i++) {  // drawing starts what idle time goes on with
        struct ui_canvas canvas = ui_canvas_make(&arena, rows, cols);
        ui_app_draw(app, &canvas);
        while (ui_app_tick(app, 0) || app->running)
            continue;
        wb_text_cut(&text, 0);
        ui_canvas_text(&canvas, &text);
    }
    fputs(wb_text_string(&text), stdout);
    wb_arena_free(&arena);
}

int main(int count, char **args)
{
    int cols, rows, rest = 0;
    struct ui_start start = {.verb = "screen"};
    struct insp_session s;
    if (count < 3 || sscanf(args[1], "%dx%d", &cols, &rows) != 2)
        return UI_EXIT_USAGE;
    int status = ui_start_parse(&start, "s", count - 1, args + 1, &rest);
    if (status != UI_EXIT_FINE)
        return status;
    struct wb_error *err = ui_start_session(&start, &s);
    if (err != NULL)
        return ui_fail("screen", err);
    s.set.speed = 0;
    struct ui_app *app wb_auto_free = malloc(sizeof *app);
    char *line wb_auto_free = NULL;
    size_t room = 0;
    ui_app_init(app, &s);
    print_screen(app, rows, cols);
    while (getline(&line, &room, stdin) >= 0 && !app->quit) {
        if (getenv("SCREEN_TIMES") != NULL) {
            time_line(app, line, rows, cols);
            continue;
        }
        type_line(app, line);
        print_screen(app, rows, cols);
    }
    ui_app_done(app);
    insp_session_done(&s);
    return UI_EXIT_FINE;
}
