// wait.h - who waits for whom: calls, monitors and suspensions of a still target, as a graph.
//
// A caller of gen_server:call and its kin stands in gen:do_call. Whom it asked, the monitor says
// whose reference lies in a slot of that frame; where monitors are not known, the queue that has
// its request in it. Somebody who stands in a receive with a monitor's reference in a slot waits
// for that process's answer too. Each process waits for one at most, so that chains have one end.
#ifndef INSPECTOR_WAIT_H
#define INSPECTOR_WAIT_H

#include "inspector/session.h"

enum insp_wait_kind {
    INSP_WAIT_NONE,     // waits for nobody in particular
    INSP_WAIT_CALL,     // in gen:do_call
    INSP_WAIT_MONITOR,  // in a receive, for somebody it monitors
};

// What became of a request.
enum insp_asked {
    INSP_ASKED_UNKNOWN,
    INSP_ASKED_QUEUED,  // it is in the callee's queue, at `position`
    INSP_ASKED_TAKEN,   // it is not: the callee has received it
};

struct insp_wait {
    const struct tgt_proc *proc;
    enum insp_wait_kind kind;
    size_t callee;   // row of procs; count: nobody
    size_t root;     // the end of the chain; in a cycle, the first of its processes; count: none
    size_t depth;    // steps to it; in a cycle, its length
    size_t callers;  // who wait for this process, directly
    size_t held;     // and by chains that end here
    size_t first;    // of those, the one that waits directly; count: none
    bool cycle;
    enum insp_asked asked;
    enum tgt_seen seen;      // QUEUED
    uint64_t position;       // QUEUED
    struct tgt_place place;  // the code that waits, not the library's
};

struct insp_waits {
    struct tgt_procs procs;
    struct insp_wait *at;  // procs.count of them
};

// STATE: interrupted.
WB_MUST_CHECK struct wb_error *insp_waits_read(struct insp_session *s, struct wb_arena *arena,
                                               struct insp_waits *ret);
bool insp_mfa_is(const struct tgt_mfa *mfa, const char *module, const char *function);
// Who suspended a process; none: nobody, or not known.
struct tgt_pid insp_suspended_by(struct insp_session *s, struct tgt_pid pid);

#endif
