#include "core-vm/vm/scratch.h"

#include "core-vm/base/cleanup.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/values.h"

enum { SCRATCH_WORDS = 64, MOST_ARGUMENTS = 255 };

struct wb_error *vm_scratch_begin(struct vm *vm, struct vm_scratch *ret)
{
    struct vm_cpu *c = &vm_root(vm)->cpu;
    struct vm_proc *proc = vm_proc_alloc(vm);
    if (proc == NULL || !vm_heap_init(vm, proc, SCRATCH_WORDS)) {
        if (proc != NULL)
            vm_proc_memory_free(vm, proc);
        return wb_error_new(WB_E_LIMIT, "the VM has no memory left");
    }
    *ret = (struct vm_scratch){.before = c->proc, .proc = proc, .outcome = c->outcome};
    proc->pid = VM_NIL;
    c->proc = proc;
    return NULL;
}

void vm_scratch_end(struct vm *vm, struct vm_scratch *scratch)
{
    struct vm_cpu *c = &vm_root(vm)->cpu;
    c->proc = scratch->before;
    c->outcome = scratch->outcome;
    vm_proc_memory_free(vm, scratch->proc);
}

// The list of the arguments, VM_NONE: does not fit.
static vm_term list_of_values(struct vm_cpu *c, const struct beam_value *args, size_t count)
{
    vm_term list = VM_NIL;
    while (count-- > 0 && list != VM_NONE) {
        vm_term term = vm_term_of_value(c, &args[count]);
        list = term == VM_NONE ? VM_NONE : vm_make_cons(c, term, list);
    }
    return list;
}

static struct vm_proc *spawn_values(struct vm *vm, struct vm_spawn *spawn,
                                    const struct beam_value *args, size_t count)
{
    spawn->args = list_of_values(&vm_root(vm)->cpu, args, count);
    bool made = spawn->args != VM_NONE && spawn->module != VM_NONE && spawn->function != VM_NONE;
    return made ? vm_proc_new(vm, spawn) : NULL;
}

// The module is loaded now, so that its absence is an error here and not one of the process.
static struct wb_error *find_function(struct vm *vm, const struct vm_spawn *spawn, size_t count)
{
    if (vm_module_find(vm, spawn->module) == NULL)
        WB_TRY(vm_load_named(vm, spawn->module));
    const struct vm_export *export =
        vm_export_find(vm, spawn->module, spawn->function, (uint32_t)count);
    if (export == NULL || !vm_export_is_defined(vm, export)) {
        struct wb_bytes m = vm_atom_text(vm, spawn->module), f = vm_atom_text(vm, spawn->function);
        return wb_error_new(WB_E_NOT_FOUND, "%.*s has no exported function %.*s/%zu", (int)m.size,
                            (const char *)m.at, (int)f.size, (const char *)f.at, count);
    }
    return NULL;
}

struct wb_error *vm_spawn(struct vm *vm, const char *module, const char *function,
                          const struct beam_value *args, size_t arg_count, uint64_t *ret)
{
    struct vm_scratch scratch;
    struct vm_spawn spawn = {.module = vm_atom_named(vm, module),
                             .function = vm_atom_named(vm, function),
                             .fun = VM_NONE,
                             .parent = VM_NONE,
                             .group_leader = VM_NONE,
                             .priority = VM_PRIORITY_NORMAL,
                             .fullsweep_after = VM_FULLSWEEP_AFTER};
    if (arg_count > MOST_ARGUMENTS || spawn.module == VM_NONE || spawn.function == VM_NONE)
        return wb_error_new(WB_E_LIMIT, "too many arguments or atoms");
    WB_TRY(find_function(vm, &spawn, arg_count));
    WB_TRY(vm_scratch_begin(vm, &scratch));
    const struct vm_proc *proc = spawn_values(vm, &spawn, args, arg_count);
    vm_scratch_end(vm, &scratch);
    if (proc == NULL)
        return wb_error_new(WB_E_LIMIT, "the VM cannot take another process");
    *ret = vm_pid_number(proc->pid);
    return NULL;
}
