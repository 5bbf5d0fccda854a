#include "core-vm/vm/sched.h"

#include <assert.h>
#include <string.h>

#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/timer.h"
#include "core-vm/vm/watch.h"

enum {
    SWITCH_COST = 20,  // reductions that changing processes is worth
    LOW_PASSES = 8,    // a low process is passed over so often before it runs, as in OTP
    NAP = 20000000,    // ns: longest sleep at a time, so that an interrupt is seen soon
};

// ---- run queues

static struct vm_proc *proc_at(const struct vm *vm, uint64_t offset)
{
    return offset == 0 ? NULL : vm_at(vm, offset);
}

// Processes of low priority wait among the normal ones.
static enum vm_priority queue_of(const struct vm_proc *proc)
{
    return proc->priority == VM_PRIORITY_LOW ? VM_PRIORITY_NORMAL : proc->priority;
}

static void queue_append(struct vm *vm, struct vm_proc *proc)
{
    struct vm_root *root = vm_root(vm);
    uint64_t offset = vm_offset(vm, proc);
    enum vm_priority queue = queue_of(proc);
    uint64_t last = root->procs.last[queue];
    proc->next_run = 0;
    proc->prev_run = last;
    if (last != 0)
        proc_at(vm, last)->next_run = offset;
    else
        root->procs.first[queue] = offset;
    root->procs.last[queue] = offset;
    root->procs.queued++;
}

static void queue_push(struct vm *vm, struct vm_proc *proc)
{
    proc->passes = proc->priority == VM_PRIORITY_LOW ? LOW_PASSES : 0;
    queue_append(vm, proc);
}

void vm_queue_remove(struct vm *vm, struct vm_proc *proc)
{
    struct vm_root *root = vm_root(vm);
    enum vm_priority queue = queue_of(proc);
    if (proc->prev_run != 0)
        proc_at(vm, proc->prev_run)->next_run = proc->next_run;
    else
        root->procs.first[queue] = proc->next_run;
    if (proc->next_run != 0)
        proc_at(vm, proc->next_run)->prev_run = proc->prev_run;
    else
        root->procs.last[queue] = proc->prev_run;
    proc->next_run = proc->prev_run = 0;
    root->procs.queued--;
}

void vm_make_runnable(struct vm *vm, struct vm_proc *proc)
{
    if (proc->status == VM_SUSPENDED && proc->resume_status == VM_WAITING)
        proc->resume_status = VM_RUNNABLE;
    if (proc->status != VM_WAITING)
        return;
    proc->status = VM_RUNNABLE;
    queue_push(vm, proc);
}

void vm_suspend(struct vm *vm, struct vm_proc *proc)
{
    if (proc->suspended++ > 0)
        return;
    proc->resume_status = proc->status;
    if (proc->status == VM_RUNNABLE)
        vm_queue_remove(vm, proc);
    proc->status = VM_SUSPENDED;
}

void vm_unsuspend(struct vm *vm, struct vm_proc *proc)
{
    if (proc->suspended == 0 || --proc->suspended > 0 || proc->status != VM_SUSPENDED)
        return;
    proc->status = proc->resume_status;
    if (proc->status == VM_RUNNABLE)
        queue_push(vm, proc);
}

void vm_set_priority(struct vm *vm, struct vm_proc *proc, enum vm_priority priority)
{
    bool queued = proc->status == VM_RUNNABLE;
    if (queued)
        vm_queue_remove(vm, proc);
    proc->priority = priority;
    if (queued)
        queue_push(vm, proc);
}

// ---- who is next

// The queue to take from; VM_PRIORITY_COUNT: all are empty.
static enum vm_priority next_queue(const struct vm_root *root)
{
    unsigned queue = VM_PRIORITY_MAX;
    while (queue < VM_PRIORITY_COUNT && root->procs.first[queue] == 0)
        queue++;
    return (enum vm_priority)queue;
}

// The first of a queue, after those that are passed over once more have gone to its end.
static uint64_t first_of(struct vm *vm, enum vm_priority queue)
{
    struct vm_root *root = vm_root(vm);
    struct vm_proc *proc = proc_at(vm, root->procs.first[queue]);
    while (proc->passes > 0) {
        vm_queue_remove(vm, proc);
        proc->passes--;
        queue_append(vm, proc);
        proc = proc_at(vm, root->procs.first[queue]);
    }
    return vm_offset(vm, proc);
}

static uint64_t random_pick(void *data, struct vm *vm, uint64_t count)
{
    (void)data;
    uint64_t *state = &vm_root(vm)->procs.random;
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = (*state ^ *state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % count;
}

struct vm_policy vm_policy_random(uint64_t seed)
{
    return (struct vm_policy){.pick = random_pick, .data = (void *)(uintptr_t)seed};
}

void vm_set_policy(struct vm *vm, const struct vm_policy *policy)
{
    vm->policy = policy == NULL ? (struct vm_policy){0} : *policy;
    vm_root(vm)->procs.random_policy = vm->policy.pick == random_pick;
    vm_root(vm)->procs.random = (uint64_t)(uintptr_t)vm->policy.data;
}

static uint64_t pick_index(struct vm *vm, uint64_t first)
{
    // A VM that was opened goes on drawing from the saved state.
    bool random = vm->policy.pick == NULL && vm_root(vm)->procs.random_policy;
    if (vm->policy.pick == NULL && !random)
        return 0;
    uint64_t count = 0;
    for (uint64_t at = first; at != 0; at = proc_at(vm, at)->next_run)
        count++;
    uint64_t index =
        random ? random_pick(NULL, vm, count) : vm->policy.pick(vm->policy.data, vm, count);
    return index < count ? index : count - 1;
}

// NULL: nobody can run.
static struct vm_proc *take_next(struct vm *vm)
{
    enum vm_priority queue = next_queue(vm_root(vm));
    if (queue == VM_PRIORITY_COUNT)
        return NULL;
    uint64_t at = first_of(vm, queue);
    for (uint64_t i = pick_index(vm, at); i > 0; i--)
        at = proc_at(vm, at)->next_run;
    struct vm_proc *proc = proc_at(vm, at);
    vm_queue_remove(vm, proc);
    return proc;
}

// ---- one slice

static VM_SLOW void report(struct vm *vm, enum vm_event event, const struct vm_proc *proc)
{
    vm_report(vm, &(struct vm_event_info){
                      .event = event, .pid = vm_pid_number(proc->pid), .ip = proc->ip});
}

void vm_schedule_in(struct vm *vm, struct vm_proc *proc)
{
    struct vm_root *root = vm_root(vm);
    if (proc->live > 0)
        memcpy(root->cpu.x, vm_at(vm, proc->x), proc->live * sizeof(vm_term));
    root->cpu.proc = proc;
    root->procs.current = vm_offset(vm, proc);
    proc->status = VM_RUNNING;
}

bool vm_schedule_out(struct vm *vm, struct vm_proc *proc)
{
    struct vm_root *root = vm_root(vm);
    root->procs.current = 0;
    root->cpu.proc = NULL;
    return vm_proc_save_x(vm, proc, root->cpu.x, proc->live);
}

static void leave(struct vm *vm, struct vm_proc *proc, bool waits)
{
    if (vm_watched(vm))
        report(vm, VM_EVENT_SCHEDULE_OUT, proc);
    proc->status = VM_WAITING;
    if (!vm_schedule_out(vm, proc))
        vm_proc_doom(vm, proc, VM_AM(system_limit));
    else if (!waits || (proc->flags & VM_PROC_TIMED_OUT) != 0)
        vm_make_runnable(vm, proc);
}

static void end(struct vm *vm, struct vm_proc *proc)
{
    struct vm_root *root = vm_root(vm);
    if (vm_watched(vm))
        report(vm, VM_EVENT_SCHEDULE_OUT, proc);
    root->procs.current = 0;
    root->cpu.proc = NULL;
    vm_proc_dies(vm, proc);
    vm_reap(vm);
}

// There is no message to wake it at once.
static bool hibernates(const struct vm_proc *proc)
{
    return (proc->flags & VM_PROC_HIBERNATING) != 0 && proc->mailbox.count == 0;
}

// What becomes of the process that just came back from running.
static void settle(struct vm *vm, struct vm_proc *proc, enum vm_outcome outcome)
{
    if (proc->status == VM_EXITING) {
        end(vm, proc);
        return;
    }
    switch (outcome) {
    case VM_OUTCOME_FROZEN:
        return;
    case VM_OUTCOME_YIELD:
        // Cut short by the budget: it keeps its turn.
        if (vm_root(vm)->procs.slice_left == 0)
            leave(vm, proc, false);
        return;
    case VM_OUTCOME_WAIT:
        leave(vm, proc, true);
        return;
    case VM_OUTCOME_SWITCH:
        leave(vm, proc, hibernates(proc));
        return;
    case VM_OUTCOME_NONE:
    case VM_OUTCOME_ERROR:
    case VM_OUTCOME_TRAP:
    case VM_OUTCOME_EXIT:
        break;
    }
    assert(false && "a process came back for no reason");
}

static struct vm_proc *current(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    struct vm_proc *proc = proc_at(vm, root->procs.current);
    if (proc != NULL || (proc = take_next(vm)) == NULL)
        return proc;
    vm_schedule_in(vm, proc);
    proc->flags &= ~(uint32_t)VM_PROC_HIBERNATING;
    root->procs.switches++;
    root->procs.slice_left = VM_SLICE;
    if (vm_watched(vm))
        report(vm, VM_EVENT_SCHEDULE_IN, proc);
    return proc;
}

// Returns the reductions used. Of limits and budgets a wait takes at least one: in virtual time a
// process that does nothing but wait for timers would go on for ever otherwise.
static uint64_t run_slice(struct vm *vm, struct vm_proc *proc, uint64_t budget)
{
    struct vm_root *root = vm_root(vm);
    struct vm_cpu *c = &root->cpu;
    uint64_t slice = root->procs.slice_left < budget ? root->procs.slice_left : budget;
    c->slice = c->reds = (int64_t)slice;
    c->outcome = VM_OUTCOME_NONE;
    enum vm_outcome outcome = vm_execute(c);
    uint64_t used = c->reds < c->slice ? (uint64_t)(c->slice - c->reds) : 0;
    uint64_t left = root->procs.slice_left;
    root->procs.slice_left = used < left ? left - used : 0;
    root->clock.unread += used + SWITCH_COST;
    root->look.epoch++;
    proc->reductions += used;
    if (outcome == VM_OUTCOME_WAIT && used == 0)
        used = 1;
    root->procs.reductions += used;
    settle(vm, proc, outcome);
    return used;
}

// ---- the loop

// Nobody can run. False: and nothing will ever happen.
static bool wait_for_timer(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    uint64_t next = vm_timers_next(vm), now = vm_now(vm);
    if (next == UINT64_MAX)
        return false;
    if (next <= now)
        return true;
    if (root->clock.is_virtual)
        root->clock.virtual_now = next;
    else if (vm->world.sleep != NULL)
        vm->world.sleep(vm->world.data, next - now < NAP ? next - now : NAP);
    else
        root->clock.back += next - now;
    return true;
}

static bool must_stop(struct vm *vm, uint64_t budget, enum vm_stop *ret)
{
    struct vm_root *root = vm_root(vm);
    if (vm->freeze) {
        vm->freeze = 0;
        root->procs.frozen = true;
        *ret = VM_STOP_FROZEN;
    } else if (root->halt.requested) {
        *ret = VM_STOP_HALTED;
    } else if (vm->interrupted) {
        vm->interrupted = 0;
        *ret = VM_STOP_INTERRUPTED;
    } else if (root->limits.reductions != 0 && root->procs.reductions >= root->limits.reductions) {
        *ret = VM_STOP_LIMIT;
    } else if (budget == 0) {
        *ret = VM_STOP_BUDGET;
    } else {
        return false;
    }
    return true;
}

static void bind_cpu(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    root->cpu.vm = vm;
    root->cpu.base = vm->image.base;
    root->cpu.proc = proc_at(vm, root->procs.current);
    root->procs.frozen = false;
    vm->freeze = 0;
    vm_now(vm);
}

// Reading the clock after every few instructions would cost more than these: as often as slices are
// full is enough, and when nobody runs.
static bool clock_is_due(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    if (root->procs.queued != 0 && root->clock.unread < VM_SLICE)
        return false;
    root->clock.unread = 0;
    return true;
}

static void spend(uint64_t *budget, uint64_t used)
{
    *budget -= used < *budget ? used : *budget;
}

static enum vm_stop run(struct vm *vm, uint64_t budget)
{
    enum vm_stop stop = VM_STOP_IDLE;
    vm_reap(vm);
    while (!must_stop(vm, budget, &stop)) {
        // Whoever was stopped in the middle of its slice goes on as if nothing had been.
        if (vm_root(vm)->procs.current == 0 && clock_is_due(vm))
            vm_timers_fire(vm);
        if (vm->freeze)
            continue;
        struct vm_proc *proc = current(vm);
        if (proc == NULL && !wait_for_timer(vm))
            return VM_STOP_IDLE;
        if (proc != NULL && proc->status == VM_EXITING)
            end(vm, proc);  // killed while it stood still
        else if (proc != NULL && !vm->freeze)
            spend(&budget, run_slice(vm, proc, budget));
    }
    return stop;
}

enum vm_stop vm_run(struct vm *vm, uint64_t budget)
{
    bind_cpu(vm);
    enum vm_stop stop = run(vm, budget == 0 ? UINT64_MAX : budget);
    vm_root(vm)->look.epoch++;
    return stop;
}

void vm_interrupt(struct vm *vm)
{
    vm->interrupted = 1;
}

int vm_halt_status(const struct vm *vm)
{
    return vm_root(vm)->halt.status;
}

const char *vm_halt_slogan(const struct vm *vm)
{
    uint64_t slogan = vm_root(vm)->halt.slogan;
    return slogan == 0 ? "" : vm_at(vm, slogan);
}

uint64_t vm_alive(const struct vm *vm)
{
    return vm_root(vm)->procs.alive;
}
