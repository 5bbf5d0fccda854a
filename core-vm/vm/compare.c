#include "core-vm/vm/compare.h"

#include <stdlib.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/compare_priv.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

// Types in the order of the language.
enum rank {
    RANK_NUMBER,
    RANK_ATOM,
    RANK_REFERENCE,
    RANK_FUN,
    RANK_PORT,
    RANK_PID,
    RANK_TUPLE,
    RANK_MAP,
    RANK_NIL,
    RANK_CONS,
    RANK_BITS,
};

static const unsigned char boxed_rank[VM_SUBTAG_LIMIT] = {
    [VM_TUPLE] = RANK_TUPLE,     [VM_POS_BIG] = RANK_NUMBER, [VM_NEG_BIG] = RANK_NUMBER,
    [VM_FLOAT] = RANK_NUMBER,    [VM_REF] = RANK_REFERENCE,  [VM_FUN] = RANK_FUN,
    [VM_EXPORT] = RANK_FUN,      [VM_REFC_BIN] = RANK_BITS,  [VM_HEAP_BIN] = RANK_BITS,
    [VM_SUB_BIN] = RANK_BITS,    [VM_FLAT_MAP] = RANK_MAP,   [VM_HASH_MAP] = RANK_MAP,
    [VM_HASH_NODE] = RANK_TUPLE,
};

static enum rank rank_of_external(const vm_term *words)
{
    if (words[1] == VM_EXTERNAL_PID)
        return RANK_PID;
    return words[1] == VM_EXTERNAL_PORT ? RANK_PORT : RANK_REFERENCE;
}

static enum rank rank_of(const char *base, vm_term t)
{
    if (vm_is_small(t))
        return RANK_NUMBER;
    if (vm_is_atom(t))
        return RANK_ATOM;
    if (vm_is_list(t))
        return RANK_CONS;
    if (vm_is_nil(t))
        return RANK_NIL;
    if (!vm_is_boxed(t))
        return vm_is_local_pid(t) ? RANK_PID : RANK_PORT;
    const vm_term *words = vm_boxed_at(base, t);
    enum vm_subtag subtag = vm_subtag(*words);
    return subtag == VM_EXTERNAL ? rank_of_external(words) : (enum rank)boxed_rank[subtag];
}

// Two hashed maps of one size: the smallest key that only one of them has decides, or else the
// smallest key whose values differ. Found by going through all candidates; comparing their keys and
// values is work for the same loop that found the maps, hence the state kept here.
struct pick {
    struct pick *below;
    size_t count, next;
    size_t best;  // index of the smallest key so far; count: none yet
    int result;   // what `best` decides
    int pending;  // what the candidate at hand would decide, while its key is compared
    bool exact;
    bool in_key;  // the comparison under way is of keys, not of values
    struct {
        vm_term key, a, b;  // a, b: VM_NONE where the map has no such key
    } at[];
};

// What is left to compare: on the stack three words each, {a, b, count << 1 | exact}, a and b being
// addresses of `count` terms; count 0 stands for the newest pick.
struct work {
    const struct vm *vm;
    const char *base;
    struct pick *picks;
    struct vm_stack stack;
    // the pair at hand
    vm_term a, b;
    bool exact;
};

static void push(struct work *w, const vm_term *a, const vm_term *b, size_t count)
{
    if (count == 0)
        return;
    vm_stack_push(&w->stack, (uint64_t)(uintptr_t)a);
    vm_stack_push(&w->stack, (uint64_t)(uintptr_t)b);
    vm_stack_push(&w->stack, (uint64_t)count << 1 | w->exact);
}

static int compare_tuples(struct work *w, const vm_term *a, const vm_term *b)
{
    size_t x = vm_arity(*a), y = vm_arity(*b);
    if (x != y)
        return x < y ? -1 : 1;
    push(w, a + 1, b + 1, x);
    return 0;
}

static int compare_funs(struct work *w, const vm_term *a, const vm_term *b)
{
    const struct vm_lambda *x = (const void *)(w->base + a[1]), *y = (const void *)(w->base + b[1]);
    int order = vm_compare_atoms(w->vm, x->module, y->module);
    if (order != 0)
        return order;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    if (x->old_uniq != y->old_uniq)
        return x->old_uniq < y->old_uniq ? -1 : 1;
    if (*a != *b)
        return *a < *b ? -1 : 1;
    push(w, a + 4, b + 4, vm_arity(*a) - 3);
    return 0;
}

static int compare_exports(const struct work *w, const vm_term *a, const vm_term *b)
{
    const struct vm_export *x = (const void *)(w->base + a[1]), *y = (const void *)(w->base + b[1]);
    int order = vm_compare_atoms(w->vm, x->module, y->module);
    if (order == 0)
        order = vm_compare_atoms(w->vm, x->function, y->function);
    return order != 0 ? order : (x->arity > y->arity) - (x->arity < y->arity);
}

static int compare_any_funs(struct work *w, const vm_term *a, const vm_term *b)
{
    if (vm_subtag(*a) != vm_subtag(*b))
        return vm_subtag(*a) == VM_FUN ? -1 : 1;
    return vm_subtag(*a) == VM_FUN ? compare_funs(w, a, b) : compare_exports(w, a, b);
}

static void compare_flat_maps(struct work *w, const vm_term *a, const vm_term *b)
{
    bool exact = w->exact;
    push(w, a + 2, b + 2, vm_arity(*a) - 1);
    w->exact = true;
    const vm_term *x = vm_boxed_at(w->base, a[1]), *y = vm_boxed_at(w->base, b[1]);
    if (x != y)
        push(w, x + 1, y + 1, vm_arity(*x));
    w->exact = exact;
}

static void add_candidate(struct pick *pick, vm_term key, vm_term a, vm_term b)
{
    pick->at[pick->count].key = key;
    pick->at[pick->count].a = a;
    pick->at[pick->count].b = b;
    pick->count++;
}

// Keys of `from` that `other` has not; of those it has, with values that are not the same word.
static void collect(struct work *w, struct pick *pick, vm_term from, vm_term other)
{
    struct vm_map_walk walk = {.map = from};
    vm_term key, value;
    bool is_a = from == w->a;
    while (vm_map_next(w->base, &walk, &key, &value)) {
        vm_term there = vm_map_get(w->vm, other, key);
        if (there == VM_NONE)
            add_candidate(pick, key, is_a ? value : VM_NONE, is_a ? VM_NONE : value);
        else if (is_a && there != value)
            add_candidate(pick, key, value, there);
    }
}

static bool has_missing(const struct pick *pick)
{
    for (size_t i = 0; i < pick->count; i++)
        if (pick->at[i].b == VM_NONE)
            return true;
    return false;
}

// Where the keys differ, values do not matter.
static void drop_values(struct pick *pick)
{
    size_t kept = 0;
    for (size_t i = 0; i < pick->count; i++)
        if (pick->at[i].a == VM_NONE || pick->at[i].b == VM_NONE)
            pick->at[kept++] = pick->at[i];
    pick->count = kept;
}

static void start_pick(struct work *w)
{
    size_t size = vm_map_size(w->base, w->a);
    struct pick *pick = malloc(sizeof *pick + 2 * size * sizeof *pick->at);
    if (pick == NULL)
        wb_die_no_memory(sizeof *pick + 2 * size * sizeof *pick->at);
    // `next` begins before the first: taking the order 0 of nothing moves it there.
    *pick = (struct pick){.below = w->picks, .exact = w->exact, .next = SIZE_MAX};
    collect(w, pick, w->a, w->b);
    if (has_missing(pick)) {
        collect(w, pick, w->b, w->a);
        drop_values(pick);
    }
    pick->best = pick->count;
    w->picks = pick;
    vm_stack_push(&w->stack, 0);
    vm_stack_push(&w->stack, 0);
    vm_stack_push(&w->stack, 0);
}

// The candidate at hand decides `result` if its key is the smallest: compare it with the best one.
// True: w has a pair to compare.
static bool weigh(struct work *w, struct pick *pick, int result)
{
    pick->pending = result;
    if (pick->best == pick->count) {
        pick->best = pick->next++;
        pick->result = result;
        return false;
    }
    pick->in_key = true;
    w->a = pick->at[pick->next].key;
    w->b = pick->at[pick->best].key;
    w->exact = true;
    return true;
}

// True: w has a pair to compare; false: all candidates are done.
static bool next_candidate(struct work *w, struct pick *pick)
{
    while (pick->next < pick->count) {
        vm_term a = pick->at[pick->next].a, b = pick->at[pick->next].b;
        if (a != VM_NONE && b != VM_NONE) {
            pick->in_key = false;
            w->a = a;
            w->b = b;
            w->exact = pick->exact;
            return true;
        }
        if (weigh(w, pick, a != VM_NONE ? -1 : 1))
            return true;
    }
    return false;
}

// The comparison that the newest pick asked for came out as `order`.
static bool take_order(struct work *w, struct pick *pick, int order)
{
    if (!pick->in_key && order != 0) {
        if (weigh(w, pick, order))
            return true;
    } else {
        if (pick->in_key && order < 0) {
            pick->best = pick->next;
            pick->result = pick->pending;
        }
        pick->next++;
    }
    return next_candidate(w, pick);
}

static int end_pick(struct work *w)
{
    struct pick *pick = w->picks;
    int order = pick->best < pick->count ? pick->result : 0;
    w->picks = pick->below;
    w->stack.count -= 3;
    free(pick);
    return order;
}

static int compare_maps(struct work *w)
{
    size_t x = vm_map_size(w->base, w->a), y = vm_map_size(w->base, w->b);
    if (x != y)
        return x < y ? -1 : 1;
    const vm_term *a = vm_boxed_at(w->base, w->a), *b = vm_boxed_at(w->base, w->b);
    if (vm_subtag(*a) == VM_FLAT_MAP)
        compare_flat_maps(w, a, b);
    else if (!vm_equal_slow(w->vm, w->a, w->b))
        start_pick(w);
    return 0;
}

// Two terms of the same rank that are not lists. What they contain is pushed.
static int compare_same(struct work *w, enum rank rank)
{
    vm_term a = w->a, b = w->b;
    switch (rank) {
    case RANK_NUMBER:
        return vm_compare_numbers(w->base, a, b, w->exact);
    case RANK_ATOM:
        return vm_compare_atoms(w->vm, a, b);
    case RANK_REFERENCE:
    case RANK_PORT:
    case RANK_PID:
        return vm_compare_ids(w->vm, a, b);
    case RANK_FUN:
        return compare_any_funs(w, vm_boxed_at(w->base, a), vm_boxed_at(w->base, b));
    case RANK_TUPLE:
        return compare_tuples(w, vm_boxed_at(w->base, a), vm_boxed_at(w->base, b));
    case RANK_MAP:
        return compare_maps(w);
    case RANK_BITS:
        return vm_compare_bits(w->base, a, b);
    case RANK_NIL:
    case RANK_CONS:
        break;
    }
    return 0;
}

// Along two lists while their elements are the same words; then the pair is the first that differs
// and the rest waits. False: they are one list.
static bool skip_same_elements(struct work *w)
{
    while (vm_is_list(w->a) && vm_is_list(w->b) && w->a != w->b) {
        const vm_term *x = vm_list_at(w->base, w->a), *y = vm_list_at(w->base, w->b);
        if (x[0] != y[0]) {
            if (x[1] != y[1])
                push(w, x + 1, y + 1, 1);
            w->a = x[0];
            w->b = y[0];
        } else {
            w->a = x[1];
            w->b = y[1];
        }
    }
    return w->a != w->b;
}

static int compare_pair(struct work *w)
{
    if (!skip_same_elements(w))
        return 0;
    if (vm_both_small(w->a, w->b))
        return (int64_t)w->a < (int64_t)w->b ? -1 : 1;
    enum rank x = rank_of(w->base, w->a), y = rank_of(w->base, w->b);
    if (x != y)
        return x < y ? -1 : 1;
    return compare_same(w, x);
}

// The next pair from the stack's top, which is not a pick.
static void take_pair(struct work *w)
{
    uint64_t *top = w->stack.at + w->stack.count - 3;
    const vm_term *a = (const vm_term *)(uintptr_t)top[0], *b = (const vm_term *)(uintptr_t)top[1];
    w->a = *a;
    w->b = *b;
    w->exact = top[2] & 1;
    if (top[2] >> 1 == 1) {
        w->stack.count -= 3;
        return;
    }
    top[0] = (uint64_t)(uintptr_t)(a + 1);
    top[1] = (uint64_t)(uintptr_t)(b + 1);
    top[2] -= 2;
}

// The last pair came out as *order: find the next pair. False: *order is the answer.
static bool next_pair(struct work *w, int *order)
{
    while (w->stack.count != 0) {
        bool is_pick = w->stack.at[w->stack.count - 1] >> 1 == 0;
        if (is_pick && take_order(w, w->picks, *order))
            return true;
        if (is_pick) {
            *order = end_pick(w);
        } else if (*order != 0) {
            w->stack.count -= 3;
        } else {
            take_pair(w);
            return true;
        }
    }
    return false;
}

static int compare(const struct vm *vm, vm_term a, vm_term b, bool exact)
{
    struct work w;
    w.vm = vm;
    w.base = vm->image.base;
    w.picks = NULL;
    w.a = a;
    w.b = b;
    w.exact = exact;
    vm_stack_init(&w.stack);
    int order;
    do
        order = compare_pair(&w);
    while (next_pair(&w, &order));
    vm_stack_done(&w.stack);
    return order;
}

static bool are_ordered_immediates(vm_term a, vm_term b)
{
    return vm_both_small(a, b) || (vm_is_atom(a) && vm_is_atom(b));
}

static int order_of_immediates(const struct vm *vm, vm_term a, vm_term b)
{
    if (vm_both_small(a, b))
        return (int64_t)a < (int64_t)b ? -1 : 1;
    return vm_compare_atoms(vm, a, b);
}

// Past what two lists have in common; then *a and *b are what differs first, which decides if it is
// decided by itself, or else the rests of the lists from there.
static void skip_common(const char *base, vm_term *a, vm_term *b)
{
    while (vm_is_list(*a) && vm_is_list(*b) && *a != *b) {
        const vm_term *x = vm_list_at(base, *a), *y = vm_list_at(base, *b);
        bool decided = x[0] != y[0] && are_ordered_immediates(x[0], y[0]);
        if (x[0] != y[0] && !decided)
            return;
        *a = x[!decided];
        *b = y[!decided];
        if (decided)
            return;
    }
}

// The same for tuples of one size.
static void skip_common_elements(const char *base, vm_term *a, vm_term *b)
{
    const vm_term *x = vm_boxed_at(base, *a), *y = vm_boxed_at(base, *b);
    if (*x != *y || vm_subtag(*x) != VM_TUPLE)
        return;
    for (size_t i = 1; i <= vm_arity(*x); i++) {
        if (x[i] == y[i])
            continue;
        if (are_ordered_immediates(x[i], y[i])) {
            *a = x[i];
            *b = y[i];
        }
        return;
    }
}

static bool is_number(const char *base, vm_term t)
{
    return vm_is_small(t) || vm_is_float(base, t);
}

// Most comparisons end at an immediate near the start and need no stack.
static int compare_quickly(const struct vm *vm, vm_term a, vm_term b, bool exact)
{
    if (vm_is_list(a) && vm_is_list(b))
        skip_common(vm->image.base, &a, &b);
    else if (vm_is_boxed(a) && vm_is_boxed(b))
        skip_common_elements(vm->image.base, &a, &b);
    if (a == b)
        return 0;
    if (are_ordered_immediates(a, b))
        return order_of_immediates(vm, a, b);
    if (is_number(vm->image.base, a) && is_number(vm->image.base, b))
        return vm_compare_numbers(vm->image.base, a, b, exact);
    return compare(vm, a, b, exact);
}

int vm_compare(const struct vm *vm, vm_term a, vm_term b)
{
    return compare_quickly(vm, a, b, false);
}

int vm_compare_exact(const struct vm *vm, vm_term a, vm_term b)
{
    return compare_quickly(vm, a, b, true);
}
