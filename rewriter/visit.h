// visit.h - a module looked at, or copied with changes, in one pass and without being opened: each
// instruction is decoded, shown, and forgotten.
#ifndef REWRITER_VISIT_H
#define REWRITER_VISIT_H

#include "core-vm/format/code.h"

// Functions that are NULL are not called. `user` is the caller's.
struct rw_visitor {
    void *user;
    // First: its tables, which may be changed (they are what rw_copy writes).
    void (*module)(void *user, struct beam_module *module);
    // At each func_info; labels and lines before it were shown as instructions already.
    void (*function)(void *user, uint32_t name, uint32_t arity);
    // Each instruction but int_code_end. `out` is where rw_copy writes, NULL when only looking:
    // what is appended to it by beam_ins_write stands before the instruction; false: it is left
    // out. When only looking what it gives does not matter.
    bool (*ins)(void *user, const struct beam_ins *ins, struct wb_text *out);
};

WB_MUST_CHECK struct wb_error *rw_visit(struct wb_bytes file, const struct rw_visitor *visitor);
// Append the file as the visitor leaves it. Counts in the header stay as they were.
WB_MUST_CHECK struct wb_error *rw_copy(struct wb_bytes file, const struct rw_visitor *visitor,
                                       struct wb_text *text);

#endif
