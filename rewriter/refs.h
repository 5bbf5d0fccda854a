// refs.h - what the operands of an instruction name: the entries of pools, by the letters of
// opcodes.def.
#ifndef REWRITER_REFS_H
#define REWRITER_REFS_H

#include "rewriter/unit.h"

enum rw_pool_kind {
    RW_ATOM,
    RW_IMPORT,
    RW_LITERAL,
    RW_LINE,
    RW_LAMBDA,
    RW_TYPE,
    RW_LABEL,
    RW_STRING,
    RW_POOLS
};

// The other handle that shall stand in the place of this one; or the same.
typedef uint64_t rw_ref_fn(void *user, enum rw_pool_kind kind, uint64_t handle);

// Ask `fn` for every handle in the operands of `op`, in their order. What it gives is looked at
// only when `arena` is not NULL: then the result is the operands with it, on the arena; else NULL.
const struct beam_operand *rw_refs(uint8_t op, const struct beam_operand *operand,
                                   struct wb_arena *arena, rw_ref_fn *fn, void *user);

// A list of operands stands where opcodes.def has this letter.
bool rw_is_list(char letter);
// The letter for the elements of a list whose letter in opcodes.def is `list`: of element `i`.
char rw_element_letter(char list, uint32_t i);

#endif
