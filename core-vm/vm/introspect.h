// introspect.h - looking into a VM that stands still. Reads only; trusts nothing it finds: an image
// may be damaged, and registers may hold what was left in them. Results go on the caller's arena.
#ifndef VM_INTROSPECT_H
#define VM_INTROSPECT_H

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "core-vm/format/value.h"
#include "core-vm/vm/hook.h"
#include "core-vm/vm/vm.h"

// Grows whenever the VM may have changed.
uint64_t vm_look_epoch(const struct vm *vm);
uint64_t vm_look_now(const struct vm *vm);    // ns of its monotonic clock
uint64_t vm_look_began(const struct vm *vm);  // what that was when the VM began

struct vm_look_mfa {
    struct wb_bytes module, function;  // UTF-8; size 0: not known
    uint32_t arity;
};
struct vm_look_proc {
    uint64_t pid;          // number as in hook.h; vm_look_pid_value makes the term
    const char *status;    // "runnable", "running", "waiting", "suspended", "exiting"
    const char *priority;  // "max", "high", "normal", "low"
    bool trap_exit, sensitive, system;
    struct wb_bytes name;  // registered, size 0: none
    uint64_t label;        // term word, 0: none
    struct vm_look_mfa initial, current;
    struct wb_bytes file;  // of current; size 0: not known
    uint32_t line;
    uint64_t reductions, messages, heap_words, stack_words, memory;  // memory in bytes
    uint64_t parent, group_leader;                                   // pid numbers; 0: none
    uint64_t *links, link_count;                                     // pid numbers
    uint64_t serial;                                                 // order of creation
    uint64_t last_received;                                          // id of a message; 0: none
    uint64_t wake_at;  // ns, when in `receive after`; 0: no timer
    const char *wait;  // "receive", "receive after", or "" when it does not wait
};
struct vm_look_procs {
    struct vm_look_proc *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_procs(const struct vm *vm, struct wb_arena *arena,
                                             struct vm_look_procs *ret);
// One of them. NOT_FOUND.
WB_MUST_CHECK struct wb_error *vm_look_proc(const struct vm *vm, uint64_t pid,
                                            struct wb_arena *arena, struct vm_look_proc *ret);

struct vm_look_monitor {
    uint64_t ref;       // term word
    uint64_t pid;       // the other side; 0 when by name
    bool monitored_by;  // the other side watches us
};
struct vm_look_monitors {
    struct vm_look_monitor *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_monitors(const struct vm *vm, uint64_t pid,
                                                struct wb_arena *arena,
                                                struct vm_look_monitors *ret);

struct vm_look_message {
    uint64_t id, cause;            // message ids; cause 0: none
    uint64_t sender;               // pid number, 0: the VM (timer, down, exit, ...)
    uint64_t term;                 // word: vm_look_term reads it
    uint64_t words;                // size of its terms
    uint64_t time;                 // ns of the monotonic clock when it was sent
    bool skipped;                  // the current receive has looked at it and passed on
    struct vm_look_mfa sent_from;  // where in the sender's code
    struct wb_bytes file;
    uint32_t line;
};
struct vm_look_messages {
    struct vm_look_message *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_messages(const struct vm *vm, uint64_t pid,
                                                struct wb_arena *arena,
                                                struct vm_look_messages *ret);

struct vm_look_slot {
    char kind;  // 'x', 'y' or 'f' (then the word is a double's bits)
    uint32_t number;
    bool catch_tag;  // y: not a value but a handler's place
    uint64_t term;
};
struct vm_look_frame {
    struct vm_look_mfa mfa;
    struct wb_bytes file;
    uint32_t line;
    uint64_t ip;                 // offset of the instruction (of the call, for callers)
    uint32_t ins;                // index of its generic instruction in the module's code
    struct vm_look_slot *slots;  // innermost frame: live x registers too
    size_t slot_count;
};
struct vm_look_frames {
    struct vm_look_frame *at;  // innermost first
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_frames(const struct vm *vm, uint64_t pid,
                                              struct wb_arena *arena, struct vm_look_frames *ret);

struct vm_look_module {
    struct wb_bytes name, source;
    uint64_t start, code_bytes, literal_bytes, serial;
    bool old;
    struct wb_bytes beam;  // the file it was loaded from; size 0: not kept
};
struct vm_look_modules {
    struct vm_look_module *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_modules(const struct vm *vm, struct wb_arena *arena,
                                               struct vm_look_modules *ret);

// The process dictionary as a list of pairs, VM word by VM word.
WB_MUST_CHECK struct wb_error *vm_look_dictionary(const struct vm *vm, uint64_t pid,
                                                  struct wb_arena *arena, struct beam_value *ret);

struct vm_look_timer {
    uint64_t at;         // ns
    uint64_t pid;        // who gets it; 0: by name
    uint64_t term, ref;  // words; term 0: a `receive after`
};
struct vm_look_timers {
    struct vm_look_timer *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_timers(const struct vm *vm, struct wb_arena *arena,
                                              struct vm_look_timers *ret);

// Texts of all atoms, by number.
struct vm_look_atoms {
    struct wb_bytes *at;
    size_t count;
    uint64_t limit;
};
WB_MUST_CHECK struct wb_error *vm_look_atoms(const struct vm *vm, struct wb_arena *arena,
                                             struct vm_look_atoms *ret);

struct vm_look_table {
    uint64_t id;  // word of its reference or name
    struct wb_bytes name;
    const char *type, *access;
    uint64_t owner, size, words;
    uint32_t key;  // element of a row that is its key, from 1
};
struct vm_look_tables {
    struct vm_look_table *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *vm_look_tables(const struct vm *vm, struct wb_arena *arena,
                                              struct vm_look_tables *ret);
// All rows of a table as words.
WB_MUST_CHECK struct wb_error *vm_look_rows(const struct vm *vm, uint64_t table_id,
                                            struct wb_arena *arena, uint64_t **ret, size_t *count);

// Copy a term, `depth` levels of it (lists count one level for all their elements, up to `length`
// of them); deeper parts come back as BEAM_UNREAD with their word, what is no sound term as
// BEAM_UNREADABLE.
WB_MUST_CHECK struct wb_error *vm_look_term(const struct vm *vm, uint64_t word, unsigned depth,
                                            size_t length, struct wb_arena *arena,
                                            struct beam_value *ret);
uint64_t vm_look_pid_word(uint64_t pid);

// A part of a queue: `count` messages from position `first` on, less when it ends. *cursor, {0} at
// first, remembers where the last part ended, so that going on costs nothing.
struct vm_look_cursor {
    uint64_t epoch, pid, index, at;
    bool unseen;  // the save pointer was passed
};
WB_MUST_CHECK struct wb_error *vm_look_messages_from(const struct vm *vm, uint64_t pid,
                                                     struct vm_look_cursor *cursor, uint64_t first,
                                                     uint64_t count, struct wb_arena *arena,
                                                     struct vm_look_messages *ret);

// Code. Offsets of the entries of module's functions with that name (size 0: any) and arity
// (negative: any); with line not 0, of the first instructions of that line instead: in the current
// version, then in the old one. None is no error.
struct vm_look_ips {
    uint64_t *at;
    size_t count;
};
struct vm_look_find {
    struct wb_bytes module, function;
    int arity;
    uint32_t line;
};
WB_MUST_CHECK struct wb_error *vm_look_code(const struct vm *vm, const struct vm_look_find *find,
                                            struct wb_arena *arena, struct vm_look_ips *ret);
// Where an instruction is. NOT_FOUND: in no module.
struct vm_look_place {
    struct vm_look_mfa mfa;
    struct wb_bytes file;
    uint32_t line;
};
WB_MUST_CHECK struct wb_error *vm_look_place(const struct vm *vm, uint64_t ip,
                                             struct wb_arena *arena, struct vm_look_place *ret);

// For stepping; cheap enough to ask at every instruction.
// The same number for instructions of the same line of the same function; 0: no line known.
uint64_t vm_look_line_key(const struct vm *vm, uint64_t ip);
// Where the process goes on; 0: no such process.
uint64_t vm_look_ip(const struct vm *vm, uint64_t pid);
// The depth of the current function's frame; and how the process stands to it later: < 0 that
// function has returned, 0 it (or what it tail called) runs, > 0 something it called.
uint64_t vm_look_depth_mark(const struct vm *vm, uint64_t pid);
int vm_look_depth_compare(const struct vm *vm, uint64_t pid, uint64_t mark);

#endif
