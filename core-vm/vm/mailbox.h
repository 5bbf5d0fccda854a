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
// Receive markers (OTP 24's recv_marker_*): remember the end of the queue before a reference is
// made, so that a receive which only matches messages with that reference begins there. `reserve`
// gives what `bind` takes; references without a marker are ignored by `use`, and by `clear`.
vm_term vm_mailbox_marker_reserve(struct vm *vm, struct vm_proc *proc);
void vm_mailbox_marker_bind(struct vm *vm, struct vm_proc *proc, vm_term marker, vm_term ref);
void vm_mailbox_marker_clear(struct vm *vm, struct vm_proc *proc, vm_term ref);
void vm_mailbox_marker_use(struct vm *vm, struct vm_proc *proc, vm_term ref);

// For messages the VM itself makes: a message with room for `words` words of terms (at
// message->heap.at; heap.used is set to words), then its term is filled in and it is queued.
// NULL: over a limit.
struct vm_message *vm_message_new(struct vm *vm, size_t words);
void vm_message_post(struct vm *vm, struct vm_proc *to, vm_term sender, struct vm_message *message);
// Take a message out of the middle. False: it is not there.
bool vm_mailbox_remove(struct vm *vm, struct vm_proc *proc, struct vm_message *message);
// Put a queued message before another one (NULL: last). The receive that waits looks at the queue
// from the start again.
void vm_mailbox_move(struct vm *vm, struct vm_proc *proc, struct vm_message *message,
                     struct vm_message *before);
void vm_mailbox_init(struct vm *vm, struct vm_proc *proc);
void vm_mailbox_free(struct vm *vm, struct vm_proc *proc);

#endif
