// hash.h - the hashes of terms: portable ones whose values programs see, and the one of our own
// maps.
#ifndef VM_HASH_H
#define VM_HASH_H

#include "core-vm/vm/term.h"

struct vm;

// erlang:phash2/1 before it is cut to the range; equal to OTP's for every term.
uint32_t vm_phash2(const struct vm *vm, vm_term t);
// erlang:phash/2's.
uint32_t vm_phash(const struct vm *vm, vm_term t);
// Keys of hashed maps: equal (=:=) terms have equal hashes; `level` gives further bits for
// colliding keys.
uint32_t vm_map_hash(const struct vm *vm, vm_term key, unsigned level);

#endif
