// app_draw.c - the screen: title, tabs, the view, panes beside it, a status line, the bar of keys.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/app.h"

enum { WIDE = 120, TALL = 40, TOP = 3, BOTTOM = 2 };

static const char *tab_title(int tab)
{
    static const char *const titles[UI_TAB_COUNT] = {
#define UI_TAB(name, letter, title, make) title,
#include "tui/tabs.def"
#undef UI_TAB
    };
    return titles[tab];
}

// A held node's clock runs; a copy of one that went on gets older.
static void write_state(struct ui_app *app, char *state, size_t size)
{
    struct tgt_hold held = tgt_held(app->c.s->t);
    double age = app->now > held.since ? (double)(app->now - held.since) / 1e9 : 0;
    if (!tgt_can(app->c.s->t, TGT_CAN_LIVING))
        snprintf(state, size, "%s", app->running ? " RUNNING " : " FROZEN ");
    else if (!held.on)
        snprintf(state, size, " copy, %.0f s old ", age);
    else if (held.until == 0)
        snprintf(state, size, " held %.1f s ", age);
    else
        snprintf(state, size, " held %.1f of %.1f s ", age,
                 (double)(held.until - held.since) / 1e9);
}

static void draw_title(struct ui_app *app, struct ui_area area)
{
    const struct tgt_info *info = tgt_info(app->c.s->t);
    struct tgt_procs procs = {0};
    uint64_t messages = 0, now = 0;
    wb_error_free(insp_procs(app->c.s, &procs));
    for (size_t i = 0; i < procs.count; i++)
        messages += procs.at[i].messages;
    ui_fill(area, 0, 0, area.cols, UI_BAR);
    int col = ui_put(area, 0, 1, UI_BAR_STRONG, "cryo");
    col = ui_put(area, 0, col + 1, UI_BAR, "%s (%s)", info->name, info->kind);
    col = ui_put(area, 0, col + 2, UI_BAR, "%zu process%s", procs.count,
                 procs.count == 1 ? "" : "es");
    col = ui_put(area, 0, col + 2, UI_BAR, "%" PRIu64 " in flight", messages);
    if (tgt_can(app->c.s->t, TGT_CAN_CLOCK)) {
        struct wb_text time wb_auto_text = {0};
        wb_error_free(tgt_read_clock(app->c.s->t, &now));
        insp_print_time(now, &time);
        ui_put(area, 0, col + 2, UI_BAR, "at %s", wb_text_string(&time));
    }
    char state[48];
    write_state(app, state, sizeof state);
    ui_put(area, 0, area.cols - (int)strlen(state), UI_BAR_STRONG, "%s", state);
}

static void draw_tabs(struct ui_app *app, struct ui_area area)
{
    int col = 1;
    for (int i = 0; i < UI_TAB_COUNT; i++) {
        bool on = i == (int)app->tab;
        col = ui_put(area, 1, col, on ? UI_TAB_ON : UI_TAB, "%s", tab_title(i)) + 1;
        app->tab_end[i] = col;
    }
}

static void draw_heading(struct ui_app *app, struct ui_view *view, struct ui_area area,
                         bool focused)
{
    struct wb_text title wb_auto_text = {0};
    view->ops->title(view, &app->c, &title);
    ui_fill(area, 0, 0, area.cols, UI_BORDER);
    int col = ui_put(area, 0, 0, focused ? UI_STRONG : UI_DIM, "\xe2\x94\x80 ");
    col = ui_put_bytes(area, 0, col, focused ? UI_STRONG : UI_DIM, wb_text_bytes(&title));
    col = ui_put(area, 0, col, UI_DIM, " ");
    while (col < area.cols)
        col = ui_put(area, 0, col, UI_DIM, "\xe2\x94\x80");
}

// The title needs what the view has loaded, so the view is drawn first.
static void draw_pane(struct ui_app *app, struct ui_view *view, struct ui_area area, bool focused)
{
    if (area.rows < 2)
        return;
    ui_view_draw(view, &app->c, ui_area_part(area, 1, 0, area.rows - 1, area.cols));
    draw_heading(app, view, ui_area_part(area, 0, 0, 1, area.cols), focused);
}

static void choose_sides(struct ui_app *app)
{
    app->shown_count = 0;
    switch (app->tab) {
    case UI_TAB_PROCS:
    case UI_TAB_WAITS:
    case UI_TAB_TREE:
    case UI_TAB_LINKS:
    case UI_TAB_TIMERS:
    case UI_TAB_THREADS:
        app->shown[app->shown_count++] = UI_SIDE_STACK;
        app->shown[app->shown_count++] = UI_SIDE_MAIL;
        return;
    case UI_TAB_MAIL:
    case UI_TAB_FLIGHT:
        app->shown[app->shown_count++] = UI_SIDE_TERM;
        app->shown[app->shown_count++] = UI_SIDE_STACK;
        return;
    case UI_TAB_STACK:
        app->shown[app->shown_count++] = UI_SIDE_CODE;
        app->shown[app->shown_count++] = UI_SIDE_MAIL;
        return;
    case UI_TAB_CODE:
        app->shown[app->shown_count++] = UI_SIDE_STACK;
        app->shown[app->shown_count++] = UI_SIDE_MAIL;
        return;
    case UI_TAB_TERM:
    case UI_TAB_ETS:
    case UI_TAB_MODULES:
    case UI_TAB_OUTPUT:
    case UI_TAB_CONSOLE:
    case UI_TAB_HELP:
    case UI_TAB_COUNT:
        return;
    }
}

static void aim_sides(struct ui_app *app)
{
    struct ui_subject subject, process;
    if (app->focus > 0 || !ui_view_selected(app->tabs[app->tab], &app->c, &subject))
        return;
    process = (struct ui_subject){.pid = subject.pid, .frame = subject.frame};
    struct ui_subject whole = {.pid = subject.pid};
    ui_view_aim(app->sides[UI_SIDE_STACK], &whole);
    ui_view_aim(app->sides[UI_SIDE_MAIL], &whole);
    ui_view_aim(app->sides[UI_SIDE_CODE], &process);
    ui_view_aim(app->sides[UI_SIDE_TERM], &subject);
}

static void draw_border(struct ui_area area, int col)
{
    for (int row = 0; row < area.rows; row++)
        ui_put(area, row, col, UI_BORDER, "\xe2\x94\x82");
}

// Panes one below the other.
static void draw_sides(struct ui_app *app, struct ui_area area)
{
    int count = app->shown_count, row = 0;
    for (int i = 0; i < count; i++) {
        int rows = i + 1 == count ? area.rows - row : area.rows * 3 / 5;
        draw_pane(app, app->sides[app->shown[i]], ui_area_part(area, row, 0, rows, area.cols),
                  app->focus == i + 1);
        row += rows;
    }
}

static void draw_body(struct ui_app *app, struct ui_area area)
{
    bool wide = area.cols >= WIDE, tall = area.rows + TOP + BOTTOM - 1 >= TALL;
    struct ui_view *view = app->tabs[app->tab];
    choose_sides(app);
    // Where there is room for one pane only, it can be had below, by the same key.
    bool split = app->shown_count > 0 && (wide || tall) != app->split_off;
    if (!split)
        app->shown_count = 0;
    else if (!wide && !tall)
        app->shown_count = 1;
    if (app->focus > app->shown_count)
        app->focus = 0;
    struct ui_area main = area, side = {0};
    if (split && wide) {
        int cols = view->ops->context == UI_IN_CODE ? area.cols / 2 : area.cols * 3 / 5;
        main = ui_area_part(area, 0, 0, area.rows, cols);
        side = ui_area_part(area, 0, cols + 1, area.rows, area.cols - cols - 1);
        draw_border(area, cols);
    } else if (split) {
        int rows = area.rows / 2;
        main = ui_area_part(area, 0, 0, rows, area.cols);
        side = ui_area_part(area, rows, 0, area.rows - rows, area.cols);
    }
    app->main_area = ui_area_part(main, 1, 0, main.rows - 1, main.cols);
    draw_pane(app, view, main, app->focus == 0);
    if (split) {
        aim_sides(app);
        draw_sides(app, side);
    }
}

static const char *question(const struct ui_app *app)
{
    switch (app->asking) {
    case UI_ASK_COMMAND:
        return ":";
    case UI_ASK_SEARCH:
        return "/";
    case UI_ASK_SEARCH_BACK:
        return "?";
    case UI_ASK_FILTER:
        return "filter: ";
    case UI_ASK_GROUP:
        return "group by: ";
    case UI_ASK_JUMP:
        return "go to process: ";
    case UI_ASK_KILL:
        return "kill this process? y/n ";
    case UI_ASK_DROP:
        return "drop this message? y/n ";
    case UI_ASK_MENU:
    case UI_ASK_NOTHING:
        break;
    }
    return "";
}

static void draw_menu(struct ui_area area, int row)
{
    int col = ui_put(area, row, 0, UI_STRONG, "view:");
#define UI_TAB(name, letter, title, make)                      \
    col = ui_put(area, row, col + 1, UI_STRONG, "%c", letter); \
    col = ui_put(area, row, col, UI_PLAIN, " %s", title);
#include "tui/tabs.def"
#undef UI_TAB
}

static void draw_status(struct ui_app *app, struct ui_canvas *canvas, struct ui_area area)
{
    int row = area.rows - BOTTOM;
    if (app->asking == UI_ASK_MENU) {
        draw_menu(area, row);
        return;
    }
    if (app->asking != UI_ASK_NOTHING) {
        int col = ui_put(area, row, 0, UI_STRONG, "%s", question(app));
        struct wb_bytes before = {(const uint8_t *)app->line.text, app->line.cursor};
        int start = col;
        col = ui_put(area, row, col, UI_PLAIN, "%s", app->line.text);
        canvas->cursor_row = row;
        canvas->cursor_col = start + (int)insp_columns(before);
        if (app->message[0] != '\0')
            ui_put(area, row, col + 3, app->message_style, "%s", app->message);
        return;
    }
    if (app->message[0] != '\0')
        ui_put(area, row, 0, app->message_style, "%s", app->message);
    else if (app->running)
        ui_put(area, row, 0, UI_GOOD, "running: Z freezes");
    else
        ui_put(area, row, 0, UI_PLAIN, "%s", app->state);
}

// What Z does now.
static const char *word_of_run(const struct ui_app *app)
{
    if (!tgt_can(app->c.s->t, TGT_CAN_LIVING))
        return app->running ? "freeze" : "run";
    struct tgt_hold held = tgt_held(app->c.s->t);
    return held.on ? "let go" : held.wanted ? "hold" : "fresh";
}

void ui_app_draw(struct ui_app *app, struct ui_canvas *canvas)
{
    struct ui_area area = ui_area_of(canvas);
    if (area.rows < TOP + BOTTOM + 2 || area.cols < 20) {
        ui_put(area, 0, 0, UI_PLAIN, "too small");
        return;
    }
    struct ui_subject current = {.pid = app->c.s->pid, .frame = app->c.s->frame};
    if (current.pid.id == 0) {
        const struct tgt_proc *proc = NULL;
        wb_error_free(insp_current(app->c.s, &proc));
        current.pid = app->c.s->pid;
    }
    for (int i = 0; i < UI_TAB_COUNT; i++)
        if (app->tabs[i]->subject.pid.id == 0)
            ui_view_aim(app->tabs[i], &current);
    draw_title(app, area);
    draw_tabs(app, area);
    draw_body(app, ui_area_part(area, TOP - 1, 0, area.rows - TOP - BOTTOM + 1, area.cols));
    draw_status(app, canvas, area);
    ui_bar_draw(area, area.rows - 1, ui_app_focused(app)->ops->context, word_of_run(app));
}
