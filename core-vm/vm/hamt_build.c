#include <string.h>

#include "core-vm/vm/compare.h"
#include "core-vm/vm/hamt_node_priv.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/vm_impl.h"

struct builder {
    struct vm_cpu *c;
    struct vm_hamt_pair *room;
    size_t size;  // pairs in the trees made so far
};

static bool same_hash(const struct vm_hamt_pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (pairs[i].hash != pairs[0].hash)
            return false;
    return true;
}

static bool has_key(const struct vm *vm, const struct vm_hamt_pair *pairs, size_t count,
                    vm_term key)
{
    for (size_t i = 0; i < count; i++)
        if (vm_equal(vm, pairs[i].key, key))
            return true;
    return false;
}

// Keep the last pair of each key, at the end; returns how many.
static size_t keep_last(const struct vm *vm, struct vm_hamt_pair *pairs, size_t count)
{
    size_t kept = 0;
    for (size_t i = count; i-- > 0;)
        if (!has_key(vm, pairs + count - kept, kept, pairs[i].key))
            pairs[count - ++kept] = pairs[i];
    return kept;
}

// Into order of four bits of their hashes, equal ones as they were; ends[i]: end of those with i.
static void partition(struct builder *b, struct vm_hamt_pair *pairs, size_t count, unsigned shift,
                      size_t ends[16])
{
    memset(ends, 0, 16 * sizeof *ends);
    for (size_t i = 0; i < count; i++)
        ends[pairs[i].hash >> shift & 15]++;
    size_t sum = 0;
    for (unsigned way = 0; way < 16; way++) {
        size_t at = sum;
        sum += ends[way];
        ends[way] = at;
    }
    memcpy(b->room, pairs, count * sizeof *pairs);
    for (size_t i = 0; i < count; i++)
        pairs[ends[b->room[i].hash >> shift & 15]++] = b->room[i];
}

static vm_term build(struct builder *b, struct vm_hamt_pair *pairs, size_t count, unsigned level);

// One child for each way that is taken. The bitmap, 0: out of memory.
static uint64_t build_children(struct builder *b, struct vm_hamt_pair *pairs, size_t count,
                               unsigned level, vm_term children[16])
{
    size_t ends[16], from = 0;
    uint64_t bitmap = 0;
    partition(b, pairs, count, level % 8 * 4, ends);
    for (unsigned way = 0; way < 16; way++) {
        if (ends[way] == from)
            continue;
        vm_term child = build(b, pairs + from, ends[way] - from, level + 1);
        if (child == VM_NONE)
            return 0;
        children[vm_hamt_popcount(bitmap)] = child;
        bitmap |= UINT64_C(1) << way;
        from = ends[way];
    }
    return bitmap;
}

static void sort_by_key(const struct vm *vm, struct vm_hamt_pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct vm_hamt_pair pair = pairs[i];
        size_t at = i;
        for (; at > 0 && vm_compare_exact(vm, pair.key, pairs[at - 1].key) < 0; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = pair;
    }
}

static vm_term build_collision(struct builder *b, struct vm_hamt_pair *pairs, size_t count)
{
    sort_by_key(b->c->vm, pairs, count);
    vm_term leaf = vm_hamt_leaf(b->c, pairs[0].key, pairs[0].value);
    vm_term node = leaf == VM_NONE ? VM_NONE : vm_hamt_node(b->c, VM_HAMT_COLLISION, &leaf, 1);
    for (size_t i = 1; i < count && node != VM_NONE; i++) {
        leaf = vm_hamt_leaf(b->c, pairs[i].key, pairs[i].value);
        node = leaf == VM_NONE ? VM_NONE : vm_hamt_with(b->c, node, i, leaf, 0);
    }
    b->size += count;
    return node;
}

static void hash_again(const struct vm *vm, struct vm_hamt_pair *pairs, size_t count,
                       unsigned level)
{
    for (size_t i = 0; i < count; i++)
        pairs[i].hash = vm_map_hash(vm, pairs[i].key, level / 8);
}

static vm_term build_node(struct builder *b, struct vm_hamt_pair *pairs, size_t count,
                          unsigned level)
{
    if (level == VM_HAMT_LEVELS)
        return build_collision(b, pairs, count);
    if (level == 8)
        hash_again(b->c->vm, pairs, count, level);
    vm_term children[16];
    uint64_t bitmap = build_children(b, pairs, count, level, children);
    if (bitmap == 0)
        return VM_NONE;
    return vm_hamt_node(b->c, bitmap, children, vm_hamt_popcount(bitmap));
}

static vm_term build(struct builder *b, struct vm_hamt_pair *pairs, size_t count, unsigned level)
{
    if (count > 1 && same_hash(pairs, count)) {
        size_t kept = keep_last(b->c->vm, pairs, count);
        pairs += count - kept;
        count = kept;
    }
    if (count > 1)
        return build_node(b, pairs, count, level);
    b->size++;
    return vm_hamt_leaf(b->c, pairs->key, pairs->value);
}

vm_term vm_hamt_of(struct vm_cpu *c, struct vm_hamt_pair *pairs, struct vm_hamt_pair *room,
                   size_t count)
{
    struct builder b = {.c = c, .room = room};
    vm_term children[16];
    hash_again(c->vm, pairs, count, 0);
    uint64_t bitmap = build_children(&b, pairs, count, 0, children);
    return bitmap == 0 ? VM_NONE : vm_hamt_root(c, b.size, bitmap, children);
}
