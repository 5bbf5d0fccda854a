// generate.h - valid modules from a seed: every instruction that the compiler of OTP 25 knows
// occurs in some of them.
//
// A module is functions of pieces (snippets.def). To reach a new instruction add a piece with it.
#ifndef REWRITER_FUZZ_GENERATE_H
#define REWRITER_FUZZ_GENERATE_H

#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

// Append the module that belongs to the seed. Its name is gen_SEED.
WB_MUST_CHECK struct wb_error *rw_generate(uint64_t seed, struct wb_text *text);

#endif
