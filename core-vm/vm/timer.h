// timer.h - what happens later: start_timer, send_after, receive after.
#ifndef VM_TIMER_H
#define VM_TIMER_H

#include "core-vm/vm/relation.h"

// In the data pool; root->timers.heap orders them by time, then by order of creation.
struct vm_timer {
    uint64_t at;         // monotonic ns
    uint64_t serial;     // order of creation
    uint64_t place;      // index in the heap
    uint64_t receive;    // offset of the process whose `receive after` it is; 0: it sends a message
    vm_term to;          // pid or name
    vm_term ref_header;  // with `ref` behind it, a reference as heaps have them
    struct vm_ref ref;
    uint64_t box;         // offset of the message's vm_box
    bool tagged;          // start_timer: {timeout, Ref, Message}; else Message
    uint64_t next, prev;  // others to the same pid: proc->timers
};

// The process waits: arm the timer of `receive after Timeout` unless it runs already. infinity arms
// none. False: no such time (timeout_value) or no memory: exception set.
bool vm_receive_timer_start(struct vm_cpu *c, vm_term timeout);
// It is no longer wanted: a message was taken, or the timeout has been seen.
void vm_receive_timer_stop(struct vm *vm, struct vm_proc *proc);

// Fire all that are due. True: some were.
bool vm_timers_fire(struct vm *vm);
// When the next one is due; UINT64_MAX: none is armed.
uint64_t vm_timers_next(const struct vm *vm);
// Disarm and free those that go to a dying process.
void vm_timers_forget(struct vm *vm, struct vm_proc *proc);

// A message timer. NULL: out of memory.
struct vm_timer_order {
    uint64_t at;  // monotonic ns
    vm_term to, message;
    struct vm_ref ref;
    bool tagged;
};
struct vm_timer *vm_timer_new(struct vm *vm, const struct vm_timer_order *order);
struct vm_timer *vm_timer_find(const struct vm *vm, struct vm_ref ref);  // NULL: none
void vm_timer_free(struct vm *vm, struct vm_timer *timer);

#endif
