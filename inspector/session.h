// session.h - one person's (or script's) look at one target: what is current, how things are shown.
#ifndef INSPECTOR_SESSION_H
#define INSPECTOR_SESSION_H

#include <signal.h>

#include "core-vm/base/text.h"
#include "core-vm/format/print.h"
#include "inspector/control.h"
#include "inspector/target/target.h"

// Values of settings.def.
struct insp_settings {
#define INSP_SETTING(name, initial, most, help) uint32_t name;
#include "inspector/settings.def"
#undef INSP_SETTING
};

struct insp_session {
    struct tgt *t;  // owned
    struct insp_settings set;
    bool may_show_sensitive;  // then the setting `sensitive` counts: contents are asked for twice
    struct tgt_pid pid;       // the current process; none: no process
    size_t frame;             // of it, 0: innermost
    struct insp_control control;
    volatile sig_atomic_t interrupted;  // set by a signal handler: stop running and scanning
    struct tgt_watch watch;             // told how far long scans are; go_on NULL: nobody looks

    // What was read at `epoch`: see insp_procs.
    struct wb_arena arena;
    uint64_t epoch;
    bool loaded;
    struct tgt_procs procs;
    uint32_t *by_pid;  // procs.count places in procs, in order of pid
    // Of each place the first process that it spawned and the next with its parent, made when they
    // are first asked for; procs.count: none.
    uint32_t *child, *sibling;
    struct wb_text scratch;  // a cell's text that is made when it is asked for
};

// Takes the target.
void insp_session_init(struct insp_session *s, struct tgt *t);
void insp_session_done(struct insp_session *s);

// Something long has come so far: false when it is to stop, with the error insp_stopped makes.
bool insp_go_on(struct insp_session *s, uint64_t done, uint64_t all);
WB_MUST_CHECK struct wb_error *insp_stopped(void);

// All processes at the present epoch; valid until the epoch moves.
WB_MUST_CHECK struct wb_error *insp_procs(struct insp_session *s, struct tgt_procs *ret);
// One of them; NULL: there is none of that pid.
const struct tgt_proc *insp_proc_find(struct insp_session *s, struct tgt_pid pid);
// What it has spawned, one after another, in the order of procs: the first, then the next after
// each.
const struct tgt_proc *insp_first_child(struct insp_session *s, const struct tgt_proc *parent);
const struct tgt_proc *insp_next_child(struct insp_session *s, const struct tgt_proc *child);
const struct tgt_proc *insp_proc_named(struct insp_session *s, struct wb_bytes name);
// The process that text names: "<0.12.0>", "0.12.0", "12", a registered name, or "" for the current
// one.
WB_MUST_CHECK struct wb_error *insp_proc_of(struct insp_session *s, struct wb_bytes text,
                                            const struct tgt_proc **ret);
// Has the process asked that nobody looks into it, and has nobody asked twice to do so?
#define INSP_HIDDEN_TEXT "<sensitive>"
bool insp_hides(struct insp_session *s, struct tgt_pid pid);
// Make one current.
void insp_select(struct insp_session *s, struct tgt_pid pid);
// The current process; when there is none, or it is gone, the first there is, or of what can be run
// the last. NOT_FOUND: none.
WB_MUST_CHECK struct wb_error *insp_current(struct insp_session *s, const struct tgt_proc **ret);

// How terms are printed: `column` is where the text begins, width 0: on one line.
struct beam_print insp_print_how(const struct insp_session *s, unsigned column, unsigned width);
struct tgt_limits insp_limits(const struct insp_session *s);
// Append a term of the target as text.
void insp_print_term(struct insp_session *s, struct tgt_term term, struct beam_print how,
                     struct wb_text *text);
// What a slot has, handlers' places excepted.
void insp_print_slot(struct insp_session *s, const struct tgt_slot *slot, struct beam_print how,
                     struct wb_text *text);
// A message's term; only that it is hidden, where its receiver is sensitive.
void insp_print_message(struct insp_session *s, const struct tgt_message *message, unsigned width,
                        struct wb_text *text);
void insp_print_pid(struct insp_session *s, struct tgt_pid pid, struct wb_text *text);
void insp_print_mfa(const struct tgt_mfa *mfa, struct wb_text *text);
// file:line; "" when not known.
void insp_print_place(const struct tgt_place *place, struct wb_text *text);
// symbol+0x12 file.c:8, or the object where the line is not known.
void insp_print_native(const struct tgt_native *frame, struct wb_text *text);
// 1.5s, 20ms, ...
void insp_print_time(uint64_t ns, struct wb_text *text);

#endif
