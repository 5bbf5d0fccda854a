#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/decimal.h"
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

// The last `count` decimal digits of a number, in front of `end`; where they begin.
static char *put_digits(char *end, uint64_t number, int count)
{
    for (; count > 0 || number != 0; count--, number /= 10)
        *--end = (char)('0' + number % 10);
    return end;
}

static size_t put_decimals(double d, uint64_t whole, uint64_t part, struct vm_float_format format,
                           char to[VM_FLOAT_TEXT_SIZE])
{
    char room[64], *end = room + sizeof room, *at = put_digits(end, part, format.digits);
    if (format.digits != 0)
        *--at = '.';
    at = put_digits(at, whole, 1);
    if (signbit(d))
        *--at = '-';
    if (format.compact && format.digits != 0)
        end = without_zeros(end);
    memcpy(to, at, (size_t)(end - at));
    return (size_t)(end - at);
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
    return put_decimals(d, (uint64_t)whole, (uint64_t)part, format, to);
}

static size_t decimals(double d, struct vm_float_format format, char to[VM_FLOAT_TEXT_SIZE])
{
    enum { BY_HAND_DIGITS = 18 };
    if (fabs(d) > 9007199254740992.0 || format.digits > BY_HAND_DIGITS)
        return decimals_by_printf(d, format, to);
    return decimals_by_hand(d, format, to);
}

size_t vm_float_text(double d, struct vm_float_format format, char to[VM_FLOAT_TEXT_SIZE])
{
    if (format.style == VM_FLOAT_SHORT)
        return wb_decimal_text(d, to);
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
