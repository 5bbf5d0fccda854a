// load_priv.h - translating a module's instructions: what the loader's files share.
//
// Each generic instruction becomes internal ones. First its SPECIAL of load_*.def is asked, if it
// has one: a function that may look ahead and take several instructions at once; when that takes
// none, the first RULE whose pattern fits is used. To add an operation: a row in ops_*.def, the
// function in op_*.c, a RULE (or SPECIAL) in load_*.def of the same subject.
#ifndef VM_LOAD_PRIV_H
#define VM_LOAD_PRIV_H

#include "core-vm/format/verify.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"

enum { VM_NO_WORD = UINT32_MAX };

// What a word must still become, once it is known where things are.
enum vm_fix_kind {
    VM_FIX_JUMP,     // upper half of the instruction: words from its start to the label
    VM_FIX_LABEL,    // whole word: the same
    VM_FIX_LITERAL,  // whole word: literal number `to`
    VM_FIX_STRING,   // whole word: offset in the string chunk, becomes the image's
    VM_FIX_FUN,      // whole word: the fun of lambda `to`, which has no free variables
};
struct vm_fix {
    enum vm_fix_kind kind;
    uint32_t at;     // index of the word
    uint32_t start;  // index of the instruction's first word
    uint32_t to;     // label, literal or lambda
};

struct vm_load_line {
    uint32_t at;  // index of a word
    uint32_t file, line;
};

struct vm_load {
    struct vm *vm;
    struct wb_arena *arena;  // for what lives until the module is loaded
    const struct beam_module *module;
    const struct beam_code *code;
    const struct beam_verdict *verdict;
    vm_term *atoms;     // terms by the file's index; [0] is []
    uint64_t *imports;  // offsets of struct vm_export
    uint64_t *lambdas;  // offsets of struct vm_lambda
    uint32_t ins;       // index of the generic instruction being translated
    uint32_t start;     // index of the first word of the internal one being emitted
    uint32_t on_load;   // index of the word where the on_load function begins, or VM_NO_WORD
    struct {
        uint64_t *at;
        uint32_t *ins;  // generic instruction of each word
        uint32_t count, capacity;
    } words;
    struct {
        struct vm_fix *at;
        uint32_t count, capacity;
    } fixes;
    struct {
        struct beam_value *at;  // the file's own first, then what code needs besides
        uint32_t count, capacity;
    } literals;
    struct {
        struct vm_load_line *at;
        uint32_t count, capacity;
    } lines;
    uint32_t *labels;     // index of the word of each label, or VM_NO_WORD
    bool *loops;          // labels that are jumped to from behind them
    uint32_t *functions;  // index of the word of each function's func_info
    uint32_t function_count;
    struct wb_error *error;  // the first that happened; later emissions do nothing harmful
};

// Translates the instruction at `ins` and perhaps those behind it; says how many it took, 0: none.
// Labels and lines are instructions too, so looking ahead never crosses one unseen.
typedef uint32_t vm_load_fn(struct vm_load *l, const struct beam_ins *ins);
// The instruction `n` behind the current one; int_code_end when there is none.
const struct beam_ins *vm_load_ahead(const struct vm_load *l, uint32_t n);

// Begin an internal instruction / append to it.
void vm_emit(struct vm_load *l, enum vm_op_name op, uint32_t a, uint32_t b, uint32_t c);
void vm_emit_word(struct vm_load *l, uint64_t word);
// A label as displacement in fields b and c / as a word of its own. Label 0 becomes 0.
void vm_emit_jump(struct vm_load *l, uint64_t label);
void vm_emit_label(struct vm_load *l, uint64_t label);
// Any source as a word: VM_REG_X, VM_REG_Y, or a term.
void vm_emit_source(struct vm_load *l, const struct beam_operand *o);
// The fun of a lambda without free variables, as a word.
void vm_emit_fun(struct vm_load *l, uint32_t lambda);
// Keep a value as a literal of the module; its index.
uint32_t vm_load_literal(struct vm_load *l, const struct beam_value *value);
// A literal by index as a word.
void vm_emit_literal(struct vm_load *l, uint64_t index);
// Offset of bytes of the string chunk, as a word; the verifier has seen that they exist.
void vm_emit_string(struct vm_load *l, uint64_t offset);
// A register, as fields hold it: see vm_reg in op_priv.h; as bytes do: vm_reg8 (the register is
// below VM_BYTE_REGS); as words hold it: VM_REG_X, VM_REG_Y.
uint32_t vm_load_reg(const struct beam_operand *o);
uint32_t vm_load_reg8(const struct beam_operand *o);
uint64_t vm_load_reg_word(const struct beam_operand *o);
// The words to be reserved by a number or an allocation list.
uint64_t vm_load_heap_words(const struct beam_operand *o);
// Its types are proved, and nobody asked for checks in spite of that.
bool vm_load_proved(const struct vm_load *l, uint32_t ins);
// A source that is a term without memory: *ret is its word.
bool vm_load_immediate(const struct vm_load *l, const struct beam_operand *o, vm_term *ret);
// What the flags of a segment say (enum vm_segment_flag): a number, [] or a literal list of atoms.
unsigned vm_load_segment_flags(const struct vm_load *l, const struct beam_operand *o);
// The string chunk has so many bits at that offset.
bool vm_load_string_exists(const struct vm_load *l, uint64_t offset, uint64_t bits);
// Shorter forms (load_fused.c). How many instructions were taken, 0: none fits / false: none fits.
uint32_t vm_load_fused_allocate(struct vm_load *l, uint32_t slots, uint32_t live);
bool vm_load_fused_arithmetic(struct vm_load *l, const struct beam_ins *ins, enum vm_op_name op);
bool vm_load_fused_add(struct vm_load *l, const struct beam_ins *ins, const struct beam_operand *a,
                       int64_t n);
void vm_load_fail(struct vm_load *l, struct wb_error *error);

// Translate all instructions of the module.
void vm_load_translate(struct vm_load *l);

#define SPECIAL(generic, function) vm_load_fn function;
#define RULE(generic, operands, when, op, places)
#include "core-vm/vm/load_rules.def"
#undef RULE
#undef SPECIAL

#endif
