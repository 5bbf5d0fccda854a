// code.h - the instructions of a module as an array, and back, losslessly.
//
// Reading checks the shape only: known opcodes, tags that exist, numbers that end inside the chunk,
// lists last. Whether operands make sense is verify.h.
#ifndef FORMAT_CODE_H
#define FORMAT_CODE_H

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"
#include "core-vm/format/module.h"
#include "core-vm/format/op.h"

enum beam_tag {
    BEAM_TAG_U,      // number
    BEAM_TAG_I,      // integer
    BEAM_TAG_A,      // atom; 0: []
    BEAM_TAG_X,      // x register
    BEAM_TAG_Y,      // stack slot
    BEAM_TAG_F,      // label; 0: none
    BEAM_TAG_H,      // character (nobody emits it)
    BEAM_TAG_BIG,    // integer that does not fit in 64 bits: bytes
    BEAM_TAG_LIST,   // list: extra operands
    BEAM_TAG_FR,     // float register
    BEAM_TAG_ALLOC,  // allocation list: extra operands, all U: kind (enum beam_alloc), number, ...
    BEAM_TAG_LITERAL,  // index of a literal
};

enum beam_alloc { BEAM_ALLOC_WORDS, BEAM_ALLOC_FLOATS, BEAM_ALLOC_FUNS };

#define BEAM_NO_TYPE UINT32_MAX

// 16 bytes. `extra` is: X, Y: index into the Type chunk or BEAM_NO_TYPE; LIST, ALLOC: number of
// operands at `list`; BIG: number of bytes at `bytes`; else 0.
// `width`: how many bytes each number took in the file ([0] the value, [1] extra, [2] the extended
// tag), because longer forms than needed are legal; 0 means the shortest.
struct beam_operand {
    uint8_t tag;  // enum beam_tag
    uint8_t width[3];
    uint32_t extra;
    union {
        uint64_t value;                   // U A X Y F H FR LITERAL
        int64_t integer;                  // I
        const struct beam_operand *list;  // LIST, ALLOC
        const uint8_t *bytes;             // BIG: two's complement, big-endian
    };
};

static inline bool beam_is_register(const struct beam_operand *operand)
{
    return operand->tag == BEAM_TAG_X || operand->tag == BEAM_TAG_Y;
}

// A segment in the list of bs_create_bin: kind, number, unit, flags, value, size.
enum { BEAM_SEGMENT_PARTS = 6 };

struct beam_ins {
    const struct beam_operand *operand;
    uint32_t at;    // offset in the code chunk's instructions
    uint8_t op;     // enum beam_op
    uint8_t count;  // operands
};

#define BEAM_NO_INS UINT32_MAX

// One func_info. Instructions of a function are first .. end-1.
struct beam_function {
    uint32_t name;  // atom
    uint32_t arity;
    uint32_t first;        // what stands before func_info: its label, a line
    uint32_t info;         // func_info itself
    uint32_t entry;        // the label behind it, where callers enter; BEAM_NO_INS: malformed
    uint32_t end;          // one after the last instruction
    uint32_t info_label;   // 0: none
    uint32_t entry_label;  // 0: none
    uint32_t line;         // line reference of func_info, 0: none
};

struct beam_code {
    struct {
        struct beam_ins *at;
        uint32_t count;  // up to and without int_code_end, if there is one
    } ins;
    struct {
        struct beam_function *at;
        uint32_t count;
    } functions;
    struct {
        uint32_t *at;    // instruction of a label (the first, if defined twice), or BEAM_NO_INS
        uint32_t count;  // as the header says; valid labels are 1 .. count-1
    } labels;
    bool ended;             // int_code_end was there
    struct wb_bytes after;  // bytes behind it, which no loader reads
};

WB_MUST_CHECK struct wb_error *beam_code_read(const struct beam_module *module,
                                              struct wb_arena *arena, struct beam_code *ret);

// Show each instruction of a code chunk in turn, without making an array of them; what it points to
// is gone when `fn` returns. *after: int_code_end and what is behind it.
typedef void beam_walk_fn(void *user, const struct beam_ins *ins);
WB_MUST_CHECK struct wb_error *beam_code_walk(struct wb_bytes bytes, beam_walk_fn *fn, void *user,
                                              struct wb_bytes *after);

// Append one instruction, or all of a code chunk's instructions: byte for byte what was read, when
// nothing was changed.
void beam_ins_write(const struct beam_ins *ins, struct wb_text *text);
void beam_code_write(const struct beam_code *code, struct wb_text *text);

// The compiler knew that instruction `ins` always raises or never returns: behind it stands the
// handler of an exception, which nothing may enter, or another function. Should it go on all the
// same, what is behind it must not run.
bool beam_never_goes_on(const struct beam_code *code, uint32_t ins);

// The function instruction `ins` is in; NULL: before the first one.
const struct beam_function *beam_code_function_at(const struct beam_code *code, uint32_t ins);

#endif
