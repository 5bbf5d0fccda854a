#include "core-vm/vm/big_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"

struct vm_limbs vm_limbs_of(const char *base, vm_term integer, uint64_t *room)
{
    if (!vm_is_small(integer)) {
        const vm_term *words = vm_boxed_at(base, integer);
        return (struct vm_limbs){words + 1, vm_arity(*words), vm_subtag(*words) == VM_NEG_BIG};
    }
    int64_t n = vm_small_value(integer);
    *room = n < 0 ? -(uint64_t)n : (uint64_t)n;
    return (struct vm_limbs){room, n != 0, n < 0};
}

static bool fits_small(uint64_t magnitude, bool negative)
{
    return magnitude <= (uint64_t)VM_SMALL_MAX + negative;
}

static vm_term small_of(uint64_t magnitude, bool negative)
{
    return vm_small((int64_t)(negative ? -magnitude : magnitude));
}

uint64_t *vm_big_begin(struct vm_cpu *c, size_t count)
{
    // One limb more than the limit: it may turn out to be zero.
    if (count > VM_BIG_LIMIT + 1) {
        vm_system_limit(c);
        return NULL;
    }
    vm_term *words = vm_alloc(c, count + 1);
    if (words == NULL)
        return NULL;
    *words = vm_header(VM_POS_BIG, count);
    return words + 1;
}

// The words [from, end) of the newest object are not needed. If nothing lies behind them the heap
// shrinks; if they are in a fragment they become terms that do no harm.
static void give_back(struct vm_cpu *c, vm_term *from, vm_term *end)
{
    if ((uint64_t)((char *)end - c->base) == c->proc->htop)
        c->proc->htop = (uint64_t)((char *)from - c->base);
    else
        while (from < end)
            *from++ = VM_NIL;
}

vm_term vm_big_end(struct vm_cpu *c, uint64_t *limbs, size_t count, bool negative)
{
    vm_term *header = limbs - 1, *end = limbs + vm_arity(*header);
    while (count > 0 && limbs[count - 1] == 0)
        count--;
    if (count == 0 || (count == 1 && fits_small(limbs[0], negative))) {
        vm_term small = small_of(count == 0 ? 0 : limbs[0], negative);
        give_back(c, header, end);
        return small;
    }
    if (limbs + count != end)
        give_back(c, limbs + count, end);
    if (count > VM_BIG_LIMIT)
        return vm_system_limit(c);
    *header = vm_header(negative ? VM_NEG_BIG : VM_POS_BIG, count);
    return vm_make_boxed(c->base, header);
}

vm_term vm_make_integer_of(struct vm_cpu *c, struct vm_limbs limbs)
{
    while (limbs.count > 0 && limbs.at[limbs.count - 1] == 0)
        limbs.count--;
    if (limbs.count == 0)
        return vm_small(0);
    if (limbs.count == 1 && fits_small(limbs.at[0], limbs.negative))
        return small_of(limbs.at[0], limbs.negative);
    uint64_t *to = vm_big_begin(c, limbs.count);
    if (to == NULL)
        return VM_NONE;
    memcpy(to, limbs.at, limbs.count * sizeof *to);
    return vm_big_end(c, to, limbs.count, limbs.negative);
}

uint64_t *vm_limb_room_init(struct vm_limb_room *room, size_t count)
{
    room->at = room->local;
    if (count > sizeof room->local / sizeof *room->local) {
        room->at = malloc(count * sizeof *room->at);
        if (room->at == NULL)
            wb_die_no_memory(count * sizeof *room->at);
    }
    return room->at;
}

void vm_limb_room_done(struct vm_limb_room *room)
{
    if (room->at != room->local)
        free(room->at);
}

bool vm_get_int64(const char *base, vm_term t, int64_t *ret)
{
    if (vm_is_small(t)) {
        *ret = vm_small_value(t);
        return true;
    }
    if (!vm_is_big(base, t))
        return false;
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(base, t, &room);
    if (limbs.count != 1 || limbs.at[0] > (uint64_t)INT64_MAX + limbs.negative)
        return false;
    *ret = (int64_t)(limbs.negative ? -limbs.at[0] : limbs.at[0]);
    return true;
}

bool vm_get_uint64(const char *base, vm_term t, uint64_t *ret)
{
    if (!vm_is_integer(base, t))
        return false;
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(base, t, &room);
    if (limbs.negative || limbs.count > 1)
        return false;
    *ret = limbs.count == 0 ? 0 : limbs.at[0];
    return true;
}

bool vm_limbs_double(struct vm_limbs limbs, double *ret)
{
    double d = 0;
    for (size_t i = limbs.count; i-- > 0;) {
        d = d * 18446744073709551616.0 + (double)limbs.at[i];
        if (!isfinite(d))
            return false;
    }
    *ret = limbs.negative ? -d : d;
    return true;
}

bool vm_get_double(const char *base, vm_term t, double *ret)
{
    if (vm_is_small(t)) {
        *ret = (double)vm_small_value(t);
        return true;
    }
    if (vm_is_float(base, t)) {
        memcpy(ret, vm_boxed_at(base, t) + 1, sizeof *ret);
        return true;
    }
    if (!vm_is_big(base, t))
        return false;
    uint64_t room;
    return vm_limbs_double(vm_limbs_of(base, t, &room), ret);
}

vm_term vm_integer_of_double(struct vm_cpu *c, double d)
{
    if (fabs(d) < 576460752303423488.0)  // 2^59
        return vm_small((int64_t)d);
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(fabs(d), &exponent), 53);
    size_t shift = (size_t)exponent - 53, count = shift / 64 + 2;
    uint64_t *limbs = vm_big_begin(c, count);
    if (limbs == NULL)
        return VM_NONE;
    memset(limbs, 0, count * sizeof *limbs);
    limbs[shift / 64] = mantissa << shift % 64;
    if (shift % 64 > 11)
        limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
    return vm_big_end(c, limbs, count, d < 0);
}
