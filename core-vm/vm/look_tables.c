// ETS tables, as others see them.
#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/ets.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/look_priv.h"

static const char *type_name(enum vm_ets_type type)
{
    static const char *const names[] = {"set", "ordered_set", "bag", "duplicate_bag"};
    return (unsigned)type < sizeof names / sizeof *names ? names[type] : "set";
}

static const char *access_name(enum vm_ets_access access)
{
    static const char *const names[] = {"public", "protected", "private"};
    return (unsigned)access < sizeof names / sizeof *names ? names[access] : "protected";
}

static uint64_t id_of(const struct vm *vm, const struct vm_ets *table)
{
    // Its byte, which may be neither true nor false.
    uint8_t named = 0;
    memcpy(&named, &table->named, sizeof named);
    return named != 0 ? table->name : vm_offset(vm, &table->ref_header) | VM_TAG_BOXED;
}

// Begin with *place = 0; NULL: no more.
static const struct vm_ets *next_table(const struct vm *vm, uint64_t *place)
{
    const struct vm_table *index = &vm_root(vm)->ets.by_id;
    uint64_t key = 0, offset = 0;
    const struct vm_ets *table = NULL;
    if (vm_peek(vm, index->at, index->capacity, 2 * sizeof(uint64_t)) == NULL)
        return NULL;
    while (table == NULL && vm_index_next(vm, index, place, &key, &offset))
        table = VM_PEEK(vm, offset, struct vm_ets);
    return table;
}

static void fill(const struct vm *vm, const struct vm_ets *table, struct vm_look_table *ret)
{
    *ret = (struct vm_look_table){
        .id = id_of(vm, table),
        .name = vm_look_atom(vm, table->name),
        .type = type_name(table->type),
        .access = access_name(table->access),
        .owner = vm_is_local_pid(table->owner) ? vm_pid_number(table->owner) : 0,
        .size = table->size,
        .words = table->words,
        .key = table->keypos,
    };
}

static int by_creation(const void *a, const void *b)
{
    const struct vm_ets *const *x = a, *const *y = b;
    uint64_t m = (*x)->ref.word[0], n = (*y)->ref.word[0];
    return (m > n) - (m < n);
}

struct wb_error *vm_look_tables(const struct vm *vm, struct wb_arena *arena,
                                struct vm_look_tables *ret)
{
    uint64_t place = 0;
    size_t count = 0;
    while (next_table(vm, &place) != NULL)
        count++;
    const struct vm_ets **tables = wb_push_array(arena, const struct vm_ets *, count + 1);
    place = 0;
    for (size_t i = 0; i < count; i++)
        tables[i] = next_table(vm, &place);
    qsort(tables, count, sizeof *tables, by_creation);
    *ret = (struct vm_look_tables){.at = wb_push_array(arena, struct vm_look_table, count + 1),
                                   .count = count};
    for (size_t i = 0; i < count; i++)
        fill(vm, tables[i], &ret->at[i]);
    return NULL;
}

// Rows being gathered: never more than the table says it has.
struct rows {
    const struct vm *vm;
    uint64_t *at;
    uint64_t count, most;
};

static void add(struct rows *rows, const struct vm_ets_row *row)
{
    if (!row->deleted && rows->count < rows->most)
        rows->at[rows->count++] = row->term;
}

static void gather_hash(struct rows *rows, const struct vm_ets *table)
{
    const struct vm_table *buckets = &table->buckets;
    const uint64_t *first = vm_peek(rows->vm, buckets->at, buckets->capacity, sizeof *first);
    uint64_t left = rows->most + table->deleted;
    for (uint64_t i = 0; first != NULL && i < table->active && i < buckets->capacity; i++) {
        const struct vm_ets_row *row = NULL;
        for (uint64_t at = first[i];
             left > 0 && (row = VM_PEEK(rows->vm, at, struct vm_ets_row)) != NULL; left--) {
            add(rows, row);
            at = row->next;
        }
    }
}

// In order of keys: left, itself, right, with the way down kept on a stack.
static void gather_tree(struct rows *rows, const struct vm_ets *table, struct wb_arena *arena)
{
    uint64_t left = rows->most + table->deleted, depth = 0, at = table->root;
    const struct vm_ets_row **way = wb_push_array(arena, const struct vm_ets_row *, left + 1);
    while (left > 0 || depth > 0) {
        const struct vm_ets_row *row = VM_PEEK(rows->vm, at, struct vm_ets_row);
        if (row != NULL && left > 0) {
            way[depth++] = row;
            at = row->next;
            left--;
        } else if (depth > 0) {
            add(rows, way[--depth]);
            at = way[depth]->right;
        } else {
            return;
        }
    }
}

struct wb_error *vm_look_rows(const struct vm *vm, uint64_t table_id, struct wb_arena *arena,
                              uint64_t **ret, size_t *count)
{
    uint64_t place = 0;
    const struct vm_ets *table = next_table(vm, &place);
    while (table != NULL && id_of(vm, table) != table_id)
        table = next_table(vm, &place);
    if (table == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no such table");
    const struct vm_pool *pool = &vm_root(vm)->image.pool[VM_POOL_DATA];
    uint64_t room = (pool->top - pool->start) / sizeof(struct vm_ets_row);
    struct rows rows = {.vm = vm, .most = table->size < room ? table->size : room};
    rows.at = wb_push_array(arena, uint64_t, rows.most + 1);
    if (table->type == VM_ETS_ORDERED_SET)
        gather_tree(&rows, table, arena);
    else
        gather_hash(&rows, table);
    *ret = rows.at;
    *count = rows.count;
    return NULL;
}
