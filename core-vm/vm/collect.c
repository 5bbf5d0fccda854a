// A copying collector with two generations (Cheney 1970; Lieberman and Hewitt 1983).
//
// Terms that lived through one collection (below high_water) move to the old generation at the
// next; all others move to a new young heap, whose other end gets the stack. As terms never change,
// nothing old points to anything younger, and a minor collection leaves the old generation alone. A
// major one moves it as well. What an object has moved to is written into it: a boxed term in place
// of its header, or VM_NONE and a list term in place of a cell's head and tail.
//
// All memory is had before anything moves, for the case that all terms are alive; what was not
// needed is given back. So a collection either fails with nothing changed, or succeeds.
#include <assert.h>
#include <string.h>

#include "core-vm/vm/collect_priv.h"
#include "core-vm/vm/dictionary.h"
#include "core-vm/vm/object.h"

// ---- moving

// Is it, in memory that is neither young nor old nor a literal, the process's own? Messages that
// are still queued are not, and only while VM_PROC_FRAGILE is set can anything point into one.
static bool is_own(const struct collector *g, uint64_t at)
{
    size_t low = 0, high = g->own_count;
    if (!g->fragile)
        return true;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (at < g->own[middle].start)
            high = middle;
        else if (at >= g->own[middle].end)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

// Where the object at this offset moves: the top of a generation; NULL: it stays.
static inline vm_term **place_of(struct collector *g, uint64_t at)
{
    if (at - g->young < g->young_size)
        return at < g->aged ? &g->old_top : &g->top;
    if (at < g->data_start)
        return NULL;
    if (at - g->old < g->old_size)
        return g->from_old;
    return is_own(g, at) ? &g->top : NULL;
}

static void move_cell(struct collector *g, vm_term *slot)
{
    uint64_t at = *slot - VM_TAG_LIST;
    vm_term **top = place_of(g, at);
    if (top == NULL)
        return;
    vm_term *from = (vm_term *)(void *)(g->base + at);
    if (from[0] != VM_NONE) {
        vm_term *to = *top;
        to[0] = from[0];
        to[1] = from[1];
        *top = to + 2;
        from[0] = VM_NONE;
        from[1] = vm_make_list(g->base, to);
    }
    *slot = from[1];
}

static void move_object(struct collector *g, vm_term *slot)
{
    uint64_t at = *slot - VM_TAG_BOXED;
    vm_term **top = place_of(g, at);
    if (top == NULL)
        return;
    vm_term *from = (vm_term *)(void *)(g->base + at);
    vm_term header = from[0];
    if (!vm_is_boxed(header)) {
        vm_term *to = *top;
        size_t arity = vm_arity(header);
        to[0] = header;
        for (size_t i = 1; i <= arity; i++)
            to[i] = from[i];
        *top = to + arity + 1;
        header = from[0] = vm_make_boxed(g->base, to);
    }
    *slot = header;
}

static inline void move_slot(struct collector *g, vm_term *slot)
{
    if (vm_is_list(*slot))
        move_cell(g, slot);
    else if (vm_is_boxed(*slot))
        move_object(g, slot);
}

// Words of objects and cells that have moved: what they point to moves too.
static vm_term *scan_to(struct collector *g, vm_term *scan, vm_term *const *top)
{
    while (scan < *top) {
        vm_term word = *scan;
        if (vm_is_list(word))
            move_cell(g, scan);
        else if (vm_is_boxed(word))
            move_object(g, scan);
        else if (vm_tag_of(word) == VM_TAG_HEADER)
            scan += vm_raw_words(word);
        scan++;
    }
    return scan;
}

static void move_all(struct collector *g)
{
    vm_term *young = g->new_heap, *old = g->old_scan;
    while (young < g->top || old < g->old_top) {
        young = scan_to(g, young, &g->top);
        old = scan_to(g, old, &g->old_top);
    }
}

// ---- roots

static void move_range(struct collector *g, vm_term *from, const vm_term *to)
{
    for (; from < to; from++)
        move_slot(g, from);
}

static void move_roots(struct collector *g, struct vm_proc *proc)
{
    struct vm_dictionary *dictionary = vm_dictionary_of(g->base, proc);
    move_range(g, g->x, g->x + g->live);
    move_range(g, g->stack, g->stack + g->stack_words);
    if (dictionary != NULL)
        move_range(g, dictionary->pair, dictionary->pair + 2 * dictionary->count);
    move_slot(g, &proc->exception.reason);
    move_slot(g, &proc->exception.trace);
    move_slot(g, &proc->group_leader);
    move_slot(g, &proc->parent);
    move_slot(g, &proc->error_handler);
    move_slot(g, &proc->label);
    move_slot(g, &proc->seq_token);
}

// ---- off-heap objects

// Those on a list that have moved go on the list of their new generation; the others are gone.
static void sweep(struct collector *g, struct vm_proc *proc, uint64_t first)
{
    for (uint64_t at = first, next; at != 0; at = next) {
        const vm_term *from = vm_at(g->vm, at);
        next = from[3];
        if (!vm_is_boxed(from[0])) {
            vm_binary_drop(g->vm, from[2]);
            continue;
        }
        vm_term *to = vm_boxed_at(g->base, from[0]);
        uint64_t offset = vm_offset(g->vm, to);
        bool is_old = offset >= g->old_block && offset < g->old_block_end;
        uint64_t *list = is_old ? &proc->old_off_heap : &proc->off_heap;
        to[3] = *list;
        *list = offset;
        uint64_t *bytes = is_old ? &proc->old_off_heap_bytes : &g->off_heap_bytes;
        *bytes += to[1];
    }
}

static void sweep_all(struct collector *g, struct vm_proc *proc)
{
    uint64_t young = proc->off_heap, old = proc->old_off_heap;
    proc->off_heap = 0;
    if (g->from_old != NULL) {
        proc->old_off_heap = proc->old_off_heap_bytes = 0;
        sweep(g, proc, old);
    }
    sweep(g, proc, young);
    for (uint64_t at = proc->fragments; at != 0;) {
        const struct vm_fragment *fragment = vm_at(g->vm, at);
        uint64_t next = fragment->next;
        sweep(g, proc, fragment->off_heap);
        vm_data_release(g->vm, at);
        at = next;
    }
    proc->fragments = proc->fragment_words = 0;
}

// ---- the whole of it

void collector_run(struct collector *g, struct vm_proc *proc)
{
    vm_term *stack = (vm_term *)vm_at(g->vm, proc->sp);
    g->stack_words = (proc->hend - proc->sp) / sizeof(vm_term);
    g->stack =
        (vm_term *)vm_at(g->vm, g->heap_block + g->heap_words * sizeof(vm_term)) - g->stack_words;
    memcpy(g->stack, stack, g->stack_words * sizeof *stack);
    move_roots(g, proc);
    move_all(g);
    assert(g->top <= g->stack);
    sweep_all(g, proc);
}
