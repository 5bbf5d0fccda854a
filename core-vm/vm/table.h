// table.h - struct vm_table (cpu.h): arrays of words in the image that grow.
#ifndef VM_TABLE_H
#define VM_TABLE_H

#include "core-vm/vm/vm_impl.h"

// Room for `capacity` words; new ones are zero. The words may move. False: the pool is full.
bool vm_table_reserve(struct vm *vm, enum vm_pool_name pool, struct vm_table *table,
                      uint64_t capacity);
// Append a word (count grows), doubling the room when it is full.
bool vm_table_append(struct vm *vm, enum vm_pool_name pool, struct vm_table *table, uint64_t word);
void vm_table_free(struct vm *vm, struct vm_table *table);

static inline uint64_t *vm_table_words(const struct vm *vm, const struct vm_table *table)
{
    return vm_at(vm, table->at);
}

#endif
