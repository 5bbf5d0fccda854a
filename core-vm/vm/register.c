#include "core-vm/vm/register.h"

#include "core-vm/vm/index.h"
#include "core-vm/vm/vm_impl.h"
#include "core-vm/vm/watch.h"

static void report(struct vm *vm, const struct vm_proc *proc)
{
    if (vm_watches(vm, VM_EVENT_REGISTER))
        vm_report_of(vm, VM_EVENT_REGISTER, proc->name, vm_pid_number(proc->pid), 0);
}

struct vm_proc *vm_registered(const struct vm *vm, vm_term name)
{
    uint64_t offset = vm_index_get(vm, &vm_root(vm)->names.names, name);
    return offset == 0 ? NULL : vm_at(vm, offset);
}

bool vm_register(struct vm *vm, vm_term name, struct vm_proc *proc)
{
    if (!vm_index_put(vm, &vm_root(vm)->names.names, name, vm_offset(vm, proc)))
        return false;
    proc->name = name;
    report(vm, proc);
    return true;
}

void vm_unregister(struct vm *vm, struct vm_proc *proc)
{
    if (proc->name == VM_NIL)
        return;
    vm_index_take(vm, &vm_root(vm)->names.names, proc->name);
    report(vm, proc);
    proc->name = VM_NIL;
}

vm_term vm_registered_next(const struct vm *vm, uint64_t *place)
{
    uint64_t name = 0, offset = 0;
    bool more = vm_index_next(vm, &vm_root(vm)->names.names, place, &name, &offset);
    return more ? name : VM_NONE;
}
