#include "core-vm/vm/arith.h"

#include <math.h>
#include <string.h>

#include "core-vm/vm/big_priv.h"

// What two operands can be computed as.
enum mode { AS_SMALL, AS_BIG, AS_FLOAT, NOT_NUMBERS };

static enum mode mode_of(const char *base, vm_term a, vm_term b)
{
    if (vm_both_small(a, b))
        return AS_SMALL;
    bool a_whole = vm_is_integer(base, a), b_whole = vm_is_integer(base, b);
    if (a_whole && b_whole)
        return AS_BIG;
    bool a_real = vm_is_float(base, a), b_real = vm_is_float(base, b);
    return (a_whole || a_real) && (b_whole || b_real) ? AS_FLOAT : NOT_NUMBERS;
}

// Both are floats: by far the most common case after small integers.
static inline bool get_floats(const char *base, vm_term a, vm_term b, double *x, double *y)
{
    const vm_term header = VM_HEADER(VM_FLOAT, 1);
    if (!vm_is_boxed(a) || !vm_is_boxed(b))
        return false;
    const vm_term *p = vm_boxed_at(base, a), *q = vm_boxed_at(base, b);
    if (*p != header || *q != header)
        return false;
    memcpy(x, p + 1, sizeof *x);
    memcpy(y, q + 1, sizeof *y);
    return true;
}

struct operands {
    struct vm_limbs a, b;
    uint64_t a_room, b_room;
};

static void read_operands(const char *base, vm_term a, vm_term b, struct operands *ret)
{
    ret->a = vm_limbs_of(base, a, &ret->a_room);
    ret->b = vm_limbs_of(base, b, &ret->b_room);
}

static int compare_limbs(const struct vm_limbs *a, const struct vm_limbs *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return mpn_cmp(vm_mp_const(a->at), vm_mp_const(b->at), (mp_size_t)a->count);
}

static void swap(struct vm_limbs *a, struct vm_limbs *b)
{
    struct vm_limbs held = *a;
    *a = *b;
    *b = held;
}

// |a| + |b|, with a's sign.
static vm_term add_magnitudes(struct vm_cpu *c, struct vm_limbs a, struct vm_limbs b)
{
    bool negative = a.negative;
    if (a.count < b.count)
        swap(&a, &b);
    uint64_t *to = vm_big_begin(c, a.count + 1);
    if (to == NULL)
        return VM_NONE;
    if (b.count == 0)
        memcpy(to, a.at, a.count * sizeof *to);
    to[a.count] = b.count == 0 ? 0
                               : mpn_add(vm_mp(to), vm_mp_const(a.at), (mp_size_t)a.count,
                                         vm_mp_const(b.at), (mp_size_t)b.count);
    return vm_big_end(c, to, a.count + 1, negative);
}

// a with its sign, less |b| in that direction.
static vm_term subtract_magnitudes(struct vm_cpu *c, struct vm_limbs a, struct vm_limbs b)
{
    int order = compare_limbs(&a, &b);
    if (order == 0)
        return vm_small(0);
    bool negative = order < 0 ? !a.negative : a.negative;
    if (order < 0)
        swap(&a, &b);
    uint64_t *to = vm_big_begin(c, a.count);
    if (to == NULL)
        return VM_NONE;
    if (b.count == 0)
        memcpy(to, a.at, a.count * sizeof *to);
    else
        mpn_sub(vm_mp(to), vm_mp_const(a.at), (mp_size_t)a.count, vm_mp_const(b.at),
                (mp_size_t)b.count);
    return vm_big_end(c, to, a.count, negative);
}

static vm_term add_bigs(struct vm_cpu *c, vm_term a, vm_term b, bool negate_b)
{
    struct operands o;
    read_operands(c->base, a, b, &o);
    if (negate_b)
        o.b.negative = !o.b.negative;
    if (o.a.negative == o.b.negative)
        return add_magnitudes(c, o.a, o.b);
    return subtract_magnitudes(c, o.a, o.b);
}

static vm_term float_of(struct vm_cpu *c, double d)
{
    return isfinite(d) ? vm_make_float(c, d) : vm_badarith(c);
}

static bool get_doubles(struct vm_cpu *c, vm_term a, vm_term b, double *x, double *y)
{
    return vm_get_double(c->base, a, x) && vm_get_double(c->base, b, y);
}

vm_term vm_add(struct vm_cpu *c, vm_term a, vm_term b)
{
    double x, y;
    if (get_floats(c->base, a, b, &x, &y))
        return float_of(c, x + y);
    switch (mode_of(c->base, a, b)) {
    case AS_SMALL:
        return vm_make_integer(c, vm_small_value(a) + vm_small_value(b));
    case AS_BIG:
        return add_bigs(c, a, b, false);
    case AS_FLOAT:
        if (get_doubles(c, a, b, &x, &y))
            return float_of(c, x + y);
        break;
    case NOT_NUMBERS:
        break;
    }
    return vm_badarith(c);
}

vm_term vm_subtract(struct vm_cpu *c, vm_term a, vm_term b)
{
    double x, y;
    if (get_floats(c->base, a, b, &x, &y))
        return float_of(c, x - y);
    switch (mode_of(c->base, a, b)) {
    case AS_SMALL:
        return vm_make_integer(c, vm_small_value(a) - vm_small_value(b));
    case AS_BIG:
        return add_bigs(c, a, b, true);
    case AS_FLOAT:
        if (get_doubles(c, a, b, &x, &y))
            return float_of(c, x - y);
        break;
    case NOT_NUMBERS:
        break;
    }
    return vm_badarith(c);
}

static vm_term multiply_smalls(struct vm_cpu *c, int64_t a, int64_t b)
{
    __int128 product = (__int128)a * b;
    bool negative = product < 0;
    unsigned __int128 magnitude =
        negative ? -(unsigned __int128)product : (unsigned __int128)product;
    uint64_t limbs[2] = {(uint64_t)magnitude, (uint64_t)(magnitude >> 64)};
    return vm_make_integer_of(c, (struct vm_limbs){limbs, 2, negative});
}

// Products of more limbs than the limit are not even begun.
static vm_term multiply_bigs(struct vm_cpu *c, vm_term a, vm_term b)
{
    struct operands o;
    read_operands(c->base, a, b, &o);
    if (o.a.count < o.b.count)
        swap(&o.a, &o.b);
    if (o.b.count == 0)
        return vm_small(0);
    size_t count = o.a.count + o.b.count;
    uint64_t *to = vm_big_begin(c, count);
    if (to == NULL)
        return VM_NONE;
    c->reds -= (int64_t)(o.a.count * o.b.count / 64);
    mpn_mul(vm_mp(to), vm_mp_const(o.a.at), (mp_size_t)o.a.count, vm_mp_const(o.b.at),
            (mp_size_t)o.b.count);
    return vm_big_end(c, to, count, o.a.negative != o.b.negative);
}

vm_term vm_multiply(struct vm_cpu *c, vm_term a, vm_term b)
{
    double x, y;
    if (get_floats(c->base, a, b, &x, &y))
        return float_of(c, x * y);
    switch (mode_of(c->base, a, b)) {
    case AS_SMALL:
        return multiply_smalls(c, vm_small_value(a), vm_small_value(b));
    case AS_BIG:
        return multiply_bigs(c, a, b);
    case AS_FLOAT:
        if (get_doubles(c, a, b, &x, &y))
            return float_of(c, x * y);
        break;
    case NOT_NUMBERS:
        break;
    }
    return vm_badarith(c);
}

vm_term vm_divide(struct vm_cpu *c, vm_term a, vm_term b)
{
    double x, y;
    if (!get_doubles(c, a, b, &x, &y) || y == 0)
        return vm_badarith(c);
    return float_of(c, x / y);
}

// Quotient towards zero, of magnitudes; |a| >= |b| > 0.
static vm_term quotient(struct vm_cpu *c, const struct operands *o)
{
    size_t count = o->a.count - o->b.count + 1;
    uint64_t *to = vm_big_begin(c, count);
    if (to == NULL)
        return VM_NONE;
    struct vm_limb_room rest;
    vm_limb_room_init(&rest, o->b.count);
    c->reds -= (int64_t)(count * o->b.count / 64);
    mpn_tdiv_qr(vm_mp(to), vm_mp(rest.at), 0, vm_mp_const(o->a.at), (mp_size_t)o->a.count,
                vm_mp_const(o->b.at), (mp_size_t)o->b.count);
    vm_limb_room_done(&rest);
    return vm_big_end(c, to, count, o->a.negative != o->b.negative);
}

// What is left has the sign of a.
static vm_term rest_of(struct vm_cpu *c, const struct operands *o)
{
    uint64_t *to = vm_big_begin(c, o->b.count);
    if (to == NULL)
        return VM_NONE;
    size_t count = o->a.count - o->b.count + 1;
    struct vm_limb_room whole;
    vm_limb_room_init(&whole, count);
    c->reds -= (int64_t)(count * o->b.count / 64);
    mpn_tdiv_qr(vm_mp(whole.at), vm_mp(to), 0, vm_mp_const(o->a.at), (mp_size_t)o->a.count,
                vm_mp_const(o->b.at), (mp_size_t)o->b.count);
    vm_limb_room_done(&whole);
    return vm_big_end(c, to, o->b.count, o->a.negative);
}

vm_term vm_div(struct vm_cpu *c, vm_term a, vm_term b)
{
    if (!vm_is_integer(c->base, a) || !vm_is_integer(c->base, b) || b == vm_small(0))
        return vm_badarith(c);
    if (vm_both_small(a, b))
        return vm_make_integer(c, vm_small_value(a) / vm_small_value(b));
    struct operands o;
    read_operands(c->base, a, b, &o);
    return compare_limbs(&o.a, &o.b) < 0 ? vm_small(0) : quotient(c, &o);
}

vm_term vm_rem(struct vm_cpu *c, vm_term a, vm_term b)
{
    if (!vm_is_integer(c->base, a) || !vm_is_integer(c->base, b) || b == vm_small(0))
        return vm_badarith(c);
    if (vm_both_small(a, b))
        return vm_small(vm_small_value(a) % vm_small_value(b));
    struct operands o;
    read_operands(c->base, a, b, &o);
    return compare_limbs(&o.a, &o.b) < 0 ? a : rest_of(c, &o);
}

vm_term vm_negate(struct vm_cpu *c, vm_term a)
{
    if (vm_is_small(a))
        return vm_make_integer(c, -vm_small_value(a));
    double d;
    if (vm_is_float(c->base, a) && vm_get_double(c->base, a, &d))
        return vm_make_float(c, -d);
    if (!vm_is_big(c->base, a))
        return vm_badarith(c);
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(c->base, a, &room);
    limbs.negative = !limbs.negative;
    return vm_make_integer_of(c, limbs);
}
