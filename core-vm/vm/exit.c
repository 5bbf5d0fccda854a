#include "core-vm/vm/clock.h"
#include "core-vm/vm/ets.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/report.h"
#include "core-vm/vm/timer.h"
#include "core-vm/vm/watch.h"

static vm_term reason_of(const struct vm *vm, const struct vm_proc *proc)
{
    if (proc->exit_box == 0)
        return proc->exit_reason;
    return ((const struct vm_box *)vm_at(vm, proc->exit_box))->term;
}

// The reason must outlive the heap it is on.
static void keep_reason(struct vm *vm, struct vm_proc *proc, vm_term reason)
{
    if (!vm_is_immediate(reason))
        proc->exit_box = vm_box_new(vm, reason);
    bool lost = !vm_is_immediate(reason) && proc->exit_box == 0;
    proc->exit_reason = lost ? VM_AM(system_limit) : reason;
}

void vm_proc_dies(struct vm *vm, struct vm_proc *proc)
{
    struct vm_root *root = vm_root(vm);
    uint64_t offset = vm_offset(vm, proc);
    proc->next_run = 0;
    if (root->procs.dying == 0)
        root->procs.dying = offset;
    else
        ((struct vm_proc *)vm_at(vm, root->procs.last_dying))->next_run = offset;
    root->procs.last_dying = offset;
}

static VM_SLOW void report(struct vm *vm, const struct vm_proc *proc)
{
    vm_report(vm, &(struct vm_event_info){.event = VM_EVENT_EXIT,
                                          .pid = vm_pid_number(proc->pid),
                                          .ip = proc->ip,
                                          .term = reason_of(vm, proc)});
}

void vm_proc_doom(struct vm *vm, struct vm_proc *proc, vm_term reason)
{
    if (proc->status == VM_EXITING)
        return;
    bool runs = proc->status == VM_RUNNING;
    keep_reason(vm, proc, reason);
    if (proc->status == VM_RUNNABLE)
        vm_queue_remove(vm, proc);
    proc->status = VM_EXITING;
    if (vm_watched(vm))
        report(vm, proc);
    if (runs)
        return;  // the scheduler buries it when it comes back
    vm_proc_dies(vm, proc);
}

// {'EXIT', From, Reason}
static void send_exit_message(struct vm *vm, struct vm_proc *to, vm_term from, vm_term reason)
{
    struct vm_message *message = vm_message_new(vm, 4 + vm_flat_words(vm, reason));
    if (message == NULL)
        return;
    vm_term *tuple = vm_at(vm, message->heap.at), *hp = tuple + 4;
    tuple[0] = vm_header(VM_TUPLE, 3);
    tuple[1] = VM_AM(EXIT);
    tuple[2] = from;
    tuple[3] = vm_copy(vm, reason, &hp, &message->heap.off_heap);
    message->term = vm_make_boxed(vm->image.base, tuple);
    vm_message_post(vm, to, from, message);
}

static void receive_signal(struct vm *vm, struct vm_proc *to, vm_term from, vm_term reason,
                           bool linked)
{
    if (reason == VM_AM(kill) && !linked)
        vm_proc_doom(vm, to, VM_AM(killed));
    else if ((to->flags & VM_PROC_TRAP_EXIT) != 0)
        send_exit_message(vm, to, from, reason);
    else if (reason != VM_AM(normal) || (!linked && from == to->pid))
        vm_proc_doom(vm, to, reason);
}

void vm_exit_signal(struct vm *vm, struct vm_proc *to, vm_term from, vm_term reason, bool linked)
{
    receive_signal(vm, to, from, reason, linked);
    vm_reap(vm);
}

void vm_exit_self(struct vm_cpu *c, vm_term reason)
{
    vm_proc_doom(c->vm, c->proc, reason);
    c->outcome = VM_OUTCOME_EXIT;
}

static vm_term with_trace(struct vm_cpu *c, vm_term reason, vm_term trace)
{
    vm_term pair[2] = {reason, trace};
    vm_term made = reason == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, pair);
    return made == VM_NONE ? VM_AM(system_limit) : made;
}

void vm_exit_uncaught(struct vm_cpu *c, vm_term class, vm_term reason, vm_term trace)
{
    vm_term nocatch[2] = {VM_AM(no_catch), reason};
    if (class == VM_AM(throw))
        reason = vm_make_tuple(c, 2, nocatch);
    if (class != VM_AM(exit)) {
        reason = with_trace(c, reason, trace);
        vm_report_crash(c, reason);
    }
    vm_exit_self(c, reason);
}

vm_term vm_alive_or_exit(struct vm_cpu *c, vm_term result)
{
    if (c->proc->status != VM_EXITING)
        return result;
    c->outcome = VM_OUTCOME_EXIT;
    return VM_NONE;
}

// Words of what DOWN says was watched: {Name, Node} or a pid.
static size_t watched_words(const struct vm_relation *monitor)
{
    return monitor->name == VM_NONE ? 0 : 3;
}

static vm_term watched_put(struct vm *vm, const struct vm_relation *monitor, vm_term **hp)
{
    if (monitor->name == VM_NONE)
        return monitor->side[VM_THERE].owner;
    vm_term *tuple = *hp;
    tuple[0] = vm_header(VM_TUPLE, 2);
    tuple[1] = monitor->name;
    tuple[2] = VM_AM(nonode);
    *hp += 3;
    return vm_make_boxed(vm->image.base, tuple);
}

void vm_send_down(struct vm *vm, struct vm_proc *to, const struct vm_relation *monitor,
                  vm_term reason)
{
    const struct vm_box *tag = monitor->tag == 0 ? NULL : vm_at(vm, monitor->tag);
    size_t words = 6 + VM_REF_WORDS + watched_words(monitor) + vm_flat_words(vm, reason) +
                   (tag == NULL ? 0 : vm_flat_words(vm, tag->term));
    struct vm_message *message = vm_message_new(vm, words);
    if (message == NULL)
        return;
    vm_term *tuple = vm_at(vm, message->heap.at), *hp = tuple + 6;
    uint64_t *off_heap = &message->heap.off_heap;
    tuple[0] = vm_header(VM_TUPLE, 5);
    tuple[1] = tag == NULL ? VM_AM(DOWN) : vm_copy(vm, tag->term, &hp, off_heap);
    tuple[2] = vm_ref_put(vm->image.base, monitor->ref, &hp);
    tuple[3] = VM_AM(process);
    tuple[4] = watched_put(vm, monitor, &hp);
    tuple[5] = vm_copy(vm, reason, &hp, off_heap);
    message->term = vm_make_boxed(vm->image.base, tuple);
    vm_message_post(vm, to, VM_AM(system), message);
}

static void break_links(struct vm *vm, struct vm_proc *proc)
{
    while (proc->links != 0) {
        struct vm_relation *link = vm_relation_of(vm->image.base, proc->links);
        const struct vm_side *mine = vm_at(vm, proc->links);
        struct vm_proc *other = vm_proc_find(vm, link->side[!mine->which].owner);
        vm_relation_free(vm, link);
        if (other != NULL)
            receive_signal(vm, other, proc->pid, reason_of(vm, proc), true);
    }
}

static void drop_monitors(struct vm *vm, struct vm_proc *proc)
{
    while (proc->monitors != 0) {
        struct vm_relation *made = vm_relation_of(vm->image.base, proc->monitors);
        struct vm_proc *whom = vm_proc_find(vm, made->side[VM_THERE].owner);
        if (made->kind == VM_SUSPENSION && whom != NULL)
            for (uint64_t i = 0; i < made->count; i++)
                vm_unsuspend(vm, whom);
        vm_relation_free(vm, made);
    }
}

static void tell_watchers(struct vm *vm, struct vm_proc *proc)
{
    while (proc->monitored_by != 0) {
        struct vm_relation *made = vm_relation_of(vm->image.base, proc->monitored_by);
        struct vm_proc *watcher = vm_proc_find(vm, made->side[VM_HERE].owner);
        if (watcher != NULL && made->kind == VM_MONITOR)
            vm_send_down(vm, watcher, made, reason_of(vm, proc));
        vm_relation_free(vm, made);
    }
}

static void bury(struct vm *vm, struct vm_proc *proc)
{
    vm_unregister(vm, proc);
    vm_ets_owner_gone(vm, proc);
    vm_receive_timer_stop(vm, proc);
    vm_timers_forget(vm, proc);
    while (proc->aliases != 0)
        vm_alias_free(vm, vm_at(vm, proc->aliases));
    break_links(vm, proc);
    drop_monitors(vm, proc);
    tell_watchers(vm, proc);
    vm_proc_remove(vm, proc);
}

void vm_reap(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    if (root->procs.reaping)
        return;
    root->procs.reaping = true;
    while (root->procs.dying != 0) {
        struct vm_proc *proc = vm_at(vm, root->procs.dying);
        root->procs.dying = proc->next_run;
        bury(vm, proc);
    }
    root->procs.reaping = false;
}
