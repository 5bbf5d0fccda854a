// register.h - registered names: atoms to processes.
#ifndef VM_REGISTER_H
#define VM_REGISTER_H

#include "core-vm/vm/cpu.h"

// The process of a name; NULL: none.
struct vm_proc *vm_registered(const struct vm *vm, vm_term name);
// False: out of memory. The name must be free and the process must have none.
bool vm_register(struct vm *vm, vm_term name, struct vm_proc *proc);
void vm_unregister(struct vm *vm, struct vm_proc *proc);
// Names in a reproducible order: begin with *place = 0; VM_NONE: no more.
vm_term vm_registered_next(const struct vm *vm, uint64_t *place);

#endif
