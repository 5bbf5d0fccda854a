// proc.h - a process of the VM: its heap, stack, mailbox and what others know of it.
//
// Everything here lives in the image; a uint64_t whose comment says "offset" is one, 0 being none.
#ifndef VM_PROC_H
#define VM_PROC_H

#include "core-vm/vm/term.h"

// Memory for terms outside the heap: what a C function needed when the heap was full, or the terms
// of a message. Collected into the heap by the next garbage collection.
struct vm_fragment {
    uint64_t next;      // offset
    uint64_t at;        // offset of the first word
    uint64_t words;     // room
    uint64_t used;      // words in use
    uint64_t off_heap;  // offset of the first off-heap object (VM_REFC_BIN header) among the words
};

// A message that was sent and not yet received. Its terms follow it in the same block.
struct vm_message {
    struct vm_fragment heap;  // must be first: a received message becomes a fragment of its process
    uint64_t next;            // offset of the next message in the queue
    uint64_t id;              // unique in the VM, counts from 1
    uint64_t cause;           // id of the message its sender had last received; 0: none
    uint64_t sent_from;       // offset of the instruction that sent it; 0: sent by the VM itself
    uint64_t time;            // nanoseconds of the VM's monotonic clock
    vm_term sender;           // pid, or VM_AM(system)
    vm_term term;
};

// Singly linked with a pointer to where the next one goes: `last` is the offset of the `next` field
// to fill (of the queue's own `first` when empty). `save` likewise: the field that leads to
// the message the current receive looks at; all before it were skipped.
struct vm_mailbox {
    uint64_t first, last, save;
    uint64_t count;
    uint64_t words;          // of the terms of all of them
    uint64_t marker_ref[4];  // receive markers: the reference's first raw word, 0: unused
    uint64_t marker_at[4];   // and the `next` field at which the search may begin
};

enum vm_status {
    VM_RUNNABLE,   // in a run queue
    VM_RUNNING,    // the scheduler's current process
    VM_WAITING,    // in receive, or hibernating
    VM_SUSPENDED,  // by erlang:suspend_process
    VM_EXITING,    // being taken apart
    VM_FREE,       // slot not in use
};

enum vm_priority {
    VM_PRIORITY_MAX,
    VM_PRIORITY_HIGH,
    VM_PRIORITY_NORMAL,
    VM_PRIORITY_LOW,
    VM_PRIORITY_COUNT
};

enum vm_proc_flag {
    VM_PROC_TRAP_EXIT = 1,
    VM_PROC_SENSITIVE = 2,
    VM_PROC_TIMED_OUT = 4,  // the timer of `receive after` has fired
    VM_PROC_TIMER_SET = 8,  // ... is running
    VM_PROC_WATCHED = 16,   // runs on the watched operation table
    VM_PROC_SYSTEM = 32,
    VM_PROC_FULLSWEEP = 64,  // next collection takes all generations
    VM_PROC_FRAGILE = 128,   // x0 holds a term of a message still in the queue
    VM_PROC_HIBERNATING = 256,
    VM_PROC_IN_BIF = 512,     // `ip` is at a BIF call that will be tried again
    VM_PROC_OFF_HEAP = 1024,  // message_queue_data is off_heap; means nothing here
    VM_PROC_ASYNC_DIST = 2048,
    VM_PROC_TIMER_NEVER = 4096,  // `receive after infinity` has begun
};

// An exception on its way to a handler.
struct vm_exception {
    vm_term class;  // VM_AM(error), VM_AM(exit), VM_AM(throw); VM_NONE: none
    vm_term reason;
    vm_term trace;  // raw stack trace: a term made by stacktrace.c, or VM_NIL
};

struct vm_proc {
    vm_term pid;
    enum vm_status status;
    enum vm_priority priority;
    uint32_t flags;                // enum vm_proc_flag
    uint32_t suspended;            // times suspend_process was called and not undone
    enum vm_status resume_status;  // what it is when no longer suspended

    // Young generation: terms in [heap, htop), stack in [sp, hend), growing down. Terms below
    // high_water survived a collection; the next moves them to the old generation.
    uint64_t heap, htop, high_water, sp, hend;  // offsets
    uint64_t old_heap, old_htop, old_hend;      // offsets; 0: no old generation
    uint64_t fragments, fragment_words;         // offset; words in use in all of them
    uint64_t off_heap, old_off_heap;  // offsets of the first off-heap object of each generation
    uint64_t off_heap_bytes;          // bytes of binaries that came in since the last collection
    uint64_t off_heap_limit;          // as many call for the next one
    uint64_t old_off_heap_bytes;      // ... that grew old since the last major collection
    uint32_t min_heap_words, max_heap_words;  // max 0: no limit
    uint32_t fullsweep_after, collections;    // minor collections since the last major one
    uint64_t total_collections;
    uint64_t collected_at;  // root->procs.switches at the last of them

    uint64_t ip;          // offset of the next instruction
    uint64_t reductions;  // done in all
    uint32_t live;        // x registers that matter while it does not run
    uint32_t x_room;
    uint64_t x;  // offset of the saved x registers; of floating point registers nothing is kept
    struct vm_exception exception;

    struct vm_mailbox mailbox;
    uint64_t last_received;  // id of the message received last
    uint64_t wait_until;     // monotonic ns, when VM_PROC_TIMER_SET
    uint64_t receive_timer;  // offset of its struct vm_timer

    uint32_t passes;              // times it is still to be passed over, when of low priority
    uint64_t next_run, prev_run;  // offsets: run queue
    uint64_t dictionary;          // offset of struct vm_dictionary
    uint64_t links, monitors, monitored_by;  // offsets of struct vm_side: relation.h
    uint64_t timers;      // offset of the first message timer to its pid: timer.h
    uint64_t exit_box;    // offset of the reason's vm_box, while others are told
    vm_term exit_reason;  // ... or the reason itself, when it is immediate
    vm_term name;         // registered, or VM_NIL
    vm_term group_leader, parent;
    vm_term error_handler;
    vm_term initial_module, initial_function;
    uint32_t initial_arity;
    vm_term label;  // VM_NONE: no label
    vm_term seq_token;
    uint64_t aliases;    // offset: relation.h
    uint64_t started;    // monotonic ns
    uint64_t serial;     // counts spawns: order of creation
    uint64_t ets_owned;  // offset of the first table it owns
};

#endif
