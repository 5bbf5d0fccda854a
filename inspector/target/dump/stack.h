// stack.h - the stack of a process in a crash dump.
#ifndef DUMP_STACK_H
#define DUMP_STACK_H

#include "inspector/target/dump/index.h"
#include "inspector/target/target_types.h"

// `proc`: the process's =proc section. What the dump does not have of the stack is not there; the
// innermost frame always is.
void dump_list_frames(const struct dump_index *index, const struct dump_section *proc,
                      struct wb_arena *arena, struct tgt_frames *ret);

#endif
