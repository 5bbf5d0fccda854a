// match_spec.h - match specifications: [{Head, Guards, Body}] run over terms, as they stand.
#ifndef VM_MATCH_SPEC_H
#define VM_MATCH_SPEC_H

#include "core-vm/vm/cpu.h"

// What '$0', '$1', ... stand for while one term is matched; those not bound are VM_NONE.
enum { VM_MATCH_VARIABLES = 64 };
struct vm_bindings {
    vm_term value[VM_MATCH_VARIABLES];
    unsigned count;  // one more than the highest one that is bound
};

// Does the pattern ('_' and variables as atoms) match? Binds what is not bound. Any depth.
bool vm_pattern_match(struct vm_cpu *c, vm_term pattern, vm_term term, struct vm_bindings *ret);
// Number of a variable's atom ('$12'), -1: not one.
int vm_pattern_variable(const struct vm *vm, vm_term atom);
// True if it has variables or '_' anywhere.
bool vm_pattern_is_open(const struct vm *vm, vm_term pattern);

// Is it a list of three-tuples whose guards and bodies are well-formed? Any term may be asked.
bool vm_match_spec_is_valid(struct vm_cpu *c, vm_term spec);
// Run a valid specification on a term that lives outside the process (a row): the result, copied to
// the process. VM_NONE: no clause matched, or out of memory: then c->outcome is ERROR.
vm_term vm_match_spec_run(struct vm_cpu *c, vm_term spec, vm_term term);

#endif
