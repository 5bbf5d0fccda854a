// hamt_priv.h - hashed maps: tries over the bits of their keys' hashes (Bagwell, "Ideal Hash
// Trees", 2001), 16 ways wide.
//
// A node is {header, bitmap, children}, the root {header, number of pairs, bitmap, children}. A
// child is a leaf (a cons cell key|value) or a node. Four bits of the hash choose at each level,
// the lowest first; levels 0 to 7 use vm_map_hash(key, 0), 8 to 15 vm_map_hash(key, 1). Keys that
// agree in all of them lie in a collision node at level 16: its bitmap is VM_HAMT_COLLISION and its
// leaves are in the order of their keys. A node other than the root has two leaves below it or
// more, so equal maps have equal trees.
#ifndef VM_HAMT_PRIV_H
#define VM_HAMT_PRIV_H

#include "core-vm/vm/cpu.h"

enum { VM_HAMT_LEVELS = 16, VM_HAMT_COLLISION = 1 << 16 };

static inline const vm_term *vm_hamt_children(const vm_term *node)
{
    return node + (vm_subtag(*node) == VM_HASH_MAP ? 3 : 2);
}
static inline uint64_t vm_hamt_bitmap(const vm_term *node)
{
    return vm_hamt_children(node)[-1];
}
static inline size_t vm_hamt_count(const vm_term *node)
{
    return vm_arity(*node) - (vm_subtag(*node) == VM_HASH_MAP ? 2 : 1);
}
// Number of bits set in the low 16.
static inline unsigned vm_hamt_popcount(uint64_t bits)
{
    uint32_t n = (uint32_t)bits & 0xFFFF;
    n -= n >> 1 & 0x5555;
    n = (n & 0x3333) + (n >> 2 & 0x3333);
    n = (n + (n >> 4)) & 0x0F0F;
    return (n + (n >> 8)) & 0x1F;
}
// Index of the child for a hash's low bits, when it has one.
static inline unsigned vm_hamt_index(uint64_t bitmap, uint32_t hash)
{
    return vm_hamt_popcount(bitmap & ((1u << (hash & 15)) - 1));
}

// VM_NONE: not there.
vm_term vm_hamt_get(const struct vm *vm, vm_term map, vm_term key);
// These make a new root, or give the same one when nothing changes. VM_NONE: out of memory.
vm_term vm_hamt_put(struct vm_cpu *c, vm_term map, vm_term key, vm_term value);
// May leave any number of pairs, also fewer than a hashed map should have.
vm_term vm_hamt_remove(struct vm_cpu *c, vm_term map, vm_term key);
// All pairs of both; those of `b` win.
vm_term vm_hamt_merge(struct vm_cpu *c, vm_term a, vm_term b);

struct vm_hamt_pair {
    uint32_t hash;
    vm_term key, value;
};
// The map of count >= 1 pairs, whose hashes need not be set; the last of equal keys wins. Orders
// them anew; `room` has space for as many.
vm_term vm_hamt_of(struct vm_cpu *c, struct vm_hamt_pair *pairs, struct vm_hamt_pair *room,
                   size_t count);

#endif
