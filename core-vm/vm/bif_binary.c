// Sizes, parts and conversions of binaries.
#include "core-vm/vm/bif_binary_priv.h"

#include <string.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/iolist.h"

bool vm_whole_binary(const char *base, vm_term t, struct vm_bits *ret)
{
    if (!vm_is_bitstring(base, t))
        return false;
    *ret = vm_bits_of(base, t);
    return ret->bits % 8 == 0;
}

vm_term vm_bif_byte_size(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_bitstring(c->base, args[0]))
        return vm_badarg(c);
    return vm_small((int64_t)((vm_bits_of(c->base, args[0]).bits + 7) / 8));
}

vm_term vm_bif_bit_size(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_bitstring(c->base, args[0]))
        return vm_badarg(c);
    return vm_small((int64_t)vm_bits_of(c->base, args[0]).bits);
}

bool vm_part_of(uint64_t size, vm_term position, vm_term length, struct vm_part *ret)
{
    if (!vm_both_small(position, length))
        return false;
    int64_t from = vm_small_value(position), count = vm_small_value(length);
    if (count < 0) {
        if (from < 0 || -count > from)
            return false;
        from += count;
        count = -count;
    }
    if (from < 0 || (uint64_t)from > size || (uint64_t)count > size - (uint64_t)from)
        return false;
    *ret = (struct vm_part){.from = (uint64_t)from, .size = (uint64_t)count};
    return true;
}

vm_term vm_bif_binary_part_3(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    struct vm_part part;
    if (!vm_whole_binary(c->base, args[0], &bits) ||
        !vm_part_of(bits.bits / 8, args[1], args[2], &part))
        return vm_badarg(c);
    return vm_make_sub_binary(c, args[0], part.from * 8, part.size * 8);
}

vm_term vm_bif_binary_part_2(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_tuple_of(c->base, args[1], 2))
        return vm_badarg(c);
    const vm_term *pair = vm_boxed_at(c->base, args[1]);
    return vm_bif_binary_part_3(c, (const vm_term[]){args[0], pair[1], pair[2]});
}

vm_term vm_bif_iolist_to_binary(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    if (vm_whole_binary(c->base, args[0], &bits))
        return args[0];
    return vm_iolist_flatten(c, args[0], false);
}

vm_term vm_bif_list_to_binary(struct vm_cpu *c, const vm_term *args)
{
    if (args[0] != VM_NIL && !vm_is_list(args[0]))
        return vm_badarg(c);
    return vm_iolist_flatten(c, args[0], false);
}

vm_term vm_bif_list_to_bitstring(struct vm_cpu *c, const vm_term *args)
{
    if (args[0] != VM_NIL && !vm_is_list(args[0]))
        return vm_badarg(c);
    return vm_iolist_flatten(c, args[0], true);
}

vm_term vm_bif_iolist_size(struct vm_cpu *c, const vm_term *args)
{
    uint64_t bits;
    if (!vm_iolist_size(c->base, args[0], false, &bits))
        return vm_badarg(c);
    return vm_small((int64_t)(bits / 8));
}

vm_term vm_bif_iolist_to_iovec(struct vm_cpu *c, const vm_term *args)
{
    vm_term binary = vm_bif_iolist_to_binary(c, args);
    if (binary == VM_NONE || vm_bits_of(c->base, binary).bits == 0)
        return binary == VM_NONE ? VM_NONE : VM_NIL;
    return vm_make_cons(c, binary, VM_NIL);
}

// `size` bytes from `bit` on as a list that ends in `tail`.
static vm_term byte_list(struct vm_cpu *c, struct vm_bits from, uint64_t size, vm_term tail)
{
    vm_term *cell = size == 0 ? NULL : vm_alloc(c, (size_t)size * 2);
    if (cell == NULL)
        return size == 0 ? tail : VM_NONE;
    vm_term list = vm_make_list(c->base, cell);
    for (uint64_t i = 0; i < size; i++, cell += 2) {
        cell[0] = vm_small((int64_t)vm_bits_get(from.at, from.start + i * 8, 8));
        cell[1] = i + 1 == size ? tail : vm_make_list(c->base, cell + 2);
    }
    return list;
}

vm_term vm_bif_binary_to_list_1(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    if (!vm_whole_binary(c->base, args[0], &bits))
        return vm_badarg(c);
    return byte_list(c, bits, bits.bits / 8, VM_NIL);
}

vm_term vm_bif_binary_to_list_3(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    if (!vm_whole_binary(c->base, args[0], &bits) || !vm_both_small(args[1], args[2]))
        return vm_badarg(c);
    int64_t first = vm_small_value(args[1]), last = vm_small_value(args[2]);
    if (first < 1 || last < first || (uint64_t)last > bits.bits / 8)
        return vm_badarg(c);
    bits.at += first - 1;
    return byte_list(c, bits, (uint64_t)(last - first) + 1, VM_NIL);
}

vm_term vm_bif_bitstring_to_list(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_bitstring(c->base, args[0]))
        return vm_badarg(c);
    struct vm_bits bits = vm_bits_of(c->base, args[0]);
    vm_term tail = VM_NIL;
    if (bits.bits % 8 != 0) {
        vm_term last = vm_make_sub_binary(c, args[0], bits.bits / 8 * 8, bits.bits % 8);
        tail = last == VM_NONE ? VM_NONE : vm_make_cons(c, last, VM_NIL);
    }
    return tail == VM_NONE ? VM_NONE : byte_list(c, bits, bits.bits / 8, tail);
}

vm_term vm_bif_split_binary(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_bitstring(c->base, args[0]) || !vm_is_small(args[1]))
        return vm_badarg(c);
    uint64_t bits = vm_bits_of(c->base, args[0]).bits;
    int64_t at = vm_small_value(args[1]);
    if (at < 0 || (uint64_t)at > bits / 8)
        return vm_badarg(c);
    vm_term pair[2] = {vm_make_sub_binary(c, args[0], 0, (uint64_t)at * 8),
                       vm_make_sub_binary(c, args[0], (uint64_t)at * 8, bits - (uint64_t)at * 8)};
    if (pair[0] == VM_NONE || pair[1] == VM_NONE)
        return VM_NONE;
    return vm_make_tuple(c, 2, pair);
}

// The binary module.

static vm_term byte_at(struct vm_cpu *c, vm_term t, int64_t index)
{
    struct vm_bits bits;
    if (!vm_whole_binary(c->base, t, &bits))
        return vm_badarg(c);
    if (index < 0)
        index += (int64_t)(bits.bits / 8);
    if (index < 0 || (uint64_t)index >= bits.bits / 8)
        return vm_badarg(c);
    return vm_small((int64_t)vm_bits_get(bits.at, bits.start + (uint64_t)index * 8, 8));
}

vm_term vm_bif_binary_at(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_small(args[1]) || vm_small_value(args[1]) < 0)
        return vm_badarg(c);
    return byte_at(c, args[0], vm_small_value(args[1]));
}

vm_term vm_bif_binary_first(struct vm_cpu *c, const vm_term *args)
{
    return byte_at(c, args[0], 0);
}

vm_term vm_bif_binary_last(struct vm_cpu *c, const vm_term *args)
{
    return byte_at(c, args[0], -1);
}

static vm_term copies(struct vm_cpu *c, vm_term t, uint64_t count)
{
    struct vm_bits bits;
    if (!vm_whole_binary(c->base, t, &bits))
        return vm_badarg(c);
    uint64_t size = bits.bits / 8;
    if (size != 0 && count > (UINT64_C(1) << 40) / size)
        return vm_system_limit(c);
    vm_term copy = vm_make_binary(c, NULL, (size_t)(size * count));
    if (copy == VM_NONE)
        return VM_NONE;
    uint8_t *to = vm_base_bytes(c->base, copy);
    for (uint64_t i = 0; size != 0 && i < count; i++)
        vm_bits_copy(to, i * size * 8, bits.at, bits.start, size * 8);
    return copy;
}

vm_term vm_bif_binary_copy_1(struct vm_cpu *c, const vm_term *args)
{
    return copies(c, args[0], 1);
}

vm_term vm_bif_binary_copy_2(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_small(args[1]) || vm_small_value(args[1]) < 0)
        return vm_badarg(c);
    return copies(c, args[0], (uint64_t)vm_small_value(args[1]));
}

// big or little; false: neither.
static bool endianness(vm_term t, unsigned *flags)
{
    *flags = t == VM_AM(little) ? VM_SEGMENT_LITTLE : 0;
    return t == VM_AM(little) || t == VM_AM(big);
}

vm_term vm_bif_decode_unsigned_2(struct vm_cpu *c, const vm_term *args)
{
    struct vm_bits bits;
    unsigned flags;
    if (!vm_whole_binary(c->base, args[0], &bits) || !endianness(args[1], &flags))
        return vm_badarg(c);
    return vm_bits_get_integer(c, bits.at, bits.start, bits.bits, flags);
}

vm_term vm_bif_decode_unsigned_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_decode_unsigned_2(c, (const vm_term[]){args[0], VM_AM(big)});
}

vm_term vm_bif_encode_unsigned_2(struct vm_cpu *c, const vm_term *args)
{
    unsigned flags;
    if (!vm_is_integer(c->base, args[0]) || !endianness(args[1], &flags))
        return vm_badarg(c);
    uint64_t room;
    struct vm_limbs limbs = vm_limbs_of(c->base, args[0], &room);
    if (limbs.negative)
        return vm_badarg(c);
    size_t bytes = 1;
    if (limbs.count > 0) {
        unsigned bits = 64 - (unsigned)__builtin_clzll(limbs.at[limbs.count - 1]);
        bytes = (limbs.count - 1) * 8 + (bits + 7) / 8;
    }
    vm_term binary = vm_make_binary(c, NULL, bytes);
    if (binary != VM_NONE)
        vm_bits_put_integer(c->base, vm_base_bytes(c->base, binary), 0, bytes * 8, args[0], flags);
    return binary;
}

vm_term vm_bif_encode_unsigned_1(struct vm_cpu *c, const vm_term *args)
{
    return vm_bif_encode_unsigned_2(c, (const vm_term[]){args[0], VM_AM(big)});
}

static uint64_t common(struct vm_bits a, struct vm_bits b, bool from_end)
{
    uint64_t n = 0, most = (a.bits < b.bits ? a.bits : b.bits) / 8;
    while (n < most) {
        uint64_t i = from_end ? a.bits - (n + 1) * 8 : n * 8;
        uint64_t j = from_end ? b.bits - (n + 1) * 8 : n * 8;
        if (vm_bits_get(a.at, a.start + i, 8) != vm_bits_get(b.at, b.start + j, 8))
            break;
        n++;
    }
    return n;
}

static vm_term longest_common(struct vm_cpu *c, vm_term list, bool from_end)
{
    struct vm_bits first, next;
    if (!vm_is_list(list) || !vm_whole_binary(c->base, vm_head(c->base, list), &first))
        return vm_badarg(c);
    uint64_t size = first.bits / 8;
    for (vm_term rest = vm_tail(c->base, list); rest != VM_NIL; rest = vm_tail(c->base, rest)) {
        if (!vm_is_list(rest) || !vm_whole_binary(c->base, vm_head(c->base, rest), &next))
            return vm_badarg(c);
        uint64_t same = common(first, next, from_end);
        size = same < size ? same : size;
    }
    return vm_small((int64_t)size);
}

vm_term vm_bif_longest_common_prefix(struct vm_cpu *c, const vm_term *args)
{
    return longest_common(c, args[0], false);
}

vm_term vm_bif_longest_common_suffix(struct vm_cpu *c, const vm_term *args)
{
    return longest_common(c, args[0], true);
}

vm_term vm_bif_referenced_byte_size(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_bitstring(c->base, args[0]))
        return vm_badarg(c);
    const vm_term *at = vm_boxed_at(c->base, args[0]);
    if (vm_subtag(at[0]) == VM_SUB_BIN)
        at = vm_boxed_at(c->base, at[4]);
    if (vm_subtag(at[0]) == VM_HEAP_BIN)
        return vm_small((int64_t)at[1]);
    const struct vm_binary *binary = (const void *)(c->base + at[2]);
    return vm_small((int64_t)binary->size);
}
