#include <string.h>

#include "rewriter/flow_priv.h"
#include "rewriter/refs.h"

static void use(const struct beam_operand *operand, struct rw_regs *live)
{
    if (operand->tag == BEAM_TAG_X)
        rw_add(live->x, operand->value);
    else if (operand->tag == BEAM_TAG_Y)
        rw_add(live->y, operand->value);
}

static void define(const struct beam_operand *operand, struct rw_regs *live)
{
    if (operand->tag == BEAM_TAG_X)
        rw_drop(live->x, operand->value);
    else if (operand->tag == BEAM_TAG_Y)
        rw_drop(live->y, operand->value);
}

static void use_first(uint64_t count, struct rw_regs *live)
{
    for (uint64_t i = 0; i < count && i < RW_REGS; i++)
        rw_add(live->x, i);
}

static bool is_definition(char list, uint32_t i)
{
    return list == 'M' || (list == 'G' && i % 2 == 1) || list == 'Y';
}

static void define_all(const struct rw_ins *ins, const char *letters, struct rw_regs *live)
{
    for (unsigned i = 0; i < ins->count; i++) {
        const struct beam_operand *operand = &ins->operand[i];
        char letter = letters[i];
        if (letter == 'd' || letter == 'D' || letter == 'R')
            define(operand, live);
        for (uint32_t k = 0; operand->tag == BEAM_TAG_LIST && k < operand->extra; k++)
            if (rw_is_list(letter) && is_definition(letter, k))
                define(&operand->list[k], live);
    }
}

static void use_all(const struct rw_ins *ins, const char *letters, struct rw_regs *live)
{
    for (unsigned i = 0; i < ins->count; i++) {
        const struct beam_operand *operand = &ins->operand[i];
        char letter = letters[i];
        if (strchr("sSrw?y", letter) != NULL || (letter == 'd' && ins->op == OP_swap))
            use(operand, live);
        if (letter == 'n' && operand->tag == BEAM_TAG_U)
            use_first(operand->value, live);
        for (uint32_t k = 0; operand->tag == BEAM_TAG_LIST && k < operand->extra; k++)
            if (!rw_is_list(letter) || !is_definition(letter, k))
                use(&operand->list[k], live);
    }
}

// What no operand says: how many arguments are taken from x0 on; -1: nothing is called.
static int64_t implied_arguments(const struct rw_ins *ins)
{
    const struct beam_operand *operand = ins->operand;
    switch (ins->op) {
    case OP_call:
    case OP_call_last:
    case OP_call_only:
    case OP_call_ext:
    case OP_call_ext_last:
    case OP_call_ext_only:
        return (int64_t)operand[0].value;
    case OP_call_fun:
        return (int64_t)operand[0].value + 1;
    case OP_call_fun2:
        return (int64_t)operand[1].value;
    case OP_apply:
    case OP_apply_last:
        return (int64_t)operand[0].value + 2;
    case OP_func_info:
        return (int64_t)operand[2].value;
    case OP_send:
        return 2;
    case OP_raw_raise:
        return 3;
    case OP_return:
    case OP_bs_init_writable:
    case OP_build_stacktrace:
    case OP_catch_end:
        return 1;
    default:
        return -1;
    }
}

static bool forgets_registers(uint8_t op)
{
    return beam_op_info(op)->flow == BEAM_FLOW_CALL || op == OP_send || op == OP_apply;
}

void rw_step_back(const struct rw_ins *ins, struct rw_regs *live)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    int64_t arguments = implied_arguments(ins);
    if (forgets_registers(ins->op))
        memset(live->x, 0, sizeof live->x);
    else if (arguments >= 0 && info->flow != BEAM_FLOW_STOP)
        rw_drop(live->x, 0);
    if (ins->op == OP_try_case)
        for (uint64_t i = 0; i < 3; i++)
            rw_drop(live->x, i);
    define_all(ins, info->operands, live);
    if (arguments > 0)
        use_first((uint64_t)arguments, live);
    use_all(ins, info->operands, live);
}

static void set_slots(struct rw_frame *frame, const struct beam_operand *operand)
{
    if (operand->tag == BEAM_TAG_Y)
        rw_add(frame->set, operand->value);
    for (uint32_t i = 0; operand->tag == BEAM_TAG_LIST && i < operand->extra; i++)
        set_slots(frame, &operand->list[i]);
}

static void trim(struct rw_frame *frame, uint64_t count)
{
    struct rw_frame old = *frame;
    memset(frame->set, 0, sizeof frame->set);
    for (uint64_t i = count; i < RW_REGS; i++)
        if (rw_has(old.set, i))
            rw_add(frame->set, i - count);
    if (frame->slots >= 0)
        frame->slots -= (int32_t)(count < INT16_MAX ? count : INT16_MAX);
    if (frame->slots < 0)
        frame->slots = RW_FRAME_UNKNOWN;
}

void rw_step_frame(const struct rw_ins *ins, struct rw_frame *frame)
{
    const char *letters = beam_op_info(ins->op)->operands;
    switch (ins->op) {
    case OP_allocate:
    case OP_allocate_heap:
    case OP_allocate_zero:
    case OP_allocate_heap_zero: {
        bool zero = ins->op == OP_allocate_zero || ins->op == OP_allocate_heap_zero;
        frame->slots =
            ins->operand[0].value < RW_REGS ? (int32_t)ins->operand[0].value : RW_FRAME_UNKNOWN;
        memset(frame->set, zero ? 0xff : 0, sizeof frame->set);
        return;
    }
    case OP_deallocate:
        frame->slots = RW_NO_FRAME;
        memset(frame->set, 0, sizeof frame->set);
        return;
    case OP_trim:
        trim(frame, ins->operand[0].value);
        return;
    case OP_try_end:
    case OP_try_case:
    case OP_catch_end:
        return;
    default:
        break;
    }
    for (unsigned i = 0; i < ins->count; i++) {
        bool list = rw_is_list(letters[i]);
        for (uint32_t k = 0; list && k < ins->operand[i].extra; k++)
            if (ins->operand[i].tag == BEAM_TAG_LIST && is_definition(letters[i], k))
                set_slots(frame, &ins->operand[i].list[k]);
        if (letters[i] == 'd' || letters[i] == 'y')
            set_slots(frame, &ins->operand[i]);
    }
}

void rw_each_target(const struct rw_ins *ins, rw_label_fn *fn, void *user)
{
    const char *letters = beam_op_info(ins->op)->operands;
    for (unsigned i = 0; i < ins->count; i++) {
        const struct beam_operand *operand = &ins->operand[i];
        if (letters[i] == 'c')
            continue;
        if (operand->tag == BEAM_TAG_F && operand->value != 0)
            fn(user, operand->value);
        for (uint32_t k = 0; operand->tag == BEAM_TAG_LIST && k < operand->extra; k++)
            if (operand->list[k].tag == BEAM_TAG_F && operand->list[k].value != 0)
                fn(user, operand->list[k].value);
    }
}
