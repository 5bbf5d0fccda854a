#include "core-vm/vm/compare.h"
#include "core-vm/vm/compare_priv.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

enum verdict { SAME, DIFFERENT, UNDECIDED };

// Two terms that are not the same word and need no stack: immediates, or objects without terms.
static enum verdict decide(const char *base, vm_term a, vm_term b)
{
    if ((a & 3) != (b & 3) || vm_is_immediate(a))
        return DIFFERENT;
    if (vm_is_list(a))
        return UNDECIDED;
    const vm_term *x = vm_boxed_at(base, a), *y = vm_boxed_at(base, b);
    enum vm_subtag subtag = vm_subtag(*x);
    if (subtag >= VM_REFC_BIN && subtag <= VM_SUB_BIN)
        return vm_is_bitstring(base, b) && vm_equal_bits(base, a, b) ? SAME : DIFFERENT;
    if (*x != *y)
        return DIFFERENT;
    return subtag == VM_FLOAT
               ? (vm_float_value(base, a) == vm_float_value(base, b) ? SAME : DIFFERENT)
               : UNDECIDED;
}

// Tuples whose elements all are decided by themselves.
static enum verdict decide_tuples(const char *base, vm_term a, vm_term b)
{
    const vm_term *x = vm_boxed_at(base, a), *y = vm_boxed_at(base, b);
    if (vm_subtag(*x) != VM_TUPLE)
        return UNDECIDED;
    for (size_t i = 1; i <= vm_arity(*x); i++) {
        enum verdict verdict = x[i] == y[i] ? SAME : decide(base, x[i], y[i]);
        if (verdict != SAME)
            return verdict;
    }
    return SAME;
}

static enum verdict decide_both(const char *base, vm_term a, vm_term b)
{
    enum verdict verdict = decide(base, a, b);
    return verdict == UNDECIDED && vm_is_boxed(a) ? decide_tuples(base, a, b) : verdict;
}

// Of a fun's words, the free variables begin here; who made it (before them) does not matter.
enum { FUN_FREE = 4 };

// Pairs of terms to compare: {a, b, count} on the stack, a and b being addresses of `count` terms.
struct work {
    const char *base;
    struct vm_stack stack;
};

static void push(struct work *w, const vm_term *a, const vm_term *b, size_t count)
{
    if (count == 0)
        return;
    vm_stack_push(&w->stack, (uint64_t)(uintptr_t)a);
    vm_stack_push(&w->stack, (uint64_t)(uintptr_t)b);
    vm_stack_push(&w->stack, count);
}

static bool equal_words(const vm_term *a, const vm_term *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

// Objects of equal header whose first `raw` words (header included) must be the same.
static bool equal_parts(struct work *w, const vm_term *a, const vm_term *b, size_t raw)
{
    if (!equal_words(a + 1, b + 1, raw - 1))
        return false;
    push(w, a + raw, b + raw, vm_arity(*a) + 1 - raw);
    return true;
}

static bool equal_boxed(struct work *w, vm_term x, vm_term y)
{
    const vm_term *a = vm_boxed_at(w->base, x), *b = vm_boxed_at(w->base, y);
    enum vm_subtag subtag = vm_subtag(*a);
    if (subtag >= VM_REFC_BIN && subtag <= VM_SUB_BIN)
        return vm_is_bitstring(w->base, y) && vm_equal_bits(w->base, x, y);
    if (*a != *b)
        return false;
    switch (subtag) {
    case VM_FLOAT:
        return vm_float_value(w->base, x) == vm_float_value(w->base, y);
    case VM_TUPLE:
    case VM_FLAT_MAP:
        return equal_parts(w, a, b, 1);
    case VM_HASH_NODE:
        return equal_parts(w, a, b, 2);
    case VM_HASH_MAP:
        return equal_parts(w, a, b, 3);
    case VM_FUN:
        push(w, a + FUN_FREE, b + FUN_FREE, vm_arity(*a) + 1 - FUN_FREE);
        return a[1] == b[1];
    case VM_POS_BIG:
    case VM_NEG_BIG:
    case VM_REF:
    case VM_EXPORT:
    case VM_EXTERNAL:
    case VM_MATCH:
    case VM_REFC_BIN:
    case VM_HEAP_BIN:
    case VM_SUB_BIN:
    case VM_SUBTAG_LIMIT:
        break;
    }
    return equal_words(a + 1, b + 1, vm_arity(*a));
}

// Along two lists; elements that cannot be decided by themselves wait. False: they differ.
static bool equal_pair(struct work *w, vm_term a, vm_term b)
{
    while (a != b) {
        if ((a & 3) != (b & 3) || vm_is_immediate(a))
            return false;
        if (vm_is_boxed(a))
            return equal_boxed(w, a, b);
        const vm_term *x = vm_list_at(w->base, a), *y = vm_list_at(w->base, b);
        enum verdict verdict = x[0] == y[0] ? SAME : decide_both(w->base, x[0], y[0]);
        if (verdict == DIFFERENT)
            return false;
        if (verdict == UNDECIDED)
            push(w, x, y, 1);
        a = x[1];
        b = y[1];
    }
    return true;
}

static bool next_pair(struct work *w, vm_term *a, vm_term *b)
{
    if (w->stack.count == 0)
        return false;
    uint64_t *top = w->stack.at + w->stack.count - 3;
    const vm_term *x = (const vm_term *)(uintptr_t)top[0], *y = (const vm_term *)(uintptr_t)top[1];
    *a = *x;
    *b = *y;
    top[0] = (uint64_t)(uintptr_t)(x + 1);
    top[1] = (uint64_t)(uintptr_t)(y + 1);
    if (--top[2] == 0)
        w->stack.count -= 3;
    return true;
}

static bool equal_anyhow(const char *base, vm_term a, vm_term b)
{
    struct work w;
    w.base = base;
    vm_stack_init(&w.stack);
    bool equal;
    do
        equal = equal_pair(&w, a, b);
    while (equal && next_pair(&w, &a, &b));
    vm_stack_done(&w.stack);
    return equal;
}

bool vm_equal_slow(const struct vm *vm, vm_term a, vm_term b)
{
    const char *base = vm->image.base;
    enum verdict verdict = decide_both(base, a, b);
    return verdict == UNDECIDED ? equal_anyhow(base, a, b) : verdict == SAME;
}
