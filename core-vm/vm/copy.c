#include <string.h>

#include "core-vm/vm/heap.h"
#include "core-vm/vm/object.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

// Terms below `floor` are not copied: literals, or nothing at all.

static bool is_copied(vm_term t, uint64_t floor)
{
    return vm_is_pointer(t) && t >= floor;
}

// ---- measuring

static void push_copied(struct vm_stack *stack, vm_term t, uint64_t floor)
{
    if (is_copied(t, floor))
        vm_stack_push(stack, t);
}

// Shared parts count each time they are met, so a small term can have no end of words: more than
// fit into the image are enough.
static size_t flat_words(const struct vm *vm, vm_term t, uint64_t floor)
{
    const char *base = vm->image.base;
    size_t words = 0, most = vm->image.size / sizeof(vm_term);
    struct vm_stack stack;
    vm_stack_init(&stack);
    push_copied(&stack, t, floor);
    while (!vm_stack_is_empty(&stack) && words <= most) {
        t = vm_stack_pop(&stack);
        if (vm_is_list(t)) {
            words += 2;
            push_copied(&stack, vm_tail(base, t), floor);
            push_copied(&stack, vm_head(base, t), floor);
            continue;
        }
        const vm_term *object = vm_boxed_at(base, t);
        size_t arity = vm_arity(*object);
        words += 1 + arity;
        for (size_t i = 1 + vm_raw_words(*object); i <= arity; i++)
            push_copied(&stack, object[i], floor);
    }
    vm_stack_done(&stack);
    return words;
}

size_t vm_flat_words(const struct vm *vm, vm_term t)
{
    return vm_is_immediate(t) ? 0 : flat_words(vm, t, vm->image.data_start);
}

size_t vm_flat_words_all(const struct vm *vm, vm_term t)
{
    return flat_words(vm, t, 0);
}

// ---- copying: the copy itself is the queue of what is still to be copied (Cheney 1970)

struct copier {
    char *base;
    uint64_t floor;
    vm_term *top;
    uint64_t *off_heap;
};

static vm_term copy_cell(struct copier *k, vm_term t)
{
    const vm_term *from = vm_list_at(k->base, t);
    vm_term *to = k->top;
    to[0] = from[0];
    to[1] = from[1];
    k->top = to + 2;
    return vm_make_list(k->base, to);
}

// What a copy of these must not share with the original.
static void copy_binary(struct copier *k, vm_term *to)
{
    if (vm_subtag(*to) == VM_SUB_BIN) {
        to[3] = 0;  // only the original may be written to
        return;
    }
    struct vm_binary *binary = (struct vm_binary *)(void *)(k->base + to[2]);
    binary->references++;
    to[3] = *k->off_heap;
    *k->off_heap = (uint64_t)((char *)to - k->base);
}

static vm_term copy_object(struct copier *k, vm_term t)
{
    const vm_term *from = vm_boxed_at(k->base, t);
    size_t words = 1 + vm_arity(*from);
    vm_term *to = k->top;
    if (words <= 8) {
        for (size_t i = 0; i < words; i++)
            to[i] = from[i];
    } else {
        memcpy(to, from, words * sizeof *to);
    }
    k->top = to + words;
    if (vm_subtag(*to) == VM_REFC_BIN || vm_subtag(*to) == VM_SUB_BIN)
        copy_binary(k, to);
    return vm_make_boxed(k->base, to);
}

static vm_term copy_one(struct copier *k, vm_term t)
{
    return vm_is_list(t) ? copy_cell(k, t) : copy_object(k, t);
}

static vm_term copy_term(struct copier k, vm_term t, vm_term **hp)
{
    vm_term *scan = k.top;
    if (!is_copied(t, k.floor))
        return t;
    vm_term copy = copy_one(&k, t);
    while (scan < k.top) {
        vm_term word = *scan;
        if (vm_is_pointer(word)) {
            if (word >= k.floor)
                *scan = copy_one(&k, word);
        } else if (vm_tag_of(word) == VM_TAG_HEADER) {
            scan += vm_raw_words(word);
        }
        scan++;
    }
    *hp = k.top;
    return copy;
}

vm_term vm_copy(struct vm *vm, vm_term t, vm_term **hp, uint64_t *off_heap)
{
    struct copier k = {
        .base = vm->image.base, .floor = vm->image.data_start, .top = *hp, .off_heap = off_heap};
    return copy_term(k, t, hp);
}

vm_term vm_copy_all(struct vm *vm, vm_term t, vm_term **hp, uint64_t *off_heap)
{
    struct copier k = {.base = vm->image.base, .top = *hp, .off_heap = off_heap};
    return copy_term(k, t, hp);
}
