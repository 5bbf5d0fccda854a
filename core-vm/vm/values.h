// values.h - terms of a VM from plain values (format/value.h); introspect.h's vm_look_term is the
// way back.
#ifndef VM_VALUES_H
#define VM_VALUES_H

#include "core-vm/base/error.h"
#include "core-vm/format/value.h"
#include "core-vm/vm/cpu.h"

// The term of a value, built for the running process. Any depth. VM_NONE and an exception: out of
// memory or atoms (system_limit), or an UNREAD part in it (badarg). Maps must be in the order of
// their keys, as everything that makes values leaves them.
vm_term vm_term_of_value(struct vm_cpu *c, const struct beam_value *value);

// All of a module's literals, built into one block of the code pool: term[i] is that of value[i].
// Binaries of any size become VM_HEAP_BINs in it. Nothing is left behind on error (LIMIT).
struct vm_literals {
    uint64_t at;    // offset of the block for vm_module_code.literals; 0: all were immediate
    uint64_t size;  // bytes
};
WB_MUST_CHECK struct wb_error *vm_literals_new(struct vm *vm, const struct beam_value *value,
                                               size_t count, vm_term *term,
                                               struct vm_literals *ret);
void vm_literals_free(struct vm *vm, struct vm_literals *literals);

#endif
