#include "core-vm/vm/dictionary.h"

#include <string.h>

#include "core-vm/vm/compare.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/vm_impl.h"

enum { FIRST_CAPACITY = 8, NO_PAIR = UINT32_MAX };

static uint32_t *slots_of(struct vm_dictionary *d)
{
    return (uint32_t *)(void *)(d->pair + 2 * d->capacity);
}

static uint64_t slot_of(const struct vm *vm, struct vm_dictionary *d, vm_term key)
{
    const uint32_t *slots = slots_of(d);
    uint64_t i = vm_map_hash(vm, key, 0) & (d->slots - 1);
    while (slots[i] != 0 && !vm_equal(vm, d->pair[2 * (slots[i] - 1)], key))
        i = (i + 1) & (d->slots - 1);
    return i;
}

static uint32_t find_in_order(const struct vm *vm, const struct vm_dictionary *d, vm_term key)
{
    for (uint32_t i = 0; i < d->count; i++)
        if (vm_equal(vm, d->pair[2 * i], key))
            return i;
    return NO_PAIR;
}

// Index of the key's pair, NO_PAIR: none.
static uint32_t find(const struct vm *vm, struct vm_dictionary *d, vm_term key)
{
    if (d == NULL || d->count == 0)
        return NO_PAIR;
    if (d->slots == 0)
        return find_in_order(vm, d, key);
    uint32_t slot = slots_of(d)[slot_of(vm, d, key)];
    return slot == 0 ? NO_PAIR : slot - 1;
}

static void index_pairs(const struct vm *vm, struct vm_dictionary *d)
{
    memset(slots_of(d), 0, d->slots * sizeof(uint32_t));
    for (uint32_t i = 0; i < d->count; i++)
        slots_of(d)[slot_of(vm, d, d->pair[2 * i])] = i + 1;
}

// Twice as large. NULL: out of memory, nothing changed.
static struct vm_dictionary *grow(struct vm *vm, struct vm_proc *proc)
{
    struct vm_dictionary *old = vm_dictionary_of(vm->image.base, proc);
    uint64_t capacity = old == NULL ? FIRST_CAPACITY : old->capacity * 2;
    uint64_t slots = capacity > FIRST_CAPACITY ? capacity * 2 : 0;
    uint64_t offset =
        vm_data_alloc(vm, sizeof *old + capacity * 2 * sizeof(vm_term) + slots * sizeof(uint32_t));
    if (offset == 0)
        return NULL;
    struct vm_dictionary *d = vm_at(vm, offset);
    *d = (struct vm_dictionary){.capacity = capacity, .slots = slots};
    if (old != NULL) {
        d->count = old->count;
        memcpy(d->pair, old->pair, old->count * 2 * sizeof(vm_term));
    }
    index_pairs(vm, d);
    vm_data_release(vm, proc->dictionary);
    proc->dictionary = offset;
    return d;
}

vm_term vm_dictionary_get(const struct vm *vm, const struct vm_proc *proc, vm_term key)
{
    struct vm_dictionary *d = vm_dictionary_of(vm->image.base, proc);
    uint32_t i = find(vm, d, key);
    return i == NO_PAIR ? VM_NONE : d->pair[2 * i + 1];
}

static vm_term append(struct vm *vm, struct vm_dictionary *d, vm_term key, vm_term value)
{
    d->pair[2 * d->count] = key;
    d->pair[2 * d->count + 1] = value;
    d->count++;
    if (d->slots != 0)
        slots_of(d)[slot_of(vm, d, key)] = (uint32_t)d->count;
    return VM_NONE;
}

vm_term vm_dictionary_put(struct vm *vm, struct vm_proc *proc, vm_term key, vm_term value,
                          bool *full)
{
    struct vm_dictionary *d = vm_dictionary_of(vm->image.base, proc);
    uint32_t i = find(vm, d, key);
    *full = false;
    if (i != NO_PAIR) {
        vm_term before = d->pair[2 * i + 1];
        d->pair[2 * i + 1] = value;
        return before;
    }
    if (d == NULL || d->count == d->capacity)
        d = grow(vm, proc);
    *full = d == NULL;
    return *full ? VM_NONE : append(vm, d, key, value);
}

// Empty the slot; the pairs whose search would have passed it are put in again.
static void slot_clear(const struct vm *vm, struct vm_dictionary *d, uint64_t i)
{
    uint32_t *slots = slots_of(d);
    slots[i] = 0;
    for (i = (i + 1) & (d->slots - 1); slots[i] != 0; i = (i + 1) & (d->slots - 1)) {
        uint32_t moved = slots[i];
        slots[i] = 0;
        slots[slot_of(vm, d, d->pair[2 * (moved - 1)])] = moved;
    }
}

vm_term vm_dictionary_erase(struct vm *vm, struct vm_proc *proc, vm_term key)
{
    struct vm_dictionary *d = vm_dictionary_of(vm->image.base, proc);
    uint32_t i = find(vm, d, key);
    if (i == NO_PAIR)
        return VM_NONE;
    vm_term before = d->pair[2 * i + 1];
    uint64_t last = d->count - 1;
    if (d->slots != 0) {
        slot_clear(vm, d, slot_of(vm, d, key));
        if (i != last)
            slots_of(d)[slot_of(vm, d, d->pair[2 * last])] = i + 1;
    }
    d->pair[2 * i] = d->pair[2 * last];
    d->pair[2 * i + 1] = d->pair[2 * last + 1];
    d->count--;
    return before;
}

void vm_dictionary_free(struct vm *vm, struct vm_proc *proc)
{
    vm_data_release(vm, proc->dictionary);
    proc->dictionary = 0;
}
