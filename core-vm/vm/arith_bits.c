#include <string.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/big_priv.h"

// An integer's two's complement, limb by limb from the least significant; ends never.
struct complement {
    struct vm_limbs limbs;
    size_t next;
    bool borrow;  // the lower limbs were all zero
};

static struct complement complement_of(const char *base, vm_term t, uint64_t *room)
{
    return (struct complement){.limbs = vm_limbs_of(base, t, room), .borrow = true};
}

static uint64_t next_limb(struct complement *from)
{
    uint64_t limb = from->next < from->limbs.count ? from->limbs.at[from->next] : 0;
    from->next++;
    if (!from->limbs.negative)
        return limb;
    uint64_t value = ~limb + from->borrow;
    from->borrow = from->borrow && limb == 0;
    return value;
}

enum bitwise { AND, OR, XOR };

static uint64_t combine(enum bitwise how, uint64_t a, uint64_t b)
{
    if (how == AND)
        return a & b;
    return how == OR ? a | b : a ^ b;
}

// The number of two's complement limbs, in place.
static vm_term end_complement(struct vm_cpu *c, uint64_t *limbs, size_t count)
{
    bool negative = limbs[count - 1] >> 63 != 0;
    if (negative)
        mpn_neg(vm_mp(limbs), vm_mp_const(limbs), (mp_size_t)count);
    return vm_big_end(c, limbs, count, negative);
}

static vm_term combine_bigs(struct vm_cpu *c, enum bitwise how, vm_term a, vm_term b)
{
    uint64_t a_room, b_room;
    struct complement x = complement_of(c->base, a, &a_room);
    struct complement y = complement_of(c->base, b, &b_room);
    size_t count = (x.limbs.count > y.limbs.count ? x.limbs.count : y.limbs.count) + 1;
    uint64_t *to = vm_big_begin(c, count);
    if (to == NULL)
        return VM_NONE;
    for (size_t i = 0; i < count; i++) {
        uint64_t limb = next_limb(&x);
        to[i] = combine(how, limb, next_limb(&y));
    }
    return end_complement(c, to, count);
}

static vm_term bitwise(struct vm_cpu *c, enum bitwise how, vm_term a, vm_term b)
{
    if (vm_both_small(a, b))
        return vm_small(
            (int64_t)combine(how, (uint64_t)vm_small_value(a), (uint64_t)vm_small_value(b)));
    if (!vm_is_integer(c->base, a) || !vm_is_integer(c->base, b))
        return vm_badarith(c);
    return combine_bigs(c, how, a, b);
}

vm_term vm_band(struct vm_cpu *c, vm_term a, vm_term b)
{
    return bitwise(c, AND, a, b);
}

vm_term vm_bor(struct vm_cpu *c, vm_term a, vm_term b)
{
    return bitwise(c, OR, a, b);
}

vm_term vm_bxor(struct vm_cpu *c, vm_term a, vm_term b)
{
    return bitwise(c, XOR, a, b);
}

vm_term vm_bnot(struct vm_cpu *c, vm_term a)
{
    if (vm_is_small(a))
        return vm_small(~vm_small_value(a));
    if (!vm_is_big(c->base, a))
        return vm_badarith(c);
    return vm_subtract(c, vm_small(-1), a);
}

static vm_term shift_left(struct vm_cpu *c, vm_term a, uint64_t by)
{
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(c->base, a, &room);
    if (limbs.count == 0)
        return a;
    if (by / 64 > VM_BIG_LIMIT)
        return vm_system_limit(c);
    size_t zeros = by / 64, count = limbs.count + zeros + 1;
    uint64_t *to = vm_big_begin(c, count);
    if (to == NULL)
        return VM_NONE;
    memset(to, 0, zeros * sizeof *to);
    uint64_t *high = to + zeros;
    high[limbs.count] = 0;
    if (by % 64 == 0)
        memcpy(high, limbs.at, limbs.count * sizeof *high);
    else
        high[limbs.count] =
            mpn_lshift(vm_mp(high), vm_mp_const(limbs.at), (mp_size_t)limbs.count, by % 64);
    return vm_big_end(c, to, count, limbs.negative);
}

static bool any_bit_below(const struct vm_limbs *limbs, uint64_t by)
{
    for (size_t i = 0; i < by / 64; i++)
        if (limbs->at[i] != 0)
            return true;
    return by % 64 != 0 && limbs->at[by / 64] << (64 - by % 64) != 0;
}

// Towards minus infinity.
static vm_term shift_right(struct vm_cpu *c, vm_term a, uint64_t by)
{
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(c->base, a, &room);
    if (by / 64 >= limbs.count)
        return vm_small(limbs.negative ? -1 : 0);
    bool lost = limbs.negative && any_bit_below(&limbs, by);
    size_t skip = by / 64, count = limbs.count - skip;
    uint64_t *to = vm_big_begin(c, count + 1);
    if (to == NULL)
        return VM_NONE;
    if (by % 64 == 0)
        memcpy(to, limbs.at + skip, count * sizeof *to);
    else
        mpn_rshift(vm_mp(to), vm_mp_const(limbs.at + skip), (mp_size_t)count, by % 64);
    to[count] = lost ? mpn_add_1(vm_mp(to), vm_mp_const(to), (mp_size_t)count, 1) : 0;
    return vm_big_end(c, to, count + 1, limbs.negative);
}

static vm_term shift_small(struct vm_cpu *c, vm_term a, int64_t left)
{
    int64_t n = vm_small_value(a);
    if (left <= 0)
        return vm_small(n >> (left < -63 ? 63 : -left));
    if (left < 60) {
        int64_t shifted = (int64_t)((uint64_t)n << left);
        if (shifted >> left == n)
            return vm_make_integer(c, shifted);
    }
    return shift_left(c, a, (uint64_t)left);
}

// By a number of places that is itself an integer of any size; `left` decides what is positive.
static vm_term shift(struct vm_cpu *c, vm_term a, vm_term by, bool left)
{
    if (!vm_is_integer(c->base, a) || !vm_is_integer(c->base, by))
        return vm_badarith(c);
    if (!vm_is_small(by)) {
        bool goes_left = (vm_subtag(*vm_boxed_at(c->base, by)) == VM_POS_BIG) == left;
        if (!goes_left)
            return shift_right(c, a, UINT64_MAX);
        return a == vm_small(0) ? a : vm_system_limit(c);
    }
    int64_t places = left ? vm_small_value(by) : -vm_small_value(by);
    if (vm_is_small(a))
        return shift_small(c, a, places);
    return places < 0 ? shift_right(c, a, (uint64_t)-places) : shift_left(c, a, (uint64_t)places);
}

vm_term vm_bsl(struct vm_cpu *c, vm_term a, vm_term b)
{
    return shift(c, a, b, true);
}

vm_term vm_bsr(struct vm_cpu *c, vm_term a, vm_term b)
{
    return shift(c, a, b, false);
}
