#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/decimal.h"
#include "core-vm/format/print.h"

enum { DIGITS_A_LIMB = 20, LIMBS_ON_STACK = 64 };

void beam_print_float(double real, struct wb_text *text)
{
    char room[WB_DECIMAL_SIZE];
    wb_text_put_bytes(text, room, wb_decimal_text(real, room));
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
