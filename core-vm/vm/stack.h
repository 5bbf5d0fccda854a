// stack.h - a stack of words outside the image, for walking terms of any depth without recursion.
#ifndef VM_STACK_H
#define VM_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VM_STACK_LOCAL = 128 };

// struct vm_stack stack; vm_stack_init(&stack); ... vm_stack_done(&stack);
// The first words need no allocation. Dies when the host has no memory: the depth of a term is
// limited by the image's size.
struct vm_stack {
    uint64_t *at;
    size_t count, capacity;
    uint64_t local[VM_STACK_LOCAL];
};

static inline void vm_stack_init(struct vm_stack *stack)
{
    stack->at = stack->local;
    stack->count = 0;
    stack->capacity = VM_STACK_LOCAL;
}
// Make room for `words` more.
void vm_stack_grow(struct vm_stack *stack, size_t words);
void vm_stack_done(struct vm_stack *stack);

static inline void vm_stack_push(struct vm_stack *stack, uint64_t word)
{
    if (stack->count == stack->capacity)
        vm_stack_grow(stack, 1);
    stack->at[stack->count++] = word;
}
static inline bool vm_stack_is_empty(const struct vm_stack *stack)
{
    return stack->count == 0;
}
static inline uint64_t vm_stack_pop(struct vm_stack *stack)
{
    return stack->at[--stack->count];
}

#endif
