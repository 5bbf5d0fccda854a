// Operations for what programs do most: see ops_fused.def.
#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/stacktrace.h"

#define VM_X(k)   (c->x[VM_BYTE(k)])
#define VM_Y(k)   (sp[VM_BYTE(k)])
#define VM_ANY(k) (*vm_reg8(c, sp, VM_BYTE(k)))

VM_OP(move_x_x_2)
{
    VM_X(2) = VM_X(1);
    VM_X(4) = VM_X(3);
    VM_NEXT(1);
}

VM_OP(move_x_x_3)
{
    VM_X(2) = VM_X(1);
    VM_X(4) = VM_X(3);
    VM_X(6) = VM_X(5);
    VM_NEXT(1);
}

VM_OP(move_x_y_2)
{
    VM_Y(2) = VM_X(1);
    VM_Y(4) = VM_X(3);
    VM_NEXT(1);
}

VM_OP(move_x_y_3)
{
    VM_Y(2) = VM_X(1);
    VM_Y(4) = VM_X(3);
    VM_Y(6) = VM_X(5);
    VM_NEXT(1);
}

VM_OP(move_y_x_2)
{
    VM_X(2) = VM_Y(1);
    VM_X(4) = VM_Y(3);
    VM_NEXT(1);
}

VM_OP(move_y_x_3)
{
    VM_X(2) = VM_Y(1);
    VM_X(4) = VM_Y(3);
    VM_X(6) = VM_Y(5);
    VM_NEXT(1);
}

VM_OP(move_return)
{
    c->x[0] = VM_ANY(1);
    VM_GO(VM_CODE(*sp++));
}

VM_OP(move_deallocate_return)
{
    c->x[0] = VM_ANY(1);
    sp += ip->b;
    VM_GO(VM_CODE(*sp++));
}

VM_OP(move_c_return)
{
    c->x[0] = VM_WORD(1);
    VM_GO(VM_CODE(*sp++));
}

VM_OP(move_call)
{
    VM_X(2) = VM_ANY(1);
    VM_PUSH_RETURN(1);
    VM_ENTER(ip + vm_displacement(ip));
}

VM_OP(move_call_only)
{
    VM_X(2) = VM_ANY(1);
    VM_ENTER(ip + vm_displacement(ip));
}

// ---- frames and lists

// Room is made for a frame; nothing is in it yet.
static VM_SLOW bool collect(struct vm_cpu *c, size_t need, unsigned live)
{
    return vm_collect(c, need, live);
}

static VM_SLOW void allocate_move_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!collect(c, VM_BYTE(1), VM_BYTE(2)))
        VM_FAIL();
    VM_SWAP_IN();
    sp -= VM_BYTE(1);
    VM_Y(4) = VM_X(3);
    VM_NEXT(1);
}

VM_OP(allocate_move)
{
    if (VM_RARE(vm_heap_is_short(sp, hp, VM_BYTE(1))))
        VM_TAIL return allocate_move_slow(c, ip, sp, hp, base, table);
    sp -= VM_BYTE(1);
    VM_Y(4) = VM_X(3);
    VM_NEXT(1);
}

static VM_SLOW void allocate_get_list_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!collect(c, VM_BYTE(1), VM_BYTE(2)))
        VM_FAIL();
    VM_SWAP_IN();
    sp -= VM_BYTE(1);
    const vm_term *cell = vm_list_at(base, VM_X(3));
    VM_Y(4) = cell[0];
    VM_X(5) = cell[1];
    VM_NEXT(1);
}

VM_OP(allocate_get_list)
{
    if (VM_RARE(vm_heap_is_short(sp, hp, VM_BYTE(1))))
        VM_TAIL return allocate_get_list_slow(c, ip, sp, hp, base, table);
    sp -= VM_BYTE(1);
    const vm_term *cell = vm_list_at(base, VM_X(3));
    VM_Y(4) = cell[0];
    VM_X(5) = cell[1];
    VM_NEXT(1);
}

VM_OP(is_list_get)
{
    vm_term list = c->x[ip->a];
    if (!vm_is_list(list))
        VM_JUMP();
    const vm_term *cell = vm_list_at(base, list);
    vm_term tail = cell[1];
    *vm_reg(c, sp, (uint16_t)VM_WORD(1)) = cell[0];
    *vm_reg(c, sp, (uint16_t)(VM_WORD(1) >> 16)) = tail;
    VM_NEXT(2);
}

static VM_SLOW void put_list_need_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!collect(c, VM_BYTE(1), VM_BYTE(2)))
        VM_FAIL();
    VM_SWAP_IN();
    hp[0] = VM_ANY(3);
    hp[1] = VM_ANY(4);
    VM_X(5) = vm_make_list(base, hp);
    hp += 2;
    VM_NEXT(1);
}

VM_OP(put_list_need)
{
    if (VM_RARE(vm_heap_is_short(sp, hp, VM_BYTE(1))))
        VM_TAIL return put_list_need_slow(c, ip, sp, hp, base, table);
    hp[0] = VM_ANY(3);
    hp[1] = VM_ANY(4);
    VM_X(5) = vm_make_list(base, hp);
    hp += 2;
    VM_NEXT(1);
}

static VM_SLOW void put_list_need_return_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!collect(c, VM_BYTE(1), VM_BYTE(2)))
        VM_FAIL();
    VM_SWAP_IN();
    hp[0] = VM_ANY(3);
    hp[1] = VM_ANY(4);
    VM_X(5) = vm_make_list(base, hp);
    hp += 2;
    sp += VM_BYTE(6);
    VM_GO(VM_CODE(*sp++));
}

VM_OP(put_list_need_return)
{
    if (VM_RARE(vm_heap_is_short(sp, hp, VM_BYTE(1))))
        VM_TAIL return put_list_need_return_slow(c, ip, sp, hp, base, table);
    hp[0] = VM_ANY(3);
    hp[1] = VM_ANY(4);
    VM_X(5) = vm_make_list(base, hp);
    hp += 2;
    sp += VM_BYTE(6);
    VM_GO(VM_CODE(*sp++));
}

VM_OP(get_elements)
{
    const vm_term *tuple = vm_boxed_at(base, VM_X(1));
    VM_X(3) = tuple[1 + VM_BYTE(2)];
    VM_X(5) = tuple[1 + VM_BYTE(4)];
    VM_NEXT(1);
}

// ---- comparisons

// What these compare, as the slow way reads it: from their fields.
static VM_SLOW int compare_slowly(const struct vm_cpu *c, const struct vm_ins *ip)
{
    switch (ip->op) {
    case VM_OP_is_lt_x_x:
    case VM_OP_is_ge_x_x:
        return vm_compare(c->vm, VM_X(1), VM_X(2));
    case VM_OP_is_lt_x_i:
    case VM_OP_is_ge_x_i:
        return vm_compare(c->vm, c->x[ip->a], VM_WORD(1));
    default:
        return vm_compare(c->vm, VM_WORD(1), c->x[ip->a]);
    }
}

static VM_SLOW void is_lt_slow(VM_OP_PARAMS)
{
    VM_TEST(compare_slowly(c, ip) < 0, ip->op == VM_OP_is_lt_x_x ? 1 : 2);
}

static VM_SLOW void is_ge_slow(VM_OP_PARAMS)
{
    VM_TEST(compare_slowly(c, ip) >= 0, ip->op == VM_OP_is_ge_x_x ? 1 : 2);
}
#define VM_COMPARE(slow, a, order, b, words)                 \
    do {                                                     \
        vm_term left = (a), right = (b);                     \
        if (VM_RARE(!vm_both_small(left, right)))            \
            VM_TAIL return slow(c, ip, sp, hp, base, table); \
        VM_TEST((int64_t)left order(int64_t) right, words);  \
    } while (0)

VM_OP(is_lt_x_x)
{
    VM_COMPARE(is_lt_slow, VM_X(1), <, VM_X(2), 1);
}

VM_OP(is_ge_x_x)
{
    VM_COMPARE(is_ge_slow, VM_X(1), >=, VM_X(2), 1);
}

VM_OP(is_lt_x_i)
{
    VM_COMPARE(is_lt_slow, c->x[ip->a], <, VM_WORD(1), 2);
}

VM_OP(is_ge_x_i)
{
    VM_COMPARE(is_ge_slow, c->x[ip->a], >=, VM_WORD(1), 2);
}

VM_OP(is_lt_i_x)
{
    VM_COMPARE(is_lt_slow, VM_WORD(1), <, c->x[ip->a], 2);
}

VM_OP(is_ge_i_x)
{
    VM_COMPARE(is_ge_slow, VM_WORD(1), >=, c->x[ip->a], 2);
}

// ---- arithmetic

typedef vm_term arith_fn(struct vm_cpu *c, vm_term a, vm_term b);
static const struct {
    arith_fn *function;
    const char *name;
    uint8_t words;
} arithmetic[VM_OP_COUNT] = {
    [VM_OP_add_any] = {vm_add, "+", 1},           [VM_OP_subtract_any] = {vm_subtract, "-", 1},
    [VM_OP_multiply_any] = {vm_multiply, "*", 1}, [VM_OP_band_x_i] = {vm_band, "band", 2},
    [VM_OP_rem_x_i] = {vm_rem, "rem", 2},         [VM_OP_div_x_i] = {vm_div, "div", 2},
    [VM_OP_bsr_x_i] = {vm_bsr, "bsr", 2},
};

// The slow way: VM_NONE and exception.
static VM_SLOW vm_term calculate(struct vm_cpu *c, const struct vm_ins *ip)
{
    if (vm_collect_is_due(c->proc) && !vm_collect(c, 0, VM_BYTE(6)))
        return VM_NONE;
    vm_term *sp = vm_at(c->vm, c->proc->sp);
    bool constant = arithmetic[ip->op].words == 2;
    vm_term args[2] = {VM_ANY(1), constant ? VM_WORD(1) : VM_ANY(2)};
    vm_term result = arithmetic[ip->op].function(c, args[0], args[1]);
    if (result == VM_NONE)
        vm_trace_arithmetic(c, arithmetic[ip->op].name, args);
    return result;
}

static VM_SLOW void calculate_slowly(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    vm_term result = calculate(c, ip);
    if (result == VM_NONE)
        VM_FAIL();
    VM_SWAP_IN();
    VM_X(3) = result;
    VM_NEXT(arithmetic[ip->op].words);
}
#define VM_SLOWLY() VM_TAIL return calculate_slowly(c, ip, sp, hp, base, table)

// Errors of a + 1 name no BIF.
static VM_SLOW void add_x_i_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (vm_collect_is_due(c->proc) && !vm_collect(c, 0, VM_BYTE(6)))
        VM_FAIL();
    vm_term result = vm_add(c, VM_X(1), vm_small((int64_t)VM_WORD(1) >> 4));
    if (result == VM_NONE)
        VM_FAIL();
    VM_SWAP_IN();
    VM_X(3) = result;
    VM_NEXT(2);
}

VM_OP(add_x_i)
{
    vm_term a = VM_X(1);
    int64_t sum;
    if (VM_RARE(!vm_is_small(a) || __builtin_add_overflow((int64_t)a, (int64_t)VM_WORD(1), &sum)))
        VM_TAIL return add_x_i_slow(c, ip, sp, hp, base, table);
    VM_X(3) = (vm_term)sum;
    VM_NEXT(2);
}

VM_OP(add_any)
{
    vm_term a = VM_ANY(1), b = VM_ANY(2);
    int64_t sum;
    if (VM_RARE(!vm_both_small(a, b) ||
                __builtin_add_overflow((int64_t)a, (int64_t)(b - VM_SMALL_TAG), &sum)))
        VM_SLOWLY();
    VM_X(3) = (vm_term)sum;
    VM_NEXT(1);
}

VM_OP(subtract_any)
{
    vm_term a = VM_ANY(1), b = VM_ANY(2);
    int64_t difference;
    if (VM_RARE(!vm_both_small(a, b) ||
                __builtin_sub_overflow((int64_t)a, (int64_t)(b - VM_SMALL_TAG), &difference)))
        VM_SLOWLY();
    VM_X(3) = (vm_term)difference;
    VM_NEXT(1);
}

VM_OP(multiply_any)
{
    vm_term a = VM_ANY(1), b = VM_ANY(2);
    int64_t product;
    if (VM_RARE(!vm_both_small(a, b) ||
                __builtin_mul_overflow((int64_t)(a - VM_SMALL_TAG), vm_small_value(b), &product)))
        VM_SLOWLY();
    VM_X(3) = (vm_term)product | VM_SMALL_TAG;
    VM_NEXT(1);
}

VM_OP(band_x_i)
{
    vm_term a = VM_X(1);
    if (VM_RARE(!vm_is_small(a)))
        VM_SLOWLY();
    VM_X(3) = a & VM_WORD(1);
    VM_NEXT(2);
}

VM_OP(rem_x_i)
{
    vm_term a = VM_X(1);
    if (VM_RARE(!vm_is_small(a)))
        VM_SLOWLY();
    VM_X(3) = vm_small(vm_small_value(a) % vm_small_value(VM_WORD(1)));
    VM_NEXT(2);
}

VM_OP(div_x_i)
{
    vm_term a = VM_X(1);
    if (VM_RARE(!vm_is_small(a)))
        VM_SLOWLY();
    VM_X(3) = vm_small(vm_small_value(a) / vm_small_value(VM_WORD(1)));
    VM_NEXT(2);
}

VM_OP(bsr_x_i)
{
    vm_term a = VM_X(1);
    if (VM_RARE(!vm_is_small(a)))
        VM_SLOWLY();
    VM_X(3) = vm_small(vm_small_value(a) >> vm_small_value(VM_WORD(1)));
    VM_NEXT(2);
}

VM_OP(element)
{
    vm_term index = vm_source(c, sp, VM_WORD(2)), tuple = vm_source(c, sp, VM_WORD(3));
    // An index from 1 on, as an unsigned number from 0 on.
    uint64_t at = (uint64_t)(vm_small_value(index) - 1);
    if (VM_RARE(!vm_is_small(index) || !vm_is_tuple(base, tuple) ||
                at >= vm_arity(*vm_boxed_at(base, tuple))))
        VM_TAIL return vm_op_bif2(c, ip, sp, hp, base, table);
    *vm_reg(c, sp, ip->a) = vm_boxed_at(base, tuple)[1 + at];
    VM_NEXT(4);
}
