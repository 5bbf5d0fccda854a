#include "core-vm/vm/bif.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/heap.h"

enum { ELEMENTS_PER_REDUCTION = 16 };

vm_term vm_bif_hd(struct vm_cpu *c, const vm_term *args)
{
    return vm_is_list(args[0]) ? vm_head(c->base, args[0]) : vm_badarg(c);
}

vm_term vm_bif_tl(struct vm_cpu *c, const vm_term *args)
{
    return vm_is_list(args[0]) ? vm_tail(c->base, args[0]) : vm_badarg(c);
}

vm_term vm_bif_length(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]);
    if (length < 0)
        return vm_badarg(c);
    c->reds -= length / 64;
    return vm_small(length);
}

vm_term vm_bif_append(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]);
    if (length <= 0)
        return length == 0 ? args[1] : vm_badarg(c);
    if (args[1] == VM_NIL)
        return args[0];
    vm_term *cells = vm_alloc(c, 2 * (size_t)length);
    if (cells == NULL)
        return VM_NONE;
    vm_term list = args[0], *cell = cells;
    for (; list != VM_NIL; list = vm_tail(c->base, list), cell += 2) {
        cell[0] = vm_head(c->base, list);
        cell[1] = vm_make_list(c->base, cell + 2);
    }
    cell[-1] = args[1];
    c->reds -= length / ELEMENTS_PER_REDUCTION;
    return vm_make_list(c->base, cells);
}

vm_term vm_bif_lists_reverse(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]);
    if (length <= 0)
        return length == 0 ? args[1] : vm_badarg(c);
    vm_term *cell = vm_alloc(c, 2 * (size_t)length);
    if (cell == NULL)
        return VM_NONE;
    vm_term done = args[1];
    for (vm_term list = args[0]; list != VM_NIL; list = vm_tail(c->base, list), cell += 2) {
        cell[0] = vm_head(c->base, list);
        cell[1] = done;
        done = vm_make_list(c->base, cell);
    }
    c->reds -= length / ELEMENTS_PER_REDUCTION;
    return done;
}

// The rest of the list that begins with the term, or the tail that ends the list.
static vm_term find_word(struct vm_cpu *c, vm_term list, vm_term term)
{
    int64_t seen = 0;
    for (; vm_is_list(list); list = vm_tail(c->base, list), seen++)
        if (vm_head(c->base, list) == term)
            break;
    c->reds -= seen / ELEMENTS_PER_REDUCTION;
    return list;
}

static vm_term find_equal(struct vm_cpu *c, vm_term list, vm_term term)
{
    int64_t seen = 0;
    for (; vm_is_list(list); list = vm_tail(c->base, list), seen++)
        if (vm_equal(c->vm, vm_head(c->base, list), term))
            break;
    c->reds -= seen / (ELEMENTS_PER_REDUCTION / 2);
    return list;
}

vm_term vm_bif_lists_member(struct vm_cpu *c, const vm_term *args)
{
    vm_term rest =
        vm_is_immediate(args[0]) ? find_word(c, args[1], args[0]) : find_equal(c, args[1], args[0]);
    if (vm_is_list(rest))
        return VM_AM(true);
    return rest == VM_NIL ? VM_AM(false) : vm_badarg(c);
}

// Is element n of a tuple (that has so many) equal to the key, as == has it?
static bool has_key(const struct vm_cpu *c, vm_term t, size_t n, vm_term key)
{
    if (!vm_is_tuple(c->base, t))
        return false;
    const vm_term *words = vm_boxed_at(c->base, t);
    return vm_arity(*words) >= n && vm_compare(c->vm, words[n], key) == 0;
}

// The same for a key that equals no other word: any immediate but a number.
static bool has_word(const struct vm_cpu *c, vm_term t, size_t n, vm_term key)
{
    if (!vm_is_tuple(c->base, t))
        return false;
    const vm_term *words = vm_boxed_at(c->base, t);
    return vm_arity(*words) >= n && words[n] == key;
}

// The first such tuple; VM_NIL: none; VM_NONE: badarg was raised. args: key, n, list.
static vm_term key_find(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_small(args[1]) || vm_small_value(args[1]) < 1)
        return vm_badarg(c);
    size_t n = (size_t)vm_small_value(args[1]);
    bool by_word = vm_is_immediate(args[0]) && !vm_is_small(args[0]);
    int64_t seen = 0;
    vm_term list = args[2];
    for (; vm_is_list(list); list = vm_tail(c->base, list), seen++) {
        vm_term t = vm_head(c->base, list);
        if (by_word ? has_word(c, t, n, args[0]) : has_key(c, t, n, args[0]))
            break;
    }
    c->reds -= seen / (ELEMENTS_PER_REDUCTION / 2);
    if (vm_is_list(list))
        return vm_head(c->base, list);
    return list == VM_NIL ? VM_NIL : vm_badarg(c);
}

vm_term vm_bif_lists_keyfind(struct vm_cpu *c, const vm_term *args)
{
    vm_term found = key_find(c, args);
    return found == VM_NIL ? VM_AM(false) : found;
}

vm_term vm_bif_lists_keymember(struct vm_cpu *c, const vm_term *args)
{
    vm_term found = key_find(c, args);
    return found == VM_NONE ? VM_NONE : vm_bool(found != VM_NIL);
}

vm_term vm_bif_lists_keysearch(struct vm_cpu *c, const vm_term *args)
{
    vm_term found = key_find(c, args);
    if (found == VM_NONE || found == VM_NIL)
        return found == VM_NIL ? VM_AM(false) : VM_NONE;
    vm_term pair[2] = {VM_AM(value), found};
    return vm_make_tuple(c, 2, pair);
}
