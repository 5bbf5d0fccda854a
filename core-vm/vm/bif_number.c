#include <math.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/big_priv.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/heap.h"

vm_term vm_bif_plus(struct vm_cpu *c, const vm_term *args)
{
    bool is_number = vm_is_integer(c->base, args[0]) || vm_is_float(c->base, args[0]);
    return is_number ? args[0] : vm_badarith(c);
}

vm_term vm_bif_minus(struct vm_cpu *c, const vm_term *args)
{
    return vm_negate(c, args[0]);
}

vm_term vm_bif_add(struct vm_cpu *c, const vm_term *args)
{
    return vm_add(c, args[0], args[1]);
}

vm_term vm_bif_subtract(struct vm_cpu *c, const vm_term *args)
{
    return vm_subtract(c, args[0], args[1]);
}

vm_term vm_bif_multiply(struct vm_cpu *c, const vm_term *args)
{
    return vm_multiply(c, args[0], args[1]);
}

vm_term vm_bif_divide(struct vm_cpu *c, const vm_term *args)
{
    return vm_divide(c, args[0], args[1]);
}

vm_term vm_bif_div(struct vm_cpu *c, const vm_term *args)
{
    return vm_div(c, args[0], args[1]);
}

vm_term vm_bif_rem(struct vm_cpu *c, const vm_term *args)
{
    return vm_rem(c, args[0], args[1]);
}

vm_term vm_bif_band(struct vm_cpu *c, const vm_term *args)
{
    return vm_band(c, args[0], args[1]);
}

vm_term vm_bif_bor(struct vm_cpu *c, const vm_term *args)
{
    return vm_bor(c, args[0], args[1]);
}

vm_term vm_bif_bxor(struct vm_cpu *c, const vm_term *args)
{
    return vm_bxor(c, args[0], args[1]);
}

vm_term vm_bif_bsl(struct vm_cpu *c, const vm_term *args)
{
    return vm_bsl(c, args[0], args[1]);
}

vm_term vm_bif_bsr(struct vm_cpu *c, const vm_term *args)
{
    return vm_bsr(c, args[0], args[1]);
}

vm_term vm_bif_bnot(struct vm_cpu *c, const vm_term *args)
{
    return vm_bnot(c, args[0]);
}

vm_term vm_bif_eq(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_compare(c->vm, args[0], args[1]) == 0);
}

vm_term vm_bif_ne(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_compare(c->vm, args[0], args[1]) != 0);
}

vm_term vm_bif_eq_exact(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_equal(c->vm, args[0], args[1]));
}

vm_term vm_bif_ne_exact(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(!vm_equal(c->vm, args[0], args[1]));
}

vm_term vm_bif_lt(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_compare(c->vm, args[0], args[1]) < 0);
}

vm_term vm_bif_gt(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_compare(c->vm, args[0], args[1]) > 0);
}

vm_term vm_bif_le(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_compare(c->vm, args[0], args[1]) <= 0);
}

vm_term vm_bif_ge(struct vm_cpu *c, const vm_term *args)
{
    return vm_bool(vm_compare(c->vm, args[0], args[1]) >= 0);
}

// Of equal arguments (1 and 1.0) both give the first.
vm_term vm_bif_min(struct vm_cpu *c, const vm_term *args)
{
    return vm_compare(c->vm, args[0], args[1]) <= 0 ? args[0] : args[1];
}

vm_term vm_bif_max(struct vm_cpu *c, const vm_term *args)
{
    return vm_compare(c->vm, args[0], args[1]) >= 0 ? args[0] : args[1];
}

vm_term vm_bif_cmp_term(struct vm_cpu *c, const vm_term *args)
{
    int order = vm_compare_exact(c->vm, args[0], args[1]);
    return vm_small((order > 0) - (order < 0));
}

vm_term vm_bif_abs(struct vm_cpu *c, const vm_term *args)
{
    double d;
    uint64_t room;
    if (vm_is_float(c->base, args[0]) && vm_get_double(c->base, args[0], &d))
        return signbit(d) && d != 0 ? vm_make_float(c, -d) : args[0];
    if (!vm_is_integer(c->base, args[0]))
        return vm_badarg(c);
    return vm_limbs_of(c->base, args[0], &room).negative ? vm_negate(c, args[0]) : args[0];
}

vm_term vm_bif_float(struct vm_cpu *c, const vm_term *args)
{
    double d;
    if (vm_is_float(c->base, args[0]))
        return args[0];
    return vm_get_double(c->base, args[0], &d) ? vm_make_float(c, d) : vm_badarg(c);
}

static vm_term whole(struct vm_cpu *c, vm_term number, double (*to_whole)(double))
{
    double d;
    if (vm_is_integer(c->base, number))
        return number;
    if (!vm_get_double(c->base, number, &d))
        return vm_badarg(c);
    return vm_integer_of_double(c, to_whole(d));
}

vm_term vm_bif_round(struct vm_cpu *c, const vm_term *args)
{
    return whole(c, args[0], round);
}

vm_term vm_bif_trunc(struct vm_cpu *c, const vm_term *args)
{
    return whole(c, args[0], trunc);
}

vm_term vm_bif_ceil(struct vm_cpu *c, const vm_term *args)
{
    return whole(c, args[0], ceil);
}

vm_term vm_bif_floor(struct vm_cpu *c, const vm_term *args)
{
    return whole(c, args[0], floor);
}
