// collect_priv.h - one garbage collection under way: collect_call.c decides which, collect_size.c
// how large heaps are, collect.c moves.
#ifndef VM_COLLECT_PRIV_H
#define VM_COLLECT_PRIV_H

#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

struct own_range {
    uint64_t start, end;
};

struct collector {
    char *base;
    struct vm *vm;
    uint64_t data_start;
    // From: what is young, up to where it has aged, the old generation. Everything else that is no
    // literal is in fragments, or, if `fragile`, may be in a queued message: then `own` are all the
    // process's ranges but the young one, in order.
    uint64_t young, young_size, aged;
    uint64_t old, old_size;
    bool fragile;
    struct own_range *own;
    size_t own_count;
    // To: the new young heap and the old generation's next free word. from_old: which of the tops
    // the old generation moves to, NULL when it stays.
    vm_term *new_heap, *top, *old_top, *old_scan;
    vm_term **from_old;
    uint64_t heap_block, heap_words;    // the new young heap
    uint64_t old_block, old_block_end;  // the old generation afterwards
    uint64_t off_heap_bytes;            // of binaries that are alive and young
    // Roots besides those in struct vm_proc.
    vm_term *x, *stack;
    size_t live, stack_words;
};

// Move everything alive; drop what was off-heap and is dead; free the fragments. The stack is at
// the end of the new heap then. Cannot fail.
void collector_run(struct collector *g, struct vm_proc *proc);

enum collect_scope {
    COLLECT_MINOR,  // the young generation
    COLLECT_MAJOR,  // both, each into itself
    COLLECT_WHOLE,  // both into one young heap
};
// Collect so that `need` words are free. g has vm and the roots x[0..live). False: no memory,
// nothing changed.
bool collector_collect(struct collector *g, struct vm_proc *proc, size_t need,
                       enum collect_scope scope);

#endif
