// printed.h - terms that a crash dump has as text, as ~w prints them: messages of timers.
#ifndef DUMP_PRINTED_H
#define DUMP_PRINTED_H

#include "inspector/target/dump/index.h"
#include "inspector/target/target_types.h"

// The term that `line` begins with. What is none comes back as UNREADABLE in its place, with
// `offset` as its word.
void dump_read_printed(struct wb_bytes line, uint64_t offset, struct wb_arena *arena,
                       struct beam_value *ret);

#endif
