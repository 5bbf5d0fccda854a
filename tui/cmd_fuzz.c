// cmd_fuzz.c - cryo fuzz: a loader is fed with .beam files that are not quite right.
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core-vm/base/clock.h"
#include "core-vm/base/file.h"
#include "rewriter/fuzz/fuzz.h"
#include "tui/verb.h"

// A signal handler has no argument for it.
static volatile sig_atomic_t interrupted;

struct command {
    struct rw_fuzz_options fuzz;
    const char *replay, *junit, *sarif, *plot;
    bool terminal;   // progress is one line that changes
    double printed;  // when progress was printed last
};

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

// ---- the command line

// "90", "90s", "5m", "1h"; negative: none of them.
static double parse_time(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    double unit = *end == 'm' ? 60 : *end == 'h' ? 3600 : 1;
    bool good = end != text && number >= 0 && isfinite(number) &&
                (*end == '\0' || (strchr("smh", *end) != NULL && end[1] == '\0'));
    return good ? number * unit : -1;
}

static struct ui_option option_of(struct command *c, const char *name)
{
    const struct ui_option rows[] = {
        {"--loader", &c->fuzz.loader, NULL},
        {"--corpus", &c->fuzz.corpus, NULL},
        {"--out", &c->fuzz.out, NULL},
        {"--replay", &c->replay, NULL},
        {"--junit", &c->junit, NULL},
        {"--sarif", &c->sarif, NULL},
        {"--plot", &c->plot, NULL},
        {"--stop-at-first", NULL, &c->fuzz.stop_at_first},
        {"--no-calls", NULL, &c->fuzz.no_calls},
        {"--no-minimise", NULL, &c->fuzz.no_minimise},
    };
    return ui_option_find(rows, sizeof rows / sizeof *rows, name);
}

// An option with a value; the status of what is wrong with it.
static int parse_value(struct command *c, const char *name, const char *value)
{
    const char **text = option_of(c, name).text;
    bool time = strcmp(name, "--time") == 0, timeout = strcmp(name, "--timeout") == 0;
    bool runs = strcmp(name, "--runs") == 0;
    if (text == NULL && !time && !timeout && !runs && strcmp(name, "--seed") != 0)
        return ui_usage("fuzz", "there is no option '%s'", name);
    if (value == NULL)
        return ui_usage("fuzz", "%s wants a value", name);
    if (text != NULL) {
        *text = value;
    } else if (time || timeout) {
        double seconds = parse_time(value);
        if (seconds < 0)
            return ui_usage("fuzz", "%s wants a time like 60s, 5m or 1h, not '%s'", name, value);
        *(time ? &c->fuzz.seconds : &c->fuzz.input_seconds) = seconds;
    } else if (!ui_read_number(value, runs ? &c->fuzz.runs : &c->fuzz.seed)) {
        return ui_usage("fuzz", "%s wants a number, not '%s'", name, value);
    }
    return UI_EXIT_FINE;
}

static int parse(struct command *c, int count, char **args)
{
    for (int i = 1; i < count; i++) {
        bool *flag = option_of(c, args[i]).flag;
        if (flag != NULL) {
            *flag = true;
            continue;
        }
        int status = parse_value(c, args[i], args[i + 1]);
        if (status != UI_EXIT_FINE)
            return status;
        i++;
    }
    c->fuzz.version = CRYO_VERSION;
    if (c->fuzz.loader == NULL)
        return ui_usage("fuzz", "say which loader: core, otp, beam_lib or cmd:PROGRAM");
    if (c->fuzz.out == NULL)
        c->fuzz.out = "cryo-fuzz";
    return UI_EXIT_FINE;
}

// ---- what is said meanwhile

static void print_progress(const struct rw_fuzz_progress *p)
{
    printf("%llu inputs, %.0f/s, ", (unsigned long long)p->now.execs, p->speed);
    if (p->edges_all > 0)
        printf("%llu of %llu edges, ", (unsigned long long)p->now.edges,
               (unsigned long long)p->edges_all);
    printf("%llu kept, %llu findings", (unsigned long long)p->now.corpus,
           (unsigned long long)p->now.findings);
    if (p->left >= 0)
        printf(", %.0f s left", p->left);
}

static void on_progress(void *data, const struct rw_fuzz_progress *progress)
{
    struct command *c = data;
    double now = wb_now_seconds();
    if (c->printed == 0 && progress->edges_all == 0)
        puts(strcmp(c->fuzz.loader, "core") == 0
                 ? "coverage is not seen: this build has no -Dcoverage=true; what is said guides"
                 : "coverage of this loader is not seen; what is said guides");
    if (now - c->printed < (c->terminal ? 0.5 : 5))
        return;
    c->printed = now;
    fputs(c->terminal ? "\r\033[K" : "", stdout);
    print_progress(progress);
    fputs(c->terminal ? "" : "\n", stdout);
    fflush(stdout);
}

static void on_finding(void *data, const struct rw_finding *finding)
{
    const struct command *c = data;
    printf("%s%s: %s\n  verifier: %s; %zu bytes, of %zu\n  cryo fuzz --loader %s --replay "
           "%s/findings/%s.beam\n",
           c->terminal ? "\r\033[K" : "", finding->name, finding->result.text, finding->rule,
           finding->size, finding->size_before, c->fuzz.loader, c->fuzz.out, finding->name);
    fflush(stdout);
}

// ---- runs

static struct wb_error *write_report(const char *path, const struct command *c,
                                     const struct rw_fuzz_report *report,
                                     void (*make)(const struct rw_fuzz_options *,
                                                  const struct rw_fuzz_report *, struct wb_text *))
{
    struct wb_text text wb_auto_text = {0};
    if (path == NULL)
        return NULL;
    make(&c->fuzz, report, &text);
    return wb_file_write(path, wb_text_bytes(&text));
}

static struct wb_error *write_reports(const struct command *c, const struct rw_fuzz_report *report)
{
    WB_TRY(write_report(c->junit, c, report, rw_report_junit));
    WB_TRY(write_report(c->sarif, c, report, rw_report_sarif));
    return write_report(c->plot, c, report, rw_report_plot);
}

static void watch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
}

static int summary(const struct command *c, const struct rw_fuzz_report *report)
{
    if (c->terminal)
        fputs("\r\033[K", stdout);
    print_progress(&report->last);
    printf("; %.1f s in all\n", report->last.now.seconds);
    if (report->finding_count > 0)
        return UI_EXIT_FOUND;
    return report->was_interrupted ? UI_EXIT_INTERRUPTED : UI_EXIT_FINE;
}

static int fuzz(struct command *c)
{
    struct wb_arena arena = {0};
    struct rw_fuzz_report report;
    struct rw_fuzz_watch watch = {.on_progress = on_progress, .on_finding = on_finding, .data = c};
    c->terminal = isatty(STDOUT_FILENO) != 0;
    c->fuzz.interrupted = &interrupted;
    watch_signals();
    struct wb_error *err = rw_fuzz(&c->fuzz, &watch, &arena, &report);
    int status = UI_EXIT_FINE;
    if (err == NULL) {
        status = summary(c, &report);
        err = write_reports(c, &report);
    }
    wb_arena_free(&arena);
    return err != NULL ? ui_fail("fuzz", err) : status;
}

static int replay(struct command *c)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_arena arena = {0};
    struct rw_result result;
    struct wb_error *err = wb_file_map(c->replay, &file);
    if (err == NULL)
        err = rw_fuzz_replay(&c->fuzz, file, &result);
    if (err != NULL)
        return ui_fail("fuzz", err);
    printf("%s: %s\nverifier: %s\n%s", rw_end_name(result.end), result.text,
           rw_fuzz_rule(file, &arena), result.stack);
    wb_arena_free(&arena);
    return rw_end_is_finding(result.end) ? UI_EXIT_FOUND : UI_EXIT_FINE;
}

int ui_cmd_fuzz(int count, char **args)
{
    if (count > 1 && ui_wants_help("fuzz", args[1]))
        return UI_EXIT_FINE;
    struct command command = {0};
    int status = parse(&command, count, args);
    if (status != UI_EXIT_FINE)
        return status;
    return command.replay != NULL ? replay(&command) : fuzz(&command);
}
