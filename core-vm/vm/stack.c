#include "core-vm/vm/stack.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"

void vm_stack_grow(struct vm_stack *stack, size_t words)
{
    size_t capacity = stack->capacity * 2;
    while (capacity < stack->count + words)
        capacity *= 2;
    bool is_local = stack->at == stack->local;
    uint64_t *at = realloc(is_local ? NULL : stack->at, capacity * sizeof *at);
    if (at == NULL)
        wb_die_no_memory(capacity * sizeof *at);
    if (is_local)
        memcpy(at, stack->local, stack->count * sizeof *at);
    stack->at = at;
    stack->capacity = capacity;
}

void vm_stack_done(struct vm_stack *stack)
{
    if (stack->at != stack->local)
        free(stack->at);
}
