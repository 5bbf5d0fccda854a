#include <stdlib.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/compare.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

// Terms still to be taken away, each with how often: a hash table with open addressing.
struct entry {
    vm_term term;  // VM_NONE: free
    uint32_t hash;
    uint32_t count;
};
struct bag {
    struct entry *at;
    size_t mask;
    size_t left;  // sum of all counts
};

static struct entry *place_of(const struct vm *vm, const struct bag *bag, vm_term term)
{
    uint32_t hash = vm_map_hash(vm, term, 0);
    struct entry *entry = &bag->at[hash & bag->mask];
    while (entry->term != VM_NONE && !(entry->hash == hash && vm_equal(vm, entry->term, term)))
        entry = entry == bag->at + bag->mask ? bag->at : entry + 1;
    entry->hash = hash;
    return entry;
}

static void fill(const struct vm *vm, struct bag *bag, vm_term list, size_t count)
{
    size_t capacity = 8;
    while (capacity < 2 * count)
        capacity *= 2;
    bag->at = calloc(capacity, sizeof *bag->at);
    if (bag->at == NULL)
        wb_die_no_memory(capacity * sizeof *bag->at);
    bag->mask = capacity - 1;
    bag->left = count;
    for (; list != VM_NIL; list = vm_tail(vm->image.base, list)) {
        struct entry *entry = place_of(vm, bag, vm_head(vm->image.base, list));
        entry->term = vm_head(vm->image.base, list);
        entry->count++;
    }
}

static bool take(const struct vm *vm, struct bag *bag, vm_term term)
{
    struct entry *entry = place_of(vm, bag, term);
    if (entry->term == VM_NONE || entry->count == 0)
        return false;
    entry->count--;
    bag->left--;
    return true;
}

// Few terms are faster to look through than to hash.
enum { FEW = 8 };
struct few {
    vm_term term[FEW];
    size_t count;
};

static void read_few(const char *base, vm_term list, struct few *ret)
{
    ret->count = 0;
    for (; list != VM_NIL; list = vm_tail(base, list))
        ret->term[ret->count++] = vm_head(base, list);
}

static bool take_few(const struct vm *vm, struct few *few, vm_term term)
{
    for (size_t i = 0; i < few->count; i++)
        if (vm_equal(vm, few->term[i], term)) {
            few->term[i] = few->term[--few->count];
            return true;
        }
    return false;
}

// What is left of the list is copied up to where nothing more can be taken; the rest is shared.
struct cut {
    vm_term *kept;
    size_t count;
    vm_term rest;
};

static void cut_by_bag(const struct vm *vm, vm_term list, vm_term away, size_t count,
                       struct cut *cut)
{
    struct bag bag;
    fill(vm, &bag, away, count);
    for (; list != VM_NIL && bag.left > 0; list = vm_tail(vm->image.base, list))
        if (!take(vm, &bag, vm_head(vm->image.base, list)))
            cut->kept[cut->count++] = vm_head(vm->image.base, list);
    cut->rest = list;
    free(bag.at);
}

static void cut_by_few(const struct vm *vm, vm_term list, vm_term away, struct cut *cut)
{
    struct few few;
    read_few(vm->image.base, away, &few);
    for (; list != VM_NIL && few.count > 0; list = vm_tail(vm->image.base, list))
        if (!take_few(vm, &few, vm_head(vm->image.base, list)))
            cut->kept[cut->count++] = vm_head(vm->image.base, list);
    cut->rest = list;
}

vm_term vm_bif_list_subtract(struct vm_cpu *c, const vm_term *args)
{
    int64_t length = vm_list_length(c->base, args[0]), away = vm_list_length(c->base, args[1]);
    if (length < 0 || away < 0)
        return vm_badarg(c);
    if (length == 0 || away == 0)
        return args[0];
    struct cut cut = {.kept = malloc((size_t)length * sizeof *cut.kept)};
    if (cut.kept == NULL)
        wb_die_no_memory((size_t)length * sizeof *cut.kept);
    if (away <= FEW)
        cut_by_few(c->vm, args[0], args[1], &cut);
    else
        cut_by_bag(c->vm, args[0], args[1], (size_t)away, &cut);
    c->reds -= (length + away) / 8;
    vm_term list = vm_make_list_of(c, cut.kept, cut.count, cut.rest);
    free(cut.kept);
    return list;
}
