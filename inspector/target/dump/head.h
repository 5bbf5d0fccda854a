// head.h - what a crash dump says of itself: who wrote it, when and why.
#ifndef DUMP_HEAD_H
#define DUMP_HEAD_H

#include "inspector/target/dump/index.h"
#include "inspector/target/target_types.h"

// "OTP 25 [erts-13.1.5]"; "" when the dump does not say.
const char *dump_release(const struct dump_index *index, struct wb_arena *arena);
unsigned dump_word_size(const struct dump_index *index);
// Slogan, time and the like, on one line each.
void dump_facts(const struct dump_index *index, struct wb_arena *arena, struct tgt_info *ret);

#endif
