#include "core-vm/vm/bits.h"

#include <byteswap.h>
#include <endian.h>
#include <math.h>

static uint64_t load(const uint8_t *at, unsigned bytes)
{
    uint64_t n = 0;
    if (bytes == 8) {
        memcpy(&n, at, 8);
        return be64toh(n);
    }
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | at[i];
    return n;
}

static uint64_t low_bits(uint64_t n, unsigned count)
{
    return count >= 64 ? n : n & ((UINT64_C(1) << count) - 1);
}

uint64_t vm_bits_get(const uint8_t *at, uint64_t bit, unsigned count)
{
    if (count == 0)
        return 0;
    at += bit / 8;
    unsigned start = bit % 8, bytes = (start + count + 7) / 8;
    if (bytes <= 8)
        return low_bits(load(at, bytes) >> (bytes * 8 - start - count), count);
    unsigned rest = start + count - 64;
    return low_bits(load(at, 8), 64 - start) << rest | at[8] >> (8 - rest);
}

static uint64_t swapped(uint64_t number, unsigned count)
{
    // Of bits in stream order to a little-endian number: whole bytes turn round, the rest is on
    // top.
    unsigned whole = count / 8 * 8, rest = count % 8;
    uint64_t top = low_bits(number, rest);
    if (whole == 0)
        return top;
    return bswap_64(number >> rest << (64 - whole)) | (rest == 0 ? 0 : top << whole);
}

uint64_t vm_bits_get_little(const uint8_t *at, uint64_t bit, unsigned count)
{
    return swapped(vm_bits_get(at, bit, count), count);
}

static void put_in_byte(uint8_t *at, unsigned start, unsigned count, unsigned value)
{
    unsigned shift = 8 - start - count, mask = ((1u << count) - 1) << shift;
    *at = (uint8_t)((*at & ~mask) | (value << shift & mask));
}

void vm_bits_put(uint8_t *at, uint64_t bit, unsigned count, uint64_t number)
{
    at += bit / 8;
    unsigned start = bit % 8;
    if (start != 0 && count != 0) {
        unsigned first = count < 8 - start ? count : 8 - start;
        count -= first;
        put_in_byte(at++, start, first, (unsigned)low_bits(number >> count, first));
    }
    while (count >= 8) {
        count -= 8;
        *at++ = (uint8_t)(number >> count);
    }
    if (count != 0)
        put_in_byte(at, 0, count, (unsigned)low_bits(number, count));
}

void vm_bits_put_little(uint8_t *at, uint64_t bit, unsigned count, uint64_t number)
{
    unsigned whole = count / 8 * 8, rest = count % 8;
    uint64_t bytes = whole == 0 ? 0 : bswap_64(number) >> (64 - whole);
    vm_bits_put(at, bit, whole, bytes);
    if (rest != 0)
        vm_bits_put(at, bit + whole, rest, number >> whole);
}

void vm_bits_copy(uint8_t *to, uint64_t to_bit, const uint8_t *from, uint64_t from_bit,
                  uint64_t count)
{
    if (to_bit % 8 == 0 && from_bit % 8 == 0) {
        memcpy(to + to_bit / 8, from + from_bit / 8, count / 8);
        uint64_t done = count / 8 * 8;
        if (count != done)
            vm_bits_put(to, to_bit + done, (unsigned)(count - done),
                        vm_bits_get(from, from_bit + done, (unsigned)(count - done)));
        return;
    }
    while (count >= 56) {
        vm_bits_put(to, to_bit, 56, vm_bits_get(from, from_bit, 56));
        to_bit += 56;
        from_bit += 56;
        count -= 56;
    }
    vm_bits_put(to, to_bit, (unsigned)count, vm_bits_get(from, from_bit, (unsigned)count));
}

bool vm_bits_equal(const uint8_t *a, uint64_t a_bit, const uint8_t *b, uint64_t b_bit,
                   uint64_t count)
{
    if (a_bit % 8 == 0 && b_bit % 8 == 0) {
        uint64_t bytes = count / 8;
        if (memcmp(a + a_bit / 8, b + b_bit / 8, bytes) != 0)
            return false;
        a_bit += bytes * 8;
        b_bit += bytes * 8;
        count %= 8;
    }
    for (; count > 64; a_bit += 64, b_bit += 64, count -= 64)
        if (vm_bits_get(a, a_bit, 64) != vm_bits_get(b, b_bit, 64))
            return false;
    return vm_bits_get(a, a_bit, (unsigned)count) == vm_bits_get(b, b_bit, (unsigned)count);
}

void vm_bits_put_as(uint8_t *at, uint64_t bit, unsigned count, uint64_t number, unsigned flags)
{
    if (vm_segment_is_little(flags))
        vm_bits_put_little(at, bit, count, number);
    else
        vm_bits_put(at, bit, count, number);
}

uint64_t vm_bits_get_as(const uint8_t *at, uint64_t bit, unsigned count, unsigned flags)
{
    return vm_segment_is_little(flags) ? vm_bits_get_little(at, bit, count)
                                       : vm_bits_get(at, bit, count);
}

// Floats.

static double half_value(unsigned bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = bits & 1023;
    double size = exponent == 0 ? ldexp(fraction, -24) : ldexp(fraction + 1024, exponent - 25);
    return bits >> 15 ? -size : size;
}

// Rounds to even, as hardware does; what is too big becomes infinity.
static uint64_t half_bits(float value)
{
    double size = fabs((double)value);
    uint64_t sign = signbit(value) ? 0x8000 : 0;
    if (size >= 65520)
        return sign | 0x7C00;
    int exponent;
    (void)frexp(size, &exponent);
    exponent = exponent < -13 ? -13 : exponent;
    double units = nearbyint(ldexp(size, 11 - exponent));  // 1024 .. 2048 unless subnormal
    return sign | (size == 0 ? 0 : (uint64_t)units + ((uint64_t)(exponent + 13) << 10));
}

static bool float_from_bits(uint64_t n, uint64_t count, double *ret)
{
    if (count == 64) {
        memcpy(ret, &n, sizeof *ret);
    } else if (count == 32) {
        uint32_t word = (uint32_t)n;
        float value;
        memcpy(&value, &word, sizeof value);
        *ret = (double)value;
    } else if (count == 16) {
        *ret = half_value((unsigned)n);
        return (n >> 10 & 31) != 31;
    } else {
        return false;
    }
    return isfinite(*ret);
}

bool vm_bits_get_float(const uint8_t *at, uint64_t bit, uint64_t count, unsigned flags, double *ret)
{
    if (count > 64)
        return false;
    uint64_t n = vm_bits_get_as(at, bit, (unsigned)count, flags);
    return float_from_bits(n, count, ret);
}

static uint64_t float_to_bits(double d, uint64_t count)
{
    uint64_t n;
    if (count == 64) {
        memcpy(&n, &d, sizeof n);
        return n;
    }
    float value = (float)d;
    if (count == 16)
        return half_bits(value);
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

void vm_bits_put_float(uint8_t *at, uint64_t bit, uint64_t count, double d, unsigned flags)
{
    vm_bits_put_as(at, bit, (unsigned)count, float_to_bits(d, count), flags);
}

// Characters.

unsigned vm_utf8_decode(const uint8_t *at, size_t size, uint32_t *ret)
{
    if (size == 0)
        return 0;
    uint32_t c = at[0];
    unsigned more = c < 0x80 ? 0 : c < 0xC2 ? 4 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 4;
    if (more == 4 || size <= more)
        return 0;
    if (more != 0)
        c &= 0x3Fu >> more;
    for (unsigned i = 1; i <= more; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (at[i] & 0x3F);
    }
    if (!vm_is_code_point(c) || vm_utf8_size(c) != more + 1)
        return 0;
    *ret = c;
    return more + 1;
}

unsigned vm_utf8_encode(uint8_t *to, uint32_t c)
{
    unsigned size = vm_utf8_size(c);
    if (size == 1) {
        to[0] = (uint8_t)c;
        return 1;
    }
    for (unsigned i = size - 1; i > 0; i--, c >>= 6)
        to[i] = (uint8_t)(0x80 | (c & 0x3F));
    to[0] = (uint8_t)(0xF00u >> size | c);
    return size;
}

unsigned vm_bits_get_utf8(const uint8_t *at, uint64_t bit, uint64_t count, uint32_t *ret)
{
    uint8_t bytes[4];
    unsigned size = count >= 32 ? 4 : (unsigned)count / 8;
    if (bit % 8 == 0)
        return vm_utf8_decode(at + bit / 8, size, ret) * 8;
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)vm_bits_get(at, bit + 8 * (uint64_t)i, 8);
    return vm_utf8_decode(bytes, size, ret) * 8;
}

static uint32_t unit16(const uint8_t *at, uint64_t bit, unsigned flags)
{
    return (uint32_t)vm_bits_get_as(at, bit, 16, flags);
}

unsigned vm_bits_get_utf16(const uint8_t *at, uint64_t bit, uint64_t count, unsigned flags,
                           uint32_t *ret)
{
    if (count < 16)
        return 0;
    uint32_t high = unit16(at, bit, flags);
    if (high < 0xD800 || high > 0xDFFF) {
        *ret = high;
        return 16;
    }
    if (high > 0xDBFF || count < 32)
        return 0;
    uint32_t low = unit16(at, bit + 16, flags);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *ret = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
    return 32;
}

unsigned vm_bits_get_utf32(const uint8_t *at, uint64_t bit, uint64_t count, unsigned flags,
                           uint32_t *ret)
{
    if (count < 32)
        return 0;
    uint64_t n = vm_bits_get_as(at, bit, 32, flags);
    if (!vm_is_code_point(n))
        return 0;
    *ret = (uint32_t)n;
    return 32;
}

void vm_bits_put_utf8(uint8_t *at, uint64_t bit, uint32_t code_point)
{
    uint8_t bytes[4];
    unsigned size = vm_utf8_encode(bytes, code_point);
    vm_bits_copy(at, bit, bytes, 0, size * 8);
}

void vm_bits_put_utf16(uint8_t *at, uint64_t bit, uint32_t code_point, unsigned flags)
{
    if (code_point < 0x10000) {
        vm_bits_put_as(at, bit, 16, code_point, flags);
        return;
    }
    vm_bits_put_as(at, bit, 16, 0xD800 + ((code_point - 0x10000) >> 10), flags);
    vm_bits_put_as(at, bit + 16, 16, 0xDC00 + (code_point & 0x3FF), flags);
}
