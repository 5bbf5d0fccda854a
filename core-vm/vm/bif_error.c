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

// An item of a given stack trace with its location, which may be missing: {M, F, Arity | Args} or
// {Fun, Args}. VM_NONE: it is none.
static vm_term trace_item(struct vm_cpu *c, vm_term item)
{
    if (!vm_is_tuple(c->base, item))
        return VM_NONE;
    const vm_term *at = vm_boxed_at(c->base, item);
    size_t size = vm_arity(at[0]);
    size_t least = size > 0 && vm_is_fun(c->base, at[1]) ? 2 : 3;
    if (size < least || size > least + 1)
        return VM_NONE;
    if (least == 3 && (!vm_is_atom(at[1]) || !vm_is_atom(at[2])))
        return VM_NONE;
    if (size == least + 1)
        return vm_list_length(c->base, at[size]) >= 0 ? item : VM_NONE;
    vm_term with[4] = {at[1], at[2], least == 3 ? at[3] : VM_NIL, VM_NIL};
    return vm_make_tuple(c, least + 1, with);
}

// The list with a location in each item; VM_NONE: it is no stack trace.
static vm_term whole_trace(struct vm_cpu *c, vm_term list)
{
    vm_term first = VM_NIL, *end = &first;
    for (; vm_is_list(list); list = vm_tail(c->base, list)) {
        vm_term item = trace_item(c, vm_head(c->base, list));
        vm_term cell = item == VM_NONE ? VM_NONE : vm_make_cons(c, item, VM_NIL);
        if (cell == VM_NONE)
            return VM_NONE;
        *end = cell;
        end = &vm_list_at(c->base, cell)[1];
    }
    return vm_is_nil(list) ? first : VM_NONE;
}

// Arguments that are no exception give the atom badarg.
vm_term vm_bif_raise(struct vm_cpu *c, const vm_term *args)
{
    bool class = args[0] == VM_AM(error) || args[0] == VM_AM(exit) || args[0] == VM_AM(throw);
    vm_term trace = whole_trace(c, vm_trace_list(c, args[2]));
    if (!class || trace == VM_NONE) {
        c->outcome = VM_OUTCOME_NONE;
        return VM_AM(badarg);
    }
    vm_raise(c, args[0], args[1]);
    vm_trace_given(c, trace);
    return VM_NONE;
}
