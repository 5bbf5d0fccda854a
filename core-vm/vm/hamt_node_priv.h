// hamt_node_priv.h - making the nodes of hashed maps.
#ifndef VM_HAMT_NODE_PRIV_H
#define VM_HAMT_NODE_PRIV_H

#include "core-vm/vm/hamt_priv.h"

// The hash whose low bits choose at `level`, from the key's hash at the level above (shifted).
uint32_t vm_hamt_hash_at(const struct vm *vm, vm_term key, unsigned level);

// Each VM_NONE when out of memory.
vm_term vm_hamt_leaf(struct vm_cpu *c, vm_term key, vm_term value);
vm_term vm_hamt_node(struct vm_cpu *c, uint64_t bitmap, const vm_term *children, size_t count);
vm_term vm_hamt_root(struct vm_cpu *c, size_t size, uint64_t bitmap, const vm_term *children);
// The smallest tree for level and below with two leaves of different keys.
vm_term vm_hamt_fork(struct vm_cpu *c, unsigned level, vm_term leaf, vm_term other);
// A node (or root, its size as it was) with one child put in front of the index, replaced, or taken
// away. `bit` is the one to set or clear in the bitmap.
vm_term vm_hamt_with(struct vm_cpu *c, vm_term node, size_t index, vm_term child, uint64_t bit);
vm_term vm_hamt_replacing(struct vm_cpu *c, vm_term node, size_t index, vm_term child);
vm_term vm_hamt_without(struct vm_cpu *c, vm_term node, size_t index, uint64_t bit);

// Place of a key among a collision node's leaves: true, it is at *index; false, it belongs before.
bool vm_hamt_find_collision(const struct vm *vm, const vm_term *node, vm_term key, size_t *index);

#endif
