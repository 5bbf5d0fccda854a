// map.h - maps: flat ones (sorted keys, up to 32 pairs) and hashed ones (HAMT, as in Bagwell 2001).
#ifndef VM_MAP_H
#define VM_MAP_H

#include "core-vm/vm/cpu.h"

enum { VM_FLAT_MAP_LIMIT = 32 };

// Value of key, VM_NONE: not there. `map` must be a map.
vm_term vm_map_get(const struct vm *vm, vm_term map, vm_term key);
static inline size_t vm_map_size(const char *base, vm_term map)
{
    const vm_term *words = vm_boxed_at(base, map);
    return vm_subtag(*words) == VM_FLAT_MAP ? vm_arity(*words) - 1 : words[1];
}
// The map with one pair more or changed. VM_NONE: out of memory, exception set.
vm_term vm_map_put(struct vm_cpu *c, vm_term map, vm_term key, vm_term value);
// Keys and values in turns.
struct vm_map_pairs {
    const vm_term *at;
    size_t count;  // of pairs
};
// The map with these pairs more or changed; later keys win. One step, where many vm_map_put would
// make as many maps.
vm_term vm_map_put_all(struct vm_cpu *c, vm_term map, struct vm_map_pairs pairs);
// The same when all keys must be there already. False: *missing is the first that is not.
bool vm_map_update_all(struct vm_cpu *c, vm_term map, struct vm_map_pairs pairs, vm_term *missing,
                       vm_term *ret);
// The map without key; the same one if it was not there.
vm_term vm_map_remove(struct vm_cpu *c, vm_term map, vm_term key);
// All pairs of both; those of `b` win.
vm_term vm_map_merge(struct vm_cpu *c, vm_term a, vm_term b);
// A map of count pairs key, value, key, ...; later keys win.
vm_term vm_map_of(struct vm_cpu *c, const vm_term *pairs, size_t count);

// All pairs in the order that maps:to_list gives. {.map = m} begins; false: no more. Hashed maps go
// backwards through their tree as OTP's maps:keys, maps:to_list and term_to_binary do, and forwards
// with .forward = true, as its maps:next.
struct vm_map_walk {
    vm_term map;
    bool forward, begun;
    unsigned char depth;
    size_t index;      // flat: next pair
    vm_term node[17];  // hashed: path from the root
    size_t left[17];   // children of each not yet visited
};
bool vm_map_next(const char *base, struct vm_map_walk *walk, vm_term *key, vm_term *value);

#endif
