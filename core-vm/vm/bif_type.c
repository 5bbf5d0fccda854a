#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"

vm_term vm_bif_is_atom(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    return vm_bool(vm_is_atom(args[0]));
}

vm_term vm_bif_is_bitstring(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_bitstring(c->base, args[0]));
}

vm_term vm_bif_is_binary(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_bitstring(c->base, args[0]) && vm_bits_of(c->base, args[0]).bits % 8 == 0);
}

static bool is_boolean(vm_term t)
{
    return t == VM_AM(true) || t == VM_AM(false);
}

vm_term vm_bif_is_boolean(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    return vm_bool(is_boolean(args[0]));
}

vm_term vm_bif_is_float(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_float(c->base, args[0]));
}

vm_term vm_bif_is_integer(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_integer(c->base, args[0]));
}

vm_term vm_bif_is_number(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_integer(c->base, args[0]) || vm_is_float(c->base, args[0]));
}

vm_term vm_bif_is_list(struct vm_cpu *c, const vm_term *args)
{
    (void)c;
    return vm_bool(vm_is_list(args[0]) || args[0] == VM_NIL);
}

vm_term vm_bif_is_map(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_map(c->base, args[0]));
}

vm_term vm_bif_is_tuple(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_tuple(c->base, args[0]));
}

static bool is_external(const char *base, vm_term t, enum vm_external kind)
{
    return vm_is_kind(base, t, VM_EXTERNAL) && vm_boxed_at(base, t)[1] == kind;
}

vm_term vm_bif_is_pid(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_local_pid(args[0]) || is_external(c->base, args[0], VM_EXTERNAL_PID));
}

vm_term vm_bif_is_port(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_local_port(args[0]) || is_external(c->base, args[0], VM_EXTERNAL_PORT));
}

vm_term vm_bif_is_reference(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_kind(c->base, args[0], VM_REF) ||
                   is_external(c->base, args[0], VM_EXTERNAL_REF));
}

vm_term vm_bif_is_function_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_is_fun(c->base, args[0]));
}

static uint64_t fun_arity(const char *base, vm_term fun)
{
    const vm_term *words = vm_boxed_at(base, fun);
    if (vm_subtag(*words) == VM_FUN)
        return words[2];
    return ((const struct vm_export *)(const void *)(base + words[1]))->arity;
}

vm_term vm_bif_is_function_2(struct vm_cpu *c, const vm_term *args)
{
    bool is_positive_big = vm_is_kind(c->base, args[1], VM_POS_BIG);
    if (!is_positive_big && (!vm_is_small(args[1]) || vm_small_value(args[1]) < 0))
        return vm_badarg(c);
    return vm_bool(!is_positive_big && vm_is_fun(c->base, args[0]) &&
                   fun_arity(c->base, args[0]) == (uint64_t)vm_small_value(args[1]));
}

static bool is_record(const char *base, vm_term t, vm_term tag)
{
    if (!vm_is_tuple(base, t))
        return false;
    const vm_term *words = vm_boxed_at(base, t);
    return vm_arity(*words) > 0 && words[1] == tag;
}

vm_term vm_bif_is_record_2(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[1]))
        return vm_badarg(c);
    return vm_bool(is_record(c->base, args[0], args[1]));
}

vm_term vm_bif_is_record_3(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[1]) || !vm_is_small(args[2]) || vm_small_value(args[2]) < 0)
        return vm_badarg(c);
    return vm_bool(is_record(c->base, args[0], args[1]) &&
                   vm_is_tuple_of(c->base, args[0], (size_t)vm_small_value(args[2])));
}

vm_term vm_bif_not(struct vm_cpu *c, const vm_term *args)
{
    return is_boolean(args[0]) ? vm_bool(args[0] == VM_AM(false)) : vm_badarg(c);
}

vm_term vm_bif_and(struct vm_cpu *c, const vm_term *args)
{
    if (!is_boolean(args[0]) || !is_boolean(args[1]))
        return vm_badarg(c);
    return vm_bool(args[0] == VM_AM(true) && args[1] == VM_AM(true));
}

vm_term vm_bif_or(struct vm_cpu *c, const vm_term *args)
{
    if (!is_boolean(args[0]) || !is_boolean(args[1]))
        return vm_badarg(c);
    return vm_bool(args[0] == VM_AM(true) || args[1] == VM_AM(true));
}

vm_term vm_bif_xor(struct vm_cpu *c, const vm_term *args)
{
    if (!is_boolean(args[0]) || !is_boolean(args[1]))
        return vm_badarg(c);
    return vm_bool(args[0] != args[1]);
}

static vm_term boxed_type(const vm_term *words)
{
    static const vm_term types[VM_SUBTAG_LIMIT] = {
        [VM_TUPLE] = VM_AM(tuple),
        [VM_POS_BIG] = VM_AM(bignum),
        [VM_NEG_BIG] = VM_AM(bignum),
        [VM_REF] = VM_AM(reference),
        [VM_FUN] = VM_AM(fun),
        [VM_FLOAT] = VM_AM(hfloat),
        [VM_EXPORT] = VM_AM(export),
        [VM_REFC_BIN] = VM_AM(refc_binary),
        [VM_HEAP_BIN] = VM_AM(heap_binary),
        [VM_SUB_BIN] = VM_AM(sub_binary),
        [VM_FLAT_MAP] = VM_AM(flatmap),
        [VM_HASH_MAP] = VM_AM(hashmap),
    };
    static const vm_term external[] = {VM_AM(external_pid), VM_AM(external_port),
                                       VM_AM(external_reference)};
    enum vm_subtag subtag = vm_subtag(*words);
    return subtag == VM_EXTERNAL ? external[words[1]] : types[subtag];
}

vm_term vm_bif_term_type(struct vm_cpu *c, const vm_term *args)
{
    vm_term t = args[0];
    if (vm_is_boxed(t))
        return boxed_type(vm_boxed_at(c->base, t));
    if (vm_is_list(t) || t == VM_NIL)
        return t == VM_NIL ? VM_AM(nil) : VM_AM(list);
    if (vm_is_small(t) || vm_is_atom(t))
        return vm_is_small(t) ? VM_AM(fixnum) : VM_AM(atom);
    return vm_is_local_pid(t) ? VM_AM(pid) : VM_AM(port);
}
