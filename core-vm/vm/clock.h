// clock.h - what time it is in a VM: real or virtual, always through the world.
#ifndef VM_CLOCK_H
#define VM_CLOCK_H

#include "core-vm/vm/cpu.h"

// ns of the monotonic clock; never goes back.
uint64_t vm_now(struct vm *vm);
// ns since 1970.
int64_t vm_system_now(struct vm *vm);
// Before the first run of a new VM: is time virtual, and what is the offset of system time?
void vm_clock_init(struct vm *vm);
// After opening an image: its monotonic clock goes on from where it stood.
void vm_clock_resume(struct vm *vm);
// Random bytes: from the world, or from the seed when time is virtual.
void vm_random_bytes(struct vm *vm, void *to, size_t size);

#endif
