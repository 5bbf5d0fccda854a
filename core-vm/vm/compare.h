// compare.h - the term order and equality of the language; never recurses on depth.
#ifndef VM_COMPARE_H
#define VM_COMPARE_H

#include "core-vm/vm/term.h"

struct vm;

// Below 0, 0 or above 0: the order of ==, <, lists:sort: numbers compare by value whatever their
// type.
int vm_compare(const struct vm *vm, vm_term a, vm_term b);
// As vm_compare, with integers below floats that equal them: the order of map keys (=:= for equal).
int vm_compare_exact(const struct vm *vm, vm_term a, vm_term b);
// =:=
bool vm_equal_slow(const struct vm *vm, vm_term a, vm_term b);
static inline bool vm_equal(const struct vm *vm, vm_term a, vm_term b)
{
    if (a == b)
        return true;
    if (vm_is_immediate(a) || vm_is_immediate(b))
        return false;
    return vm_equal_slow(vm, a, b);
}

#endif
