#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/report.h"
#include "core-vm/vm/vm_impl.h"

static const struct vm_lambda *lambda_of(const struct vm_cpu *c, vm_term fun)
{
    return vm_at(c->vm, vm_boxed_at(c->base, fun)[1]);
}

static const struct vm_export *export_of(const struct vm_cpu *c, vm_term fun)
{
    return vm_at(c->vm, vm_boxed_at(c->base, fun)[1]);
}

vm_term vm_bif_make_fun(struct vm_cpu *c, const vm_term *args)
{
    bool fits = vm_is_small(args[2]) && vm_small_value(args[2]) >= 0 &&
                vm_small_value(args[2]) <= UINT8_MAX;
    if (!vm_is_atom(args[0]) || !vm_is_atom(args[1]) || !fits)
        return vm_badarg(c);
    const struct vm_export *export =
        vm_export_of(c->vm, args[0], args[1], (uint32_t)vm_small_value(args[2]));
    vm_term *at = export == NULL ? NULL : vm_alloc(c, 2);
    if (at == NULL)
        return vm_system_limit(c);
    at[0] = vm_header(VM_EXPORT, 1);
    at[1] = vm_offset(c->vm, export);
    return vm_make_boxed(c->base, at);
}

static vm_term free_variables(struct vm_cpu *c, vm_term fun)
{
    const vm_term *at = vm_boxed_at(c->base, fun);
    return vm_make_list_of(c, at + VM_FUN_WORDS, vm_arity(*at) + 1 - VM_FUN_WORDS, VM_NIL);
}

static vm_term export_item(const struct vm_export *export, uint32_t item)
{
    switch (item) {
    case VM_ATOM_module:
        return export->module;
    case VM_ATOM_name:
        return export->function;
    case VM_ATOM_arity:
        return vm_small(export->arity);
    case VM_ATOM_type:
        return VM_AM(external);
    case VM_ATOM_env:
        return VM_NIL;
    case VM_ATOM_pid:
    case VM_ATOM_index:
    case VM_ATOM_uniq:
    case VM_ATOM_new_index:
    case VM_ATOM_new_uniq:
        return VM_AM(undefined);
    default:
        return VM_NONE;
    }
}

static vm_term closure_item(struct vm_cpu *c, vm_term fun, uint32_t item)
{
    const struct vm_lambda *lambda = lambda_of(c, fun);
    switch (item) {
    case VM_ATOM_module:
        return lambda->module;
    case VM_ATOM_name:
        return lambda->function;
    case VM_ATOM_arity:
        return vm_small(lambda->arity);
    case VM_ATOM_type:
        return VM_AM(local);
    case VM_ATOM_env:
        return free_variables(c, fun);
    case VM_ATOM_pid:
        return vm_boxed_at(c->base, fun)[3];
    case VM_ATOM_index:
    case VM_ATOM_new_index:
        return vm_small(lambda->index);
    case VM_ATOM_uniq:
        return vm_make_unsigned(c, lambda->old_uniq);
    case VM_ATOM_new_uniq:
        return vm_make_binary(c, lambda->uniq, sizeof lambda->uniq);
    default:
        return VM_NONE;
    }
}

vm_term vm_bif_fun_info(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_fun(c->base, args[0]) || !vm_is_atom(args[1]))
        return vm_badarg(c);
    uint32_t item = vm_atom_index(args[1]);
    c->outcome = VM_OUTCOME_NONE;
    vm_term pair[2] = {args[1], vm_is_kind(c->base, args[0], VM_EXPORT)
                                    ? export_item(export_of(c, args[0]), item)
                                    : closure_item(c, args[0], item)};
    if (pair[1] == VM_NONE)
        return c->outcome == VM_OUTCOME_NONE ? vm_badarg(c) : VM_NONE;
    return vm_make_tuple(c, 2, pair);
}

vm_term vm_bif_fun_info_mfa(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_kind(c->base, args[0], VM_FUN))
        return vm_badarg(c);
    const struct vm_lambda *lambda = lambda_of(c, args[0]);
    vm_term mfa[3] = {lambda->module, lambda->function, vm_small(lambda->arity)};
    return vm_make_tuple(c, 3, mfa);
}

vm_term vm_bif_fun_to_list(struct vm_cpu *c, const vm_term *args)
{
    struct wb_text text wb_auto_text = {0};
    if (!vm_is_fun(c->base, args[0]))
        return vm_badarg(c);
    vm_print_term(c->vm, args[0], false, &text);
    return vm_make_utf8_string(c, wb_text_bytes(&text), VM_NIL);
}
