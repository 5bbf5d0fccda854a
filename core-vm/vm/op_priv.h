// op_priv.h - how operations are written: reading operands, going on, calling out.
//
//   VM_OP(move_x_x)            // ops.def: OP(move_x_x, 1)
//   {
//       c->x[ip->b] = c->x[ip->a];
//       VM_NEXT(1);
//   }
//
// In optimised builds an operation ends in a jump to the next one's code (a tail call with the same
// arguments: all six stay in registers). In debug and sanitizer builds it stores them and returns
// to the loop in run.c. Either way VM_NEXT must be the last thing done. Anything slow or that needs
// addresses of locals goes into a helper marked VM_SLOW (cpu.h), so that the operation itself needs
// no stack frame.
#ifndef VM_OP_PRIV_H
#define VM_OP_PRIV_H

#include "core-vm/vm/cpu.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

// Callers enter a function behind its func_info. Of its free variables a fun's are arguments too.
enum { VM_FUNC_INFO_WORDS = 3, VM_MAX_ARGUMENTS = 255 };

enum vm_op_name {
#define OP(name, words) VM_OP_##name,
#include "core-vm/vm/ops.def"
#undef OP
    VM_OP_COUNT,
};

#define OP(name, words) void vm_op_##name(VM_OP_PARAMS);
#include "core-vm/vm/ops.def"
#undef OP

extern const struct vm_op vm_plain_table[VM_OP_COUNT];
extern const struct vm_op vm_watched_table[VM_OP_COUNT];
// Words of each operation, its own included; 0: the last word of the fixed part says how many
// follow.
extern const uint8_t vm_op_words[VM_OP_COUNT];

#define VM_OP(name) void vm_op_##name(VM_OP_PARAMS)

#if VM_THREADED
#define VM_GO(to)                                                             \
    do {                                                                      \
        const struct vm_ins *vm_to_ = (to);                                   \
        VM_TAIL return table[vm_to_->op].run(c, vm_to_, sp, hp, base, table); \
    } while (0)
#else
// The loop in run.c goes on from these.
#define VM_GO(to)                                                                         \
    do {                                                                                  \
        const struct vm_ins *vm_to_ = (to); /* may move sp */                             \
        c->next = (struct vm_cpu_next){.ip = vm_to_, .sp = sp, .hp = hp, .table = table}; \
        return;                                                                           \
    } while (0)
#endif
#if defined(__clang__) && VM_THREADED
#define VM_TAIL __attribute__((musttail))
#else
#define VM_TAIL
#endif

#define VM_NEXT(words)  VM_GO(ip + (words))
// Operand word k (1 is the one behind the instruction).
#define VM_WORD(k)      (((const uint64_t *)(const void *)ip)[k])
// The instruction an operand word names by offset.
#define VM_CODE(offset) ((const struct vm_ins *)(const void *)(base + (offset)))

// Value of an "any source" operand word; where an "any register" destination word leads.
static inline vm_term vm_source(const struct vm_cpu *c, const vm_term *sp, uint64_t word)
{
    if (!VM_IS_REG(word))
        return word;
    return VM_REG_IS_Y(word) ? sp[VM_REG_NUMBER(word)] : c->x[VM_REG_NUMBER(word)];
}
static inline void vm_store(struct vm_cpu *c, vm_term *sp, uint64_t word, vm_term value)
{
    if (VM_REG_IS_Y(word))
        sp[VM_REG_NUMBER(word)] = value;
    else
        c->x[VM_REG_NUMBER(word)] = value;
}

// A register in a field: its place in bytes, low bit 1 for a stack slot.
#define VM_FIELD_X(n) ((n) << 3)
#define VM_FIELD_Y(n) ((n) << 3 | 1)
static inline vm_term *vm_reg(struct vm_cpu *c, vm_term *sp, uint16_t field)
{
    char *from = (char *)((field & 1) != 0 ? sp : c->x);
    return (vm_term *)(void *)(from + (field & ~1u));
}
// The fields as six bytes, counted from 1, and a register in one of them: high bit for a stack
// slot.
#define VM_BYTE(k)       (((const uint8_t *)(const void *)ip)[1 + (k)])
#define VM_BYTES(lo, hi) ((uint32_t)(lo) | (uint32_t)(hi) << 8)
enum { VM_BYTE_REGS = 128 };
static inline vm_term *vm_reg8(struct vm_cpu *c, vm_term *sp, uint8_t byte)
{
    return ((byte & VM_BYTE_REGS) != 0 ? sp : c->x) + (byte & (VM_BYTE_REGS - 1));
}
// Fields b and c as one: how many words on a label is; 0: no label.
static inline int32_t vm_displacement(const struct vm_ins *ip)
{
    return ((const int32_t *)(const void *)ip)[1];
}
// Go to the label of fields b and c.
#define VM_JUMP() VM_GO(ip + vm_displacement(ip))
// A test: on if it holds, else to the label.
#define VM_TEST(holds, words) \
    do {                      \
        if (holds)            \
            VM_NEXT(words);   \
        VM_JUMP();            \
    } while (0)
// An instruction whose fixed part is `fixed` words, the last of them a count of words behind it.
#define VM_NEXT_AFTER(fixed) VM_GO(ip + (fixed) + VM_WORD((fixed)-1))

// Before calling C code that looks at the process (anything that allocates, raises, collects,
// sends): put the registers where it can see them; afterwards take them back.
#define VM_SWAP_OUT()                                                                            \
    (c->proc->sp = (uint64_t)((char *)sp - base), c->proc->htop = (uint64_t)((char *)hp - base), \
     c->proc->ip = (uint64_t)((const char *)ip - base), c->call_ip = c->proc->ip)
#define VM_SWAP_IN() \
    (sp = (vm_term *)(void *)(base + c->proc->sp), hp = (vm_term *)(void *)(base + c->proc->htop))

// Out of reductions, about to enter the function at ip with its arguments in place.
void vm_op_yield(VM_OP_PARAMS);
// Call: to the function at `to`, counting a reduction.
#define VM_ENTER(to)                                                \
    do {                                                            \
        ip = (to);                                                  \
        if (VM_RARE(--c->reds < 0))                                 \
            VM_TAIL return vm_op_yield(c, ip, sp, hp, base, table); \
        VM_GO(ip);                                                  \
    } while (0)
// Where the export's calls go now.
#define VM_EXPORT_CODE(export_offset) \
    VM_CODE(((const struct vm_export *)(const void *)(base + (export_offset)))->address)
// The return address of a call whose instruction is `words` words.
#define VM_PUSH_RETURN(words) (*--sp = (vm_term)((const char *)(ip + (words)) - base))

// Every entry of the watched table: tells the hook, then runs the plain operation.
void vm_op_watch(VM_OP_PARAMS);

// C code set an exception (c->outcome is VM_OUTCOME_ERROR) after VM_SWAP_OUT: go to its handler.
// Defined as an operation so that it can be jumped to: finds the catch, or ends the process.
void vm_op_handle_error(VM_OP_PARAMS);
#define VM_FAIL()                                                      \
    do {                                                               \
        VM_TAIL return vm_op_handle_error(c, ip, sp, hp, base, table); \
    } while (0)
// The same for an operation that may fail in a guard: to the label of fields b and c, if there is
// one.
void vm_op_fail_or_jump(VM_OP_PARAMS);
#define VM_FAIL_OR_JUMP()                                              \
    do {                                                               \
        VM_TAIL return vm_op_fail_or_jump(c, ip, sp, hp, base, table); \
    } while (0)
// A BIF or helper returned VM_NONE: error, yield, wait, trap, exit or freeze according to
// c->outcome.
void vm_op_leave(VM_OP_PARAMS);
#define VM_LEAVE()                                              \
    do {                                                        \
        VM_TAIL return vm_op_leave(c, ip, sp, hp, base, table); \
    } while (0)

#endif
