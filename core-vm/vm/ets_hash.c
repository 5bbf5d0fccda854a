// Linear hashing: bucket i of `active` ones; one more splits one, one less joins two.
#include <string.h>

#include "core-vm/vm/compare.h"
#include "core-vm/vm/ets_priv.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/table.h"

enum { FIRST_BUCKETS = 256 };

static uint64_t *buckets(const struct vm *vm, const struct vm_ets *table)
{
    return vm_table_words(vm, &table->buckets);
}

// The lowest power of two that is not below the number of buckets, less one.
static uint64_t mask_of(uint64_t active)
{
    uint64_t size = FIRST_BUCKETS;
    while (size < active)
        size *= 2;
    return size - 1;
}

static uint64_t bucket_of(const struct vm_ets *table, uint64_t hash)
{
    uint64_t mask = mask_of(table->active);
    uint64_t i = hash & mask;
    return i < table->active ? i : i & mask >> 1;
}

bool vm_ets_hash_init(struct vm *vm, struct vm_ets *table)
{
    if (!vm_table_reserve(vm, VM_POOL_DATA, &table->buckets, FIRST_BUCKETS))
        return false;
    table->buckets.count = table->active = FIRST_BUCKETS;
    return true;
}

struct vm_ets_row *vm_ets_hash_find(const struct vm *vm, const struct vm_ets *table, vm_term key)
{
    uint64_t hash = vm_map_hash(vm, key, 0);
    struct vm_ets_row *row = vm_ets_row_at(vm, buckets(vm, table)[bucket_of(table, hash)]);
    for (; row != NULL; row = vm_ets_row_at(vm, row->next))
        if (row->order == hash && vm_equal(vm, vm_ets_key(vm->image.base, table, row->term), key))
            return row;
    return NULL;
}

// Rows of a bucket whose number has the new bit go to the new bucket; their order is kept.
static void split(struct vm *vm, struct vm_ets *table)
{
    uint64_t to = table->active, mask = mask_of(to + 1), from = to & mask >> 1;
    if (to == table->buckets.capacity &&
        !vm_table_reserve(vm, VM_POOL_DATA, &table->buckets, 2 * to))
        return;  // longer chains will do
    uint64_t *at = buckets(vm, table);
    uint64_t *stay = &at[from], *go = &at[to];
    struct vm_ets_row *row = vm_ets_row_at(vm, at[from]);
    while (row != NULL) {
        uint64_t **end = (row->order & mask) == to ? &go : &stay;
        **end = vm_offset(vm, row);
        *end = &row->next;
        row = vm_ets_row_at(vm, row->next);
    }
    *stay = *go = 0;
    table->active++;
    table->buckets.count = table->active;
}

static void join(struct vm *vm, struct vm_ets *table)
{
    uint64_t last = table->active - 1, into = last & mask_of(table->active) >> 1;
    uint64_t *at = buckets(vm, table), *end = &at[into];
    while (*end != 0)
        end = &vm_ets_row_at(vm, *end)->next;
    *end = at[last];
    at[last] = 0;
    table->active = table->buckets.count = last;
}

void vm_ets_hash_link(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row)
{
    const char *base = vm->image.base;
    vm_term key = vm_ets_key(base, table, row->term);
    row->order = vm_map_hash(vm, key, 0);
    uint64_t *place = &buckets(vm, table)[bucket_of(table, row->order)];
    // Rows of a bag with the same key stand together, the newest first.
    uint64_t *same = place;
    while (*same != 0) {
        struct vm_ets_row *other = vm_ets_row_at(vm, *same);
        if (other->order == row->order && vm_equal(vm, vm_ets_key(base, table, other->term), key))
            break;
        same = &other->next;
    }
    if (*same != 0)
        place = same;
    row->next = *place;
    *place = vm_offset(vm, row);
    if (table->size > table->active && table->fixed == 0)
        split(vm, table);
}

void vm_ets_hash_unlink(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row,
                        struct vm_ets_row *instead)
{
    uint64_t *place = &buckets(vm, table)[bucket_of(table, row->order)];
    while (*place != vm_offset(vm, row))
        place = &vm_ets_row_at(vm, *place)->next;
    *place = row->next;
    if (instead != NULL) {
        instead->order = row->order;
        instead->next = row->next;
        *place = vm_offset(vm, instead);
    } else if (table->active > FIRST_BUCKETS && table->size < table->active / 2 &&
               table->fixed == 0) {
        join(vm, table);
    }
}

static struct vm_ets_row *first_from(const struct vm *vm, const struct vm_ets *table, uint64_t i)
{
    while (i < table->active && buckets(vm, table)[i] == 0)
        i++;
    return i < table->active ? vm_ets_row_at(vm, buckets(vm, table)[i]) : NULL;
}

struct vm_ets_row *vm_ets_hash_begin(const struct vm *vm, const struct vm_ets *table)
{
    return first_from(vm, table, 0);
}

struct vm_ets_row *vm_ets_hash_after(const struct vm *vm, const struct vm_ets *table,
                                     const struct vm_ets_row *row)
{
    if (row->next != 0)
        return vm_ets_row_at(vm, row->next);
    return first_from(vm, table, bucket_of(table, row->order) + 1);
}

uint64_t vm_ets_slot_of(const struct vm_ets *table, const struct vm_ets_row *row)
{
    return bucket_of(table, row->order);
}

struct vm_ets_row *vm_ets_from_slot(const struct vm *vm, const struct vm_ets *table, uint64_t slot)
{
    struct vm_ets_row *row = first_from(vm, table, slot);
    return row != NULL && row->deleted ? vm_ets_after(vm, table, row) : row;
}
