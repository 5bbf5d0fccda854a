// Tests: on to the next instruction when they hold, to the label when they do not.
#include "core-vm/vm/compare.h"
#include "core-vm/vm/op_priv.h"

#define TEST(name, holds)                         \
    VM_OP(name##_x)                               \
    {                                             \
        vm_term t = c->x[ip->a];                  \
        VM_TEST(holds, 1);                        \
    }                                             \
    VM_OP(name##_s)                               \
    {                                             \
        vm_term t = vm_source(c, sp, VM_WORD(1)); \
        VM_TEST(holds, 2);                        \
    }
#include "core-vm/vm/tests.def"
#undef TEST

VM_OP(test_arity)
{
    vm_term tuple = *vm_reg(c, sp, ip->a);
    VM_TEST(*vm_boxed_at(base, tuple) == VM_WORD(1), 2);
}

VM_OP(test_arity_checked)
{
    vm_term tuple = *vm_reg(c, sp, ip->a);
    VM_TEST(vm_is_boxed(tuple) && *vm_boxed_at(base, tuple) == VM_WORD(1), 2);
}

VM_OP(is_tuple_of)
{
    vm_term t = *vm_reg(c, sp, ip->a);
    VM_TEST(vm_is_boxed(t) && *vm_boxed_at(base, t) == VM_WORD(1), 2);
}

static inline bool is_tagged(const char *base, vm_term t, vm_term header, vm_term atom)
{
    if (!vm_is_boxed(t))
        return false;
    const vm_term *at = vm_boxed_at(base, t);
    return at[0] == header && at[1] == atom;
}

VM_OP(is_tagged_tuple)
{
    VM_TEST(is_tagged(base, *vm_reg(c, sp, ip->a), VM_WORD(1), VM_WORD(2)), 3);
}

VM_OP(is_tagged_tuple_s)
{
    VM_TEST(is_tagged(base, vm_source(c, sp, VM_WORD(1)), VM_WORD(2), VM_WORD(3)), 4);
}

// Number of arguments of a fun, -1 for what is none.
static int64_t fun_arity(const char *base, vm_term t)
{
    if (!vm_is_boxed(t))
        return -1;
    const vm_term *at = vm_boxed_at(base, t);
    if (vm_subtag(*at) == VM_FUN)
        return (int64_t)at[2];
    if (vm_subtag(*at) != VM_EXPORT)
        return -1;
    return ((const struct vm_export *)(const void *)(base + at[1]))->arity;
}

VM_OP(is_function2)
{
    vm_term arity = vm_source(c, sp, VM_WORD(2));
    VM_TEST(vm_is_small(arity) && vm_small_value(arity) >= 0 &&
                fun_arity(base, vm_source(c, sp, VM_WORD(1))) == vm_small_value(arity),
            3);
}

VM_OP(is_eq_exact_x_c)
{
    VM_TEST(c->x[ip->a] == VM_WORD(1), 2);
}

VM_OP(is_ne_exact_x_c)
{
    VM_TEST(c->x[ip->a] != VM_WORD(1), 2);
}

VM_OP(is_eq_exact)
{
    VM_TEST(vm_equal(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))), 3);
}

VM_OP(is_ne_exact)
{
    VM_TEST(!vm_equal(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))), 3);
}

// Below 0, 0 or above 0, small integers first.
static inline int compare(const struct vm *vm, vm_term a, vm_term b)
{
    if (VM_LIKELY(vm_both_small(a, b)))
        return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
    return vm_compare(vm, a, b);
}

VM_OP(is_eq)
{
    VM_TEST(compare(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))) == 0, 3);
}

VM_OP(is_ne)
{
    VM_TEST(compare(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))) != 0, 3);
}

VM_OP(is_lt)
{
    VM_TEST(compare(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))) < 0, 3);
}

VM_OP(is_ge)
{
    VM_TEST(compare(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))) >= 0, 3);
}

VM_OP(jump_if_equal)
{
    if (vm_equal(c->vm, vm_source(c, sp, VM_WORD(1)), vm_source(c, sp, VM_WORD(2))))
        VM_JUMP();
    VM_NEXT(3);
}
