#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/stacktrace.h"

enum reply_wanted { REPLY_YES, REPLY_NO, REPLY_ERROR_ONLY, REPLY_SUCCESS_ONLY };

struct options {
    struct vm_spawn spawn;
    struct vm_monitor_options monitor;
    bool link, monitored, off_heap;
    enum reply_wanted reply;
    vm_term reply_tag;
};

static struct options default_options(const struct vm_cpu *c, const vm_term *mfa)
{
    return (struct options){
        .spawn = {.module = mfa[0],
                  .function = mfa[1],
                  .args = mfa[2],
                  .fun = VM_NONE,
                  .parent = c->proc->pid,
                  .group_leader = c->proc->group_leader,
                  .priority = VM_PRIORITY_NORMAL,
                  .fullsweep_after = VM_FULLSWEEP_AFTER},
        .monitor = {.tag = VM_NONE},
        .reply_tag = VM_AM(spawn_reply),
    };
}

bool vm_priority_of(vm_term name, enum vm_priority *ret)
{
    static const vm_term names[VM_PRIORITY_COUNT] = {VM_AM(max), VM_AM(high), VM_AM(normal),
                                                     VM_AM(low)};
    for (unsigned i = 0; i < VM_PRIORITY_COUNT; i++) {
        if (names[i] != name)
            continue;
        *ret = (enum vm_priority)i;
        return true;
    }
    return false;
}

bool vm_words_of(vm_term number, uint32_t *ret)
{
    if (!vm_is_small(number) || vm_small_value(number) < 0 || vm_small_value(number) > UINT32_MAX)
        return false;
    *ret = (uint32_t)vm_small_value(number);
    return true;
}

bool vm_max_heap_of(const struct vm *vm, vm_term value, uint32_t *ret)
{
    if (vm_is_map(vm->image.base, value))
        value = vm_map_get(vm, value, VM_AM(size));
    return value != VM_NONE && vm_words_of(value, ret);
}

static bool alias_kind(vm_term name, struct vm_monitor_options *ret)
{
    ret->alias = true;
    if (name == VM_AM(explicit_unalias))
        ret->alias_kind = VM_ALIAS_EXPLICIT;
    else if (name == VM_AM(demonitor))
        ret->alias_kind = VM_ALIAS_DEMONITOR;
    else if (name == VM_AM(reply_demonitor))
        ret->alias_kind = VM_ALIAS_REPLY;
    else
        return false;
    return true;
}

bool vm_monitor_options_read(const char *base, vm_term list, struct vm_monitor_options *ret)
{
    *ret = (struct vm_monitor_options){.tag = VM_NONE};
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term option = vm_head(base, list);
        if (!vm_is_tuple_of(base, option, 2))
            return false;
        const vm_term *at = vm_boxed_at(base, option);
        if (at[1] == VM_AM(tag))
            ret->tag = at[2];
        else if (at[1] != VM_AM(alias) || !alias_kind(at[2], ret))
            return false;
    }
    return vm_is_nil(list);
}

static bool reply_of(vm_term name, enum reply_wanted *ret)
{
    if (name == VM_AM(yes))
        *ret = REPLY_YES;
    else if (name == VM_AM(no))
        *ret = REPLY_NO;
    else if (name == VM_AM(error_only))
        *ret = REPLY_ERROR_ONLY;
    else if (name == VM_AM(success_only))
        *ret = REPLY_SUCCESS_ONLY;
    else
        return false;
    return true;
}

static bool read_pair(const struct vm *vm, const vm_term *pair, bool request, struct options *ret)
{
    uint32_t unused = 0;
    switch (vm_is_atom(pair[0]) ? vm_atom_index(pair[0]) : 0) {
    case VM_ATOM_monitor:
        ret->monitored = true;
        return vm_monitor_options_read(vm->image.base, pair[1], &ret->monitor);
    case VM_ATOM_priority:
        return vm_priority_of(pair[1], &ret->spawn.priority);
    case VM_ATOM_fullsweep_after:
        return vm_words_of(pair[1], &ret->spawn.fullsweep_after);
    case VM_ATOM_min_heap_size:
        return vm_words_of(pair[1], &ret->spawn.min_heap_words);
    case VM_ATOM_max_heap_size:
        return vm_max_heap_of(vm, pair[1], &ret->spawn.max_heap_words);
    case VM_ATOM_min_bin_vheap_size:
    case VM_ATOM_scheduler:
        return vm_words_of(pair[1], &unused);
    case VM_ATOM_message_queue_data:
        ret->off_heap = pair[1] == VM_AM(off_heap);
        return pair[1] == VM_AM(on_heap) || ret->off_heap;
    case VM_ATOM_reply_tag:
        ret->reply_tag = pair[1];
        return request;
    case VM_ATOM_reply:
        return request && reply_of(pair[1], &ret->reply);
    default:
        return false;
    }
}

static bool read_options(const struct vm *vm, vm_term list, bool request, struct options *ret)
{
    const char *base = vm->image.base;
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term option = vm_head(base, list);
        if (option == VM_AM(link))
            ret->link = true;
        else if (option == VM_AM(monitor))
            ret->monitored = true;
        else if (!vm_is_tuple_of(base, option, 2) ||
                 !read_pair(vm, vm_boxed_at(base, option) + 1, request, ret))
            return false;
    }
    return vm_is_nil(list);
}

static bool is_mfa(const struct vm *vm, const vm_term *mfa)
{
    return vm_is_atom(mfa[0]) && vm_is_atom(mfa[1]) &&
           vm_list_length(vm->image.base, mfa[2]) >= 0 &&
           vm_list_length(vm->image.base, mfa[2]) <= VM_MOST_ARGUMENTS;
}

// NULL: over a limit, nothing was made.
static struct vm_proc *start(struct vm_cpu *c, const struct options *options, vm_term ref)
{
    struct vm_proc *proc = vm_proc_new(c->vm, &options->spawn);
    if (proc == NULL)
        return NULL;
    proc->flags |= options->off_heap ? VM_PROC_OFF_HEAP : 0;
    bool tied = !options->link || vm_link(c->vm, c->proc, proc);
    if (tied && options->monitored)
        tied = vm_monitor_with(c, proc, ref, &options->monitor) != NULL;
    if (tied)
        return proc;
    vm_exit_signal(c->vm, proc, c->proc->pid, VM_AM(kill), false);
    return NULL;
}

static vm_term spawn_with(struct vm_cpu *c, const struct options *options)
{
    vm_term ref = options->monitored ? vm_make_reference(c) : VM_NIL;
    if (ref == VM_NONE)
        return VM_NONE;
    const struct vm_proc *proc = start(c, options, ref);
    if (proc == NULL)
        return vm_system_limit(c);
    vm_term pair[2] = {proc->pid, ref};
    return options->monitored ? vm_make_tuple(c, 2, pair) : proc->pid;
}

vm_term vm_bif_spawn(struct vm_cpu *c, const vm_term *args)
{
    struct options options = default_options(c, args);
    return is_mfa(c->vm, args) ? spawn_with(c, &options) : vm_badarg(c);
}

vm_term vm_bif_spawn_link(struct vm_cpu *c, const vm_term *args)
{
    struct options options = default_options(c, args);
    options.link = true;
    return is_mfa(c->vm, args) ? spawn_with(c, &options) : vm_badarg(c);
}

vm_term vm_bif_spawn_opt(struct vm_cpu *c, const vm_term *args)
{
    struct options options = default_options(c, args);
    if (!is_mfa(c->vm, args))
        return vm_badarg(c);
    if (!read_options(c->vm, args[3], false, &options))
        return vm_error_because(c, VM_AM(badarg), VM_AM(badopt));
    return spawn_with(c, &options);
}

// {ReplyTag, RequestId, ok | error, Pid | Reason} to who asked.
static vm_term reply(struct vm_cpu *c, const struct options *options, vm_term ref,
                     const struct vm_proc *proc, vm_term why)
{
    bool wanted = options->reply == REPLY_YES ||
                  options->reply == (proc != NULL ? REPLY_SUCCESS_ONLY : REPLY_ERROR_ONLY);
    vm_term part[4] = {options->reply_tag, ref, proc != NULL ? VM_AM(ok) : VM_AM(error),
                       proc != NULL ? proc->pid : why};
    vm_term message = wanted ? vm_make_tuple(c, 4, part) : VM_NIL;
    if (message == VM_NONE || (wanted && !vm_send_to(c->vm, c->proc, c->proc->pid, message)))
        return vm_system_limit(c);
    return ref;
}

vm_term vm_bif_spawn_request(struct vm_cpu *c, const vm_term *args)
{
    struct options options = default_options(c, args);
    if (!is_mfa(c->vm, args))
        return VM_AM(badarg);
    bool understood = read_options(c->vm, args[3], true, &options);
    vm_term ref = vm_make_reference(c);
    if (ref == VM_NONE)
        return VM_NONE;
    if (!understood)
        return reply(c, &options, ref, NULL, VM_AM(badopt));
    return reply(c, &options, ref, start(c, &options, ref), VM_AM(system_limit));
}

// Requests are answered at once, so there is never one to abandon.
vm_term vm_bif_spawn_request_abandon(struct vm_cpu *c, const vm_term *args)
{
    return vm_is_kind(c->base, args[0], VM_REF) ? VM_AM(false) : vm_badarg(c);
}
