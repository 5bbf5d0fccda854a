// BIFs by which a code server runs a module's on_load function.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/code_priv.h"
#include "core-vm/vm/module.h"

static struct vm_module *waiting(struct vm_cpu *c, vm_term name)
{
    struct vm_module *module = vm_is_atom(name) ? vm_module_find(c->vm, name) : NULL;
    return module != NULL && module->current != 0 && module->on_load_pending ? module : NULL;
}

// Is there an on_load function that was not called yet?
vm_term vm_bif_on_load_pending(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(waiting(c, args[0]) != NULL);
}

vm_term vm_bif_call_on_load(struct vm_cpu *c, const vm_term *args)
{
    struct vm_module *module = waiting(c, args[0]);
    if (module == NULL)
        return vm_badarg(c);
    const struct vm_export *export =
        vm_export_find(c->vm, args[0], vm_atom_named(c->vm, VM_ON_LOAD_NAME), 0);
    module->on_load_by = c->proc->pid;
    c->trap_export = vm_offset(c->vm, export);
    c->trap_arity = 0;
    c->outcome = VM_OUTCOME_TRAP;
    return VM_NONE;
}

// true: the module stays; false: what was before it comes back.
vm_term vm_bif_finish_after_on_load(struct vm_cpu *c, const vm_term *args)
{
    struct vm_module *module = vm_is_atom(args[0]) ? vm_module_find(c->vm, args[0]) : NULL;
    if (module == NULL || module->current == 0)
        return vm_badarg(c);
    if (args[1] == VM_AM(true))
        vm_module_activate(c->vm, module);
    else if (!vm_module_revert(c->vm, module))
        return vm_badarg(c);
    return VM_AM(true);
}
