#include "core-vm/vm/table.h"

#include <string.h>

enum { TABLE_LEAST = 16 };

bool vm_table_reserve(struct vm *vm, enum vm_pool_name pool, struct vm_table *table,
                      uint64_t capacity)
{
    if (capacity <= table->capacity)
        return true;
    if (capacity > vm->image.size / sizeof(uint64_t))
        return false;
    uint64_t at = vm_image_alloc(&vm->image, pool, capacity * sizeof(uint64_t));
    if (at == 0)
        return false;
    uint64_t *words = vm_at(vm, at);
    if (table->at != 0) {
        memcpy(words, vm_at(vm, table->at), table->capacity * sizeof *words);
        vm_image_release(&vm->image, table->at);
    }
    memset(words + table->capacity, 0, (capacity - table->capacity) * sizeof *words);
    table->at = at;
    table->capacity = capacity;
    return true;
}

bool vm_table_append(struct vm *vm, enum vm_pool_name pool, struct vm_table *table, uint64_t word)
{
    if (table->count == table->capacity) {
        uint64_t wanted = table->capacity == 0 ? TABLE_LEAST : table->capacity * 2;
        if (!vm_table_reserve(vm, pool, table, wanted))
            return false;
    }
    vm_table_words(vm, table)[table->count++] = word;
    return true;
}

void vm_table_free(struct vm *vm, struct vm_table *table)
{
    if (table->at != 0)
        vm_image_release(&vm->image, table->at);
    *table = (struct vm_table){0};
}
