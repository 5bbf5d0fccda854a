// cmd_screen.c - cryo TARGET: the full screen.
#include <stdio.h>
#include <stdlib.h>

#include "core-vm/base/clock.h"
#include "tui/app.h"
#include "tui/progress.h"
#include "tui/start.h"

enum { REST_MS = 1000, HELD_MS = 100, BUSY_MS = 0, RUNNING_MS = 40, MS = 1000000 };

static void draw(struct ui_app *app, const struct ui_terminal *terminal)
{
    struct wb_arena arena = {0};
    int rows, cols;
    ui_terminal_size(&rows, &cols);
    struct ui_canvas canvas = ui_canvas_make(&arena, rows, cols);
    ui_app_draw(app, &canvas);
    ui_terminal_show(terminal, &canvas);
    wb_arena_free(&arena);
}

// How long to wait for a key: the clock of a held node runs, and that its time is over is to be
// seen when it is.
static int wait_of(const struct ui_app *app, bool more)
{
    struct tgt_hold held = tgt_held(app->c.s->t);
    uint64_t now = wb_now_ns();
    if (more || app->running)
        return more ? BUSY_MS : RUNNING_MS;
    if (!held.on)
        return REST_MS;
    bool soon = held.until != 0 && held.until < now + (uint64_t)HELD_MS * MS;
    return !soon ? HELD_MS : held.until > now ? (int)((held.until - now) / MS) + 1 : 1;
}

// What takes long is told of in the first line, and stopped by C-c or Esc: nothing else is drawn
// meanwhile, for it may be a part of drawing.
struct busy {
    const struct ui_terminal *terminal;
    struct ui_progress progress;
};

static bool tell_busy(void *data, uint64_t done, uint64_t all)
{
    struct busy *busy = data;
    struct wb_arena arena = {0};
    bool stop = false;
    int rows, cols;
    if (all == 0 || !ui_progress_is_due(&busy->progress))
        return true;
    ui_terminal_size(&rows, &cols);
    struct ui_canvas canvas = ui_canvas_make(&arena, 1, cols);
    ui_put(ui_area_of(&canvas), 0, 0, UI_STRONG, "looked through %.0f%%: C-c stops it",
           100.0 * (double)done / (double)all);
    ui_terminal_show(busy->terminal, &canvas);
    wb_arena_free(&arena);
    for (struct ui_input input = ui_terminal_key(0); input.key != UI_KEY_NONE;
         input = ui_terminal_key(0))
        stop = stop || input.key == UI_CTRL('c') || input.key == UI_KEY_ESCAPE;
    return !stop;
}

static void loop(struct ui_app *app, const struct ui_terminal *terminal)
{
    struct busy busy = {.terminal = terminal};
    bool more = false;
    app->c.s->watch = (struct tgt_watch){tell_busy, &busy};
    while (!app->quit) {
        app->now = wb_now_ns();
        app->c.s->interrupted = 0;
        ui_progress_begin(&busy.progress, true);
        draw(app, terminal);
        struct ui_input input = ui_terminal_key(wait_of(app, more));
        // Keys that came together are handled before anything is drawn.
        for (; input.key != UI_KEY_NONE && !app->quit; input = ui_terminal_key(0)) {
            ui_progress_begin(&busy.progress, true);
            ui_app_input(app, input, wb_now_ns());
        }
        more = ui_app_tick(app, wb_now_ns());
    }
    app->c.s->watch = (struct tgt_watch){0};
}

// The terminal must be whole again before the reason is printed.
static void restore(void)
{
    ui_terminal_close();
}

int ui_screen(int count, char **args)
{
    struct ui_start start = {.verb = "TARGET"};
    struct insp_session s;
    int rest = 0;
    int status = ui_start_parse(&start, "stph", count, args, &rest);
    if (status != UI_EXIT_FINE)
        return status;
    ui_start_args(&start, count - rest, args + rest);
    struct wb_error *err = ui_start_session(&start, &s);
    if (err != NULL)
        return ui_fail(start.open.name, err);
    struct ui_terminal_options options = {.colour = start.colour, .mouse = !start.no_mouse};
    struct ui_terminal terminal = {0};
    struct ui_app *app = malloc(sizeof *app);
    if (app == NULL)
        wb_die_no_memory(sizeof *app);
    ui_app_init(app, &s);
    wb_on_no_memory = restore;
    err = ui_terminal_open(&options, &terminal);
    if (err == NULL)
        loop(app, &terminal);
    ui_terminal_close();
    wb_on_no_memory = NULL;
    ui_app_done(app);
    free(app);
    insp_session_done(&s);
    return err != NULL ? ui_fail(start.open.name, err) : UI_EXIT_FINE;
}
