#include "tui/progress.h"

#include <stdio.h>

#include "core-vm/base/clock.h"

enum { FIRST_NS = 1000000000, EVERY_NS = 200000000 };

void ui_progress_begin(struct ui_progress *progress, bool tell)
{
    *progress = (struct ui_progress){.tell = tell, .next = wb_now_ns() + FIRST_NS};
}

bool ui_progress_is_due(struct ui_progress *progress)
{
    if (!progress->tell)
        return false;
    uint64_t now = wb_now_ns();
    if (now < progress->next)
        return false;
    progress->next = now + EVERY_NS;
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
