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
    uint64_t key;          // of its id: pid, address of a binary, number of a node; 0: none
    struct wb_bytes id;    // the text behind "=tag:"
    struct wb_bytes body;  // the lines behind it
};

// What is kept of a section, small: a dump has several for every process. `at`, where its "=" is in
// the file, has 40 bits, what is kept of its key 48.
struct dump_entry {
    uint32_t at_low, key_low;
    uint16_t key_high;
    uint8_t at_high, tag;
};

struct dump_index {
    struct wb_bytes file;
    struct dump_entry *entry;  // in the order of the file
    uint32_t *order;           // places in `entry`, sorted by tag, key, place
    size_t count, room;
    size_t first[DUMP_TAG_COUNT + 1];  // where each tag begins in `order`
    bool complete;                     // it ends with =end
};

// Called as the file is read: `part` is done with for now. NULL: nobody wants to know.
typedef void dump_passed(struct wb_bytes part);

// BAD_DATA when it does not begin like a crash dump. Give it back with dump_index_done.
WB_MUST_CHECK struct wb_error *dump_index_make(struct wb_bytes file, dump_passed *passed,
                                               struct dump_index *ret);
void dump_index_done(struct dump_index *index);

static inline size_t dump_count(const struct dump_index *index, enum dump_tag tag)
{
    return index->first[tag + 1] - index->first[tag];
}
// The i-th section of a tag, by key; i < dump_count.
struct dump_section dump_nth(const struct dump_index *index, enum dump_tag tag, size_t i);
// False: no such section. *ret is set only when there is.
bool dump_find(const struct dump_index *index, enum dump_tag tag, uint64_t key,
               struct dump_section *ret);
// The section whose body holds this offset of the file.
bool dump_section_at(const struct dump_index *index, uint64_t offset, struct dump_section *ret);

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
// The number a text begins with.
uint64_t dump_number(struct wb_bytes text);
bool dump_contains(struct wb_bytes text, const char *word);
size_t dump_count_lines(struct wb_bytes body);
// An atom as ~w prints it, without its quotes and escapes.
struct wb_bytes dump_atom(struct wb_bytes text, struct wb_arena *arena);

#endif
