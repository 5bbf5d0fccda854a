// arith.h - arithmetic on all numbers, by their slow path: operations try small integers
// themselves.
#ifndef VM_ARITH_H
#define VM_ARITH_H

#include "core-vm/vm/cpu.h"

// Each gives a number or raises badarith (system_limit when too big). Memory comes from vm_alloc.
vm_term vm_add(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_subtract(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_multiply(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_divide(struct vm_cpu *c, vm_term a, vm_term b);  // '/'
vm_term vm_div(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_rem(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_band(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_bor(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_bxor(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_bsl(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_bsr(struct vm_cpu *c, vm_term a, vm_term b);
vm_term vm_bnot(struct vm_cpu *c, vm_term a);
vm_term vm_negate(struct vm_cpu *c, vm_term a);

// An integer's value when it fits; false otherwise or when it is no integer.
bool vm_get_int64(const char *base, vm_term t, int64_t *ret);
bool vm_get_uint64(const char *base, vm_term t, uint64_t *ret);
// A number as a double; false when it is no number or too big.
bool vm_get_double(const char *base, vm_term t, double *ret);

// A big (or small) integer's magnitude as limbs. Small ones are put into *room.
struct vm_limbs {
    const uint64_t *at;  // least significant first
    size_t count;        // without leading zeros; 0 for zero
    bool negative;
};
struct vm_limbs vm_limbs_of(const char *base, vm_term integer, uint64_t *room);
// The integer of a magnitude; leading zeros allowed. Makes a small one where it fits.
vm_term vm_make_integer_of(struct vm_cpu *c, struct vm_limbs limbs);
// Little-endian or big-endian two's complement bits to an integer (bit syntax, <= 2^26 bits) - see
// bits.h for the rest.

#endif
