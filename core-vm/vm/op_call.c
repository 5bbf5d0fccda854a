// Calls, returns, funs, apply.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/stacktrace.h"

static unsigned arity_of_entry(const struct vm_ins *ip)
{
    if (ip->op == VM_OP_bif_body || ip->op == VM_OP_undefined)
        return ip->b;
    return ip[-VM_FUNC_INFO_WORDS].a;
}

void vm_op_yield(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    c->proc->live = arity_of_entry(ip);
    c->outcome = VM_OUTCOME_YIELD;
}

VM_OP(call)
{
    VM_PUSH_RETURN(1);
    VM_ENTER(ip + vm_displacement(ip));
}

VM_OP(call_only)
{
    VM_ENTER(ip + vm_displacement(ip));
}

VM_OP(call_last)
{
    sp += ip->a;
    VM_ENTER(ip + vm_displacement(ip));
}

VM_OP(call_ext)
{
    VM_PUSH_RETURN(2);
    VM_ENTER(VM_EXPORT_CODE(VM_WORD(1)));
}

VM_OP(call_ext_only)
{
    VM_ENTER(VM_EXPORT_CODE(VM_WORD(1)));
}

VM_OP(call_ext_last)
{
    sp += ip->a;
    VM_ENTER(VM_EXPORT_CODE(VM_WORD(1)));
}

VM_OP(return )
{
    VM_GO(VM_CODE(*sp++));
}

VM_OP(deallocate_return)
{
    sp += ip->a;
    VM_GO(VM_CODE(*sp++));
}

// ---- BIFs

// The reductions are used up: the call is done in the next slice.
static VM_SLOW void bif_later(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    c->proc->live = ip->b;
    c->proc->flags |= VM_PROC_IN_BIF;
    c->outcome = VM_OUTCOME_YIELD;
}

// Its result is in x0, and there is so much outside of the heap that it should be collected.
static VM_SLOW bool collect_after(struct vm_cpu *c)
{
    return vm_collect(c, 0, 1);
}

// Run the BIF of the instruction; ends in VM_LEAVE when it gave no result.
#define VM_RUN_BIF()                                                  \
    do {                                                              \
        if (VM_RARE(--c->reds < 0))                                   \
            VM_TAIL return bif_later(c, ip, sp, hp, base, table);     \
        VM_SWAP_OUT();                                                \
        c->bif_arity = ip->b;                                         \
        vm_term result = vm_bifs[VM_WORD(1)].run(c, c->x);            \
        if (VM_RARE(result == VM_NONE))                               \
            VM_LEAVE();                                               \
        c->x[0] = result;                                             \
        if (VM_RARE(vm_collect_is_due(c->proc)) && !collect_after(c)) \
            VM_FAIL();                                                \
        VM_SWAP_IN();                                                 \
    } while (0)

VM_OP(call_bif)
{
    VM_RUN_BIF();
    VM_NEXT(3);
}

VM_OP(call_bif_only)
{
    VM_RUN_BIF();
    VM_GO(VM_CODE(*sp++));
}

VM_OP(call_bif_last)
{
    VM_RUN_BIF();
    sp += ip->a;
    VM_GO(VM_CODE(*sp++));
}

VM_OP(bif_body)
{
    VM_RUN_BIF();
    VM_GO(VM_CODE(*sp++));
}

// The BIF wants another function called in its place.
static void trap(VM_OP_PARAMS)
{
    const struct vm_ins *to = VM_EXPORT_CODE(c->trap_export);
    VM_SWAP_IN();
    c->outcome = VM_OUTCOME_NONE;
    if (ip->op == VM_OP_call_bif)
        VM_PUSH_RETURN(3);
    if (ip->op == VM_OP_call_bif_last)
        sp += ip->a;
    VM_ENTER(to);
}

void vm_op_leave(VM_OP_PARAMS)
{
    switch (c->outcome) {
    case VM_OUTCOME_ERROR:
        vm_trace_bif(c, vm_at(c->vm, VM_WORD(2)), c->x);
        VM_FAIL();
    case VM_OUTCOME_TRAP:
        VM_TAIL return trap(c, ip, sp, hp, base, table);
    case VM_OUTCOME_YIELD:
    case VM_OUTCOME_WAIT:
    case VM_OUTCOME_FROZEN:
        c->proc->live = ip->b;
        c->proc->flags |= VM_PROC_IN_BIF;
        return;
    case VM_OUTCOME_NONE:
    case VM_OUTCOME_EXIT:
    case VM_OUTCOME_SWITCH:
        return;
    }
}

// ---- exports without code

// The frame below an on_load function that a call makes run: what to do when it is done.
enum { ON_LOAD_CATCH, ON_LOAD_ARGS, ON_LOAD_EXPORT, ON_LOAD_SLOTS };

static uint64_t on_load_done_at(const struct vm *vm)
{
    return vm_root(vm)->code.stop + sizeof(uint64_t);
}

// The module was loaded for this call; its on_load function comes first. NULL: exception set.
static const struct vm_ins *begin_on_load(struct vm_cpu *c, const struct vm_export *export,
                                          struct vm_module *module)
{
    vm_term args = vm_make_list_of(c, c->x, export->arity, VM_NIL);
    if (args == VM_NONE)
        return NULL;
    module->on_load_by = c->proc->pid;
    // The reserve of the stack has room for it.
    vm_term *sp = (vm_term *)vm_at(c->vm, c->proc->sp) - ON_LOAD_SLOTS;
    sp[ON_LOAD_CATCH] = on_load_done_at(c->vm) << 6 | VM_CATCH_TAG;
    sp[ON_LOAD_ARGS] = args;
    sp[ON_LOAD_EXPORT] = vm_small((int64_t)vm_offset(c->vm, export));
    *--sp = on_load_done_at(c->vm);
    c->proc->sp = vm_offset(c->vm, sp);
    const struct vm_module_code *code = vm_at(c->vm, module->current);
    return vm_at(c->vm, code->on_load);
}

static const struct vm_ins *raise_undef(struct vm_cpu *c, const struct vm_export *export)
{
    vm_error(c, VM_AM(undef));
    vm_trace_call(c, export, c->x);
    return NULL;
}

// Try to load the module, once; say where the call goes on.
static VM_SLOW const struct vm_ins *find_code(struct vm_cpu *c, const struct vm_export *export)
{
    struct vm_module *module = vm_module_find(c->vm, export->module);
    if (module == NULL || module->current == 0) {
        wb_error_free(vm_load_named(c->vm, export->module));
        module = vm_module_find(c->vm, export->module);
    }
    if (module != NULL && module->current != 0 && module->on_load_pending) {
        if (module->on_load_by == VM_NONE || vm_proc_find(c->vm, module->on_load_by) == NULL)
            return begin_on_load(c, export, module);
        if (module->on_load_by != c->proc->pid) {
            c->outcome = VM_OUTCOME_YIELD;
            return NULL;
        }
    }
    if (vm_export_is_defined(c->vm, export))
        return vm_at(c->vm, export->address);
    return raise_undef(c, export);
}

VM_OP(undefined)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = find_code(c, vm_at(c->vm, VM_WORD(1)));
    if (to == NULL && c->outcome == VM_OUTCOME_YIELD) {
        // Another process runs the module's on_load function: try again later.
        c->reds = -1;
        c->proc->live = ip->b;
        return;
    }
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_GO(to);
}

static void spread(struct vm_cpu *c, vm_term list)
{
    for (unsigned i = 0; vm_is_list(list); i++) {
        c->x[i] = vm_head(c->base, list);
        list = vm_tail(c->base, list);
    }
}

// Anything but ok throws the module away. NULL: exception set.
static VM_SLOW const struct vm_ins *end_on_load(struct vm_cpu *c)
{
    const vm_term *slot = vm_at(c->vm, c->proc->sp);
    const struct vm_export *export = vm_at(c->vm, (uint64_t)vm_small_value(slot[ON_LOAD_EXPORT]));
    bool ok = c->proc->exception.class == VM_NONE && c->x[0] == VM_AM(ok);
    c->proc->exception = (struct vm_exception){0};
    struct vm_module *module = vm_module_find(c->vm, export->module);
    if (ok)
        vm_module_activate(c->vm, module);
    else
        vm_module_revert(c->vm, module);
    spread(c, slot[ON_LOAD_ARGS]);
    c->proc->sp += ON_LOAD_SLOTS * sizeof(vm_term);
    if (!vm_export_is_defined(c->vm, export))
        return raise_undef(c, export);
    return vm_at(c->vm, export->address);
}

VM_OP(on_load_done)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = end_on_load(c);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_GO(to);
}

// ---- apply

// As if erlang:apply(Module, Function, Args) had been called.
static VM_SLOW void raise_badarg_apply(struct vm_cpu *c, vm_term module, vm_term function,
                                       unsigned arity)
{
    const struct vm_export *apply = vm_export_of(c->vm, VM_AM(erlang), VM_AM(apply), 3);
    vm_term list = vm_make_list_of(c, c->x, arity, VM_NIL);
    if (list == VM_NONE)
        return;
    vm_badarg(c);
    if (apply != NULL)
        vm_trace_bif(c, apply, (vm_term[]){module, function, list});
}

// The code of module:function with `arity` arguments in x registers; NULL: exception set.
static const struct vm_ins *apply_target(struct vm_cpu *c, vm_term module, vm_term function,
                                         unsigned arity)
{
    if (!vm_is_atom(module) || !vm_is_atom(function)) {
        raise_badarg_apply(c, module, function, arity);
        return NULL;
    }
    const struct vm_export *export = vm_export_find(c->vm, module, function, arity);
    if (export == NULL)
        export = vm_export_of(c->vm, module, function, arity);
    if (export == NULL) {
        vm_system_limit(c);
        return NULL;
    }
    return vm_at(c->vm, export->address);
}

VM_OP(apply)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = apply_target(c, c->x[ip->a], c->x[ip->a + 1], ip->a);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_PUSH_RETURN(1);
    VM_ENTER(to);
}

VM_OP(apply_last)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = apply_target(c, c->x[ip->a], c->x[ip->a + 1], ip->a);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    sp += ip->b;
    VM_ENTER(to);
}

// Elements of a proper list of at most 255; -1: it is none.
static int64_t argument_count(const char *base, vm_term list)
{
    int64_t count = 0;
    for (; vm_is_list(list) && count <= VM_MAX_ARGUMENTS; count++)
        list = vm_tail(base, list);
    return vm_is_nil(list) || count > VM_MAX_ARGUMENTS ? count : -1;
}

static void raise_in_apply(struct vm_cpu *c, uint32_t arity)
{
    const struct vm_export *apply = vm_export_of(c->vm, VM_AM(erlang), VM_AM(apply), arity);
    if (apply != NULL)
        vm_trace_bif(c, apply, c->x);
}

// erlang:apply/3 with its arguments in x0 to x2. NULL: exception set.
static VM_SLOW const struct vm_ins *apply_list(struct vm_cpu *c)
{
    vm_term module = c->x[0], function = c->x[1];
    int64_t count = argument_count(c->base, c->x[2]);
    if (count < 0 || count > VM_MAX_ARGUMENTS || !vm_is_atom(module) || !vm_is_atom(function)) {
        vm_error(c, count > VM_MAX_ARGUMENTS ? VM_AM(system_limit) : VM_AM(badarg));
        raise_in_apply(c, 3);
        return NULL;
    }
    spread(c, c->x[2]);
    return apply_target(c, module, function, (unsigned)count);
}

VM_OP(apply_list)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = apply_list(c);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_PUSH_RETURN(1);
    VM_ENTER(to);
}

VM_OP(apply_list_only)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = apply_list(c);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_ENTER(to);
}

// ---- funs

static VM_SLOW const struct vm_ins *badarity(struct vm_cpu *c, vm_term fun, unsigned arity)
{
    vm_term args = vm_make_list_of(c, c->x, arity, VM_NIL);
    vm_term pair = args == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (vm_term[]){fun, args});
    vm_term reason =
        pair == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (vm_term[]){VM_AM(badarity), pair});
    if (reason != VM_NONE)
        vm_error(c, reason);
    return NULL;
}

static VM_SLOW const struct vm_ins *badfun(struct vm_cpu *c, vm_term fun)
{
    vm_term reason = vm_make_tuple(c, 2, (vm_term[]){VM_AM(badfun), fun});
    if (reason != VM_NONE)
        vm_error(c, reason);
    return NULL;
}

// The module of a fun is not there: try to load it.
static VM_SLOW const struct vm_ins *find_lambda(struct vm_cpu *c, vm_term fun, unsigned arity)
{
    const struct vm_lambda *lambda = vm_at(c->vm, vm_boxed_at(c->base, fun)[1]);
    const struct vm_module *module = vm_module_find(c->vm, lambda->module);
    if (module == NULL || module->current == 0)
        wb_error_free(vm_load_named(c->vm, lambda->module));
    if (lambda->address == 0)
        return badfun(c, fun);
    const vm_term *at = vm_boxed_at(c->base, fun);
    for (size_t i = 0; i < vm_arity(*at) + 1 - VM_FUN_WORDS; i++)
        c->x[arity + i] = at[VM_FUN_WORDS + i];
    return vm_at(c->vm, lambda->address);
}

// Everything but a fun of the right arity whose code is there.
static VM_SLOW const struct vm_ins *fun_target_slow(struct vm_cpu *c, vm_term fun, unsigned arity)
{
    if (vm_is_kind(c->base, fun, VM_FUN)) {
        if (vm_boxed_at(c->base, fun)[2] != arity)
            return badarity(c, fun, arity);
        return find_lambda(c, fun, arity);
    }
    if (!vm_is_kind(c->base, fun, VM_EXPORT))
        return badfun(c, fun);
    const struct vm_export *export = vm_at(c->vm, vm_boxed_at(c->base, fun)[1]);
    if (export->arity != arity)
        return badarity(c, fun, arity);
    return vm_at(c->vm, export->address);
}

// Where a fun's code is, its free variables put behind the arguments; NULL: look slowly.
static inline const struct vm_ins *fun_target(struct vm_cpu *c, const char *base, vm_term fun,
                                              unsigned arity)
{
    if (VM_RARE(!vm_is_boxed(fun)))
        return NULL;
    const vm_term *at = vm_boxed_at(base, fun);
    if (VM_RARE(vm_subtag(at[0]) != VM_FUN || at[2] != arity))
        return NULL;
    const struct vm_lambda *lambda = (const void *)(base + at[1]);
    if (VM_RARE(lambda->address == 0))
        return NULL;
    size_t free = vm_arity(at[0]) + 1 - VM_FUN_WORDS;
    for (size_t i = 0; i < free; i++)
        c->x[arity + i] = at[VM_FUN_WORDS + i];
    return VM_CODE(lambda->address);
}

// Stack traces of wrong calls of funs have the return address: the call is done, then it fails.
static VM_SLOW void call_fun_slow(VM_OP_PARAMS)
{
    vm_term fun = *vm_reg(c, sp, ip->b);
    if (ip->op == VM_OP_call_fun)
        VM_PUSH_RETURN(1);
    VM_SWAP_OUT();
    const struct vm_ins *to = fun_target_slow(c, fun, ip->a);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    if (ip->op == VM_OP_call_fun_last)
        sp += ip->c;
    VM_ENTER(to);
}

VM_OP(call_fun)
{
    const struct vm_ins *to = fun_target(c, base, *vm_reg(c, sp, ip->b), ip->a);
    if (VM_RARE(to == NULL))
        VM_TAIL return call_fun_slow(c, ip, sp, hp, base, table);
    VM_PUSH_RETURN(1);
    VM_ENTER(to);
}

VM_OP(call_fun_last)
{
    const struct vm_ins *to = fun_target(c, base, *vm_reg(c, sp, ip->b), ip->a);
    if (VM_RARE(to == NULL))
        VM_TAIL return call_fun_slow(c, ip, sp, hp, base, table);
    sp += ip->c;
    VM_ENTER(to);
}

// erlang:apply/2 with its arguments in x0 and x1. NULL: exception set.
static VM_SLOW const struct vm_ins *apply_fun(struct vm_cpu *c)
{
    vm_term fun = c->x[0];
    int64_t count = argument_count(c->base, c->x[1]);
    if (count < 0 || count > VM_MAX_ARGUMENTS) {
        vm_error(c, count > VM_MAX_ARGUMENTS ? VM_AM(system_limit) : VM_AM(badarg));
        raise_in_apply(c, 2);
        return NULL;
    }
    spread(c, c->x[1]);
    const struct vm_ins *to = fun_target(c, c->base, fun, (unsigned)count);
    return to != NULL ? to : fun_target_slow(c, fun, (unsigned)count);
}

VM_OP(apply_fun)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = apply_fun(c);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_PUSH_RETURN(1);
    VM_ENTER(to);
}

VM_OP(apply_fun_only)
{
    VM_SWAP_OUT();
    const struct vm_ins *to = apply_fun(c);
    if (to == NULL)
        VM_FAIL();
    VM_SWAP_IN();
    VM_ENTER(to);
}

VM_OP(make_fun)
{
    const struct vm_lambda *lambda = (const void *)(base + VM_WORD(1));
    size_t free = VM_WORD(2);
    hp[0] = VM_HEADER(VM_FUN, VM_FUN_WORDS - 1 + free);
    hp[1] = VM_WORD(1);
    hp[2] = lambda->arity;
    hp[3] = c->proc->pid;
    for (size_t i = 0; i < free; i++)
        hp[VM_FUN_WORDS + i] = vm_source(c, sp, VM_WORD(3 + i));
    *vm_reg(c, sp, ip->a) = vm_make_boxed(base, hp);
    hp += VM_FUN_WORDS + free;
    VM_NEXT_AFTER(3);
}
