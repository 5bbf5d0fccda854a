#include "core-vm/vm/map.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/hamt_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

static bool is_flat(const char *base, vm_term map)
{
    return vm_subtag(*vm_boxed_at(base, map)) == VM_FLAT_MAP;
}

// A flat map taken apart: count keys in order, their values.
struct flat {
    const vm_term *keys, *values;
    size_t count;
};

static struct flat flat_of(const char *base, vm_term map)
{
    const vm_term *words = vm_boxed_at(base, map);
    return (struct flat){vm_boxed_at(base, words[1]) + 1, words + 2, vm_arity(*words) - 1};
}

enum { NOWHERE = -1 };

static int find_key(const struct vm *vm, const struct flat *flat, vm_term key)
{
    if (vm_is_immediate(key)) {
        for (size_t i = 0; i < flat->count; i++)
            if (flat->keys[i] == key)
                return (int)i;
        return NOWHERE;
    }
    for (size_t i = 0; i < flat->count; i++)
        if (vm_equal(vm, flat->keys[i], key))
            return (int)i;
    return NOWHERE;
}

vm_term vm_map_get(const struct vm *vm, vm_term map, vm_term key)
{
    if (!is_flat(vm->image.base, map))
        return vm_hamt_get(vm, map, key);
    struct flat flat = flat_of(vm->image.base, map);
    int at = find_key(vm, &flat, key);
    return at == NOWHERE ? VM_NONE : flat.values[at];
}

// A map with an existing tuple of keys; NULL values: to be filled in.
static vm_term new_flat(struct vm_cpu *c, vm_term keys, const vm_term *values, size_t count)
{
    vm_term *words = vm_alloc(c, count + 2);
    if (words == NULL)
        return VM_NONE;
    words[0] = vm_header(VM_FLAT_MAP, count + 1);
    words[1] = keys;
    memcpy(words + 2, values, count * sizeof *words);
    return vm_make_boxed(c->base, words);
}

// A map of sorted keys without doubles.
static vm_term flat_map(struct vm_cpu *c, const vm_term *keys, const vm_term *values, size_t count)
{
    vm_term tuple = vm_make_tuple(c, count, keys);
    return tuple == VM_NONE ? VM_NONE : new_flat(c, tuple, values, count);
}

// Number of keys below `key`, which is not among them.
static size_t place_of(const struct vm *vm, const struct flat *flat, vm_term key)
{
    size_t low = 0, high = flat->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (vm_compare_exact(vm, flat->keys[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert_at(vm_term *to, const vm_term *from, size_t count, size_t at, vm_term term)
{
    memcpy(to, from, at * sizeof *to);
    to[at] = term;
    memcpy(to + at + 1, from + at, (count - at) * sizeof *to);
}

static vm_term insert_key(struct vm_cpu *c, const struct flat *flat, vm_term key, vm_term value)
{
    vm_term keys[VM_FLAT_MAP_LIMIT], values[VM_FLAT_MAP_LIMIT];
    size_t at = place_of(c->vm, flat, key);
    insert_at(keys, flat->keys, flat->count, at, key);
    insert_at(values, flat->values, flat->count, at, value);
    return flat_map(c, keys, values, flat->count + 1);
}

static vm_term overflow(struct vm_cpu *c, const struct flat *flat, vm_term key, vm_term value)
{
    struct vm_hamt_pair pairs[VM_FLAT_MAP_LIMIT + 1], room[VM_FLAT_MAP_LIMIT + 1];
    for (size_t i = 0; i < flat->count; i++)
        pairs[i] = (struct vm_hamt_pair){.key = flat->keys[i], .value = flat->values[i]};
    pairs[flat->count] = (struct vm_hamt_pair){.key = key, .value = value};
    return vm_hamt_of(c, pairs, room, flat->count + 1);
}

static vm_term with_value(struct vm_cpu *c, vm_term map, const struct flat *flat, size_t at,
                          vm_term value)
{
    if (flat->values[at] == value)
        return map;
    vm_term changed = new_flat(c, vm_boxed_at(c->base, map)[1], flat->values, flat->count);
    if (changed != VM_NONE)
        vm_boxed_at(c->base, changed)[2 + at] = value;
    return changed;
}

vm_term vm_map_put(struct vm_cpu *c, vm_term map, vm_term key, vm_term value)
{
    if (!is_flat(c->base, map))
        return vm_hamt_put(c, map, key, value);
    struct flat flat = flat_of(c->base, map);
    int at = find_key(c->vm, &flat, key);
    if (at == NOWHERE)
        return flat.count < VM_FLAT_MAP_LIMIT ? insert_key(c, &flat, key, value)
                                              : overflow(c, &flat, key, value);
    return with_value(c, map, &flat, (size_t)at, value);
}

static vm_term remove_at(struct vm_cpu *c, const struct flat *flat, size_t at)
{
    vm_term keys[VM_FLAT_MAP_LIMIT], values[VM_FLAT_MAP_LIMIT];
    size_t behind = flat->count - 1 - at;
    memcpy(keys, flat->keys, at * sizeof *keys);
    memcpy(keys + at, flat->keys + at + 1, behind * sizeof *keys);
    memcpy(values, flat->values, at * sizeof *values);
    memcpy(values + at, flat->values + at + 1, behind * sizeof *values);
    return flat_map(c, keys, values, flat->count - 1);
}

// Sort by key, the last of equal ones staying; returns how many are left.
static size_t sort_pairs(const struct vm *vm, vm_term *keys, vm_term *values, const vm_term *pairs,
                         size_t count)
{
    struct flat flat = {keys, values, 0};
    for (size_t i = 0; i < count; i++) {
        vm_term key = pairs[2 * i], value = pairs[2 * i + 1];
        int at = find_key(vm, &flat, key);
        if (at != NOWHERE) {
            values[at] = value;
            continue;
        }
        size_t place = place_of(vm, &flat, key);
        memmove(keys + place + 1, keys + place, (flat.count - place) * sizeof *keys);
        memmove(values + place + 1, values + place, (flat.count - place) * sizeof *values);
        keys[place] = key;
        values[place] = value;
        flat.count++;
    }
    return flat.count;
}

// The pairs of a hashed map that has become small.
static vm_term flatten(struct vm_cpu *c, vm_term map)
{
    vm_term pairs[2 * VM_FLAT_MAP_LIMIT], keys[VM_FLAT_MAP_LIMIT], values[VM_FLAT_MAP_LIMIT];
    struct vm_map_walk walk = {.map = map};
    size_t count = 0;
    for (; count < VM_FLAT_MAP_LIMIT; count++)
        if (!vm_map_next(c->base, &walk, &pairs[2 * count], &pairs[2 * count + 1]))
            break;
    count = sort_pairs(c->vm, keys, values, pairs, count);
    return flat_map(c, keys, values, count);
}

static vm_term flatten_if_small(struct vm_cpu *c, vm_term map)
{
    if (map == VM_NONE || vm_map_size(c->base, map) > VM_FLAT_MAP_LIMIT)
        return map;
    return flatten(c, map);
}

vm_term vm_map_remove(struct vm_cpu *c, vm_term map, vm_term key)
{
    if (!is_flat(c->base, map))
        return flatten_if_small(c, vm_hamt_remove(c, map, key));
    struct flat flat = flat_of(c->base, map);
    int at = find_key(c->vm, &flat, key);
    return at == NOWHERE ? map : remove_at(c, &flat, (size_t)at);
}

static vm_term hash_map_of(struct vm_cpu *c, const vm_term *pairs, size_t count)
{
    struct vm_hamt_pair *all = malloc(2 * count * sizeof *all);
    if (all == NULL)
        wb_die_no_memory(2 * count * sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (struct vm_hamt_pair){.key = pairs[2 * i], .value = pairs[2 * i + 1]};
    vm_term map = vm_hamt_of(c, all, all + count, count);
    free(all);
    return flatten_if_small(c, map);
}

vm_term vm_map_of(struct vm_cpu *c, const vm_term *pairs, size_t count)
{
    if (count > VM_FLAT_MAP_LIMIT)
        return hash_map_of(c, pairs, count);
    vm_term keys[VM_FLAT_MAP_LIMIT], values[VM_FLAT_MAP_LIMIT];
    count = sort_pairs(c->vm, keys, values, pairs, count);
    return flat_map(c, keys, values, count);
}

// Two flat maps in one pass over both; where b has all keys, or a, its keys are shared.
struct zip {
    vm_term keys[2 * VM_FLAT_MAP_LIMIT], values[2 * VM_FLAT_MAP_LIMIT];
    size_t count;
};

static void zip_one(struct zip *z, const struct flat *from, size_t *at)
{
    z->keys[z->count] = from->keys[*at];
    z->values[z->count++] = from->values[(*at)++];
}

static void zip_flats(const struct vm *vm, const struct flat *a, const struct flat *b,
                      struct zip *z)
{
    size_t i = 0, j = 0;
    z->count = 0;
    while (i < a->count && j < b->count) {
        int order = vm_compare_exact(vm, a->keys[i], b->keys[j]);
        i += order == 0;
        if (order < 0)
            zip_one(z, a, &i);
        else
            zip_one(z, b, &j);
    }
    while (i < a->count)
        zip_one(z, a, &i);
    while (j < b->count)
        zip_one(z, b, &j);
}

static vm_term hash_zipped(struct vm_cpu *c, const struct zip *z)
{
    struct vm_hamt_pair pairs[2 * VM_FLAT_MAP_LIMIT], room[2 * VM_FLAT_MAP_LIMIT];
    for (size_t i = 0; i < z->count; i++)
        pairs[i] = (struct vm_hamt_pair){.key = z->keys[i], .value = z->values[i]};
    return vm_hamt_of(c, pairs, room, z->count);
}

static vm_term merge_flats(struct vm_cpu *c, vm_term a, vm_term b)
{
    struct flat x = flat_of(c->base, a), y = flat_of(c->base, b);
    if (x.count == 0 || y.count == 0)
        return x.count == 0 ? b : a;
    struct zip z;
    zip_flats(c->vm, &x, &y, &z);
    if (z.count > VM_FLAT_MAP_LIMIT)
        return hash_zipped(c, &z);
    if (z.count == y.count)
        return b;
    if (z.count == x.count)
        return new_flat(c, vm_boxed_at(c->base, a)[1], z.values, z.count);
    return flat_map(c, z.keys, z.values, z.count);
}

// A flat map's pairs into a hashed one; where keys are in both, those of `small` win, or not.
static vm_term merge_into(struct vm_cpu *c, vm_term large, vm_term small, bool small_wins)
{
    struct flat flat = flat_of(c->base, small);
    for (size_t i = 0; i < flat.count && large != VM_NONE; i++)
        if (small_wins || vm_hamt_get(c->vm, large, flat.keys[i]) == VM_NONE)
            large = vm_hamt_put(c, large, flat.keys[i], flat.values[i]);
    return large;
}

vm_term vm_map_merge(struct vm_cpu *c, vm_term a, vm_term b)
{
    bool a_flat = is_flat(c->base, a), b_flat = is_flat(c->base, b);
    if (a_flat && b_flat)
        return merge_flats(c, a, b);
    if (a_flat)
        return merge_into(c, b, a, false);
    return b_flat ? merge_into(c, a, b, true) : vm_hamt_merge(c, a, b);
}

// New values for keys that are all there, in a copy of the map. False: one is not, *missing.
static bool update_flat(struct vm_cpu *c, vm_term map, const struct vm_map_pairs *pairs,
                        vm_term *missing, vm_term *ret)
{
    struct flat flat = flat_of(c->base, map);
    vm_term values[VM_FLAT_MAP_LIMIT];
    memcpy(values, flat.values, flat.count * sizeof *values);
    for (size_t i = 0; i < pairs->count; i++) {
        int at = find_key(c->vm, &flat, pairs->at[2 * i]);
        if (at == NOWHERE) {
            *missing = pairs->at[2 * i];
            return false;
        }
        values[at] = pairs->at[2 * i + 1];
    }
    *ret = new_flat(c, vm_boxed_at(c->base, map)[1], values, flat.count);
    return true;
}

static vm_term put_into_hashed(struct vm_cpu *c, vm_term map, const struct vm_map_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count && map != VM_NONE; i++)
        map = vm_hamt_put(c, map, pairs->at[2 * i], pairs->at[2 * i + 1]);
    return map;
}

vm_term vm_map_put_all(struct vm_cpu *c, vm_term map, struct vm_map_pairs pairs)
{
    if (pairs.count == 1)
        return vm_map_put(c, map, pairs.at[0], pairs.at[1]);
    if (!is_flat(c->base, map))
        return put_into_hashed(c, map, &pairs);
    vm_term missing, updated;
    if (update_flat(c, map, &pairs, &missing, &updated))
        return updated;
    vm_term more = vm_map_of(c, pairs.at, pairs.count);
    return more == VM_NONE ? VM_NONE : vm_map_merge(c, map, more);
}

static bool update_one(struct vm_cpu *c, vm_term map, const vm_term *pair, vm_term *missing,
                       vm_term *ret)
{
    struct flat flat = flat_of(c->base, map);
    int at = find_key(c->vm, &flat, pair[0]);
    *missing = pair[0];
    if (at != NOWHERE)
        *ret = with_value(c, map, &flat, (size_t)at, pair[1]);
    return at != NOWHERE;
}

bool vm_map_update_all(struct vm_cpu *c, vm_term map, struct vm_map_pairs pairs, vm_term *missing,
                       vm_term *ret)
{
    if (is_flat(c->base, map) && pairs.count == 1)
        return update_one(c, map, pairs.at, missing, ret);
    if (is_flat(c->base, map))
        return update_flat(c, map, &pairs, missing, ret);
    for (size_t i = 0; i < pairs.count; i++)
        if (vm_hamt_get(c->vm, map, pairs.at[2 * i]) == VM_NONE) {
            *missing = pairs.at[2 * i];
            return false;
        }
    *ret = put_into_hashed(c, map, &pairs);
    return true;
}

static bool next_flat(const char *base, struct vm_map_walk *walk, vm_term *key, vm_term *value)
{
    struct flat flat = flat_of(base, walk->map);
    if (walk->index == flat.count)
        return false;
    *key = flat.keys[walk->index];
    *value = flat.values[walk->index++];
    return true;
}

static void enter(const char *base, struct vm_map_walk *walk, vm_term node)
{
    walk->node[walk->depth] = node;
    walk->left[walk->depth++] = vm_hamt_count(vm_boxed_at(base, node));
}

bool vm_map_next(const char *base, struct vm_map_walk *walk, vm_term *key, vm_term *value)
{
    if (is_flat(base, walk->map))
        return next_flat(base, walk, key, value);
    if (!walk->begun)
        enter(base, walk, walk->map);
    walk->begun = true;
    while (walk->depth > 0) {
        unsigned top = walk->depth - 1u;
        if (walk->left[top] == 0) {
            walk->depth--;
            continue;
        }
        const vm_term *node = vm_boxed_at(base, walk->node[top]);
        size_t left = walk->left[top]--;
        size_t index = walk->forward ? vm_hamt_count(node) - left : left - 1;
        vm_term child = vm_hamt_children(node)[index];
        if (vm_is_list(child)) {
            *key = vm_head(base, child);
            *value = vm_tail(base, child);
            return true;
        }
        enter(base, walk, child);
    }
    return false;
}
