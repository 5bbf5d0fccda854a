#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/stacktrace.h"

vm_term vm_bif_send(struct vm_cpu *c, const vm_term *args)
{
    return vm_send(c, args[0], args[1]);
}

// Options say what to do when the way to another node is blocked, which it never is.
vm_term vm_bif_send_options(struct vm_cpu *c, const vm_term *args)
{
    vm_term options = args[2];
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        vm_term option = vm_head(c->base, options);
        if (option != VM_AM(noconnect) && option != VM_AM(nosuspend))
            return vm_badarg(c);
    }
    if (!vm_is_nil(options))
        return vm_badarg(c);
    return vm_send(c, args[0], args[1]) == VM_NONE ? VM_NONE : VM_AM(ok);
}

vm_term vm_bif_exit_signal(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_pid(c->base, args[0]) && !vm_is_port(c->base, args[0]))
        return vm_badarg(c);
    struct vm_proc *to = vm_proc_find(c->vm, args[0]);
    if (to != NULL)
        vm_exit_signal(c->vm, to, c->proc->pid, args[1], false);
    return vm_alive_or_exit(c, VM_AM(true));
}

// The other end of a link is not there, or on a node that is not.
static vm_term link_failed(struct vm_cpu *c, vm_term to, vm_term reason)
{
    if ((c->proc->flags & VM_PROC_TRAP_EXIT) == 0 && reason == VM_AM(noproc))
        return vm_error(c, reason);
    vm_exit_signal(c->vm, c->proc, to, reason, true);
    return vm_alive_or_exit(c, VM_AM(true));
}

vm_term vm_bif_link(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_pid(c->base, args[0]))
        return vm_badarg(c);
    if (!vm_is_local_pid(args[0]))
        return link_failed(c, args[0], VM_AM(noconnection));
    struct vm_proc *to = vm_proc_find(c->vm, args[0]);
    if (to == NULL)
        return link_failed(c, args[0], VM_AM(noproc));
    return vm_link(c->vm, c->proc, to) ? VM_AM(true) : vm_system_limit(c);
}

vm_term vm_bif_unlink(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_pid(c->base, args[0]) && !vm_is_port(c->base, args[0]))
        return vm_badarg(c);
    struct vm_proc *to = vm_proc_find(c->vm, args[0]);
    if (to != NULL)
        vm_unlink(c->vm, c->proc, to);
    return VM_AM(true);
}

// ---- monitors

static bool add_options(struct vm *vm, struct vm_proc *by, struct vm_relation *monitor,
                        const struct vm_monitor_options *options)
{
    if (options->tag != VM_NONE && (monitor->tag = vm_box_new(vm, options->tag)) == 0)
        return false;
    if (!options->alias)
        return true;
    struct vm_alias *alias = vm_alias_new(vm, by, monitor->ref, options->alias_kind);
    if (alias == NULL)
        return false;
    alias->monitor = vm_offset(vm, monitor);
    monitor->alias = vm_offset(vm, alias);
    return true;
}

struct vm_relation *vm_monitor_with(struct vm_cpu *c, struct vm_proc *whom, vm_term ref,
                                    const struct vm_monitor_options *options)
{
    struct vm_relation *monitor = vm_monitor(c->vm, c->proc, whom, vm_ref_of(c->base, ref));
    if (monitor == NULL || add_options(c->vm, c->proc, monitor, options))
        return monitor;
    vm_relation_free(c->vm, monitor);
    return NULL;
}

struct watched {
    struct vm_proc *proc;  // NULL: not there
    vm_term pid, name;     // name VM_NONE: by pid
    vm_term absent;        // why DOWN comes at once
};

// What monitor(process, Item) means: a pid, a name, {Name, Node}. False: none of them.
static bool watched_of(struct vm_cpu *c, vm_term item, struct watched *ret)
{
    const vm_term *pair = vm_is_tuple_of(c->base, item, 2) ? vm_boxed_at(c->base, item) + 1 : NULL;
    *ret = (struct watched){.pid = item, .name = VM_NONE, .absent = VM_AM(noproc)};
    if (vm_is_pid(c->base, item)) {
        ret->proc = vm_proc_find(c->vm, item);
        ret->absent = vm_is_local_pid(item) ? VM_AM(noproc) : VM_AM(noconnection);
        return true;
    }
    ret->name = vm_is_atom(item) ? item : pair != NULL && vm_is_atom(pair[0]) ? pair[0] : VM_NONE;
    // A node that is not alive knows no other.
    if (ret->name == VM_NONE || (pair != NULL && pair[1] != VM_AM(nonode)))
        return false;
    ret->pid = VM_NIL;
    ret->proc = vm_registered(c->vm, ret->name);
    return true;
}

// Nobody there: DOWN comes at once, and the alias goes with it as it would with the monitor.
static vm_term absent(struct vm_cpu *c, const struct watched *watched, vm_term ref,
                      const struct vm_monitor_options *options)
{
    struct vm_relation gone = {.kind = VM_MONITOR,
                               .ref = vm_ref_of(c->base, ref),
                               .name = watched->name,
                               .side = {{.owner = c->proc->pid}, {.owner = watched->pid}}};
    if (options->tag != VM_NONE && (gone.tag = vm_box_new(c->vm, options->tag)) == 0)
        return vm_system_limit(c);
    vm_send_down(c->vm, c->proc, &gone, watched->absent);
    if (gone.tag != 0)
        vm_box_free(c->vm, gone.tag);
    bool keeps_alias = options->alias && options->alias_kind == VM_ALIAS_EXPLICIT;
    if (keeps_alias && vm_alias_new(c->vm, c->proc, gone.ref, VM_ALIAS_EXPLICIT) == NULL)
        return vm_system_limit(c);
    return ref;
}

static vm_term monitor_process(struct vm_cpu *c, vm_term item,
                               const struct vm_monitor_options *options)
{
    struct watched watched;
    if (!watched_of(c, item, &watched))
        return vm_badarg(c);
    vm_term ref = vm_make_reference(c);
    if (ref == VM_NONE)
        return VM_NONE;
    if (watched.proc == NULL)
        return absent(c, &watched, ref, options);
    // Nobody hears of his own end, but the alias is real.
    if (watched.proc == c->proc && !options->alias)
        return ref;
    if (watched.proc == c->proc)
        return vm_alias_new(c->vm, c->proc, vm_ref_of(c->base, ref), options->alias_kind) != NULL
                   ? ref
                   : vm_system_limit(c);
    struct vm_relation *monitor = vm_monitor_with(c, watched.proc, ref, options);
    if (monitor == NULL)
        return vm_system_limit(c);
    monitor->name = watched.name;
    return ref;
}

static vm_term monitor_any(struct vm_cpu *c, const vm_term *args,
                           const struct vm_monitor_options *options)
{
    if (args[0] == VM_AM(process))
        return monitor_process(c, args[1], options);
    // The offset never changes here, so nothing will ever come.
    if (args[0] == VM_AM(time_offset) && args[1] == VM_AM(clock_service))
        return vm_make_reference(c);
    return vm_badarg(c);
}

vm_term vm_bif_monitor(struct vm_cpu *c, const vm_term *args)
{
    return monitor_any(c, args, &(struct vm_monitor_options){.tag = VM_NONE});
}

vm_term vm_bif_monitor_options(struct vm_cpu *c, const vm_term *args)
{
    struct vm_monitor_options options;
    if (!vm_monitor_options_read(c->base, args[2], &options))
        return vm_error_because(c, VM_AM(badarg), VM_AM(badopt));
    return monitor_any(c, args, &options);
}

// True: there was one. *bad: it is another process's.
static bool demonitor(struct vm_cpu *c, vm_term ref, bool *bad)
{
    struct vm_relation *monitor = vm_monitor_find(c->vm, vm_ref_of(c->base, ref));
    *bad = monitor != NULL && monitor->side[VM_HERE].owner != c->proc->pid;
    if (monitor == NULL || *bad)
        return false;
    vm_relation_free(c->vm, monitor);
    return true;
}

vm_term vm_bif_demonitor(struct vm_cpu *c, const vm_term *args)
{
    bool bad = !vm_is_kind(c->base, args[0], VM_REF);
    if (!bad)
        demonitor(c, args[0], &bad);
    return bad ? vm_badarg(c) : VM_AM(true);
}

// Is it {_, Ref, _, _, _}?
static bool is_down(const char *base, const struct vm_message *message, struct vm_ref ref)
{
    if (!vm_is_tuple_of(base, message->term, 5))
        return false;
    vm_term of = vm_boxed_at(base, message->term)[2];
    return vm_is_kind(base, of, VM_REF) && vm_ref_of(base, of).word[0] == ref.word[0];
}

static bool flush_down(struct vm_cpu *c, vm_term term)
{
    struct vm_ref ref = vm_ref_of(c->base, term);
    for (uint64_t at = c->proc->mailbox.first; at != 0;) {
        struct vm_message *message = vm_at(c->vm, at);
        if (is_down(c->base, message, ref))
            return vm_mailbox_remove(c->vm, c->proc, message);
        at = message->next;
    }
    return false;
}

vm_term vm_bif_demonitor_options(struct vm_cpu *c, const vm_term *args)
{
    bool flush = false, info = false, bad = !vm_is_kind(c->base, args[0], VM_REF);
    vm_term options = args[1];
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        vm_term option = vm_head(c->base, options);
        flush |= option == VM_AM(flush);
        info |= option == VM_AM(info);
        bad |= option != VM_AM(flush) && option != VM_AM(info);
    }
    if (bad || !vm_is_nil(options))
        return vm_badarg(c);
    bool was = demonitor(c, args[0], &bad);
    if (bad)
        return vm_badarg(c);
    if (!was && flush)
        flush_down(c, args[0]);
    return vm_bool(!info || was);
}

// ---- aliases

vm_term vm_bif_alias(struct vm_cpu *c, const vm_term *args)
{
    enum vm_alias_kind kind = VM_ALIAS_EXPLICIT;
    vm_term options = args[0];
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        vm_term option = vm_head(c->base, options);
        if (option != VM_AM(explicit_unalias) && option != VM_AM(reply))
            return vm_badarg(c);
        kind = option == VM_AM(reply) ? VM_ALIAS_REPLY : VM_ALIAS_EXPLICIT;
    }
    if (!vm_is_nil(options))
        return vm_badarg(c);
    vm_term ref = vm_make_reference(c);
    if (ref == VM_NONE)
        return VM_NONE;
    bool made = vm_alias_new(c->vm, c->proc, vm_ref_of(c->base, ref), kind) != NULL;
    return made ? ref : vm_system_limit(c);
}

vm_term vm_bif_unalias(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_kind(c->base, args[0], VM_REF))
        return vm_badarg(c);
    struct vm_alias *alias = vm_alias_find(c->vm, vm_ref_of(c->base, args[0]));
    if (alias == NULL || alias->owner != c->proc->pid)
        return VM_AM(false);
    vm_alias_free(c->vm, alias);
    return VM_AM(true);
}

// ---- suspending

vm_term vm_bif_suspend_process(struct vm_cpu *c, const vm_term *args)
{
    struct vm_proc *whom = vm_proc_find(c->vm, args[0]);
    bool unless = false, bad = !vm_is_local_pid(args[0]) || whom == c->proc;
    vm_term options = args[1];
    for (; vm_is_list(options); options = vm_tail(c->base, options)) {
        vm_term option = vm_head(c->base, options);
        unless |= option == VM_AM(unless_suspending);
        bad |= option != VM_AM(unless_suspending) && option != VM_AM(asynchronous);
    }
    if (bad || whom == NULL || !vm_is_nil(options))
        return VM_AM(badarg);
    struct vm_relation *made = vm_suspension(c->vm, c->proc, whom, true);
    if (made == NULL)
        return VM_AM(system_limit);
    if (unless && made->count > 0)
        return VM_AM(false);
    made->count++;
    vm_suspend(c->vm, whom);
    return VM_AM(true);
}

vm_term vm_bif_resume_process(struct vm_cpu *c, const vm_term *args)
{
    struct vm_proc *whom = vm_proc_find(c->vm, args[0]);
    struct vm_relation *made = whom == NULL ? NULL : vm_suspension(c->vm, c->proc, whom, false);
    if (made == NULL)
        return vm_badarg(c);
    vm_unsuspend(c->vm, whom);
    if (--made->count == 0)
        vm_relation_free(c->vm, made);
    return VM_AM(true);
}
