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
// The same, dying ones included.
struct vm_proc *vm_proc_slot(const struct vm *vm, vm_term pid);
// All in order of slot: begin with *slot = 0; NULL: no more. Includes exiting ones.
struct vm_proc *vm_proc_next(const struct vm *vm, uint64_t *slot);

// If it waits. Does nothing to one that runs, is suspended (it will be) or is dying.
void vm_make_runnable(struct vm *vm, struct vm_proc *proc);
// Counted: as many unsuspends as suspends let it run again. Not for the running process.
void vm_suspend(struct vm *vm, struct vm_proc *proc);
void vm_unsuspend(struct vm *vm, struct vm_proc *proc);
void vm_set_priority(struct vm *vm, struct vm_proc *proc, enum vm_priority priority);
// The running process ends: reason goes to links and monitors. c->outcome becomes EXIT.
void vm_exit_self(struct vm_cpu *c, vm_term reason);
// The running process ends because nobody caught an exception (its stack trace as a list): logs it
// as OTP does, then as vm_exit_self with {Reason, Trace}, {{nocatch, Term}, Trace} or the reason.
void vm_exit_uncaught(struct vm_cpu *c, vm_term class, vm_term reason, vm_term trace);
// An exit signal arrives at `to` (may be the running process).
void vm_exit_signal(struct vm *vm, struct vm_proc *to, vm_term from, vm_term reason, bool linked);

// Run c->proc from its ip on the VM's table of operations. On return c->outcome says why; ip, sp,
// htop and live are true in c->proc (after EXIT nothing is). On WAIT `ip` is where to go on when a
// message comes or the timer fires (VM_PROC_TIMED_OUT tells the wait_timeout instruction that it
// has); c->reds is what is left of the slice. A process begins with its arguments in x registers
// and on its stack only a return address: root->code.stop, an instruction that ends it normally
// (vm_exit_self with normal). run.c; defined for both kinds of build.
enum vm_outcome vm_execute(struct vm_cpu *c);

#endif
