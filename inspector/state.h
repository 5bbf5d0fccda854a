// state.h - the state of a behaviour's process, read from where its loop keeps it on the stack.
//
// gen_server's loops have Mod, State, Name and Parent in slots next to each other, in that order
// (OTP 24 to 27, as compiled; what stands there is checked). gen_statem has a record
// {state, {State, Data}, ...}, and gen_event a list of {handler, Module, Id, State, ...}.
#ifndef INSPECTOR_STATE_H
#define INSPECTOR_STATE_H

#include "inspector/session.h"

// "module", "state", "data", "handlers": a term of the target, or one that was read already.
struct insp_state_part {
    const char *name;
    struct tgt_term term;
    bool is_value;
    struct beam_value value;
};
struct insp_state {
    const char *behaviour;  // "gen_server"; NULL: none was found
    struct insp_state_part part[3];
    size_t count;
};
// Of a process; what was read is on arena. NOT_FOUND when none is on its stack.
WB_MUST_CHECK struct wb_error *insp_state_read(struct insp_session *s, struct tgt_pid pid,
                                               struct wb_arena *arena, struct insp_state *ret);

// What a supervisor says of a child of its.
struct insp_child {
    struct tgt_pid pid;        // none: it does not run
    struct beam_value id;      // on the arena it was read on; UNREAD: it has none
    struct wb_bytes restart;   // "permanent"
    struct wb_bytes type;      // "worker", "supervisor"
    struct wb_bytes standing;  // "undefined", "restarting": why it does not run
};
struct insp_children {
    struct insp_child *at;
    size_t count;
};
// The children of a supervisor as it knows them, in the order in which they were started: from its
// #state{} (OTP 24 to 29), wherever on its stack that is. None of a process that is no supervisor.
void insp_children_read(struct insp_session *s, struct tgt_pid pid, struct wb_arena *arena,
                        struct insp_children *ret);

#endif
