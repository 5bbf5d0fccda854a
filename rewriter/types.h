// types.h - what the values in registers certainly are before an instruction of a unit.
//
// It is the verifier that knows: docs/verifier.md says how, and core-vm/format/verify.h what it
// tells besides, such as the frame. A type is said as the Type chunk says it (struct beam_type):
// the kinds of terms the value may be of, and for integers between which ends; nothing of what the
// chunk itself claims is believed.
//
// The answers are those of the moment: they are void when the unit changes.
#ifndef REWRITER_TYPES_H
#define REWRITER_TYPES_H

#include "core-vm/format/verify.h"
#include "rewriter/unit.h"

struct rw_types {
    struct beam_known known;
};

// Of all instructions of the unit at once, on the arena: what a function is called with and returns
// is learned from the whole module. Sets `mark` of the instructions, as rw_flow does: an answer of
// the one is void after a question to the other. BAD_DATA: the module breaks a rule (claims of its
// Type chunk aside), so that nothing is known of it.
WB_MUST_CHECK struct wb_error *rw_types(struct rw_unit *unit, struct wb_arena *arena,
                                        struct rw_types *ret);

// Before an instruction. NULL: none of the ways through the module goes there.
const struct beam_before *rw_before(const struct rw_types *types, const struct rw_ins *ins);
// Of an x register or a stack slot there. NULL: it is not set, or has what no instruction may look
// at, or nothing goes there. A match context is a kind, too, and no term.
const struct beam_type *rw_type_before(const struct rw_types *types, const struct rw_ins *ins,
                                       const struct beam_operand *reg);

#endif
