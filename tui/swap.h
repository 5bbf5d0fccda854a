// swap.h - the command `rewrite`: passes of the rewriter over a module of a target that stands
// still.
#ifndef TUI_SWAP_H
#define TUI_SWAP_H

#include "inspector/out.h"

// `text`: "MODULE PASS[=OPTION]...". What the passes make of the module's current version is proved
// and becomes current. Nothing changes on error.
WB_MUST_CHECK struct wb_error *ui_rewrite(struct insp_session *s, const char *text,
                                          struct insp_out *out);

#endif
