// top.h - samples of a living OTP node that goes on running: nothing is stopped, nothing written.
//
// A sample is torn: its parts are of moments some milliseconds apart. What does not fit together is
// left out and counted.
#ifndef TARGET_TOP_H
#define TARGET_TOP_H

#include "inspector/target/target_types.h"

struct tgt_top;

struct tgt_sample {
    uint64_t time;      // ns of CLOCK_MONOTONIC
    uint64_t resident;  // bytes the node has in memory
    // Sorted by pid; links, labels and places' lines are not there.
    struct tgt_procs procs;
    size_t dropped;  // processes that did not fit together
};

// `name`: the pid of a node. As tgt_open fails, and UNSUPPORTED where it is none.
WB_MUST_CHECK struct wb_error *tgt_top_open(const char *name, struct tgt_top **ret);
const char *tgt_top_release(const struct tgt_top *top);
// What is in the sample lies on arena. STATE: the node has ended.
WB_MUST_CHECK struct wb_error *tgt_top_sample(struct tgt_top *top, struct wb_arena *arena,
                                              struct tgt_sample *ret);
void tgt_top_close(struct tgt_top *top);

#endif
