// BIFs that are instructions: no process switch can happen in them.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/stacktrace.h"

VM_OP(self)
{
    *vm_reg(c, sp, ip->a) = c->proc->pid;
    VM_NEXT(1);
}

// The BIF of an instruction raised an exception that no guard takes: its trace names it.
static VM_SLOW void trace_failure(struct vm_cpu *c, const struct vm_bif *bif, const vm_term *args)
{
    struct vm_exception exception = c->proc->exception;
    vm_term module = vm_atom_named(c->vm, bif->module), name = vm_atom_named(c->vm, bif->name);
    const struct vm_export *export = vm_export_of(c->vm, module, name, bif->arity);
    c->proc->exception = exception;
    if (export != NULL)
        vm_trace_bif(c, export, args);
}

// Run it: sources in words 2 on. VM_NONE: it failed.
static inline vm_term run(struct vm_cpu *c, const struct vm_ins *ip, vm_term *sp, unsigned arity)
{
    const struct vm_bif *bif = &vm_bifs[(uint32_t)VM_WORD(1)];
    vm_term args[3];
    for (unsigned i = 0; i < arity; i++)
        args[i] = vm_source(c, sp, VM_WORD(2 + i));
    c->bif_arity = arity;
    vm_term result = bif->run(c, args);
    if (VM_RARE(result == VM_NONE) && vm_displacement(ip) == 0)
        trace_failure(c, bif, args);
    return result;
}

static __attribute__((noinline)) vm_term run_1(struct vm_cpu *c, const struct vm_ins *ip,
                                               vm_term *sp)
{
    return run(c, ip, sp, 1);
}

static __attribute__((noinline)) vm_term run_2(struct vm_cpu *c, const struct vm_ins *ip,
                                               vm_term *sp)
{
    return run(c, ip, sp, 2);
}

static __attribute__((noinline)) vm_term run_3(struct vm_cpu *c, const struct vm_ins *ip,
                                               vm_term *sp)
{
    return run(c, ip, sp, 3);
}

// Take the result of a BIF that was run after VM_SWAP_OUT.
#define VM_BIF_RESULT(result_, words)   \
    do {                                \
        vm_term result = (result_);     \
        if (VM_RARE(result == VM_NONE)) \
            VM_FAIL_OR_JUMP();          \
        VM_SWAP_IN();                   \
        *vm_reg(c, sp, ip->a) = result; \
        VM_NEXT(words);                 \
    } while (0)

VM_OP(bif0)
{
    VM_SWAP_OUT();
    vm_term result = vm_bifs[VM_WORD(1)].run(c, c->x);
    if (VM_RARE(result == VM_NONE))
        VM_FAIL();
    VM_SWAP_IN();
    *vm_reg(c, sp, ip->a) = result;
    VM_NEXT(2);
}

VM_OP(bif1)
{
    VM_SWAP_OUT();
    VM_BIF_RESULT(run_1(c, ip, sp), 3);
}

VM_OP(bif2)
{
    VM_SWAP_OUT();
    VM_BIF_RESULT(run_2(c, ip, sp), 4);
}

VM_OP(bif3)
{
    VM_SWAP_OUT();
    VM_BIF_RESULT(run_3(c, ip, sp), 5);
}

// Garbage is collected only when much was allocated outside of the heap.
static VM_SLOW bool collect_before(struct vm_cpu *c, const struct vm_ins *ip)
{
    return vm_collect(c, 0, (unsigned)(VM_WORD(1) >> 32));
}
#define VM_COLLECT_IF_DUE()                        \
    do {                                           \
        if (VM_RARE(vm_collect_is_due(c->proc))) { \
            if (!collect_before(c, ip))            \
                VM_FAIL();                         \
            VM_SWAP_IN();                          \
        }                                          \
    } while (0)

VM_OP(gc_bif1)
{
    VM_SWAP_OUT();
    VM_COLLECT_IF_DUE();
    VM_BIF_RESULT(run_1(c, ip, sp), 3);
}

VM_OP(gc_bif2)
{
    VM_SWAP_OUT();
    VM_COLLECT_IF_DUE();
    VM_BIF_RESULT(run_2(c, ip, sp), 4);
}

VM_OP(gc_bif3)
{
    VM_SWAP_OUT();
    VM_COLLECT_IF_DUE();
    VM_BIF_RESULT(run_3(c, ip, sp), 5);
}
