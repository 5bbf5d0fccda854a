#include "core-vm/vm/timer.h"

#include <string.h>

#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/vm_impl.h"
#include "core-vm/vm/watch.h"

enum { FIRST_CAPACITY = 16, NS_PER_MS = 1000000 };

// ---- the heap: soonest first

static uint64_t *heap_of(const struct vm *vm)
{
    return vm_at(vm, vm_root(vm)->timers.heap.at);
}

static struct vm_timer *timer_at(const struct vm *vm, uint64_t place)
{
    return vm_at(vm, heap_of(vm)[place]);
}

static bool sooner(const struct vm_timer *a, const struct vm_timer *b)
{
    return a->at != b->at ? a->at < b->at : a->serial < b->serial;
}

static void put_at(struct vm *vm, uint64_t place, struct vm_timer *timer)
{
    heap_of(vm)[place] = vm_offset(vm, timer);
    timer->place = place;
}

static void sift_up(struct vm *vm, struct vm_timer *timer, uint64_t place)
{
    while (place > 0 && sooner(timer, timer_at(vm, (place - 1) / 2))) {
        put_at(vm, place, timer_at(vm, (place - 1) / 2));
        place = (place - 1) / 2;
    }
    put_at(vm, place, timer);
}

static void sift_down(struct vm *vm, struct vm_timer *timer, uint64_t place)
{
    uint64_t count = vm_root(vm)->timers.heap.count;
    for (;;) {
        uint64_t child = 2 * place + 1;
        if (child + 1 < count && sooner(timer_at(vm, child + 1), timer_at(vm, child)))
            child++;
        if (child >= count || !sooner(timer_at(vm, child), timer))
            break;
        put_at(vm, place, timer_at(vm, child));
        place = child;
    }
    put_at(vm, place, timer);
}

static bool heap_grow(struct vm *vm)
{
    struct vm_table *heap = &vm_root(vm)->timers.heap;
    if (heap->count < heap->capacity)
        return true;
    uint64_t capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
    uint64_t offset = vm_data_alloc(vm, capacity * sizeof(uint64_t));
    if (offset == 0)
        return false;
    if (heap->count > 0)
        memcpy(vm_at(vm, offset), heap_of(vm), heap->count * sizeof(uint64_t));
    vm_data_release(vm, heap->at);
    heap->at = offset;
    heap->capacity = capacity;
    return true;
}

static void disarm(struct vm *vm, struct vm_timer *timer)
{
    struct vm_table *heap = &vm_root(vm)->timers.heap;
    uint64_t place = timer->place;
    struct vm_timer *last = timer_at(vm, --heap->count);
    if (last == timer)
        return;
    if (place > 0 && sooner(last, timer_at(vm, (place - 1) / 2)))
        sift_up(vm, last, place);
    else
        sift_down(vm, last, place);
}

// NULL: out of memory.
static struct vm_timer *arm(struct vm *vm, uint64_t at)
{
    struct vm_root *root = vm_root(vm);
    uint64_t offset = heap_grow(vm) ? vm_data_alloc(vm, sizeof(struct vm_timer)) : 0;
    if (offset == 0)
        return NULL;
    struct vm_timer *timer = vm_at(vm, offset);
    *timer = (struct vm_timer){.at = at, .serial = ++root->timers.serial, .to = VM_NONE};
    sift_up(vm, timer, root->timers.heap.count++);
    return timer;
}

// ---- receive after

// Milliseconds from now; false: no time at all. *never: infinity.
static bool deadline(struct vm *vm, vm_term timeout, uint64_t *at, bool *never)
{
    *never = timeout == VM_AM(infinity);
    if (*never)
        return true;
    if (!vm_is_small(timeout) || vm_small_value(timeout) < 0 ||
        vm_small_value(timeout) > UINT32_MAX)
        return false;
    *at = vm_now(vm) + (uint64_t)vm_small_value(timeout) * NS_PER_MS;
    return true;
}

bool vm_receive_timer_start(struct vm_cpu *c, vm_term timeout)
{
    uint64_t at = 0;
    bool never = false;
    if ((c->proc->flags & (VM_PROC_TIMER_SET | VM_PROC_TIMED_OUT)) != 0)
        return true;
    if (!deadline(c->vm, timeout, &at, &never)) {
        vm_error(c, VM_AM(timeout_value));
        return false;
    }
    if (never) {
        c->proc->flags |= VM_PROC_TIMER_NEVER;
        return true;
    }
    struct vm_timer *timer = arm(c->vm, at);
    if (timer == NULL) {
        vm_system_limit(c);
        return false;
    }
    timer->receive = vm_offset(c->vm, c->proc);
    timer->to = c->proc->pid;
    c->proc->receive_timer = vm_offset(c->vm, timer);
    c->proc->wait_until = at;
    c->proc->flags |= VM_PROC_TIMER_SET;
    return true;
}

void vm_receive_timer_stop(struct vm *vm, struct vm_proc *proc)
{
    if ((proc->flags & VM_PROC_TIMER_SET) != 0) {
        disarm(vm, vm_at(vm, proc->receive_timer));
        vm_data_release(vm, proc->receive_timer);
    }
    proc->receive_timer = 0;
    proc->flags &= ~(uint32_t)(VM_PROC_TIMER_SET | VM_PROC_TIMED_OUT | VM_PROC_TIMER_NEVER);
}

// ---- message timers

static void chain(struct vm *vm, struct vm_timer *timer, struct vm_proc *proc)
{
    if (proc == NULL)
        return;
    timer->next = proc->timers;
    if (proc->timers != 0)
        ((struct vm_timer *)vm_at(vm, proc->timers))->prev = vm_offset(vm, timer);
    proc->timers = vm_offset(vm, timer);
}

static void unchain(struct vm *vm, const struct vm_timer *timer)
{
    struct vm_proc *proc = vm_proc_slot(vm, timer->to);
    if (timer->prev != 0)
        ((struct vm_timer *)vm_at(vm, timer->prev))->next = timer->next;
    else if (proc != NULL)
        proc->timers = timer->next;
    if (timer->next != 0)
        ((struct vm_timer *)vm_at(vm, timer->next))->prev = timer->prev;
}

struct vm_timer *vm_timer_new(struct vm *vm, const struct vm_timer_order *order)
{
    struct vm_table *by_ref = &vm_root(vm)->relations.by_ref;
    uint64_t key = vm_ref_key(order->ref, VM_REF_TIMER);
    struct vm_timer *timer = arm(vm, order->at);
    if (timer == NULL)
        return NULL;
    timer->ref_header = vm_header(VM_REF, 2);
    timer->ref = order->ref;
    timer->tagged = order->tagged;
    timer->box = vm_box_new(vm, order->message);
    if (timer->box == 0 || !vm_index_put(vm, by_ref, key, vm_offset(vm, timer))) {
        vm_timer_free(vm, timer);
        return NULL;
    }
    timer->to = order->to;
    chain(vm, timer, vm_proc_slot(vm, order->to));
    return timer;
}

struct vm_timer *vm_timer_find(const struct vm *vm, struct vm_ref ref)
{
    uint64_t offset =
        vm_index_get(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(ref, VM_REF_TIMER));
    return offset == 0 ? NULL : vm_at(vm, offset);
}

void vm_timer_free(struct vm *vm, struct vm_timer *timer)
{
    disarm(vm, timer);
    if (timer->to != VM_NONE)
        unchain(vm, timer);
    vm_index_take(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(timer->ref, VM_REF_TIMER));
    if (timer->box != 0)
        vm_box_free(vm, timer->box);
    vm_data_release(vm, vm_offset(vm, timer));
}

void vm_timers_forget(struct vm *vm, struct vm_proc *proc)
{
    while (proc->timers != 0)
        vm_timer_free(vm, vm_at(vm, proc->timers));
}

// ---- when time comes

static void send_tagged(struct vm *vm, struct vm_proc *to, const struct vm_timer *timer,
                        vm_term term)
{
    struct vm_message *message = vm_message_new(vm, 4 + VM_REF_WORDS + vm_flat_words(vm, term));
    if (message == NULL)
        return;
    vm_term *tuple = vm_at(vm, message->heap.at), *hp = tuple + 4;
    tuple[0] = vm_header(VM_TUPLE, 3);
    tuple[1] = VM_AM(timeout);
    tuple[2] = vm_ref_put(vm->image.base, timer->ref, &hp);
    tuple[3] = vm_copy(vm, term, &hp, &message->heap.off_heap);
    message->term = vm_make_boxed(vm->image.base, tuple);
    vm_message_post(vm, to, VM_AM(system), message);
}

static void fire_message(struct vm *vm, struct vm_timer *timer)
{
    struct vm_proc *to =
        vm_is_atom(timer->to) ? vm_registered(vm, timer->to) : vm_proc_find(vm, timer->to);
    vm_term term = ((const struct vm_box *)vm_at(vm, timer->box))->term;
    if (to != NULL && timer->tagged)
        send_tagged(vm, to, timer, term);
    else if (to != NULL)
        vm_send_to(vm, to, VM_AM(system), term);
    vm_timer_free(vm, timer);
}

static void fire_receive(struct vm *vm, struct vm_timer *timer)
{
    struct vm_proc *proc = vm_at(vm, timer->receive);
    vm_receive_timer_stop(vm, proc);
    proc->flags |= VM_PROC_TIMED_OUT;
    vm_make_runnable(vm, proc);
}

static void report(struct vm *vm, const struct vm_timer *timer)
{
    uint64_t pid = vm_is_local_pid(timer->to) ? vm_pid_number(timer->to) : 0;
    if (vm_watches(vm, VM_EVENT_TIMER))
        vm_report(vm, &(struct vm_event_info){.event = VM_EVENT_TIMER, .pid = pid, .other = pid});
}

bool vm_timers_fire(struct vm *vm)
{
    uint64_t now = vm_now(vm);
    bool fired = false;
    while (vm_timers_next(vm) <= now) {
        struct vm_timer *timer = timer_at(vm, 0);
        report(vm, timer);
        if (timer->receive != 0)
            fire_receive(vm, timer);
        else
            fire_message(vm, timer);
        fired = true;
    }
    return fired;
}

uint64_t vm_timers_next(const struct vm *vm)
{
    return vm_root(vm)->timers.heap.count == 0 ? UINT64_MAX : timer_at(vm, 0)->at;
}
