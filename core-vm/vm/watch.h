// watch.h - how the VM's parts tell whoever hooked in what happens, and learn that they shall stop.
#ifndef VM_WATCH_H
#define VM_WATCH_H

#include "core-vm/vm/cpu.h"
#include "core-vm/vm/debug.h"
#include "core-vm/vm/hook.h"
#include "core-vm/vm/vm_impl.h"

// Does anybody watch anything? Where more than one thing is reported, or where to gather what
// vm_report wants would cost, ask this first and do the rest in a function that is VM_SLOW.
static inline bool vm_watched(const struct vm *vm)
{
    return VM_HOOKS && VM_RARE(vm->hooks != NULL);
}
// One test when nobody watches. Do this before gathering what vm_report wants.
static inline bool vm_watches(const struct vm *vm, enum vm_event event)
{
    return vm_watched(vm) && (vm->hooks->events >> event & 1) != 0;
}
// Something has happened (any event but INSTRUCTION, CALL and RETURN). info->pid 0: the running
// process. When the hook wants a freeze it comes at the next instruction boundary.
VM_SLOW void vm_report(struct vm *vm, const struct vm_event_info *info);
// For the common case: event, term, pid number of the other side, message id.
VM_SLOW void vm_report_of(struct vm *vm, enum vm_event event, vm_term term, uint64_t other,
                          uint64_t message);

// The watched operation table calls this before each instruction, with the process's state put
// where others can see it (VM_SWAP_OUT, and c->proc->live set): reports INSTRUCTION, and CALL or
// RETURN when `event` is one of those (`term`: of CALL the export's function name or VM_NONE, of
// RETURN the value). True: stop before this instruction, with VM_OUTCOME_FROZEN. It is not reported
// again when the run is resumed.
bool vm_report_instruction(struct vm_cpu *c, enum vm_event event, vm_term term);

#endif
