// binary.h - binaries with room behind their end, for appending in place.
#ifndef VM_BINARY_H
#define VM_BINARY_H

#include "core-vm/vm/heap.h"

// A VM_REFC_BIN of `size` bytes, contents undefined, with room for `capacity` of them.
// VM_NONE: out of memory, exception set.
vm_term vm_make_binary_with_room(struct vm_cpu *c, size_t size, size_t capacity);
// Give a VM_REFC_BIN room for `capacity` bytes; its bytes move. False: others refer to the same
// bytes, or out of memory: nothing changed, no exception.
bool vm_binary_grow(struct vm_cpu *c, vm_term refc, size_t capacity);

#endif
