// target.h - one way to look at any VM. For those who look; backends include target_impl.h.
//
// A target is our own core VM, an image of one, a live Erlang node, a core file or a crash dump.
// All answer the questions under "Looking"; the rest are abilities: ask tgt_can, or try and get
// UNSUPPORTED. Results are pushed on the caller's arena, point into it or into the target, and stay
// true for one epoch. A failing call leaves *ret as it was. One thread at a time, but for
// tgt_interrupt.
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include "inspector/target/target_types.h"

// Looking: every target.
const struct tgt_info *tgt_info(const struct tgt *t);
// Grows whenever the target may have changed: compare with what you kept, then ask again.
uint64_t tgt_epoch(const struct tgt *t);
// All processes, in order of pid.
WB_MUST_CHECK struct wb_error *tgt_list_procs(struct tgt *t, struct wb_arena *arena,
                                              struct tgt_procs *ret);
// One of them. NOT_FOUND.
WB_MUST_CHECK struct wb_error *tgt_read_proc(struct tgt *t, struct tgt_pid pid,
                                             struct wb_arena *arena, struct tgt_proc *ret);
// Its stack, innermost frame first.
WB_MUST_CHECK struct wb_error *tgt_list_frames(struct tgt *t, struct tgt_pid pid,
                                               struct wb_arena *arena, struct tgt_frames *ret);
// The part of its queue that range names, next to be received first. Less when the queue ends.
WB_MUST_CHECK struct wb_error *tgt_list_messages(struct tgt *t, struct tgt_pid pid,
                                                 struct tgt_range range, struct wb_arena *arena,
                                                 struct tgt_messages *ret);
WB_MUST_CHECK struct wb_error *tgt_list_modules(struct tgt *t, struct wb_arena *arena,
                                                struct tgt_modules *ret);
// Copy a term, cut to limits: what lies deeper comes back as UNREAD, what is no sound term as
// UNREADABLE, in their places.
WB_MUST_CHECK struct wb_error *tgt_read_term(struct tgt *t, struct tgt_term term,
                                             struct tgt_limits limits, struct wb_arena *arena,
                                             struct beam_value *ret);
void tgt_close(struct tgt *t);

// What a target may be able to do besides. NULL in its table of operations: it cannot.
enum tgt_ability {
#define TGT_ABILITY(name, member, text) TGT_CAN_##name,
#include "inspector/target/abilities.def"
#undef TGT_ABILITY
    TGT_ABILITY_COUNT,
    TGT_CAN_LOOK = TGT_ABILITY_COUNT,  // every target
};
bool tgt_can(const struct tgt *t, enum tgt_ability ability);
// "run", "list timers": completes "this target cannot ...".
const char *tgt_ability_text(enum tgt_ability ability);

// Looking: where the target can.
WB_MUST_CHECK struct wb_error *tgt_list_monitors(struct tgt *t, struct tgt_pid pid,
                                                 struct wb_arena *arena, struct tgt_monitors *ret);
// The process dictionary: a list of {Key, Value}.
WB_MUST_CHECK struct wb_error *tgt_read_dictionary(struct tgt *t, struct tgt_pid pid,
                                                   struct wb_arena *arena, struct beam_value *ret);
WB_MUST_CHECK struct wb_error *tgt_list_timers(struct tgt *t, struct wb_arena *arena,
                                               struct tgt_timers *ret);
WB_MUST_CHECK struct wb_error *tgt_list_ports(struct tgt *t, struct wb_arena *arena,
                                              struct tgt_ports *ret);
// The threads of the runtime: schedulers first, each with its run queue and what it is doing.
WB_MUST_CHECK struct wb_error *tgt_list_threads(struct tgt *t, struct wb_arena *arena,
                                                struct tgt_threads *ret);
// Connections to other nodes.
WB_MUST_CHECK struct wb_error *tgt_list_channels(struct tgt *t, struct wb_arena *arena,
                                                 struct tgt_channels *ret);
// What the target's memory is used for.
WB_MUST_CHECK struct wb_error *tgt_list_uses(struct tgt *t, struct wb_arena *arena,
                                             struct tgt_uses *ret);
WB_MUST_CHECK struct wb_error *tgt_list_atoms(struct tgt *t, struct wb_arena *arena,
                                              struct tgt_atoms *ret);
// What was checked before the first answer.
WB_MUST_CHECK struct wb_error *tgt_list_checks(struct tgt *t, struct wb_arena *arena,
                                               struct tgt_checks *ret);
WB_MUST_CHECK struct wb_error *tgt_list_tables(struct tgt *t, struct wb_arena *arena,
                                               struct tgt_tables *ret);
WB_MUST_CHECK struct wb_error *tgt_list_rows(struct tgt *t, uint64_t table, struct wb_arena *arena,
                                             struct tgt_terms *ret);
WB_MUST_CHECK struct wb_error *tgt_read_memory(struct tgt *t, struct tgt_addr from, void *to,
                                               size_t size);
// Instructions that are: the entries of functions called `function` (size 0: any) with `arity`
// (negative: any) of `module`; or, when line is not 0, the first instructions of that line. In its
// old version too.
WB_MUST_CHECK struct wb_error *tgt_find_code(struct tgt *t, const struct tgt_find *find,
                                             struct wb_arena *arena, struct tgt_addrs *ret);
// Where an instruction is. NOT_FOUND when it is in no module.
WB_MUST_CHECK struct wb_error *tgt_read_place(struct tgt *t, struct tgt_addr ip,
                                              struct wb_arena *arena, struct tgt_place *ret);
// ns of the target's monotonic clock.
WB_MUST_CHECK struct wb_error *tgt_read_clock(struct tgt *t, uint64_t *ret);

// A living target goes on while we look at a copy of it, or is held. Take a fresh copy, after which
// it is held or not; on error the old copy stays and it goes on.
WB_MUST_CHECK struct wb_error *tgt_look_again(struct tgt *t, bool hold);
// Let it go on; the copy stays.
void tgt_let_go(struct tgt *t);
// All zeros for a target that is not alive.
struct tgt_hold tgt_held(const struct tgt *t);

// Running. Runs in the caller's thread until run->budget is used up, something of interest happened
// or nothing more can happen.
WB_MUST_CHECK struct wb_error *tgt_run(struct tgt *t, const struct tgt_run *run,
                                       struct tgt_stop *ret);
// Make tgt_run come back soon. May be called from a signal handler or another thread.
void tgt_interrupt(struct tgt *t);
// Quick answers for on_event, called for every instruction. The line an instruction belongs to: the
// same key for the same line of the same function; 0: none.
uint64_t tgt_line_key(const struct tgt *t, struct tgt_addr ip);
// How deep the process's current function stands, and how that compares later: < 0 it has returned,
// 0 it (or what it tail called) runs, > 0 something it called runs.
uint64_t tgt_depth_mark(const struct tgt *t, struct tgt_pid pid);
int tgt_depth_compare(const struct tgt *t, struct tgt_pid pid, uint64_t mark);
// Where the process goes on; at 0: no such process.
struct tgt_addr tgt_ip_of(const struct tgt *t, struct tgt_pid pid);
// What the program has written since the last call (its standard output and error). Valid until
// the target runs again.
struct wb_bytes tgt_take_output(struct tgt *t);

// Changing what is in flight, while nothing runs.
WB_MUST_CHECK struct wb_error *tgt_inject(struct tgt *t, struct tgt_pid to,
                                          const struct beam_value *term);
WB_MUST_CHECK struct wb_error *tgt_drop(struct tgt *t, struct tgt_pid pid, uint64_t message);
// Before another message of the same queue (0: last).
WB_MUST_CHECK struct wb_error *tgt_move(struct tgt *t, struct tgt_pid pid, uint64_t message,
                                        uint64_t before);
WB_MUST_CHECK struct wb_error *tgt_kill(struct tgt *t, struct tgt_pid pid);
WB_MUST_CHECK struct wb_error *tgt_load_code(struct tgt *t, struct wb_bytes beam_file,
                                             const char *source);
// Throw away the old version of a module, unless somebody runs it: *users says how many processes
// do. `kill`: they are killed first. NOT_FOUND: there is no old version.
WB_MUST_CHECK struct wb_error *tgt_purge_code(struct tgt *t, struct wb_bytes module, bool kill,
                                              uint64_t *users);

// Write the whole state as a file that tgt_open opens; nothing is left of it when that fails. STATE
// when the watch (NULL: nobody looks) says to stop.
WB_MUST_CHECK struct wb_error *tgt_save(struct tgt *t, const char *path,
                                        const struct tgt_watch *watch);

// Opening. What `name` means is found out by looking: a file by what it contains; else a number is
// a process of the operating system and anything else a module.
struct tgt_open {
    const char *name;
    const char *const *paths;  // folders searched for modules before the installed ones
    size_t path_count;
    const char *function;     // where a module starts; NULL: "start" or "main", whichever it has
    const char *const *args;  // handed to it as a list of atoms when there are any
    size_t arg_count;
    uint64_t
        max_pause;  // ns a living node may stand still; 0: as long as it takes to copy all of it
    bool hold;      // it stays frozen, for max_pause at most
    bool
        unproven;  // open it even if a check fails: for tgt_list_checks, other answers may be wrong
    bool real_time;  // a module's clock is ours; else time is virtual and runs repeat exactly
};
WB_MUST_CHECK struct wb_error *tgt_open(const struct tgt_open *open, struct tgt **ret);

#endif
