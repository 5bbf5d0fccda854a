#include "core-vm/vm/mailbox.h"

#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/timer.h"
#include "core-vm/vm/vm_impl.h"
#include "core-vm/vm/watch.h"

enum { MARKERS = sizeof((struct vm_mailbox *)0)->marker_ref / sizeof(uint64_t) };
// Stands in marker_ref of a marker that was reserved and not bound: no reference has this number.
#define RESERVED UINT64_MAX

static uint64_t *field(const struct vm *vm, uint64_t offset)
{
    return vm_at(vm, offset);
}

static struct vm_message *message_at(const struct vm *vm, uint64_t offset)
{
    return offset == 0 ? NULL : vm_at(vm, offset);
}

static uint64_t first_field(const struct vm *vm, const struct vm_proc *proc)
{
    return vm_offset(vm, &proc->mailbox.first);
}

static uint64_t next_field(const struct vm *vm, const struct vm_message *message)
{
    return vm_offset(vm, &message->next);
}

void vm_mailbox_init(struct vm *vm, struct vm_proc *proc)
{
    proc->mailbox = (struct vm_mailbox){0};
    proc->mailbox.last = proc->mailbox.save = first_field(vm, proc);
}

static bool over_limit(const struct vm *vm)
{
    const struct vm_root *root = vm_root(vm);
    return root->limits.messages != 0 && root->counters.messages >= root->limits.messages;
}

struct vm_message *vm_message_new(struct vm *vm, size_t words)
{
    uint64_t offset =
        over_limit(vm) ? 0 : vm_data_alloc(vm, sizeof(struct vm_message) + words * sizeof(vm_term));
    if (offset == 0)
        return NULL;
    struct vm_message *message = vm_at(vm, offset);
    *message = (struct vm_message){
        .heap = {.at = offset + sizeof *message, .words = words, .used = words}};
    return message;
}

static void message_free(struct vm *vm, struct vm_message *message)
{
    vm_off_heap_drop(vm, message->heap.off_heap);
    vm_data_release(vm, vm_offset(vm, message));
}

// Who sent it, where, and why: what the sender received last is taken as the cause.
static void note_story(struct vm *vm, struct vm_message *message, vm_term sender)
{
    const struct vm_cpu *c = &vm_root(vm)->cpu;
    message->id = ++vm_root(vm)->counters.next_message;
    message->time = vm_recent(vm);
    message->sender = sender;
    if (c->proc != NULL && c->proc->pid == sender) {
        message->cause = c->proc->last_received;
        message->sent_from = c->call_ip;
    }
}

static VM_SLOW void report_sent(struct vm *vm, const struct vm_proc *to,
                                const struct vm_message *message)
{
    uint64_t sender = vm_is_local_pid(message->sender) ? vm_pid_number(message->sender) : 0;
    uint64_t receiver = vm_pid_number(to->pid);
    if (vm_watches(vm, VM_EVENT_SEND))
        vm_report(vm, &(struct vm_event_info){.event = VM_EVENT_SEND,
                                              .pid = sender,
                                              .term = message->term,
                                              .other = receiver,
                                              .message = message->id});
    if (vm_watches(vm, VM_EVENT_DELIVER))
        vm_report(vm, &(struct vm_event_info){.event = VM_EVENT_DELIVER,
                                              .pid = receiver,
                                              .term = message->term,
                                              .other = sender,
                                              .message = message->id});
}

void vm_message_post(struct vm *vm, struct vm_proc *to, vm_term sender, struct vm_message *message)
{
    note_story(vm, message, sender);
    *field(vm, to->mailbox.last) = vm_offset(vm, message);
    to->mailbox.last = next_field(vm, message);
    to->mailbox.count++;
    to->mailbox.words += message->heap.words;
    vm_root(vm)->counters.messages++;
    vm_make_runnable(vm, to);
    if (vm_watched(vm))
        report_sent(vm, to, message);
}

bool vm_send_to(struct vm *vm, struct vm_proc *to, vm_term sender, vm_term term)
{
    size_t words = vm_is_immediate(term) ? 0 : vm_flat_words(vm, term);
    struct vm_message *message = vm_message_new(vm, words);
    if (message == NULL)
        return false;
    vm_term *hp = vm_at(vm, message->heap.at);
    message->term = words == 0 ? term : vm_copy(vm, term, &hp, &message->heap.off_heap);
    vm_message_post(vm, to, sender, message);
    return true;
}

// A message through an alias. It may end the alias, and the monitor that it belongs to.
static struct vm_proc *through_alias(struct vm *vm, vm_term ref)
{
    struct vm_alias *alias = vm_alias_find(vm, vm_ref_of(vm->image.base, ref));
    if (alias == NULL)
        return NULL;
    struct vm_proc *owner = vm_proc_find(vm, alias->owner);
    if (alias->kind == VM_ALIAS_REPLY) {
        uint64_t monitor = alias->monitor;
        vm_alias_free(vm, alias);
        if (monitor != 0)
            vm_relation_free(vm, vm_at(vm, monitor));
    }
    return owner;
}

// {Name, Node}: *bad when it is something else. Other nodes are never there.
static struct vm_proc *by_name_and_node(const struct vm *vm, vm_term destination, bool *bad)
{
    const char *base = vm->image.base;
    *bad = !vm_is_tuple_of(base, destination, 2);
    if (*bad)
        return NULL;
    const vm_term *at = vm_boxed_at(base, destination);
    *bad = !vm_is_atom(at[1]) || !vm_is_atom(at[2]);
    return *bad || at[2] != VM_AM(nonode) ? NULL : vm_registered(vm, at[1]);
}

static struct vm_proc *receiver(struct vm *vm, vm_term destination, bool *bad)
{
    *bad = false;
    if (vm_is_local_pid(destination))
        return vm_proc_find(vm, destination);
    if (vm_is_local_port(destination))
        return NULL;
    if (vm_is_atom(destination)) {
        struct vm_proc *named = vm_registered(vm, destination);
        *bad = named == NULL;
        return named;
    }
    if (vm_is_kind(vm->image.base, destination, VM_REF))
        return through_alias(vm, destination);
    if (vm_is_kind(vm->image.base, destination, VM_EXTERNAL))
        return NULL;
    return by_name_and_node(vm, destination, bad);
}

vm_term vm_send(struct vm_cpu *c, vm_term destination, vm_term message)
{
    bool bad = false;
    struct vm_proc *to = receiver(c->vm, destination, &bad);
    if (bad)
        return vm_badarg(c);
    if (to != NULL && !vm_send_to(c->vm, to, c->proc->pid, message))
        return vm_system_limit(c);
    return message;
}

struct vm_message *vm_mailbox_peek(const struct vm *vm, const struct vm_proc *proc)
{
    return message_at(vm, *field(vm, proc->mailbox.save));
}

void vm_mailbox_skip(struct vm *vm, struct vm_proc *proc)
{
    struct vm_message *message = vm_mailbox_peek(vm, proc);
    if (message != NULL)
        proc->mailbox.save = next_field(vm, message);
}

// The message behind the field `at` leaves the queue: nothing may point into it any more.
static struct vm_message *unchain(struct vm *vm, struct vm_proc *proc, uint64_t at)
{
    struct vm_mailbox *box = &proc->mailbox;
    struct vm_message *message = message_at(vm, *field(vm, at));
    uint64_t gone = next_field(vm, message);
    *field(vm, at) = message->next;
    if (box->last == gone)
        box->last = at;
    if (box->save == gone)
        box->save = at;
    for (unsigned i = 0; i < MARKERS; i++)
        if (box->marker_at[i] == gone)
            box->marker_at[i] = at;
    box->count--;
    box->words -= message->heap.words;
    vm_root(vm)->counters.messages--;
    return message;
}

static void take(struct vm *vm, struct vm_proc *proc)
{
    struct vm_message *message = unchain(vm, proc, proc->mailbox.save);
    proc->last_received = message->id;
    if (message->heap.words == 0) {
        vm_data_release(vm, vm_offset(vm, message));
    } else {
        message->heap.next = proc->fragments;
        proc->fragments = vm_offset(vm, message);
        proc->fragment_words += message->heap.used;
    }
    vm_mailbox_restart(vm, proc);
}

// The message is gone when it has been taken: what is reported of it is kept by this path alone.
static VM_SLOW void take_watched(struct vm *vm, struct vm_proc *proc)
{
    vm_term term = vm_mailbox_peek(vm, proc)->term;
    take(vm, proc);
    if (vm_watches(vm, VM_EVENT_RECEIVE))
        vm_report_of(vm, VM_EVENT_RECEIVE, term, 0, proc->last_received);
}

void vm_mailbox_take(struct vm *vm, struct vm_proc *proc)
{
    if (vm_mailbox_peek(vm, proc) == NULL)
        return;
    if (vm_watched(vm))
        take_watched(vm, proc);
    else
        take(vm, proc);
}

void vm_mailbox_restart(struct vm *vm, struct vm_proc *proc)
{
    proc->mailbox.save = first_field(vm, proc);
    if ((proc->flags & (VM_PROC_TIMER_SET | VM_PROC_TIMED_OUT | VM_PROC_TIMER_NEVER)) != 0)
        vm_receive_timer_stop(vm, proc);
}

// The field that leads to the message; NULL: to the end. 0: it is not in the queue.
static uint64_t field_before(const struct vm *vm, const struct vm_proc *proc,
                             const struct vm_message *message)
{
    uint64_t at = first_field(vm, proc);
    while (message_at(vm, *field(vm, at)) != message) {
        if (*field(vm, at) == 0)
            return 0;
        at = next_field(vm, message_at(vm, *field(vm, at)));
    }
    return at;
}

void vm_mailbox_move(struct vm *vm, struct vm_proc *proc, struct vm_message *message,
                     struct vm_message *before)
{
    struct vm_mailbox *box = &proc->mailbox;
    uint64_t from = field_before(vm, proc, message);
    if (message == before || from == 0)
        return;
    unchain(vm, proc, from);
    uint64_t to = field_before(vm, proc, before);
    message->next = *field(vm, to);
    *field(vm, to) = vm_offset(vm, message);
    if (box->last == to)
        box->last = next_field(vm, message);
    box->count++;
    box->words += message->heap.words;
    vm_root(vm)->counters.messages++;
    // What the markers and the save pointer knew of the order is no longer so.
    for (unsigned i = 0; i < MARKERS; i++)
        box->marker_ref[i] = 0;
    box->save = first_field(vm, proc);
}

bool vm_mailbox_remove(struct vm *vm, struct vm_proc *proc, struct vm_message *message)
{
    uint64_t at = field_before(vm, proc, message);
    if (at != 0)
        message_free(vm, unchain(vm, proc, at));
    return at != 0;
}

void vm_mailbox_free(struct vm *vm, struct vm_proc *proc)
{
    uint64_t next = proc->mailbox.first;
    while (next != 0) {
        struct vm_message *message = vm_at(vm, next);
        next = message->next;
        message_free(vm, message);
    }
    vm_root(vm)->counters.messages -= proc->mailbox.count;
    vm_mailbox_init(vm, proc);
}

// A free marker, or the first bound one: a marker lost costs time, never a message.
static unsigned marker_slot(const struct vm_mailbox *box)
{
    for (unsigned i = 0; i < MARKERS; i++)
        if (box->marker_ref[i] == 0 || box->marker_ref[i] == RESERVED)
            return i;
    return 0;
}

static unsigned marker_find(const struct vm *vm, const struct vm_mailbox *box, vm_term ref)
{
    if (!vm_is_kind(vm->image.base, ref, VM_REF))
        return MARKERS;
    uint64_t number = vm_ref_of(vm->image.base, ref).word[0];
    unsigned i = 0;
    while (i < MARKERS && box->marker_ref[i] != number)
        i++;
    return number == 0 ? MARKERS : i;
}

vm_term vm_mailbox_marker_reserve(struct vm *vm, struct vm_proc *proc)
{
    struct vm_mailbox *box = &proc->mailbox;
    unsigned slot = marker_slot(box);
    (void)vm;
    box->marker_ref[slot] = RESERVED;
    box->marker_at[slot] = box->last;
    return vm_small(slot);
}

void vm_mailbox_marker_bind(struct vm *vm, struct vm_proc *proc, vm_term marker, vm_term ref)
{
    struct vm_mailbox *box = &proc->mailbox;
    if (!vm_is_small(marker) || !vm_is_kind(vm->image.base, ref, VM_REF))
        return;
    uint64_t slot = (uint64_t)vm_small_value(marker);
    if (slot < MARKERS && box->marker_ref[slot] == RESERVED)
        box->marker_ref[slot] = vm_ref_of(vm->image.base, ref).word[0];
}

void vm_mailbox_marker_clear(struct vm *vm, struct vm_proc *proc, vm_term ref)
{
    unsigned slot = marker_find(vm, &proc->mailbox, ref);
    if (slot < MARKERS)
        proc->mailbox.marker_ref[slot] = 0;
}

void vm_mailbox_marker_use(struct vm *vm, struct vm_proc *proc, vm_term ref)
{
    unsigned slot = marker_find(vm, &proc->mailbox, ref);
    if (slot < MARKERS)
        proc->mailbox.save = proc->mailbox.marker_at[slot];
}
