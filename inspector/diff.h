// diff.h - what is different between two targets: two images of a node, a core and a dump, ...
//
// Every list of diffs.def is compared row by row; the queues of processes that are in both message
// by message, by their ids where the target has such, else by sender and content; and the rows of
// tables that are in both.
#ifndef INSPECTOR_DIFF_H
#define INSPECTOR_DIFF_H

#include "inspector/out.h"

struct insp_diff {
    struct insp_session *before, *after;
    bool reductions;     // compare those too
    size_t differences;  // found
};

// Write what is different, from before to after; in text nothing if nothing is. Between
// insp_out_begin and insp_out_end.
WB_MUST_CHECK struct wb_error *insp_diff(struct insp_diff *diff, struct insp_out *out);

#endif
