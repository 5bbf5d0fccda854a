// hash_priv.h - the mixing step all hashes share, and the hash of a map's immediate key.
#ifndef VM_HASH_PRIV_H
#define VM_HASH_PRIV_H

#include "core-vm/vm/hash.h"

#define VM_HASH_GOLDEN 0x9e3779b9u
#define VM_HASH_SALT   3432918353u

// Bob Jenkins, "Hash Functions", Dr. Dobb's Journal, 1997: mix().
static inline uint32_t vm_hash_mix(uint32_t a, uint32_t b, uint32_t c)
{
    a = (a - b - c) ^ c >> 13;
    b = (b - c - a) ^ a << 8;
    c = (c - a - b) ^ b >> 13;
    a = (a - b - c) ^ c >> 12;
    b = (b - c - a) ^ a << 16;
    c = (c - a - b) ^ b >> 5;
    a = (a - b - c) ^ c >> 3;
    b = (b - c - a) ^ a << 10;
    return (c - a - b) ^ b >> 15;
}

// Add two 32-bit words of a kind (a number for each kind of term) to a hash.
static inline uint32_t vm_hash_two(uint32_t hash, uint32_t x, uint32_t y, uint32_t kind)
{
    return vm_hash_mix(VM_HASH_GOLDEN * kind + x, VM_HASH_GOLDEN * kind + y, hash);
}

static inline uint32_t vm_hash_word(uint32_t hash, uint64_t word, uint32_t kind)
{
    return vm_hash_two(hash, (uint32_t)word, (uint32_t)(word >> 32), kind);
}

// vm_map_hash of an immediate at level 0.
static inline uint32_t vm_map_hash_immediate(vm_term key)
{
    return vm_hash_word(VM_HASH_SALT, key, 1);
}

// Add the bits of a bit string.
uint32_t vm_hash_bits(uint32_t hash, const char *base, vm_term bitstring);

#endif
