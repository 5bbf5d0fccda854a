// line.h - a line being typed inside a screen: command, search, filter.
#ifndef TUI_LINE_H
#define TUI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UI_LINE_SIZE = 512, UI_HISTORY = 100 };

struct ui_line {
    char text[UI_LINE_SIZE];
    size_t size, cursor;  // bytes
};

void ui_line_set(struct ui_line *line, const char *text);
// An editing key; false: it means nothing here.
bool ui_line_key(struct ui_line *line, uint32_t key);
// Put text in place of the word before the cursor.
void ui_line_replace_word(struct ui_line *line, const char *text, size_t size);

// Lines typed before, newest last.
struct ui_history {
    char *at[UI_HISTORY];
    size_t count, shown;  // shown: the one in the line, count: a new one
};
void ui_history_add(struct ui_history *history, const char *text);
// Step back or forth: the line's new text, NULL: there is none.
const char *ui_history_step(struct ui_history *history, int step);
void ui_history_free(struct ui_history *history);

#endif
