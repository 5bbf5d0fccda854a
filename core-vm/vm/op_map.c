// Maps.
#include "core-vm/vm/map.h"

#include "core-vm/vm/heap.h"
#include "core-vm/vm/op_priv.h"

VM_OP(get_map_element)
{
    vm_term map = vm_source(c, sp, VM_WORD(1));
    if (VM_RARE(!vm_is_map(base, map)))
        VM_JUMP();
    vm_term value = vm_map_get(c->vm, map, vm_source(c, sp, VM_WORD(2)));
    if (value == VM_NONE)
        VM_JUMP();
    *vm_reg(c, sp, ip->a) = value;
    VM_NEXT(3);
}

// Keys and destinations from word 3 on, one after the other. False: one is missing.
static __attribute__((noinline)) bool get_all(struct vm_cpu *c, const struct vm_ins *ip,
                                              vm_term *sp)
{
    vm_term map = vm_source(c, sp, VM_WORD(1));
    if (!vm_is_map(c->base, map))
        return false;
    for (size_t i = 0; i < VM_WORD(2); i += 2) {
        vm_term value = vm_map_get(c->vm, map, vm_source(c, sp, VM_WORD(3 + i)));
        if (value == VM_NONE)
            return false;
        vm_store(c, sp, VM_WORD(4 + i), value);
    }
    return true;
}

VM_OP(get_map_elements)
{
    if (!get_all(c, ip, sp))
        VM_JUMP();
    VM_NEXT_AFTER(3);
}

static __attribute__((noinline)) bool has_all(struct vm_cpu *c, const struct vm_ins *ip,
                                              const vm_term *sp)
{
    vm_term map = vm_source(c, sp, VM_WORD(1));
    if (!vm_is_map(c->base, map))
        return false;
    for (size_t i = 0; i < VM_WORD(2); i++)
        if (vm_map_get(c->vm, map, vm_source(c, sp, VM_WORD(3 + i))) == VM_NONE)
            return false;
    return true;
}

VM_OP(has_map_fields)
{
    if (!has_all(c, ip, sp))
        VM_JUMP();
    VM_NEXT_AFTER(3);
}

static vm_term raise_with(struct vm_cpu *c, vm_term name, vm_term value)
{
    vm_term reason = vm_make_tuple(c, 2, (vm_term[]){name, value});
    return reason == VM_NONE ? VM_NONE : vm_error(c, reason);
}

enum { PAIRS_AT_ONCE = 32 };

// Sources: word 1 the map, word 2 live registers, words 4 on key, value, ... `exact`: keys must be
// there. VM_NONE: exception set.
static __attribute__((noinline)) vm_term put_all(struct vm_cpu *c, const struct vm_ins *ip,
                                                 bool exact)
{
    if (vm_collect_is_due(c->proc) && !vm_collect(c, 0, (unsigned)VM_WORD(2)))
        return VM_NONE;
    const vm_term *sp = (vm_term *)(void *)(c->base + c->proc->sp);
    vm_term map = vm_source(c, sp, VM_WORD(1));
    if (!vm_is_map(c->base, map))
        return raise_with(c, VM_AM(badmap), map);
    vm_term pairs[2 * PAIRS_AT_ONCE], missing;
    for (size_t from = 0; from < VM_WORD(3) && map != VM_NONE; from += 2 * PAIRS_AT_ONCE) {
        size_t words =
            VM_WORD(3) - from < 2 * PAIRS_AT_ONCE ? VM_WORD(3) - from : 2 * PAIRS_AT_ONCE;
        for (size_t i = 0; i < words; i++)
            pairs[i] = vm_source(c, sp, VM_WORD(4 + from + i));
        const struct vm_map_pairs some = {pairs, words / 2};
        if (!exact)
            map = vm_map_put_all(c, map, some);
        else if (!vm_map_update_all(c, map, some, &missing, &map))
            return raise_with(c, VM_AM(badkey), missing);
    }
    return map;
}

VM_OP(put_map_assoc)
{
    VM_SWAP_OUT();
    vm_term map = put_all(c, ip, false);
    if (VM_RARE(map == VM_NONE))
        VM_FAIL_OR_JUMP();
    VM_SWAP_IN();
    *vm_reg(c, sp, ip->a) = map;
    VM_NEXT_AFTER(4);
}

static __attribute__((noinline)) vm_term new_map(struct vm_cpu *c, const struct vm_ins *ip)
{
    if (vm_collect_is_due(c->proc) && !vm_collect(c, 0, (unsigned)VM_WORD(2)))
        return VM_NONE;
    const vm_term *sp = (vm_term *)(void *)(c->base + c->proc->sp);
    size_t count = VM_WORD(3);
    vm_term *words = vm_alloc(c, count + 2);
    if (words == NULL)
        return VM_NONE;
    words[0] = vm_header(VM_FLAT_MAP, count + 1);
    words[1] = VM_WORD(1);
    for (size_t i = 0; i < count; i++)
        words[2 + i] = vm_source(c, sp, VM_WORD(4 + i));
    return vm_make_boxed(c->base, words);
}

VM_OP(new_map)
{
    VM_SWAP_OUT();
    vm_term map = new_map(c, ip);
    if (VM_RARE(map == VM_NONE))
        VM_FAIL();
    VM_SWAP_IN();
    *vm_reg(c, sp, ip->a) = map;
    VM_NEXT_AFTER(4);
}

VM_OP(put_map_exact)
{
    VM_SWAP_OUT();
    vm_term map = put_all(c, ip, true);
    if (VM_RARE(map == VM_NONE))
        VM_FAIL_OR_JUMP();
    VM_SWAP_IN();
    *vm_reg(c, sp, ip->a) = map;
    VM_NEXT_AFTER(4);
}
