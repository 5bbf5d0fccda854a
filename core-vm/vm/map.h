// map.h - maps: flat ones (sorted keys, up to 32 pairs) and hashed ones (HAMT, as in Bagwell 2001).
#ifndef VM_MAP_H
#define VM_MAP_H

#include "core-vm/vm/cpu.h"

enum { VM_FLAT_MAP_LIMIT = 32 };

// Value of key, VM_NONE: not there. `map` must be a map.
vm_term vm_map_get(const struct vm *vm, vm_term map, vm_term key);
size_t vm_map_size(const char *base, vm_term map);
// The map with one pair more or changed. VM_NONE: out of memory, exception set.
vm_term vm_map_put(struct vm_cpu *c, vm_term map, vm_term key, vm_term value);
// The map without key; the same one if it was not there.
vm_term vm_map_remove(struct vm_cpu *c, vm_term map, vm_term key);
// A map of count pairs key, value, key, ...; later keys win.
vm_term vm_map_of(struct vm_cpu *c, const vm_term *pairs, size_t count);

// All pairs in the order that maps:to_list gives. {.map = m} begins; false: no more.
struct vm_map_walk {
    vm_term map;
    size_t index;      // flat: next pair
    vm_term node[16];  // hashed: path from the root
    unsigned char slot[16], depth;
    bool begun;
};
bool vm_map_next(const char *base, struct vm_map_walk *walk, vm_term *key, vm_term *value);

#endif
