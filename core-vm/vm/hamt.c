#include "core-vm/vm/hamt_priv.h"

#include "core-vm/vm/compare.h"
#include "core-vm/vm/hamt_node_priv.h"
#include "core-vm/vm/hash_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

static uint32_t first_hash(const struct vm *vm, vm_term key)
{
    return vm_is_immediate(key) ? vm_map_hash_immediate(key) : vm_map_hash(vm, key, 0);
}

static vm_term value_if(const struct vm *vm, vm_term leaf, vm_term key)
{
    const vm_term *cell = vm_list_at(vm->image.base, leaf);
    return vm_equal(vm, cell[0], key) ? cell[1] : VM_NONE;
}

static vm_term get_colliding(const struct vm *vm, const vm_term *node, vm_term key)
{
    size_t index;
    if (!vm_hamt_find_collision(vm, node, key, &index))
        return VM_NONE;
    return vm_tail(vm->image.base, vm_hamt_children(node)[index]);
}

vm_term vm_hamt_get(const struct vm *vm, vm_term map, vm_term key)
{
    const char *base = vm->image.base;
    const vm_term *children = vm_boxed_at(base, map) + 3;
    uint32_t hash = first_hash(vm, key);
    for (unsigned level = 1;; level++) {
        uint64_t bitmap = children[-1];
        if ((bitmap >> (hash & 15) & 1) == 0)
            return VM_NONE;
        vm_term child = children[vm_hamt_index(bitmap, hash)];
        if (vm_is_list(child))
            return value_if(vm, child, key);
        children = vm_boxed_at(base, child) + 2;
        if (level == VM_HAMT_LEVELS)
            return get_colliding(vm, children - 2, key);
        hash = level == 8 ? vm_map_hash(vm, key, 1) : hash >> 4;
    }
}

struct change {
    struct vm_cpu *c;
    vm_term key, value;
    vm_term leaf;  // the new pair, once it was needed
    bool keep;     // a pair that is there stays
    bool found;    // the key was there
    bool failed;   // out of memory while removing
};

static vm_term new_leaf(struct change *ch)
{
    if (ch->leaf == VM_NONE)
        ch->leaf = vm_hamt_leaf(ch->c, ch->key, ch->value);
    return ch->leaf;
}

static vm_term put_at_leaf(struct change *ch, vm_term leaf, unsigned level)
{
    const vm_term *cell = vm_list_at(ch->c->base, leaf);
    if (vm_equal(ch->c->vm, cell[0], ch->key)) {
        ch->found = true;
        return ch->keep || cell[1] == ch->value ? leaf : new_leaf(ch);
    }
    vm_term other = new_leaf(ch);
    return other == VM_NONE ? VM_NONE : vm_hamt_fork(ch->c, level, leaf, other);
}

// A node with the child at index changed to `child`.
static vm_term changed(struct change *ch, vm_term node, size_t index, vm_term child)
{
    vm_term old = vm_hamt_children(vm_boxed_at(ch->c->base, node))[index];
    if (child == old || child == VM_NONE)
        return child == old ? node : VM_NONE;
    return vm_hamt_replacing(ch->c, node, index, child);
}

static vm_term put_colliding(struct change *ch, vm_term node)
{
    const vm_term *words = vm_boxed_at(ch->c->base, node);
    size_t index;
    if (vm_hamt_find_collision(ch->c->vm, words, ch->key, &index)) {
        vm_term leaf = vm_hamt_children(words)[index];
        return changed(ch, node, index, put_at_leaf(ch, leaf, VM_HAMT_LEVELS));
    }
    vm_term leaf = new_leaf(ch);
    return leaf == VM_NONE ? VM_NONE : vm_hamt_with(ch->c, node, index, leaf, 0);
}

// The child (leaf or node) of a node of the level above with the pair put in. Recursion ends with
// the levels.
static vm_term put(struct change *ch, vm_term child, unsigned level, uint32_t hash)
{
    if (vm_is_list(child))
        return put_at_leaf(ch, child, level);
    if (level == VM_HAMT_LEVELS)
        return put_colliding(ch, child);
    if (level == 8)
        hash = vm_map_hash(ch->c->vm, ch->key, 1);
    const vm_term *children = vm_hamt_children(vm_boxed_at(ch->c->base, child));
    uint64_t bitmap = children[-1], bit = UINT64_C(1) << (hash & 15);
    unsigned index = vm_hamt_index(bitmap, hash);
    if ((bitmap & bit) != 0)
        return changed(ch, child, index, put(ch, children[index], level + 1, hash >> 4));
    vm_term leaf = new_leaf(ch);
    return leaf == VM_NONE ? VM_NONE : vm_hamt_with(ch->c, child, index, leaf, bit);
}

vm_term vm_hamt_put(struct vm_cpu *c, vm_term map, vm_term key, vm_term value)
{
    struct change ch = {.c = c, .key = key, .value = value};
    vm_term root = put(&ch, map, 0, first_hash(c->vm, key));
    if (root != VM_NONE && !ch.found)
        vm_boxed_at(c->base, root)[1]++;
    return root;
}

// What is left of a node when a child has become `child`; VM_NONE: it is gone.
static vm_term left_over(struct change *ch, vm_term node, size_t index, vm_term child, uint64_t bit)
{
    const vm_term *words = vm_boxed_at(ch->c->base, node), *children = vm_hamt_children(words);
    size_t count = vm_hamt_count(words);
    bool is_root = vm_subtag(*words) == VM_HASH_MAP;
    if (child != VM_NONE) {
        bool alone = count == 1 && !is_root && vm_is_list(child);
        return alone ? child : vm_hamt_replacing(ch->c, node, index, child);
    }
    if (count == 2 && !is_root && vm_is_list(children[1 - index]))
        return children[1 - index];
    return vm_hamt_without(ch->c, node, index, bit);
}

// As `put`: the child without the key; VM_NONE: nothing is left of it (or out of memory).
static vm_term take(struct change *ch, vm_term child, unsigned level, uint32_t hash)
{
    if (vm_is_list(child)) {
        ch->found = vm_equal(ch->c->vm, vm_head(ch->c->base, child), ch->key);
        return ch->found ? VM_NONE : child;
    }
    const vm_term *words = vm_boxed_at(ch->c->base, child), *children = vm_hamt_children(words);
    uint64_t bit = 0;
    size_t index;
    if (level == VM_HAMT_LEVELS) {
        if (!vm_hamt_find_collision(ch->c->vm, words, ch->key, &index))
            return child;
    } else {
        if (level == 8)
            hash = vm_map_hash(ch->c->vm, ch->key, 1);
        bit = UINT64_C(1) << (hash & 15);
        if ((children[-1] & bit) == 0)
            return child;
        index = vm_hamt_index(children[-1], hash);
    }
    vm_term below = take(ch, children[index], level + 1, hash >> 4);
    if (!ch->found || ch->failed)
        return ch->failed ? VM_NONE : child;
    vm_term rest = left_over(ch, child, index, below, bit);
    ch->failed = rest == VM_NONE;
    return rest;
}

vm_term vm_hamt_remove(struct vm_cpu *c, vm_term map, vm_term key)
{
    struct change ch = {.c = c, .key = key};
    vm_term root = take(&ch, map, 0, first_hash(c->vm, key));
    if (root != VM_NONE && ch.found)
        vm_boxed_at(c->base, root)[1]--;
    return root;
}

struct merger {
    struct vm_cpu *c;
    size_t both;  // keys that are in both maps
};

static size_t count_leaves(const char *base, vm_term child)
{
    if (vm_is_list(child))
        return 1;
    const vm_term *words = vm_boxed_at(base, child);
    size_t count = 0;
    for (size_t i = 0; i < vm_hamt_count(words); i++)
        count += count_leaves(base, vm_hamt_children(words)[i]);
    return count;
}

// Put a leaf into a node; keep: if the key is not there yet.
static vm_term merge_leaf(struct merger *m, vm_term node, vm_term leaf, bool keep, unsigned level)
{
    const vm_term *cell = vm_list_at(m->c->base, leaf);
    struct change ch = {m->c, cell[0], cell[1], leaf, keep, false, false};
    uint32_t hash = level < VM_HAMT_LEVELS ? vm_hamt_hash_at(m->c->vm, cell[0], level) : 0;
    vm_term child = put(&ch, node, level, hash);
    m->both += ch.found;
    return child;
}

static vm_term merge_collisions(struct merger *m, vm_term a, vm_term b)
{
    const vm_term *words = vm_boxed_at(m->c->base, b);
    for (size_t i = 0; i < vm_hamt_count(words) && a != VM_NONE; i++)
        a = merge_leaf(m, a, vm_hamt_children(words)[i], false, VM_HAMT_LEVELS);
    return a;
}

static vm_term merge(struct merger *m, vm_term a, vm_term b, unsigned level);

// The children of two nodes, one for each bit of either's bitmap. False: out of memory.
static bool merge_children(struct merger *m, const vm_term *a, const vm_term *b, unsigned level,
                           vm_term *ret)
{
    uint64_t x = vm_hamt_bitmap(a), y = vm_hamt_bitmap(b);
    a = vm_hamt_children(a);
    b = vm_hamt_children(b);
    for (uint64_t left = x | y; left != 0; left &= left - 1) {
        uint64_t bit = left & -left;
        if ((x & bit) != 0 && (y & bit) != 0)
            *ret = merge(m, *a++, *b++, level + 1);
        else
            *ret = (x & bit) != 0 ? *a++ : *b++;
        if (*ret++ == VM_NONE)
            return false;
    }
    return true;
}

static vm_term merge_nodes(struct merger *m, vm_term a, vm_term b, unsigned level)
{
    const vm_term *x = vm_boxed_at(m->c->base, a), *y = vm_boxed_at(m->c->base, b);
    vm_term children[16];
    if (!merge_children(m, x, y, level, children))
        return VM_NONE;
    uint64_t bitmap = vm_hamt_bitmap(x) | vm_hamt_bitmap(y);
    if (vm_subtag(*x) == VM_HASH_MAP)
        return vm_hamt_root(m->c, x[1] + y[1] - m->both, bitmap, children);
    return vm_hamt_node(m->c, bitmap, children, vm_hamt_popcount(bitmap));
}

static vm_term merge(struct merger *m, vm_term a, vm_term b, unsigned level)
{
    if (a == b) {
        m->both += count_leaves(m->c->base, a);
        return b;
    }
    if (vm_is_list(a))
        return merge_leaf(m, b, a, true, level);
    if (vm_is_list(b))
        return merge_leaf(m, a, b, false, level);
    return level == VM_HAMT_LEVELS ? merge_collisions(m, a, b) : merge_nodes(m, a, b, level);
}

vm_term vm_hamt_merge(struct vm_cpu *c, vm_term a, vm_term b)
{
    if (a == b)
        return a;
    struct merger m = {.c = c};
    return merge_nodes(&m, a, b, 0);
}
