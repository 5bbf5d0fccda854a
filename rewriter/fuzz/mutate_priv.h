// mutate_priv.h - the mutators, and what they share.
#ifndef REWRITER_FUZZ_MUTATE_PRIV_H
#define REWRITER_FUZZ_MUTATE_PRIV_H

#include "core-vm/format/code.h"
#include "rewriter/fuzz/mutate.h"
#include "rewriter/unit.h"

// A file as far as it can be understood.
struct rw_seed {
    bool has_chunks, has_code;
    struct beam_chunks chunks;
    struct beam_module module;  // has_code
    struct beam_code code;
};

typedef bool rw_mutator_fn(struct rw_mutate *m, struct wb_text *out);
#define RW_MUTATOR(name, weight, function, help) rw_mutator_fn function;
#include "rewriter/fuzz/mutators.def"
#undef RW_MUTATOR

// The files taken apart; that is done when somebody asks first.
const struct rw_seed *rw_seed_of(struct rw_mutate *m);
const struct rw_seed *rw_partner_of(struct rw_mutate *m);

// Change some bytes of this piece of memory.
void rw_change_bytes(struct rw_random *random, uint8_t *at, size_t size);
// A number that readers get wrong: 0, -1, powers of two and their neighbours.
uint64_t rw_special(struct rw_random *random);
// Write the last `width` bytes of a number, big-endian.
void rw_put_number(uint8_t *at, size_t width, uint64_t number);

// ---- files with other chunks

// The seed's chunks, to be changed, with room for one more. False: it has none.
bool rw_chunks_begin(struct rw_mutate *m, struct beam_chunks *ret);
void rw_chunks_drop(struct beam_chunks *chunks, size_t at);
// A copy of bytes with room for `more` behind them.
uint8_t *rw_bytes_copy(struct rw_mutate *m, struct wb_bytes bytes, size_t more);
// Write the file with right sizes.
void rw_chunks_emit(struct beam_chunks *chunks, struct wb_text *out);

// ---- code that is changed

// Instructions with room for more. Operands are shared with the seed until rw_operands gives an
// instruction its own.
struct rw_edit {
    struct beam_ins *at;
    uint32_t count, room;
    uint32_t labels, functions;  // as the header shall say
    bool no_end;                 // without int_code_end
};
enum { RW_EDIT_ROOM = 512 };

bool rw_edit_begin(struct rw_mutate *m, struct rw_edit *ret);
struct beam_operand *rw_operands(struct rw_mutate *m, struct beam_ins *ins);
// Give a list elements of its own, with room for `more` behind them.
struct beam_operand *rw_elements(struct rw_mutate *m, struct beam_operand *list, uint32_t more);
// Put an instruction before place `at`. False: there is no room.
bool rw_edit_insert(struct rw_edit *edit, uint32_t at, struct beam_ins ins);
void rw_edit_drop(struct rw_edit *edit, uint32_t at, uint32_t count);
// A new instruction; operands, as many as it has, are copied.
struct beam_ins rw_ins(struct rw_mutate *m, enum beam_op op, const struct beam_operand *operand);
// Write the file with it, other chunks as they are.
void rw_edit_emit(struct rw_mutate *m, const struct rw_edit *edit, struct wb_text *out);

#endif
