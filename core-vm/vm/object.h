// object.h - how the words of an object are to be read: which are terms (term.h's table).
#ifndef VM_OBJECT_H
#define VM_OBJECT_H

#include "core-vm/vm/term.h"

// How many of the words behind a header are not terms; they come first.
static inline size_t vm_raw_words(vm_term header)
{
    enum { ALL = 255 };
    static const uint8_t raw[VM_SUBTAG_LIMIT] = {
        [VM_TUPLE] = 0,      [VM_MATCH] = 2,      [VM_POS_BIG] = ALL,  [VM_NEG_BIG] = ALL,
        [VM_REF] = ALL,      [VM_FUN] = 2,        [VM_FLOAT] = ALL,    [VM_EXPORT] = ALL,
        [VM_REFC_BIN] = ALL, [VM_HEAP_BIN] = ALL, [VM_SUB_BIN] = 3,    [VM_FLAT_MAP] = 0,
        [VM_HASH_MAP] = 2,   [VM_HASH_NODE] = 1,  [VM_EXTERNAL] = ALL, [VM_SUBTAG_LIMIT - 1] = ALL,
    };
    uint8_t words = raw[vm_subtag(header)];
    return words == ALL ? vm_arity(header) : words;
}

// A cons cell or boxed object, whose words are somewhere.
static inline bool vm_is_pointer(vm_term t)
{
    return ((t + 1) & 3) > 1;
}

#endif
