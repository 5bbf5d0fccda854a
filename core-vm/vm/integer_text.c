#include <string.h>

#include "core-vm/vm/big_priv.h"
#include "core-vm/vm/number_text.h"

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void put_word(uint64_t magnitude, bool negative, unsigned radix, struct wb_text *out)
{
    char room[65], *at = room + sizeof room;
    do
        *--at = digits[magnitude % radix];
    while ((magnitude /= radix) != 0);
    if (negative)
        *--at = '-';
    wb_text_put_bytes(out, at, (size_t)(room + sizeof room - at));
}

// No base needs more characters than bits.
static void put_limbs(struct vm_limbs limbs, unsigned radix, struct wb_text *out)
{
    struct vm_limb_room copy, room;
    uint64_t *work = vm_limb_room_init(&copy, limbs.count + 1);
    memcpy(work, limbs.at, limbs.count * sizeof *work);
    size_t most = mpn_sizeinbase(vm_mp_const(work), (mp_size_t)limbs.count, (int)radix) + 1;
    uint8_t *text = (uint8_t *)vm_limb_room_init(&room, most / sizeof(uint64_t) + 1);
    size_t size = mpn_get_str(text, (int)radix, vm_mp(work), (mp_size_t)limbs.count);
    size_t skip = 0;
    while (skip + 1 < size && text[skip] == 0)
        skip++;
    for (size_t i = skip; i < size; i++)
        text[i] = (uint8_t)digits[text[i]];
    wb_text_put_bytes(out, text + skip, size - skip);
    vm_limb_room_done(&room);
    vm_limb_room_done(&copy);
}

void vm_integer_text(const char *base, vm_term integer, unsigned radix, struct wb_text *out)
{
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(base, integer, &room);
    if (limbs.count <= 1) {
        put_word(limbs.count == 0 ? 0 : limbs.at[0], limbs.negative, radix, out);
        return;
    }
    if (limbs.negative)
        wb_text_put_char(out, '-');
    put_limbs(limbs, radix, out);
}

static unsigned digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10u;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10u : 255;
}

static bool all_digits(struct wb_bytes text, unsigned radix)
{
    for (size_t i = 0; i < text.size; i++)
        if (digit_of(text.at[i]) >= radix)
            return false;
    return text.size > 0;
}

// Few enough digits for one word.
static vm_term parse_word(struct vm_cpu *c, struct wb_bytes text, unsigned radix, bool negative)
{
    uint64_t magnitude = 0;
    for (size_t i = 0; i < text.size; i++)
        magnitude = magnitude * radix + digit_of(text.at[i]);
    return vm_make_integer_of(c, (struct vm_limbs){&magnitude, 1, negative});
}

static vm_term parse_limbs(struct vm_cpu *c, struct wb_bytes text, unsigned radix, bool negative)
{
    unsigned bits_a_digit = radix > 32 ? 6 : radix > 16 ? 5 : radix > 8 ? 4 : radix > 4 ? 3 : 2;
    if (text.size > (size_t)VM_BIG_LIMIT * 64)
        return vm_system_limit(c);
    struct vm_limb_room values, room;
    uint8_t *value = (uint8_t *)vm_limb_room_init(&values, text.size / 8 + 1);
    for (size_t i = 0; i < text.size; i++)
        value[i] = (uint8_t)digit_of(text.at[i]);
    uint64_t *limbs = vm_limb_room_init(&room, text.size * bits_a_digit / 64 + 2);
    size_t count = (size_t)mpn_set_str(vm_mp(limbs), value, text.size, (int)radix);
    c->reds -= (int64_t)(text.size / 64);
    vm_term integer = vm_make_integer_of(c, (struct vm_limbs){limbs, count, negative});
    vm_limb_room_done(&room);
    vm_limb_room_done(&values);
    return integer;
}

vm_term vm_integer_parse(struct vm_cpu *c, struct wb_bytes text, unsigned radix)
{
    bool negative = text.size > 0 && text.at[0] == '-';
    if (negative || (text.size > 0 && text.at[0] == '+')) {
        text.at++;
        text.size--;
    }
    if (!all_digits(text, radix))
        return vm_badarg(c);
    while (text.size > 1 && text.at[0] == '0') {
        text.at++;
        text.size--;
    }
    return text.size <= 12 ? parse_word(c, text, radix, negative)
                           : parse_limbs(c, text, radix, negative);
}
