// query.h - questions about lists: `where messages > 10 and name = db group by status sort
// -reductions limit 5`.
//
//   QUERY = [where COND] [group by BY, ...] [sort [by] [-]FIELD, ...] [limit N] [show FIELD, ...]
//   COND  = COND or COND | COND and COND | not COND | ( COND ) | TEST
//   TEST  = FIELD OP VALUE | FIELD [not] in [VALUE, ...] | FLAG-FIELD | FIELD ~ "REGEX"
//         | any ~ "REGEX" | PATTERN            (a pattern is matched against the row's term)
//         | Variable OP TERM                   (of a pattern before it)
//   FIELD = NAME | FIELD.NAME                  (of the process that FIELD names: from.name)
//   OP    = = != < > <= >=
//   VALUE = number with unit (10k, 5M, 300ms) | atom | string | pid | mod:fun/arity | pattern
//   BY    = FIELD | Variable of the pattern
//
// A query is parsed once and run in slices over any number of rows.
#ifndef INSPECTOR_QUERY_H
#define INSPECTOR_QUERY_H

#include "inspector/lex.h"
#include "inspector/table.h"

enum { INSP_GROUP_BY_MAX = 4, INSP_SHOW_MAX = 32, INSP_SORT_MAX = 4 };

struct insp_test;
struct insp_by {
    bool is_var;
    unsigned field, var;
};
struct insp_sort {
    unsigned field;
    bool descending;
};
struct insp_query {
    const struct insp_table *table;
    const struct insp_test *where;  // NULL: all rows
    const struct insp_pattern
        *pattern;  // the one whose variables rows may be grouped by; NULL: none
    struct insp_by by[INSP_GROUP_BY_MAX];
    unsigned by_count;
    struct insp_sort sort[INSP_SORT_MAX];  // the first matters most
    unsigned sort_count;                   // 0: as they come
    uint64_t limit;                        // 0: none
    unsigned show[INSP_SHOW_MAX];
    unsigned show_count;  // 0: those shown by default
};

// Parse the rest of the lexer's text. Results live on its arena. An error says where and what was
// expected; fields that do not exist are answered with those that do.
WB_MUST_CHECK struct wb_error *insp_query_parse(const struct insp_table *table,
                                                struct insp_lexer *lexer, struct insp_query *ret);
WB_MUST_CHECK struct wb_error *insp_query_read(const struct insp_table *table, const char *text,
                                               struct wb_arena *arena, struct insp_query *ret);

struct insp_group {
    struct wb_bytes key;  // the cells' texts, "  " between
    uint64_t count;
    size_t row;  // the first of them
};

struct insp_result {
    bool done;
    uint64_t scanned, total;  // rows, while not done
    bool identity;            // every row, in its order: rows is NULL
    size_t *rows;
    size_t count;
    struct insp_group *groups;  // instead, most frequent first, when the query groups
    size_t group_count;
};

// A query under way. The rows and the query must outlive it.
struct insp_run;
struct insp_run *insp_run_new(const struct insp_query *query, struct insp_rows *rows);
void insp_run_free(struct insp_run *run);
// Go on for about `rows` rows' worth of work (0: to the end). True: done.
bool insp_run_step(struct insp_run *run, uint64_t rows);
const struct insp_result *insp_run_result(const struct insp_run *run);
// Row number i of a result that does not group.
size_t insp_result_row(const struct insp_result *result, size_t i);

#endif
