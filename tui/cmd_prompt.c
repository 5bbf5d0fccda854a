// cmd_prompt.c - cryo prompt: commands typed, or read from a script.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "inspector/command.h"
#include "tui/edit.h"
#include "tui/progress.h"
#include "tui/save.h"
#include "tui/start.h"
#include "tui/swap.h"

enum { SLICE = 200000, MOST_NESTED = 8 };

struct prompt {
    struct ui_start *start;
    struct insp_session s;
    struct insp_context c;
    struct insp_out out;
    struct wb_text text;
    struct wb_text history;  // lines given so far
    char last[1024];         // repeated by an empty line
    bool quit, failed;
    int asserted;     // the exit status that --assert asks for
    unsigned nested;  // files being read
    bool held;        // a living node stood still for us when we looked last
    struct ui_progress progress;
};

// The session a signal handler may stop: handlers get no argument.
static struct insp_session *volatile interruptible;

static void on_interrupt(int number)
{
    struct insp_session *s = interruptible;
    (void)number;
    if (s == NULL)
        return;
    s->interrupted = 1;
    tgt_interrupt(s->t);
}

static void flush(struct prompt *p)
{
    fwrite(wb_text_string(&p->text), 1, p->text.size, stdout);
    fflush(stdout);
    wb_text_cut(&p->text, 0);
}

static void show_output(struct prompt *p)
{
    struct wb_bytes said = tgt_take_output(p->s.t);
    if (said.size == 0)
        return;
    if (p->out.is_json) {
        wb_json_key(&p->out.json, "output");
        wb_json_string(&p->out.json, said);
    } else {
        flush(p);
        fwrite(said.at, 1, said.size, stdout);
    }
}

static struct wb_error *carry_out(struct prompt *p)
{
    while (p->s.control.active && p->s.interrupted == 0) {
        WB_TRY(insp_control_slice(&p->s.control, p->s.t, SLICE));
        if (!p->out.is_json)
            show_output(p);
    }
    if (p->s.control.active) {
        insp_control_cancel(&p->s.control);
        p->s.control.stop = (struct insp_stop){.why = INSP_INTERRUPTED};
    }
    show_output(p);
    insp_report_stop(&p->c, &p->out);
    return NULL;
}

static bool say(struct prompt *p, const char *line);

static struct wb_error *read_script(struct prompt *p, const char *path)
{
    struct wb_bytes file wb_auto_unmap = {0};
    if (p->nested == MOST_NESTED)
        return wb_error_new(WB_E_LIMIT, "files are nested at most %d deep", MOST_NESTED);
    WB_TRY(wb_file_map(path, &file));
    p->nested++;
    for (size_t at = 0; at < file.size && !p->quit;) {
        const uint8_t *end = memchr(file.at + at, '\n', file.size - at);
        size_t size = end != NULL ? (size_t)(end - file.at) - at : file.size - at;
        char *line wb_auto_free = strndup((const char *)file.at + at, size);
        if (line != NULL)
            say(p, line);
        at += size + 1;
    }
    p->nested--;
    return NULL;
}

static struct wb_error *follow(struct prompt *p)
{
    struct insp_request *request = &p->c.request;
    switch (request->kind) {
    case INSP_DONE:
    case INSP_SOURCE:
        return NULL;
    case INSP_RUN:
        return carry_out(p);
    case INSP_QUIT:
        p->quit = true;
        return NULL;
    case INSP_HISTORY:
        insp_out_say(&p->out, "history", "%s", wb_text_string(&p->history));
        return NULL;
    case INSP_SAVE: {
        bool interrupted = false;
        WB_TRY(ui_save(&p->s, request->text, true, &interrupted));
        insp_out_say(&p->out, "done", "saved %s", request->text);
        return NULL;
    }
    case INSP_REWRITE:
        return ui_rewrite(&p->s, request->text, &p->out);
    }
    return NULL;
}

// Was a held node let go without our doing, its time being over? Else what is said next is wrong.
static void watch_hold(struct prompt *p)
{
    struct tgt_hold held = tgt_held(p->s.t);
    if (p->held && !held.on)
        fprintf(stderr, "let go after %.1f s, as --max-pause says: what is shown is the copy\n",
                (double)(held.went_on - held.since) / 1e9);
}

static bool tell_progress(void *data, uint64_t done, uint64_t all)
{
    ui_progress_look(data, done, all);
    return true;
}

// One line; false: it failed.
static bool say(struct prompt *p, const char *line)
{
    const struct insp_command *command = NULL;
    const char *rest;
    struct wb_error *err = insp_command_parse(line, &command, &rest);
    if (err == NULL && command == NULL)
        return true;
    p->s.interrupted = 0;
    watch_hold(p);
    insp_out_begin(&p->out, line);
    ui_progress_begin(&p->progress, isatty(STDERR_FILENO) != 0);
    if (err == NULL)
        err = insp_command_run(&p->c, line, &p->out);
    ui_progress_end(&p->progress);
    if (err == NULL)
        err = follow(p);
    bool fine = err == NULL;
    p->failed = p->failed || !fine;
    insp_out_end(&p->out, err);
    flush(p);
    p->held = tgt_held(p->s.t).on;
    if (fine && p->c.request.kind == INSP_SOURCE) {
        char path[sizeof p->c.request.text];
        snprintf(path, sizeof path, "%s", p->c.request.text);
        err = read_script(p, path);
        fine = err == NULL;
        p->failed = p->failed || !fine;
        if (err != NULL) {
            insp_out_begin(&p->out, line);
            insp_out_end(&p->out, err);
            flush(p);
        }
    }
    return fine;
}

static void complete(void *data, const char *line, struct wb_text *ret)
{
    struct prompt *p = data;
    insp_complete(&p->c, line, ret);
}

// $XDG_STATE_HOME/cryo/history, made if it can be; NULL: nowhere.
static const char *history_path(struct wb_text *path)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && *state == '/')
        wb_text_printf(path, "%s/cryo", state);
    else if (home != NULL)
        wb_text_printf(path, "%s/.local/state/cryo", home);
    else
        return NULL;
    for (char *c = path->at + 1; *c != '\0'; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(path->at, 0700);
            *c = '/';
        }
    if (mkdir(path->at, 0700) != 0 && errno != EEXIST)
        return NULL;
    wb_text_put(path, "/history");
    return path->at;
}

// An empty line says the last command again where that makes sense.
static const char *repeated(struct prompt *p, const char *line)
{
    const struct insp_command *command = NULL;
    const char *rest;
    if (*line != '\0') {
        snprintf(p->last, sizeof p->last, "%s", line);
        return line;
    }
    wb_error_free(insp_command_parse(p->last, &command, &rest));
    return command != NULL && command->repeats ? p->last : line;
}

static void read_lines(struct prompt *p)
{
    struct wb_text path wb_auto_text = {0};
    struct ui_edit edit = {.complete = complete, .data = p, .history_path = history_path(&path)};
    ui_edit_init(&edit);
    while (!p->quit) {
        char *line wb_auto_free = ui_edit_read(&edit, "(cryo) ");
        if (line == NULL)
            break;
        wb_text_printf(&p->history, "%s%s", p->history.size > 0 ? "\n" : "", line);
        say(p, repeated(p, line));
    }
    ui_edit_done(&edit);
}

// Lines of a script on standard input, as they are.
static void read_input(struct prompt *p)
{
    char *line wb_auto_free = NULL;
    size_t room = 0;
    ssize_t size;
    while (!p->quit && (size = getline(&line, &room, stdin)) >= 0) {
        if (size > 0 && line[size - 1] == '\n')
            line[size - 1] = '\0';
        say(p, line);
    }
}

static void config(struct prompt *p)
{
    struct wb_text path wb_auto_text = {0};
    const char *rc = getenv("CRYORC"), *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (p->start->no_rc || p->start->batch)
        return;
    if (rc != NULL)
        wb_text_put(&path, rc);
    else if (folder != NULL && *folder == '/')
        wb_text_printf(&path, "%s/cryo/config", folder);
    else if (home != NULL)
        wb_text_printf(&path, "%s/.config/cryo/config", home);
    if (path.size > 0 && access(path.at, R_OK) == 0)
        wb_error_free(read_script(p, path.at));
}

static void converse(struct prompt *p)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    interruptible = &p->s;
    p->s.watch = (struct tgt_watch){tell_progress, &p->progress};
    sigaction(SIGINT, &action, NULL);
    config(p);
    for (size_t i = 0; i < p->start->command_count && !p->quit; i++) {
        struct wb_text line wb_auto_text = {0};
        wb_text_printf(&line, "%s%s", p->start->commands[i].prefix, p->start->commands[i].text);
        say(p, wb_text_string(&line));
    }
    p->asserted = ui_start_asserts(p->start, &p->c, &p->out);
    bool told = p->start->command_count > 0 || p->start->assert_count > 0;
    bool more = !p->start->batch || !told;
    if (!p->quit && more && isatty(STDIN_FILENO) && !p->start->batch)
        read_lines(p);
    else if (!p->quit && more)
        read_input(p);
    interruptible = NULL;
}

int ui_cmd_prompt(int count, char **args)
{
    struct ui_start start = {.verb = "prompt"};
    int rest = 0;
    if (count > 1 && ui_wants_help("prompt", args[1]))
        return UI_EXIT_FINE;
    int status = ui_start_parse(&start, "xbjtaph", count, args, &rest);
    if (status != UI_EXIT_FINE)
        return status;
    ui_start_args(&start, count - rest, args + rest);
    struct prompt p = {.start = &start};
    struct wb_error *err = ui_start_session(&start, &p.s);
    if (err != NULL)
        return ui_fail("prompt", err);
    p.c.s = &p.s;
    p.held = tgt_held(p.s.t).on;
    if (tgt_can(p.s.t, TGT_CAN_LIVING))
        fprintf(stderr, "%s\n", tgt_info(p.s.t)->receipt);
    insp_out_init(&p.out, &p.text, start.json, 0);
    converse(&p);
    insp_context_done(&p.c);
    insp_session_done(&p.s);
    wb_text_free(&p.text);
    wb_text_free(&p.history);
    if (p.asserted != UI_EXIT_FINE)
        return p.asserted;
    return start.batch && p.failed ? UI_EXIT_FOUND : UI_EXIT_FINE;
}
