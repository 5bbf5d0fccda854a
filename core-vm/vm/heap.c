#include "core-vm/vm/heap.h"

#include <string.h>

#include "core-vm/vm/vm_impl.h"

enum {
    FRAGMENT_LEAST = 64,   // words
    FRAGMENT_MOST = 8192,  // words, unless more are asked for at once
};

// ---- words

static size_t heap_room(const struct vm_proc *proc)
{
    return (proc->sp - proc->htop) / sizeof(vm_term);
}

// Words of a new fragment: as many as are in fragments already, so that there are few of them.
static size_t fragment_size(const struct vm_proc *proc, size_t words)
{
    size_t size = proc->fragment_words < FRAGMENT_MOST ? proc->fragment_words : FRAGMENT_MOST;
    size = size < FRAGMENT_LEAST ? FRAGMENT_LEAST : size;
    return VM_HOSTILE || size < words ? words : size;
}

static bool over_limit(const struct vm_cpu *c, size_t words)
{
    const struct vm_limits *limits = &vm_root(c->vm)->limits;
    return words > limits->memory / sizeof(vm_term) ||
           c->proc->fragment_words + words > limits->process_words;
}

static struct vm_fragment *fragment_new(struct vm_cpu *c, size_t words)
{
    struct vm_proc *proc = c->proc;
    size_t room = fragment_size(proc, words);
    if (over_limit(c, words))
        return NULL;
    uint64_t at = vm_data_alloc(c->vm, sizeof(struct vm_fragment) + room * sizeof(vm_term));
    if (at == 0)
        return NULL;
    struct vm_fragment *fragment = vm_at(c->vm, at);
    *fragment =
        (struct vm_fragment){.next = proc->fragments, .at = at + sizeof *fragment, .words = room};
    proc->fragments = at;
    return fragment;
}

static vm_term *fragment_alloc(struct vm_cpu *c, size_t words)
{
    struct vm_proc *proc = c->proc;
    struct vm_fragment *fragment = proc->fragments == 0 ? NULL : vm_at(c->vm, proc->fragments);
    if (fragment == NULL || fragment->words - fragment->used < words || VM_HOSTILE)
        fragment = fragment_new(c, words);
    if (fragment == NULL) {
        vm_system_limit(c);
        return NULL;
    }
    vm_term *at = vm_at(c->vm, fragment->at + fragment->used * sizeof(vm_term));
    fragment->used += words;
    proc->fragment_words += words;
    return at;
}

vm_term *vm_alloc(struct vm_cpu *c, size_t words)
{
    struct vm_proc *proc = c->proc;
    size_t room = heap_room(proc);
    if (VM_HOSTILE || room < VM_RESERVED_STACK || words > room - VM_RESERVED_STACK)
        return fragment_alloc(c, words);
    vm_term *at = vm_at(c->vm, proc->htop);
    proc->htop += words * sizeof(vm_term);
    return at;
}

// ---- processes

bool vm_heap_init(struct vm *vm, struct vm_proc *proc, size_t min_words)
{
    if (min_words > vm_root(vm)->limits.memory / sizeof(vm_term))
        return false;
    size_t size = min_words * sizeof(vm_term);
    uint64_t heap = vm_data_alloc(vm, size);
    if (heap == 0)
        return false;
    proc->heap = proc->htop = proc->high_water = heap;
    proc->sp = proc->hend = heap + size;
    proc->min_heap_words = (uint32_t)min_words;
    proc->off_heap_limit = VM_OFF_HEAP_LIMIT;
    return true;
}

// ---- off-heap binaries

void vm_off_heap_link(struct vm_cpu *c, vm_term *header)
{
    header[3] = c->proc->off_heap;
    c->proc->off_heap = vm_offset(c->vm, header);
}

void vm_off_heap_drop(struct vm *vm, uint64_t first)
{
    while (first != 0) {
        const vm_term *header = vm_at(vm, first);
        vm_binary_drop(vm, header[2]);
        first = header[3];
    }
}

void vm_binary_drop(struct vm *vm, uint64_t offset)
{
    struct vm_binary *binary = vm_at(vm, offset);
    if (--binary->references == 0)
        vm_data_release(vm, offset);
}

// ---- boxes

uint64_t vm_box_new(struct vm *vm, vm_term t)
{
    size_t words = vm_flat_words_all(vm, t);
    if (words > vm_root(vm)->limits.memory / sizeof(vm_term))
        return 0;
    uint64_t offset = vm_data_alloc(vm, sizeof(struct vm_box) + words * sizeof(vm_term));
    if (offset == 0)
        return 0;
    struct vm_box *box = vm_at(vm, offset);
    *box = (struct vm_box){.words = words};
    vm_term *hp = box->at;
    box->term = vm_copy_all(vm, t, &hp, &box->off_heap);
    return offset;
}

void vm_box_free(struct vm *vm, uint64_t box)
{
    if (box == 0)
        return;
    vm_off_heap_drop(vm, ((const struct vm_box *)vm_at(vm, box))->off_heap);
    vm_data_release(vm, box);
}
