#include "core-vm/vm/ets.h"

#include <string.h>

#include "core-vm/vm/compare.h"
#include "core-vm/vm/ets_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/table.h"

static bool is_ordered(const struct vm_ets *table)
{
    return table->type == VM_ETS_ORDERED_SET;
}

struct vm_ets *vm_ets_find(const struct vm *vm, vm_term id)
{
    const struct vm_root *root = vm_root(vm);
    const char *base = vm->image.base;
    uint64_t at = 0;
    if (vm_is_atom(id))
        at = vm_index_get(vm, &root->ets.by_name, id);
    else if (vm_is_kind(base, id, VM_REF))
        at = vm_index_get(vm, &root->ets.by_id, vm_ref_of(base, id).word[0]);
    return at != 0 ? vm_at(vm, at) : NULL;
}

struct vm_ets *vm_ets_next_table(const struct vm *vm, uint64_t *place)
{
    uint64_t key, at;
    if (!vm_index_next(vm, &vm_root(vm)->ets.by_id, place, &key, &at))
        return NULL;
    return vm_at(vm, at);
}

struct vm_ets *vm_ets_new(struct vm *vm)
{
    uint64_t at = vm_data_alloc(vm, sizeof(struct vm_ets));
    if (at == 0)
        return NULL;
    struct vm_ets *table = vm_at(vm, at);
    memset(table, 0, sizeof *table);
    table->ref_header = vm_header(VM_REF, 2);
    table->keypos = 1;
    table->access = VM_ETS_PROTECTED;
    return table;
}

void vm_ets_own(struct vm *vm, struct vm_ets *table, struct vm_proc *owner)
{
    table->owner = owner->pid;
    table->owner_at = vm_offset(vm, owner);
    table->prev = 0;
    table->next = owner->ets_owned;
    if (table->next != 0)
        ((struct vm_ets *)vm_at(vm, table->next))->prev = vm_offset(vm, table);
    owner->ets_owned = vm_offset(vm, table);
}

void vm_ets_disown(struct vm *vm, struct vm_ets *table)
{
    struct vm_proc *owner = vm_at(vm, table->owner_at);
    if (table->next != 0)
        ((struct vm_ets *)vm_at(vm, table->next))->prev = table->prev;
    if (table->prev != 0)
        ((struct vm_ets *)vm_at(vm, table->prev))->next = table->next;
    else
        owner->ets_owned = table->next;
    table->next = table->prev = 0;
}

bool vm_ets_publish(struct vm *vm, struct vm_ets *table, struct vm_proc *owner)
{
    struct vm_root *root = vm_root(vm);
    table->ref = (struct vm_ref){{++root->counters.next_ref, 0}};
    if (!is_ordered(table) && !vm_ets_hash_init(vm, table))
        return false;
    if (!vm_index_put(vm, &root->ets.by_id, table->ref.word[0], vm_offset(vm, table)))
        return false;
    if (table->named && !vm_index_put(vm, &root->ets.by_name, table->name, vm_offset(vm, table))) {
        vm_index_take(vm, &root->ets.by_id, table->ref.word[0]);
        return false;
    }
    root->ets.count++;
    vm_ets_own(vm, table, owner);
    return true;
}

bool vm_ets_rename(struct vm *vm, struct vm_ets *table, vm_term name)
{
    struct vm_root *root = vm_root(vm);
    if (table->named) {
        if (!vm_index_put(vm, &root->ets.by_name, name, vm_offset(vm, table)))
            return false;
        vm_index_take(vm, &root->ets.by_name, table->name);
    }
    table->name = name;
    return true;
}

struct vm_ets_row *vm_ets_row_new(struct vm *vm, struct vm_ets *table, vm_term tuple)
{
    size_t words = vm_flat_words_all(vm, tuple);
    uint64_t at = vm_data_alloc(vm, sizeof(struct vm_ets_row) + words * sizeof(vm_term));
    if (at == 0)
        return NULL;
    struct vm_ets_row *row = vm_at(vm, at);
    *row = (struct vm_ets_row){.words = words};
    vm_term *hp = row->at;
    row->term = vm_copy_all(vm, tuple, &hp, &row->off_heap);
    table->words += words;
    return row;
}

void vm_ets_row_free(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row)
{
    table->words -= row->words;
    vm_off_heap_drop(vm, row->off_heap);
    vm_data_release(vm, vm_offset(vm, row));
}

static void free_chain(struct vm *vm, struct vm_ets *table, uint64_t at)
{
    while (at != 0) {
        struct vm_ets_row *row = vm_at(vm, at);
        at = row->next;
        vm_ets_row_free(vm, table, row);
    }
}

// Turn the tree at `at` into a chain by `next` (rotating right until nothing is on the left),
// freeing on the way.
static void free_tree(struct vm *vm, struct vm_ets *table, uint64_t at)
{
    while (at != 0) {
        struct vm_ets_row *row = vm_at(vm, at);
        if (row->next != 0) {
            struct vm_ets_row *left = vm_at(vm, row->next);
            uint64_t top = row->next;
            row->next = left->right;
            left->right = at;
            at = top;
            continue;
        }
        at = row->right;
        vm_ets_row_free(vm, table, row);
    }
}

void vm_ets_delete_all(struct vm *vm, struct vm_ets *table)
{
    if (is_ordered(table)) {
        free_tree(vm, table, table->root);
        table->root = 0;
    }
    uint64_t *bucket = table->buckets.at != 0 ? vm_table_words(vm, &table->buckets) : NULL;
    for (uint64_t i = 0; i < table->active; i++) {
        free_chain(vm, table, bucket[i]);
        bucket[i] = 0;
    }
    table->size = table->deleted = 0;
}

void vm_ets_free(struct vm *vm, struct vm_ets *table)
{
    struct vm_root *root = vm_root(vm);
    vm_ets_delete_all(vm, table);
    if (table->named)
        vm_index_take(vm, &root->ets.by_name, table->name);
    vm_index_take(vm, &root->ets.by_id, table->ref.word[0]);
    vm_ets_disown(vm, table);
    root->ets.count--;
    vm_table_free(vm, &table->buckets);
    vm_table_free(vm, &table->fixers);
    if (table->heir_data != 0)
        vm_box_free(vm, table->heir_data);
    vm_data_release(vm, vm_offset(vm, table));
}

bool vm_ets_send_transfer(struct vm *vm, const struct vm_ets *table, vm_term from,
                          struct vm_proc *to, vm_term data)
{
    size_t words = 5 + VM_REF_WORDS + vm_flat_words(vm, data);
    struct vm_message *message = vm_message_new(vm, words);
    if (message == NULL)
        return false;
    vm_term *tuple = vm_at(vm, message->heap.at), *hp = tuple + 5;
    tuple[0] = vm_header(VM_TUPLE, 4);
    tuple[1] = vm_atom_named(vm, "ETS-TRANSFER");
    tuple[2] = table->named ? table->name : vm_ref_put(vm->image.base, table->ref, &hp);
    tuple[3] = from;
    tuple[4] = vm_copy(vm, data, &hp, &message->heap.off_heap);
    message->term = vm_make_boxed(vm->image.base, tuple);
    vm_message_post(vm, to, from, message);
    return true;
}

static void inherit(struct vm *vm, struct vm_ets *table, struct vm_proc *from)
{
    struct vm_proc *heir = table->heir != VM_NONE ? vm_proc_find(vm, table->heir) : NULL;
    if (heir == NULL || heir == from) {
        vm_ets_free(vm, table);
        return;
    }
    from->ets_owned = table->next;
    if (table->next != 0)
        ((struct vm_ets *)vm_at(vm, table->next))->prev = 0;
    vm_ets_own(vm, table, heir);
    const struct vm_box *data = vm_at(vm, table->heir_data);
    vm_ets_send_transfer(vm, table, from->pid, heir, data->term);
}

static void unfix_all(struct vm *vm, vm_term pid)
{
    struct vm_ets *table;
    for (uint64_t place = 0; (table = vm_ets_next_table(vm, &place)) != NULL;)
        while (vm_index_get(vm, &table->fixers, pid) != 0)
            vm_ets_unfix(vm, table, pid);
}

void vm_ets_owner_gone(struct vm *vm, struct vm_proc *proc)
{
    while (proc->ets_owned != 0)
        inherit(vm, vm_at(vm, proc->ets_owned), proc);
    if (vm_root(vm)->ets.count > 0)
        unfix_all(vm, proc->pid);
}

bool vm_ets_same_key(const struct vm *vm, const struct vm_ets *table, vm_term a, vm_term b)
{
    return is_ordered(table) ? vm_compare(vm, a, b) == 0 : vm_equal(vm, a, b);
}

// From a row on, the first that is not deleted.
static struct vm_ets_row *skip_deleted(const struct vm *vm, const struct vm_ets *table,
                                       struct vm_ets_row *row, vm_term key)
{
    while (row != NULL && row->deleted) {
        row = is_ordered(table) ? NULL : vm_ets_row_at(vm, row->next);
        if (row != NULL &&
            !vm_ets_same_key(vm, table, vm_ets_key(vm->image.base, table, row->term), key))
            row = NULL;
    }
    return row;
}

struct vm_ets_row *vm_ets_any_of(const struct vm *vm, const struct vm_ets *table, vm_term key)
{
    return is_ordered(table) ? vm_ets_tree_find(vm, table, key) : vm_ets_hash_find(vm, table, key);
}

struct vm_ets_row *vm_ets_first_of(const struct vm *vm, const struct vm_ets *table, vm_term key)
{
    return skip_deleted(vm, table, vm_ets_any_of(vm, table, key), key);
}

struct vm_ets_row *vm_ets_next_of(const struct vm *vm, const struct vm_ets *table,
                                  const struct vm_ets_row *row)
{
    if (is_ordered(table) || row->next == 0)
        return NULL;
    vm_term key = vm_ets_key(vm->image.base, table, row->term);
    struct vm_ets_row *next = vm_ets_row_at(vm, row->next);
    if (!vm_ets_same_key(vm, table, vm_ets_key(vm->image.base, table, next->term), key))
        return NULL;
    return skip_deleted(vm, table, next, key);
}

static void link_row(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row)
{
    table->size++;
    if (is_ordered(table))
        vm_ets_tree_link(vm, table, row);
    else
        vm_ets_hash_link(vm, table, row);
}

static void unlink_row(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row,
                       struct vm_ets_row *instead)
{
    if (is_ordered(table))
        vm_ets_tree_unlink(vm, table, row, instead);
    else
        vm_ets_hash_unlink(vm, table, row, instead);
    vm_ets_row_free(vm, table, row);
}

bool vm_ets_replace(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row, vm_term tuple)
{
    struct vm_ets_row *instead = vm_ets_row_new(vm, table, tuple);
    if (instead == NULL)
        return false;
    if (row->deleted) {
        table->deleted--;
        table->size++;
    }
    unlink_row(vm, table, row, instead);
    return true;
}

static bool has_object(const struct vm *vm, const struct vm_ets *table, vm_term tuple)
{
    const struct vm_ets_row *row =
        vm_ets_first_of(vm, table, vm_ets_key(vm->image.base, table, tuple));
    while (row != NULL && !vm_equal(vm, row->term, tuple))
        row = vm_ets_next_of(vm, table, row);
    return row != NULL;
}

bool vm_ets_insert(struct vm *vm, struct vm_ets *table, vm_term tuple)
{
    vm_term key = vm_ets_key(vm->image.base, table, tuple);
    struct vm_ets_row *same = NULL;
    if (is_ordered(table))
        same = vm_ets_tree_find(vm, table, key);
    else if (table->type == VM_ETS_SET)
        same = vm_ets_hash_find(vm, table, key);
    if (same != NULL)
        return vm_ets_replace(vm, table, same, tuple);
    if (table->type == VM_ETS_BAG && has_object(vm, table, tuple))
        return true;
    struct vm_ets_row *row = vm_ets_row_new(vm, table, tuple);
    if (row == NULL)
        return false;
    link_row(vm, table, row);
    return true;
}

void vm_ets_delete_row(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row)
{
    if (row->deleted)
        return;
    table->size--;
    if (table->fixed == 0) {
        unlink_row(vm, table, row, NULL);
        return;
    }
    row->deleted = 1;
    table->deleted++;
}

struct vm_ets_row *vm_ets_begin(const struct vm *vm, const struct vm_ets *table)
{
    struct vm_ets_row *row =
        is_ordered(table) ? vm_ets_row_at(vm, table->root) : vm_ets_hash_begin(vm, table);
    if (is_ordered(table))
        while (row != NULL && row->next != 0)
            row = vm_ets_row_at(vm, row->next);
    return row != NULL && row->deleted ? vm_ets_after(vm, table, row) : row;
}

struct vm_ets_row *vm_ets_after(const struct vm *vm, const struct vm_ets *table,
                                const struct vm_ets_row *row)
{
    struct vm_ets_row *next;
    do {
        next = is_ordered(table)
                   ? vm_ets_above(vm, table, vm_ets_key(vm->image.base, table, row->term))
                   : vm_ets_hash_after(vm, table, row);
        row = next;
    } while (next != NULL && next->deleted);
    return next;
}

struct vm_ets_row *vm_ets_end(const struct vm *vm, const struct vm_ets *table)
{
    struct vm_ets_row *row = vm_ets_row_at(vm, table->root);
    while (row != NULL && row->right != 0)
        row = vm_ets_row_at(vm, row->right);
    return row != NULL && row->deleted ? vm_ets_before(vm, table, row) : row;
}

struct vm_ets_row *vm_ets_before(const struct vm *vm, const struct vm_ets *table,
                                 const struct vm_ets_row *row)
{
    struct vm_ets_row *next;
    do {
        next = vm_ets_below(vm, table, vm_ets_key(vm->image.base, table, row->term));
        row = next;
    } while (next != NULL && next->deleted);
    return next;
}

bool vm_ets_fix(struct vm *vm, struct vm_ets *table, vm_term pid)
{
    uint64_t times = vm_index_get(vm, &table->fixers, pid);
    if (!vm_index_put(vm, &table->fixers, pid, times + 1))
        return false;
    table->fixed++;
    return true;
}

// Rows that were deleted meanwhile go now.
static void sweep(struct vm *vm, struct vm_ets *table)
{
    struct vm_ets_row *row = is_ordered(table) ? NULL : vm_ets_hash_begin(vm, table);
    while (row != NULL && table->deleted > 0) {
        struct vm_ets_row *next = vm_ets_hash_after(vm, table, row);
        if (row->deleted) {
            table->deleted--;
            vm_ets_hash_unlink(vm, table, row, NULL);
            vm_ets_row_free(vm, table, row);
        }
        row = next;
    }
    while (is_ordered(table) && table->deleted > 0) {
        row = vm_ets_row_at(vm, table->root);
        while (row != NULL && row->next != 0)
            row = vm_ets_row_at(vm, row->next);
        while (row != NULL && !row->deleted)
            row = vm_ets_above(vm, table, vm_ets_key(vm->image.base, table, row->term));
        table->deleted--;
        if (row != NULL)
            unlink_row(vm, table, row, NULL);
    }
}

void vm_ets_unfix(struct vm *vm, struct vm_ets *table, vm_term pid)
{
    uint64_t times = vm_index_get(vm, &table->fixers, pid);
    if (times == 0)
        return;
    if (times == 1)
        vm_index_take(vm, &table->fixers, pid);
    else
        vm_index_put(vm, &table->fixers, pid, times - 1);
    // Sweeping must not move buckets under its feet: the table counts as fixed until it is done.
    if (table->fixed == 1)
        sweep(vm, table);
    table->fixed--;
}
