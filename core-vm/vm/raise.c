#include "core-vm/vm/cpu.h"

vm_term vm_raise(struct vm_cpu *c, vm_term class, vm_term reason)
{
    c->proc->exception = (struct vm_exception){.class = class, .reason = reason, .trace = VM_NIL};
    c->outcome = VM_OUTCOME_ERROR;
    return VM_NONE;
}
