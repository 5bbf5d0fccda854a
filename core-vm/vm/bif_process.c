#include "core-vm/vm/bif_process.h"

#include <stdlib.h>

#include "core-vm/vm/bif.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/dictionary.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/stacktrace.h"

enum { MIN_BIN_VHEAP = 46422 };  // words; OTP's default, of which nothing depends here

vm_term vm_bif_self(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return c->proc->pid;
}

vm_term vm_bif_make_ref(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_make_reference(c);
}

vm_term vm_bif_is_process_alive(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_local_pid(args[0]))
        return vm_badarg(c);
    return vm_bool(vm_proc_find(c->vm, args[0]) != NULL);
}

static int by_number(const void *a, const void *b)
{
    vm_term x = *(const vm_term *)a, y = *(const vm_term *)b;
    return (x > y) - (x < y);
}

vm_term vm_bif_processes(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    uint64_t slot = 0, count = 0;
    vm_term *pids = malloc(vm_alive(c->vm) * sizeof *pids);
    if (pids == NULL)
        return vm_system_limit(c);
    for (const struct vm_proc *proc; (proc = vm_proc_next(c->vm, &slot)) != NULL;)
        if (proc->status != VM_EXITING)
            pids[count++] = proc->pid;
    qsort(pids, count, sizeof *pids, by_number);
    vm_term list = vm_make_list_of(c, pids, count, VM_NIL);
    free(pids);
    return list;
}

vm_term vm_bif_is_system_process(struct vm_cpu *c, const vm_term *args)
{
    const struct vm_proc *proc = vm_proc_find(c->vm, args[0]);
    if (!vm_is_local_pid(args[0]))
        return vm_badarg(c);
    return vm_bool(proc != NULL && (proc->flags & VM_PROC_SYSTEM) != 0);
}

// ---- names

vm_term vm_bif_register(struct vm_cpu *c, const vm_term *args)
{
    struct vm_proc *proc = vm_proc_find(c->vm, args[1]);
    bool reserved = args[0] == VM_AM(undefined);
    if (vm_is_atom(args[0]) && proc != NULL && proc->name != VM_NIL)
        return vm_error_because(c, VM_AM(badarg), VM_AM(registered_name));
    if (!vm_is_atom(args[0]) || reserved || proc == NULL || vm_registered(c->vm, args[0]) != NULL)
        return vm_error_because(c, VM_AM(badarg), VM_AM(none));
    return vm_register(c->vm, args[0], proc) ? VM_AM(true) : vm_system_limit(c);
}

vm_term vm_bif_unregister(struct vm_cpu *c, const vm_term *args)
{
    struct vm_proc *proc = vm_is_atom(args[0]) ? vm_registered(c->vm, args[0]) : NULL;
    if (proc == NULL)
        return vm_badarg(c);
    vm_unregister(c->vm, proc);
    return VM_AM(true);
}

vm_term vm_bif_whereis(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[0]))
        return vm_badarg(c);
    const struct vm_proc *proc = vm_registered(c->vm, args[0]);
    return proc == NULL ? VM_AM(undefined) : proc->pid;
}

vm_term vm_bif_registered(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    uint64_t place = 0;
    vm_term list = VM_NIL;
    for (vm_term name; list != VM_NONE && (name = vm_registered_next(c->vm, &place)) != VM_NONE;)
        list = vm_make_cons(c, name, list);
    return list;
}

// ---- group leaders

vm_term vm_bif_group_leader(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return c->proc->group_leader;
}

vm_term vm_bif_set_group_leader(struct vm_cpu *c, const vm_term *args)
{
    struct vm_proc *proc = vm_proc_find(c->vm, args[1]);
    if (!vm_is_local_pid(args[0]) || proc == NULL)
        return VM_AM(badarg);
    proc->group_leader = args[0];
    return VM_AM(true);
}

// ---- the dictionary

static vm_term or_undefined(vm_term value)
{
    return value == VM_NONE ? VM_AM(undefined) : value;
}

vm_term vm_bif_put(struct vm_cpu *c, const vm_term *args)
{
    bool full = false;
    vm_term before = vm_dictionary_put(c->vm, c->proc, args[0], args[1], &full);
    return full ? vm_system_limit(c) : or_undefined(before);
}

vm_term vm_bif_get(struct vm_cpu *c, const vm_term *args)
{
    return or_undefined(vm_dictionary_get(c->vm, c->proc, args[0]));
}

vm_term vm_bif_erase(struct vm_cpu *c, const vm_term *args)
{
    return or_undefined(vm_dictionary_erase(c->vm, c->proc, args[0]));
}

vm_term vm_dictionary_list(struct vm_cpu *c, const struct vm_proc *proc)
{
    const struct vm_dictionary *d = vm_dictionary_of(c->base, proc);
    vm_term list = VM_NIL;
    for (uint64_t i = d == NULL ? 0 : d->count; i > 0 && list != VM_NONE; i--) {
        vm_term pair = vm_make_tuple(c, 2, &d->pair[2 * (i - 1)]);
        list = pair == VM_NONE ? VM_NONE : vm_make_cons(c, pair, list);
    }
    return list;
}

vm_term vm_bif_get_all(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return vm_dictionary_list(c, c->proc);
}

vm_term vm_bif_erase_all(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    vm_term list = vm_dictionary_list(c, c->proc);
    if (list != VM_NONE)
        vm_dictionary_free(c->vm, c->proc);
    return list;
}

static vm_term keys_where(struct vm_cpu *c, vm_term value)
{
    const struct vm_dictionary *d = vm_dictionary_of(c->base, c->proc);
    vm_term list = VM_NIL;
    for (uint64_t i = d == NULL ? 0 : d->count; i > 0 && list != VM_NONE; i--)
        if (value == VM_NONE || vm_equal(c->vm, d->pair[2 * i - 1], value))
            list = vm_make_cons(c, d->pair[2 * i - 2], list);
    return list;
}

vm_term vm_bif_get_keys(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    return keys_where(c, VM_NONE);
}

vm_term vm_bif_get_keys_of(struct vm_cpu *c, const vm_term *args)
{
    return keys_where(c, args[0]);
}

// ---- flags

vm_term vm_priority_name(enum vm_priority priority)
{
    static const vm_term names[VM_PRIORITY_COUNT] = {VM_AM(max), VM_AM(high), VM_AM(normal),
                                                     VM_AM(low)};
    return names[priority];
}

vm_term vm_max_heap_value(struct vm_cpu *c, uint32_t words)
{
    vm_term pairs[6] = {VM_AM(size), vm_small(words), VM_AM(error_logger),
                        VM_AM(true), VM_AM(kill),     VM_AM(true)};
    return vm_map_of(c, pairs, 3);
}

// A flag that is true or false. False: no such value.
static bool flag_bit(struct vm_proc *proc, uint32_t bit, vm_term value, vm_term *before)
{
    *before = vm_bool((proc->flags & bit) != 0);
    if (value == VM_AM(true))
        proc->flags |= bit;
    else if (value == VM_AM(false))
        proc->flags &= ~bit;
    else
        return false;
    return true;
}

static bool flag_number(uint32_t *number, vm_term value, vm_term *before)
{
    *before = vm_small(*number);
    return vm_words_of(value, number);
}

static bool flag_priority(struct vm_cpu *c, vm_term value, vm_term *before)
{
    enum vm_priority priority;
    *before = vm_priority_name(c->proc->priority);
    if (!vm_priority_of(value, &priority))
        return false;
    vm_set_priority(c->vm, c->proc, priority);
    return true;
}

static bool flag_queue_data(struct vm_proc *proc, vm_term value, vm_term *before)
{
    *before = (proc->flags & VM_PROC_OFF_HEAP) != 0 ? VM_AM(off_heap) : VM_AM(on_heap);
    proc->flags &= ~(uint32_t)VM_PROC_OFF_HEAP;
    proc->flags |= value == VM_AM(off_heap) ? VM_PROC_OFF_HEAP : 0;
    return value == VM_AM(off_heap) || value == VM_AM(on_heap);
}

static bool flag_error_handler(struct vm_proc *proc, vm_term value, vm_term *before)
{
    *before = proc->error_handler;
    if (vm_is_atom(value))
        proc->error_handler = value;
    return vm_is_atom(value);
}

static bool flag_max_heap(struct vm_cpu *c, vm_term value, vm_term *before)
{
    *before = vm_max_heap_value(c, c->proc->max_heap_words);
    return vm_max_heap_of(c->vm, value, &c->proc->max_heap_words);
}

// Flags that are taken and have no effect here: false for a value that OTP would not take either.
static bool flag_without_effect(vm_term number, vm_term value, vm_term *before)
{
    uint32_t ignored = 0;
    *before = number;
    return vm_words_of(value, &ignored);
}

static bool set_flag(struct vm_cpu *c, vm_term flag, vm_term value, vm_term *before)
{
    switch (vm_is_atom(flag) ? vm_atom_index(flag) : 0) {
    case VM_ATOM_trap_exit:
        return flag_bit(c->proc, VM_PROC_TRAP_EXIT, value, before);
    case VM_ATOM_sensitive:
        return flag_bit(c->proc, VM_PROC_SENSITIVE, value, before);
    case VM_ATOM_async_dist:
        return flag_bit(c->proc, VM_PROC_ASYNC_DIST, value, before);
    case VM_ATOM_priority:
        return flag_priority(c, value, before);
    case VM_ATOM_error_handler:
        return flag_error_handler(c->proc, value, before);
    case VM_ATOM_min_heap_size:
        return flag_number(&c->proc->min_heap_words, value, before);
    case VM_ATOM_fullsweep_after:
        return flag_number(&c->proc->fullsweep_after, value, before);
    case VM_ATOM_max_heap_size:
        return flag_max_heap(c, value, before);
    case VM_ATOM_message_queue_data:
        return flag_queue_data(c->proc, value, before);
    case VM_ATOM_min_bin_vheap_size:
        return flag_without_effect(vm_small(MIN_BIN_VHEAP), value, before);
    case VM_ATOM_save_calls:
    case VM_ATOM_scheduler:
        return flag_without_effect(vm_small(0), value, before);
    case VM_ATOM_monitor_nodes:
        *before = VM_AM(false);
        return value == VM_AM(true) || value == VM_AM(false);
    default:
        return false;
    }
}

vm_term vm_bif_process_flag(struct vm_cpu *c, const vm_term *args)
{
    vm_term before = VM_NONE;
    if (set_flag(c, args[0], args[1], &before))
        return before;
    return before != VM_NONE ? vm_badarg(c) : vm_error_because(c, VM_AM(badarg), VM_AM(badopt));
}

// Only save_calls can be set from outside, and no calls are saved.
vm_term vm_bif_process_flag_of(struct vm_cpu *c, const vm_term *args)
{
    uint32_t ignored = 0;
    bool fine = vm_proc_find(c->vm, args[0]) != NULL && args[1] == VM_AM(save_calls) &&
                vm_words_of(args[2], &ignored);
    return fine ? vm_small(0) : VM_AM(badarg);
}

// ---- memory and rest

static bool collect(struct vm_cpu *c, vm_term mode)
{
    return mode == VM_AM(minor) ? vm_collect(c, 0, 0) : vm_collect_all(c, 0, 0);
}

vm_term vm_bif_garbage_collect(struct vm_cpu *c, const vm_term *args)
{
    if (args[0] != VM_AM(major) && args[0] != VM_AM(minor))
        return vm_badarg(c);
    return collect(c, args[0]) ? VM_AM(true) : VM_NONE;
}

// Collect another process's garbage: it is the running one for so long. The arguments of the BIF
// are all that lives in the registers meanwhile.
static bool collect_other(struct vm_cpu *c, struct vm_proc *other)
{
    struct vm_proc *self = c->proc;
    enum vm_outcome outcome = c->outcome;
    enum vm_status status = other->status;
    uint64_t running = vm_root(c->vm)->procs.current;
    vm_schedule_in(c->vm, other);
    bool done = vm_collect_all(c, 0, other->live);
    vm_schedule_out(c->vm, other);
    other->status = status;
    other->exception.class = VM_NONE;
    vm_root(c->vm)->procs.current = running;
    c->proc = self;
    c->outcome = outcome;
    return done;
}

// {Task, RequestId, Result} to who asked.
static vm_term task_reply(struct vm_cpu *c, vm_term task, vm_term id, bool result)
{
    vm_term part[3] = {task, id, vm_bool(result)};
    vm_term message = vm_make_tuple(c, 3, part);
    if (message == VM_NONE || !vm_send_to(c->vm, c->proc, c->proc->pid, message))
        return vm_system_limit(c);
    return VM_AM(ok);
}

static bool uses_old_code(struct vm_cpu *c, struct vm_proc *proc, vm_term module)
{
    const struct vm_module *found = vm_module_find(c->vm, module);
    return found != NULL && found->old != 0 &&
           vm_proc_uses_code(c->vm, proc, vm_at(c->vm, found->old));
}

vm_term vm_bif_check_process_code(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_atom(args[0]))
        return vm_badarg(c);
    return vm_bool(uses_old_code(c, c->proc, args[0]));
}

// request_system_task(Pid, Priority, {Task, RequestId, What}): done at once.
vm_term vm_bif_system_task(struct vm_cpu *c, const vm_term *args)
{
    struct vm_proc *proc = vm_proc_find(c->vm, args[0]);
    if (!vm_is_local_pid(args[0]) || !vm_is_tuple_of(c->base, args[2], 3))
        return vm_badarg(c);
    const vm_term *task = vm_boxed_at(c->base, args[2]);
    vm_term kind = task[1], id = task[2], what = task[3];
    if (kind == VM_AM(garbage_collect)) {
        // Our own comes with the next collection: the request must not move now.
        if (proc == c->proc)
            proc->flags |= VM_PROC_FULLSWEEP;
        return task_reply(c, kind, id, proc != NULL && (proc == c->proc || collect_other(c, proc)));
    }
    if (kind == VM_AM(check_process_code) && vm_is_atom(what))
        return task_reply(c, kind, id, proc != NULL && uses_old_code(c, proc, what));
    return vm_badarg(c);
}

// Everything but the arguments is forgotten; sleep until a message comes, then call M:F(Args).
vm_term vm_bif_hibernate(struct vm_cpu *c, const vm_term *args)
{
    int64_t count = vm_list_length(c->base, args[2]);
    if (!vm_is_atom(args[0]) || !vm_is_atom(args[1]) || count < 0 || count > VM_MOST_ARGUMENTS)
        return vm_badarg(c);
    const struct vm_export *export = vm_export_of(c->vm, args[0], args[1], (uint32_t)count);
    if (export == NULL)
        return vm_system_limit(c);
    vm_term list = args[2];
    for (int64_t i = 0; i < count; i++, list = vm_tail(c->base, list))
        c->x[i] = vm_head(c->base, list);
    c->proc->sp = c->proc->hend - sizeof(vm_term);
    *(vm_term *)vm_at(c->vm, c->proc->sp) = vm_root(c->vm)->code.stop;
    if (!vm_collect_all(c, 0, (unsigned)count))
        return VM_NONE;
    c->proc->ip = export->address;
    c->proc->live = (uint32_t)count;
    c->proc->flags |= VM_PROC_HIBERNATING;
    vm_mailbox_restart(c->vm, c->proc);
    c->outcome = VM_OUTCOME_SWITCH;
    return VM_NONE;
}

vm_term vm_bif_yield(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    c->reds = 0;
    return VM_AM(true);
}

vm_term vm_bif_bump_reductions(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_small(args[0]) || vm_small_value(args[0]) < 0)
        return vm_badarg(c);
    int64_t most = c->reds > 0 ? c->reds : 0;
    c->reds -= vm_small_value(args[0]) < most ? vm_small_value(args[0]) : most;
    return VM_AM(true);
}
