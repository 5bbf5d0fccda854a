// Which x registers still matter at an instruction: backwards over the generic code of the .beam
// file (live variable analysis, as in any compiler's textbook).
#include <string.h>

#include "core-vm/format/code.h"
#include "core-vm/format/module.h"
#include "core-vm/vm/look_priv.h"

// What an instruction does to registers: reads, writes, and where it goes besides the next one.
struct effect {
    uint64_t uses, sets;
    uint64_t jumps;  // what is live at its labels
    bool falls;      // goes on to the next instruction
};

struct flow {
    const struct beam_code *code;
    const struct beam_function *function;
    uint64_t *live;  // before each instruction of the function, from `first` on
    bool waited;     // a receive has begun to wait: it does not look at its time again
};

static uint64_t bit_of(const struct beam_operand *operand)
{
    return operand->tag == BEAM_TAG_X && operand->value < VM_LOOK_LIVE_REGS
               ? UINT64_C(1) << operand->value
               : 0;
}

static uint64_t below(uint64_t count)
{
    return count >= VM_LOOK_LIVE_REGS ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static uint64_t live_at_label(const struct flow *flow, const struct beam_operand *operand)
{
    if (operand->tag != BEAM_TAG_F || operand->value == 0 ||
        operand->value >= flow->code->labels.count)
        return 0;
    uint32_t ins = flow->code->labels.at[operand->value];
    bool inside = ins != BEAM_NO_INS && ins >= flow->function->first && ins < flow->function->end;
    return inside ? flow->live[ins - flow->function->first] : 0;
}

// A list operand: by its letter, which elements are read and which are written.
static void list_effect(const struct flow *flow, char letter, const struct beam_operand *list,
                        struct effect *ret)
{
    for (uint32_t i = 0; i < list->extra; i++) {
        const struct beam_operand *operand = &list->list[i];
        bool written = (letter == 'G' && i % 2 == 1) || letter == 'M';
        ret->sets |= letter == 'G' && written ? bit_of(operand) : 0;
        ret->uses |= written ? 0 : bit_of(operand);
        ret->jumps |= live_at_label(flow, operand);
    }
}

static void operand_effect(const struct flow *flow, char letter, const struct beam_operand *operand,
                           struct effect *ret)
{
    if (operand->tag == BEAM_TAG_LIST) {
        list_effect(flow, letter, operand, ret);
        return;
    }
    switch (letter) {
    case 'd':
    case 'D':
    case 'R':
        ret->sets |= bit_of(operand);
        return;
    case 'f':
    case 'j':
    case 'e':
    case 'z':
        ret->jumps |= live_at_label(flow, operand);
        return;
    default:
        ret->uses |= bit_of(operand);
        return;
    }
}

// What the operands do not say.
static void special_effect(const struct flow *flow, const struct beam_ins *ins, struct effect *ret)
{
    switch (ins->op) {
    case OP_call:
    case OP_call_only:
    case OP_call_last:
    case OP_call_ext:
    case OP_call_ext_only:
    case OP_call_ext_last:
        ret->uses |= below(ins->operand[0].value);
        ret->sets = UINT64_MAX;
        return;
    case OP_call_fun:
        ret->uses |= below(ins->operand[0].value + 1);
        ret->sets = UINT64_MAX;
        return;
    case OP_call_fun2:
        ret->uses |= below(ins->operand[1].value);
        ret->sets = UINT64_MAX;
        return;
    case OP_apply:
    case OP_apply_last:
        ret->uses |= below(ins->operand[0].value + 2);
        ret->sets = UINT64_MAX;
        return;
    case OP_send:
        ret->uses |= below(2);
        ret->sets = UINT64_MAX;
        return;
    case OP_wait:
    case OP_wait_timeout:
        ret->uses = flow->waited ? 0 : ret->uses;
        ret->sets = UINT64_MAX;
        ret->jumps = 0;
        return;
    case OP_return:
    case OP_build_stacktrace:
        ret->uses |= below(1);
        return;
    case OP_raw_raise:
        ret->uses |= below(3);
        return;
    case OP_swap:
        ret->uses |= bit_of(&ins->operand[0]) | bit_of(&ins->operand[1]);
        return;
    case OP_try_case:
    case OP_catch_end:
        ret->sets |= below(3);
        return;
    default:
        return;
    }
}

static struct effect effect_of(const struct flow *flow, const struct beam_ins *ins)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    struct effect effect = {.falls = info->flow != BEAM_FLOW_STOP};
    const char *letters = info->operands == NULL ? "" : info->operands;
    for (uint8_t i = 0; i < ins->count && letters[i] != '\0'; i++)
        operand_effect(flow, letters[i], &ins->operand[i], &effect);
    special_effect(flow, ins, &effect);
    return effect;
}

// One pass from the end to the beginning. True: something was new.
static bool pass(struct flow *flow)
{
    bool changed = false;
    uint32_t first = flow->function->first;
    for (uint32_t i = flow->function->end; i > first; i--) {
        struct effect effect = effect_of(flow, &flow->code->ins.at[i - 1]);
        uint64_t after = effect.falls ? flow->live[i - first] : 0;
        uint64_t before = (after & ~effect.sets) | effect.uses | effect.jumps;
        changed |= before != flow->live[i - 1 - first];
        flow->live[i - 1 - first] = before;
    }
    return changed;
}

static bool live_in(const struct beam_code *code, uint32_t ins, bool waited, struct wb_arena *arena,
                    uint64_t *ret)
{
    const struct beam_function *function = beam_code_function_at(code, ins);
    if (function == NULL || ins >= function->end || ins < function->first)
        return false;
    struct flow flow = {.code = code, .function = function, .waited = waited};
    flow.live = wb_push_array(arena, uint64_t, (size_t)(function->end - function->first) + 1);
    while (pass(&flow))
        ;
    *ret = flow.live[ins - function->first];
    return true;
}

bool vm_look_live(struct wb_bytes beam, uint32_t ins, bool waited, uint64_t *ret)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct beam_code code;
    struct wb_error *err = beam_module_read(beam, &arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &arena, &code);
    bool found = err == NULL && live_in(&code, ins, waited, &arena, ret);
    wb_error_free(err);
    wb_arena_free(&arena);
    return found;
}
