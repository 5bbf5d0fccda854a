// cmd_top.c - cryo top: a living node is watched while it runs on.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core-vm/base/clock.h"
#include "tui/start.h"
#include "tui/terminal.h"
#include "tui/top.h"

enum { MOST_SECONDS = 3600, DEFAULT_ROWS = 20 };

struct options {
    const char *name;
    double seconds;
    uint64_t samples;  // 0: no end
    size_t rows;
    bool batch, json;
    enum insp_top_field sort;
};

static uint64_t now_ms(void)
{
    return wb_now_ns() / 1000000;
}

static void wait_ms(uint64_t ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

// A number in [least, most]; false: it is none.
static bool read_number(const char *text, double least, double most, double *ret)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= least && number <= most))
        return false;
    *ret = number;
    return true;
}

static int set_value(struct options *o, const char *name, const char *value)
{
    double number = 0;
    if (strcmp(name, "--sort") == 0) {
        o->sort = insp_top_field_of(value);
        return o->sort != INSP_TOP_FIELD_COUNT ? UI_EXIT_FINE
                                               : ui_usage("top", "no column is called '%s'", value);
    }
    bool seconds = strcmp(name, "-d") == 0;
    if (!read_number(value, seconds ? 0.05 : 0, seconds ? MOST_SECONDS : 1e9, &number))
        return ui_usage("top", "%s needs a number, not '%s'", name, value);
    if (seconds)
        o->seconds = number;
    else if (strcmp(name, "-n") == 0)
        o->samples = (uint64_t)number;
    else
        o->rows = (size_t)number;
    return UI_EXIT_FINE;
}

static int parse(struct options *o, int count, char **args)
{
    static const char *const valued[] = {"-d", "-n", "--sort", "--rows"};
    for (int i = 1; i < count; i++) {
        bool has_value = false;
        for (size_t k = 0; k < sizeof valued / sizeof *valued; k++)
            has_value = has_value || strcmp(args[i], valued[k]) == 0;
        if (has_value && i + 1 == count)
            return ui_usage("top", "%s needs a value", args[i]);
        int status = UI_EXIT_FINE;
        if (has_value) {
            status = set_value(o, args[i], args[i + 1]);
            i++;
        } else if (strcmp(args[i], "--batch") == 0) {
            o->batch = true;
        } else if (strcmp(args[i], "--json") == 0) {
            o->batch = o->json = true;
        } else if (args[i][0] == '-' || o->name != NULL) {
            status = ui_usage("top", "'%s' is one thing too many", args[i]);
        } else {
            o->name = args[i];
        }
        if (status != UI_EXIT_FINE)
            return status;
    }
    return o->name != NULL ? UI_EXIT_FINE : ui_usage("top", "the pid of a node is missing");
}

static struct wb_error *take_sample(struct tgt_top *node, struct insp_top *top)
{
    struct tgt_sample sample;
    WB_TRY(tgt_top_sample(node, insp_top_arena(top), &sample));
    insp_top_add(top, &sample);
    return NULL;
}

static bool print_sample(const struct options *o, const struct insp_top *top, const char *release)
{
    struct wb_text text wb_auto_text = {0};
    if (o->json) {
        struct wb_json json = {.text = &text};
        insp_top_json(top, release, o->rows, &json);
    } else {
        insp_top_text(top, release, o->rows, &text);
    }
    wb_text_put_char(&text, '\n');
    fwrite(wb_text_string(&text), 1, text.size, stdout);
    return fflush(stdout) == 0;
}

// A first sample to count from, then one after each pause.
static struct wb_error *run_batch(const struct options *o, struct tgt_top *node,
                                  struct insp_top *top)
{
    WB_TRY(take_sample(node, top));
    for (uint64_t i = 0; o->samples == 0 || i < o->samples; i++) {
        wait_ms((uint64_t)(o->seconds * 1000));
        WB_TRY(take_sample(node, top));
        if (!print_sample(o, top, tgt_top_release(node)))
            break;
    }
    return NULL;
}

static void show(struct ui_top *screen, const struct ui_terminal *terminal, int *rows)
{
    struct wb_arena arena = {0};
    int cols;
    ui_terminal_size(rows, &cols);
    struct ui_canvas canvas = ui_canvas_make(&arena, *rows, cols);
    ui_top_draw(screen, ui_area_of(&canvas));
    ui_terminal_show(terminal, &canvas);
    wb_arena_free(&arena);
}

// The ordinary screen over a copy that is made now; then back.
static struct wb_error *look(const struct options *o, const struct ui_terminal_options *options,
                             struct ui_terminal *terminal)
{
    char verb[] = "cryo";
    char *args[] = {verb, (char *)(uintptr_t)o->name, NULL};
    ui_terminal_close();
    ui_screen(2, args);
    return ui_terminal_open(options, terminal);
}

static struct wb_error *run_screen(const struct options *o, struct tgt_top *node,
                                   struct insp_top *top)
{
    struct ui_terminal_options options = {.mouse = false};
    struct ui_terminal terminal = {0};
    struct ui_top screen = {.data = top, .name = o->name, .release = tgt_top_release(node)};
    WB_TRY(take_sample(node, top));
    WB_TRY(ui_terminal_open(&options, &terminal));
    struct wb_error *err = NULL;
    enum ui_top_wish wish = UI_TOP_NOTHING;
    uint64_t due = now_ms() + 200, taken = 0;  // the first rates soon
    while (err == NULL && wish != UI_TOP_QUIT && (o->samples == 0 || taken < o->samples)) {
        int rows = 0;
        show(&screen, &terminal, &rows);
        uint64_t now = now_ms();
        struct ui_input input = ui_terminal_key(now < due ? (int)(due - now) : 0);
        wish = ui_top_input(&screen, input, rows);
        if (wish == UI_TOP_FREEZE)
            err = look(o, &options, &terminal);
        if (err == NULL && now_ms() >= due) {
            due = now_ms() + (uint64_t)(o->seconds * 1000);
            taken++;
            if (!screen.paused)
                err = take_sample(node, top);
        }
    }
    ui_terminal_close();
    return err;
}

int ui_cmd_top(int count, char **args)
{
    struct options o = {.seconds = 1, .rows = DEFAULT_ROWS, .sort = INSP_TOP_REDUCTIONS};
    struct tgt_top *node = NULL;
    struct insp_top top;
    if (count > 1 && ui_wants_help("top", args[1]))
        return UI_EXIT_FINE;
    int status = parse(&o, count, args);
    if (status != UI_EXIT_FINE)
        return status;
    insp_top_init(&top);
    top.sort = o.sort;
    struct wb_error *err = tgt_top_open(o.name, &node);
    if (err == NULL)
        err = o.batch ? run_batch(&o, node, &top) : run_screen(&o, node, &top);
    insp_top_done(&top);
    tgt_top_close(node);
    return err != NULL ? ui_fail("top", err) : UI_EXIT_FINE;
}
