#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/number_text.h"

// End of a text without the zeros behind its last digit; one stays behind a point.
static char *without_zeros(char *end)
{
    while (end[-1] == '0')
        end--;
    return end[-1] == '.' ? end + 1 : end;
}

static size_t decimals_by_printf(double d, struct vm_float_format format,
                                 char to[VM_FLOAT_TEXT_SIZE])
{
    int size = snprintf(to, VM_FLOAT_TEXT_SIZE, "%.*f", format.digits, d);
    if (size >= VM_FLOAT_TEXT_SIZE)
        return 0;
    // OTP takes zeros away here even if there is no point.
    return format.compact ? (size_t)(without_zeros(to + size) - to) : (size_t)size;
}

// OTP rounds what it can hold in an integer by adding and truncating, not as printf does.
static size_t decimals_by_hand(double d, struct vm_float_format format, char to[VM_FLOAT_TEXT_SIZE])
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    double size = fabs(d), whole = format.digits == 0 ? round(size) : floor(size);
    double part = format.digits == 0 ? 0 : round((size - whole) * power[format.digits]);
    if (format.digits != 0 && part >= power[format.digits]) {
        whole += 1;
        part = 0;
    }
    const char *sign = signbit(d) ? "-" : "";
    if (format.digits == 0)
        return (size_t)snprintf(to, VM_FLOAT_TEXT_SIZE, "%s%.0f", sign, whole);
    int length = snprintf(to, VM_FLOAT_TEXT_SIZE, "%s%.0f.%0*llu", sign, whole, format.digits,
                          (unsigned long long)part);
    return format.compact ? (size_t)(without_zeros(to + length) - to) : (size_t)length;
}

static size_t decimals(double d, struct vm_float_format format, char to[VM_FLOAT_TEXT_SIZE])
{
    enum { BY_HAND_DIGITS = 18 };
    if (fabs(d) > 9007199254740992.0 || format.digits > BY_HAND_DIGITS)
        return decimals_by_printf(d, format, to);
    return decimals_by_hand(d, format, to);
}

// The digits of a positive double and where the point is: 0.DIGITS * 10^exponent.
struct decimal {
    char digits[20];
    int count, exponent;
};

// From the form d.ddde[+-]dd.
static void read_scientific(const char *text, struct decimal *ret)
{
    ret->count = 0;
    for (; *text != 'e'; text++)
        if (*text != '.')
            ret->digits[ret->count++] = *text;
    ret->exponent = atoi(text + 1) + 1;
    while (ret->count > 1 && ret->digits[ret->count - 1] == '0')
        ret->count--;
}

static bool reads_back(const char *text, double d)
{
    return strtod(text, NULL) == d;
}

// Just above a power of two numbers are twice as far apart as below, and the nearest decimal of so
// many digits may lie on the wrong side while the next one up reads back.
static bool next_up_reads_back(char *text, double d)
{
    char *last = strchr(text, 'e') - 1;
    if (*last == '9' || *last == '.')
        return false;
    ++*last;
    return reads_back(text, d);
}

static bool digits_suffice(double d, int count, char text[32])
{
    snprintf(text, 32, "%.*e", count - 1, d);
    return reads_back(text, d) || next_up_reads_back(text, d);
}

// The fewest digits that read back as d. Normal numbers can do with 15 or need up to 17.
static struct decimal shortest(double d)
{
    enum { ALWAYS_KEPT = 15, ENOUGH = 17 };
    char text[32];
    struct decimal ret;
    int count = d < 2.2250738585072014e-308 ? 1 : ALWAYS_KEPT;
    while (count < ENOUGH && !digits_suffice(d, count, text))
        count++;
    if (count == ENOUGH)
        snprintf(text, sizeof text, "%.*e", ENOUGH - 1, d);
    read_scientific(text, &ret);
    return ret;
}

static size_t put_exponent_form(const struct decimal *number, char *to)
{
    int size =
        sprintf(to, "%c.%.*se%d", number->digits[0], number->count > 1 ? number->count - 1 : 1,
                number->count > 1 ? number->digits + 1 : "0", number->exponent - 1);
    return (size_t)size;
}

static int exponent_cost(const struct decimal *number)
{
    int added = number->count == 1;  // the zero behind the point
    return snprintf(NULL, 0, "%d", number->exponent - 1) + 2 + added;
}

static size_t put_large(const struct decimal *number, char *to)
{
    int zeros = number->exponent - number->count;
    return (size_t)sprintf(to, "%.*s%.*s.0", number->count, number->digits, zeros,
                           "00000000000000000000");
}

static size_t put_small(const struct decimal *number, char *to)
{
    return (size_t)sprintf(to, "0.%.*s%.*s", -number->exponent, "00000000000000000000",
                           number->count, number->digits);
}

static size_t put_within(const struct decimal *number, char *to)
{
    return (size_t)sprintf(to, "%.*s.%.*s", number->exponent, number->digits,
                           number->count - number->exponent, number->digits + number->exponent);
}

// Whichever of the two forms is shorter; beyond 2^53 always with an exponent.
static size_t short_text(double d, char *to)
{
    size_t sign = signbit(d);
    *to = '-';
    to += sign;
    if (d == 0)
        return sign + (size_t)sprintf(to, "0.0");
    struct decimal number = shortest(fabs(d));
    int cost = exponent_cost(&number);
    if (number.exponent > 0 && number.exponent < number.count)
        return sign + put_within(&number, to);
    bool plain = number.exponent > 0
                     ? number.exponent - number.count + 2 <= cost && fabs(d) < 9007199254740992.0
                     : 2 - number.exponent <= cost;
    if (!plain)
        return sign + put_exponent_form(&number, to);
    return sign + (number.exponent > 0 ? put_large(&number, to) : put_small(&number, to));
}

size_t vm_float_text(double d, struct vm_float_format format, char to[VM_FLOAT_TEXT_SIZE])
{
    if (format.style == VM_FLOAT_SHORT)
        return short_text(d, to);
    if (format.style == VM_FLOAT_DECIMALS)
        return decimals(d, format, to);
    int size = snprintf(to, VM_FLOAT_TEXT_SIZE, "%.*e", format.digits, d);
    return size >= VM_FLOAT_TEXT_SIZE ? 0 : (size_t)size;
}

static size_t skip_digits(struct wb_bytes text, size_t at)
{
    while (at < text.size && text.at[at] >= '0' && text.at[at] <= '9')
        at++;
    return at;
}

static size_t skip_sign(struct wb_bytes text, size_t at)
{
    return at < text.size && (text.at[at] == '+' || text.at[at] == '-') ? at + 1 : at;
}

// A comma will do, as in OTP.
static bool is_point(uint8_t c)
{
    return c == '.' || c == ',';
}

// Where the mantissa ends, 0: there is none.
static size_t skip_mantissa(struct wb_bytes text)
{
    size_t start = skip_sign(text, 0), point = skip_digits(text, start);
    if (point == start || point == text.size || !is_point(text.at[point]))
        return 0;
    size_t end = skip_digits(text, point + 1);
    return end == point + 1 ? 0 : end;
}

static size_t skip_exponent(struct wb_bytes text, size_t at)
{
    if (at == text.size || (text.at[at] | 0x20) != 'e')
        return at;
    size_t start = skip_sign(text, at + 1), end = skip_digits(text, start);
    return end == start ? at : end;
}

size_t vm_float_parse(struct wb_bytes text, double *ret)
{
    size_t size = skip_mantissa(text);
    if (size == 0)
        return 0;
    size = skip_exponent(text, size);
    struct wb_text copy wb_auto_text = {0};
    wb_text_put_bytes(&copy, text.at, size);
    copy.at[skip_digits(text, skip_sign(text, 0))] = '.';
    double d = strtod(copy.at, NULL);
    if (!isfinite(d))
        return 0;
    *ret = d;
    return size;
}
