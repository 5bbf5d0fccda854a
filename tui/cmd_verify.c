// cmd_verify.c - cryo verify: are these .beam files safe to run?
#include <errno.h>
#include <fts.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/file.h"
#include "rewriter/verdict.h"
#include "tui/verb.h"

enum { MOST_KEPT = 512 << 20 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

struct job {
    struct rw_verdict r;
    struct wb_text text;
    FILE *to;
    const char *output;  // NULL: standard output
    const char *explain;
    bool strict, quick, explains;
    double seconds;      // of the processor, spent on reading and verifying
    double begun, told;  // when; when progress was last shown
};

static double time_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double now(void)
{
    return time_of(CLOCK_MONOTONIC);
}

static double used(void)
{
    return time_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void flush(struct job *job)
{
    fwrite(job->text.at, 1, job->text.size, job->to);
    wb_text_cut(&job->text, 0);
}

static void show_progress(struct job *job)
{
    double time = now();
    if (!isatty(STDERR_FILENO) || time - job->begun < 1 || time - job->told < 0.2)
        return;
    job->told = time;
    fprintf(stderr, "\r%llu files, %.1f MB, %llu broken ", (unsigned long long)job->r.sum.files,
            (double)job->r.sum.bytes / 1e6, (unsigned long long)job->r.sum.broken_files);
}

static void clear_progress(const struct job *job)
{
    if (job->told > 0)
        fputs("\r\033[K", stderr);
}

static struct wb_error *verify_bytes(struct job *job, const char *path, struct wb_bytes bytes,
                                     struct wb_arena *arena)
{
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    double begun = used();
    WB_TRY(beam_module_read(bytes, arena, &module));
    WB_TRY(beam_code_read(&module, arena, &code));
    beam_verify_with(&module, &code,
                     &(struct beam_verify_options){.whole = !job->quick, .explain = !job->r.quiet},
                     arena, &verdict);
    job->seconds += used() - begun;
    rw_verdict_file(&job->r, &(struct rw_verdict_file){path, bytes, &module, &code, &verdict});
    return NULL;
}

static void verify_path(struct job *job, const char *path)
{
    struct wb_bytes bytes wb_auto_unmap = {0};
    struct wb_arena arena = {0};
    struct wb_error *err = wb_file_map(path, &bytes);
    if (err == NULL)
        err = verify_bytes(job, path, bytes, &arena);
    if (err != NULL)
        rw_verdict_unreadable(&job->r, path, err->text);
    wb_error_free(err);
    wb_arena_free(&arena);
    if (job->r.form != RW_VERDICT_SARIF)
        flush(job);
    show_progress(job);
}

static bool is_beam(const char *path)
{
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".beam") == 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

// Files as they are; of folders every .beam file, to the bottom.
static void verify_all(struct job *job, char **paths)
{
    FTS *tree = fts_open(paths, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    for (FTSENT *entry; tree != NULL && !interrupted && (entry = fts_read(tree)) != NULL;) {
        bool named = entry->fts_level == FTS_ROOTLEVEL;
        if (entry->fts_info == FTS_F && (named || is_beam(entry->fts_path)))
            verify_path(job, entry->fts_path);
        else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR)
            rw_verdict_unreadable(&job->r, entry->fts_path, strerror(entry->fts_errno));
    }
    if (tree != NULL)
        fts_close(tree);
}

static int status_of(const struct job *job)
{
    const struct rw_verdict_sum *sum = &job->r.sum;
    if (interrupted)
        return UI_EXIT_INTERRUPTED;
    if (sum->broken_files > 0 ||
        (job->strict && sum->unproved + (sum->claims - sum->claims_proved) > 0))
        return UI_EXIT_FOUND;
    return sum->unreadable > 0 ? UI_EXIT_DAMAGED : UI_EXIT_FINE;
}

static int run(struct job *job, char **paths)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    // Files are many: the memory of one is the next one's, not given back and asked for again.
    mallopt(M_MMAP_THRESHOLD, MOST_KEPT);
    mallopt(M_TRIM_THRESHOLD, MOST_KEPT);
    job->to = stdout;
    if (job->output != NULL && (job->to = fopen(job->output, "w")) == NULL)
        return ui_fail("verify", wb_error_sys(errno, "opening %s", job->output));
    job->r.text = &job->text;
    job->begun = now();
    rw_verdict_begin(&job->r, CRYO_VERSION);
    verify_all(job, paths);
    clear_progress(job);
    rw_verdict_end(&job->r, job->seconds);
    flush(job);
    wb_text_free(&job->text);
    bool written = job->to == stdout ? fflush(stdout) == 0 : fclose(job->to) == 0;
    if (!written)
        return ui_fail("verify", wb_error_sys(errno, "writing what was found"));
    return status_of(job);
}

// One rule's page, or all of them.
static int explain(const char *name)
{
    struct wb_text text wb_auto_text = {0};
    if (!rw_verdict_explain(name, &text))
        return ui_usage("verify", "no rule is called %s; --explain without a name lists them",
                        name);
    fwrite(text.at, 1, text.size, stdout);
    return UI_EXIT_FINE;
}

// False: it is no option, or one that lacks its argument.
static bool take_option(struct job *job, int *i, int count, char **args)
{
    const char *option = args[*i];
    if (strcmp(option, "--strict") == 0)
        job->strict = true;
    else if (strcmp(option, "--local") == 0)
        job->quick = true;
    else if (strcmp(option, "--json") == 0)
        job->r.form = RW_VERDICT_JSON;
    else if (strcmp(option, "-q") == 0 || strcmp(option, "--quiet") == 0)
        job->r.quiet = true;
    else if (strcmp(option, "--sarif") == 0 && *i + 1 < count) {
        job->r.form = RW_VERDICT_SARIF;
        job->output = args[++*i];
    } else if (strcmp(option, "--explain") == 0) {
        job->explains = true;
        job->explain = *i + 1 < count ? args[++*i] : NULL;
    } else
        return false;
    return true;
}

int ui_cmd_verify(int count, char **args)
{
    struct job job = {0};
    int i = 1;
    if (count > 1 && ui_wants_help("verify", args[1]))
        return UI_EXIT_FINE;
    for (; i < count && args[i][0] == '-' && strcmp(args[i], "--") != 0; i++)
        if (!take_option(&job, &i, count, args))
            return ui_usage("verify", "%s is no option, or lacks its argument", args[i]);
    if (i < count && strcmp(args[i], "--") == 0)
        i++;
    if (job.explains)
        return explain(job.explain);
    if (i >= count)
        return ui_usage("verify", "say which files");
    return run(&job, args + i);
}
