// BIFs that raise exceptions.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/stacktrace.h"

// They stand for an instruction of their caller: its place, not theirs, is where traces begin.
static vm_term raise_here(struct vm_cpu *c, vm_term class, vm_term reason)
{
    vm_raise(c, class, reason);
    vm_trace_place(c, VM_AM(undefined), VM_NIL);
    return VM_NONE;
}

vm_term vm_bif_error_1(struct vm_cpu *c, const vm_term *args)
{
    return raise_here(c, VM_AM(error), args[0]);
}

static vm_term given_args(vm_term args)
{
    return args == VM_AM(none) ? VM_AM(undefined) : args;
}

vm_term vm_bif_error_2(struct vm_cpu *c, const vm_term *args)
{
    vm_error(c, args[0]);
    vm_trace_place(c, given_args(args[1]), VM_NIL);
    return VM_NONE;
}

// Options: a proper list of {error_info, Map}; the last one counts. False: it is none.
static bool error_options(const char *base, vm_term options, vm_term *ret)
{
    *ret = VM_NONE;
    for (; vm_is_list(options); options = vm_tail(base, options)) {
        vm_term option = vm_head(base, options);
        if (!vm_is_tuple_of(base, option, 2) || vm_boxed_at(base, option)[1] != VM_AM(error_info) ||
            !vm_is_map(base, vm_boxed_at(base, option)[2]))
            return false;
        *ret = option;
    }
    return vm_is_nil(options);
}

vm_term vm_bif_error_3(struct vm_cpu *c, const vm_term *args)
{
    vm_term option;
    if (!error_options(c->base, args[2], &option))
        return vm_badarg(c);
    vm_term extra = option == VM_NONE ? VM_NIL : vm_make_cons(c, option, VM_NIL);
    if (extra == VM_NONE)
        return VM_NONE;
    vm_error(c, args[0]);
    vm_trace_place(c, given_args(args[1]), extra);
    return VM_NONE;
}

vm_term vm_bif_exit_1(struct vm_cpu *c, const vm_term *args)
{
    return raise_here(c, VM_AM(exit), args[0]);
}

vm_term vm_bif_throw(struct vm_cpu *c, const vm_term *args)
{
    return raise_here(c, VM_AM(throw), args[0]);
}

vm_term vm_bif_nif_error(struct vm_cpu *c, const vm_term *args)
{
    return vm_error(c, args[0]);
}

// {M, F, Arity | Args} or {Fun, Args}, perhaps with a location list.
static bool is_trace_item(const char *base, vm_term item)
{
    if (!vm_is_tuple(base, item))
        return false;
    const vm_term *at = vm_boxed_at(base, item);
    size_t size = vm_arity(at[0]);
    if (size < 2 || size > 4)
        return false;
    bool by_fun = vm_is_fun(base, at[1]);
    if (by_fun)
        return size <= 3 && (size == 2 || vm_list_length(base, at[3]) >= 0);
    if (size < 3 || !vm_is_atom(at[1]) || !vm_is_atom(at[2]))
        return false;
    return size == 3 || vm_list_length(base, at[4]) >= 0;
}

static bool is_trace(const char *base, vm_term list)
{
    for (; vm_is_list(list); list = vm_tail(base, list))
        if (!is_trace_item(base, vm_head(base, list)))
            return false;
    return vm_is_nil(list);
}

// Arguments that are no exception give the atom badarg.
vm_term vm_bif_raise(struct vm_cpu *c, const vm_term *args)
{
    bool class = args[0] == VM_AM(error) || args[0] == VM_AM(exit) || args[0] == VM_AM(throw);
    bool raw = vm_trace_class(c->base, args[2]) != VM_NONE;
    if (!class || (!raw && !is_trace(c->base, args[2])))
        return VM_AM(badarg);
    vm_raise(c, args[0], args[1]);
    vm_trace_given(c, vm_trace_list(c, args[2]));
    return VM_NONE;
}
