// clock.h - what time it is in a VM: real or virtual, always through the world.
#ifndef VM_CLOCK_H
#define VM_CLOCK_H

#include "core-vm/vm/cpu.h"

// ns of the monotonic clock; never goes back. An opened image's clock goes on from where it stood.
uint64_t vm_now(struct vm *vm);
// What vm_now said last: the beginning of the slice, at the latest.
uint64_t vm_recent(const struct vm *vm);
// ns since 1970.
int64_t vm_system_now(struct vm *vm);
// Random bytes: from the world, or from the seed when time is virtual.
void vm_random_bytes(struct vm *vm, void *to, size_t size);

#endif
