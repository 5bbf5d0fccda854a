// persistent_term: values by key in the data pool, a vm_box {Key, Value} each. Reading copies the
// value.
#include "core-vm/vm/bif.h"
#include "core-vm/vm/bif_process.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/stacktrace.h"
#include "core-vm/vm/vm_impl.h"

// Entries whose keys have the same hash are a chain; the index leads to the first.
struct entry {
    uint64_t next, box;
};

static uint64_t hash_of(const struct vm *vm, vm_term key)
{
    return (uint64_t)vm_map_hash(vm, key, 0) + 1;
}

static const vm_term *pair_of(const struct vm *vm, const struct entry *entry)
{
    const struct vm_box *box = vm_at(vm, entry->box);
    return vm_boxed_at(vm->image.base, box->term);
}

static struct entry *find(const struct vm *vm, vm_term key)
{
    uint64_t at = vm_index_get(vm, &vm_root(vm)->persistent.buckets, hash_of(vm, key));
    while (at != 0) {
        struct entry *entry = vm_at(vm, at);
        if (vm_equal(vm, pair_of(vm, entry)[1], key))
            return entry;
        at = entry->next;
    }
    return NULL;
}

vm_term vm_bif_persistent_get_1(struct vm_cpu *c, const vm_term *args)
{
    const struct entry *entry = find(c->vm, args[0]);
    return entry != NULL ? vm_copy_in(c, pair_of(c->vm, entry)[2]) : vm_badarg(c);
}

vm_term vm_bif_persistent_get_2(struct vm_cpu *c, const vm_term *args)
{
    const struct entry *entry = find(c->vm, args[0]);
    return entry != NULL ? vm_copy_in(c, pair_of(c->vm, entry)[2]) : args[1];
}

vm_term vm_bif_persistent_get_0(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    vm_term list = VM_NIL;
    uint64_t place = 0, key, at;
    while (vm_index_next(c->vm, &vm_root(c->vm)->persistent.buckets, &place, &key, &at))
        while (at != 0) {
            const struct entry *entry = vm_at(c->vm, at);
            vm_term pair = vm_copy_in(c, ((const struct vm_box *)vm_at(c->vm, entry->box))->term);
            if (pair == VM_NONE || (list = vm_make_cons(c, pair, list)) == VM_NONE)
                return VM_NONE;
            at = entry->next;
        }
    return list;
}

static bool add(struct vm *vm, vm_term key, uint64_t box)
{
    struct vm_root *root = vm_root(vm);
    uint64_t hash = hash_of(vm, key), at = vm_data_alloc(vm, sizeof(struct entry));
    if (at == 0)
        return false;
    uint64_t first = vm_index_get(vm, &root->persistent.buckets, hash);
    *(struct entry *)vm_at(vm, at) = (struct entry){.next = first, .box = box};
    if (!vm_index_put(vm, &root->persistent.buckets, hash, at)) {
        vm_data_release(vm, at);
        return false;
    }
    root->persistent.count++;
    return true;
}

vm_term vm_bif_persistent_put(struct vm_cpu *c, const vm_term *args)
{
    struct entry *entry = find(c->vm, args[0]);
    if (entry != NULL && vm_equal(c->vm, pair_of(c->vm, entry)[2], args[1]))
        return VM_AM(ok);
    vm_term pair = vm_make_tuple(c, 2, args);
    uint64_t box = pair != VM_NONE ? vm_box_new(c->vm, pair) : 0;
    if (box == 0)
        return vm_system_limit(c);
    if (entry != NULL) {
        vm_box_free(c->vm, entry->box);
        entry->box = box;
        return VM_AM(ok);
    }
    if (add(c->vm, args[0], box))
        return VM_AM(ok);
    vm_box_free(c->vm, box);
    return vm_system_limit(c);
}

static void release(struct vm *vm, struct entry *entry)
{
    vm_box_free(vm, entry->box);
    vm_data_release(vm, vm_offset(vm, entry));
    vm_root(vm)->persistent.count--;
}

vm_term vm_bif_persistent_erase(struct vm_cpu *c, const vm_term *args)
{
    struct vm *vm = c->vm;
    struct vm_table *index = &vm_root(vm)->persistent.buckets;
    struct entry *entry = find(vm, args[0]);
    if (entry == NULL)
        return VM_AM(false);
    uint64_t hash = hash_of(vm, args[0]), at = vm_index_get(vm, index, hash);
    struct entry *before = NULL;
    while (vm_at(vm, at) != (void *)entry) {
        before = vm_at(vm, at);
        at = before->next;
    }
    if (before != NULL)
        before->next = entry->next;
    else if (entry->next != 0)
        vm_index_put(vm, index, hash, entry->next);  // replaces: needs no memory
    else
        vm_index_take(vm, index, hash);
    release(vm, entry);
    return VM_AM(true);
}

vm_term vm_bif_persistent_erase_all(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct vm *vm = c->vm;
    struct vm_table *index = &vm_root(vm)->persistent.buckets;
    uint64_t place = 0, key, at;
    while (vm_index_next(vm, index, &place, &key, &at)) {
        vm_index_take(vm, index, key);
        while (at != 0) {
            struct entry *entry = vm_at(vm, at);
            at = entry->next;
            release(vm, entry);
        }
        place = 0;
    }
    return VM_AM(ok);
}

vm_term vm_bif_persistent_info(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    uint64_t place = 0, key, at, words = 0;
    while (vm_index_next(c->vm, &vm_root(c->vm)->persistent.buckets, &place, &key, &at))
        for (; at != 0; at = ((const struct entry *)vm_at(c->vm, at))->next)
            words +=
                ((const struct vm_box *)vm_at(c->vm, ((const struct entry *)vm_at(c->vm, at))->box))
                    ->words;
    vm_term map =
        vm_map_of(c,
                  (vm_term[]){VM_AM(count), vm_make_unsigned(c, vm_root(c->vm)->persistent.count),
                              VM_AM(memory), vm_make_unsigned(c, words * sizeof(vm_term))},
                  2);
    return map;
}
