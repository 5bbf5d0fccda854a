#include "core-vm/vm/relation.h"

#include <string.h>

#include "core-vm/vm/heap.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/vm_impl.h"
#include "core-vm/vm/watch.h"

struct vm_ref vm_ref_of(const char *base, vm_term ref)
{
    const vm_term *at = vm_boxed_at(base, ref);
    return (struct vm_ref){{at[1], at[2]}};
}

vm_term vm_ref_put(const char *base, struct vm_ref ref, vm_term **hp)
{
    vm_term *at = *hp;
    at[0] = vm_header(VM_REF, 2);
    at[1] = ref.word[0];
    at[2] = ref.word[1];
    *hp += VM_REF_WORDS;
    return vm_make_boxed(base, at);
}

static VM_SLOW void report(struct vm *vm, const struct vm_relation *relation)
{
    vm_report(vm, &(struct vm_event_info){.event = relation->kind == VM_LINK ? VM_EVENT_LINK
                                                                             : VM_EVENT_MONITOR,
                                          .pid = vm_pid_number(relation->side[VM_HERE].owner),
                                          .other = vm_pid_number(relation->side[VM_THERE].owner)});
}

// Lists keep the order in which relations were made: the first one's `prev` leads to the last.
static void side_add(struct vm *vm, struct vm_side *side, vm_term owner, uint64_t *first)
{
    uint64_t offset = vm_offset(vm, side);
    side->owner = owner;
    side->next = 0;
    side->prev = offset;
    if (*first == 0) {
        *first = offset;
        return;
    }
    struct vm_side *head = vm_at(vm, *first);
    side->prev = head->prev;
    ((struct vm_side *)vm_at(vm, head->prev))->next = offset;
    head->prev = offset;
}

static void side_remove(struct vm *vm, struct vm_side *side, uint64_t *first)
{
    bool is_first = *first == vm_offset(vm, side);
    if (is_first)
        *first = side->next;
    else
        ((struct vm_side *)vm_at(vm, side->prev))->next = side->next;
    if (side->next != 0)
        ((struct vm_side *)vm_at(vm, side->next))->prev = side->prev;
    else if (!is_first)
        ((struct vm_side *)vm_at(vm, *first))->prev = side->prev;
}

static uint64_t *list_of(struct vm_proc *proc, const struct vm_relation *relation, uint64_t which)
{
    if (relation->kind == VM_LINK)
        return &proc->links;
    return which == VM_HERE ? &proc->monitors : &proc->monitored_by;
}

static struct vm_relation *relation_new(struct vm *vm, enum vm_relation_kind kind,
                                        struct vm_proc *here, struct vm_proc *there)
{
    uint64_t offset = vm_data_alloc(vm, sizeof(struct vm_relation));
    if (offset == 0)
        return NULL;
    struct vm_relation *relation = vm_at(vm, offset);
    *relation =
        (struct vm_relation){.kind = kind, .name = VM_NONE, .ref_header = vm_header(VM_REF, 2)};
    relation->side[VM_THERE].which = VM_THERE;
    side_add(vm, &relation->side[VM_HERE], here->pid, list_of(here, relation, VM_HERE));
    side_add(vm, &relation->side[VM_THERE], there->pid, list_of(there, relation, VM_THERE));
    return relation;
}

// Whoever still stands in the process table, dying ones included: they hold lists too.
static struct vm_proc *holder(const struct vm *vm, vm_term pid)
{
    return vm_proc_slot(vm, pid);
}

void vm_relation_free(struct vm *vm, struct vm_relation *relation)
{
    for (uint64_t which = VM_HERE; which <= VM_THERE; which++) {
        struct vm_side *side = &relation->side[which];
        struct vm_proc *proc = holder(vm, side->owner);
        if (proc != NULL)
            side_remove(vm, side, list_of(proc, relation, which));
    }
    if (relation->kind == VM_MONITOR)
        vm_index_take(vm, &vm_root(vm)->relations.by_ref,
                      vm_ref_key(relation->ref, VM_REF_MONITOR));
    if (relation->alias != 0) {
        struct vm_alias *alias = vm_at(vm, relation->alias);
        alias->monitor = 0;
        if (alias->kind != VM_ALIAS_EXPLICIT)
            vm_alias_free(vm, alias);
    }
    if (relation->tag != 0)
        vm_box_free(vm, relation->tag);
    vm_data_release(vm, vm_offset(vm, relation));
}

// Both lists are walked together: the shorter one decides how long it takes.
static struct vm_relation *find_between(const struct vm *vm, uint64_t a, vm_term b_pid, uint64_t b,
                                        vm_term a_pid)
{
    const char *base = vm->image.base;
    while (a != 0 && b != 0) {
        struct vm_relation *of_a = vm_relation_of(base, a), *of_b = vm_relation_of(base, b);
        const struct vm_side *at_a = vm_at(vm, a), *at_b = vm_at(vm, b);
        if (of_a->side[!at_a->which].owner == b_pid)
            return of_a;
        if (of_b->side[!at_b->which].owner == a_pid)
            return of_b;
        a = at_a->next;
        b = at_b->next;
    }
    return NULL;
}

bool vm_link(struct vm *vm, struct vm_proc *a, struct vm_proc *b)
{
    if (a == b || find_between(vm, a->links, b->pid, b->links, a->pid) != NULL)
        return true;
    struct vm_relation *relation = relation_new(vm, VM_LINK, a, b);
    if (relation != NULL)
        if (vm_watched(vm))
            report(vm, relation);
    return relation != NULL;
}

bool vm_unlink(struct vm *vm, struct vm_proc *a, struct vm_proc *b)
{
    struct vm_relation *found = find_between(vm, a->links, b->pid, b->links, a->pid);
    if (found != NULL)
        vm_relation_free(vm, found);
    return found != NULL;
}

struct vm_relation *vm_monitor(struct vm *vm, struct vm_proc *by, struct vm_proc *whom,
                               struct vm_ref ref)
{
    struct vm_relation *relation = relation_new(vm, VM_MONITOR, by, whom);
    if (relation == NULL)
        return NULL;
    relation->ref = ref;
    if (!vm_index_put(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(ref, VM_REF_MONITOR),
                      vm_offset(vm, relation))) {
        vm_relation_free(vm, relation);
        return NULL;
    }
    if (vm_watched(vm))
        report(vm, relation);
    return relation;
}

struct vm_relation *vm_monitor_find(const struct vm *vm, struct vm_ref ref)
{
    uint64_t offset =
        vm_index_get(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(ref, VM_REF_MONITOR));
    return offset == 0 ? NULL : vm_at(vm, offset);
}

struct vm_relation *vm_suspension(struct vm *vm, struct vm_proc *by, struct vm_proc *whom,
                                  bool make)
{
    for (uint64_t side = by->monitors; side != 0;) {
        const struct vm_side *at = vm_at(vm, side);
        struct vm_relation *relation = vm_relation_of(vm->image.base, side);
        if (relation->kind == VM_SUSPENSION && relation->side[VM_THERE].owner == whom->pid)
            return relation;
        side = at->next;
    }
    return make ? relation_new(vm, VM_SUSPENSION, by, whom) : NULL;
}

struct vm_alias *vm_alias_new(struct vm *vm, struct vm_proc *owner, struct vm_ref ref,
                              enum vm_alias_kind kind)
{
    uint64_t offset = vm_data_alloc(vm, sizeof(struct vm_alias));
    if (offset == 0)
        return NULL;
    if (!vm_index_put(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(ref, VM_REF_ALIAS), offset)) {
        vm_data_release(vm, offset);
        return NULL;
    }
    struct vm_alias *alias = vm_at(vm, offset);
    *alias =
        (struct vm_alias){.kind = kind, .owner = owner->pid, .ref = ref, .next = owner->aliases};
    if (owner->aliases != 0)
        ((struct vm_alias *)vm_at(vm, owner->aliases))->prev = offset;
    owner->aliases = offset;
    return alias;
}

struct vm_alias *vm_alias_find(const struct vm *vm, struct vm_ref ref)
{
    uint64_t offset =
        vm_index_get(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(ref, VM_REF_ALIAS));
    return offset == 0 ? NULL : vm_at(vm, offset);
}

void vm_alias_free(struct vm *vm, struct vm_alias *alias)
{
    struct vm_proc *owner = holder(vm, alias->owner);
    if (alias->monitor != 0)
        ((struct vm_relation *)vm_at(vm, alias->monitor))->alias = 0;
    if (alias->prev != 0)
        ((struct vm_alias *)vm_at(vm, alias->prev))->next = alias->next;
    else if (owner != NULL)
        owner->aliases = alias->next;
    if (alias->next != 0)
        ((struct vm_alias *)vm_at(vm, alias->next))->prev = alias->prev;
    vm_index_take(vm, &vm_root(vm)->relations.by_ref, vm_ref_key(alias->ref, VM_REF_ALIAS));
    vm_data_release(vm, vm_offset(vm, alias));
}
