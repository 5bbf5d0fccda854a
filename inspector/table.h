// table.h - anything that is listed, as rows with named fields: one way to show, filter and sort.
//
// To add a list: a row in tables.def, a LIST in commands.def, and a file table_NAME.c with its
// fields and functions. The screens, the prompt, the query language and JSON know it then.
#ifndef INSPECTOR_TABLE_H
#define INSPECTOR_TABLE_H

#include "core-vm/base/json.h"
#include "inspector/session.h"

enum insp_kind {
    INSP_NONE,    // nothing to show
    INSP_NUMBER,  // number
    INSP_SIZE,    // number, in bytes
    INSP_TIME,    // number, in ns
    INSP_FLAG,    // number: 0 or 1; shown as the field's title
    INSP_TEXT,    // text, UTF-8
    INSP_NAME,    // text: an atom's, shown without quotes where it needs none
    INSP_PID,     // pid
    INSP_TERM,    // term
    INSP_VALUE,   // value: a term that was read already
    INSP_MFA,     // mfa
    INSP_PLACE,   // place: file:line
};

// What stands where a row and a field meet. What it points to is valid until the rows are asked for
// another row.
struct insp_cell {
    enum insp_kind kind;
    union {
        uint64_t number;
        struct wb_bytes text;
        struct tgt_pid pid;
        struct tgt_term term;
        const struct beam_value *value;
        const struct tgt_mfa *mfa;
        const struct tgt_place *place;
    };
};

// When a field is shown, if nobody chose any.
enum insp_show {
    INSP_SHOWN,
    INSP_HIDDEN,
    INSP_ROOMY,  // on a screen with room to spare
    INSP_ASKED,  // only by name, not even in JSON: it costs too much
};

struct insp_field {
    const char *name;   // in queries and JSON
    const char *title;  // above the column
    enum insp_kind kind;
    int width;  // columns it wants; negative: what is left, at least so many
    enum insp_show show;
    const char *help;
};

struct insp_rows;
struct insp_table {
    const char *name, *help;
    const struct insp_field *fields;
    unsigned field_count;
    int pattern_field;  // that a bare pattern in a query is matched against; -1: none
    int pid_field;      // the process a row is about; -1: none
    uint32_t hide;      // set of fields not shown here unless asked for, besides the hidden ones
    bool takes_pid;     // lists what belongs to one process: `of` says which
    enum tgt_ability needs;
    // Make the rows of the present epoch, in *ret, with what they need on arena.
    struct wb_error *(*open)(struct insp_session *s, struct tgt_pid of, struct wb_arena *arena,
                             struct insp_rows *ret);
    struct insp_cell (*cell)(struct insp_rows *rows, size_t row, unsigned field);
    void (*close)(struct insp_rows *rows);  // NULL: the arena is all there is
    // Something that makes later reads quicker, for a few milliseconds at most; true: there is more
    // of it. May be NULL.
    bool (*warm)(struct insp_rows *rows);
};

struct insp_rows {
    const struct insp_table *table;
    struct insp_session *s;
    struct tgt_pid of;
    size_t count;
    void *data;  // the table's own
};

enum insp_table_name {
#define INSP_TABLE(name) INSP_TABLE_##name,
#include "inspector/tables.def"
#undef INSP_TABLE
    INSP_TABLE_COUNT
};
const struct insp_table *insp_table_at(enum insp_table_name name);
// By name, or an unambiguous beginning of it; NULL: there is none.
const struct insp_table *insp_table_find(struct wb_bytes name);
// Is the field shown when nobody chose any?
bool insp_field_shown(const struct insp_table *table, unsigned field);
// -1: there is none of that name.
int insp_field_find(const struct insp_table *table, struct wb_bytes name);

// Fields lead on: `from.name` is the registered name of the process that `from` names. One number
// says the whole way: the table's field in the low byte, then fields of procs, each plus 1.
enum { INSP_WAY_MOST = 4 };
// Go from `field`, which must be of a process, to a field of procs. -1: there is none, or too far.
int64_t insp_field_then(const struct insp_table *table, unsigned field, struct wb_bytes name);
// The last field of the way.
const struct insp_field *insp_field_at(const struct insp_table *table, unsigned field);
// Append the way as one writes it, or as a title.
void insp_field_name(const struct insp_table *table, unsigned field, struct wb_text *text);
void insp_field_title(const struct insp_table *table, unsigned field, struct wb_text *text);

WB_MUST_CHECK struct wb_error *insp_rows_open(const struct insp_table *table,
                                              struct insp_session *s, struct tgt_pid of,
                                              struct wb_arena *arena, struct insp_rows *ret);
void insp_rows_close(struct insp_rows *rows);
struct insp_cell insp_cell(struct insp_rows *rows, size_t row, unsigned field);

// "skipped", "unseen", "outer".
const char *insp_seen_name(enum tgt_seen seen);
// Append a cell for people; terms on one line, cut after `most` bytes (0: the session's limits
// only).
void insp_cell_print(struct insp_session *s, const struct insp_field *field, struct insp_cell cell,
                     size_t most, struct wb_text *text);
// Bytes in at most five columns: "9999", "9.8k", "120M".
void insp_print_size(uint64_t size, struct wb_text *text);
void insp_cell_json(struct insp_session *s, struct insp_cell cell, struct wb_json *json);
// A term for programs: {"text": "...", ...}.
void insp_term_json(struct insp_session *s, struct tgt_term term, struct wb_json *json);
void insp_value_json(struct insp_session *s, const struct beam_value *value, struct wb_json *json);
// One row as an object.
void insp_row_json(struct insp_rows *rows, size_t row, struct wb_json *json);

#endif
