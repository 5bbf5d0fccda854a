#include "core-vm/vm/list_text.h"

#include "core-vm/vm/heap.h"

bool vm_list_text(const char *base, vm_term list, struct wb_text *out)
{
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term head = vm_head(base, list);
        if (!vm_is_small(head) || head >> 4 > 255)
            return false;
        wb_text_put_char(out, (char)(head >> 4));
    }
    return list == VM_NIL;
}

static bool is_character(vm_term t)
{
    uint64_t code = t >> 4;
    return vm_is_small(t) && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000);
}

bool vm_list_utf8(const char *base, vm_term list, size_t most, struct wb_text *out)
{
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term head = vm_head(base, list);
        if (!is_character(head) || most-- == 0)
            return false;
        wb_text_put_utf8(out, (uint32_t)(head >> 4));
    }
    return list == VM_NIL;
}

static void put_shifted(const struct vm_bits *bits, struct wb_text *out)
{
    const uint8_t *at = bits->at;
    for (size_t i = 0; i < bits->bits / 8; i++)
        wb_text_put_char(out, (char)(at[i] << bits->start | at[i + 1] >> (8 - bits->start)));
}

bool vm_binary_text(const char *base, vm_term binary, struct wb_text *out)
{
    if (!vm_is_bitstring(base, binary))
        return false;
    struct vm_bits bits = vm_bits_of(base, binary);
    if (bits.bits % 8 != 0)
        return false;
    if (bits.start == 0)
        wb_text_put_bytes(out, bits.at, bits.bits / 8);
    else
        put_shifted(&bits, out);
    return true;
}
