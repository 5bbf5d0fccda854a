// use.h - what a crash dump says its node's memory was used for.
#ifndef DUMP_USE_H
#define DUMP_USE_H

#include "inspector/target/dump/index.h"
#include "inspector/target/target_types.h"

// Groups: "memory", "allocator", "area" (=allocated_areas), "hash table" and "index table" (their
// blocks are what they hold).
void dump_list_uses(const struct dump_index *index, struct wb_arena *arena, struct tgt_uses *ret);

#endif
