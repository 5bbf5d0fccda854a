#include "core-vm/base/decimal.h"

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

struct power {
    uint64_t high, low;
};

static const struct power powers[] = {
#define POWER10(high, low) {high, low},
#include "core-vm/base/power10.def"
#undef POWER10
};

enum { FIRST_POWER = -292, FRACTION_BITS = 52, BIAS = 1075 };

// A double as mantissa * 2^exponent.
struct binary {
    uint64_t mantissa;
    int exponent;
    bool is_power;  // of two: the next smaller double is half as far away as the next larger
};

static struct binary split(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    int exponent = (int)(bits >> FRACTION_BITS & 0x7FF);
    if (exponent == 0)
        return (struct binary){fraction, 1 - BIAS, false};
    return (struct binary){fraction | UINT64_C(1) << FRACTION_BITS, exponent - BIAS,
                           fraction == 0 && exponent > 1};
}

// floor(log10(2^e)), and of 3/4 * 2^e; floor(log2(10^e)). Exact for all exponents of doubles.
static int log10_of_power(int e, bool three_quarters)
{
    return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}
static int log2_of_power10(int e)
{
    return (e * 1741647) >> 19;
}

// High 64 bits of power * n, with the lowest bit set if anything was cut off.
static uint64_t round_to_odd(struct power power, uint64_t n)
{
    uint128 low = (uint128)power.low * n;
    uint128 high = (uint128)power.high * n + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

// Four times the number and the ends of the interval that reads back as it, scaled by 10^-k.
struct scaled {
    uint64_t low, middle, high;
};

static struct scaled scale(const struct binary *b, int k)
{
    struct power power = powers[-k - FIRST_POWER];
    int shift = b->exponent + log2_of_power10(-k) + 1;
    uint64_t middle = 4 * b->mantissa;
    bool is_odd = (b->mantissa & 1) != 0;
    return (struct scaled){
        .low = round_to_odd(power, (middle - 2 + b->is_power) << shift) + is_odd,
        .middle = round_to_odd(power, middle << shift),
        .high = round_to_odd(power, (middle + 2) << shift) - is_odd,
    };
}

static struct wb_decimal without_zeros(uint64_t digits, int exponent)
{
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (struct wb_decimal){digits, exponent};
}

struct wb_decimal wb_decimal_of(double real)
{
    struct binary b = split(real);
    int k = log10_of_power(b.exponent, b.is_power);
    struct scaled s = scale(&b, k);
    uint64_t digits = s.middle / 4, tens = digits / 10;
    // One digit less, if exactly one such decimal lies inside.
    if (digits >= 10 && (s.low <= 40 * tens) != (40 * tens + 40 <= s.high))
        return without_zeros(tens + (40 * tens + 40 <= s.high), k + 1);
    bool below = s.low <= 4 * digits, above = 4 * digits + 4 <= s.high;
    if (below != above)
        return without_zeros(digits + above, k);
    uint64_t half = 4 * digits + 2;
    bool up = s.middle > half || (s.middle == half && (digits & 1) != 0);
    return without_zeros(digits + up, k);
}

// Decimal digits; how many.
static int write_digits(uint64_t number, char *to)
{
    char room[20];
    int at = sizeof room;
    do
        room[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    memcpy(to, room + at, sizeof room - (size_t)at);
    return (int)sizeof room - at;
}

static char *put_zeros(char *at, int count)
{
    memset(at, '0', (size_t)count);
    return at + count;
}

static char *put_exponent_form(char *at, const char *digits, int count, int power)
{
    *at++ = digits[0];
    *at++ = '.';
    if (count == 1)
        *at++ = '0';
    memcpy(at, digits + 1, (size_t)count - 1);
    at += count - 1;
    *at++ = 'e';
    if (power < 0)
        *at++ = '-';
    return at + write_digits((uint64_t)(power < 0 ? -power : power), at);
}

static int exponent_size(int count, int power)
{
    char room[20];
    return write_digits((uint64_t)(power < 0 ? -power : power), room) + (power < 0) +
           (count == 1 ? 3 : 2);
}

// `point` digits before the point, of `count`; may be none, or more than there are.
static char *put_plain(char *at, const char *digits, int count, int point)
{
    if (point <= 0) {
        *at++ = '0';
        *at++ = '.';
        at = put_zeros(at, -point);
        memcpy(at, digits, (size_t)count);
        return at + count;
    }
    int whole = point < count ? point : count;
    memcpy(at, digits, (size_t)whole);
    at = put_zeros(at + whole, point - whole);
    *at++ = '.';
    if (whole == count)
        *at++ = '0';
    memcpy(at, digits + whole, (size_t)(count - whole));
    return at + (count - whole);
}

static bool is_plain(double size, int count, int point)
{
    int cost = exponent_size(count, point - 1);
    if (point <= 0)
        return 2 - point <= cost;
    return point < count || (point - count + 2 <= cost && size < 0x1p53);
}

size_t wb_decimal_text(double real, char to[WB_DECIMAL_SIZE])
{
    char digits[20], *at = to;
    double size = real < 0 ? -real : real;
    if (__builtin_signbit(real))
        *at++ = '-';
    if (size == 0) {
        memcpy(at, "0.0", 3);
        return (size_t)(at - to) + 3;
    }
    struct wb_decimal decimal = wb_decimal_of(size);
    int count = write_digits(decimal.digits, digits), point = count + decimal.exponent;
    at = is_plain(size, count, point) ? put_plain(at, digits, count, point)
                                      : put_exponent_form(at, digits, count, point - 1);
    return (size_t)(at - to);
}
