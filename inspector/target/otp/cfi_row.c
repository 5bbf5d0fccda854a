// The programs of call frame information: run up to an address, they leave the rules that hold
// there (DWARF 5, section 6.4.2).
#include <string.h>

#include "inspector/target/otp/cfi_priv.h"

// DW_CFA_*; of the first three the operand is in the low six bits.
enum instruction {
    ADVANCE = 0x40,
    OFFSET = 0x80,
    RESTORE = 0xc0,
    NOP = 0x00,
    SET_LOC = 0x01,
    ADVANCE1 = 0x02,
    ADVANCE2 = 0x03,
    ADVANCE4 = 0x04,
    OFFSET_EXTENDED = 0x05,
    RESTORE_EXTENDED = 0x06,
    UNDEFINED = 0x07,
    SAME_VALUE = 0x08,
    REGISTER = 0x09,
    REMEMBER = 0x0a,
    RESTORE_STATE = 0x0b,
    DEF_CFA = 0x0c,
    DEF_CFA_REGISTER = 0x0d,
    DEF_CFA_OFFSET = 0x0e,
    DEF_CFA_EXPRESSION = 0x0f,
    EXPRESSION = 0x10,
    OFFSET_EXTENDED_SF = 0x11,
    DEF_CFA_SF = 0x12,
    DEF_CFA_OFFSET_SF = 0x13,
    VAL_OFFSET = 0x14,
    VAL_OFFSET_SF = 0x15,
    VAL_EXPRESSION = 0x16,
    GNU_ARGS_SIZE = 0x2e,
    GNU_NEGATIVE_OFFSET = 0x2f,
};

enum { MAX_REMEMBERED = 8 };

struct run {
    const struct otp_cie *cie;
    struct wb_reader r;
    uint64_t location, pc;
    struct otp_row row, initial;
    struct otp_row remembered[MAX_REMEMBERED];
    unsigned remembered_count;
};

static uint64_t factored(struct run *run, bool is_signed)
{
    uint64_t number = is_signed ? (uint64_t)otp_take_sleb(&run->r) : otp_take_uleb(&run->r);
    return number * (uint64_t)run->cie->data_factor;
}

// Registers that we do not follow (those of the floating point unit) are read over.
static void set_rule(struct run *run, uint64_t reg, struct otp_rule rule)
{
    if (reg < OTP_REGISTER_COUNT)
        run->row.reg[reg] = rule;
}

static void restore_rule(struct run *run, uint64_t reg)
{
    if (reg < OTP_REGISTER_COUNT)
        run->row.reg[reg] = run->initial.reg[reg];
}

static void advance(struct run *run, uint64_t delta)
{
    run->location += delta * run->cie->code_factor;
}

// The address of the frame. False: the instruction is about something else.
static bool run_cfa(struct run *run, uint8_t code)
{
    struct otp_rule *cfa = &run->row.cfa;
    switch (code) {
    case DEF_CFA:
    case DEF_CFA_SF:
        *cfa =
            (struct otp_rule){.kind = OTP_RULE_REGISTER, .reg = (uint32_t)otp_take_uleb(&run->r)};
        cfa->number = code == DEF_CFA ? otp_take_uleb(&run->r) : factored(run, true);
        return true;
    case DEF_CFA_REGISTER:
        cfa->reg = (uint32_t)otp_take_uleb(&run->r);
        return true;
    case DEF_CFA_OFFSET:
        cfa->number = otp_take_uleb(&run->r);
        return true;
    case DEF_CFA_OFFSET_SF:
        cfa->number = factored(run, true);
        return true;
    case DEF_CFA_EXPRESSION:
        *cfa = (struct otp_rule){.kind = OTP_RULE_IS_EXPRESSION,
                                 .expression = otp_take_block(&run->r)};
        return true;
    default:
        return false;
    }
}

// The rule of one register, which comes first.
static bool run_register(struct run *run, uint8_t code)
{
    static const struct {
        enum otp_rule_kind kind;
        char operand;  // u, s: factored; r: a register; e: an expression; n: negative
    } shapes[] = {
        [OFFSET_EXTENDED] = {OTP_RULE_AT, 'u'},
        [UNDEFINED] = {OTP_RULE_UNDEFINED, '-'},
        [SAME_VALUE] = {OTP_RULE_SAME, '-'},
        [REGISTER] = {OTP_RULE_REGISTER, 'r'},
        [EXPRESSION] = {OTP_RULE_AT_EXPRESSION, 'e'},
        [OFFSET_EXTENDED_SF] = {OTP_RULE_AT, 's'},
        [VAL_OFFSET] = {OTP_RULE_IS, 'u'},
        [VAL_OFFSET_SF] = {OTP_RULE_IS, 's'},
        [VAL_EXPRESSION] = {OTP_RULE_IS_EXPRESSION, 'e'},
        [GNU_NEGATIVE_OFFSET] = {OTP_RULE_AT, 'n'},
    };
    if (code >= sizeof shapes / sizeof *shapes || shapes[code].operand == 0)
        return false;
    uint64_t reg = otp_take_uleb(&run->r);
    struct otp_rule rule = {.kind = shapes[code].kind};
    if (shapes[code].operand == 'u' || shapes[code].operand == 's')
        rule.number = factored(run, shapes[code].operand == 's');
    else if (shapes[code].operand == 'n')
        rule.number = (uint64_t)0 - factored(run, false);
    else if (shapes[code].operand == 'r')
        rule.reg = (uint32_t)otp_take_uleb(&run->r);
    else if (shapes[code].operand == 'e')
        rule.expression = otp_take_block(&run->r);
    set_rule(run, reg, rule);
    return true;
}

static bool run_state(struct run *run, uint8_t code)
{
    if (code == REMEMBER) {
        if (run->remembered_count == MAX_REMEMBERED)
            return false;
        run->remembered[run->remembered_count++] = run->row;
        return true;
    }
    if (code == RESTORE_STATE) {
        if (run->remembered_count == 0)
            return false;
        run->row = run->remembered[--run->remembered_count];
        return true;
    }
    if (code == RESTORE_EXTENDED) {
        restore_rule(run, otp_take_uleb(&run->r));
        return true;
    }
    if (code == GNU_ARGS_SIZE) {
        otp_take_uleb(&run->r);
        return true;
    }
    return code == NOP;
}

static bool run_location(struct run *run, uint8_t code)
{
    switch (code) {
    case ADVANCE1:
        advance(run, otp_take(&run->r, 1));
        return true;
    case ADVANCE2:
        advance(run, otp_take(&run->r, 2));
        return true;
    case ADVANCE4:
        advance(run, otp_take(&run->r, 4));
        return true;
    default:
        return false;
    }
}

// False: unknown or damaged.
static bool run_one(struct run *run)
{
    uint8_t code = wb_read_u8(&run->r), operand = code & 0x3f;
    switch (code & 0xc0) {
    case ADVANCE:
        advance(run, operand);
        return true;
    case OFFSET:
        set_rule(run, operand,
                 (struct otp_rule){.kind = OTP_RULE_AT, .number = factored(run, false)});
        return true;
    case RESTORE:
        restore_rule(run, operand);
        return true;
    default:
        return run_location(run, code) || run_cfa(run, code) || run_register(run, code) ||
               run_state(run, code);
    }
}

static bool run_program(struct run *run, struct wb_bytes program)
{
    run->r = (struct wb_reader){program, false};
    while (run->r.rest.size > 0) {
        struct otp_row before = run->row;
        if (!run_one(run) || run->r.bad)
            return false;
        if (run->location > run->pc) {
            run->row = before;
            return true;
        }
    }
    return true;
}

bool otp_row_at(const struct otp_cie *cie, struct wb_bytes program, uint64_t start, uint64_t pc,
                struct otp_row *ret)
{
    struct run run = {.cie = cie, .location = start, .pc = pc};
    if (!run_program(&run, cie->program))
        return false;
    run.initial = run.row;
    run.location = start;
    run.remembered_count = 0;
    if (!run_program(&run, program))
        return false;
    *ret = run.row;
    return true;
}
