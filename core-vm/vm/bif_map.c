#include <stdlib.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/hamt_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"

static vm_term pair(struct vm_cpu *c, vm_term a, vm_term b)
{
    vm_term both[2] = {a, b};
    return vm_make_tuple(c, 2, both);
}

static vm_term raise_about(struct vm_cpu *c, vm_term what, vm_term term)
{
    vm_term reason = pair(c, what, term);
    return reason == VM_NONE ? VM_NONE : vm_error(c, reason);
}

static vm_term badmap(struct vm_cpu *c, vm_term t)
{
    return raise_about(c, VM_AM(badmap), t);
}

static vm_term badkey(struct vm_cpu *c, vm_term t)
{
    return raise_about(c, VM_AM(badkey), t);
}

vm_term vm_bif_map_size(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[0]))
        return badmap(c, args[0]);
    return vm_small((int64_t)vm_map_size(c->base, args[0]));
}

vm_term vm_bif_map_get(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[1]))
        return badmap(c, args[1]);
    vm_term value = vm_map_get(c->vm, args[1], args[0]);
    return value == VM_NONE ? badkey(c, args[0]) : value;
}

vm_term vm_bif_is_map_key(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[1]))
        return badmap(c, args[1]);
    return vm_bool(vm_map_get(c->vm, args[1], args[0]) != VM_NONE);
}

vm_term vm_bif_maps_find(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[1]))
        return badmap(c, args[1]);
    vm_term value = vm_map_get(c->vm, args[1], args[0]);
    return value == VM_NONE ? VM_AM(error) : pair(c, VM_AM(ok), value);
}

vm_term vm_bif_maps_put(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[2]))
        return badmap(c, args[2]);
    return vm_map_put(c, args[2], args[0], args[1]);
}

vm_term vm_bif_maps_update(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[2]))
        return badmap(c, args[2]);
    if (vm_map_get(c->vm, args[2], args[0]) == VM_NONE)
        return badkey(c, args[0]);
    return vm_map_put(c, args[2], args[0], args[1]);
}

vm_term vm_bif_maps_remove(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[1]))
        return badmap(c, args[1]);
    return vm_map_remove(c, args[1], args[0]);
}

vm_term vm_bif_maps_take(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[1]))
        return badmap(c, args[1]);
    vm_term value = vm_map_get(c->vm, args[1], args[0]);
    if (value == VM_NONE)
        return VM_AM(error);
    vm_term rest = vm_map_remove(c, args[1], args[0]);
    return rest == VM_NONE ? VM_NONE : pair(c, value, rest);
}

// The list of all keys, or of all values.
static vm_term list_of(struct vm_cpu *c, vm_term map, bool keys)
{
    if (!vm_is_map(c->base, map))
        return badmap(c, map);
    size_t size = vm_map_size(c->base, map);
    if (size == 0)
        return VM_NIL;
    vm_term *cells = vm_alloc(c, 2 * size), *cell = cells;
    if (cells == NULL)
        return VM_NONE;
    struct vm_map_walk walk = {.map = map};
    vm_term key, value;
    for (; vm_map_next(c->base, &walk, &key, &value); cell += 2) {
        cell[0] = keys ? key : value;
        cell[1] = vm_make_list(c->base, cell + 2);
    }
    cell[-1] = VM_NIL;
    c->reds -= (int64_t)(size / 16);
    return vm_make_list(c->base, cells);
}

vm_term vm_bif_maps_keys(struct vm_cpu *c, const vm_term *args)
{
    return list_of(c, args[0], true);
}

vm_term vm_bif_maps_values(struct vm_cpu *c, const vm_term *args)
{
    return list_of(c, args[0], false);
}

vm_term vm_bif_maps_merge(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_map(c->base, args[0]) || !vm_is_map(c->base, args[1]))
        return badmap(c, vm_is_map(c->base, args[0]) ? args[1] : args[0]);
    c->reds -= (int64_t)(vm_map_size(c->base, args[1]) / 16);
    return vm_map_merge(c, args[0], args[1]);
}

enum { LOCAL_PAIRS = 32 };

// A map of `count` pairs that `fill` writes.
static vm_term map_from(struct vm_cpu *c, size_t count,
                        bool (*fill)(const struct vm_cpu *c, const vm_term *args, vm_term *pairs),
                        const vm_term *args)
{
    vm_term local[2 * LOCAL_PAIRS], *pairs = local;
    if (count > LOCAL_PAIRS)
        pairs = malloc(2 * count * sizeof *pairs);
    if (pairs == NULL)
        wb_die_no_memory(2 * count * sizeof *pairs);
    vm_term map = fill(c, args, pairs) ? vm_map_of(c, pairs, count) : vm_badarg(c);
    if (pairs != local)
        free(pairs);
    c->reds -= (int64_t)(count / 8);
    return map;
}

static bool fill_from_pairs(const struct vm_cpu *c, const vm_term *args, vm_term *pairs)
{
    for (vm_term list = args[0]; list != VM_NIL; list = vm_tail(c->base, list)) {
        vm_term tuple = vm_head(c->base, list);
        if (!vm_is_tuple_of(c->base, tuple, 2))
            return false;
        *pairs++ = vm_boxed_at(c->base, tuple)[1];
        *pairs++ = vm_boxed_at(c->base, tuple)[2];
    }
    return true;
}

static bool fill_from_keys(const struct vm_cpu *c, const vm_term *args, vm_term *pairs)
{
    for (vm_term list = args[0]; list != VM_NIL; list = vm_tail(c->base, list)) {
        *pairs++ = vm_head(c->base, list);
        *pairs++ = args[1];
    }
    return true;
}

vm_term vm_bif_maps_from_list(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]);
    return length < 0 ? vm_badarg(c) : map_from(c, (size_t)length, fill_from_pairs, args);
}

vm_term vm_bif_maps_from_keys(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]);
    return length < 0 ? vm_badarg(c) : map_from(c, (size_t)length, fill_from_keys, args);
}

vm_term vm_bif_map_to_tuple_keys(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_kind(c->base, args[0], VM_FLAT_MAP))
        return vm_badarg(c);
    return vm_boxed_at(c->base, args[0])[1];
}

// The pairs as cons cells. OTP gives the nodes of its tree, which nobody can do anything with but
// ask for theirs.
vm_term vm_bif_map_hashmap_children(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_kind(c->base, args[0], VM_HASH_MAP))
        return vm_badarg(c);
    struct vm_map_walk walk = {.map = args[0]};
    vm_term key, value, list = VM_NIL;
    while (list != VM_NONE && vm_map_next(c->base, &walk, &key, &value)) {
        vm_term leaf = vm_make_cons(c, key, value);
        list = leaf == VM_NONE ? VM_NONE : vm_make_cons(c, leaf, list);
    }
    return list;
}
