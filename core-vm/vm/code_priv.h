// code_priv.h - exports, lambdas and code blocks: what the loader's files share.
#ifndef VM_CODE_PRIV_H
#define VM_CODE_PRIV_H

#include <string.h>

#include "core-vm/vm/op_priv.h"

static inline void vm_ins_put(uint64_t *word, enum vm_op_name op, uint16_t b)
{
    struct vm_ins ins = {.op = (uint16_t)op, .b = b};
    memcpy(word, &ins, sizeof ins);
}

// Calls go to the stub again: it runs the BIF, or finds that there is no such function.
void vm_export_clear(struct vm *vm, struct vm_export *export);

struct vm_lambda_key {
    vm_term module;
    uint32_t index;
    uint8_t uniq[16];
};
// The lambda, made if it is new (with no address). NULL: out of memory.
struct vm_lambda *vm_lambda_of(struct vm *vm, const struct vm_lambda_key *key);
// Code from start to end goes away: lambdas that lead there lead to the same place of the block
// that begins at `to`, or nowhere when that is 0.
void vm_lambdas_move(struct vm *vm, uint64_t start, uint64_t end, uint64_t to);

// Give back all blocks of a version that is in nobody's use, and itself. Literals may only go when
// the code never ran: messages, tables and heaps refer to them.
void vm_module_code_free(struct vm *vm, uint64_t offset, bool with_literals);
// The name that a module's on_load function has for us, as an export without arguments.
#define VM_ON_LOAD_NAME "-on_load-"

// Room for one more version's place; then add it, which cannot fail.
bool vm_block_reserve(struct vm *vm);
void vm_block_add(struct vm *vm, const struct vm_module *module, uint64_t version);
// The module, made if it is new. NULL: out of memory.
struct vm_module *vm_module_of(struct vm *vm, vm_term name);

#endif
