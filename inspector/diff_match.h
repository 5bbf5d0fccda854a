// diff_match.h - which row of one list is which of another.
#ifndef INSPECTOR_DIFF_MATCH_H
#define INSPECTOR_DIFF_MATCH_H

#include "inspector/table.h"

enum { INSP_MOST_KEYS = 16 };

// Fields of a table, by number.
struct insp_fields {
    unsigned at[INSP_MOST_KEYS];
    unsigned count;
};
// Names with blanks between them; a name that the table does not have is left out.
struct insp_fields insp_fields_of(const struct insp_table *table, const char *names);
// What stands in these fields of a row, with `between` between them; of empty ones nothing.
void insp_fields_print(struct insp_rows *rows, size_t row, const struct insp_fields *fields,
                       const char *between, struct wb_text *text);

#define INSP_NO_ROW SIZE_MAX
// For each row the row of the other list that has the same key, or INSP_NO_ROW. Of rows with equal
// keys the first is the first there, and so on.
struct insp_match {
    size_t *before, *after;
};
void insp_match(struct insp_rows *before, struct insp_rows *after, const struct insp_fields *key,
                struct wb_arena *arena, struct insp_match *ret);

#endif
