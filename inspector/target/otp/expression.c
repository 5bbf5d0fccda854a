// DWARF expressions, as far as call frame information uses them: arithmetic over registers and
// memory (DWARF 5, section 2.5).
#include "inspector/target/otp/cfi_priv.h"

enum { MAX_DEPTH = 64, MAX_STEPS = 1000 };

// DW_OP_*.
enum operation {
    OP_DEREF = 0x06,
    OP_CONST1U = 0x08,  // 1u 1s 2u 2s 4u 4s 8u 8s
    OP_CONST8S = 0x0f,
    OP_CONSTU = 0x10,
    OP_CONSTS = 0x11,
    OP_DUP = 0x12,
    OP_DROP = 0x13,
    OP_OVER = 0x14,
    OP_PICK = 0x15,
    OP_SWAP = 0x16,
    OP_ROT = 0x17,
    OP_ABS = 0x19,
    OP_AND = 0x1a,
    OP_MINUS = 0x1c,
    OP_MUL = 0x1e,
    OP_NEG = 0x1f,
    OP_NOT = 0x20,
    OP_OR = 0x21,
    OP_PLUS = 0x22,
    OP_PLUS_UCONST = 0x23,
    OP_SHL = 0x24,
    OP_SHR = 0x25,
    OP_SHRA = 0x26,
    OP_XOR = 0x27,
    OP_BRA = 0x28,
    OP_EQ = 0x29,
    OP_GE = 0x2a,
    OP_GT = 0x2b,
    OP_LE = 0x2c,
    OP_LT = 0x2d,
    OP_NE = 0x2e,
    OP_SKIP = 0x2f,
    OP_LIT0 = 0x30,
    OP_LIT31 = 0x4f,
    OP_BREG0 = 0x70,
    OP_BREG31 = 0x8f,
    OP_DEREF_SIZE = 0x94,
    OP_NOP = 0x96,
};

struct machine {
    struct wb_bytes code;
    struct wb_reader r;
    struct otp_memory *memory;
    const struct otp_registers *registers;
    uint64_t stack[MAX_DEPTH];
    unsigned depth;
    bool bad;
};

static void push(struct machine *m, uint64_t value)
{
    if (m->depth == MAX_DEPTH)
        m->bad = true;
    else
        m->stack[m->depth++] = value;
}

static uint64_t pop(struct machine *m)
{
    if (m->depth == 0) {
        m->bad = true;
        return 0;
    }
    return m->stack[--m->depth];
}

static uint64_t peek(struct machine *m, unsigned below)
{
    if (below >= m->depth) {
        m->bad = true;
        return 0;
    }
    return m->stack[m->depth - 1 - below];
}

static void push_constant(struct machine *m, uint8_t code)
{
    unsigned size = 1u << (code - OP_CONST1U) / 2, unused = 64 - 8 * size;
    uint64_t number = otp_take(&m->r, size);
    bool is_signed = (code - OP_CONST1U) % 2 != 0;
    push(m, is_signed ? (uint64_t)((int64_t)(number << unused) >> unused) : number);
}

static void push_memory(struct machine *m, unsigned size)
{
    uint64_t value = 0;
    if (size == 0 || size > 8 || !otp_read(m->memory, pop(m), &value, size))
        m->bad = true;
    push(m, value);
}

static void push_register(struct machine *m, unsigned reg)
{
    uint64_t offset = (uint64_t)otp_take_sleb(&m->r);
    if (reg >= OTP_REGISTER_COUNT || (m->registers->known >> reg & 1) == 0)
        m->bad = true;
    else
        push(m, m->registers->at[reg] + offset);
}

static void go_to(struct machine *m, bool jump)
{
    int64_t delta = (int16_t)otp_take(&m->r, 2);
    int64_t at = (int64_t)(m->code.size - m->r.rest.size) + delta;
    if (!jump)
        return;
    if (at < 0 || at > (int64_t)m->code.size)
        m->bad = true;
    else
        m->r.rest = (struct wb_bytes){m->code.at + at, m->code.size - (size_t)at};
}

static uint64_t of_two(uint8_t code, uint64_t a, uint64_t b)
{
    int64_t x = (int64_t)a, y = (int64_t)b;
    switch (code) {
    case OP_AND:
        return a & b;
    case OP_MINUS:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_OR:
        return a | b;
    case OP_PLUS:
        return a + b;
    case OP_SHL:
        return b < 64 ? a << b : 0;
    case OP_SHR:
        return b < 64 ? a >> b : 0;
    case OP_SHRA:
        return (uint64_t)(x >> (b < 64 ? b : 63));
    case OP_XOR:
        return a ^ b;
    case OP_EQ:
        return x == y;
    case OP_GE:
        return x >= y;
    case OP_GT:
        return x > y;
    case OP_LE:
        return x <= y;
    case OP_LT:
        return x < y;
    default:
        return x != y;
    }
}

static bool is_of_two(uint8_t code)
{
    return code == OP_AND || code == OP_MINUS || code == OP_MUL || code == OP_OR ||
           code == OP_PLUS || (code >= OP_SHL && code <= OP_XOR) ||
           (code >= OP_EQ && code <= OP_NE);
}

// Operations that only move what is on the stack. False: it is another one.
static bool move(struct machine *m, uint8_t code)
{
    uint64_t a, b, c;
    switch (code) {
    case OP_DUP:
        push(m, peek(m, 0));
        return true;
    case OP_DROP:
        pop(m);
        return true;
    case OP_OVER:
        push(m, peek(m, 1));
        return true;
    case OP_PICK:
        push(m, peek(m, wb_read_u8(&m->r)));
        return true;
    case OP_SWAP:
        a = pop(m), b = pop(m);
        push(m, a), push(m, b);
        return true;
    case OP_ROT:
        a = pop(m), b = pop(m), c = pop(m);
        push(m, a), push(m, c), push(m, b);
        return true;
    default:
        return code == OP_NOP;
    }
}

static bool of_one(struct machine *m, uint8_t code)
{
    switch (code) {
    case OP_DEREF:
        push_memory(m, 8);
        return true;
    case OP_DEREF_SIZE:
        push_memory(m, wb_read_u8(&m->r));
        return true;
    case OP_ABS:
        push(m, (peek(m, 0) >> 63) != 0 ? (uint64_t)0 - pop(m) : pop(m));
        return true;
    case OP_NEG:
        push(m, (uint64_t)0 - pop(m));
        return true;
    case OP_NOT:
        push(m, ~pop(m));
        return true;
    case OP_PLUS_UCONST:
        push(m, pop(m) + otp_take_uleb(&m->r));
        return true;
    case OP_BRA:
        go_to(m, pop(m) != 0);
        return true;
    case OP_SKIP:
        go_to(m, true);
        return true;
    default:
        return false;
    }
}

static void step(struct machine *m)
{
    uint8_t code = wb_read_u8(&m->r);
    if (code >= OP_LIT0 && code <= OP_LIT31) {
        push(m, code - OP_LIT0);
    } else if (code >= OP_BREG0 && code <= OP_BREG31) {
        push_register(m, code - OP_BREG0);
    } else if (code >= OP_CONST1U && code <= OP_CONST8S) {
        push_constant(m, code);
    } else if (code == OP_CONSTU) {
        push(m, otp_take_uleb(&m->r));
    } else if (code == OP_CONSTS) {
        push(m, (uint64_t)otp_take_sleb(&m->r));
    } else if (is_of_two(code)) {
        uint64_t b = pop(m), a = pop(m);
        push(m, of_two(code, a, b));
    } else if (!move(m, code) && !of_one(m, code)) {
        m->bad = true;
    }
}

bool otp_expression(struct wb_bytes code, uint64_t initial, struct otp_memory *memory,
                    const struct otp_registers *registers, uint64_t *ret)
{
    struct machine m = {.code = code, .r = {code, false}, .memory = memory, .registers = registers};
    push(&m, initial);
    for (unsigned i = 0; m.r.rest.size > 0; i++) {
        step(&m);
        if (m.bad || m.r.bad || i == MAX_STEPS)
            return false;
    }
    *ret = pop(&m);
    return !m.bad;
}
