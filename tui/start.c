#include "tui/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/command.h"

static int add_command(struct ui_start *start, const char *prefix, const char *text)
{
    if (start->command_count == UI_MOST_COMMANDS)
        return ui_usage(start->verb, "at most %d commands", UI_MOST_COMMANDS);
    start->commands[start->command_count++] = (struct ui_say){prefix, text};
    return UI_EXIT_FINE;
}

static int add_path(struct ui_start *start, const char *path)
{
    if (start->open.path_count == UI_MOST_PATHS)
        return ui_usage(start->verb, "at most %d folders", UI_MOST_PATHS);
    start->paths[start->open.path_count++] = path;
    return UI_EXIT_FINE;
}

static int set_colour(struct ui_start *start, const char *when)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(names[i], when) == 0) {
            start->colour = (enum ui_colour)i;
            return UI_EXIT_FINE;
        }
    return ui_usage(start->verb, "--color is auto, always or never");
}

// Milliseconds a living node may stand still.
static int set_max_pause(struct ui_start *start, const char *value)
{
    char *end;
    double ms = strtod(value, &end);
    if (end == value || *end != '\0' || !(ms >= 0 && ms <= UI_LONGEST_PAUSE))
        return ui_usage(start->verb, "--max-pause is milliseconds, 0 for as long as it takes");
    start->open.max_pause = (uint64_t)(ms * 1e6);
    start->has_max_pause = true;
    return UI_EXIT_FINE;
}

static int set_number(struct ui_start *start, const char *name, const char *value, uint32_t *ret)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    if (end == value || *end != '\0' || number == 0 || number > 1000000)
        return ui_usage(start->verb, "%s is a number from 1 to 1000000", name);
    *ret = (uint32_t)number;
    return UI_EXIT_FINE;
}

static int add_assert(struct ui_start *start, const char *query)
{
    if (start->assert_count == UI_MOST_COMMANDS)
        return ui_usage(start->verb, "at most %d assertions", UI_MOST_COMMANDS);
    start->asserts[start->assert_count++] = query;
    return UI_EXIT_FINE;
}

// How terms are shown: -1 when `name` is none of these.
static int shown(struct ui_start *start, const char *name)
{
    if (strcmp(name, "--elixir") == 0)
        start->elixir = true;
    else if (strcmp(name, "--redact") == 0)
        start->redact = true;
    else if (strcmp(name, "--show-sensitive") == 0)
        start->sensitive++;
    else
        return -1;
    return UI_EXIT_FINE;
}

// Options with a value: -1 when `name` is none of them.
static int valued(struct ui_start *start, const char *takes, const char *name, const char *value)
{
    if (strcmp(name, "-pa") == 0)
        return add_path(start, value);
    if (strchr(takes, 't') != NULL && strcmp(name, "--depth") == 0)
        return set_number(start, name, value, &start->depth);
    if (strchr(takes, 't') != NULL && strcmp(name, "--length") == 0)
        return set_number(start, name, value, &start->length);
    if (strchr(takes, 'a') != NULL && strcmp(name, "--assert") == 0)
        return add_assert(start, value);
    if (strcmp(name, "--until") == 0)
        start->until = value;
    else if (strcmp(name, "--at") == 0)
        start->at = value;
    else if (strchr(takes, 'x') != NULL && strcmp(name, "-ex") == 0)
        return add_command(start, "", value);
    else if (strchr(takes, 'x') != NULL && strcmp(name, "-x") == 0)
        return add_command(start, "source ", value);
    else if (strchr(takes, 'o') != NULL &&
             (strcmp(name, "-o") == 0 || strcmp(name, "--output") == 0))
        start->output = value;
    else if (strchr(takes, 'p') != NULL && strcmp(name, "--max-pause") == 0)
        return set_max_pause(start, value);
    else
        return -1;
    return UI_EXIT_FINE;
}

static int plain(struct ui_start *start, const char *takes, const char *name)
{
    if (strcmp(name, "--real-time") == 0)
        start->open.real_time = true;
    else if (strchr(takes, 'h') != NULL && strcmp(name, "--hold") == 0)
        start->open.hold = true;
    else if (strchr(takes, 'b') != NULL &&
             (strcmp(name, "--batch") == 0 || strcmp(name, "-batch") == 0))
        start->batch = true;
    else if (strchr(takes, 'j') != NULL && strcmp(name, "--json") == 0)
        start->json = true;
    else if (strchr(takes, 'x') != NULL && strcmp(name, "-nx") == 0)
        start->no_rc = true;
    else if (strchr(takes, 'r') != NULL && strcmp(name, "--reductions") == 0)
        start->reductions = true;
    else if (strchr(takes, 's') != NULL && strncmp(name, "--color=", 8) == 0)
        return set_colour(start, name + 8);
    else if (strchr(takes, 's') != NULL && strcmp(name, "--no-mouse") == 0)
        start->no_mouse = true;
    else
        return strchr(takes, 't') != NULL ? shown(start, name) : -1;
    return UI_EXIT_FINE;
}

// One option at args[*at], which moves behind it.
static int parse_option(struct ui_start *start, const char *takes, char **args, int *at)
{
    const char *name = args[*at], *value = args[*at + 1];
    int status = plain(start, takes, name);
    *at += 1;
    if (status >= 0)
        return status;
    status = valued(start, takes, name, value != NULL ? value : "");
    if (status < 0)
        return ui_usage(start->verb, "there is no option '%s'", name);
    if (value == NULL)
        return ui_usage(start->verb, "%s wants a value", name);
    *at += 1;
    return status;
}

int ui_start_parse(struct ui_start *start, const char *takes, int count, char **args, int *rest)
{
    int at = 1;
    while (at < count && args[at][0] == '-' && args[at][1] != '\0') {
        int status = parse_option(start, takes, args, &at);
        if (status != UI_EXIT_FINE)
            return status;
    }
    if (at >= count)
        return ui_usage(start->verb, "say what to look at: a .beam file, a module, an image, ...");
    start->open.name = args[at++];
    start->open.paths = start->paths;
    // Options may stand behind the target too, as long as nothing else does.
    while (at < count && args[at][0] == '-' && args[at][1] != '\0') {
        int status = parse_option(start, takes, args, &at);
        if (status != UI_EXIT_FINE)
            return status;
    }
    *rest = at;
    const char *usual = getenv("CRYO_MAX_PAUSE");
    if (start->has_max_pause || start->open.hold)
        return UI_EXIT_FINE;
    return set_max_pause(start, usual != NULL ? usual : UI_USUAL_PAUSE);
}

void ui_start_args(struct ui_start *start, int count, char **args)
{
    if (count == 0)
        return;
    start->open.function = args[0];
    start->open.args = (const char *const *)(args + 1);
    start->open.arg_count = (size_t)count - 1;
}

static struct wb_error *run_plan(struct insp_session *s)
{
    while (s->control.active && s->interrupted == 0)
        WB_TRY(insp_control_slice(&s->control, s->t, 100000));
    return NULL;
}

// Say one command that runs, and carry it out.
static struct wb_error *run_command(struct insp_session *s, const char *line)
{
    struct insp_context c = {.s = s};
    struct wb_text text wb_auto_text = {0};
    struct insp_out out;
    insp_out_init(&out, &text, false, 0);
    struct wb_error *err = insp_command_run(&c, line, &out);
    if (err == NULL)
        err = run_plan(s);
    if (err == NULL && s->control.stop.why != INSP_RUNNING) {
        wb_text_cut(&text, 0);
        insp_report_stop(&c, &out);
    }
    insp_context_done(&c);
    return err;
}

static struct wb_error *run_to(struct insp_session *s, const char *place)
{
    struct wb_text line wb_auto_text = {0};
    struct insp_context c = {.s = s};
    struct insp_out out;
    struct wb_text said wb_auto_text = {0};
    insp_out_init(&out, &said, false, 0);
    wb_text_printf(&line, "tbreak %s", place);
    struct wb_error *err = insp_command_run(&c, wb_text_string(&line), &out);
    insp_context_done(&c);
    WB_TRY(err);
    WB_TRY(run_command(s, "continue"));
    if (s->control.breakpoints.count == 0)
        s->control.breakpoints.last_number = 0;  // those that users set count from 1
    if (s->control.stop.why == INSP_AT_BREAK)
        return NULL;
    wb_text_cut(&said, 0);
    insp_stop_text(&s->control.stop, &said);
    ui_print_output(s);
    return wb_error_new(WB_E_NOT_FOUND, "the program did not come to %s: %s", place,
                        wb_text_string(&said));
}

static struct wb_error *go_to_start(struct ui_start *start, struct insp_session *s)
{
    struct wb_text text wb_auto_text = {0};
    if (start->at != NULL)
        return run_to(s, start->at);
    if (start->until != NULL) {
        wb_text_printf(&text, "until %s", start->until);
        return run_command(s, wb_text_string(&text));
    }
    const char *first = tgt_info(s->t)->entry;
    return first != NULL ? run_to(s, first) : NULL;
}

struct wb_error *ui_start_session(struct ui_start *start, struct insp_session *ret)
{
    struct tgt *t = NULL;
    WB_TRY(tgt_open(&start->open, &t));
    insp_session_init(ret, t);
    if (start->depth != 0)
        ret->set.depth = start->depth;
    if (start->length != 0)
        ret->set.length = start->length;
    ret->set.elixir = start->elixir;
    ret->set.redact = start->redact;
    ret->may_show_sensitive = start->sensitive > 0;
    ret->set.sensitive = start->sensitive > 1;
    struct wb_error *err = go_to_start(start, ret);
    if (err != NULL)
        insp_session_done(ret);
    return err;
}

int ui_start_asserts(struct ui_start *start, struct insp_context *c, struct insp_out *out)
{
    int status = UI_EXIT_FINE;
    for (size_t i = 0; i < start->assert_count; i++) {
        insp_out_begin(out, start->asserts[i]);
        struct wb_error *err = insp_assert(c, start->asserts[i], out);
        if (err != NULL)
            status = UI_EXIT_USAGE;
        else if (c->found > 0 && status == UI_EXIT_FINE)
            status = UI_EXIT_FOUND;
        if (err != NULL)
            fprintf(stderr, "cryo %s: %s\n", start->verb, err->text);
        insp_out_end(out, out->is_json ? err : (wb_error_free(err), NULL));
        fwrite(wb_text_string(out->text), 1, out->text->size, stdout);
        wb_text_cut(out->text, 0);
    }
    return status;
}

void ui_print_output(struct insp_session *s)
{
    struct wb_bytes said = tgt_take_output(s->t);
    if (said.size > 0)
        fwrite(said.at, 1, said.size, stdout);
    fflush(stdout);
}
