// How large heaps are before a collection and after it.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/collect_priv.h"

enum {
    SMALL_HEAP = 8192,            // words: not worth shrinking
    BUSY_HEAP = 4096,             // words: what a process in a hurry gets, whatever is alive in it
    SHORT_RUN = 500,              // reductions: one that ran for less since it began is in none
    LARGEST_FIBONACCI = 1000000,  // words: from there heaps grow by a fifth
};
// Heaps have these sizes, as OTP's: 12, 38, then each the sum of the two before plus one.
static size_t heap_size_for(size_t words)
{
    size_t size = 12, next = 38;
    while (size < words) {
        size_t after = next < LARGEST_FIBONACCI ? size + next + 1 : next + next / 5;
        size = next;
        next = after;
    }
    return size;
}

// Words of everything before a collection.
struct sizes {
    size_t young, aged, old, fragments, stack, need;
};

static size_t words_between(uint64_t from, uint64_t to)
{
    return (to - from) / sizeof(vm_term);
}

static struct sizes sizes_of(const struct vm_proc *proc, size_t need)
{
    return (struct sizes){
        .young = words_between(proc->heap, proc->htop),
        .aged = words_between(proc->heap, proc->high_water),
        .old = words_between(proc->old_heap, proc->old_htop),
        .fragments = proc->fragment_words,
        .stack = words_between(proc->sp, proc->hend),
        .need = need + VM_RESERVED_STACK,
    };
}

static uint64_t alloc_words(struct vm *vm, size_t words)
{
    return words > vm->image.size / sizeof(vm_term) ? 0
                                                    : vm_data_alloc(vm, words * sizeof(vm_term));
}

static void shrink_words(struct vm *vm, uint64_t block, size_t words)
{
    vm_image_shrink(&vm->image, block, words * sizeof(vm_term));
}

// ---- what may be pointed into

static int range_order(const void *a, const void *b)
{
    const struct own_range *one = a, *other = b;
    return (one->start > other->start) - (one->start < other->start);
}

// The ranges that fragile terms have to be told from. Freed by the caller.
static void find_own(struct collector *g, const struct vm_proc *proc)
{
    size_t count = 0;
    for (uint64_t at = proc->fragments; at != 0;
         at = ((const struct vm_fragment *)vm_at(g->vm, at))->next)
        count++;
    g->own = malloc((count + 1) * sizeof *g->own);
    if (g->own == NULL)
        wb_die_no_memory((count + 1) * sizeof *g->own);
    for (uint64_t at = proc->fragments; at != 0;) {
        const struct vm_fragment *fragment = vm_at(g->vm, at);
        g->own[g->own_count++] = (struct own_range){
            .start = fragment->at, .end = fragment->at + fragment->words * sizeof(vm_term)};
        at = fragment->next;
    }
    qsort(g->own, g->own_count, sizeof *g->own, range_order);
    g->fragile = true;
}

// ---- before

// Room for the case that everything lives. False: no memory.
static bool reserve_old(struct collector *g, struct vm_proc *proc, const struct sizes *s,
                        enum collect_scope scope)
{
    g->old = proc->old_heap;
    g->old_size = proc->old_htop - proc->old_heap;
    g->old_block = proc->old_heap;
    g->old_block_end = proc->old_hend;
    g->old_top = proc->old_heap == 0 ? NULL : vm_at(g->vm, proc->old_htop);
    g->old_scan = g->old_top;
    if (scope == COLLECT_WHOLE) {
        g->old_block = g->old_block_end = 0;
        g->aged = g->young;
        g->from_old = &g->top;
        return true;
    }
    if (scope == COLLECT_MINOR && (s->aged == 0 || proc->old_heap != 0))
        return true;
    // Half as much again as there is, so that the next major collection is as far away as it is
    // expensive.
    size_t most = s->old + s->aged;
    size_t words = heap_size_for(most + most / 2 + s->young);
    g->old_block = alloc_words(g->vm, words);
    if (g->old_block == 0)
        g->old_block = alloc_words(g->vm, words = most);
    if (g->old_block == 0)
        return false;
    g->old_block_end = g->old_block + words * sizeof(vm_term);
    g->old_top = g->old_scan = vm_at(g->vm, g->old_block);
    g->from_old = scope == COLLECT_MAJOR ? &g->old_top : NULL;
    return true;
}

// Collected twice without anybody else having run: larger heaps make for fewer collections.
static bool is_busy(const struct vm *vm, const struct vm_proc *proc)
{
    return proc->collected_at == vm_root(vm)->procs.switches && proc->total_collections > 0;
}

static bool is_idle(const struct vm *vm)
{
    const struct vm_cpu *c = &vm_root(vm)->cpu;
    return c->slice - c->reds < SHORT_RUN;
}

// Words of the next young heap, as long as what is alive does not want more.
static size_t size_for_speed(const struct vm *vm, const struct vm_proc *proc)
{
    size_t now = words_between(proc->heap, proc->hend);
    if (is_busy(vm, proc) && now < BUSY_HEAP)
        return heap_size_for(2 * now);
    return is_idle(vm) && now <= 2 * BUSY_HEAP ? now / 2 : now;
}

// Room for twice what may live, or as much as now.
static bool reserve_young(struct collector *g, const struct vm_proc *proc, const struct sizes *s,
                          enum collect_scope scope)
{
    size_t now = size_for_speed(g->vm, proc);
    size_t most = s->young + s->fragments + s->stack + s->need;
    most = scope == COLLECT_WHOLE ? most + s->old : most - s->aged;
    size_t wanted = scope == COLLECT_WHOLE ? most : 2 * most > now ? 2 * most : now;
    g->heap_words = wanted > now ? heap_size_for(wanted) : wanted;
    g->heap_block = alloc_words(g->vm, g->heap_words);
    if (g->heap_block == 0)
        g->heap_block = alloc_words(g->vm, g->heap_words = most);
    if (g->heap_block == 0)
        return false;
    g->new_heap = g->top = vm_at(g->vm, g->heap_block);
    return true;
}

static bool reserve(struct collector *g, struct vm_proc *proc, const struct sizes *s,
                    enum collect_scope scope)
{
    size_t most = vm_root(g->vm)->limits.memory / sizeof(vm_term);
    if (s->need > most || !reserve_young(g, proc, s, scope))
        return false;
    if (reserve_old(g, proc, s, scope))
        return true;
    vm_data_release(g->vm, g->heap_block);
    return false;
}

// ---- after

static size_t young_size(const struct vm *vm, const struct vm_proc *proc, size_t used,
                         enum collect_scope scope)
{
    if (scope == COLLECT_WHOLE && (proc->flags & VM_PROC_HIBERNATING) != 0)
        return used;
    size_t least = heap_size_for(proc->min_heap_words), now = size_for_speed(vm, proc), size = now;
    if (scope == COLLECT_WHOLE)
        size = heap_size_for(used);
    else if (2 * used > now)
        size = heap_size_for(2 * used);
    else if (now > SMALL_HEAP && 4 * used < now)
        size = heap_size_for(3 * used);
    return size < least ? least : size;
}

// The new heap is cut to size; the stack moves with its end.
static void settle_young(struct collector *g, struct vm_proc *proc, const struct sizes *s,
                         enum collect_scope scope)
{
    size_t used = (size_t)(g->top - g->new_heap) + s->stack + s->need;
    size_t words = young_size(g->vm, proc, used, scope);
    if (words < g->heap_words) {
        vm_term *stack = g->new_heap + words - g->stack_words;
        memmove(stack, g->stack, g->stack_words * sizeof *stack);
        shrink_words(g->vm, g->heap_block, words);
        g->heap_words = words;
    }
    vm_data_release(g->vm, proc->heap);
    proc->heap = g->heap_block;
    proc->htop = proc->high_water = vm_offset(g->vm, g->top);
    proc->hend = g->heap_block + g->heap_words * sizeof(vm_term);
    proc->sp = proc->hend - g->stack_words * sizeof(vm_term);
}

static void settle_old(struct collector *g, struct vm_proc *proc, enum collect_scope scope)
{
    if (scope != COLLECT_MINOR)
        vm_data_release(g->vm, proc->old_heap);
    proc->old_heap = proc->old_htop = proc->old_hend = 0;
    if (scope == COLLECT_WHOLE || g->old_block == 0)
        return;
    uint64_t top = vm_offset(g->vm, g->old_top);
    size_t used = words_between(g->old_block, top);
    if (scope == COLLECT_MAJOR && used == 0) {
        vm_data_release(g->vm, g->old_block);
        return;
    }
    size_t words = heap_size_for(used + used / 2 + g->heap_words);
    if (scope == COLLECT_MAJOR && words < words_between(g->old_block, g->old_block_end)) {
        shrink_words(g->vm, g->old_block, words);
        g->old_block_end = g->old_block + words * sizeof(vm_term);
    }
    proc->old_heap = g->old_block;
    proc->old_htop = top;
    proc->old_hend = g->old_block_end;
}

static void settle_counts(struct collector *g, struct vm_proc *proc, enum collect_scope scope)
{
    proc->collections = scope == COLLECT_MINOR ? proc->collections + 1 : 0;
    proc->total_collections++;
    proc->collected_at = vm_root(g->vm)->procs.switches;
    proc->flags &= ~(uint32_t)VM_PROC_FULLSWEEP;
    proc->off_heap_bytes = 0;
    proc->off_heap_limit =
        g->off_heap_bytes > VM_OFF_HEAP_LIMIT / 2 ? 2 * g->off_heap_bytes : VM_OFF_HEAP_LIMIT;
}

bool collector_collect(struct collector *g, struct vm_proc *proc, size_t need,
                       enum collect_scope scope)
{
    struct sizes s = sizes_of(proc, need);
    g->base = g->vm->image.base;
    g->data_start = g->vm->image.data_start;
    g->young = proc->heap;
    g->young_size = proc->htop - proc->heap;
    g->aged = proc->high_water;
    if (!reserve(g, proc, &s, scope))
        return false;
    if ((proc->flags & VM_PROC_FRAGILE) != 0)
        find_own(g, proc);
    collector_run(g, proc);
    free(g->own);
    settle_young(g, proc, &s, scope);
    settle_old(g, proc, scope);
    settle_counts(g, proc, scope);
    return true;
}
