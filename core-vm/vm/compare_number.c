#include "core-vm/vm/compare_priv.h"

#include <math.h>
#include <string.h>

#include "core-vm/vm/arith.h"

static int sign_of(int64_t n)
{
    return (n > 0) - (n < 0);
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

// Doubles of this size and above are whole; below it integers convert without loss.
static const double lossless = 9007199254740992.0;      // 2^53
static const double int64_end = 9223372036854775808.0;  // 2^63

static int compare_int64_double(int64_t n, double d)
{
    if (d >= int64_end)
        return -1;
    if (d < -int64_end)
        return 1;
    if (fabs(d) < lossless)
        return compare_doubles((double)n, d);
    int64_t whole = (int64_t)d;
    return (n > whole) - (n < whole);
}

static int compare_magnitudes(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    if (a_count != b_count)
        return a_count < b_count ? -1 : 1;
    for (size_t i = a_count; i-- > 0;)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static size_t bit_length(const struct vm_limbs *limbs)
{
    return limbs->count * 64 - (size_t)__builtin_clzll(limbs->at[limbs->count - 1]);
}

// Bits [shift, shift + 64) of a magnitude.
static uint64_t bits_at(const struct vm_limbs *limbs, size_t shift)
{
    size_t limb = shift / 64, bit = shift % 64;
    uint64_t low = limbs->at[limb] >> bit;
    if (bit == 0 || limb + 1 == limbs->count)
        return low;
    return low | limbs->at[limb + 1] << (64 - bit);
}

static bool any_bit_below(const struct vm_limbs *limbs, size_t shift)
{
    for (size_t i = 0; i < shift / 64; i++)
        if (limbs->at[i] != 0)
            return true;
    return shift % 64 != 0 && limbs->at[shift / 64] << (64 - shift % 64) != 0;
}

// A magnitude of at least 2^59 against a positive double.
static int compare_limbs_double(const struct vm_limbs *limbs, double d)
{
    int exponent;
    double fraction = frexp(d, &exponent);  // d = fraction * 2^exponent, fraction in [0.5, 1)
    size_t length = bit_length(limbs);
    if (exponent <= 0 || length != (size_t)exponent)
        return exponent <= 0 || length > (size_t)exponent ? 1 : -1;
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
    size_t shift = length - 53;  // of the mantissa's lowest bit
    uint64_t top = bits_at(limbs, shift);
    if (top != mantissa)
        return top < mantissa ? -1 : 1;
    return any_bit_below(limbs, shift) ? 1 : 0;
}

static int compare_big_double(const char *base, vm_term big, double d)
{
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(base, big, &room);
    if (limbs.negative)
        return d >= 0 ? -1 : -compare_limbs_double(&limbs, -d);
    return d <= 0 ? 1 : compare_limbs_double(&limbs, d);
}

static int compare_bigs(const char *base, vm_term a, vm_term b)
{
    uint64_t a_room, b_room;
    struct vm_limbs x = vm_limbs_of(base, a, &a_room), y = vm_limbs_of(base, b, &b_room);
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    int order = compare_magnitudes(x.at, x.count, y.at, y.count);
    return x.negative ? -order : order;
}

static int compare_integer_double(const char *base, vm_term integer, double d)
{
    if (vm_is_small(integer))
        return compare_int64_double(vm_small_value(integer), d);
    return compare_big_double(base, integer, d);
}

double vm_float_value(const char *base, vm_term t)
{
    double d;
    memcpy(&d, vm_boxed_at(base, t) + 1, sizeof d);
    return d;
}

int vm_compare_numbers(const char *base, vm_term a, vm_term b, bool exact)
{
    if (vm_both_small(a, b))
        return sign_of(vm_small_value(a) - vm_small_value(b));
    bool a_float = vm_is_float(base, a), b_float = vm_is_float(base, b);
    if (a_float && b_float)
        return compare_doubles(vm_float_value(base, a), vm_float_value(base, b));
    if (exact && a_float != b_float)
        return a_float ? 1 : -1;
    if (a_float)
        return -compare_integer_double(base, b, vm_float_value(base, a));
    if (b_float)
        return compare_integer_double(base, a, vm_float_value(base, b));
    return compare_bigs(base, a, b);
}
