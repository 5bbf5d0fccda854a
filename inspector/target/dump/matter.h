// matter.h - what a crash dump says of everything but processes.
#ifndef DUMP_MATTER_H
#define DUMP_MATTER_H

#include "inspector/target/dump/index.h"
#include "inspector/target/target_types.h"

void dump_list_modules(const struct dump_index *index, struct wb_arena *arena,
                       struct tgt_modules *ret);
void dump_list_tables(const struct dump_index *index, struct wb_arena *arena,
                      struct tgt_tables *ret);
// Their terms are offsets of text as ~w prints it: dump_read_printed. Times count from when the
// dump was written.
void dump_list_timers(const struct dump_index *index, struct wb_arena *arena,
                      struct tgt_timers *ret);
void dump_list_ports(const struct dump_index *index, struct wb_arena *arena, struct tgt_ports *ret);
void dump_list_threads(const struct dump_index *index, struct wb_arena *arena,
                       struct tgt_threads *ret);
void dump_list_channels(const struct dump_index *index, struct wb_arena *arena,
                        struct tgt_channels *ret);
void dump_list_atoms(const struct dump_index *index, struct wb_arena *arena, struct tgt_atoms *ret);

#endif
