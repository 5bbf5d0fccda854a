// second.h - a second opinion on a module that the verifier accepted: what can be seen of each
// instruction by itself, written without looking at how the verifier does it.
#ifndef REWRITER_FUZZ_SECOND_H
#define REWRITER_FUZZ_SECOND_H

#include "core-vm/format/code.h"

// What is wrong, a sentence without numbers; NULL: nothing that can be seen.
const char *rw_second_opinion(const struct beam_module *module, const struct beam_code *code,
                              struct wb_arena *arena);

#endif
