// unit_priv.h - what a unit keeps for itself: how large its tables are, and where things are in
// them.
#ifndef REWRITER_UNIT_PRIV_H
#define REWRITER_UNIT_PRIV_H

#include "core-vm/format/verify.h"
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
// All handles are new: what was known of where things are is not so any more.
void rw_pool_forget(struct rw_pool *pool);
// Nothing is in its pool twice: atoms, imports, literals, lines, types.
bool rw_pool_is_unique(const struct rw_unit *unit);

// Room for one more of `size` bytes behind `count`: `at`, or a larger copy of it on the arena.
void *rw_grow(struct wb_arena *arena, void *at, size_t count, size_t *room, size_t size);

// What OTP stores with every fun: the first bits of the module's digest.
uint32_t rw_old_uniq(const struct beam_module *module);

// Put a function behind the others, its instructions still to come.
void rw_function_link(struct rw_unit *unit, struct rw_function *function);

// Put an instruction at the end, sharing `operand`.
struct rw_ins *rw_append(struct rw_unit *unit, struct rw_function *function, uint8_t op,
                         const struct beam_operand *operand);
// The module has a line table from now on, if it had none.
void rw_start_lines(struct rw_unit *unit);
// A table of types, if it had none.
void rw_start_types(struct rw_unit *unit);
// The number of a source file; "": the module's own.
uint32_t rw_file(struct rw_unit *unit, struct wb_bytes file);

// Numbers in order (cover_lines.c). Find: NULL when it is not there.
void rw_sort_numbers(uint32_t *at, size_t count);
const uint32_t *rw_find_number(const uint32_t *at, size_t count, uint32_t number);

// Bytes of one's own, and a zero behind them.
struct wb_bytes rw_copy_bytes(struct wb_arena *arena, struct wb_bytes bytes);
// The first fault, but for those of one rule (BEAM_RULES: of every one).
WB_MUST_CHECK struct wb_error *rw_first_fault(const struct beam_module *module,
                                              const struct beam_code *code,
                                              const struct beam_verdict *verdict,
                                              enum beam_rule except);
// Read a file and verify it: all of it on the arena.
WB_MUST_CHECK struct wb_error *rw_verify(struct wb_bytes file, struct wb_arena *arena,
                                         struct beam_module *module, struct beam_code *code,
                                         struct beam_verdict *ret);

// Copy an operand and the list or the bytes it has.
struct beam_operand rw_copy_operand(struct wb_arena *arena, const struct beam_operand *operand);

#endif
