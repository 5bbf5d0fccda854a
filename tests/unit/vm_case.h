// vm_case.h - VMs that run functions of cases.erl, with what they print kept as text.
#ifndef UNIT_VM_CASE_H
#define UNIT_VM_CASE_H

#include "core-vm/base/text.h"
#include "core-vm/vm/vm.h"

struct vm_case {
    struct vm *vm;
    struct vm_system_world *system;
    struct vm_world world;
    struct wb_text output;
    struct wb_arena arena;
};

// NULL options: virtual time, everything else by default. In real time, when all wait for a timer,
// vm_run comes back interrupted.
struct vm_case *vm_case_new(const struct vm_options *options);
void vm_case_free(struct vm_case *c);
// The same VM, saved and opened again; what was printed stays.
void vm_case_reopen(struct vm_case *c);
// Start cases:function(). Its pid's number.
uint64_t vm_case_start(struct vm_case *c, const char *function);
// Run cases:function() until nothing happens any more, in a new VM, and compare what it printed.
void vm_case_prints(const char *function, const char *expected);

#endif
