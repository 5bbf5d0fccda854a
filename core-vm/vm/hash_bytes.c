#include "core-vm/vm/hash_priv.h"
#include "core-vm/vm/heap.h"

enum { BLOCK = 12, KIND_BITS = 13, KIND_LAST_BITS = 15 };

// Bytes [at, at + BLOCK or what is left) of a bit string, shifted to begin at a byte.
static unsigned take_bytes(const struct vm_bits *bits, uint64_t at, uint64_t limit,
                           uint8_t block[BLOCK])
{
    unsigned count = limit - at < BLOCK ? (unsigned)(limit - at) : BLOCK;
    const uint8_t *from = bits->at + at;
    for (unsigned i = 0; i < count; i++) {
        unsigned byte = (unsigned)from[i] << bits->start;
        if (bits->start != 0)
            byte |= from[i + 1] >> (8 - bits->start);
        block[i] = (uint8_t)byte;
    }
    return count;
}

// Up to four bytes, least significant first.
static uint32_t word_of(const uint8_t *block, unsigned from, unsigned count)
{
    uint32_t word = 0;
    for (unsigned i = 0; i < 4 && from + i < count; i++)
        word |= (uint32_t)block[from + i] << 8 * i;
    return word;
}

struct state {
    uint32_t a, b, c;
};

// One round leaves all three numbers mixed, not only the last.
static void mix(struct state *s)
{
    uint32_t a = s->a, b = s->b, c = s->c;
    a = (a - b - c) ^ c >> 13;
    b = (b - c - a) ^ a << 8;
    c = (c - a - b) ^ b >> 13;
    a = (a - b - c) ^ c >> 12;
    b = (b - c - a) ^ a << 16;
    c = (c - a - b) ^ b >> 5;
    a = (a - b - c) ^ c >> 3;
    b = (b - c - a) ^ a << 10;
    c = (c - a - b) ^ b >> 15;
    *s = (struct state){a, b, c};
}

static uint32_t load(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// Jenkins's hash(), over whole bytes. The last block leaves the low byte of c to the size.
static uint32_t hash_bytes(const struct vm_bits *bits, uint64_t size, uint32_t seed)
{
    struct state s = {VM_HASH_GOLDEN, VM_HASH_GOLDEN, seed};
    uint8_t block[BLOCK];
    uint64_t at = 0;
    for (; size - at >= BLOCK; at += BLOCK) {
        const uint8_t *from = bits->at + at;
        if (bits->start != 0) {
            take_bytes(bits, at, size, block);
            from = block;
        }
        s.a += load(from);
        s.b += load(from + 4);
        s.c += load(from + 8);
        mix(&s);
    }
    unsigned count = take_bytes(bits, at, size, block);
    s.a += word_of(block, 0, count);
    s.b += word_of(block, 4, count);
    s.c += (word_of(block, 8, count) << 8) + (uint32_t)size;
    mix(&s);
    return s.c;
}

static uint32_t last_bits(const struct vm_bits *bits, uint64_t size)
{
    unsigned count = bits->bits % 8;
    const uint8_t *from = bits->at + size;
    unsigned byte = (unsigned)from[0] << bits->start & 255;
    if (bits->start + count > 8)
        byte |= from[1] >> (8 - bits->start);
    return byte >> (8 - count);
}

uint32_t vm_hash_bits(uint32_t hash, const char *base, vm_term bitstring)
{
    struct vm_bits bits = vm_bits_of(base, bitstring);
    uint64_t size = bits.bits / 8 & 0xFFFFFFFF;  // OTP's counts so
    uint32_t seed = VM_HASH_GOLDEN * KIND_BITS + hash;
    if (bits.bits == 0)
        return seed;
    hash = hash_bytes(&bits, size, seed);
    if (bits.bits % 8 != 0)
        hash = vm_hash_two(hash, bits.bits % 8, last_bits(&bits, size), KIND_LAST_BITS);
    return hash;
}
