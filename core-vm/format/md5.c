#include "core-vm/format/md5.h"

#include <string.h>

// Rotations of a round's four steps, and the sine table of RFC 1321, section 3.4.
static const uint8_t rotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// The round's function of three words, and which word of the block step i takes.
static uint32_t mix(unsigned i, const uint32_t s[4], unsigned *word)
{
    switch (i / 16) {
    case 0:
        *word = i;
        return (s[1] & s[2]) | (~s[1] & s[3]);
    case 1:
        *word = (5 * i + 1) % 16;
        return (s[1] & s[3]) | (s[2] & ~s[3]);
    case 2:
        *word = (3 * i + 5) % 16;
        return s[1] ^ s[2] ^ s[3];
    default:
        *word = 7 * i % 16;
        return s[2] ^ (s[1] | ~s[3]);
    }
}

static void take_block(struct beam_md5 *md5, const uint8_t *block)
{
    uint32_t s[4];
    memcpy(s, md5->state, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        unsigned word;
        uint32_t sum = s[0] + mix(i, s, &word) + sines[i];
        sum += word_at(block + 4 * word);
        unsigned left = rotations[i / 16][i % 4];
        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] += sum << left | sum >> (32 - left);
    }
    for (unsigned i = 0; i < 4; i++)
        md5->state[i] += s[i];
}

void beam_md5_init(struct beam_md5 *md5)
{
    *md5 = (struct beam_md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void beam_md5_add(struct beam_md5 *md5, struct wb_bytes bytes)
{
    while (bytes.size > 0) {
        size_t used = md5->size % 64;
        size_t take = bytes.size < 64 - used ? bytes.size : 64 - used;
        memcpy(md5->block + used, bytes.at, take);
        md5->size += take;
        if (used + take == 64)
            take_block(md5, md5->block);
        bytes.at += take;
        bytes.size -= take;
    }
}

void beam_md5_end(struct beam_md5 *md5, uint8_t ret[16])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = md5->size * 8;
    size_t used = md5->size % 64;
    beam_md5_add(md5, (struct wb_bytes){padding, used < 56 ? 56 - used : 120 - used});
    uint8_t size[8];
    for (unsigned i = 0; i < 8; i++)
        size[i] = (uint8_t)(bits >> 8 * i);
    beam_md5_add(md5, (struct wb_bytes){size, 8});
    for (unsigned i = 0; i < 16; i++)
        ret[i] = (uint8_t)(md5->state[i / 4] >> 8 * (i % 4));
}
