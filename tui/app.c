#include "tui/app.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ui_app_init(struct ui_app *app, struct insp_session *s)
{
    *app = (struct ui_app){.c = {.s = s}};
#define UI_TAB(name, letter, title, make) app->tabs[UI_TAB_##name] = make;
#include "tui/tabs.def"
#undef UI_TAB
    app->sides[UI_SIDE_MAIL] = ui_view_list_new(INSP_TABLE_mail);
    app->sides[UI_SIDE_STACK] = ui_view_stack_new();
    app->sides[UI_SIDE_TERM] = ui_view_term_new();
    app->sides[UI_SIDE_CODE] = ui_view_code_new();
    ui_help_text(&app->help);
    ui_app_set_state(app);
    if (tgt_can(s->t, TGT_CAN_LIVING))
        ui_app_receipt(app);
}

void ui_app_done(struct ui_app *app)
{
    for (int i = 0; i < UI_TAB_COUNT; i++)
        ui_view_free(app->tabs[i]);
    for (int i = 0; i < UI_SIDE_COUNT; i++)
        ui_view_free(app->sides[i]);
    if (app->search.has_regex)
        regfree(&app->search.regex);
    ui_history_free(&app->history);
    insp_context_done(&app->c);
    wb_text_free(&app->output);
    wb_text_free(&app->console);
    wb_text_free(&app->help);
}

void ui_app_message(struct ui_app *app, enum ui_style style, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(app->message, sizeof app->message, fmt, args);
    va_end(args);
    app->message_style = style;
}

void ui_app_complain(struct ui_app *app, struct wb_error *err)
{
    if (err != NULL)
        ui_app_message(app, UI_BAD, "%s", err->text);
    wb_error_free(err);
}

struct ui_view *ui_app_focused(struct ui_app *app)
{
    if (app->focus > 0 && app->focus <= app->shown_count)
        return app->sides[app->shown[app->focus - 1]];
    return app->tabs[app->tab];
}

void ui_app_show(struct ui_app *app, enum ui_tab tab)
{
    app->focus = 0;
    if (tab == app->tab)
        return;
    if (app->back_count == UI_BACK_MOST) {
        memmove(app->back, app->back + 1, (UI_BACK_MOST - 1) * sizeof app->back[0]);
        app->back_count--;
    }
    app->back[app->back_count++] = app->tab;
    app->tab = tab;
}

void ui_app_aim_tab(struct ui_app *app, enum ui_tab tab, const struct ui_subject *subject)
{
    ui_view_aim(app->tabs[tab], subject);
    ui_app_show(app, tab);
}

// Make a process current: what belongs to one process is about it from now on.
static void select_process(struct ui_app *app, struct tgt_pid pid, size_t frame)
{
    if (pid.id == 0)
        return;
    insp_select(app->c.s, pid);
    app->c.s->frame = frame;
    struct ui_subject subject = {.pid = pid, .frame = frame};
    ui_view_aim(app->tabs[UI_TAB_MAIL], &subject);
    ui_view_aim(app->tabs[UI_TAB_STACK], &subject);
    ui_view_aim(app->tabs[UI_TAB_CODE], &subject);
    ui_view_aim(app->tabs[UI_TAB_LINKS], &subject);
}

static void open_selected(struct ui_app *app, bool term_first)
{
    struct ui_subject subject;
    struct ui_view *view = ui_app_focused(app);
    if (!ui_view_selected(view, &app->c, &subject))
        return;
    if (term_first && subject.term.bits != 0) {
        ui_app_aim_tab(app, UI_TAB_TERM, &subject);
        return;
    }
    bool from_stack = view == app->tabs[UI_TAB_STACK] || view == app->sides[UI_SIDE_STACK];
    select_process(app, subject.pid, subject.frame);
    if (subject.pid.id != 0)
        ui_app_show(app, from_stack ? UI_TAB_CODE : UI_TAB_STACK);
}

static void open_as(struct ui_app *app, enum ui_tab tab)
{
    struct ui_subject subject;
    if (!ui_view_selected(ui_app_focused(app), &app->c, &subject) || subject.pid.id == 0)
        return;
    select_process(app, subject.pid, subject.frame);
    ui_app_show(app, tab);
}

static void go_back(struct ui_app *app, uint32_t key)
{
    if (app->focus > 0)
        app->focus = 0;
    else if (app->back_count > 0)
        app->tab = app->back[--app->back_count];
    else if (app->tab != UI_TAB_PROCS)
        app->tab = UI_TAB_PROCS;
    else if (key == 'q')
        app->quit = true;
    else
        ui_app_message(app, UI_PLAIN, "q or Q leaves");
}

static void ask(struct ui_app *app, enum ui_asking asking, const char *text)
{
    app->asking = asking;
    app->message[0] = '\0';
    ui_line_set(&app->line, text);
}

static void ask_about(struct ui_app *app, enum ui_asking asking)
{
    if (!ui_view_selected(ui_app_focused(app), &app->c, &app->doomed))
        return;
    bool there = asking == UI_ASK_KILL ? app->doomed.pid.id != 0 : app->doomed.message != 0;
    if (there)
        ask(app, asking, "");
}

static void step_tab(struct ui_app *app, int step)
{
    int tab = (int)app->tab + step;
    app->tab = (enum ui_tab)((tab + UI_TAB_COUNT) % UI_TAB_COUNT);
    app->focus = 0;
}

static void search_on(struct ui_app *app, int step)
{
    struct ui_search *search = &app->search;
    struct ui_view *view = ui_app_focused(app);
    if (!search->has_regex) {
        ui_app_message(app, UI_PLAIN, "nothing was searched for yet: / begins");
        return;
    }
    ui_view_sync(view, &app->c);
    search->step = step;
    search->view = view;
    search->left = view->lines;
    search->at = view->cursor;
    search->under_way = view->lines > 0;
}

// One plan of the current process.
static void step(struct ui_app *app, const char *command, uint64_t now)
{
    struct ui_view *view = ui_app_focused(app);
    if (view->subject.pid.id != 0)
        insp_select(app->c.s, view->subject.pid);
    ui_app_say(app, command, now);
}

static bool run_request(struct ui_app *app, enum ui_request request, uint64_t now)
{
    static const struct {
        enum ui_request request;
        const char *command;
    } rows[] = {{UI_STEP_REQUEST, "step"},
                {UI_OVER_REQUEST, "next"},
                {UI_FINISH_REQUEST, "finish"},
                {UI_STEP_INSTRUCTION_REQUEST, "stepi"},
                {UI_CONTINUE_REQUEST, "continue"}};
    if (request == UI_RUN_REQUEST && tgt_can(app->c.s->t, TGT_CAN_LIVING)) {
        ui_app_toggle_hold(app);
        return true;
    }
    if (request == UI_RUN_REQUEST) {
        if (app->running)
            ui_app_freeze(app);
        else
            ui_app_say(app, "continue", now);
        return true;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].request == request) {
            step(app, rows[i].command, now);
            return true;
        }
    return false;
}

static bool ask_request(struct ui_app *app, enum ui_request request)
{
    switch ((int)request) {
    case UI_COMMAND_REQUEST:
        ask(app, UI_ASK_COMMAND, "");
        return true;
    case UI_SEARCH_REQUEST:
        ask(app, UI_ASK_SEARCH, "");
        return true;
    case UI_SEARCH_BACK_REQUEST:
        ask(app, UI_ASK_SEARCH_BACK, "");
        return true;
    case UI_FILTER_REQUEST:
        ask(app, UI_ASK_FILTER, "");
        return true;
    case UI_GROUP_REQUEST:
        ask(app, UI_ASK_GROUP, "");
        return true;
    case UI_MENU_REQUEST:
        ask(app, UI_ASK_MENU, "");
        return true;
    case UI_KILL_REQUEST:
        ask_about(app, UI_ASK_KILL);
        return true;
    case UI_DROP_REQUEST:
        ask_about(app, UI_ASK_DROP);
        return true;
    default:
        return false;
    }
}

static void view_request(struct ui_app *app, enum ui_request request, uint32_t key)
{
    switch ((int)request) {
    case UI_ENTER_REQUEST:
        open_selected(app, true);
        return;
    case UI_TO_STACK_REQUEST:
        open_as(app, UI_TAB_STACK);
        return;
    case UI_TO_MAIL_REQUEST:
        open_as(app, UI_TAB_MAIL);
        return;
    case UI_TO_CODE_REQUEST:
        open_as(app, UI_TAB_CODE);
        return;
    case UI_NEXT_MATCH_REQUEST:
        search_on(app, 1);
        return;
    case UI_PREVIOUS_MATCH_REQUEST:
        search_on(app, -1);
        return;
    case UI_NEXT_VIEW_REQUEST:
        step_tab(app, 1);
        return;
    case UI_PREVIOUS_VIEW_REQUEST:
        step_tab(app, -1);
        return;
    case UI_SPLIT_REQUEST:
        app->split_off = !app->split_off;
        app->focus = 0;
        return;
    case UI_FOCUS_REQUEST:
        app->focus = app->shown_count > 0 ? (app->focus + 1) % (app->shown_count + 1) : 0;
        return;
    case UI_HELP_REQUEST:
        ui_app_show(app, UI_TAB_HELP);
        app->tabs[UI_TAB_HELP]->cursor = 0;
        return;
    case UI_BACK_REQUEST:
        go_back(app, key);
        return;
    case UI_QUIT_REQUEST:
        app->quit = true;
        return;
    case UI_REFRESH_REQUEST:
        ui_app_focused(app)->loaded = false;
        return;
    default:
        return;
    }
}

static void plain_key(struct ui_app *app, uint32_t key, uint64_t now)
{
    struct ui_view *view = ui_app_focused(app);
    if (key < 0x80 && isdigit((int)key)) {
        char digit[2] = {(char)key, '\0'};
        ask(app, UI_ASK_JUMP, digit);
        return;
    }
    enum ui_request request = ui_request_of(view->ops->context, key);
    if (ask_request(app, request) || run_request(app, request, now))
        return;
    request = ui_view_request(view, &app->c, request);
    if (request == UI_FRAME_UP_REQUEST || request == UI_FRAME_DOWN_REQUEST) {
        ui_app_say(app, request == UI_FRAME_UP_REQUEST ? "up" : "down", now);
        struct ui_subject subject = {.pid = app->c.s->pid, .frame = app->c.s->frame};
        ui_view_aim(view, &subject);
        return;
    }
    view_request(app, request, key);
}

static void jump(struct ui_app *app, const char *text)
{
    const struct tgt_proc *proc = NULL;
    struct wb_error *err = insp_proc_of(app->c.s, wb_bytes_of(text), &proc);
    if (err != NULL) {
        ui_app_complain(app, err);
        return;
    }
    struct tgt_pid pid = proc->pid;
    bool listed = app->tab == UI_TAB_PROCS || app->tab == UI_TAB_TREE || app->tab == UI_TAB_WAITS;
    select_process(app, pid, 0);
    if (!listed || !ui_list_find_pid(app->tabs[app->tab], &app->c, pid))
        ui_app_show(app, UI_TAB_STACK);
}

static void set_group(struct ui_app *app, const char *text)
{
    struct wb_text query wb_auto_text = {0};
    struct ui_view *view = ui_app_focused(app);
    if (view->ops->context != UI_IN_LIST)
        return;
    if (*text != '\0')
        wb_text_printf(&query, "group by %s", text);
    ui_app_complain(app, ui_list_query(view, &app->c, wb_text_string(&query)));
}

static void set_filter(struct ui_app *app, const char *text)
{
    struct ui_view *view = ui_app_focused(app);
    if (view->ops->context == UI_IN_LIST)
        ui_app_complain(app, ui_list_filter(view, &app->c, text));
}

static void set_search(struct ui_app *app, const char *text, int step)
{
    struct ui_search *search = &app->search;
    if (*text != '\0') {
        regex_t regex;
        if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0) {
            ui_app_message(app, UI_BAD, "this is no regular expression: %s", text);
            return;
        }
        if (search->has_regex)
            regfree(&search->regex);
        search->regex = regex;
        search->has_regex = true;
    }
    search_on(app, step);
}

static void choose_view(struct ui_app *app, uint32_t key)
{
    app->asking = UI_ASK_NOTHING;
#define UI_TAB(name, letter, title, make) \
    if (key == (uint32_t)(letter)) {      \
        ui_app_show(app, UI_TAB_##name);  \
        return;                           \
    }
#include "tui/tabs.def"
#undef UI_TAB
    ui_app_message(app, UI_PLAIN, "no view has that letter");
}

static void confirm(struct ui_app *app, uint32_t key)
{
    bool kill = app->asking == UI_ASK_KILL;
    app->asking = UI_ASK_NOTHING;
    if (key != 'y' && key != 'Y')
        return;
    struct tgt *t = app->c.s->t;
    ui_app_complain(app, kill ? tgt_kill(t, app->doomed.pid)
                              : tgt_drop(t, app->doomed.pid, app->doomed.message));
}

static void answer(struct ui_app *app, uint64_t now)
{
    char text[UI_LINE_SIZE];
    enum ui_asking asking = app->asking;
    snprintf(text, sizeof text, "%s", app->line.text);
    app->asking = UI_ASK_NOTHING;
    switch (asking) {
    case UI_ASK_COMMAND:
        ui_history_add(&app->history, text);
        ui_app_say(app, text, now);
        return;
    case UI_ASK_SEARCH:
        set_search(app, text, 1);
        return;
    case UI_ASK_SEARCH_BACK:
        set_search(app, text, -1);
        return;
    case UI_ASK_FILTER:
        set_filter(app, text);
        return;
    case UI_ASK_GROUP:
        set_group(app, text);
        return;
    case UI_ASK_JUMP:
        jump(app, text);
        return;
    case UI_ASK_NOTHING:
    case UI_ASK_KILL:
    case UI_ASK_DROP:
    case UI_ASK_MENU:
        return;
    }
}

static void complete(struct ui_app *app)
{
    struct wb_text offers wb_auto_text = {0};
    char begun[UI_LINE_SIZE];
    snprintf(begun, sizeof begun, "%.*s", (int)app->line.cursor, app->line.text);
    insp_complete(&app->c, begun, &offers);
    const char *first = wb_text_string(&offers);
    size_t common = strcspn(first, "\n"), count = 0;
    for (const char *at = first; *at != '\0'; at += strcspn(at, "\n") + 1, count++)
        for (size_t i = 0; i < common; i++)
            if (at[i] != first[i])
                common = i;
    if (common > 0)
        ui_line_replace_word(&app->line, first, common);
    if (count == 1)
        ui_line_key(&app->line, ' ');
    else if (count > 1)
        for (size_t i = 0; i < offers.size; i++)
            if (offers.at[i] == '\n')
                offers.at[i] = ' ';
    if (count > 1)
        ui_app_message(app, UI_DIM, "%s", wb_text_string(&offers));
}

static void line_key(struct ui_app *app, uint32_t key, uint64_t now)
{
    if (app->asking == UI_ASK_MENU) {
        choose_view(app, key);
        return;
    }
    if (app->asking == UI_ASK_KILL || app->asking == UI_ASK_DROP) {
        confirm(app, key);
        return;
    }
    const char *text = NULL;
    if (key == UI_KEY_ENTER)
        answer(app, now);
    else if (key == UI_KEY_ESCAPE || key == UI_CTRL('c') || key == UI_CTRL('g'))
        app->asking = UI_ASK_NOTHING;
    else if (key == UI_KEY_BACKSPACE && app->line.size == 0)
        app->asking = UI_ASK_NOTHING;
    else if (key == UI_KEY_TAB && app->asking == UI_ASK_COMMAND)
        complete(app);
    else if (key == UI_KEY_UP)
        text = ui_history_step(&app->history, -1);
    else if (key == UI_KEY_DOWN)
        text = ui_history_step(&app->history, 1);
    else
        ui_line_key(&app->line, key);
    if (text != NULL)
        ui_line_set(&app->line, text);
}

static void mouse(struct ui_app *app, const struct ui_input *input)
{
    const struct ui_area *area = &app->main_area;
    if (input->row == 1)
        for (int i = 0; i < UI_TAB_COUNT; i++)
            if (input->col < app->tab_end[i]) {
                ui_app_show(app, (enum ui_tab)i);
                return;
            }
    if (input->row < area->row || input->row >= area->row + area->rows || input->col < area->col ||
        input->col >= area->col + area->cols)
        return;
    struct ui_view *view = app->tabs[app->tab];
    int line = input->row - area->row - (view->ops->context == UI_IN_LIST ? 1 : 0);
    if (line >= 0 && view->top + (size_t)line < view->lines)
        ui_view_go(view, view->top + (size_t)line);
}

void ui_app_input(struct ui_app *app, struct ui_input input, uint64_t now)
{
    if (input.key == UI_KEY_NONE || input.key == UI_KEY_RESIZE)
        return;
    if (input.key == UI_KEY_MOUSE) {
        mouse(app, &input);
        return;
    }
    app->search.under_way = false;
    app->message[0] = '\0';
    if (app->asking != UI_ASK_NOTHING)
        line_key(app, input.key, now);
    else
        plain_key(app, input.key, now);
}
