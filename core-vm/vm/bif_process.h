// bif_process.h - what the BIFs that act on processes share.
#ifndef VM_BIF_PROCESS_H
#define VM_BIF_PROCESS_H

#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/vm_impl.h"

enum { VM_MOST_ARGUMENTS = 255, VM_FULLSWEEP_AFTER = 65535 };

struct vm_monitor_options {
    vm_term tag;  // VM_NONE: 'DOWN'
    bool alias;
    enum vm_alias_kind alias_kind;
};
// False: not a proper list of monitor options.
bool vm_monitor_options_read(const char *base, vm_term list, struct vm_monitor_options *ret);
// The running process watches `whom` under `ref`, with tag and alias. NULL: out of memory, nothing
// was done.
struct vm_relation *vm_monitor_with(struct vm_cpu *c, struct vm_proc *whom, vm_term ref,
                                    const struct vm_monitor_options *options);

bool vm_priority_of(vm_term name, enum vm_priority *ret);
vm_term vm_priority_name(enum vm_priority priority);
// A small integer that is not negative and fits.
bool vm_words_of(vm_term number, uint32_t *ret);
// max_heap_size's value: words, or a map with them.
bool vm_max_heap_of(const struct vm *vm, vm_term value, uint32_t *ret);
vm_term vm_max_heap_value(struct vm_cpu *c, uint32_t words);
// All pairs of a dictionary as a list; keys and values are not copied.
vm_term vm_dictionary_list(struct vm_cpu *c, const struct vm_proc *proc);
// Bytes of its heaps, stack, registers and queue.
uint64_t vm_proc_bytes(const struct vm_proc *proc);
// A term of another process or block, copied to the running one. VM_NONE: out of memory, exception.
vm_term vm_copy_in(struct vm_cpu *c, vm_term term);

#endif
