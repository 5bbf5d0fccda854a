// Arithmetic: small integers here, everything else by arith.h.
#include <math.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/stacktrace.h"

typedef vm_term arith_fn(struct vm_cpu *c, vm_term a, vm_term b);

// The slow way of an arithmetic instruction: sources in words 2 and 3.
static VM_SLOW vm_term calculate(struct vm_cpu *c, const struct vm_ins *ip, arith_fn *function,
                                 const char *name)
{
    if (vm_collect_is_due(c->proc) && !vm_collect(c, 0, (unsigned)VM_WORD(1)))
        return VM_NONE;
    vm_term *sp = vm_at(c->vm, c->proc->sp);
    vm_term args[2] = {vm_source(c, sp, VM_WORD(2)), vm_source(c, sp, VM_WORD(3))};
    vm_term result = function(c, args[0], args[1]);
    if (result == VM_NONE && vm_displacement(ip) == 0)
        vm_trace_arithmetic(c, name, args);
    return result;
}

// What arithmetic operations do with numbers that are not small integers, or with a result that is
// none.
static VM_SLOW void slow(VM_OP_PARAMS)
{
    static const struct {
        arith_fn *function;
        const char *name;
    } by_op[VM_OP_COUNT] = {
        [VM_OP_add] = {vm_add, "+"},           [VM_OP_subtract] = {vm_subtract, "-"},
        [VM_OP_multiply] = {vm_multiply, "*"}, [VM_OP_div] = {vm_div, "div"},
        [VM_OP_rem] = {vm_rem, "rem"},         [VM_OP_band] = {vm_band, "band"},
        [VM_OP_bor] = {vm_bor, "bor"},         [VM_OP_bxor] = {vm_bxor, "bxor"},
        [VM_OP_bsl] = {vm_bsl, "bsl"},         [VM_OP_bsr] = {vm_bsr, "bsr"},
    };
    VM_SWAP_OUT();
    vm_term result = calculate(c, ip, by_op[ip->op].function, by_op[ip->op].name);
    if (result == VM_NONE)
        VM_FAIL_OR_JUMP();
    VM_SWAP_IN();
    *vm_reg(c, sp, ip->a) = result;
    VM_NEXT(4);
}
#define VM_SLOWLY() VM_TAIL return slow(c, ip, sp, hp, base, table)
#define VM_RESULT(term)                 \
    do {                                \
        *vm_reg(c, sp, ip->a) = (term); \
        VM_NEXT(4);                     \
    } while (0)

// add_i: the constant is in the lower half of word 1, live registers in the upper. Errors of a + 1
// name no BIF.
static VM_SLOW void add_i_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (vm_collect_is_due(c->proc) && !vm_collect(c, 0, (unsigned)(VM_WORD(1) >> 32)))
        VM_FAIL();
    vm_term a = vm_source(c, vm_at(c->vm, c->proc->sp), VM_WORD(2));
    vm_term result = vm_add(c, a, vm_small((int32_t)VM_WORD(1)));
    if (result == VM_NONE)
        VM_FAIL_OR_JUMP();
    VM_SWAP_IN();
    *vm_reg(c, sp, ip->a) = result;
    VM_NEXT(3);
}

VM_OP(add_i)
{
    vm_term a = vm_source(c, sp, VM_WORD(2));
    int64_t sum;
    if (VM_RARE(!vm_is_small(a) ||
                __builtin_add_overflow((int64_t)a, (int64_t)(int32_t)VM_WORD(1) * 16, &sum)))
        VM_TAIL return add_i_slow(c, ip, sp, hp, base, table);
    *vm_reg(c, sp, ip->a) = (vm_term)sum;
    VM_NEXT(3);
}

// The tag is in the low four bits: it is taken from one of the numbers, so that overflow of the sum
// is overflow of a small integer.
VM_OP(add)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    int64_t sum;
    if (VM_RARE(!vm_both_small(a, b) ||
                __builtin_add_overflow((int64_t)a, (int64_t)(b - VM_SMALL_TAG), &sum)))
        VM_SLOWLY();
    VM_RESULT((vm_term)sum);
}

VM_OP(subtract)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    int64_t difference;
    if (VM_RARE(!vm_both_small(a, b) ||
                __builtin_sub_overflow((int64_t)a, (int64_t)(b - VM_SMALL_TAG), &difference)))
        VM_SLOWLY();
    VM_RESULT((vm_term)difference);
}

VM_OP(multiply)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    int64_t product;
    if (VM_RARE(!vm_both_small(a, b) ||
                __builtin_mul_overflow((int64_t)(a - VM_SMALL_TAG), vm_small_value(b), &product)))
        VM_SLOWLY();
    VM_RESULT((vm_term)product | VM_SMALL_TAG);
}

// The smallest small integer divided by -1 is the one quotient that does not fit.
VM_OP(div)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b) || b == vm_small(0) || b == vm_small(-1)))
        VM_SLOWLY();
    VM_RESULT(vm_small(vm_small_value(a) / vm_small_value(b)));
}

VM_OP(rem)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b) || b == vm_small(0)))
        VM_SLOWLY();
    VM_RESULT(vm_small(vm_small_value(a) % vm_small_value(b)));
}

VM_OP(band)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b)))
        VM_SLOWLY();
    VM_RESULT(a & b);
}

VM_OP(bor)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b)))
        VM_SLOWLY();
    VM_RESULT(a | b);
}

VM_OP(bxor)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b)))
        VM_SLOWLY();
    VM_RESULT((a ^ b) | VM_SMALL_TAG);
}

VM_OP(bsl)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b)))
        VM_SLOWLY();
    int64_t value = vm_small_value(a), by = vm_small_value(b);
    if (by < 0 || by > 58 || value >> (59 - by) != value >> 63)
        VM_SLOWLY();
    VM_RESULT(vm_small((int64_t)((uint64_t)value << by)));
}

VM_OP(bsr)
{
    vm_term a = vm_source(c, sp, VM_WORD(2)), b = vm_source(c, sp, VM_WORD(3));
    if (VM_RARE(!vm_both_small(a, b)))
        VM_SLOWLY();
    int64_t by = vm_small_value(b);
    if (by < 0)
        VM_SLOWLY();
    VM_RESULT(vm_small(vm_small_value(a) >> (by > 63 ? 63 : by)));
}

// ---- floats

static inline double float_of(const char *base, vm_term t)
{
    double d;
    __builtin_memcpy(&d, vm_boxed_at(base, t) + 1, sizeof d);
    return d;
}

static VM_SLOW void raise_badarith(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    vm_badarith(c);
    VM_FAIL();
}
#define VM_BADARITH() VM_TAIL return raise_badarith(c, ip, sp, hp, base, table)

VM_OP(fmove_from)
{
    c->f[ip->a] = float_of(base, vm_source(c, sp, VM_WORD(1)));
    VM_NEXT(2);
}

VM_OP(fmove_from_checked)
{
    if (!vm_is_float(base, vm_source(c, sp, VM_WORD(1))))
        VM_BADARITH();
    VM_TAIL return vm_op_fmove_from(c, ip, sp, hp, base, table);
}

VM_OP(fmove_to)
{
    hp[0] = VM_HEADER(VM_FLOAT, 1);
    __builtin_memcpy(hp + 1, &c->f[ip->a], sizeof c->f[ip->a]);
    *vm_reg(c, sp, ip->b) = vm_make_boxed(base, hp);
    hp += 2;
    VM_NEXT(1);
}

static VM_SLOW bool convert_big(struct vm_cpu *c, vm_term t, double *ret)
{
    return vm_get_double(c->base, t, ret);
}

VM_OP(fconv)
{
    vm_term t = vm_source(c, sp, VM_WORD(1));
    if (VM_LIKELY(vm_is_small(t)))
        c->f[ip->a] = (double)vm_small_value(t);
    else if (vm_is_float(base, t))
        c->f[ip->a] = float_of(base, t);
    else if (!convert_big(c, t, &c->f[ip->a]))
        VM_BADARITH();
    VM_NEXT(2);
}

#define VM_FLOAT_RESULT(result)    \
    do {                           \
        double r = (result);       \
        if (VM_RARE(!isfinite(r))) \
            VM_BADARITH();         \
        c->f[ip->c] = r;           \
        VM_NEXT(1);                \
    } while (0)

VM_OP(fadd)
{
    VM_FLOAT_RESULT(c->f[ip->a] + c->f[ip->b]);
}

VM_OP(fsub)
{
    VM_FLOAT_RESULT(c->f[ip->a] - c->f[ip->b]);
}

VM_OP(fmul)
{
    VM_FLOAT_RESULT(c->f[ip->a] * c->f[ip->b]);
}

VM_OP(fdiv)
{
    VM_FLOAT_RESULT(c->f[ip->a] / c->f[ip->b]);
}

VM_OP(fnegate)
{
    c->f[ip->b] = -c->f[ip->a];
    VM_NEXT(1);
}
