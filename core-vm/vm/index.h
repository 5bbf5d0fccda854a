// index.h - a hash table in the image from numbers to offsets: references, names.
#ifndef VM_INDEX_H
#define VM_INDEX_H

#include "core-vm/vm/cpu.h"

// `table` is all zeros when empty. Keys are not 0; neither are values.
uint64_t vm_index_get(const struct vm *vm, const struct vm_table *table, uint64_t key);  // 0: none
// False: out of memory, nothing changed. Replaces the value of a key that is there.
bool vm_index_put(struct vm *vm, struct vm_table *table, uint64_t key, uint64_t value);
// The value that was there, 0: none.
uint64_t vm_index_take(struct vm *vm, struct vm_table *table, uint64_t key);
// All entries, in no particular but a reproducible order: begin with *place = 0; false: no more.
bool vm_index_next(const struct vm *vm, const struct vm_table *table, uint64_t *place,
                   uint64_t *key, uint64_t *value);

#endif
