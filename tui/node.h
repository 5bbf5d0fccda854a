// node.h - another node's code server, asked by OTP's own means: a hidden node of the installed OTP
// that we start, which nobody can connect to, and which ends with us.
//
// Unlike everything in inspector/, this changes the other node: it has code loaded.
#ifndef TUI_NODE_H
#define TUI_NODE_H

#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

struct ui_node;

struct ui_node_options {
    const char *name;    // NAME@HOST, or a name on this host; long names where HOST has a dot
    const char *cookie;  // NULL: what OTP takes, as of ~/.erlang.cookie
    unsigned seconds;    // that connecting, and each request, may take
};
// ATTACH: it cannot be reached, and why: not there, another cookie, no answer.
WB_MUST_CHECK struct wb_error *ui_node_open(const struct ui_node_options *options,
                                            struct ui_node **ret);
void ui_node_close(struct ui_node *node);

// The file of a module, where the node has it, and whether something else runs than that file.
// NOT_FOUND.
WB_MUST_CHECK struct wb_error *ui_node_get(struct ui_node *node, const char *module,
                                           struct wb_text *file, struct wb_text *path,
                                           bool *differs);

struct ui_node_load {
    struct wb_bytes module, file;
    const char *path;  // where it is from, if the node does not know yet
    bool purge;        // kill the processes that run the version before the present one
    bool unstick;      // load it even if its directory is sticky
};
// Make it the node's current version. STATE: the directory is sticky, the old version is still run,
// its on_load function failed.
WB_MUST_CHECK struct wb_error *ui_node_load(struct ui_node *node, const struct ui_node_load *load);

#endif
