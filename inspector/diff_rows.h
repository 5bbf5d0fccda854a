// diff_rows.h - which rows of a table of ETS are different.
//
// Rows are the same when they print the same, within the limits of the session after. A row of a
// set has changed when another with its key is there.
#ifndef INSPECTOR_DIFF_ROWS_H
#define INSPECTOR_DIFF_ROWS_H

#include "inspector/diff_match.h"

struct insp_diff_rows {
    bool too_many;  // they were not compared
    size_t appeared, went, changed;
    struct insp_rows before, after;
    struct insp_match same, keyed;
};

// Of a table that both targets have. Nothing is different where one of them cannot list rows, or
// where the owner is sensitive. To be given back with insp_diff_rows_done.
WB_MUST_CHECK struct wb_error *insp_diff_rows(struct insp_session *before,
                                              const struct tgt_table *of_before,
                                              struct insp_session *after,
                                              const struct tgt_table *of_after,
                                              struct wb_arena *arena, struct insp_diff_rows *ret);
void insp_diff_rows_done(struct insp_diff_rows *rows);

// Lines "    + row", "    - row" and "    ~ row -> row", `most` of each kind.
void insp_diff_rows_print(struct insp_diff_rows *rows, size_t most, struct wb_text *text);
// A member "rows": how many, and the first of each kind.
void insp_diff_rows_json(struct insp_diff_rows *rows, struct wb_json *json);

#endif
