// Integers of any size as bits.
#include <stdlib.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/vm/arith.h"
#include "core-vm/vm/bits.h"
#include "core-vm/vm/heap.h"

static vm_term short_integer(struct vm_cpu *c, uint64_t n, unsigned count, unsigned flags)
{
    if ((flags & VM_SEGMENT_SIGNED) == 0)
        return n <= (uint64_t)VM_SMALL_MAX ? vm_small((int64_t)n) : vm_make_unsigned(c, n);
    int64_t extended = count == 0 ? 0 : (int64_t)(n << (64 - count)) >> (64 - count);
    return vm_make_integer(c, extended);
}

static void read_limbs(const uint8_t *at, uint64_t bit, uint64_t count, bool little, uint64_t *limb)
{
    for (uint64_t done = 0; done < count; done += 64) {
        unsigned size = count - done < 64 ? (unsigned)(count - done) : 64;
        *limb++ = little ? vm_bits_get_little(at, bit + done, size)
                         : vm_bits_get(at, bit + count - done - size, size);
    }
}

// Two's complement of `count` bits to a magnitude. True: it was negative.
static bool take_sign(uint64_t *limb, size_t limbs, uint64_t count)
{
    unsigned top = (unsigned)((count - 1) % 64);
    if ((limb[limbs - 1] >> top & 1) == 0)
        return false;
    if (top < 63)
        limb[limbs - 1] |= UINT64_MAX << top;
    bool carry = true;
    for (size_t i = 0; i < limbs; i++) {
        limb[i] = ~limb[i] + carry;
        carry = carry && limb[i] == 0;
    }
    return true;
}

static vm_term long_integer(struct vm_cpu *c, const uint8_t *at, uint64_t bit, uint64_t count,
                            unsigned flags)
{
    uint64_t room[16];
    uint64_t *big wb_auto_free = NULL;
    size_t limbs = (size_t)((count + 63) / 64);
    uint64_t *limb = room;
    if (limbs > sizeof room / sizeof *room) {
        limb = big = malloc(limbs * sizeof *limb);
        if (big == NULL)
            return vm_system_limit(c);
    }
    read_limbs(at, bit, count, vm_segment_is_little(flags), limb);
    bool negative = (flags & VM_SEGMENT_SIGNED) != 0 && take_sign(limb, limbs, count);
    return vm_make_integer_of(c,
                              (struct vm_limbs){.at = limb, .count = limbs, .negative = negative});
}

vm_term vm_bits_get_integer(struct vm_cpu *c, const uint8_t *at, uint64_t bit, uint64_t count,
                            unsigned flags)
{
    if (count <= 64)
        return short_integer(c, vm_bits_get_as(at, bit, (unsigned)count, flags), (unsigned)count,
                             flags);
    return long_integer(c, at, bit, count, flags);
}

static void put_part(uint8_t *at, uint64_t bit, uint64_t count, uint64_t done, uint64_t limb,
                     bool little)
{
    unsigned size = count - done < 64 ? (unsigned)(count - done) : 64;
    if (little)
        vm_bits_put_little(at, bit + done, size, limb);
    else
        vm_bits_put(at, bit + count - done - size, size, limb);
}

void vm_bits_put_integer(const char *base, uint8_t *at, uint64_t bit, uint64_t count,
                         vm_term integer, unsigned flags)
{
    bool little = vm_segment_is_little(flags);
    if (count <= 64 && vm_is_small(integer)) {
        put_part(at, bit, count, 0, (uint64_t)vm_small_value(integer), little);
        return;
    }
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(base, integer, &room);
    bool carry = limbs.negative;
    for (uint64_t done = 0, i = 0; done < count; done += 64, i++) {
        uint64_t limb = i < limbs.count ? limbs.at[i] : 0;
        if (limbs.negative) {
            limb = ~limb + carry;
            carry = carry && limb == 0;
        }
        put_part(at, bit, count, done, limb, little);
    }
}
