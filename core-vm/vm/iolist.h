// iolist.h - walking lists of bytes, binaries and lists of them, at any depth.
#ifndef VM_IOLIST_H
#define VM_IOLIST_H

#include "core-vm/vm/heap.h"
#include "core-vm/vm/stack.h"

struct vm_iolist {
    const char *base;
    vm_term rest;  // what is left of the innermost list
    bool bad;      // there was something that may not be there
    bool bits;     // bit strings that are no binaries may be there
    uint8_t byte;
    struct vm_stack outer;  // what is left of the others
};

void vm_iolist_begin(struct vm_iolist *w, const char *base, vm_term list);
// The next byte or bit string; *ret points into `w` or into the image. False: no more, or `bad`.
bool vm_iolist_next(struct vm_iolist *w, struct vm_bits *ret);
void vm_iolist_end(struct vm_iolist *w);

// Size of it all in bits. False: it is no such list.
bool vm_iolist_size(const char *base, vm_term list, bool bits, uint64_t *ret);
// Its bits one after the other as a bit string. VM_NONE: badarg, or out of memory.
vm_term vm_iolist_flatten(struct vm_cpu *c, vm_term list, bool bits);

#endif
