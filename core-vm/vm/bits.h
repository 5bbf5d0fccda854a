// bits.h - moving bits: copying and comparing them at any alignment, numbers and characters as
// bits.
//
// A place is a pointer to bytes and a number of bits from there; bits count from each byte's high
// end, as in bit strings. Callers have made sure that the bits are there.
#ifndef VM_BITS_H
#define VM_BITS_H

#include <string.h>

#include "core-vm/vm/cpu.h"

void vm_bits_copy(uint8_t *to, uint64_t to_bit, const uint8_t *from, uint64_t from_bit,
                  uint64_t count);
bool vm_bits_equal(const uint8_t *a, uint64_t a_bit, const uint8_t *b, uint64_t b_bit,
                   uint64_t count);

// Up to 64 bits as a number, most significant bit first / as a little-endian number: whole bytes
// least significant first, then the rest.
uint64_t vm_bits_get(const uint8_t *at, uint64_t bit, unsigned count);
uint64_t vm_bits_get_little(const uint8_t *at, uint64_t bit, unsigned count);
// The low `count` bits (up to 64) of a number.
void vm_bits_put(uint8_t *at, uint64_t bit, unsigned count, uint64_t number);
void vm_bits_put_little(uint8_t *at, uint64_t bit, unsigned count, uint64_t number);

// What the flags of a segment say.
enum vm_segment_flag { VM_SEGMENT_LITTLE = 2, VM_SEGMENT_SIGNED = 4, VM_SEGMENT_NATIVE = 16 };
static inline bool vm_segment_is_little(unsigned flags)
{
    return (flags & (VM_SEGMENT_LITTLE | VM_SEGMENT_NATIVE)) != 0;
}

// Either, as the flags say.
uint64_t vm_bits_get_as(const uint8_t *at, uint64_t bit, unsigned count, unsigned flags);
void vm_bits_put_as(uint8_t *at, uint64_t bit, unsigned count, uint64_t number, unsigned flags);

// An integer segment of any size. VM_NONE: out of memory, exception set.
vm_term vm_bits_get_integer(struct vm_cpu *c, const uint8_t *at, uint64_t bit, uint64_t count,
                            unsigned flags);
// Two's complement, cut or extended to `count` bits.
void vm_bits_put_integer(const char *base, uint8_t *at, uint64_t bit, uint64_t count,
                         vm_term integer, unsigned flags);

// Float segments. False: not a finite number, or there are no floats of that size. `count` of put
// must be 16, 32 or 64; what is too big becomes infinity.
bool vm_bits_get_float(const uint8_t *at, uint64_t bit, uint64_t count, unsigned flags,
                       double *ret);
void vm_bits_put_float(uint8_t *at, uint64_t bit, uint64_t count, double d, unsigned flags);

static inline bool vm_is_code_point(uint64_t n)
{
    return n < 0xD800 || (n > 0xDFFF && n <= 0x10FFFF);
}
// The code point that begins at `bit`, within `count` bits. Gives how many bits it takes; 0: what
// is there is no valid encoding of one.
unsigned vm_bits_get_utf8(const uint8_t *at, uint64_t bit, uint64_t count, uint32_t *ret);
unsigned vm_bits_get_utf16(const uint8_t *at, uint64_t bit, uint64_t count, unsigned flags,
                           uint32_t *ret);
unsigned vm_bits_get_utf32(const uint8_t *at, uint64_t bit, uint64_t count, unsigned flags,
                           uint32_t *ret);
// Bytes that a code point takes; writing it.
static inline unsigned vm_utf8_size(uint32_t code_point)
{
    return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}
static inline unsigned vm_utf16_size(uint32_t code_point)
{
    return code_point < 0x10000 ? 2 : 4;
}
void vm_bits_put_utf8(uint8_t *at, uint64_t bit, uint32_t code_point);
void vm_bits_put_utf16(uint8_t *at, uint64_t bit, uint32_t code_point, unsigned flags);
// In whole bytes: UTF-8 at `to` (room for 4 bytes), gives its size; and the code point at the start
// of `size` bytes, gives its size, 0: none.
unsigned vm_utf8_encode(uint8_t *to, uint32_t code_point);
unsigned vm_utf8_decode(const uint8_t *at, size_t size, uint32_t *ret);

// Bytes of a VM_REFC_BIN or VM_HEAP_BIN: what positions of match contexts and parts of binaries
// count from.
static inline uint8_t *vm_base_bytes(char *base, vm_term binary)
{
    vm_term *at = vm_boxed_at(base, binary);
    if (vm_subtag(at[0]) == VM_HEAP_BIN)
        return (uint8_t *)(at + 2);
    // Behind the three words of struct vm_binary (heap.h).
    return (uint8_t *)base + at[2] + 3 * sizeof(uint64_t);
}

#endif
