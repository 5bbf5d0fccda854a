// code.h - a module's bytecode and source side by side, function by function.
#ifndef INSPECTOR_CODE_H
#define INSPECTOR_CODE_H

#include "core-vm/format/code.h"
#include "inspector/session.h"

// A module as it is loaded in the target. One at a time is kept by an insp_code_cache.
struct insp_code {
    struct wb_bytes name;
    struct beam_module module;
    struct beam_code code;
    struct wb_bytes source_file;  // mapped; size 0: not found
    const char *source_path;      // NULL: not found
    const char **source_lines;    // of line 1, 2, ...; not terminated by zero
    size_t source_count;
};
struct insp_code_cache {
    struct wb_arena arena;
    uint64_t serial;
    bool loaded;
    struct insp_code code;
};

// Read a module of the target. Its bytes, and so the result, are valid while the cache keeps it.
// NOT_FOUND: no such module; UNSUPPORTED: the target keeps no file of it.
WB_MUST_CHECK struct wb_error *insp_code_read(struct insp_session *s, struct insp_code_cache *cache,
                                              struct wb_bytes name, const struct insp_code **ret);
void insp_code_cache_free(struct insp_code_cache *cache);

enum insp_code_kind {
    INSP_CODE_TITLE,   // name/arity:
    INSP_CODE_SOURCE,  // a line of source, before the instructions it became
    INSP_CODE_INS,
};
struct insp_code_line {
    enum insp_code_kind kind;
    uint32_t ins;   // INS: index into code.ins
    uint32_t line;  // of the source, 0: not known
};
struct insp_code_lines {
    struct insp_code_line *at;
    size_t count;
};
// The lines of one function, by an instruction in it.
void insp_code_function(const struct insp_code *code, uint32_t ins, struct wb_arena *arena,
                        struct insp_code_lines *ret);
// The instruction a function begins with; BEAM_NO_INS: there is none. arity negative: any.
uint32_t insp_code_find(const struct insp_code *code, struct wb_bytes function, int arity);
// The line an instruction belongs to; 0: not known.
uint32_t insp_code_line_of(const struct insp_code *code, uint32_t ins);
// Append a line's text.
void insp_code_print(const struct insp_code *code, const struct insp_code_line *line,
                     struct wb_text *text);
// A line of the source; size 0: not known.
struct wb_bytes insp_source_line(const struct insp_code *code, uint32_t line);

#endif
