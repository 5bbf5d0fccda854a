#include <float.h>
#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/print.h"

enum { EXACT_DIGITS = 15, MOST_DIGITS = 17, DIGITS_A_LIMB = 20, LIMBS_ON_STACK = 64 };

// A finite positive real as 0.DIGITS * 10^place.
struct decimal {
    char digits[MOST_DIGITS + 1];
    int count, place;
};

// `count` digits, rounded correctly. Nothing here depends on the locale's decimal point.
static struct decimal to_decimal(double real, int count)
{
    char text[40];
    snprintf(text, sizeof text, "%.*e", count - 1, real);
    struct decimal d = {0};
    const char *c = text;
    for (; *c != 'e'; c++)
        if (*c >= '0' && *c <= '9')
            d.digits[d.count++] = *c;
    d.place = (int)strtol(c + 1, NULL, 10) + 1;
    while (d.count > 1 && d.digits[d.count - 1] == '0')
        d.digits[--d.count] = '\0';
    return d;
}

static bool is_exact(const struct decimal *d, double real)
{
    char text[40];
    snprintf(text, sizeof text, "%se%d", d->digits, d->place - d->count);
    return strtod(text, NULL) == real;
}

// Above a power of two reals are twice as far apart as below: the nearest decimal may lie on the
// narrow side outside, and the next one inside.
static bool step_up(struct decimal *d, double real, int count)
{
    int exponent;
    if (frexp(real, &exponent) != 0.5)
        return false;
    while (d->count < count)
        d->digits[d->count++] = '0';
    if (d->digits[count - 1] == '9')
        return false;
    d->digits[count - 1]++;
    return is_exact(d, real);
}

// The fewest digits that read back as the same real.
static struct decimal shortest(double real)
{
    // Any number of up to 15 digits survives the way there and back, unless it is next to zero.
    int first = real < DBL_MIN ? 1 : EXACT_DIGITS;
    for (int count = first; count < MOST_DIGITS; count++) {
        struct decimal d = to_decimal(real, count);
        if (is_exact(&d, real) || step_up(&d, real, count))
            return d;
    }
    return to_decimal(real, MOST_DIGITS);
}

static void put_zeros(struct wb_text *text, int count)
{
    for (int i = 0; i < count; i++)
        wb_text_put_char(text, '0');
}

static void put_exponent(const struct decimal *d, struct wb_text *text)
{
    wb_text_put_char(text, d->digits[0]);
    wb_text_put_char(text, '.');
    wb_text_put(text, d->count > 1 ? d->digits + 1 : "0");
    wb_text_printf(text, "e%d", d->place - 1);
}

static void put_decimal(const struct decimal *d, double real, struct wb_text *text)
{
    int cost = snprintf(NULL, 0, "%d", d->place - 1) + 1 + (d->count == 1 ? 2 : 1);
    int zeros = d->place - d->count;
    if (d->place <= 0 && (d->place == 0 || 2 - d->place <= cost)) {
        wb_text_put(text, "0.");
        put_zeros(text, -d->place);
        wb_text_put(text, d->digits);
    } else if (d->place > 0 && zeros < 0) {
        wb_text_put_bytes(text, d->digits, (size_t)d->place);
        wb_text_put_char(text, '.');
        wb_text_put(text, d->digits + d->place);
    } else if (d->place > 0 && zeros + 2 <= cost && real < 0x1p53) {
        wb_text_put(text, d->digits);
        put_zeros(text, zeros);
        wb_text_put(text, ".0");
    } else {
        put_exponent(d, text);
    }
}

void beam_print_float(double real, struct wb_text *text)
{
    if (signbit(real))
        wb_text_put_char(text, '-');
    real = fabs(real);
    if (real == 0) {
        wb_text_put(text, "0.0");
        return;
    }
    struct decimal d = shortest(real);
    put_decimal(&d, real, text);
}

void beam_print_big(bool negative, const uint64_t *limb, size_t count, struct wb_text *text)
{
    _Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "a limb is 64 bits");
    mp_limb_t few[LIMBS_ON_STACK];
    size_t room = count * DIGITS_A_LIMB + 1;
    mp_limb_t *copy = count <= LIMBS_ON_STACK ? few : malloc(count * sizeof *copy);
    unsigned char *digits = malloc(room);
    if (copy == NULL || digits == NULL)
        wb_die_no_memory(room);
    memcpy(copy, limb, count * sizeof *copy);
    size_t size = mpn_get_str(digits, 10, copy, (mp_size_t)count);
    size_t skip = 0;
    while (skip + 1 < size && digits[skip] == 0)
        skip++;
    for (size_t i = skip; i < size; i++)
        digits[i] = (unsigned char)(digits[i] + '0');
    if (negative)
        wb_text_put_char(text, '-');
    wb_text_put_bytes(text, digits + skip, size - skip);
    free(digits);
    if (copy != few)
        free(copy);
}
