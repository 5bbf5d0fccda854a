// ets_priv.h - the two ways tables keep rows: ets_hash.c and ets_tree.c.
#ifndef VM_ETS_PRIV_H
#define VM_ETS_PRIV_H

#include "core-vm/vm/ets.h"
#include "core-vm/vm/vm_impl.h"

static inline struct vm_ets_row *vm_ets_row_at(const struct vm *vm, uint64_t offset)
{
    return offset != 0 ? vm_at(vm, offset) : NULL;
}
// A row with a copy of the tuple. NULL: out of memory.
struct vm_ets_row *vm_ets_row_new(struct vm *vm, struct vm_ets *table, vm_term tuple);
void vm_ets_row_free(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row);

bool vm_ets_hash_init(struct vm *vm, struct vm_ets *table);
struct vm_ets_row *vm_ets_hash_find(const struct vm *vm, const struct vm_ets *table, vm_term key);
// Put a row (its key new, or of a bag) where it belongs.
void vm_ets_hash_link(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row);
// Take a row out, or put another in its place.
void vm_ets_hash_unlink(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row,
                        struct vm_ets_row *instead);
struct vm_ets_row *vm_ets_hash_begin(const struct vm *vm, const struct vm_ets *table);
struct vm_ets_row *vm_ets_hash_after(const struct vm *vm, const struct vm_ets *table,
                                     const struct vm_ets_row *row);

struct vm_ets_row *vm_ets_tree_find(const struct vm *vm, const struct vm_ets *table, vm_term key);
void vm_ets_tree_link(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row);
void vm_ets_tree_unlink(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row,
                        struct vm_ets_row *instead);

#endif
