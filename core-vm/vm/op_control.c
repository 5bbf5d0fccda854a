// Stack frames, heap reservation, jumps, selection.
#include "core-vm/vm/heap.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/sched.h"

VM_OP(jump)
{
    VM_JUMP();
}

// Loops of programs are calls, which count and yield. No compiler makes others, so one that goes
// round so long without a call is an attack.
enum { MAX_TICKS = 1 << 20 };

VM_OP(tick)
{
    if (VM_RARE(--c->reds < -MAX_TICKS)) {
        VM_SWAP_OUT();
        vm_system_limit(c);
        VM_FAIL();
    }
    VM_NEXT(1);
}

static inline void clear_slots(vm_term *sp, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        sp[i] = VM_NIL;
}

// Garbage is collected, then the frame made: for all forms of allocate.
static VM_SLOW void allocate_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!vm_collect(c, (size_t)ip->a + ip->c, ip->b))
        VM_FAIL();
    VM_SWAP_IN();
    sp -= ip->a;
    clear_slots(sp, ip->a);
    VM_NEXT(1);
}
#define VM_MAKE_ROOM(words)                                           \
    do {                                                              \
        if (VM_RARE(vm_heap_is_short(sp, hp, (words))))               \
            VM_TAIL return allocate_slow(c, ip, sp, hp, base, table); \
    } while (0)

VM_OP(allocate)
{
    VM_MAKE_ROOM(ip->a);
    sp -= ip->a;
    clear_slots(sp, ip->a);
    VM_NEXT(1);
}

VM_OP(allocate_bare)
{
    VM_MAKE_ROOM(ip->a);
    sp -= ip->a;
    VM_NEXT(1);
}

VM_OP(allocate_heap)
{
    VM_MAKE_ROOM((size_t)ip->a + ip->c);
    sp -= ip->a;
    clear_slots(sp, ip->a);
    VM_NEXT(1);
}

VM_OP(allocate_heap_bare)
{
    VM_MAKE_ROOM((size_t)ip->a + ip->c);
    sp -= ip->a;
    VM_NEXT(1);
}

VM_OP(deallocate)
{
    sp += ip->a;
    VM_NEXT(1);
}

VM_OP(trim)
{
    sp += ip->a;
    VM_NEXT(1);
}

static VM_SLOW void test_heap_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!vm_collect(c, ip->a, ip->b))
        VM_FAIL();
    VM_SWAP_IN();
    VM_NEXT(1);
}

VM_OP(test_heap)
{
    if (VM_RARE(vm_heap_is_short(sp, hp, ip->a)))
        VM_TAIL return test_heap_slow(c, ip, sp, hp, base, table);
    VM_NEXT(1);
}

static VM_SLOW void test_heap_large_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!vm_collect(c, VM_WORD(1), ip->b))
        VM_FAIL();
    VM_SWAP_IN();
    VM_NEXT(2);
}

VM_OP(test_heap_large)
{
    if (VM_RARE(vm_heap_is_short(sp, hp, VM_WORD(1))))
        VM_TAIL return test_heap_large_slow(c, ip, sp, hp, base, table);
    VM_NEXT(2);
}

VM_OP(init_y)
{
    sp[ip->a] = VM_NIL;
    VM_NEXT(1);
}

VM_OP(init_y2)
{
    sp[ip->a] = VM_NIL;
    sp[ip->b] = VM_NIL;
    VM_NEXT(1);
}

VM_OP(select_linear)
{
    vm_term value = *vm_reg(c, sp, ip->a);
    size_t count = VM_WORD(1);
    for (size_t i = 0; i < count; i += 2)
        if (VM_WORD(2 + i) == value)
            VM_GO(ip + (int64_t)VM_WORD(3 + i));
    VM_JUMP();
}

// Displacement behind the value in a sorted list of them, 0: it is not there.
static int64_t search(const uint64_t *pair, size_t count, vm_term value)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pair[2 * middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && pair[2 * low] == value ? (int64_t)pair[2 * low + 1] : 0;
}

VM_OP(select_binary)
{
    int64_t to = search(&VM_WORD(2), VM_WORD(1) / 2, *vm_reg(c, sp, ip->a));
    VM_GO(ip + (to != 0 ? to : vm_displacement(ip)));
}

VM_OP(select_dense)
{
    // The difference of two small integers' words has the tag's bits clear; others are far out.
    uint64_t index = *vm_reg(c, sp, ip->a) - VM_WORD(2);
    index = index >> 4 | index << 60;
    int64_t to = index < VM_WORD(1) - 1 ? (int64_t)VM_WORD(3 + index) : 0;
    VM_GO(ip + (to != 0 ? to : vm_displacement(ip)));
}

VM_OP(select_arity)
{
    vm_term value = *vm_reg(c, sp, ip->a);
    size_t count = VM_WORD(1);
    if (!vm_is_boxed(value))
        VM_JUMP();
    vm_term header = *vm_boxed_at(base, value);
    for (size_t i = 0; i < count; i += 2)
        if (VM_WORD(2 + i) == header)
            VM_GO(ip + (int64_t)VM_WORD(3 + i));
    VM_JUMP();
}

VM_OP(code_end)
{
    VM_SWAP_OUT();
    vm_badarg(c);
    VM_FAIL();
}

VM_OP(process_end)
{
    VM_SWAP_OUT();
    vm_exit_self(c, VM_AM(normal));
}
