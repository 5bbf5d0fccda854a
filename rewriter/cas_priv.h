// cas_priv.h - what the writer's and the reader's files share.
#ifndef REWRITER_CAS_PRIV_H
#define REWRITER_CAS_PRIV_H

#include <string.h>

#include "core-vm/format/dis.h"
#include "rewriter/cas.h"
#include "rewriter/refs.h"

enum { CAS_TERM_DEPTH = 200, CAS_BASE64_COLUMNS = 76 };
enum { CAS_LITERAL_MINOR = 2, CAS_CHUNK_MINOR = 1 };
enum { CAS_OP_SLOTS = 1024, CAS_MOST_LOCAL = 1 << 20, CAS_MOST_LABEL = 1 << 24 };

// The letter of element `i` of a list of operands whose letter is `letter`, of which those before
// it are known.
char cas_element_letter(const struct beam_module *module, char letter,
                        const struct beam_operand *list, uint32_t i);
// A bare number is an integer there (tag i), else it is a plain number (u).
static inline bool cas_is_integer_place(char letter)
{
    return letter != '\0' && strchr("sSrlRdDyw?", letter) != NULL;
}
// Which chunks are written from the unit's tables; others are written as bytes.
bool cas_is_table(const struct beam_module *module, const struct beam_chunk *chunk);

// The writer.
struct cas_label {
    const struct rw_function *function;  // where it is defined, NULL: nowhere
    uint32_t local;                      // its number in the function, 0: see `role`
    uint8_t role;                        // CAS_INFO, CAS_START
};
enum { CAS_PLAIN, CAS_INFO, CAS_START };

struct cas_writer {
    const struct rw_unit *unit;
    const struct beam_module *module;
    struct wb_text *out;
    struct wb_arena arena;
    struct wb_bytes *atoms;  // as they are printed as operands
    struct wb_text atom_texts;
    struct cas_label *labels;
    const struct rw_function *function;  // whose instructions are written
    bool implied[RW_POOLS];              // the pool's order is that of the code
    uint64_t label_end;                  // labels are numbered up to here, if that is implied
};

static inline void cas_put(struct cas_writer *w, const char *text)
{
    wb_text_add(w->out, text, strlen(text));
}

void cas_number(struct cas_writer *w, const char *before, uint64_t number);
void cas_integer(struct cas_writer *w, int64_t number);
void cas_atom(struct cas_writer *w, uint64_t atom);
// `minor`: the version of the external format that is usual there: literals have CAS_LITERAL_MINOR,
// other chunks CAS_CHUNK_MINOR. A term's text if it reads back as the same bytes, else etf:"...".
void cas_term(struct cas_writer *w, unsigned minor, struct wb_bytes etf,
              const struct beam_value *value);
void cas_base64(struct wb_bytes bytes, bool lines, struct wb_text *text);
void cas_string(struct cas_writer *w, struct wb_bytes bytes);
void cas_type(struct cas_writer *w, const struct beam_type *type);
void cas_line(struct cas_writer *w, uint64_t line);
void cas_ins(struct cas_writer *w, const struct rw_ins *ins);
// Where an instruction's label is.
void cas_label(struct cas_writer *w, uint64_t label);
// Find names of labels, and which pools the code implies.
void cas_look(struct cas_writer *w);

// The reader. A label is a number of its own, CAS_NAMED and more, until all of the text was read.
#define CAS_NAMED ((uint64_t)1 << 32)

struct cas_named {
    uint32_t number;      // 0: not defined
    const uint8_t *used;  // where it was met first
};

// A line of `funs`, `exports` or `locals`.
struct cas_entry {
    struct wb_bytes name;
    uint32_t arity, num_free, index, uniq;
    uint64_t label;
    bool indexed, labelled;
};

struct cas_reader {
    struct wb_bytes text;
    const uint8_t *at, *end;
    struct rw_unit *unit;
    struct wb_arena arena;         // of the reader
    struct rw_function *function;  // instructions go here; NULL: before the first
    struct wb_error *error;        // the first
    struct beam_value *stack;      // of terms being read
    size_t values, room;

    struct cas_named *named;
    size_t named_count, named_room;
    uint32_t *local;  // by a function's own number: index of `named` + 1
    size_t locals, local_room;
    uint32_t info, start;  // of this function
    uint32_t next_label;
    uint32_t *slot;  // functions by name: index of `called` + 1
    size_t slots, called_count, called_room;
    struct cas_called {
        struct wb_bytes name;
        uint32_t arity, named;
    } * called;
    struct beam_operand **fixup;  // whose labels are numbers of `named`
    size_t fixups, fixup_room;
    struct cas_entry *funs, *exports, *locals_listed;
    size_t fun_count, fun_room, export_count, export_room, listed_count, listed_room;
    bool export_listed, local_listed;
    struct wb_bytes packed;  // the literal table as another compressor made it
    struct beam_chunks chunks;
    bool *given;               // its bytes stand in the text
    uint8_t op[CAS_OP_SLOTS];  // instructions by name
};

// Errors stand where the reader is; the first one is kept. All give false.
bool cas_expected(struct cas_reader *r, const char *what);
bool cas_wrong(struct cas_reader *r, const uint8_t *at, const char *fmt, ...) WB_PRINTF(3, 4);

void cas_skip(struct cas_reader *r);  // blanks and comments, not the end of a line
bool cas_take(struct cas_reader *r, char c);
bool cas_need(struct cas_reader *r, char c);
bool cas_at_end(const struct cas_reader *r);  // of the line
bool cas_looks_at(const struct cas_reader *r, const char *word);
bool cas_take_word(struct cas_reader *r, const char *word);  // a whole word
struct wb_bytes cas_word(struct cas_reader *r);              // letters, digits, _ @; size 0: none
bool cas_is_digit(const struct cas_reader *r);
bool cas_u64(struct cas_reader *r, uint64_t *ret);
bool cas_u32(struct cas_reader *r, uint32_t *ret);
bool cas_i64(struct cas_reader *r, int64_t *ret);
// 'quoted' or "quoted" with escapes, as UTF-8 or (raw: each code point a byte).
bool cas_quoted(struct cas_reader *r, char quote, struct wb_text *text);
bool cas_atom_text(struct cas_reader *r, struct wb_bytes *ret);
bool cas_base64_text(struct cas_reader *r, struct wb_text *ret);   // "..." in one line
bool cas_base64_lines(struct cas_reader *r, struct wb_text *ret);  // lines up to `end`
// The rest of the line is empty; go to the next.
bool cas_end_line(struct cas_reader *r);

// A term and its external form, both on the unit's arena.
bool cas_read_term(struct cas_reader *r, unsigned minor, struct beam_value *value,
                   struct wb_bytes *etf);
// A binary's bytes, <<...>>, on the unit's arena.
bool cas_read_string(struct cas_reader *r, struct wb_bytes *ret);
bool cas_read_type(struct cas_reader *r, struct beam_type *ret);
bool cas_read_line_ref(struct cas_reader *r, uint64_t *ret);
bool cas_read_import(struct cas_reader *r, uint64_t *ret);
bool cas_read_name(struct cas_reader *r, struct wb_bytes *name, uint32_t *arity);
bool cas_read_ins(struct cas_reader *r, uint8_t op);
// @N, @info or @start, of which the @ is there; as cas_label_named has it.
bool cas_read_label(struct cas_reader *r, uint64_t *named);

// What a label is called, as CAS_NAMED and a number, whether it was met before or not.
uint64_t cas_label_named(struct cas_reader *r, uint32_t local, uint8_t role);
uint64_t cas_function_label(struct cas_reader *r, struct wb_bytes name, uint32_t arity);
// A function begins: its labels are new.
void cas_names_enter(struct cas_reader *r, struct wb_bytes name, uint32_t arity);
// It stands here, with this number; 0: the next one.
bool cas_define(struct cas_reader *r, uint64_t named, uint32_t number);
// This operand may be a named label: give it its number at the end.
void cas_fix_later(struct cas_reader *r, struct beam_operand *operand);
bool cas_fix_all(struct cas_reader *r);
// The number behind a named label.
bool cas_resolve(struct cas_reader *r, uint64_t *label);
void cas_names_free(struct cas_reader *r);
// Room for one more of `size` bytes in an array on the heap.
void *cas_more(void *at, size_t count, size_t *room, size_t size);

#endif
