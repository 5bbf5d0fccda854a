// module.h - a .beam file as a module: its atoms, imports, exports, literals, lines, types and
// code.
//
// Everything points into the file or lives on the arena given; both must outlive the module. Atoms
// are text: reading a module creates none anywhere. Indexes are the file's own, so that an operand
// is an index: atom 0 does not exist (an operand "atom 0" is []), everything else counts from 0
// except line references (0: no location).
//
// Sizes, counts and the indexes in the tables are checked here; what the code says is not: that is
// code.h and verify.h.
#ifndef FORMAT_MODULE_H
#define FORMAT_MODULE_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"
#include "core-vm/format/chunk.h"
#include "core-vm/format/value.h"

struct beam_code;

struct beam_import {
    uint32_t module, function;  // atoms
    uint32_t arity;
};

// ExpT and LocT.
struct beam_export {
    uint32_t function;  // atom
    uint32_t arity, label;
};

struct beam_lambda {
    uint32_t function;  // atom
    uint32_t arity;     // with its free variables
    uint32_t label, index, num_free, old_uniq;
};

struct beam_literal {
    struct wb_bytes etf;             // external term format, beginning with 131
    const struct beam_value *value;  // decoded
};

// An entry of the line table: operand of `line` is its index; entry 0 is "no location".
struct beam_line {
    uint32_t file;  // index into line_files
    uint32_t line;
};

// Kinds of values, as bits of a type; above them stand flags that depend on the chunk's version.
enum {
    BEAM_TYPE_ATOM = 1 << 0,
    BEAM_TYPE_BITS = 1 << 1,
    BEAM_TYPE_MATCH = 1 << 2,
    BEAM_TYPE_CONS = 1 << 3,
    BEAM_TYPE_FLOAT = 1 << 4,
    BEAM_TYPE_FUN = 1 << 5,
    BEAM_TYPE_INTEGER = 1 << 6,
    BEAM_TYPE_MAP = 1 << 7,
    BEAM_TYPE_NIL = 1 << 8,
    BEAM_TYPE_PID = 1 << 9,
    BEAM_TYPE_PORT = 1 << 10,
    BEAM_TYPE_REF = 1 << 11,
    BEAM_TYPE_TUPLE = 1 << 12,
    BEAM_TYPE_KINDS = 13,
    BEAM_TYPE_ALL = (1 << BEAM_TYPE_KINDS) - 1,
};

// What a Type entry claims. Nobody may believe it: see beam_verify.
struct beam_type {
    uint16_t bits;
    bool has_min, has_max, has_unit;
    uint8_t unit;
    int64_t min, max;
};

struct beam_module {
    struct beam_chunks chunks;
    struct wb_bytes name;  // the module's name: text of atom 1

    struct {
        struct wb_bytes *at;  // UTF-8; at[0] is empty
        uint32_t count;       // with at[0]: valid atoms are 1 .. count-1
        bool wide;            // lengths in OTP 28's form
    } atoms;
    struct {
        struct beam_import *at;
        uint32_t count;
    } imports;
    struct {
        struct beam_export *at;
        uint32_t count;
    } exports, locals;
    struct {
        struct beam_lambda *at;
        uint32_t count;
    } lambdas;
    struct {
        struct beam_literal *at;
        uint32_t count;
        bool packed;          // the chunk is compressed
        struct wb_bytes raw;  // the chunk uncompressed
    } literals;
    struct {
        struct beam_line *at;
        uint32_t count;          // with entry 0; 0: no Line chunk that we understand
        struct wb_bytes *files;  // UTF-8 names; files[0] is the module's own, NAME.erl
        uint32_t file_count;     // with files[0]
        uint32_t instructions;   // number of `line` instructions, as the chunk says
        uint32_t flags;
    } lines;
    struct {
        struct beam_type *at;
        uint32_t count;
        uint32_t version;  // 0: no Type chunk
        bool understood;   // `at` is what the chunk says; else every entry is "any"
    } types;

    struct wb_bytes strings;                         // StrT
    struct wb_bytes attributes, compile_info, meta;  // external terms; size 0: absent

    struct {
        uint32_t format, highest_op, labels, functions;
        struct wb_bytes more;   // rest of the sub-header, empty in files that compilers make
        struct wb_bytes bytes;  // the instructions, and what follows int_code_end
    } code;

    uint8_t md5[16];  // what module_info(md5) gives
};

// Read a whole file. What is missing though OTP needs it, what lies about a size and what cannot be
// decoded is BAD_DATA; what is too big is LIMIT; formats of other releases are UNSUPPORTED.
WB_MUST_CHECK struct wb_error *beam_module_read(struct wb_bytes file, struct wb_arena *arena,
                                                struct beam_module *ret);

// Append the file of a module: every chunk we know made anew from the module's tables, the others
// as they are, in their order; what was never read from a file but has entries now comes last.
// `code`: instructions to write, NULL: module->code.bytes. A module that was read and not changed
// gives the same bytes, but for files that no compiler makes (longer encodings than needed in
// tables).
void beam_module_write(const struct beam_module *module, const struct beam_code *code,
                       struct wb_text *text);

// Append the data of chunk LitT, made anew of the literals there are.
void beam_literals_write(const struct beam_module *module, struct wb_text *text);
// Append the data of chunk Code: what module->code says of it, and the instructions.
void beam_code_chunk_write(const struct beam_module *module, const struct beam_code *code,
                           struct wb_text *text);

// Text of an atom operand; "" when there is no such atom.
struct wb_bytes beam_module_atom(const struct beam_module *module, uint64_t atom);

#endif
