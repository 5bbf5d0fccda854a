#include "core-vm/vm/index.h"

#include <string.h>

#include "core-vm/vm/vm_impl.h"

struct entry {
    uint64_t key, value;  // key 0: free
};

enum { FIRST_CAPACITY = 16 };

static struct entry *entries(const struct vm *vm, const struct vm_table *table)
{
    return vm_at(vm, table->at);
}

static uint64_t home(uint64_t key, uint64_t capacity)
{
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    return (key ^ key >> 31) & (capacity - 1);
}

// Where the key is, or the free place where it belongs. There always is a free one.
static uint64_t place_of(const struct entry *at, uint64_t capacity, uint64_t key)
{
    uint64_t i = home(key, capacity);
    while (at[i].key != 0 && at[i].key != key)
        i = (i + 1) & (capacity - 1);
    return i;
}

static bool grow(struct vm *vm, struct vm_table *table)
{
    uint64_t capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
    uint64_t offset = vm_data_alloc(vm, capacity * sizeof(struct entry));
    if (offset == 0)
        return false;
    struct entry *to = vm_at(vm, offset);
    memset(to, 0, capacity * sizeof *to);
    for (uint64_t i = 0; i < table->capacity; i++) {
        struct entry *from = entries(vm, table) + i;
        if (from->key != 0)
            to[place_of(to, capacity, from->key)] = *from;
    }
    vm_data_release(vm, table->at);
    table->at = offset;
    table->capacity = capacity;
    return true;
}

uint64_t vm_index_get(const struct vm *vm, const struct vm_table *table, uint64_t key)
{
    if (table->count == 0)
        return 0;
    const struct entry *at = entries(vm, table);
    const struct entry *found = &at[place_of(at, table->capacity, key)];
    return found->key == key ? found->value : 0;
}

bool vm_index_put(struct vm *vm, struct vm_table *table, uint64_t key, uint64_t value)
{
    // A quarter stays free, so that runs of taken places are short.
    if (table->count + 1 > table->capacity / 4 * 3 && !grow(vm, table))
        return false;
    struct entry *at = entries(vm, table);
    uint64_t i = place_of(at, table->capacity, key);
    if (at[i].key == 0)
        table->count++;
    at[i] = (struct entry){key, value};
    return true;
}

// Close the gap at `i`: entries behind it that could not be found any more move up.
static void close_gap(struct entry *at, uint64_t capacity, uint64_t i)
{
    uint64_t mask = capacity - 1;
    for (uint64_t j = (i + 1) & mask; at[j].key != 0; j = (j + 1) & mask) {
        uint64_t wanted = home(at[j].key, capacity);
        if (((j - wanted) & mask) >= ((j - i) & mask)) {
            at[i] = at[j];
            i = j;
        }
    }
    at[i] = (struct entry){0};
}

uint64_t vm_index_take(struct vm *vm, struct vm_table *table, uint64_t key)
{
    if (table->count == 0)
        return 0;
    struct entry *at = entries(vm, table);
    uint64_t i = place_of(at, table->capacity, key);
    uint64_t value = at[i].key == key ? at[i].value : 0;
    if (at[i].key == key) {
        close_gap(at, table->capacity, i);
        table->count--;
    }
    return value;
}

bool vm_index_next(const struct vm *vm, const struct vm_table *table, uint64_t *place,
                   uint64_t *key, uint64_t *value)
{
    const struct entry *at = table->at == 0 ? NULL : entries(vm, table);
    for (; *place < table->capacity; ++*place) {
        if (at[*place].key == 0)
            continue;
        *key = at[*place].key;
        *value = at[*place].value;
        ++*place;
        return true;
    }
    return false;
}
