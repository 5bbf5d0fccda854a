#include "tui/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 1000, EVERY_MS = 200 };

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void ui_progress_begin(struct ui_progress *progress, bool tell)
{
    *progress = (struct ui_progress){.tell = tell, .next = now_ms() + FIRST_MS};
}

bool ui_progress_is_due(struct ui_progress *progress)
{
    uint64_t now = progress->tell ? now_ms() : 0;
    if (!progress->tell || now < progress->next)
        return false;
    progress->next = now + EVERY_MS;
    progress->told = true;
    return true;
}

void ui_progress_look(struct ui_progress *progress, uint64_t done, uint64_t all)
{
    if (all > 0 && ui_progress_is_due(progress))
        fprintf(stderr, "\rlooked through %.0f%% ", 100.0 * (double)done / (double)all);
}

void ui_progress_end(struct ui_progress *progress)
{
    if (progress->told)
        fprintf(stderr, "\r\033[K");
    progress->told = false;
}
