// app.h - the full screen: views as tabs, panes beside them, a line to type in, a target that runs.
//
// It knows no terminal: keys come in, a canvas comes out, time is handed in.
#ifndef TUI_APP_H
#define TUI_APP_H

#include <regex.h>

#include "tui/key.h"
#include "tui/line.h"
#include "tui/view.h"

enum ui_tab {
#define UI_TAB(name, letter, title, make) UI_TAB_##name,
#include "tui/tabs.def"
#undef UI_TAB
    UI_TAB_COUNT
};

// What the line at the bottom is for.
enum ui_asking {
    UI_ASK_NOTHING,
    UI_ASK_COMMAND,
    UI_ASK_SEARCH,
    UI_ASK_SEARCH_BACK,
    UI_ASK_FILTER,
    UI_ASK_GROUP,
    UI_ASK_JUMP,
    UI_ASK_KILL,
    UI_ASK_DROP,
    UI_ASK_MENU,
};

enum ui_side { UI_SIDE_MAIL, UI_SIDE_STACK, UI_SIDE_TERM, UI_SIDE_CODE, UI_SIDE_COUNT };
enum { UI_BACK_MOST = 32, UI_SIDES_SHOWN = 2 };

struct ui_search {
    bool under_way, has_regex;
    regex_t regex;
    int step;         // 1: forwards, -1: backwards
    size_t at, left;  // next line to try, lines still to try
    struct ui_view *view;
};

struct ui_app {
    struct insp_context c;
    struct ui_view *tabs[UI_TAB_COUNT];
    enum ui_tab tab;
    enum ui_tab back[UI_BACK_MOST];
    int back_count;

    // Panes beside the tab: which are shown now, which one has the keys (0: the tab).
    struct ui_view *sides[UI_SIDE_COUNT];
    enum ui_side shown[UI_SIDES_SHOWN];
    int shown_count, focus;
    bool split_off;

    enum ui_asking asking;
    struct ui_line line;
    struct ui_history history;
    struct ui_search search;
    struct ui_subject doomed;  // what KILL or DROP asks about

    struct wb_text output, console, help;
    char message[300];
    enum ui_style message_style;
    char state[200];  // why it stands still
    bool running, quit;
    bool held;                      // a living node stood still for us when we looked last
    uint64_t now;                   // of our clock, as far as we were told
    uint64_t run_host, run_target;  // when it was set running: our clock, the target's

    // Where things were drawn last, for the mouse.
    struct ui_area main_area;
    int tab_end[UI_TAB_COUNT];
};

// The session stays the caller's.
void ui_app_init(struct ui_app *app, struct insp_session *s);
void ui_app_done(struct ui_app *app);
// One key. now: ns of our monotonic clock.
void ui_app_input(struct ui_app *app, struct ui_input input, uint64_t now);
// Run the target and go on with long work for a few milliseconds. True: there is more to do.
bool ui_app_tick(struct ui_app *app, uint64_t now);
void ui_app_draw(struct ui_app *app, struct ui_canvas *canvas);

// Parts.
void ui_app_show(struct ui_app *app, enum ui_tab tab);
struct ui_view *ui_app_focused(struct ui_app *app);
void ui_app_message(struct ui_app *app, enum ui_style style, const char *fmt, ...) WB_PRINTF(3, 4);
// Takes err, which may be NULL.
void ui_app_complain(struct ui_app *app, struct wb_error *err);
// Say a command as if it had been typed behind `:`.
void ui_app_say(struct ui_app *app, const char *line, uint64_t now);
// The target is to run as the control's plan says; stop running.
void ui_app_run(struct ui_app *app, uint64_t now);
void ui_app_freeze(struct ui_app *app);
// A living node: a fresh copy, or hold it and let it go. What copying it cost.
void ui_app_toggle_hold(struct ui_app *app);
void ui_app_receipt(struct ui_app *app);
// Why the target stands still, anew.
void ui_app_set_state(struct ui_app *app);
void ui_app_aim_tab(struct ui_app *app, enum ui_tab tab, const struct ui_subject *subject);
// Key `key` in a context: the request, NO when it means nothing.
enum ui_request ui_request_of(enum ui_context context, uint32_t key);
void ui_help_text(struct wb_text *text);
// The words of the bar at the bottom for a context; `run`: that of the key for RUN.
void ui_bar_draw(struct ui_area area, int row, enum ui_context context, const char *run);

#endif
