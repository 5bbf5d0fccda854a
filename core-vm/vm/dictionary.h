// dictionary.h - the process dictionary: pairs in order of insertion, with a hash index when there
// are many.
#ifndef VM_DICTIONARY_H
#define VM_DICTIONARY_H

#include "core-vm/vm/cpu.h"

// In the data pool, at proc->dictionary (0: empty). The collector's roots are pair[0 .. 2*count):
// terms of the process's heap. Behind the pairs (capacity of them) follow `slots` uint32_t: index
// of a pair plus 1, found by the key's hash; there are none while the dictionary is small.
struct vm_dictionary {
    uint64_t count, capacity, slots;
    vm_term pair[];
};

static inline struct vm_dictionary *vm_dictionary_of(const char *base, const struct vm_proc *proc)
{
    return proc->dictionary == 0 ? NULL
                                 : (struct vm_dictionary *)(uintptr_t)(base + proc->dictionary);
}
// VM_NONE: no such key.
vm_term vm_dictionary_get(const struct vm *vm, const struct vm_proc *proc, vm_term key);
// The value before, VM_NONE: there was none. *full: out of memory, nothing changed.
vm_term vm_dictionary_put(struct vm *vm, struct vm_proc *proc, vm_term key, vm_term value,
                          bool *full);
// The value that was there, VM_NONE: none. The last pair takes the place of the erased one.
vm_term vm_dictionary_erase(struct vm *vm, struct vm_proc *proc, vm_term key);
void vm_dictionary_free(struct vm *vm, struct vm_proc *proc);

#endif
