// big_priv.h - making integers of any size.
#ifndef VM_BIG_PRIV_H
#define VM_BIG_PRIV_H

#include <gmp.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/heap.h"

_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t) && GMP_NAIL_BITS == 0, "limbs are 64 bits");

// Integers have at most this many limbs, as OTP's.
enum { VM_BIG_LIMIT = (1 << 19) - 1 };

// GMP's type is another name for ours.
static inline mp_limb_t *vm_mp(uint64_t *limbs)
{
    return (mp_limb_t *)limbs;
}
static inline const mp_limb_t *vm_mp_const(const uint64_t *limbs)
{
    return (const mp_limb_t *)limbs;
}

// An integer under construction: room on the heap for `count` limbs. NULL: system_limit was raised.
uint64_t *vm_big_begin(struct vm_cpu *c, size_t count);
// The integer of the first limbs of that room (at most `count`; leading zeros allowed). What is not
// needed is given back.
vm_term vm_big_end(struct vm_cpu *c, uint64_t *limbs, size_t count, bool negative);

// Rooms outside the heap; small ones cost nothing.
struct vm_limb_room {
    uint64_t *at;
    uint64_t local[64];
};
uint64_t *vm_limb_room_init(struct vm_limb_room *room, size_t count);
void vm_limb_room_done(struct vm_limb_room *room);

// The double nearest to an integer as OTP finds it (limb by limb, each step rounded). False: too
// big.
bool vm_limbs_double(struct vm_limbs limbs, double *ret);
// The integer of a whole double.
vm_term vm_integer_of_double(struct vm_cpu *c, double d);

#endif
