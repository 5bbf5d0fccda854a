// bif_binary_priv.h - what BIFs on binaries share.
#ifndef VM_BIF_BINARY_PRIV_H
#define VM_BIF_BINARY_PRIV_H

#include "core-vm/base/text.h"
#include "core-vm/vm/bits.h"
#include "core-vm/vm/heap.h"

// A bit string of whole bytes; false: t is none.
bool vm_whole_binary(const char *base, vm_term t, struct vm_bits *ret);

// A part as programs give it, in bytes: a negative length counts backwards. False: outside of
// `size` bytes.
struct vm_part {
    uint64_t from, size;
};
bool vm_part_of(uint64_t size, vm_term position, vm_term length, struct vm_part *ret);

// Bytes in one piece: copied if they do not begin at a byte. Give back with vm_piece_done.
struct vm_piece {
    const uint8_t *at;
    size_t size;
    uint8_t *owned;
};
struct vm_piece vm_piece_of(struct vm_bits bits);
void vm_piece_done(struct vm_piece *piece);

// Append character data (lists of code points and UTF-8, at any depth). False: it is none.
bool vm_utf8_text(struct vm_cpu *c, vm_term characters, struct wb_text *text);

#endif
