// proc.h - a =proc section of a crash dump as a process.
#ifndef DUMP_PROC_H
#define DUMP_PROC_H

#include "inspector/target/dump/index.h"
#include "inspector/target/places.h"

// `places`: kept on the same arena.
void dump_describe(const struct dump_section *section, struct tgt_places *places,
                   struct wb_arena *arena, struct tgt_proc *ret);
void dump_list_monitors(const struct dump_section *section, struct wb_arena *arena,
                        struct tgt_monitors *ret);
// "0x00007fab013700c4 (lists:map/2 + 12)"; module's size 0: it names no function.
struct tgt_mfa dump_mfa_at(struct wb_bytes text, uint64_t *address);
// Pids between other things, one after another, taken off text. False: no more.
bool dump_next_pid(struct wb_bytes *text, struct tgt_pid *ret);

#endif
