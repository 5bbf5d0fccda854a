#include "core-vm/vm/cpu.h"

vm_term vm_raise(struct vm_cpu *c, vm_term class, vm_term reason)
{
    c->proc->exception = (struct vm_exception){.class = class, .reason = reason, .trace = VM_NIL};
    c->outcome = VM_OUTCOME_ERROR;
    return VM_NONE;
}

vm_term vm_error_info(struct vm_cpu *c, vm_term reason, vm_term info)
{
    vm_error(c, reason);
    c->proc->exception.info = info;
    return VM_NONE;
}
