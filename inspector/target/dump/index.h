// index.h - an erl_crash.dump as sections, found by one pass over the mapped file.
//
// A dump is lines of text; a line "=tag:id" begins a section (erts/emulator/beam/break.c writes it,
// "How to interpret the Erlang crash dumps" in ERTS's guide describes it). Dumps are larger than
// memory, cut, damaged in the middle: only the index is kept in memory, and every section stands
// for itself.
#ifndef DUMP_INDEX_H
#define DUMP_INDEX_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

enum dump_tag {
#define DUMP_SECTION(name, text) DUMP_##name,
#include "inspector/target/dump/sections.def"
#undef DUMP_SECTION
    DUMP_TAG_COUNT,
};

struct dump_section {
    enum dump_tag tag;
    uint64_t key;          // of its id: pid, or address of a binary; 0: none
    struct wb_bytes id;    // the text behind "=tag:"
    struct wb_bytes body;  // the lines behind it
};

struct dump_index {
    struct wb_bytes file;
    struct dump_section *section;  // sorted by tag, key, place in the file
    size_t count;
    size_t first[DUMP_TAG_COUNT + 1];  // where each tag's sections begin
    struct dump_section *in_place;     // the same sections in the order of the file
    bool complete;                     // it ends with =end
};

// BAD_DATA when it does not begin like a crash dump.
WB_MUST_CHECK struct wb_error *dump_index_make(struct wb_bytes file, struct wb_arena *arena,
                                               struct dump_index *ret);
// NULL: no such section.
const struct dump_section *dump_find(const struct dump_index *index, enum dump_tag tag,
                                     uint64_t key);
// The section whose body holds this offset of the file. NULL: none.
const struct dump_section *dump_section_at(const struct dump_index *index, uint64_t offset);

// Lines of a body, one after another. False: no more.
bool dump_next_line(struct wb_bytes *rest, struct wb_bytes *line);
// The value of a line "Name: value" of a body; size 0: no such line.
struct wb_bytes dump_field(struct wb_bytes body, const char *name);
// Does text begin with this? Then that is taken off.
bool dump_skip(struct wb_bytes *text, const char *prefix);
uint64_t dump_decimal(struct wb_bytes *text);
uint64_t dump_hexadecimal(struct wb_bytes *text);
// "<0.12.3>" as tgt_pid's id, taken off text; 0: it is none.
uint64_t dump_pid(struct wb_bytes *text);

#endif
