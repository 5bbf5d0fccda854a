// names.h - the other nodes that ids of a crash dump are of, which it calls by number.
#ifndef DUMP_NAMES_H
#define DUMP_NAMES_H

#include "inspector/target/dump/index.h"

struct dump_name {
    uint64_t number;
    uint32_t creation;  // 0: not known
    struct wb_bytes node;
};
// The ones asked for last.
struct dump_names {
    struct dump_name kept[8];
    size_t next;
    struct wb_arena arena;
};

void dump_names_done(struct dump_names *names);
// The node itself: 0.
struct dump_name dump_node_name(struct dump_names *names, const struct dump_index *index,
                                uint64_t number);

#endif
