// edit.h - lines typed at the prompt. Two implementations: readline, and plain input.
#ifndef TUI_EDIT_H
#define TUI_EDIT_H

#include "core-vm/base/text.h"

// Completions of a line up to the cursor, one a line, appended to *ret.
typedef void ui_edit_complete_fn(void *data, const char *line, struct wb_text *ret);

struct ui_edit {
    ui_edit_complete_fn *complete;
    void *data;
    const char *history_path;  // NULL: none is kept
};

// `edit` must stay where it is until ui_edit_done.
void ui_edit_init(struct ui_edit *edit);
// The next line without its newline, to be freed; NULL: the end.
char *ui_edit_read(struct ui_edit *edit, const char *prompt);
void ui_edit_done(struct ui_edit *edit);

#endif
