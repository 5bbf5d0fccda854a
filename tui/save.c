#include "tui/save.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { STOPPERS = 3, FIRST_MS = 1000, EVERY_MS = 200 };
static const int stoppers[STOPPERS] = {SIGINT, SIGTERM, SIGHUP};

// Set by a signal handler, which gets no argument.
static volatile sig_atomic_t stop;

static void on_stop(int number)
{
    (void)number;
    stop = 1;
}

struct progress {
    bool tell, told;
    uint64_t next;  // ms when there is something to tell
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool go_on(void *data, uint64_t done, uint64_t all)
{
    struct progress *progress = data;
    uint64_t now = now_ms();
    if (progress->tell && all > 0 && now >= progress->next) {
        fprintf(stderr, "\rsaved %.0f of %.0f MB (%.0f%%) ", (double)done / 1e6, (double)all / 1e6,
                100.0 * (double)done / (double)all);
        progress->told = true;
        progress->next = now + EVERY_MS;
    }
    return stop == 0;
}

struct wb_error *ui_save(struct insp_session *s, const char *path, bool tell, bool *interrupted)
{
    struct sigaction action = {.sa_handler = on_stop}, before[STOPPERS];
    struct progress progress = {.tell = tell && isatty(STDERR_FILENO) != 0,
                                .next = now_ms() + FIRST_MS};
    struct tgt_watch watch = {go_on, &progress};
    stop = 0;
    for (size_t i = 0; i < STOPPERS; i++)
        sigaction(stoppers[i], &action, &before[i]);
    struct wb_error *err = tgt_save(s->t, path, &watch);
    for (size_t i = 0; i < STOPPERS; i++)
        sigaction(stoppers[i], &before[i], NULL);
    if (progress.told)
        fprintf(stderr, "\r\033[K");
    *interrupted = stop != 0 && err != NULL;
    return err;
}
