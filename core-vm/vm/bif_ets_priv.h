// bif_ets_priv.h - what the files of ETS BIFs share.
#ifndef VM_BIF_ETS_PRIV_H
#define VM_BIF_ETS_PRIV_H

#include "core-vm/vm/ets.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

enum vm_ets_want { VM_ETS_READ, VM_ETS_WRITE };

// The table of an identifier that the running process may use so. NULL: badarg is set.
struct vm_ets *vm_ets_use(struct vm_cpu *c, vm_term id, enum vm_ets_want want);
// Its name, or a reference to it. VM_NONE: out of memory.
vm_term vm_ets_id(struct vm_cpu *c, const struct vm_ets *table);
// A tuple long enough to have a key.
bool vm_ets_is_object(const char *base, const struct vm_ets *table, vm_term tuple);
// Tell whoever watches that a table is written.
void vm_ets_written(struct vm_cpu *c, vm_term tuple);
// What a long walk costs.
static inline void vm_ets_charge(struct vm_cpu *c, uint64_t rows)
{
    c->reds -= (int64_t)(rows / 16);
}

#endif
