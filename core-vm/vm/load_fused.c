// Several instructions as one. What is looked at is a run of instructions without labels, so
// nothing can enter in its middle.
#include "core-vm/vm/load_priv.h"

static bool is_x8(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_X && o->value < VM_BYTE_REGS;
}

static bool is_y8(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_Y && o->value < VM_BYTE_REGS;
}

static bool is_any8(const struct beam_operand *o)
{
    return is_x8(o) || is_y8(o);
}

// ---- moves

enum move_kind { MOVE_OTHER, MOVE_X_X, MOVE_X_Y, MOVE_Y_X };

static enum move_kind move_kind(const struct beam_ins *ins)
{
    if (ins->op != OP_move)
        return MOVE_OTHER;
    const struct beam_operand *from = &ins->operand[0], *to = &ins->operand[1];
    if (is_x8(from))
        return is_x8(to) ? MOVE_X_X : is_y8(to) ? MOVE_X_Y : MOVE_OTHER;
    return is_y8(from) && is_x8(to) ? MOVE_Y_X : MOVE_OTHER;
}

static uint32_t pair(const struct beam_ins *move)
{
    return VM_BYTES(move->operand[0].value, move->operand[1].value);
}

// Two or three moves of the same kind.
static uint32_t load_moves(struct vm_load *l, const struct beam_ins *ins)
{
    static const enum vm_op_name ops[][2] = {
        [MOVE_X_X] = {VM_OP_move_x_x_2, VM_OP_move_x_x_3},
        [MOVE_X_Y] = {VM_OP_move_x_y_2, VM_OP_move_x_y_3},
        [MOVE_Y_X] = {VM_OP_move_y_x_2, VM_OP_move_y_x_3},
    };
    enum move_kind kind = move_kind(ins);
    const struct beam_ins *second = vm_load_ahead(l, 1), *third = vm_load_ahead(l, 2);
    if (kind == MOVE_OTHER || move_kind(second) != kind)
        return 0;
    bool three = move_kind(third) == kind;
    vm_emit(l, ops[kind][three], pair(ins), pair(second), three ? pair(third) : 0);
    return 2 + three;
}

// A move and what leaves the function or calls.
static uint32_t load_move_and_go(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *from = &ins->operand[0], *to = &ins->operand[1];
    const struct beam_ins *next = vm_load_ahead(l, 1);
    bool to_x0 = to->tag == BEAM_TAG_X && to->value == 0;
    vm_term term;
    if (next->op == OP_return && to_x0 && vm_load_immediate(l, from, &term)) {
        vm_emit(l, VM_OP_move_c_return, 0, 0, 0);
        vm_emit_word(l, term);
        return 2;
    }
    if (!is_any8(from) || !is_x8(to))
        return 0;
    if (next->op == OP_return && to_x0) {
        vm_emit(l, VM_OP_move_return, vm_load_reg8(from), 0, 0);
        return 2;
    }
    if (next->op == OP_deallocate && to_x0 && vm_load_ahead(l, 2)->op == OP_return) {
        vm_emit(l, VM_OP_move_deallocate_return, vm_load_reg8(from),
                (uint32_t)next->operand[0].value, 0);
        return 3;
    }
    if (next->op != OP_call && next->op != OP_call_only)
        return 0;
    vm_emit(l, next->op == OP_call ? VM_OP_move_call : VM_OP_move_call_only,
            VM_BYTES(vm_load_reg8(from), to->value), 0, 0);
    vm_emit_jump(l, next->operand[1].value);
    return 2;
}

uint32_t vm_load_move(struct vm_load *l, const struct beam_ins *ins)
{
    uint32_t taken = load_move_and_go(l, ins);
    return taken > 0 ? taken : load_moves(l, ins);
}

// ---- lists

static bool same(const struct beam_operand *a, const struct beam_operand *b)
{
    return a->tag == b->tag && a->value == b->value;
}

// is_nonempty_list Fail X, get_list X Head Tail
uint32_t vm_load_is_nonempty_list(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_ins *next = vm_load_ahead(l, 1);
    if (next->op != OP_get_list || ins->operand[1].tag != BEAM_TAG_X ||
        !same(&ins->operand[1], &next->operand[0]))
        return 0;
    vm_emit(l, VM_OP_is_list_get, (uint32_t)ins->operand[1].value, 0, 0);
    vm_emit_jump(l, ins->operand[0].value);
    vm_emit_word(l, (uint64_t)vm_load_reg(&next->operand[1]) |
                        (uint64_t)vm_load_reg(&next->operand[2]) << 16);
    return 2;
}

// test_heap Words Live, put_list Head Tail X, perhaps deallocate Slots, return
uint32_t vm_load_test_heap(struct vm_load *l, const struct beam_ins *ins)
{
    uint64_t need = vm_load_heap_words(&ins->operand[0]), live = ins->operand[1].value;
    const struct beam_ins *next = vm_load_ahead(l, 1), *third = vm_load_ahead(l, 2);
    const struct beam_operand *o = next->operand;
    if (next->op != OP_put_list || need > UINT8_MAX || live > UINT8_MAX || !is_any8(&o[0]) ||
        !is_any8(&o[1]) || !is_x8(&o[2]))
        return 0;
    bool returns = third->op == OP_deallocate && third->operand[0].value <= UINT8_MAX &&
                   vm_load_ahead(l, 3)->op == OP_return;
    vm_emit(l, returns ? VM_OP_put_list_need_return : VM_OP_put_list_need, VM_BYTES(need, live),
            VM_BYTES(vm_load_reg8(&o[0]), vm_load_reg8(&o[1])),
            VM_BYTES(o[2].value, returns ? third->operand[0].value : 0));
    return returns ? 4 : 2;
}

// ---- tuples

// Two elements of the same tuple.
uint32_t vm_load_get_tuple_element(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_ins *next = vm_load_ahead(l, 1);
    const struct beam_operand *o = ins->operand, *p = next->operand;
    if (next->op != OP_get_tuple_element || !same(&o[0], &p[0]) || same(&o[0], &o[2]))
        return 0;
    if (!is_x8(&o[0]) || !is_x8(&o[2]) || !is_x8(&p[2]) || o[1].value > UINT8_MAX ||
        p[1].value > UINT8_MAX || !vm_load_proved(l, l->ins) || !vm_load_proved(l, l->ins + 1))
        return 0;
    vm_emit(l, VM_OP_get_elements, VM_BYTES(o[0].value, o[1].value),
            VM_BYTES(o[2].value, p[1].value), (uint32_t)p[2].value);
    return 2;
}

// ---- frames

uint32_t vm_load_fused_allocate(struct vm_load *l, uint32_t slots, uint32_t live)
{
    const struct beam_ins *next = vm_load_ahead(l, 1);
    const struct beam_operand *o = next->operand;
    if (slots > UINT8_MAX || live > UINT8_MAX)
        return 0;
    if (move_kind(next) == MOVE_X_Y && move_kind(vm_load_ahead(l, 2)) != MOVE_X_Y) {
        vm_emit(l, VM_OP_allocate_move, VM_BYTES(slots, live), pair(next), 0);
        return 2;
    }
    if (next->op == OP_get_list && vm_load_proved(l, l->ins + 1) && is_x8(&o[0]) && is_y8(&o[1]) &&
        is_x8(&o[2])) {
        vm_emit(l, VM_OP_allocate_get_list, VM_BYTES(slots, live), VM_BYTES(o[0].value, o[1].value),
                (uint32_t)o[2].value);
        return 2;
    }
    return 0;
}

// ---- arithmetic

// source, source, destination of an arithmetic instruction outside of a guard. False: no such form.
bool vm_load_fused_arithmetic(struct vm_load *l, const struct beam_ins *ins, enum vm_op_name op)
{
    static const enum vm_op_name registers[VM_OP_COUNT] = {[VM_OP_add] = VM_OP_add_any,
                                                           [VM_OP_subtract] = VM_OP_subtract_any,
                                                           [VM_OP_multiply] = VM_OP_multiply_any};
    static const enum vm_op_name constant[VM_OP_COUNT] = {[VM_OP_band] = VM_OP_band_x_i,
                                                          [VM_OP_rem] = VM_OP_rem_x_i,
                                                          [VM_OP_div] = VM_OP_div_x_i,
                                                          [VM_OP_bsr] = VM_OP_bsr_x_i};
    const struct beam_operand *o = ins->operand, *a = &o[3], *b = &o[4], *to = &o[5];
    vm_term term;
    if (o[0].value != 0 || o[1].value > UINT8_MAX || !is_x8(to))
        return false;
    uint32_t live = VM_BYTES(0, o[1].value);
    if (registers[op] != 0 && is_any8(a) && is_any8(b)) {
        vm_emit(l, registers[op], VM_BYTES(vm_load_reg8(a), vm_load_reg8(b)), (uint32_t)to->value,
                live);
        return true;
    }
    if (constant[op] == 0 || !is_x8(a) || !vm_load_immediate(l, b, &term) || !vm_is_small(term) ||
        vm_small_value(term) <= 0 || (op == VM_OP_bsr && vm_small_value(term) >= 60))
        return false;
    vm_emit(l, constant[op], (uint32_t)a->value, (uint32_t)to->value, live);
    vm_emit_word(l, term);
    return true;
}

bool vm_load_fused_add(struct vm_load *l, const struct beam_ins *ins, const struct beam_operand *a,
                       int64_t n)
{
    const struct beam_operand *o = ins->operand;
    if (o[0].value != 0 || o[1].value > UINT8_MAX || !is_x8(a) || !is_x8(&o[5]))
        return false;
    vm_emit(l, VM_OP_add_x_i, (uint32_t)a->value, (uint32_t)o[5].value, VM_BYTES(0, o[1].value));
    vm_emit_word(l, (uint64_t)n << 4);
    return true;
}
