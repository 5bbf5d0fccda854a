#include <math.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"

// Numbers too big for a float, and results that are none, are bad arithmetic; what is no number is
// a bad argument.
static vm_term wrong_number(struct vm_cpu *c, vm_term t)
{
    return vm_is_big(c->base, t) ? vm_badarith(c) : vm_badarg(c);
}

static vm_term float_of(struct vm_cpu *c, double d)
{
    return isfinite(d) ? vm_make_float(c, d) : vm_badarith(c);
}

static vm_term one(struct vm_cpu *c, const vm_term *args, double (*of)(double))
{
    double x;
    if (!vm_get_double(c->base, args[0], &x))
        return wrong_number(c, args[0]);
    return float_of(c, of(x));
}

static vm_term two(struct vm_cpu *c, const vm_term *args, double (*of)(double, double))
{
    double x, y;
    if (!vm_get_double(c->base, args[0], &x))
        return wrong_number(c, args[0]);
    if (!vm_get_double(c->base, args[1], &y))
        return wrong_number(c, args[1]);
    return float_of(c, of(x, y));
}

vm_term vm_bif_math_cos(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, cos);
}

vm_term vm_bif_math_cosh(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, cosh);
}

vm_term vm_bif_math_sin(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, sin);
}

vm_term vm_bif_math_sinh(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, sinh);
}

vm_term vm_bif_math_tan(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, tan);
}

vm_term vm_bif_math_tanh(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, tanh);
}

vm_term vm_bif_math_acos(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, acos);
}

vm_term vm_bif_math_acosh(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, acosh);
}

vm_term vm_bif_math_asin(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, asin);
}

vm_term vm_bif_math_asinh(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, asinh);
}

vm_term vm_bif_math_atan(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, atan);
}

vm_term vm_bif_math_atanh(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, atanh);
}

vm_term vm_bif_math_erf(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, erf);
}

vm_term vm_bif_math_erfc(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, erfc);
}

vm_term vm_bif_math_exp(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, exp);
}

vm_term vm_bif_math_log(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, log);
}

vm_term vm_bif_math_log2(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, log2);
}

vm_term vm_bif_math_log10(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, log10);
}

vm_term vm_bif_math_sqrt(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, sqrt);
}

vm_term vm_bif_math_ceil(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, ceil);
}

vm_term vm_bif_math_floor(struct vm_cpu *c, const vm_term *args)
{
    return one(c, args, floor);
}

vm_term vm_bif_math_atan2(struct vm_cpu *c, const vm_term *args)
{
    return two(c, args, atan2);
}

vm_term vm_bif_math_pow(struct vm_cpu *c, const vm_term *args)
{
    return two(c, args, pow);
}

vm_term vm_bif_math_fmod(struct vm_cpu *c, const vm_term *args)
{
    return two(c, args, fmod);
}
