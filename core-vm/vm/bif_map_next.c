#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/hamt_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"

// A place in a hashed map as a number: four bits for each level of the tree, the root's lowest:
// which way to go. It stands for the first leaf there or behind. Leaves of a collision node have no
// places of their own.

// Way of the child with this index.
static unsigned way_of(const vm_term *node, size_t index)
{
    uint64_t bitmap = vm_hamt_bitmap(node);
    while (index-- > 0)
        bitmap &= bitmap - 1;
    return (unsigned)__builtin_ctzll(bitmap);
}

static void begin_at(const char *base, struct vm_map_walk *walk, uint64_t path)
{
    vm_term node = walk->map;
    walk->begun = true;
    for (;; path >>= 4) {
        const vm_term *words = vm_boxed_at(base, node), *children = vm_hamt_children(words);
        uint64_t bitmap = vm_hamt_bitmap(words);
        size_t count = vm_hamt_count(words);
        bool collision = bitmap == VM_HAMT_COLLISION;
        size_t index = collision ? 0 : vm_hamt_index(bitmap, (uint32_t)path);
        bool taken = !collision && (bitmap >> (path & 15) & 1) != 0;
        walk->node[walk->depth] = node;
        walk->left[walk->depth++] = count - index;
        if (!taken || vm_is_list(children[index]))
            return;
        walk->left[walk->depth - 1]--;
        node = children[index];
    }
}

// In the middle of a collision node.
static bool is_colliding(const struct vm_map_walk *walk)
{
    return walk->depth > VM_HAMT_LEVELS && walk->left[VM_HAMT_LEVELS] > 0;
}

// Where the walk will go on, outside of collision nodes; false: it is over.
static bool place_of(const char *base, struct vm_map_walk *walk, uint64_t *path)
{
    while (walk->depth > 0 && walk->left[walk->depth - 1] == 0)
        walk->depth--;
    *path = 0;
    for (unsigned level = 0; level < walk->depth; level++) {
        const vm_term *node = vm_boxed_at(base, walk->node[level]);
        size_t next = vm_hamt_count(node) - walk->left[level];
        unsigned way = way_of(node, level + 1 == walk->depth ? next : next - 1);
        *path |= (uint64_t)way << 4 * level;
    }
    return walk->depth > 0;
}

// What follows a chunk of an iterator: `none` or [Path | Map].
static vm_term rest_of(struct vm_cpu *c, struct vm_map_walk *walk)
{
    uint64_t path;
    if (vm_is_kind(c->base, walk->map, VM_FLAT_MAP) || !place_of(c->base, walk, &path))
        return VM_AM(none);
    vm_term number = vm_make_unsigned(c, path);
    return number == VM_NONE ? VM_NONE : vm_make_cons(c, number, walk->map);
}

enum { CHUNK = 32 };

// {K1, V1, {K2, V2, ... Rest}} of the next pairs. Each new tuple is put into the one before.
static vm_term iterator(struct vm_cpu *c, struct vm_map_walk *walk)
{
    vm_term first = VM_NONE, last = VM_NONE, key, value;
    for (size_t count = 0; count < CHUNK || is_colliding(walk); count++) {
        if (!vm_map_next(c->base, walk, &key, &value))
            break;
        vm_term triple[3] = {key, value, VM_AM(none)};
        vm_term tuple = vm_make_tuple(c, 3, triple);
        if (tuple == VM_NONE)
            return VM_NONE;
        if (last == VM_NONE)
            first = tuple;
        else
            vm_boxed_at(c->base, last)[3] = tuple;
        last = tuple;
    }
    vm_term rest = rest_of(c, walk);
    if (last == VM_NONE || rest == VM_NONE)
        return rest;
    vm_boxed_at(c->base, last)[3] = rest;
    return first;
}

static vm_term pair(struct vm_cpu *c, vm_term key, vm_term value)
{
    vm_term both[2] = {key, value};
    return vm_make_tuple(c, 2, both);
}

// The pairs in front of a list, flat maps' in order, hashed maps' against it.
static vm_term all_pairs(struct vm_cpu *c, struct vm_map_walk *walk, vm_term list)
{
    bool flat = vm_is_kind(c->base, walk->map, VM_FLAT_MAP);
    vm_term key, value, pairs[VM_FLAT_MAP_LIMIT];
    size_t count = 0;
    int64_t seen = 0;
    for (; vm_map_next(c->base, walk, &key, &value); seen++) {
        vm_term both = pair(c, key, value);
        if (both == VM_NONE)
            return VM_NONE;
        if (flat)
            pairs[count++] = both;
        else if ((list = vm_make_cons(c, both, list)) == VM_NONE)
            return VM_NONE;
    }
    c->reds -= seen / 8;
    return vm_make_list_of(c, pairs, count, list);
}

vm_term vm_bif_map_next(struct vm_cpu *c, const vm_term *args)
{
    uint64_t path;
    bool to_list = vm_is_list(args[2]) || args[2] == VM_NIL;
    if (!vm_is_map(c->base, args[1]) || !vm_get_uint64(c->base, args[0], &path) ||
        (!to_list && args[2] != VM_AM(iterator)))
        return vm_badarg(c);
    struct vm_map_walk walk = {.map = args[1], .forward = true};
    if (vm_is_kind(c->base, args[1], VM_HASH_MAP))
        begin_at(c->base, &walk, path);
    return to_list ? all_pairs(c, &walk, args[2]) : iterator(c, &walk);
}
