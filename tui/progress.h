// progress.h - how far something long is, told on standard error when that is a terminal.
#ifndef TUI_PROGRESS_H
#define TUI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ui_progress {
    bool tell;      // there is somebody to be told
    bool told;      // something stands in the last line
    uint64_t next;  // wb_now_ns() when there is something to tell
};

// What ends within a second says nothing.
void ui_progress_begin(struct ui_progress *progress, bool tell);
// Is it time to tell? Then not again for a while.
bool ui_progress_is_due(struct ui_progress *progress);
// "looked through 12%", where it is time.
void ui_progress_look(struct ui_progress *progress, uint64_t done, uint64_t all);
// Take away what was told.
void ui_progress_end(struct ui_progress *progress);

#endif
