#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/watch.h"

const struct vm_op vm_plain_table[VM_OP_COUNT] = {
#define OP(name, words) {vm_op_##name},
#include "core-vm/vm/ops.def"
#undef OP
};

const struct vm_op vm_watched_table[VM_OP_COUNT] = {
#define OP(name, words) {vm_op_watch},
#include "core-vm/vm/ops.def"
#undef OP
};

const uint8_t vm_op_words[VM_OP_COUNT] = {
#define OP(name, words) (words),
#include "core-vm/vm/ops.def"
#undef OP
};

enum vm_outcome vm_execute(struct vm_cpu *c)
{
    struct vm_proc *proc = c->proc;
    char *base = c->base;
    c->outcome = VM_OUTCOME_NONE;
    const struct vm_ins *ip = VM_CODE(proc->ip);
    vm_term *sp, *hp;
    VM_SWAP_IN();
    const struct vm_op *table = c->vm->table;
    table[ip->op].run(c, ip, sp, hp, base, table);
#if !VM_THREADED
    while (c->outcome == VM_OUTCOME_NONE)
        c->next.table[c->next.ip->op].run(c, c->next.ip, c->next.sp, c->next.hp, base,
                                          c->next.table);
#endif
    return c->outcome;
}
