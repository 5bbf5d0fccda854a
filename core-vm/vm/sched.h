// sched.h - processes come, run, wait and go.
#ifndef VM_SCHED_H
#define VM_SCHED_H

#include "core-vm/vm/cpu.h"

enum { VM_SLICE = 4000 };  // reductions, as OTP's CONTEXT_REDS

struct vm_spawn {
    vm_term module, function, args;  // args: a proper list
    vm_term fun;                     // instead of the three, VM_NONE: not
    vm_term parent, group_leader;
    enum vm_priority priority;
    uint32_t min_heap_words, max_heap_words, fullsweep_after;
};
// A new process, runnable. Arguments are copied. NULL: over a limit.
struct vm_proc *vm_proc_new(struct vm *vm, const struct vm_spawn *spawn);
// The living (not exiting) process of a local pid, NULL: none.
struct vm_proc *vm_proc_find(const struct vm *vm, vm_term pid);
// All in order of slot: begin with *slot = 0; NULL: no more. Includes exiting ones.
struct vm_proc *vm_proc_next(const struct vm *vm, uint64_t *slot);

void vm_make_runnable(struct vm *vm, struct vm_proc *proc);
// The running process ends: reason goes to links and monitors. c->outcome becomes EXIT.
void vm_exit_self(struct vm_cpu *c, vm_term reason);
// An exit signal arrives at `to` (may be the running process).
void vm_exit_signal(struct vm *vm, struct vm_proc *to, vm_term from, vm_term reason, bool linked);

// Run c->proc from its ip until something stops it: run.c. Defined for both kinds of build.
enum vm_outcome vm_execute(struct vm_cpu *c);

#endif
