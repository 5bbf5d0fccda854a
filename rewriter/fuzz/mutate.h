// mutate.h - .beam files made of others: changed bytes, chunks, instructions, tables; rules broken
// one at a time; two files crossed; and files made from nothing.
//
// To add a mutator: a row in mutators.def, a function in the mutate_*.c that fits.
#ifndef REWRITER_FUZZ_MUTATE_H
#define REWRITER_FUZZ_MUTATE_H

#include "core-vm/base/arena.h"
#include "core-vm/base/text.h"
#include "core-vm/format/verify.h"
#include "rewriter/fuzz/random.h"

struct rw_seed;  // a file taken apart

struct rw_mutate {
    struct rw_random random;
    struct wb_bytes file, other;  // what is changed, and what it may be crossed with
    struct wb_arena arena;        // of the change being made
    struct wb_arena taken;        // of what was taken apart
    struct rw_seed *seed;         // NULL: not looked at yet
    struct rw_seed *partner;      // the same of `other`
};

enum rw_mutator {
#define RW_MUTATOR(name, weight, function, help) RW_MUTATOR_##name,
#include "rewriter/fuzz/mutators.def"
#undef RW_MUTATOR
    RW_MUTATOR_COUNT,
};
const char *rw_mutator_name(enum rw_mutator mutator);

// From here on `file` is changed; `other` may be the same. Both must stay until the next begin.
void rw_mutate_begin(struct rw_mutate *m, struct wb_bytes file, struct wb_bytes other);
void rw_mutate_done(struct rw_mutate *m);
// Put a changed copy in *out (which is emptied), made by a mutator chosen at random. Which one:
// where a mutator cannot do anything with the file, bytes are changed.
enum rw_mutator rw_mutate_any(struct rw_mutate *m, struct wb_text *out);
// The same by this mutator. False: it can do nothing with the file; *out is empty.
bool rw_mutate_by(struct rw_mutate *m, enum rw_mutator mutator, struct wb_text *out);

// The ways to break one rule of the verifier, by index, with the rule.
size_t rw_breaker_count(void);
const char *rw_breaker_name(size_t index, enum beam_rule *rule);
// Put a copy in *out that breaks it. False: the file has nothing of the kind.
bool rw_break_rule(struct rw_mutate *m, size_t index, struct wb_text *out);

#endif
