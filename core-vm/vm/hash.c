#include "core-vm/vm/hash.h"

#include <string.h>

#include "core-vm/vm/atom.h"
#include "core-vm/vm/compare_priv.h"
#include "core-vm/vm/hash_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

// Numbers that keep kinds of terms apart.
enum kind {
    KIND_SMALL = 1,
    KIND_NIL = 2,
    KIND_ATOM = 3,
    KIND_STRING = 4,
    KIND_PID = 5,
    KIND_PORT = 6,
    KIND_REFERENCE = 7,
    KIND_REFERENCE_2 = 8,
    KIND_TUPLE = 9,
    KIND_NEGATIVE = 10,
    KIND_POSITIVE = 11,
    KIND_FLOAT = 12,
    KIND_FUNCTION = 14,
    KIND_MAP = 16,
    KIND_CAR = 17,
    KIND_CDR = 18,
    KIND_PAIRS = 19,
    KIND_FUN = 20,
    KIND_FUN_INDEX = 21,
    KIND_SHORT_STRING = 22,
};

// Terms that wait, and between them marks (never terms: their low bits are 00).
enum { MARK_MAP_END = 4, MARK_PAIR = 8, MARK_CDR = 12 };

struct work {
    const struct vm *vm;
    const char *base;
    uint32_t hash;
    uint32_t pairs;  // phash2: the pairs of the map at hand, combined
    bool portable;   // phash2, not the hash of our own maps
    struct vm_stack stack;
};

static bool is_byte(vm_term t)
{
    return vm_is_small(t) && t >> 4 < 256;
}

static void add(struct work *w, uint64_t word, enum kind kind)
{
    w->hash = vm_hash_word(w->hash, word, kind);
}

static void push_terms(struct work *w, const vm_term *at, size_t count)
{
    while (count-- > 0)
        vm_stack_push(&w->stack, at[count]);
}

// Bytes at a list's start go in by fours. The rest of the list waits.
static void add_list(struct work *w, vm_term t)
{
    const vm_term *cell = vm_list_at(w->base, t);
    uint32_t word = 0;
    unsigned count = 0;
    while (is_byte(cell[0])) {
        word = (word << 8) + (uint32_t)(cell[0] >> 4);
        if (++count == 4) {
            add(w, word, KIND_STRING);
            word = count = 0;
        }
        t = cell[1];
        if (!vm_is_list(t))
            break;
        cell = vm_list_at(w->base, t);
    }
    if (count > 0 && w->portable)
        add(w, word, KIND_STRING);
    else if (count > 0)
        w->hash = vm_hash_two(w->hash, word, count, KIND_SHORT_STRING);
    if (!vm_is_list(t)) {
        vm_stack_push(&w->stack, t);
        return;
    }
    vm_stack_push(&w->stack, cell[1]);
    if (!w->portable) {
        w->hash ^= VM_HASH_GOLDEN * KIND_CAR;
        w->hash = w->hash << 17 ^ w->hash >> 15;
        if (!vm_is_list(cell[1]))
            vm_stack_push(&w->stack, MARK_CDR);
    }
    vm_stack_push(&w->stack, cell[0]);
}

static void add_small(struct work *w, int64_t n)
{
    if (n < -(1 << 27) || n >= 1 << 27) {
        add(w, n < 0 ? -(uint64_t)n : (uint64_t)n, n < 0 ? KIND_NEGATIVE : KIND_POSITIVE);
        return;
    }
    if (n < 0)
        add(w, (uint32_t)-n, KIND_SMALL);
    add(w, (uint32_t)n, KIND_SMALL);
}

static void add_nil(struct work *w)
{
    if (w->hash == 0)
        w->hash = 3468870702u;
    else
        add(w, 2, KIND_NIL);
}

static void add_immediate(struct work *w, vm_term t)
{
    if (!w->portable)
        add(w, t, KIND_SMALL);
    else if (vm_is_small(t))
        add_small(w, vm_small_value(t));
    else if (vm_is_nil(t))
        add_nil(w);
    else if (vm_is_local_pid(t))
        add(w, vm_pid_number(t) & 0xFFFFFFF, KIND_PID);
    else if (vm_is_local_port(t))
        add(w, t >> 4, KIND_PORT);
    else if (w->hash == 0)
        w->hash = vm_atom_hash(w->vm, t);
    else
        add(w, vm_atom_hash(w->vm, t), KIND_ATOM);
}

static void add_big(struct work *w, const vm_term *words)
{
    enum kind kind = vm_subtag(*words) == VM_NEG_BIG ? KIND_NEGATIVE : KIND_POSITIVE;
    for (size_t i = 1; i <= vm_arity(*words); i++)
        add(w, words[i], kind);
}

static void add_float(struct work *w, vm_term t)
{
    double d = vm_float_value(w->base, t);
    uint64_t bits;
    if (d == 0)
        d = 0;  // not -0.0, which equals it
    memcpy(&bits, &d, sizeof bits);
    uint32_t low = (uint32_t)bits, high = (uint32_t)(bits >> 32);
    w->hash = w->portable ? vm_hash_two(w->hash, high, low, KIND_FLOAT)
                          : vm_hash_two(w->hash, low, high, KIND_FLOAT);
}

static void add_fun(struct work *w, const vm_term *words)
{
    const struct vm_lambda *lambda = (const void *)(w->base + words[1]);
    uint32_t count = (uint32_t)vm_arity(*words) - 3;
    if (w->portable) {
        w->hash = vm_hash_two(w->hash, count, vm_atom_hash(w->vm, lambda->module), KIND_SMALL);
        w->hash = vm_hash_two(w->hash, lambda->index, lambda->old_uniq, KIND_SMALL);
    } else {
        w->hash = vm_hash_two(w->hash, count, vm_atom_index(lambda->module), KIND_FUN);
        w->hash = vm_hash_two(w->hash, lambda->index, lambda->old_uniq, KIND_FUN_INDEX);
    }
    push_terms(w, words + 4, count);
}

static void add_export(struct work *w, const vm_term *words)
{
    const struct vm_export *export = (const void *)(w->base + words[1]);
    if (!w->portable) {
        add(w, words[1], KIND_FUNCTION);
        return;
    }
    w->hash = vm_hash_two(w->hash, export->arity, vm_atom_hash(w->vm, export->module), KIND_SMALL);
    add(w, vm_atom_hash(w->vm, export->function), KIND_FUNCTION);
}

static void add_reference(struct work *w, vm_term t)
{
    const vm_term *words = vm_boxed_at(w->base, t);
    uint32_t word[VM_REFERENCE_WORDS];
    if (w->portable) {
        vm_reference_words(w->base, t, word);
        add(w, word[0], KIND_REFERENCE);
        return;
    }
    add(w, words[1], KIND_REFERENCE);
    add(w, words[2], KIND_REFERENCE_2);
}

static void add_external(struct work *w, const vm_term *words)
{
    static const enum kind kinds[] = {KIND_PID, KIND_PORT, KIND_REFERENCE};
    enum kind kind = kinds[words[1]];
    const vm_term *number = words + VM_EXTERNAL_NUMBERS;
    size_t count = vm_arity(*words) + 1 - VM_EXTERNAL_NUMBERS;
    if (w->portable) {
        uint32_t high = kind == KIND_PORT && count > 1 ? (uint32_t)number[1] : 0;
        w->hash = vm_hash_two(w->hash, (uint32_t)number[0], high, kind);
        return;
    }
    w->hash = vm_hash_two(w->hash, vm_atom_index(words[2]), (uint32_t)words[3], kind);
    for (size_t i = 0; i < count; i++)
        add(w, number[i], kind);
}

// phash2 of a map does not depend on the order of its pairs: each is hashed alone.
static void add_map_portably(struct work *w, vm_term map)
{
    add(w, vm_map_size(w->base, map), KIND_MAP);
    if (vm_map_size(w->base, map) == 0)
        return;
    vm_stack_push(&w->stack, w->pairs);
    vm_stack_push(&w->stack, w->hash);
    vm_stack_push(&w->stack, MARK_MAP_END);
    struct vm_map_walk walk = {.map = map};
    vm_term key, value;
    while (vm_map_next(w->base, &walk, &key, &value)) {
        vm_stack_push(&w->stack, MARK_PAIR);
        vm_stack_push(&w->stack, value);
        vm_stack_push(&w->stack, key);
    }
    w->hash = w->pairs = 0;
}

static void add_flat_map(struct work *w, const vm_term *words)
{
    const vm_term *keys = vm_boxed_at(w->base, words[1]);
    for (size_t i = vm_arity(*keys); i > 0; i--) {
        vm_stack_push(&w->stack, words[1 + i]);
        vm_stack_push(&w->stack, keys[i]);
    }
}

// Equal maps have equal trees, so their order is the same.
static void add_map(struct work *w, vm_term map)
{
    struct vm_map_walk walk = {.map = map, .forward = true};
    vm_term key, value;
    add(w, vm_map_size(w->base, map), KIND_MAP);
    if (vm_is_kind(w->base, map, VM_FLAT_MAP)) {
        add_flat_map(w, vm_boxed_at(w->base, map));
        return;
    }
    while (vm_map_next(w->base, &walk, &key, &value)) {
        vm_stack_push(&w->stack, value);
        vm_stack_push(&w->stack, key);
    }
}

static void add_boxed(struct work *w, vm_term t)
{
    const vm_term *words = vm_boxed_at(w->base, t);
    switch (vm_subtag(*words)) {
    case VM_TUPLE:
        add(w, (uint32_t)vm_arity(*words), KIND_TUPLE);
        push_terms(w, words + 1, vm_arity(*words));
        break;
    case VM_POS_BIG:
    case VM_NEG_BIG:
        add_big(w, words);
        break;
    case VM_REF:
        add_reference(w, t);
        break;
    case VM_FUN:
        add_fun(w, words);
        break;
    case VM_EXPORT:
        add_export(w, words);
        break;
    case VM_FLOAT:
        add_float(w, t);
        break;
    case VM_REFC_BIN:
    case VM_HEAP_BIN:
    case VM_SUB_BIN:
        w->hash = vm_hash_bits(w->hash, w->base, t);
        break;
    case VM_FLAT_MAP:
    case VM_HASH_MAP:
        if (w->portable)
            add_map_portably(w, t);
        else
            add_map(w, t);
        break;
    case VM_EXTERNAL:
        add_external(w, words);
        break;
    case VM_HASH_NODE:
    case VM_MATCH:
    case VM_SUBTAG_LIMIT:
        break;
    }
}

static void add_term(struct work *w, vm_term t)
{
    if (vm_is_list(t))
        add_list(w, t);
    else if (vm_is_boxed(t))
        add_boxed(w, t);
    else
        add_immediate(w, t);
}

static void act_on(struct work *w, uint64_t mark)
{
    if (mark == MARK_CDR) {
        w->hash ^= VM_HASH_GOLDEN * KIND_CDR;
        w->hash = w->hash << 17 ^ w->hash >> 15;
    } else if (mark == MARK_PAIR) {
        w->pairs ^= w->hash;
        w->hash = 0;
    } else {
        w->hash = (uint32_t)vm_stack_pop(&w->stack);
        add(w, w->pairs, KIND_PAIRS);
        w->pairs = (uint32_t)vm_stack_pop(&w->stack);
    }
}

// What needs no stack is added at once: immediates, a tuple of them, the first elements of another;
// the rest of the tuple waits. False: nothing was added.
static bool add_simply(struct work *w, vm_term t)
{
    if (vm_is_immediate(t)) {
        add_immediate(w, t);
        return true;
    }
    if (!vm_is_tuple(w->base, t))
        return false;
    const vm_term *words = vm_boxed_at(w->base, t);
    size_t size = vm_arity(*words), i = 1;
    add(w, (uint32_t)size, KIND_TUPLE);
    for (; i <= size && vm_is_immediate(words[i]); i++)
        add_immediate(w, words[i]);
    push_terms(w, words + i, size + 1 - i);
    return true;
}

static uint32_t hash_term(const struct vm *vm, vm_term t, uint32_t seed, bool portable)
{
    struct work w;
    w.vm = vm;
    w.base = vm->image.base;
    w.hash = seed;
    w.pairs = 0;
    w.portable = portable;
    vm_stack_init(&w.stack);
    if (!add_simply(&w, t))
        add_term(&w, t);
    while (!vm_stack_is_empty(&w.stack)) {
        uint64_t next = vm_stack_pop(&w.stack);
        if (vm_tag_of(next) == VM_TAG_HEADER)
            act_on(&w, next);
        else
            add_term(&w, next);
    }
    vm_stack_done(&w.stack);
    return w.hash;
}

uint32_t vm_phash2(const struct vm *vm, vm_term t)
{
    return hash_term(vm, t, 0, true);
}

uint32_t vm_map_hash(const struct vm *vm, vm_term key, unsigned level)
{
    uint32_t hash = VM_HASH_SALT ^ level;
    if (vm_is_immediate(key))
        return vm_hash_word(hash, key, KIND_SMALL);
    if (vm_is_bitstring(vm->image.base, key))
        return vm_hash_bits(hash, vm->image.base, key);
    return hash_term(vm, key, hash, false);
}
