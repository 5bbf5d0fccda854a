// control.h - running a target to where one wants: steps, breakpoints, conditions.
//
// A plan says where to stop. It is started once and carried out in slices, so that a screen can go
// on answering keys; a slice ends early when the plan or a breakpoint stops the target.
#ifndef INSPECTOR_CONTROL_H
#define INSPECTOR_CONTROL_H

#include "inspector/breakpoint.h"
#include "inspector/target/target.h"

enum insp_plan_kind {
#define INSP_PLAN(name, text) INSP_PLAN_##name,
#include "inspector/plans.def"
#undef INSP_PLAN
};

struct insp_plan {
    enum insp_plan_kind kind;
    struct tgt_pid pid;  // whose steps; none: anybody's
    uint64_t count;      // how often; 0 as 1
    uint64_t time;       // UNTIL_TIME: ns of the target's clock
    uint64_t budget;     // reductions; UNTIL_REDUCTIONS stops there, others give up. 0: no limit
};

enum insp_halt {
    INSP_RUNNING,  // the slice is used up, the plan is not
    INSP_STEPPED,  // the plan has come to its end
    INSP_AT_BREAK,
    INSP_GONE,  // the process the plan was for has ended
    INSP_IDLE,
    INSP_HALTED,
    INSP_INTERRUPTED,
    INSP_LIMIT,
};

// Why and where it stopped.
struct insp_stop {
    enum insp_halt why;
    struct tgt_pid pid;  // where; none: not in a process
    struct tgt_event_info info;
    unsigned breakpoint;  // its number, when AT_BREAK
    int status;           // of halt
    char slogan[120];
};

struct insp_control {
    struct insp_breakpoints breakpoints;
    bool active;
    struct insp_plan plan;
    uint64_t left;  // of plan.count
    // Where the process stood when the plan (or its last step) began.
    struct tgt_addr start_ip;
    uint64_t start_line, start_depth;
    bool passed;  // its first instruction was let through
    // Where a stop was last reported, to go on from there and not stop again.
    struct tgt_pid frozen_pid;
    struct tgt_addr frozen_ip;
    bool resumed;
    uint64_t spent;
    uint64_t pace;  // ns of the target's clock: a slice ends there, the plan goes on. 0: no limit
    struct insp_stop stop;  // of the last slice
};

void insp_control_done(struct insp_control *c);
// Start a plan. Replaces one that is under way.
WB_MUST_CHECK struct wb_error *insp_control_start(struct insp_control *c, struct tgt *t,
                                                  const struct insp_plan *plan);
// Give up the plan.
void insp_control_cancel(struct insp_control *c);
// Carry it out for at most `reductions`. c->stop says how it stands; while RUNNING, call again.
WB_MUST_CHECK struct wb_error *insp_control_slice(struct insp_control *c, struct tgt *t,
                                                  uint64_t reductions);
// "step", "breakpoint 2", "halted with status 1", ...
void insp_stop_text(const struct insp_stop *stop, struct wb_text *text);
const char *insp_halt_name(enum insp_halt why);

#endif
