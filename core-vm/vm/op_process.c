// Sending and receiving.
#include "core-vm/vm/heap.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/stacktrace.h"
#include "core-vm/vm/timer.h"

// No result: an error of erlang:send/2, or the process does not go on now.
static VM_SLOW void send_failed(VM_OP_PARAMS)
{
    c->proc->live = 2;
    if (c->outcome != VM_OUTCOME_ERROR)
        return;
    struct vm_exception exception = c->proc->exception;
    const struct vm_export *send =
        vm_export_of(c->vm, VM_AM(erlang), vm_atom_named(c->vm, "send"), 2);
    c->proc->exception = exception;
    if (send != NULL)
        vm_trace_bif(c, send, c->x);
    VM_FAIL();
}

VM_OP(send)
{
    VM_SWAP_OUT();
    c->reds--;
    if (VM_RARE(vm_send(c, c->x[0], c->x[1]) == VM_NONE))
        VM_TAIL return send_failed(c, ip, sp, hp, base, table);
    VM_SWAP_IN();
    c->x[0] = c->x[1];
    VM_NEXT(1);
}

// Received messages are fragments of the heap: a loop that only receives has to collect them. No x
// register matters here.
static VM_SLOW void loop_rec_slow(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    if (!vm_collect(c, 0, 0))
        VM_FAIL();
    VM_SWAP_IN();
    VM_GO(ip);
}

VM_OP(loop_rec)
{
    if (VM_RARE(vm_collect_is_due(c->proc)))
        VM_TAIL return loop_rec_slow(c, ip, sp, hp, base, table);
    const struct vm_message *message = vm_mailbox_peek(c->vm, c->proc);
    if (message == NULL)
        VM_JUMP();
    c->proc->flags |= VM_PROC_FRAGILE;
    c->x[0] = message->term;
    VM_NEXT(1);
}

// x0 becomes a copy of the message on the heap.
static VM_SLOW bool take_copy(struct vm_cpu *c, const struct vm_message *message)
{
    size_t words = vm_flat_words(c->vm, message->term);
    vm_term *at = words > 0 ? vm_alloc(c, words) : NULL;
    if (words > 0 && at == NULL)
        return false;
    c->x[0] = words > 0 ? vm_copy(c->vm, message->term, &at, &c->proc->off_heap) : message->term;
    return true;
}

// Where code does more with the message than look at it.
VM_OP(loop_rec_copy)
{
    if (VM_RARE(vm_collect_is_due(c->proc)))
        VM_TAIL return loop_rec_slow(c, ip, sp, hp, base, table);
    const struct vm_message *message = vm_mailbox_peek(c->vm, c->proc);
    if (message == NULL)
        VM_JUMP();
    VM_SWAP_OUT();
    if (!take_copy(c, message))
        VM_FAIL();
    VM_SWAP_IN();
    VM_NEXT(1);
}

VM_OP(loop_rec_end)
{
    c->proc->flags &= ~(uint32_t)VM_PROC_FRAGILE;
    vm_mailbox_skip(c->vm, c->proc);
    if (VM_RARE(--c->reds < 0)) {
        VM_SWAP_OUT();
        c->proc->ip = (uint64_t)((const char *)(ip + vm_displacement(ip)) - base);
        c->proc->live = 0;
        c->outcome = VM_OUTCOME_YIELD;
        return;
    }
    VM_JUMP();
}

VM_OP(remove_message)
{
    VM_SWAP_OUT();
    c->proc->flags &= ~(uint32_t)VM_PROC_FRAGILE;
    vm_mailbox_take(c->vm, c->proc);
    VM_NEXT(1);
}

// It waits for messages alone: a timer that has fired is of a receive which never came to its
// `timeout`, as compilers do not write it, and must not wake this one again and again.
VM_OP(wait)
{
    VM_SWAP_OUT();
    if (VM_RARE((c->proc->flags & (VM_PROC_TIMER_SET | VM_PROC_TIMED_OUT)) != 0))
        vm_receive_timer_stop(c->vm, c->proc);
    c->proc->ip = (uint64_t)((const char *)(ip + vm_displacement(ip)) - base);
    c->proc->live = 0;
    c->outcome = VM_OUTCOME_WAIT;
}

// Comes here again after each message that does not match, and when the timer has fired: then an x
// register it names holds anything, and is not looked at.
VM_OP(wait_timeout)
{
    if ((c->proc->flags & VM_PROC_TIMED_OUT) != 0)
        VM_NEXT(2);
    bool waits = (c->proc->flags & (VM_PROC_TIMER_SET | VM_PROC_TIMER_NEVER)) != 0;
    vm_term timeout = waits ? VM_NIL : vm_source(c, sp, VM_WORD(1));
    if (timeout == vm_small(0))
        VM_NEXT(2);
    VM_SWAP_OUT();
    if (!waits && !vm_receive_timer_start(c, timeout))
        VM_FAIL();
    c->proc->ip = (uint64_t)((const char *)(ip + vm_displacement(ip)) - base);
    c->proc->live = 0;
    c->outcome = VM_OUTCOME_WAIT;
}

VM_OP(timeout)
{
    vm_mailbox_restart(c->vm, c->proc);
    VM_NEXT(1);
}

VM_OP(recv_marker_reserve)
{
    *vm_reg(c, sp, ip->a) = vm_mailbox_marker_reserve(c->vm, c->proc);
    VM_NEXT(1);
}

VM_OP(recv_marker_bind)
{
    vm_mailbox_marker_bind(c->vm, c->proc, *vm_reg(c, sp, ip->a), *vm_reg(c, sp, ip->b));
    VM_NEXT(1);
}

VM_OP(recv_marker_clear)
{
    vm_mailbox_marker_clear(c->vm, c->proc, *vm_reg(c, sp, ip->a));
    VM_NEXT(1);
}

VM_OP(recv_marker_use)
{
    vm_mailbox_marker_use(c->vm, c->proc, *vm_reg(c, sp, ip->a));
    VM_NEXT(1);
}
