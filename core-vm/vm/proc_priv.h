// proc_priv.h - what the scheduler's files share about processes.
#ifndef VM_PROC_PRIV_H
#define VM_PROC_PRIV_H

#include "core-vm/vm/sched.h"
#include "core-vm/vm/vm_impl.h"

// Keep x registers while the process does not run. False: out of memory.
bool vm_proc_save_x(struct vm *vm, struct vm_proc *proc, const vm_term *x, uint32_t count);
// A process without pid, heap and slot. NULL: out of memory.
struct vm_proc *vm_proc_alloc(struct vm *vm);
// Free a dead process and its slot. Nobody may refer to it any more.
void vm_proc_remove(struct vm *vm, struct vm_proc *proc);
// Only its memory: it never had a slot.
void vm_proc_memory_free(struct vm *vm, struct vm_proc *proc);

void vm_queue_remove(struct vm *vm, struct vm_proc *proc);

// Make a process the running one: its x registers go to the cpu; and back. False: no memory for
// them.
void vm_schedule_in(struct vm *vm, struct vm_proc *proc);
bool vm_schedule_out(struct vm *vm, struct vm_proc *proc);

// The process has to die of `reason`: others hear of it by vm_reap, at the latest when the
// scheduler comes to it (the running process).
void vm_proc_doom(struct vm *vm, struct vm_proc *proc, vm_term reason);
// Put a doomed process, which does not run, on the list of those that vm_reap will bury.
void vm_proc_dies(struct vm *vm, struct vm_proc *proc);
// Tell those who are tied to dying processes, until nobody dies any more.
void vm_reap(struct vm *vm);

// BIFs end with this when they may have ended the running process: the result, or VM_NONE with
// the outcome EXIT.
vm_term vm_alive_or_exit(struct vm_cpu *c, vm_term result);

#endif
