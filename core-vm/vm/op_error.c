// Exceptions: raising, finding the handler, catching.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/stacktrace.h"
#include "core-vm/vm/watch.h"

// Nobody catches it: the process ends.
static void end_process(struct vm_cpu *c)
{
    struct vm_exception exception = c->proc->exception;
    vm_term trace = vm_trace_list(c, exception.trace);
    c->proc->exception = (struct vm_exception){0};
    vm_exit_uncaught(c, exception.class, exception.reason, trace);
}

// The innermost catch of the stack becomes the place where the process goes on. False: there was
// none, and the process has ended.
static VM_SLOW bool find_handler(struct vm_cpu *c)
{
    struct vm_proc *proc = c->proc;
    vm_trace_default(c);
    if (vm_watches(c->vm, VM_EVENT_EXCEPTION))
        vm_report_of(c->vm, VM_EVENT_EXCEPTION, proc->exception.reason, 0, 0);
    vm_term *at = vm_at(c->vm, proc->sp), *end = vm_at(c->vm, proc->hend), *frame = at;
    for (; at < end; at++) {
        if (vm_tag_of(*at) == VM_TAG_HEADER)
            frame = at + 1;
        else if (vm_is_catch(*at))
            break;
    }
    if (at >= end) {
        end_process(c);
        return false;
    }
    proc->sp = vm_offset(c->vm, frame);
    proc->ip = *at >> 6;
    c->outcome = VM_OUTCOME_NONE;
    return true;
}

void vm_op_handle_error(VM_OP_PARAMS)
{
    // It was over its heap's limit: no handler helps.
    if (c->outcome == VM_OUTCOME_EXIT)
        return;
    if (!find_handler(c))
        return;
    // What code sees that looks at it before the `catch_end`, as no compiler makes it.
    c->x[0] = VM_NIL;
    // One that raises what it has just caught goes round without a call.
    if (VM_RARE(--c->reds < 0)) {
        c->proc->live = 1;
        c->outcome = VM_OUTCOME_YIELD;
        return;
    }
    VM_SWAP_IN();
    VM_GO(VM_CODE(c->proc->ip));
}

void vm_op_fail_or_jump(VM_OP_PARAMS)
{
    if (vm_displacement(ip) == 0)
        VM_FAIL();
    c->proc->exception = (struct vm_exception){0};
    c->outcome = VM_OUTCOME_NONE;
    VM_SWAP_IN();
    VM_JUMP();
}

VM_OP(func_info)
{
    VM_SWAP_OUT();
    vm_error(c, VM_AM(function_clause));
    vm_term args = vm_make_list_of(c, c->x, ip->a, VM_NIL);
    if (args != VM_NONE)
        vm_trace_place(c, args, VM_NIL);
    VM_FAIL();
}

// ---- catch and try

VM_OP(catch)
{
    uint64_t handler = (uint64_t)((const char *)(ip + vm_displacement(ip)) - base);
    sp[ip->a] = handler << 6 | VM_CATCH_TAG;
    VM_NEXT(1);
}

// What `catch` gives for an exception. Memory gone: the atom system_limit in its place.
static vm_term caught(struct vm_cpu *c, struct vm_exception *exception)
{
    if (exception->class == VM_AM(throw))
        return exception->reason;
    vm_term reason = exception->reason;
    if (exception->class == VM_AM(error)) {
        vm_term trace = vm_trace_list(c, exception->trace);
        reason = vm_make_tuple(c, 2, (vm_term[]){reason, trace});
    }
    vm_term exit =
        reason == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, (vm_term[]){VM_AM(EXIT), reason});
    return exit == VM_NONE ? VM_AM(system_limit) : exit;
}

static VM_SLOW void catch_exception(VM_OP_PARAMS)
{
    VM_SWAP_OUT();
    struct vm_exception exception = c->proc->exception;
    c->proc->exception = (struct vm_exception){0};
    c->x[0] = caught(c, &exception);
    c->proc->exception = (struct vm_exception){0};
    c->outcome = VM_OUTCOME_NONE;
    VM_SWAP_IN();
    VM_NEXT(1);
}

VM_OP(catch_end)
{
    sp[ip->a] = VM_NIL;
    if (c->proc->exception.class != VM_NONE)
        VM_TAIL return catch_exception(c, ip, sp, hp, base, table);
    VM_NEXT(1);
}

VM_OP(try_end)
{
    sp[ip->a] = VM_NIL;
    VM_NEXT(1);
}

VM_OP(try_case)
{
    struct vm_exception *exception = &c->proc->exception;
    sp[ip->a] = VM_NIL;
    // Nothing was raised only in code that no compiler makes.
    bool raised = exception->class != VM_NONE;
    c->x[0] = raised ? exception->class : VM_AM(error);
    c->x[1] = raised ? exception->reason : VM_AM(undefined);
    c->x[2] = raised ? exception->trace : VM_NIL;
    *exception = (struct vm_exception){0};
    VM_NEXT(1);
}

// ---- raising

// Raise {name, value} or, without a value, name.
static VM_SLOW void raise_pair(struct vm_cpu *c, vm_term name, vm_term value)
{
    vm_term reason = vm_make_tuple(c, 2, (vm_term[]){name, value});
    if (reason != VM_NONE)
        vm_error(c, reason);
}

VM_OP(badmatch)
{
    VM_SWAP_OUT();
    raise_pair(c, VM_AM(badmatch), vm_source(c, sp, VM_WORD(1)));
    VM_FAIL();
}

VM_OP(case_end)
{
    VM_SWAP_OUT();
    raise_pair(c, VM_AM(case_clause), vm_source(c, sp, VM_WORD(1)));
    VM_FAIL();
}

VM_OP(try_case_end)
{
    VM_SWAP_OUT();
    raise_pair(c, VM_AM(try_clause), vm_source(c, sp, VM_WORD(1)));
    VM_FAIL();
}

VM_OP(badrecord)
{
    VM_SWAP_OUT();
    raise_pair(c, VM_AM(badrecord), vm_source(c, sp, VM_WORD(1)));
    VM_FAIL();
}

VM_OP(if_end)
{
    VM_SWAP_OUT();
    vm_error(c, VM_AM(if_clause));
    VM_FAIL();
}

// Raise again what was caught. A trace that is none (only hostile code has such) is as if raised
// here.
static VM_SLOW void raise_again(struct vm_cpu *c, vm_term class, vm_term reason, vm_term trace)
{
    vm_term inside = vm_trace_class(c->base, trace);
    bool is_raw = inside != VM_NONE;
    if (class == VM_NONE)
        class = is_raw ? inside : VM_AM(error);
    vm_raise(c, class, reason);
    if (is_raw && inside == class)
        c->proc->exception.trace = trace;
    else if (is_raw)
        vm_trace_given(c, vm_trace_list(c, trace));
    else if (vm_list_length(c->base, trace) >= 0)
        vm_trace_given(c, trace);
}

VM_OP(raise)
{
    VM_SWAP_OUT();
    raise_again(c, VM_NONE, vm_source(c, sp, VM_WORD(2)), vm_source(c, sp, VM_WORD(1)));
    VM_FAIL();
}

// erlang:raise(x0, x1, x2) where x2 is a raw trace or its list. With a wrong class it gives badarg.
VM_OP(raw_raise)
{
    vm_term class = c->x[0];
    if (class != VM_AM(error) && class != VM_AM(exit) && class != VM_AM(throw)) {
        c->x[0] = VM_AM(badarg);
        VM_NEXT(1);
    }
    VM_SWAP_OUT();
    raise_again(c, class, c->x[1], c->x[2]);
    VM_FAIL();
}

VM_OP(build_stacktrace)
{
    VM_SWAP_OUT();
    c->x[0] = vm_trace_list(c, c->x[0]);
    c->outcome = VM_OUTCOME_NONE;
    VM_SWAP_IN();
    VM_NEXT(1);
}
