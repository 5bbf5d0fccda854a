#include "core-vm/vm/hamt_node_priv.h"

#include <string.h>

#include "core-vm/vm/compare.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

uint32_t vm_hamt_hash_at(const struct vm *vm, vm_term key, unsigned level)
{
    return vm_map_hash(vm, key, level / 8) >> level % 8 * 4;
}

vm_term vm_hamt_leaf(struct vm_cpu *c, vm_term key, vm_term value)
{
    return vm_make_cons(c, key, value);
}

static vm_term *new_node(struct vm_cpu *c, enum vm_subtag subtag, size_t head, size_t count)
{
    vm_term *words = vm_alloc(c, head + count);
    if (words != NULL)
        words[0] = vm_header(subtag, head - 1 + count);
    return words;
}

vm_term vm_hamt_node(struct vm_cpu *c, uint64_t bitmap, const vm_term *children, size_t count)
{
    vm_term *words = new_node(c, VM_HASH_NODE, 2, count);
    if (words == NULL)
        return VM_NONE;
    words[1] = bitmap;
    memcpy(words + 2, children, count * sizeof *words);
    return vm_make_boxed(c->base, words);
}

vm_term vm_hamt_root(struct vm_cpu *c, size_t size, uint64_t bitmap, const vm_term *children)
{
    size_t count = vm_hamt_popcount(bitmap);
    vm_term *words = new_node(c, VM_HASH_MAP, 3, count);
    if (words == NULL)
        return VM_NONE;
    words[1] = size;
    words[2] = bitmap;
    memcpy(words + 3, children, count * sizeof *words);
    return vm_make_boxed(c->base, words);
}

vm_term vm_hamt_with(struct vm_cpu *c, vm_term node, size_t index, vm_term child, uint64_t bit)
{
    const vm_term *old = vm_boxed_at(c->base, node);
    size_t head = (size_t)(vm_hamt_children(old) - old), count = vm_hamt_count(old);
    vm_term *words = new_node(c, vm_subtag(*old), head, count + 1);
    if (words == NULL)
        return VM_NONE;
    memcpy(words + 1, old + 1, (head - 1 + index) * sizeof *words);
    words[head - 1] |= bit;
    words[head + index] = child;
    memcpy(words + head + index + 1, old + head + index, (count - index) * sizeof *words);
    return vm_make_boxed(c->base, words);
}

vm_term vm_hamt_replacing(struct vm_cpu *c, vm_term node, size_t index, vm_term child)
{
    const vm_term *old = vm_boxed_at(c->base, node);
    size_t size = vm_arity(*old) + 1, head = (size_t)(vm_hamt_children(old) - old);
    vm_term *words = vm_alloc(c, size);
    if (words == NULL)
        return VM_NONE;
    memcpy(words, old, size * sizeof *words);
    words[head + index] = child;
    return vm_make_boxed(c->base, words);
}

vm_term vm_hamt_without(struct vm_cpu *c, vm_term node, size_t index, uint64_t bit)
{
    const vm_term *old = vm_boxed_at(c->base, node);
    size_t head = (size_t)(vm_hamt_children(old) - old), count = vm_hamt_count(old);
    vm_term *words = new_node(c, vm_subtag(*old), head, count - 1);
    if (words == NULL)
        return VM_NONE;
    memcpy(words + 1, old + 1, (head - 1 + index) * sizeof *words);
    words[head - 1] &= ~bit;
    memcpy(words + head + index, old + head + index + 1, (count - 1 - index) * sizeof *words);
    return vm_make_boxed(c->base, words);
}

static vm_term fork_collision(struct vm_cpu *c, vm_term leaf, vm_term other)
{
    vm_term a = vm_head(c->base, leaf), b = vm_head(c->base, other);
    bool in_order = vm_compare_exact(c->vm, a, b) < 0;
    vm_term children[2] = {in_order ? leaf : other, in_order ? other : leaf};
    return vm_hamt_node(c, VM_HAMT_COLLISION, children, 2);
}

vm_term vm_hamt_fork(struct vm_cpu *c, unsigned level, vm_term leaf, vm_term other)
{
    if (level == VM_HAMT_LEVELS)
        return fork_collision(c, leaf, other);
    uint32_t a = vm_hamt_hash_at(c->vm, vm_head(c->base, leaf), level) & 15;
    uint32_t b = vm_hamt_hash_at(c->vm, vm_head(c->base, other), level) & 15;
    if (a != b) {
        vm_term children[2] = {a < b ? leaf : other, a < b ? other : leaf};
        return vm_hamt_node(c, 1u << a | 1u << b, children, 2);
    }
    vm_term below = vm_hamt_fork(c, level + 1, leaf, other);
    return below == VM_NONE ? VM_NONE : vm_hamt_node(c, 1u << a, &below, 1);
}

bool vm_hamt_find_collision(const struct vm *vm, const vm_term *node, vm_term key, size_t *index)
{
    const vm_term *children = vm_hamt_children(node);
    size_t low = 0, high = vm_hamt_count(node);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = vm_compare_exact(vm, key, vm_head(vm->image.base, children[middle]));
        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *index = low;
    return false;
}
