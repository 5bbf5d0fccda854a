// compare_priv.h - the parts of comparing terms that have no terms inside.
#ifndef VM_COMPARE_PRIV_H
#define VM_COMPARE_PRIV_H

#include "core-vm/vm/term.h"

struct vm;

double vm_float_value(const char *base, vm_term t);

// Order of two numbers. exact: an integer comes before every float.
int vm_compare_numbers(const char *base, vm_term a, vm_term b, bool exact);

// Order of two bit strings.
int vm_compare_bits(const char *base, vm_term a, vm_term b);
bool vm_equal_bits(const char *base, vm_term a, vm_term b);

int vm_compare_atoms(const struct vm *vm, vm_term a, vm_term b);

// Order of two references, pids or ports, each local or of another node.
int vm_compare_ids(const struct vm *vm, vm_term a, vm_term b);

#endif
