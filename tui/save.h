// save.h - saving a target: how far it is, and stopping it, for every part of the user interface.
#ifndef TUI_SAVE_H
#define TUI_SAVE_H

#include "inspector/session.h"

// Save the session's target as the file `path`. What takes longer than a second says on standard
// error how far it is, when that is a terminal and `tell` is set. SIGINT, SIGTERM and SIGHUP stop
// it: then *interrupted is true, and nothing is left of the file.
WB_MUST_CHECK struct wb_error *ui_save(struct insp_session *s, const char *path, bool tell,
                                       bool *interrupted);

#endif
