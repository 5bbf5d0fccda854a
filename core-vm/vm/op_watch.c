// The watched table: every instruction is told to whoever watches before it runs.
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/watch.h"

// What operations are for the hook: 0 is just an instruction. Of calls that name an export, which
// word it is.
enum { IS_CALL = 1, IS_RETURN = 2, EXPORT_SHIFT = 4 };
static const uint8_t kinds[VM_OP_COUNT] = {
    [VM_OP_call] = IS_CALL,
    [VM_OP_call_only] = IS_CALL,
    [VM_OP_call_last] = IS_CALL,
    [VM_OP_call_ext] = IS_CALL | 1 << EXPORT_SHIFT,
    [VM_OP_call_ext_only] = IS_CALL | 1 << EXPORT_SHIFT,
    [VM_OP_call_ext_last] = IS_CALL | 1 << EXPORT_SHIFT,
    [VM_OP_call_bif] = IS_CALL | 2 << EXPORT_SHIFT,
    [VM_OP_call_bif_only] = IS_CALL | 2 << EXPORT_SHIFT,
    [VM_OP_call_bif_last] = IS_CALL | 2 << EXPORT_SHIFT,
    [VM_OP_call_fun] = IS_CALL,
    [VM_OP_call_fun_last] = IS_CALL,
    [VM_OP_apply] = IS_CALL,
    [VM_OP_apply_last] = IS_CALL,
    [VM_OP_apply_list] = IS_CALL,
    [VM_OP_apply_list_only] = IS_CALL,
    [VM_OP_apply_fun] = IS_CALL,
    [VM_OP_apply_fun_only] = IS_CALL,
    [VM_OP_move_call] = IS_CALL,
    [VM_OP_move_call_only] = IS_CALL,
    [VM_OP_return] = IS_RETURN,
    [VM_OP_move_return] = IS_RETURN,
    [VM_OP_move_deallocate_return] = IS_RETURN,
    [VM_OP_move_c_return] = IS_RETURN,
    [VM_OP_put_list_need_return] = IS_RETURN,
    [VM_OP_deallocate_return] = IS_RETURN,
};

static vm_term called_name(const struct vm_cpu *c, const struct vm_ins *ip, unsigned word)
{
    const struct vm_export *export = word == 0 ? NULL : vm_at(c->vm, VM_WORD(word));
    return export == NULL ? VM_NONE : export->function;
}

// What is about to be returned; of a list that is not made yet, nothing.
static vm_term returned(struct vm_cpu *c, const struct vm_ins *ip, vm_term *sp)
{
    switch (ip->op) {
    case VM_OP_move_return:
    case VM_OP_move_deallocate_return:
        return *vm_reg8(c, sp, VM_BYTE(1));
    case VM_OP_move_c_return:
        return VM_WORD(1);
    case VM_OP_put_list_need_return:
        return VM_NONE;
    default:
        return c->x[0];
    }
}

// x registers that matter before the instruction, as far as it is easily seen: a function's
// arguments at its entry.
static unsigned live_at(const struct vm_ins *ip)
{
    const struct vm_ins *info = ip - VM_FUNC_INFO_WORDS;
    return info->op == VM_OP_func_info ? info->a : 0;
}

// True: stop here.
static bool tell(struct vm_cpu *c, const struct vm_ins *ip, vm_term *sp)
{
    uint8_t kind = kinds[ip->op];
    if ((kind & IS_RETURN) != 0)
        return vm_report_instruction(c, VM_EVENT_RETURN, returned(c, ip, sp));
    if ((kind & IS_CALL) != 0)
        return vm_report_instruction(c, VM_EVENT_CALL, called_name(c, ip, kind >> EXPORT_SHIFT));
    return vm_report_instruction(c, VM_EVENT_INSTRUCTION, VM_NONE);
}

void vm_op_watch(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (VM_RARE(tell(c, ip, sp))) {
        c->proc->live = live_at(ip);
        c->outcome = VM_OUTCOME_FROZEN;
        return;
    }
    VM_TAIL return vm_plain_table[ip->op].run(c, ip, sp, hp, base, table);
}
