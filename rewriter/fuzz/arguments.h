// arguments.h - what exported functions are called with that nobody knows anything of.
#ifndef FUZZ_ARGUMENTS_H
#define FUZZ_ARGUMENTS_H

#include "core-vm/format/value.h"

enum { RW_FUZZ_ARGUMENTS = 8 };

extern const struct beam_value rw_fuzz_arguments[RW_FUZZ_ARGUMENTS];

#endif
