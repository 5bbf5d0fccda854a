// code.h - loaded code: instructions, modules, exports, lambdas. All in the image's code pool.
//
// An instruction is one 64-bit word {operation, a, b, c} of 16 bits each and as many operand words
// as its operation has (ops.def). Operand words: a term; a register (see VM_REG_*); or the offset
// of an instruction. Words with low bits 00 are never terms, so one word can hold "any source".
#ifndef VM_CODE_H
#define VM_CODE_H

#include "core-vm/vm/term.h"

struct vm_ins {
    uint16_t op, a, b, c;
};

// "Any source" operands: x register n, y register n; everything else is the term itself.
#define VM_REG_X(n)         ((uint64_t)(n) << 4)
#define VM_REG_Y(n)         ((uint64_t)(n) << 4 | 4)
#define VM_IS_REG(word)     (((word)&3) == 0)
#define VM_REG_IS_Y(word)   (((word)&4) != 0)
#define VM_REG_NUMBER(word) ((word) >> 4)

enum { VM_X_REGS = 1024, VM_F_REGS = 1024 };

// An import or export: one per module:function/arity ever named. Never freed.
struct vm_export {
    vm_term module, function;
    uint32_t arity;
    uint32_t bif;      // index into the BIF table, 0: not a BIF
    uint64_t address;  // offset of the code to run: the function, or `stub`
    uint64_t stub[4];  // an instruction that runs the BIF, or raises undef (after trying to load
                       // the module)
    uint64_t next;     // offset, in its hash bucket
};

// What a make_fun3 refers to: one per module:index:uniq, kept while funs may refer to it.
struct vm_lambda {
    vm_term module, function;  // function: of the lifted closure, '-main/0-fun-0-'
    uint32_t arity;            // without the free variables
    uint32_t free_count;
    uint32_t index, old_uniq;
    uint8_t uniq[16];
    uint64_t address;  // offset of its code; stub raising badfun when the module is gone
    uint64_t next;     // offset, in its hash bucket
};

// A function's code in a module; in order of address.
struct vm_function {
    uint64_t start, end;  // offsets of its first instruction (func_info) and behind its last
    uint64_t entry;       // offset of the instruction callers jump to
    vm_term name;
    uint32_t arity;
    bool exported;
};

// Instruction to source line: in order of address; each holds until the next.
struct vm_line {
    uint64_t address;  // offset of the first instruction of this line
    uint32_t file;     // 1 based index into files; 0: the module's own name with .erl
    uint32_t line;     // 0: no line
};

// One loaded version of a module.
struct vm_module_code {
    uint64_t code, code_size;         // offset, bytes
    uint64_t literals, literal_size;  // offset of the literal terms' words, bytes
    uint64_t funs, fun_size;  // offset of the funs without free variables, bytes; like literals
                              // they outlive the code, for terms may refer to them
    uint64_t functions, function_count;
    uint64_t lines, line_count;
    uint64_t files, file_count;  // vm_term each: the name as a list of characters (in the literals)
    uint64_t beam,
        beam_size;  // offset of a copy of the .beam file, for those who look; size 0: not kept
    uint64_t ip_to_ins, ip_count;      // offset of uint32_t per code word: index of the generic
                                       // instruction, for those who look
    vm_term attributes, compile_info;  // literal terms
    vm_term source;                    // path it was loaded from as a list of characters, or VM_NIL
    uint8_t md5[16];
    uint64_t on_load;  // offset of the instruction of its on_load function, 0: none
    uint32_t serial;   // counts loads in this VM
};

struct vm_module {
    vm_term name;
    uint64_t current, old;  // offsets of struct vm_module_code
    uint64_t next;          // offset, in order of first loading
    bool on_load_pending;   // the current version's on_load function has not been called, or not
                            // returned: its exports lead nowhere
    vm_term on_load_by;     // the process that runs it, VM_NONE: none
    bool preloaded;         // part of OTP's runtime system: its lines are not shown
    uint64_t exports,
        export_count;  // offset of offsets of its struct vm_export, of the current version
};

#endif
