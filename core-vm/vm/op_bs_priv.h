// op_bs_priv.h - what the operations on bit strings share.
#ifndef VM_OP_BS_PRIV_H
#define VM_OP_BS_PRIV_H

#include "core-vm/vm/bits.h"
#include "core-vm/vm/op_priv.h"

// Words of a match context and of a part of a binary, headers included.
enum { VM_MATCH_WORDS = 4, VM_SUB_WORDS = 5 };

// What `how` says: see ops_binary.def.
static inline unsigned vm_bs_live(uint64_t how)
{
    return how & 0xFFFF;
}
static inline unsigned vm_bs_need(uint64_t how)
{
    return how >> 16 & 0xFFFF;
}
static inline unsigned vm_bs_flags(uint64_t how)
{
    return how >> 32 & 0xFFFF;
}
static inline unsigned vm_bs_unit(uint64_t how)
{
    return (unsigned)(how >> 48);
}

// Segments of bs_create, three words each: a word of kind, flags, unit (16 bits each) and number;
// source of the value (of a string: offset of its bytes); source of the size (of a string: its
// bits, bare).
#define VM_BS_KINDS(KIND) \
    KIND(append)          \
    KIND(private_append)  \
    KIND(binary) KIND(integer) KIND(float) KIND(utf8) KIND(utf16) KIND(utf32) KIND(string)
enum vm_bs_kind {
#define KIND(name) VM_BS_##name,
    VM_BS_KINDS(KIND)
#undef KIND
        VM_BS_KIND_COUNT,
};

// size * unit; -1 when size is no integer, negative, or so big that no bit string has so many bits.
static inline int64_t vm_bs_bits(vm_term size, unsigned unit)
{
    if (!vm_is_small(size) || vm_small_value(size) < 0 || vm_small_value(size) >> 40 != 0)
        return -1;
    return vm_small_value(size) * (int64_t)unit;
}

#endif
