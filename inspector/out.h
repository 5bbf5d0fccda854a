// out.h - what commands write their answers with: text for people or JSON for programs.
//
// One answer is insp_out_begin, what the command writes, insp_out_end. In JSON it is one object on
// one line, {"version": 1, "command": ..., members, "error": ...}; in text just what was written.
#ifndef INSPECTOR_OUT_H
#define INSPECTOR_OUT_H

#include "core-vm/base/json.h"
#include "inspector/query.h"
#include "inspector/table.h"

// Of the JSON: grows when names or meanings change, not when some are added
// (docs/cryo.schema.json).
enum { INSP_OUT_VERSION = 1 };

struct insp_out {
    struct wb_text *text;  // grows; whoever shows it empties it
    bool is_json;
    unsigned width;  // columns there are; 0: no limit
    struct wb_json json;
};

void insp_out_init(struct insp_out *out, struct wb_text *text, bool is_json, unsigned width);
void insp_out_begin(struct insp_out *out, const char *command);
// Takes err, which may be NULL.
void insp_out_end(struct insp_out *out, struct wb_error *err);

// Text only: a line (a newline is added). Nothing in JSON.
void insp_out_line(struct insp_out *out, const char *fmt, ...) WB_PRINTF(2, 3);
// A sentence: a line of text; a string named `key` in JSON.
void insp_out_say(struct insp_out *out, const char *key, const char *fmt, ...) WB_PRINTF(3, 4);
void insp_out_number(struct insp_out *out, const char *key, uint64_t number);

// One row: its fields one a line, or a member `key` with all of them.
void insp_out_row(struct insp_out *out, const char *key, struct insp_rows *rows, size_t row);
// What a query has found: aligned columns, or a list named as the table.
void insp_out_result(struct insp_out *out, const struct insp_query *query, struct insp_rows *rows,
                     const struct insp_result *result);

// Columns of a text on a terminal, and where the byte is that column `columns` begins at.
size_t insp_columns(struct wb_bytes text);
size_t insp_point_columns(uint32_t point);
size_t insp_cut(struct wb_bytes text, size_t columns);

#endif
