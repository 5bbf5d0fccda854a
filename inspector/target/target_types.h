// target_types.h - the words target.h is written in: what any VM has, as plain data.
#ifndef TARGET_TARGET_TYPES_H
#define TARGET_TARGET_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"
#include "core-vm/format/value.h"

struct tgt;

// Words of the target. Structs, so that they cannot pass for numbers or pointers of ours.
struct tgt_term {
    uint64_t bits;  // 0: none
};
struct tgt_addr {
    uint64_t at;
};
// A local pid <0.Number.Serial>. Compare ids; 0: none.
struct tgt_pid {
    uint64_t id;
};

#define TGT_PID_BIT (UINT64_C(1) << 63)
static inline struct tgt_pid tgt_pid_make(uint32_t number, uint32_t serial)
{
    return (struct tgt_pid){TGT_PID_BIT | (uint64_t)(serial & 0x7fffffff) << 32 | number};
}
static inline uint32_t tgt_pid_number(struct tgt_pid pid)
{
    return (uint32_t)pid.id;
}
static inline uint32_t tgt_pid_serial(struct tgt_pid pid)
{
    return (uint32_t)(pid.id >> 32) & 0x7fffffff;
}

// Something a target says of itself, on one line: "slogan".
struct tgt_fact {
    const char *name, *value;
};

struct tgt_info {
    const char *kind;     // "core VM", "image", "core file"
    const char *name;     // as the user called it
    const char *release;  // "OTP 25"; "" when not known
    unsigned word_size;
    const char
        *entry;  // where a program that was just started begins, mod:fun/arity; NULL: it runs
    bool live;   // it goes on by itself unless it is held
    const char *receipt;  // what looking cost a living target, "paused 12.4 ms: ..."; NULL: nothing
    const struct tgt_fact *fact;
    size_t fact_count;
};

// Told now and then how far something long has come. False: it is to stop.
struct tgt_watch {
    bool (*go_on)(void *data, uint64_t done, uint64_t all);
    void *data;
};

// How a living target stands with us; ns of the monotonic clock.
struct tgt_hold {
    bool on;           // it stands still, and we look
    bool wanted;       // it was held the last time it was frozen
    uint64_t since;    // when it was frozen last
    uint64_t until;    // when it goes on at the latest; 0: when we let it
    uint64_t went_on;  // 0: not yet
};

struct tgt_limits {
    unsigned depth;  // levels; a list's elements are one level
    size_t length;   // elements of a list
};

enum tgt_status {
    TGT_RUNNABLE,
    TGT_RUNNING,
    TGT_WAITING,
    TGT_SUSPENDED,
    TGT_COLLECTING,  // caught in garbage collection
    TGT_EXITING,
    TGT_STATUS_COUNT
};
const char *tgt_status_name(enum tgt_status status);

// Small, for there may be a million processes.
enum { TGT_MAX, TGT_HIGH, TGT_NORMAL, TGT_LOW };
enum { TGT_NO_WAIT, TGT_RECEIVE, TGT_RECEIVE_AFTER };
// "normal".
const char *tgt_priority_name(uint8_t priority);
// "receive"; "": does not wait.
const char *tgt_wait_name(uint8_t wait);

// Size 0: not known.
struct tgt_mfa {
    struct wb_bytes module, function;
    uint32_t arity;
};
struct tgt_place {
    struct tgt_mfa mfa;
    struct wb_bytes file;  // size 0: not known
    uint32_t line;
};

struct tgt_proc {
    struct tgt_pid pid;
    enum tgt_status status;
    bool trap_exit : 1, sensitive : 1, system : 1;
    uint8_t priority, wait;
    struct wb_bytes name;           // registered; size 0: none
    struct tgt_term label;          // of proc_lib:set_label
    const struct tgt_mfa *initial;  // never NULL; many processes share what they point to
    const struct tgt_place *current;
    uint64_t reductions, messages, heap_words, stack_words, memory;  // memory in bytes
    struct tgt_pid parent, group_leader;
    struct tgt_pid *links;
    size_t link_count;
    uint64_t serial;         // order of creation; 0: not known
    uint64_t last_received;  // id of a message; 0: none or not known
    uint64_t wake_at;        // ns of the target's clock when `receive after` ends; 0: no timer
    const char *caveat;      // why not all of it could be read; NULL: all is whole
};
struct tgt_procs {
    struct tgt_proc *at;
    size_t count;
};

struct tgt_range {
    uint64_t first, count;
};
#define TGT_ALL ((struct tgt_range){0, UINT64_MAX})

enum tgt_seen {
    TGT_SKIPPED,  // the current receive has looked at it and passed on
    TGT_UNSEEN,   // it has not come to it yet
    TGT_OUTER,    // still in an outer queue of the runtime
};

struct tgt_message {
    uint64_t id, cause;         // cause: what its sender had last received; 0: not known
    struct tgt_pid to, sender;  // sender: none: the VM itself
    uint64_t position;          // in the queue, from 0
    struct tgt_term term;
    uint64_t words;
    uint64_t time;  // ns of the target's clock; 0: not known
    enum tgt_seen seen;
    const char *kind;  // "message"; other signals by their name
    struct tgt_place sent_from;
};
struct tgt_messages {
    struct tgt_message *at;
    size_t count;
};

struct tgt_slot {
    char kind;  // 'x', 'y' or 'f' (then the term's bits are a double's)
    uint32_t number;
    bool catch_tag;  // y: not a value but the place of a handler
    struct tgt_term term;
};
struct tgt_frame {
    struct tgt_place place;
    struct tgt_addr ip;
    uint32_t ins;  // index of the generic instruction in the module's code; UINT32_MAX: not known
    bool native;   // of a BIF or NIF, whose C code its thread is in
    struct tgt_slot *slots;  // innermost frame: live x registers too
    size_t slot_count;
};
struct tgt_frames {
    struct tgt_frame *at;
    size_t count;
};

struct tgt_module {
    struct wb_bytes name, source;
    uint64_t code_bytes, literal_bytes, serial;
    struct tgt_addr start;  // of its code, as a frame's ip; at 0: not known
    bool old;               // a version waiting to be purged
    struct wb_bytes beam;   // the file; size 0: not kept
};
struct tgt_modules {
    struct tgt_module *at;
    size_t count;
};

struct tgt_monitor {
    struct tgt_term ref;
    struct tgt_pid pid;  // the other side; none when by name
    bool monitored_by;   // the other side watches us
    bool suspends;       // not watches, but keeps from running
};
struct tgt_monitors {
    struct tgt_monitor *at;
    size_t count;
};

struct tgt_timer {
    uint64_t at;                // ns of the target's clock
    struct tgt_pid pid;         // who gets it; none: by name
    struct wb_bytes name;       // the name it is sent to; size 0: to a pid
    struct tgt_term term, ref;  // term none: the end of a `receive after`
};
struct tgt_timers {
    struct tgt_timer *at;
    size_t count;
};

// #Port<0.Number>.
struct tgt_port {
    uint64_t number;
    struct wb_bytes name;         // what it was opened with: a command, a driver's name
    struct wb_bytes registered;   // size 0: none
    const char *driver, *status;  // "" where not known; status: "open", "busy", "closing"
    struct tgt_pid owner;         // the connected process
    struct tgt_pid *links;
    size_t link_count;
    uint64_t in, out, queued;  // bytes read, written, waiting to be written
    uint64_t os_pid;           // the program's, of the operating system; 0: none, or not known
};
struct tgt_ports {
    struct tgt_port *at;
    size_t count;
};

// A frame of machine code that is not the VM's: C of the runtime, of a NIF, of a library.
struct tgt_native {
    struct tgt_addr ip;
    struct wb_bytes symbol;  // size 0: not known
    uint64_t offset;         // of ip in the symbol; in the object where there is no symbol
    struct wb_bytes object;  // path of the program or library; size 0: not known
    struct wb_bytes file;    // of its source; size 0: not known
    uint32_t line;
};
struct tgt_thread {
    const char *kind;      // "scheduler", "dirty cpu", "dirty io", "other"
    uint32_t number;       // of its kind, from 1; 0: not numbered
    int tid;               // the operating system's; 0: not known
    const char *name;      // as the operating system calls it, "": not known
    const char *state;     // "running", "sleeping", "waiting"; "" not known
    struct tgt_pid pid;    // the process it runs; none
    uint64_t port;         // number of the port it runs; UINT64_MAX: none
    uint64_t reductions;   // done since it began; 0: not known
    uint64_t runnable[4];  // processes in its run queue: max, high, normal, low
    uint64_t runnable_ports;
    struct tgt_native *frames;  // innermost first
    size_t frame_count;
};
struct tgt_threads {
    struct tgt_thread *at;
    size_t count;
};

struct tgt_channel {
    struct wb_bytes node;  // its name
    const char *state;     // "connected", "pending", "exiting", "idle"
    bool hidden;
    uint64_t port;              // number of the port that carries it; UINT64_MAX: none
    struct tgt_pid controller;  // the process that carries it; none
    uint64_t queued,
        queue_limit;     // bytes in its buffers; senders wait at queue_limit; 0: not known
    uint64_t suspended;  // processes that wait for room
    uint32_t creation;
};
struct tgt_channels {
    struct tgt_channel *at;
    size_t count;
};

// A part of the memory. Parts of one group do not overlap; different groups do.
struct tgt_use {
    const char *group;                 // "memory" as erlang:memory/0 divides it, "allocator"
    const char *name;                  // "processes", "binary_alloc"
    uint64_t blocks, bytes;            // in use; blocks 0: not known
    uint64_t carriers, carrier_bytes;  // taken from the system for them; 0: not known
};
struct tgt_uses {
    struct tgt_use *at;
    size_t count;
};

// Atoms, in the order in which they came to be.
struct tgt_atoms {
    struct wb_bytes *at;
    size_t count;
    uint64_t limit;  // how many there may be; 0: not known
};

// Whether the target is what it is taken for.
struct tgt_check {
    const char *name;  // "size of struct process"
    bool passed;
    const char *detail;  // "776 bytes"
    unsigned part;       // of the target, that alone is refused when it fails; 0: all of it
};
struct tgt_checks {
    struct tgt_check *at;
    size_t count, failed;
};

struct tgt_table {
    uint64_t id;
    struct wb_bytes name;
    const char *type, *access;
    struct tgt_pid owner;
    uint64_t size, words;
    uint32_t key;  // which element of a row is its key, from 1; 0: not known
};
struct tgt_tables {
    struct tgt_table *at;
    size_t count;
};
struct tgt_terms {
    struct tgt_term *at;
    size_t count;
};
struct tgt_addrs {
    struct tgt_addr *at;
    size_t count;
};

struct tgt_find {
    struct wb_bytes module, function;
    int arity;
    uint32_t line;
};

enum tgt_event {
#define TGT_EVENT(name, text) TGT_EVENT_##name,
#include "inspector/target/events.def"
#undef TGT_EVENT
    TGT_EVENT_COUNT
};
#define TGT_BIT(event) (UINT64_C(1) << TGT_EVENT_##event)
const char *tgt_event_name(enum tgt_event event);

struct tgt_event_info {
    enum tgt_event event;
    struct tgt_pid pid, other;  // where it happened (DELIVER: the receiver); the other side
    struct tgt_addr ip;
    struct tgt_term term;  // message, reason, value returned, name
    uint64_t message;      // its id; 0: none
};

struct tgt_run {
    uint64_t events;  // set of TGT_BIT: on_event is called for these, the target standing still
    bool (*on_event)(void *data, struct tgt *t, const struct tgt_event_info *info);  // true: freeze
    void *data;
    uint64_t budget;  // reductions; 0: no limit
};

enum tgt_why {
    TGT_BUDGET,
    TGT_IDLE,  // nothing will ever happen without help from outside
    TGT_HALTED,
    TGT_FROZEN,  // on_event said so
    TGT_INTERRUPTED,
    TGT_LIMIT,
};
struct tgt_stop {
    enum tgt_why why;
    int status;          // of halt, when HALTED
    const char *slogan;  // what halt said besides, ""
};

#endif
