#include "tui/save.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tui/progress.h"

enum { STOPPERS = 3 };
static const int stoppers[STOPPERS] = {SIGINT, SIGTERM, SIGHUP};

// Set by a signal handler, which gets no argument.
static volatile sig_atomic_t stop;

static void on_stop(int number)
{
    (void)number;
    stop = 1;
}

static bool go_on(void *data, uint64_t done, uint64_t all)
{
    if (all > 0 && ui_progress_is_due(data))
        fprintf(stderr, "\rsaved %.0f of %.0f MB (%.0f%%) ", (double)done / 1e6, (double)all / 1e6,
                100.0 * (double)done / (double)all);
    return stop == 0;
}

struct wb_error *ui_save(struct insp_session *s, const char *path, bool tell, bool *interrupted)
{
    struct sigaction action = {.sa_handler = on_stop}, before[STOPPERS];
    struct ui_progress progress;
    struct tgt_watch watch = {go_on, &progress};
    ui_progress_begin(&progress, tell && isatty(STDERR_FILENO) != 0);
    stop = 0;
    for (size_t i = 0; i < STOPPERS; i++)
        sigaction(stoppers[i], &action, &before[i]);
    struct wb_error *err = tgt_save(s->t, path, &watch);
    for (size_t i = 0; i < STOPPERS; i++)
        sigaction(stoppers[i], &before[i], NULL);
    ui_progress_end(&progress);
    *interrupted = stop != 0 && err != NULL;
    return err;
}
