// try_module.h - all of the format layer over one file: what fuzz_module.c and mangle.c run.
#ifndef FUZZ_TRY_MODULE_H
#define FUZZ_TRY_MODULE_H

#include "core-vm/base/bytes.h"

// How far a file came.
enum trial { TRIAL_UNREADABLE, TRIAL_UNDECODABLE, TRIAL_REFUSED, TRIAL_ACCEPTED };

// Read, decode, verify, disassemble and write back. Aborts when what is written differs from what
// was read.
enum trial try_module(struct wb_bytes file);

#endif
