// scratch.h - a process that never runs, for terms made from outside of any process.
#ifndef VM_SCRATCH_H
#define VM_SCRATCH_H

#include "core-vm/base/error.h"
#include "core-vm/vm/cpu.h"

struct vm_scratch {
    struct vm_proc *before;  // the running process meanwhile
    struct vm_proc *proc;
    enum vm_outcome outcome;
};

// Until the end, c->proc is a process of nobody's, and terms made land on its heap.
WB_MUST_CHECK struct wb_error *vm_scratch_begin(struct vm *vm, struct vm_scratch *ret);
// Everything made since is gone.
void vm_scratch_end(struct vm *vm, struct vm_scratch *scratch);

#endif
