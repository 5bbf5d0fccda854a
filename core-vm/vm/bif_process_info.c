#include "core-vm/base/cleanup.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/proc_priv.h"

enum { DEEPEST_TRACE = 8, MIN_BIN_VHEAP = 46422 };

vm_term vm_copy_in(struct vm_cpu *c, vm_term term)
{
    size_t words = vm_is_immediate(term) ? 0 : vm_flat_words(c->vm, term);
    if (words == 0)
        return term;
    vm_term *hp = vm_alloc(c, words);
    return hp == NULL ? VM_NONE : vm_copy(c->vm, term, &hp, &c->proc->off_heap);
}

static vm_term pair_of(struct vm_cpu *c, vm_term first, vm_term second)
{
    vm_term pair[2] = {first, second};
    return second == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, pair);
}

static vm_term push(struct vm_cpu *c, vm_term head, vm_term list)
{
    return head == VM_NONE || list == VM_NONE ? VM_NONE : vm_make_cons(c, head, list);
}

static vm_term status_of(const struct vm_proc *proc)
{
    switch (proc->status) {
    case VM_RUNNABLE:
        return VM_AM(runnable);
    case VM_RUNNING:
        return VM_AM(running);
    case VM_WAITING:
        return VM_AM(waiting);
    case VM_SUSPENDED:
        return VM_AM(suspended);
    case VM_EXITING:
    case VM_FREE:
        break;
    }
    return VM_AM(exiting);
}

// ---- where it is

static vm_term location_of(struct vm_cpu *c, const struct vm_place *place)
{
    if (place->line == 0 || place->module->preloaded)
        return VM_NIL;
    vm_term line = push(c, pair_of(c, VM_AM(line), vm_small(place->line)), VM_NIL);
    return push(c, pair_of(c, VM_AM(file), place->file), line);
}

// {M, F, A} or, with a location, {M, F, A, Location}; `undefined` outside of modules.
static vm_term place_term(struct vm_cpu *c, const struct vm_place *place, bool located)
{
    if (place->function == NULL)
        return VM_AM(undefined);
    vm_term location = located ? location_of(c, place) : VM_NIL;
    vm_term part[4] = {place->module->name, place->function->name, vm_small(place->function->arity),
                       location};
    return location == VM_NONE ? VM_NONE : vm_make_tuple(c, located ? 4 : 3, part);
}

// Of the running process: where it called process_info.
static uint64_t ip_of(const struct vm_cpu *c, const struct vm_proc *proc)
{
    return proc == c->proc ? c->call_ip : proc->ip;
}

static bool is_return_address(vm_term word)
{
    return (word & 3) == VM_TAG_HEADER && word != 0;
}

static vm_term stacktrace_of(struct vm_cpu *c, const struct vm_proc *proc)
{
    vm_term entry[DEEPEST_TRACE];
    size_t count = 0;
    struct vm_place place = vm_place_of(c->vm, ip_of(c, proc));
    entry[count++] = place_term(c, &place, true);
    for (uint64_t at = proc->sp; at < proc->hend && count < DEEPEST_TRACE; at += sizeof(vm_term)) {
        vm_term word = *(const vm_term *)vm_at(c->vm, at);
        if (!is_return_address(word))
            continue;
        place = vm_place_of_return(c->vm, word);
        if (place.function != NULL)
            entry[count++] = place_term(c, &place, true);
    }
    vm_term list = VM_NIL;
    while (count-- > 0)
        if (entry[count] != VM_AM(undefined))
            list = push(c, entry[count], list);
    return list;
}

static vm_term hibernating(struct vm_cpu *c, bool located)
{
    vm_term part[4] = {VM_AM(erlang), VM_AM(hibernate), vm_small(3), VM_NIL};
    return vm_make_tuple(c, located ? 4 : 3, part);
}

static vm_term current(struct vm_cpu *c, const struct vm_proc *proc, bool located)
{
    if ((proc->flags & VM_PROC_HIBERNATING) != 0)
        return hibernating(c, located);
    struct vm_place place = vm_place_of(c->vm, ip_of(c, proc));
    return place_term(c, &place, located);
}

static vm_term initial_call(struct vm_cpu *c, const struct vm_proc *proc)
{
    vm_term part[3] = {proc->initial_module, proc->initial_function, vm_small(proc->initial_arity)};
    return vm_make_tuple(c, 3, part);
}

static void put_place(struct vm *vm, struct wb_text *text, struct vm_place place, uint64_t ip)
{
    if (place.function == NULL)
        return;
    struct wb_bytes m = vm_atom_text(vm, place.module->name);
    struct wb_bytes f = vm_atom_text(vm, place.function->name);
    wb_text_printf(text, "0x%016llx (%.*s:%.*s/%u + %llu)\n", (unsigned long long)ip, (int)m.size,
                   (const char *)m.at, (int)f.size, (const char *)f.at, place.function->arity,
                   (unsigned long long)(ip - place.function->start));
}

static vm_term backtrace(struct vm_cpu *c, const struct vm_proc *proc)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_put(&text, "Program counter: ");
    put_place(c->vm, &text, vm_place_of(c->vm, ip_of(c, proc)), ip_of(c, proc));
    for (uint64_t at = proc->sp; at < proc->hend; at += sizeof(vm_term)) {
        vm_term word = *(const vm_term *)vm_at(c->vm, at);
        if (is_return_address(word))
            put_place(c->vm, &text, vm_place_of_return(c->vm, word), word);
    }
    return vm_make_binary(c, (const uint8_t *)text.at, text.size);
}

// ---- memory

static uint64_t words_between(uint64_t from, uint64_t to)
{
    return (to - from) / sizeof(vm_term);
}

static uint64_t total_heap_words(const struct vm_proc *proc)
{
    return words_between(proc->heap, proc->hend) + words_between(proc->old_heap, proc->old_hend) +
           proc->fragment_words;
}

uint64_t vm_proc_bytes(const struct vm_proc *proc)
{
    return sizeof *proc + proc->mailbox.count * sizeof(struct vm_message) +
           (total_heap_words(proc) + proc->mailbox.words) * sizeof(vm_term);
}

static vm_term collection(struct vm_cpu *c, const struct vm_proc *proc)
{
    const vm_term pairs[][2] = {
        {VM_AM(minor_gcs), vm_small(proc->collections)},
        {VM_AM(fullsweep_after), vm_small(proc->fullsweep_after)},
        {VM_AM(min_heap_size), vm_small(proc->min_heap_words)},
        {VM_AM(min_bin_vheap_size), vm_small(MIN_BIN_VHEAP)},
        {VM_AM(max_heap_size), vm_max_heap_value(c, proc->max_heap_words)},
    };
    vm_term list = VM_NIL;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        list = push(c, pair_of(c, pairs[i][0], pairs[i][1]), list);
    return list;
}

static vm_term collection_info(struct vm_cpu *c, const struct vm_proc *proc)
{
    const vm_term pairs[][2] = {
        {VM_AM(stack_size), vm_make_unsigned(c, words_between(proc->sp, proc->hend))},
        {VM_AM(recent_size), vm_make_unsigned(c, words_between(proc->heap, proc->high_water))},
        {VM_AM(old_heap_size), vm_make_unsigned(c, words_between(proc->old_heap, proc->old_htop))},
        {VM_AM(old_heap_block_size),
         vm_make_unsigned(c, words_between(proc->old_heap, proc->old_hend))},
        {VM_AM(mbuf_size), vm_make_unsigned(c, proc->fragment_words)},
        {VM_AM(heap_size), vm_make_unsigned(c, words_between(proc->heap, proc->htop))},
        {VM_AM(heap_block_size), vm_make_unsigned(c, words_between(proc->heap, proc->hend))},
    };
    vm_term list = VM_NIL;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        list = push(c, pair_of(c, pairs[i][0], pairs[i][1]), list);
    return list;
}

// ---- lists

static vm_term messages_of(struct vm_cpu *c, const struct vm_proc *proc)
{
    uint64_t count = proc->mailbox.count, i = 0;
    vm_term *terms wb_auto_free = malloc((count + 1) * sizeof *terms);
    if (terms == NULL)
        return vm_system_limit(c);
    for (uint64_t at = proc->mailbox.first; at != 0 && i < count; i++) {
        const struct vm_message *message = vm_at(c->vm, at);
        if ((terms[i] = vm_copy_in(c, message->term)) == VM_NONE)
            return VM_NONE;
        at = message->next;
    }
    return vm_make_list_of(c, terms, i, VM_NIL);
}

static vm_term monitored_item(struct vm_cpu *c, const struct vm_relation *monitor)
{
    vm_term named = monitor->name == VM_NONE ? monitor->side[VM_THERE].owner
                                             : pair_of(c, monitor->name, VM_AM(nonode));
    return pair_of(c, VM_AM(process), named);
}

static vm_term suspended_item(struct vm_cpu *c, const struct vm_relation *made)
{
    vm_term count = vm_make_unsigned(c, made->count);
    vm_term part[3] = {made->side[VM_THERE].owner, count, vm_small(0)};
    return vm_make_tuple(c, 3, part);
}

// What one relation adds to a list of the item; VM_NIL: nothing.
static vm_term relation_item(struct vm_cpu *c, const struct vm_relation *relation, uint32_t item,
                             uint64_t which)
{
    if (item == VM_ATOM_monitors)
        return relation->kind == VM_MONITOR ? monitored_item(c, relation) : VM_NIL;
    if (item == VM_ATOM_suspending)
        return relation->kind == VM_SUSPENSION ? suspended_item(c, relation) : VM_NIL;
    if (item == VM_ATOM_monitored_by && relation->kind != VM_MONITOR)
        return VM_NIL;
    return relation->side[!which].owner;
}

// The last relation first, so that the list comes out in the order they were made.
static vm_term relations_of(struct vm_cpu *c, uint64_t first, uint32_t item)
{
    vm_term list = VM_NIL;
    uint64_t at = first == 0 ? 0 : ((const struct vm_side *)vm_at(c->vm, first))->prev;
    while (at != 0) {
        const struct vm_side *side = vm_at(c->vm, at);
        vm_term made = relation_item(c, vm_relation_of(c->base, at), item, side->which);
        list = made == VM_NIL ? list : push(c, made, list);
        at = at == first ? 0 : side->prev;
    }
    return list;
}

static vm_term dictionary_of(struct vm_cpu *c, const struct vm_proc *proc)
{
    vm_term list = vm_dictionary_list(c, proc);
    return proc == c->proc || list == VM_NONE ? list : vm_copy_in(c, list);
}

static vm_term parent_of(const struct vm_proc *proc)
{
    return proc->parent == VM_NONE ? VM_AM(undefined) : proc->parent;
}

static uint64_t reductions_of(const struct vm_cpu *c, const struct vm_proc *proc)
{
    return proc->reductions + (proc == c->proc ? (uint64_t)(c->slice - c->reds) : 0);
}

static vm_term flag_of(const struct vm_proc *proc, uint32_t flag)
{
    return vm_bool((proc->flags & flag) != 0);
}

// Items of memory, work done and collections. VM_NONE with the outcome NONE: it is none of these.
static vm_term usage_of(struct vm_cpu *c, const struct vm_proc *proc, uint32_t item)
{
    switch (item) {
    case VM_ATOM_total_heap_size:
        return vm_make_unsigned(c, total_heap_words(proc));
    case VM_ATOM_heap_size:
        return vm_make_unsigned(c, words_between(proc->heap, proc->hend));
    case VM_ATOM_stack_size:
        return vm_make_unsigned(c, words_between(proc->sp, proc->hend));
    case VM_ATOM_memory:
        return vm_make_unsigned(c, vm_proc_bytes(proc));
    case VM_ATOM_min_heap_size:
        return vm_small(proc->min_heap_words);
    case VM_ATOM_max_heap_size:
        return vm_max_heap_value(c, proc->max_heap_words);
    case VM_ATOM_min_bin_vheap_size:
        return vm_small(MIN_BIN_VHEAP);
    case VM_ATOM_fullsweep_after:
        return vm_small(proc->fullsweep_after);
    case VM_ATOM_reductions:
        return vm_make_unsigned(c, reductions_of(c, proc));
    case VM_ATOM_garbage_collection:
        return collection(c, proc);
    case VM_ATOM_garbage_collection_info:
        return collection_info(c, proc);
    case VM_ATOM_last_calls:
        return VM_AM(false);
    case VM_ATOM_sequential_trace_token:
    case VM_ATOM_binary:
        return VM_NIL;
    case VM_ATOM_catchlevel:
        return vm_small(0);
    case VM_ATOM_magic_ref:
        return VM_NIL;
    default:
        return VM_NONE;
    }
}

// VM_NONE with the outcome NONE: there is no such item.
static vm_term value_of(struct vm_cpu *c, const struct vm_proc *proc, uint32_t item)
{
    switch (item) {
    case VM_ATOM_registered_name:
        return proc->name;
    case VM_ATOM_current_function:
        return current(c, proc, false);
    case VM_ATOM_current_location:
        return current(c, proc, true);
    case VM_ATOM_current_stacktrace:
        return stacktrace_of(c, proc);
    case VM_ATOM_backtrace:
        return backtrace(c, proc);
    case VM_ATOM_initial_call:
        return initial_call(c, proc);
    case VM_ATOM_status:
        return status_of(proc);
    case VM_ATOM_messages:
        return messages_of(c, proc);
    case VM_ATOM_message_queue_len:
        return vm_make_unsigned(c, proc->mailbox.count);
    case VM_ATOM_message_queue_data:
        return (proc->flags & VM_PROC_OFF_HEAP) != 0 ? VM_AM(off_heap) : VM_AM(on_heap);
    case VM_ATOM_links:
        return relations_of(c, proc->links, item);
    case VM_ATOM_monitors:
    case VM_ATOM_suspending:
        return relations_of(c, proc->monitors, item);
    case VM_ATOM_monitored_by:
        return relations_of(c, proc->monitored_by, item);
    case VM_ATOM_dictionary:
        return dictionary_of(c, proc);
    case VM_ATOM_trap_exit:
        return flag_of(proc, VM_PROC_TRAP_EXIT);
    case VM_ATOM_async_dist:
        return flag_of(proc, VM_PROC_ASYNC_DIST);
    case VM_ATOM_error_handler:
        return proc->error_handler;
    case VM_ATOM_priority:
        return vm_priority_name(proc->priority);
    case VM_ATOM_group_leader:
        return proc->group_leader;
    case VM_ATOM_parent:
        return parent_of(proc);
    default:
        return usage_of(c, proc, item);
    }
}

// What a sensitive process shows nobody but itself.
static bool is_hidden(const struct vm_cpu *c, const struct vm_proc *proc, vm_term item)
{
    return proc != c->proc && (proc->flags & VM_PROC_SENSITIVE) != 0 &&
           (item == VM_AM(messages) || item == VM_AM(dictionary));
}

// {Item, Value}; badarg for what is no item.
static vm_term info_pair(struct vm_cpu *c, const struct vm_proc *proc, vm_term item)
{
    c->outcome = VM_OUTCOME_NONE;
    if (is_hidden(c, proc, item))
        return pair_of(c, item, VM_NIL);
    vm_term value = vm_is_atom(item) ? value_of(c, proc, vm_atom_index(item)) : VM_NONE;
    if (value == VM_NONE)
        return c->outcome == VM_OUTCOME_ERROR ? VM_NONE : vm_badarg(c);
    return pair_of(c, item, value);
}

// The pairs of a list of items, in its order.
static vm_term info_list(struct vm_cpu *c, const struct vm_proc *proc, vm_term items)
{
    int64_t count = vm_list_length(c->base, items);
    if (count < 0)
        return vm_badarg(c);
    vm_term *pairs wb_auto_free = malloc(((size_t)count + 1) * sizeof *pairs);
    if (pairs == NULL)
        return vm_system_limit(c);
    for (int64_t i = 0; i < count; i++, items = vm_tail(c->base, items))
        if ((pairs[i] = info_pair(c, proc, vm_head(c->base, items))) == VM_NONE)
            return VM_NONE;
    return vm_make_list_of(c, pairs, (size_t)count, VM_NIL);
}

vm_term vm_bif_process_info(struct vm_cpu *c, const vm_term *args)
{
    if (!vm_is_local_pid(args[0]))
        return vm_badarg(c);
    const struct vm_proc *proc = vm_proc_find(c->vm, args[0]);
    bool listed = vm_is_list(args[1]) || vm_is_nil(args[1]);
    if (proc == NULL)
        return listed || vm_is_atom(args[1]) ? VM_AM(undefined) : vm_badarg(c);
    if (listed)
        return info_list(c, proc, args[1]);
    if (args[1] == VM_AM(registered_name) && proc->name == VM_NIL)
        return VM_NIL;
    return info_pair(c, proc, args[1]);
}

vm_term vm_bif_process_info_all(struct vm_cpu *c, const vm_term *args)
{
    static const vm_term items[] = {VM_AM(registered_name),   VM_AM(current_function),
                                    VM_AM(initial_call),      VM_AM(status),
                                    VM_AM(message_queue_len), VM_AM(links),
                                    VM_AM(dictionary),        VM_AM(trap_exit),
                                    VM_AM(error_handler),     VM_AM(priority),
                                    VM_AM(group_leader),      VM_AM(total_heap_size),
                                    VM_AM(heap_size),         VM_AM(stack_size),
                                    VM_AM(reductions),        VM_AM(garbage_collection),
                                    VM_AM(suspending)};
    if (!vm_is_local_pid(args[0]))
        return vm_badarg(c);
    const struct vm_proc *proc = vm_proc_find(c->vm, args[0]);
    if (proc == NULL)
        return VM_AM(undefined);
    vm_term list = VM_NIL;
    size_t first = proc->name == VM_NIL;
    for (size_t i = sizeof items / sizeof *items; i > first; i--)
        list = push(c, info_pair(c, proc, items[i - 1]), list);
    return list;
}
