#include <string.h>

#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"

enum { TUPLE_LIMIT = (1 << 24) - 1 };

// 1 <= n <= most.
static bool get_index(vm_term t, size_t most, size_t *ret)
{
    if (!vm_is_small(t) || vm_small_value(t) < 1 || (uint64_t)vm_small_value(t) > most)
        return false;
    *ret = (size_t)vm_small_value(t);
    return true;
}

static size_t size_of(const char *base, vm_term tuple)
{
    return vm_arity(*vm_boxed_at(base, tuple));
}

vm_term vm_bif_element(struct vm_cpu *c, const vm_term *args)
{
    size_t n;
    if (!vm_is_tuple(c->base, args[1]) || !get_index(args[0], size_of(c->base, args[1]), &n))
        return vm_badarg(c);
    return vm_boxed_at(c->base, args[1])[n];
}

// A new tuple; its elements are to be filled in. NULL: too big.
static vm_term *new_tuple(struct vm_cpu *c, size_t size)
{
    vm_term *words = vm_alloc(c, size + 1);
    if (words != NULL)
        words[0] = vm_header(VM_TUPLE, size);
    return words;
}

vm_term vm_bif_setelement(struct vm_cpu *c, const vm_term *args)
{
    size_t n;
    if (!vm_is_tuple(c->base, args[1]) || !get_index(args[0], size_of(c->base, args[1]), &n))
        return vm_badarg(c);
    const vm_term *old = vm_boxed_at(c->base, args[1]);
    size_t size = vm_arity(*old);
    vm_term *words = new_tuple(c, size);
    if (words == NULL)
        return VM_NONE;
    for (size_t i = 1; i <= size; i++)
        words[i] = old[i];
    words[n] = args[2];
    return vm_make_boxed(c->base, words);
}

vm_term vm_bif_tuple_size(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_tuple(c->base, args[0]))
        return vm_badarg(c);
    return vm_small((int64_t)size_of(c->base, args[0]));
}

// Of a tuple, or the whole bytes of a bit string.
vm_term vm_bif_size(struct vm_cpu *c, const vm_term *args)
{
    if (vm_is_bitstring(c->base, args[0]))
        return vm_make_unsigned(c, vm_bits_of(c->base, args[0]).bits / 8);
    return vm_bif_tuple_size(c, args);
}

static vm_term filled(struct vm_cpu *c, vm_term size, vm_term element)
{
    if (!vm_is_small(size) || vm_small_value(size) < 0 || vm_small_value(size) > TUPLE_LIMIT)
        return vm_badarg(c);
    size_t count = (size_t)vm_small_value(size);
    vm_term *words = new_tuple(c, count);
    if (words == NULL)
        return VM_NONE;
    for (size_t i = 1; i <= count; i++)
        words[i] = element;
    c->reds -= (int64_t)(count / 64);
    return vm_make_boxed(c->base, words);
}

vm_term vm_bif_make_tuple_2(struct vm_cpu *c, const vm_term *args)
{
    return filled(c, args[0], args[1]);
}

// Set what the pairs {index, element} say, later ones winning.
vm_term vm_bif_make_tuple_3(struct vm_cpu *c, const vm_term *args)
{
    vm_term tuple = filled(c, args[0], args[1]), list = args[2];
    if (tuple == VM_NONE)
        return VM_NONE;
    vm_term *words = vm_boxed_at(c->base, tuple);
    for (; vm_is_list(list); list = vm_tail(c->base, list)) {
        size_t n;
        vm_term pair = vm_head(c->base, list);
        if (!vm_is_tuple_of(c->base, pair, 2))
            return vm_badarg(c);
        const vm_term *two = vm_boxed_at(c->base, pair);
        if (!get_index(two[1], vm_arity(*words), &n))
            return vm_badarg(c);
        words[n] = two[2];
    }
    return list == VM_NIL ? tuple : vm_badarg(c);
}

// The tuple with an element more, in front of element n.
static vm_term with(struct vm_cpu *c, vm_term tuple, size_t n, vm_term element)
{
    const vm_term *old = vm_boxed_at(c->base, tuple);
    size_t size = vm_arity(*old);
    if (size == TUPLE_LIMIT)
        return vm_badarg(c);
    vm_term *words = new_tuple(c, size + 1);
    if (words == NULL)
        return VM_NONE;
    memcpy(words + 1, old + 1, (n - 1) * sizeof *words);
    words[n] = element;
    memcpy(words + n + 1, old + n, (size + 1 - n) * sizeof *words);
    return vm_make_boxed(c->base, words);
}

vm_term vm_bif_append_element(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_tuple(c->base, args[0]))
        return vm_badarg(c);
    return with(c, args[0], size_of(c->base, args[0]) + 1, args[1]);
}

vm_term vm_bif_insert_element(struct vm_cpu *c, const vm_term *args)
{
    size_t n;
    if (!vm_is_tuple(c->base, args[1]) || !get_index(args[0], size_of(c->base, args[1]) + 1, &n))
        return vm_badarg(c);
    return with(c, args[1], n, args[2]);
}

vm_term vm_bif_delete_element(struct vm_cpu *c, const vm_term *args)
{
    size_t n;
    if (!vm_is_tuple(c->base, args[1]) || !get_index(args[0], size_of(c->base, args[1]), &n))
        return vm_badarg(c);
    const vm_term *old = vm_boxed_at(c->base, args[1]);
    size_t size = vm_arity(*old);
    vm_term *words = new_tuple(c, size - 1);
    if (words == NULL)
        return VM_NONE;
    memcpy(words + 1, old + 1, (n - 1) * sizeof *words);
    memcpy(words + n, old + n + 1, (size - n) * sizeof *words);
    return vm_make_boxed(c->base, words);
}

vm_term vm_bif_list_to_tuple(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]);
    if (length < 0 || length > TUPLE_LIMIT)
        return vm_badarg(c);
    vm_term *words = new_tuple(c, (size_t)length);
    if (words == NULL)
        return VM_NONE;
    vm_term list = args[0];
    for (int64_t i = 1; i <= length; i++, list = vm_tail(c->base, list))
        words[i] = vm_head(c->base, list);
    c->reds -= length / 64;
    return vm_make_boxed(c->base, words);
}

vm_term vm_bif_tuple_to_list(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_tuple(c->base, args[0]))
        return vm_badarg(c);
    const vm_term *words = vm_boxed_at(c->base, args[0]);
    c->reds -= (int64_t)(vm_arity(*words) / 64);
    return vm_make_list_of(c, words + 1, vm_arity(*words), VM_NIL);
}
