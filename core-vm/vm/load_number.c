// BIFs that are instructions: arithmetic, guards.
#include <string.h>

#include "core-vm/vm/load_priv.h"

static const struct vm_export *import_at(const struct vm_load *l, uint64_t index)
{
    return vm_at(l->vm, l->imports[index]);
}

// The import must be a BIF that is there; else what the module does at that place is not supported.
static bool is_bif(struct vm_load *l, const struct vm_export *export)
{
    if (export->bif != 0)
        return true;
    struct wb_bytes module = vm_atom_text(l->vm, export->module);
    struct wb_bytes function = vm_atom_text(l->vm, export->function);
    vm_load_fail(l, wb_error_new(WB_E_UNSUPPORTED, "the BIF %.*s:%.*s/%u is not supported",
                                 (int)module.size, (const char *)module.at, (int)function.size,
                                 (const char *)function.at, export->arity));
    return false;
}

uint32_t vm_load_bif0(struct vm_load *l, const struct beam_ins *ins)
{
    const struct vm_export *export = import_at(l, ins->operand[0].value);
    if (export->module == VM_AM(erlang) && export->function == VM_AM(self)) {
        vm_emit(l, VM_OP_self, vm_load_reg(&ins->operand[1]), 0, 0);
        return 1;
    }
    if (!is_bif(l, export))
        return 1;
    vm_emit(l, VM_OP_bif0, vm_load_reg(&ins->operand[1]), 0, 0);
    vm_emit_word(l, export->bif);
    return 1;
}

// A BIF of `count` arguments: sources from operand `first` on, then the destination.
static void emit_bif(struct vm_load *l, const struct beam_ins *ins, enum vm_op_name op,
                     uint64_t live)
{
    unsigned arity = (unsigned)(op - (op >= VM_OP_gc_bif1 ? VM_OP_gc_bif1 : VM_OP_bif1)) + 1;
    unsigned first = ins->count - arity - 1;
    const struct vm_export *export = import_at(l, ins->operand[first - 1].value);
    if (!is_bif(l, export) || export->arity != arity)
        return;
    if (op == VM_OP_bif2 && export->module == VM_AM(erlang) && export->function == VM_AM(element))
        op = VM_OP_element;
    vm_emit(l, op, vm_load_reg(&ins->operand[ins->count - 1]), 0, 0);
    vm_emit_jump(l, ins->operand[0].value);
    vm_emit_word(l, live << 32 | export->bif);
    for (unsigned i = 0; i < arity; i++)
        vm_emit_source(l, &ins->operand[first + i]);
}

// bif1 Fail Import Source Destination
uint32_t vm_load_bif(struct vm_load *l, const struct beam_ins *ins)
{
    emit_bif(l, ins, (enum vm_op_name)(VM_OP_bif1 + (ins->count - 4u)), 0);
    return 1;
}

// Operations that try small integers before they call the BIF's function.
static const struct {
    const char *name;
    enum vm_op_name op;
} arithmetic[] = {
    {"+", VM_OP_add},   {"-", VM_OP_subtract}, {"*", VM_OP_multiply}, {"div", VM_OP_div},
    {"rem", VM_OP_rem}, {"band", VM_OP_band},  {"bor", VM_OP_bor},    {"bxor", VM_OP_bxor},
    {"bsl", VM_OP_bsl}, {"bsr", VM_OP_bsr},
};

static bool is_small_constant(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_I && o->integer >= INT32_MIN / 2 && o->integer <= INT32_MAX / 2;
}

// a + 1, 1 + a, a - 1
static bool load_add_constant(struct vm_load *l, const struct beam_ins *ins, enum vm_op_name op)
{
    const struct beam_operand *a = &ins->operand[3], *b = &ins->operand[4];
    if (op == VM_OP_add && is_small_constant(a)) {
        const struct beam_operand *t = a;
        a = b;
        b = t;
    }
    if ((op != VM_OP_add && op != VM_OP_subtract) || !is_small_constant(b))
        return false;
    int64_t n = op == VM_OP_add ? b->integer : -b->integer;
    if (vm_load_fused_add(l, ins, a, n))
        return true;
    vm_emit(l, VM_OP_add_i, vm_load_reg(&ins->operand[5]), 0, 0);
    vm_emit_jump(l, ins->operand[0].value);
    vm_emit_word(l, ins->operand[1].value << 32 | (uint32_t)n);
    vm_emit_source(l, a);
    return true;
}

static bool load_arithmetic(struct vm_load *l, const struct beam_ins *ins)
{
    const struct vm_export *export = import_at(l, ins->operand[2].value);
    struct wb_bytes name = vm_atom_text(l->vm, export->function);
    if (ins->op != OP_gc_bif2 || export->module != VM_AM(erlang))
        return false;
    for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++) {
        if (!wb_bytes_equal(name, wb_bytes_of(arithmetic[i].name)))
            continue;
        if (load_add_constant(l, ins, arithmetic[i].op) ||
            vm_load_fused_arithmetic(l, ins, arithmetic[i].op))
            return true;
        vm_emit(l, arithmetic[i].op, vm_load_reg(&ins->operand[5]), 0, 0);
        vm_emit_jump(l, ins->operand[0].value);
        vm_emit_word(l, ins->operand[1].value);
        vm_emit_source(l, &ins->operand[3]);
        vm_emit_source(l, &ins->operand[4]);
        return true;
    }
    return false;
}

// gc_bif1 Fail Live Import Source Destination
uint32_t vm_load_gc_bif(struct vm_load *l, const struct beam_ins *ins)
{
    if (!load_arithmetic(l, ins))
        emit_bif(l, ins, (enum vm_op_name)(VM_OP_gc_bif1 + (ins->count - 5u)),
                 ins->operand[1].value);
    return 1;
}
