// term.h - terms of a crash dump: text that refers to lines of heaps by address.
#ifndef DUMP_TERM_H
#define DUMP_TERM_H

#include "inspector/target/dump/index.h"
#include "inspector/target/dump/names.h"
#include "inspector/target/target_types.h"

// Lines "ADDRESS:object" by address, sorted; of one heap, or of the literals.
struct dump_object {
    uint64_t address;
    const uint8_t *at;  // behind the colon
};
struct dump_heap {
    bool is_open;
    uint64_t pid;  // whose heap it is; 0: nobody's
    struct dump_object *object;
    size_t count;
    struct wb_arena arena;
};

struct dump_terms {
    const struct dump_index *index;
    struct dump_heap literals;
    struct dump_heap heap;  // of the process looked at last
    struct dump_names names;
};

void dump_terms_done(struct dump_terms *terms);
// Read the term whose text begins at this offset of the file, with the heap of process `pid` (0:
// only literals).
void dump_read_term(struct dump_terms *terms, uint64_t offset, uint64_t pid,
                    struct tgt_limits limits, struct wb_arena *arena, struct beam_value *ret);

#endif
