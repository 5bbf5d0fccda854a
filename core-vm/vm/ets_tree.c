// A treap: a search tree by key that is a heap by priority. `next` is a row's left child.
#include "core-vm/vm/compare.h"
#include "core-vm/vm/ets_priv.h"

static vm_term key_of(const struct vm *vm, const struct vm_ets *table, const struct vm_ets_row *row)
{
    return vm_ets_key(vm->image.base, table, row->term);
}

static uint64_t priority_of(uint64_t serial)
{
    serial = (serial ^ serial >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    serial = (serial ^ serial >> 27) * UINT64_C(0x94d049bb133111eb);
    return serial ^ serial >> 31;
}

struct vm_ets_row *vm_ets_tree_find(const struct vm *vm, const struct vm_ets *table, vm_term key)
{
    struct vm_ets_row *row = vm_ets_row_at(vm, table->root);
    while (row != NULL) {
        int order = vm_compare(vm, key, key_of(vm, table, row));
        if (order == 0)
            return row;
        row = vm_ets_row_at(vm, order < 0 ? row->next : row->right);
    }
    return NULL;
}

// The rows below `key` and those above it, of the tree at *from.
static void split(const struct vm *vm, const struct vm_ets *table, uint64_t from, vm_term key,
                  uint64_t *low, uint64_t *high)
{
    while (from != 0) {
        struct vm_ets_row *row = vm_ets_row_at(vm, from);
        if (vm_compare(vm, key, key_of(vm, table, row)) < 0) {
            *high = from;
            high = &row->next;
            from = row->next;
        } else {
            *low = from;
            low = &row->right;
            from = row->right;
        }
    }
    *low = *high = 0;
}

void vm_ets_tree_link(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row)
{
    vm_term key = key_of(vm, table, row);
    row->order = priority_of(++table->serial);
    uint64_t *place = &table->root;
    while (*place != 0) {
        struct vm_ets_row *here = vm_ets_row_at(vm, *place);
        if (here->order < row->order)
            break;
        place = vm_compare(vm, key, key_of(vm, table, here)) < 0 ? &here->next : &here->right;
    }
    split(vm, table, *place, key, &row->next, &row->right);
    *place = vm_offset(vm, row);
}

// Two trees, all of low below all of high, as one at *place.
static void merge(const struct vm *vm, uint64_t low, uint64_t high, uint64_t *place)
{
    while (low != 0 && high != 0) {
        struct vm_ets_row *left = vm_ets_row_at(vm, low), *right = vm_ets_row_at(vm, high);
        if (left->order > right->order) {
            *place = low;
            place = &left->right;
            low = left->right;
        } else {
            *place = high;
            place = &right->next;
            high = right->next;
        }
    }
    *place = low != 0 ? low : high;
}

void vm_ets_tree_unlink(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row,
                        struct vm_ets_row *instead)
{
    vm_term key = key_of(vm, table, row);
    uint64_t *place = &table->root;
    while (*place != vm_offset(vm, row)) {
        struct vm_ets_row *here = vm_ets_row_at(vm, *place);
        place = vm_compare(vm, key, key_of(vm, table, here)) < 0 ? &here->next : &here->right;
    }
    if (instead == NULL) {
        merge(vm, row->next, row->right, place);
        return;
    }
    instead->next = row->next;
    instead->right = row->right;
    instead->order = row->order;
    *place = vm_offset(vm, instead);
}

struct vm_ets_row *vm_ets_above(const struct vm *vm, const struct vm_ets *table, vm_term key)
{
    struct vm_ets_row *row = vm_ets_row_at(vm, table->root), *best = NULL;
    while (row != NULL) {
        if (vm_compare(vm, key, key_of(vm, table, row)) < 0) {
            best = row;
            row = vm_ets_row_at(vm, row->next);
        } else {
            row = vm_ets_row_at(vm, row->right);
        }
    }
    return best;
}

struct vm_ets_row *vm_ets_below(const struct vm *vm, const struct vm_ets *table, vm_term key)
{
    struct vm_ets_row *row = vm_ets_row_at(vm, table->root), *best = NULL;
    while (row != NULL) {
        if (vm_compare(vm, key, key_of(vm, table, row)) > 0) {
            best = row;
            row = vm_ets_row_at(vm, row->right);
        } else {
            row = vm_ets_row_at(vm, row->next);
        }
    }
    return best;
}
