// unit_priv.h - what a unit keeps for itself: how large its tables are, and where things are in
// them.
#ifndef REWRITER_UNIT_PRIV_H
#define REWRITER_UNIT_PRIV_H

#include "rewriter/unit.h"

// Entries of a table by their content: open addressing; a slot is an entry's index + 1.
struct rw_index {
    uint32_t *slot;
    size_t slots, count;
};

struct rw_pool {
    size_t atoms, imports, exports, locals, lambdas, literals, lines, files, types;  // room
    struct rw_index atom, import, literal, line, type;
    struct wb_text strings;         // once something was added
    struct rw_function **at_label;  // entered at a label; made when first asked for
    size_t labels;
};

void rw_pool_free(struct rw_pool *pool);

// Room for one more of `size` bytes behind `count`: `at`, or a larger copy of it on the arena.
void *rw_grow(struct wb_arena *arena, void *at, size_t count, size_t *room, size_t size);

// Copy an operand and the list or the bytes it has.
struct beam_operand rw_copy_operand(struct wb_arena *arena, const struct beam_operand *operand);

#endif
