#include "core-vm/vm/binary.h"

#include <string.h>

#include "core-vm/vm/vm_impl.h"

enum { REFC_WORDS = 4 };

static uint64_t block_new(struct vm_cpu *c, size_t size, size_t capacity)
{
    if (capacity > vm_root(c->vm)->limits.memory)
        return 0;
    uint64_t offset = vm_data_alloc(c->vm, sizeof(struct vm_binary) + capacity);
    if (offset == 0)
        return 0;
    struct vm_binary *binary = vm_at(c->vm, offset);
    *binary = (struct vm_binary){.references = 1, .size = size, .capacity = capacity};
    return offset;
}

vm_term vm_make_binary_with_room(struct vm_cpu *c, size_t size, size_t capacity)
{
    uint64_t offset = block_new(c, size, capacity);
    if (offset == 0)
        return vm_system_limit(c);
    vm_term *at = vm_alloc(c, REFC_WORDS);
    if (at == NULL) {
        vm_data_release(c->vm, offset);
        return VM_NONE;
    }
    at[0] = VM_HEADER(VM_REFC_BIN, REFC_WORDS - 1);
    at[1] = size;
    at[2] = offset;
    vm_off_heap_link(c, at);
    c->proc->off_heap_bytes += capacity;
    return vm_make_boxed(c->base, at);
}

bool vm_binary_grow(struct vm_cpu *c, vm_term refc, size_t capacity)
{
    vm_term *at = vm_boxed_at(c->base, refc);
    struct vm_binary *old = vm_refc_binary(c->base, refc);
    if (old->references != 1)
        return false;
    uint64_t offset = block_new(c, (size_t)old->size, capacity);
    if (offset == 0)
        return false;
    struct vm_binary *new = vm_at(c->vm, offset);
    memcpy(new->bytes, old->bytes, old->size);
    c->proc->off_heap_bytes += capacity - old->capacity;
    vm_data_release(c->vm, at[2]);
    at[2] = offset;
    return true;
}
