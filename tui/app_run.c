// app_run.c - commands said inside the screen, the target running between keys, long searches.
#include <stdio.h>
#include <string.h>

#include "core-vm/base/clock.h"
#include "core-vm/base/file.h"
#include "tui/app.h"
#include "tui/save.h"
#include "tui/swap.h"

enum { SLICE = 20000, TICK_NS = 12000000, SEARCH_SLICE = 2000, OUTPUT_MOST = 1 << 22 };

static void take_output(struct ui_app *app)
{
    struct wb_bytes said = tgt_take_output(app->c.s->t);
    if (app->output.size > OUTPUT_MOST)
        wb_text_cut(&app->output, 0);
    if (said.size > 0)
        wb_text_put_bytes(&app->output, said.at, said.size);
}

void ui_app_set_state(struct ui_app *app)
{
    struct wb_text text wb_auto_text = {0};
    struct insp_out out;
    const struct insp_stop *stop = &app->c.s->control.stop;
    insp_out_init(&out, &text, false, 0);
    if (stop->why != INSP_RUNNING)
        insp_report_stop(&app->c, &out);
    size_t line = strcspn(wb_text_string(&text), "\n");
    snprintf(app->state, sizeof app->state, "%.*s", (int)line, wb_text_string(&text));
}

// Where it stopped is what the views are about now.
static void show_stop(struct ui_app *app)
{
    struct tgt_pid pid = app->c.s->control.stop.pid;
    ui_app_set_state(app);
    if (pid.id == 0)
        return;
    struct ui_subject subject = {.pid = app->c.s->pid};
    ui_view_aim(app->tabs[UI_TAB_STACK], &subject);
    ui_view_aim(app->tabs[UI_TAB_CODE], &subject);
    ui_view_aim(app->tabs[UI_TAB_MAIL], &subject);
    ui_view_aim(app->tabs[UI_TAB_LINKS], &subject);
    app->tabs[UI_TAB_STACK]->cursor = 0;
}

static void stopped(struct ui_app *app)
{
    app->running = false;
    take_output(app);
    show_stop(app);
}

void ui_app_freeze(struct ui_app *app)
{
    if (!app->running)
        return;
    insp_control_cancel(&app->c.s->control);
    app->running = false;
    take_output(app);
    snprintf(app->state, sizeof app->state, "frozen by hand");
}

// How far the target's clock may be: it follows ours, times the setting `speed`.
static uint64_t allowed(const struct ui_app *app, uint64_t now)
{
    uint64_t elapsed = now > app->run_host ? now - app->run_host : 0;
    return app->run_target + elapsed / 100 * app->c.s->set.speed;
}

static void run_slices(struct ui_app *app, uint64_t until)
{
    struct insp_control *control = &app->c.s->control;
    uint64_t now = 0;
    bool paced = app->c.s->set.speed != 0 && tgt_can(app->c.s->t, TGT_CAN_CLOCK);
    while (app->running && wb_now_ns() < until) {
        control->pace = paced ? allowed(app, wb_now_ns()) : 0;
        wb_error_free(tgt_read_clock(app->c.s->t, &now));
        if (control->pace != 0 && now >= control->pace)
            return;
        struct wb_error *err = insp_control_slice(control, app->c.s->t, SLICE);
        if (err != NULL) {
            ui_app_complain(app, err);
            app->running = false;
        } else if (control->stop.why != INSP_RUNNING) {
            stopped(app);
        }
    }
}

void ui_app_run(struct ui_app *app, uint64_t now)
{
    app->running = true;
    app->run_host = now;
    app->run_target = 0;
    wb_error_free(tgt_read_clock(app->c.s->t, &app->run_target));
    // Steps are over before the next key: do them at once.
    if (app->c.s->control.plan.kind != INSP_PLAN_CONTINUE)
        run_slices(app, wb_now_ns() + TICK_NS);
}

static void search_slice(struct ui_app *app)
{
    struct ui_search *s = &app->search;
    for (int i = 0; i < SEARCH_SLICE && s->left > 0; i++, s->left--) {
        struct wb_text text wb_auto_text = {0};
        size_t lines = s->view->lines;
        if (lines == 0)
            break;
        s->at = (s->at + (s->step > 0 ? 1 : lines - 1)) % lines;
        s->view->ops->line_text(s->view, &app->c, s->at, &text);
        if (regexec(&s->regex, wb_text_string(&text), 0, NULL, 0) != 0)
            continue;
        ui_view_go(s->view, s->at);
        s->under_way = false;
        return;
    }
    if (s->left == 0) {
        s->under_way = false;
        ui_app_message(app, UI_WARN, "not found");
    } else {
        ui_app_message(app, UI_DIM, "searching: %zu lines to go", s->left);
    }
}

void ui_app_receipt(struct ui_app *app)
{
    struct tgt_hold held = tgt_held(app->c.s->t);
    const char *receipt = tgt_info(app->c.s->t)->receipt;
    app->held = held.on;
    snprintf(app->state, sizeof app->state, "%s", receipt != NULL ? receipt : "");
}

static void say_let_go(struct ui_app *app, const char *why)
{
    struct tgt_hold held = tgt_held(app->c.s->t);
    app->held = false;
    ui_app_message(app, UI_WARN, "let go after %.1f s%s: what is shown is the copy",
                   (double)(held.went_on - held.since) / 1e9, why);
}

void ui_app_toggle_hold(struct ui_app *app)
{
    struct tgt_hold held = tgt_held(app->c.s->t);
    if (held.on) {
        tgt_let_go(app->c.s->t);
        say_let_go(app, "");
        return;
    }
    ui_app_complain(app, tgt_look_again(app->c.s->t, held.wanted));
    ui_app_receipt(app);
}

// Was it let go without our doing, its time being over?
static void watch_hold(struct ui_app *app)
{
    bool on = tgt_held(app->c.s->t).on;
    if (app->held && !on)
        say_let_go(app, ", as --max-pause says");
    app->held = on;
}

bool ui_app_tick(struct ui_app *app, uint64_t now)
{
    bool more = false;
    app->now = now;
    watch_hold(app);
    if (app->running) {
        run_slices(app, now + TICK_NS);
        take_output(app);
    }
    if (app->search.under_way) {
        search_slice(app);
        more = app->search.under_way;
    }
    uint64_t end = wb_now_ns() + TICK_NS;
    bool busy = true;
    while (busy && wb_now_ns() < end) {
        busy = ui_view_idle(app->tabs[app->tab], &app->c);
        for (int i = 0; i < app->shown_count; i++)
            busy = ui_view_idle(app->sides[app->shown[i]], &app->c) || busy;
    }
    return more || busy;
}

// The tab that lists it; UI_TAB_COUNT: none does.
static enum ui_tab tab_of_table(const struct ui_app *app, const char *name)
{
    for (enum ui_tab tab = 0; tab < UI_TAB_COUNT; tab++) {
        const struct insp_table *table = ui_list_table(app->tabs[tab]);
        if (table != NULL && strcmp(table->name, name) == 0)
            return tab;
    }
    return UI_TAB_COUNT;
}

// A command that lists a table is answered by the view of that table; rows of an ETS table have
// none.
static bool show_table(struct ui_app *app, const struct insp_command *command, const char *rest)
{
    enum ui_tab tab = tab_of_table(app, command->name);
    if (tab == UI_TAB_COUNT || (tab == UI_TAB_ETS && *rest != '\0'))
        return false;
    if (ui_list_table(app->tabs[tab])->takes_pid) {
        const struct tgt_proc *proc = NULL;
        struct wb_error *err = insp_rest_proc(&app->c, &rest, &proc);
        if (err != NULL) {
            ui_app_complain(app, err);
            return true;
        }
        struct ui_subject subject = {.pid = proc->pid};
        ui_view_aim(app->tabs[tab], &subject);
    }
    ui_app_complain(app, ui_list_query(app->tabs[tab], &app->c, rest));
    ui_app_show(app, tab);
    return true;
}

static bool show_view(struct ui_app *app, const struct insp_command *command, const char *rest)
{
    if (show_table(app, command, rest))
        return true;
    bool stack = strcmp(command->name, "stack") == 0 || strcmp(command->name, "proc") == 0;
    bool code = strcmp(command->name, "code") == 0 && *rest == '\0';
    if (!stack && !code) {
        if (strcmp(command->name, "help") != 0 || *rest != '\0')
            return false;
        ui_app_show(app, UI_TAB_HELP);
        return true;
    }
    const struct tgt_proc *proc = NULL;
    struct wb_error *err = insp_rest_proc(&app->c, &rest, &proc);
    if (err != NULL) {
        ui_app_complain(app, err);
        return true;
    }
    struct ui_subject subject = {.pid = proc->pid, .frame = code ? app->c.s->frame : 0};
    ui_app_aim_tab(app, code ? UI_TAB_CODE : UI_TAB_STACK, &subject);
    return true;
}

static void say_lines(struct ui_app *app, const char *path, uint64_t now)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_error *err = wb_file_map(path, &file);
    if (err != NULL) {
        ui_app_complain(app, err);
        return;
    }
    for (size_t at = 0; at < file.size && !app->quit;) {
        const uint8_t *end = memchr(file.at + at, '\n', file.size - at);
        size_t size = end != NULL ? (size_t)(end - file.at) - at : file.size - at;
        char line[UI_LINE_SIZE];
        snprintf(line, sizeof line, "%.*s", (int)size, (const char *)file.at + at);
        if (strncmp(line, "source", 6) != 0)
            ui_app_say(app, line, now);
        at += size + 1;
    }
}

static void follow_request(struct ui_app *app, uint64_t now)
{
    struct insp_request *request = &app->c.request;
    switch (request->kind) {
    case INSP_DONE:
    case INSP_REWRITE:  // its answer was shown
        return;
    case INSP_RUN:
        ui_app_run(app, now);
        return;
    case INSP_QUIT:
        app->quit = true;
        return;
    case INSP_SOURCE:
        say_lines(app, request->text, now);
        return;
    case INSP_HISTORY:
        for (size_t i = 0; i < app->history.count; i++)
            wb_text_printf(&app->console, "%s\n", app->history.at[i]);
        ui_app_show(app, UI_TAB_CONSOLE);
        return;
    case INSP_SAVE: {
        bool interrupted = false;
        struct wb_error *err = ui_save(app->c.s, request->text, false, &interrupted);
        if (err == NULL)
            ui_app_message(app, UI_GOOD, "saved %s", request->text);
        ui_app_complain(app, err);
        return;
    }
    }
}

// One line of answer fits below; more of them get the view of answers.
static void show_answer(struct ui_app *app, const char *line, const struct wb_text *answer)
{
    if (answer->size == 0)
        return;
    size_t first = strcspn(wb_text_string(answer), "\n");
    if (first + 1 >= answer->size) {
        ui_app_message(app, UI_PLAIN, "%.*s", (int)first, wb_text_string(answer));
        return;
    }
    wb_text_printf(&app->console, "> %s\n%s\n", line, wb_text_string(answer));
    ui_app_show(app, UI_TAB_CONSOLE);
}

void ui_app_say(struct ui_app *app, const char *line, uint64_t now)
{
    const struct insp_command *command = NULL;
    const char *rest = "";
    struct wb_text answer wb_auto_text = {0};
    struct insp_out out;
    struct wb_error *err = insp_command_parse(line, &command, &rest);
    if (err == NULL && command != NULL && tgt_can(app->c.s->t, command->needs) &&
        show_view(app, command, rest))
        return;
    insp_out_init(&out, &answer, false, 0);
    if (err == NULL)
        err = insp_command_run(&app->c, line, &out);
    if (err == NULL && app->c.request.kind == INSP_REWRITE)
        err = ui_rewrite(app->c.s, app->c.request.text, &out);
    if (err != NULL) {
        ui_app_complain(app, err);
        return;
    }
    bool frame =
        command != NULL && (strcmp(command->name, "up") == 0 || strcmp(command->name, "down") == 0);
    if (!frame)
        show_answer(app, line, &answer);
    if (command != NULL && strcmp(command->name, "freeze") == 0)
        ui_app_freeze(app);
    follow_request(app, now);
}
