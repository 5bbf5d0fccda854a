// mailbox.h - sending, and the queue that receive looks through.
#ifndef VM_MAILBOX_H
#define VM_MAILBOX_H

#include "core-vm/vm/cpu.h"

// Copy term into a new message of `to` and wake it. sender: a pid or VM_AM(system). The message's
// cause and place come from the running process if it is the sender. False: over a limit (nothing
// was sent).
bool vm_send_to(struct vm *vm, struct vm_proc *to, vm_term sender, vm_term term);
// The whole of `Dest ! Message` (pid, name, {name, node}, alias, port): VM_NONE and exception on
// badarg.
vm_term vm_send(struct vm_cpu *c, vm_term destination, vm_term message);

// The message under the save pointer; NULL: none left.
struct vm_message *vm_mailbox_peek(const struct vm *vm, const struct vm_proc *proc);
void vm_mailbox_skip(struct vm *vm, struct vm_proc *proc);  // loop_rec_end
void vm_mailbox_take(struct vm *vm,
                     struct vm_proc *proc);  // remove_message: its terms join the heap
void vm_mailbox_restart(struct vm *vm, struct vm_proc *proc);  // timeout: look from the start again
void vm_mailbox_free(struct vm *vm, struct vm_proc *proc);

#endif
