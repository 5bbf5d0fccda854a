#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/stacktrace.h"
#include "core-vm/vm/timer.h"
#include "core-vm/vm/vm_impl.h"

enum { NS_PER_MS = 1000000 };
// Milliseconds: further away than anybody will wait, and no overflow in nanoseconds.
#define LONGEST (INT64_C(1) << 42)

struct options {
    bool absolute, async, no_info;
};

// [{Name, true | false}, ...]; only the names allowed. False: something else.
static bool read_options(const char *base, vm_term list, vm_term allowed, struct options *ret)
{
    *ret = (struct options){0};
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term option = vm_head(base, list);
        if (!vm_is_tuple_of(base, option, 2))
            return false;
        const vm_term *at = vm_boxed_at(base, option);
        bool on = at[2] == VM_AM(true);
        if (!on && at[2] != VM_AM(false))
            return false;
        if (at[1] == VM_AM(abs) && allowed == VM_AM(abs))
            ret->absolute = on;
        else if (at[1] == VM_AM(async) && allowed != VM_AM(abs))
            ret->async = on;
        else if (at[1] == VM_AM(info) && allowed == VM_AM(info))
            ret->no_info = !on;
        else
            return false;
    }
    return vm_is_nil(list);
}

// When it is due; false: no such time.
static bool due_at(struct vm_cpu *c, vm_term time, bool absolute, uint64_t *ret)
{
    int64_t ms = 0;
    if (!vm_get_int64(c->base, time, &ms) || ms > LONGEST || (ms < 0 && !absolute))
        return false;
    uint64_t now = vm_now(c->vm);
    uint64_t relative = now + (uint64_t)ms * NS_PER_MS;
    *ret = !absolute ? relative : ms < 0 ? now : (uint64_t)ms * NS_PER_MS;
    return true;
}

static vm_term arm(struct vm_cpu *c, const vm_term *args, vm_term options, bool tagged)
{
    struct options o;
    struct vm_timer_order order = {.to = args[1], .message = args[2], .tagged = tagged};
    bool known = vm_is_local_pid(order.to) || vm_is_atom(order.to);
    if (!known)
        return vm_badarg(c);
    if (!read_options(c->base, options, VM_AM(abs), &o))
        return vm_error_because(c, VM_AM(badarg), VM_AM(badopt));
    if (!due_at(c, args[0], o.absolute, &order.at))
        return vm_error_because(c, VM_AM(badarg), VM_AM(time));
    vm_term ref = vm_make_reference(c);
    if (ref == VM_NONE)
        return VM_NONE;
    order.ref = vm_ref_of(c->base, ref);
    // Nothing could ever come of a timer to a dead process.
    if (vm_is_local_pid(order.to) && vm_proc_find(c->vm, order.to) == NULL)
        return ref;
    return vm_timer_new(c->vm, &order) != NULL ? ref : vm_system_limit(c);
}

vm_term vm_bif_start_timer(struct vm_cpu *c, const vm_term *args)
{
    return arm(c, args, VM_NIL, true);
}

vm_term vm_bif_start_timer_options(struct vm_cpu *c, const vm_term *args)
{
    return arm(c, args, args[3], true);
}

vm_term vm_bif_send_after(struct vm_cpu *c, const vm_term *args)
{
    return arm(c, args, VM_NIL, false);
}

vm_term vm_bif_send_after_options(struct vm_cpu *c, const vm_term *args)
{
    return arm(c, args, args[3], false);
}

// Milliseconds until it is due, `false` when there is no such timer.
static vm_term left_of(struct vm_cpu *c, vm_term ref, bool cancel)
{
    struct vm_timer *timer = vm_timer_find(c->vm, vm_ref_of(c->base, ref));
    if (timer == NULL)
        return VM_AM(false);
    uint64_t now = vm_now(c->vm);
    uint64_t left = timer->at > now ? (timer->at - now + NS_PER_MS - 1) / NS_PER_MS : 0;
    if (cancel)
        vm_timer_free(c->vm, timer);
    return vm_make_unsigned(c, left);
}

// {cancel_timer | read_timer, Ref, Result} instead of a result.
static vm_term answer_later(struct vm_cpu *c, vm_term what, vm_term ref, vm_term result)
{
    vm_term part[3] = {what, ref, result};
    vm_term message = result == VM_NONE ? VM_NONE : vm_make_tuple(c, 3, part);
    if (message == VM_NONE)
        return VM_NONE;
    bool sent = vm_send_to(c->vm, c->proc, VM_AM(system), message);
    return sent ? VM_AM(ok) : vm_system_limit(c);
}

static vm_term cancel(struct vm_cpu *c, vm_term ref, vm_term options)
{
    struct options o;
    if (!vm_is_kind(c->base, ref, VM_REF) || !read_options(c->base, options, VM_AM(info), &o))
        return vm_badarg(c);
    vm_term left = left_of(c, ref, true);
    if (o.no_info)
        return VM_AM(ok);
    return o.async ? answer_later(c, VM_AM(cancel_timer), ref, left) : left;
}

vm_term vm_bif_cancel_timer(struct vm_cpu *c, const vm_term *args)
{
    return cancel(c, args[0], VM_NIL);
}

vm_term vm_bif_cancel_timer_options(struct vm_cpu *c, const vm_term *args)
{
    return cancel(c, args[0], args[1]);
}

static vm_term read(struct vm_cpu *c, vm_term ref, vm_term options)
{
    struct options o;
    if (!vm_is_kind(c->base, ref, VM_REF) || !read_options(c->base, options, VM_AM(async), &o))
        return vm_badarg(c);
    vm_term left = left_of(c, ref, false);
    return o.async ? answer_later(c, VM_AM(read_timer), ref, left) : left;
}

vm_term vm_bif_read_timer(struct vm_cpu *c, const vm_term *args)
{
    return read(c, args[0], VM_NIL);
}

vm_term vm_bif_read_timer_options(struct vm_cpu *c, const vm_term *args)
{
    return read(c, args[0], args[1]);
}
