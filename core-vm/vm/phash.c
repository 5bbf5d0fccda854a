#include <string.h>

#include "core-vm/vm/atom.h"
#include "core-vm/vm/code.h"
#include "core-vm/vm/compare_priv.h"
#include "core-vm/vm/hash.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/stack.h"
#include "core-vm/vm/vm_impl.h"

// Primes a little above 2^28: what each kind of term multiplies by.
enum {
    PRIME_TEXT = 268440163,  // atoms, bytes of binaries
    PRIME_BYTE = 268439161,  // bytes of integers and of strings
    PRIME_POSITIVE = 268435459,
    PRIME_NEGATIVE = 268436141,  // also ends binaries
    PRIME_PID = 268438633,
    PRIME_PID_END = 268437017,  // also floats
    PRIME_LIST_END = 268437511,
    PRIME_NUMBER = 268439627,  // ports and references; ends tuples
    PRIME_NUMBER_END = 268440479,
    PRIME_FUN = 268440479,
    PRIME_EXPORT = 268440577,
    PRIME_BITS = 268440581,
    PRIME_MAP = 268440593,
    MAP_CONSTANT = 268440611,
};

// Terms that wait, and between them marks. A tuple's size lies below its mark.
enum { MARK_TUPLE = 4, MARK_TAIL = 8, MARK_LIST_END = 12 };

struct work {
    const struct vm *vm;
    const char *base;
    uint32_t hash;
    struct vm_stack stack;
};

static void add(struct work *w, uint32_t prime, uint32_t n)
{
    w->hash = w->hash * prime + n;
}

// Bytes of a 32-bit number, the least significant first.
static void add_word(struct work *w, uint32_t prime, uint32_t word)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        add(w, prime, word >> shift & 255);
}

static void add_magnitude(struct work *w, const uint64_t *limbs, size_t count, bool negative)
{
    for (size_t i = 0; i < count; i++) {
        add_word(w, PRIME_BYTE, (uint32_t)limbs[i]);
        if (i + 1 < count || limbs[i] >> 32 != 0)
            add_word(w, PRIME_BYTE, (uint32_t)(limbs[i] >> 32));
    }
    w->hash *= negative ? PRIME_NEGATIVE : PRIME_POSITIVE;
}

static void add_small(struct work *w, int64_t n)
{
    uint64_t magnitude = n < 0 ? -(uint64_t)n : (uint64_t)n;
    add_magnitude(w, &magnitude, 1, n < 0);
}

static void add_port(struct work *w, uint32_t low, uint32_t high)
{
    if (high != 0)
        add_word(w, PRIME_EXPORT, high);
    add_word(w, PRIME_NUMBER, low);
    w->hash *= PRIME_NUMBER_END;
}

static void add_pid(struct work *w, uint32_t number)
{
    add_word(w, PRIME_PID, number);
    w->hash *= PRIME_PID_END;
}

static void add_external(struct work *w, const vm_term *words)
{
    const vm_term *number = words + VM_EXTERNAL_NUMBERS;
    bool has_high = vm_arity(*words) + 1 - VM_EXTERNAL_NUMBERS > 1;
    if (words[1] == VM_EXTERNAL_PID)
        add_pid(w, (uint32_t)number[0]);
    else
        add_port(w, (uint32_t)number[0],
                 words[1] == VM_EXTERNAL_PORT && has_high ? (uint32_t)number[1] : 0);
}

static void add_float(struct work *w, vm_term t)
{
    double d = vm_float_value(w->base, t);
    uint64_t bits;
    if (d == 0)
        d = 0;  // not -0.0, which equals it
    memcpy(&bits, &d, sizeof bits);
    add(w, PRIME_PID_END, (uint32_t)bits ^ (uint32_t)(bits >> 32));
}

static unsigned byte_at(const struct vm_bits *bits, uint64_t i, unsigned count)
{
    unsigned byte = (unsigned)bits->at[i] << bits->start & 255;
    if (bits->start + count > 8)
        byte |= bits->at[i + 1] >> (8 - bits->start);
    return byte >> (8 - count);
}

static void add_bits(struct work *w, vm_term t)
{
    struct vm_bits bits = vm_bits_of(w->base, t);
    uint64_t size = bits.bits / 8;
    unsigned rest = bits.bits % 8;
    for (uint64_t i = 0; i < size; i++)
        add(w, PRIME_TEXT, byte_at(&bits, i, 8));
    if (rest != 0) {
        add(w, PRIME_TEXT, byte_at(&bits, size, rest));
        add(w, PRIME_BITS, rest);
    }
    add(w, PRIME_NEGATIVE, (uint32_t)size);
}

static void push_terms(struct work *w, const vm_term *at, size_t count)
{
    while (count-- > 0)
        vm_stack_push(&w->stack, at[count]);
}

static void add_fun(struct work *w, const vm_term *words)
{
    const struct vm_lambda *lambda = (const void *)(w->base + words[1]);
    uint32_t count = (uint32_t)vm_arity(*words) - 3;
    add(w, PRIME_FUN, count);
    add(w, PRIME_TEXT, vm_atom_hash(w->vm, lambda->module));
    add(w, PRIME_BYTE, lambda->index);
    add(w, PRIME_BYTE, lambda->old_uniq);
    push_terms(w, words + 4, count);
}

static void add_export(struct work *w, const vm_term *words)
{
    const struct vm_export *export = (const void *)(w->base + words[1]);
    add(w, PRIME_EXPORT, export->arity);
    add(w, PRIME_TEXT, vm_atom_hash(w->vm, export->module));
    add(w, PRIME_TEXT, vm_atom_hash(w->vm, export->function));
}

static void add_tuple(struct work *w, const vm_term *words)
{
    vm_stack_push(&w->stack, vm_arity(*words));
    vm_stack_push(&w->stack, MARK_TUPLE);
    push_terms(w, words + 1, vm_arity(*words));
}

static void add_boxed(struct work *w, vm_term t)
{
    const vm_term *words = vm_boxed_at(w->base, t);
    switch (vm_subtag(*words)) {
    case VM_TUPLE:
        add_tuple(w, words);
        break;
    case VM_POS_BIG:
    case VM_NEG_BIG:
        add_magnitude(w, words + 1, vm_arity(*words), vm_subtag(*words) == VM_NEG_BIG);
        break;
    case VM_REF: {
        uint32_t word[VM_REFERENCE_WORDS];
        vm_reference_words(w->base, t, word);
        add_port(w, word[0], 0);
        break;
    }
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
        add_bits(w, t);
        break;
    case VM_FLAT_MAP:
    case VM_HASH_MAP:
        add(w, PRIME_MAP, MAP_CONSTANT + vm_phash2(w->vm, t));
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

static bool is_byte(vm_term t)
{
    return vm_is_small(t) && t >> 4 < 256;
}

// Bytes at the start; then an element, and the tail after it.
static void add_list(struct work *w, vm_term t)
{
    for (; vm_is_list(t) && is_byte(vm_head(w->base, t)); t = vm_tail(w->base, t))
        add(w, PRIME_BYTE, (uint32_t)(vm_head(w->base, t) >> 4));
    if (vm_is_list(t)) {
        vm_stack_push(&w->stack, vm_tail(w->base, t));
        vm_stack_push(&w->stack, MARK_TAIL);
        vm_stack_push(&w->stack, vm_head(w->base, t));
    } else {
        vm_stack_push(&w->stack, MARK_LIST_END);
        vm_stack_push(&w->stack, t);
    }
}

static void add_term(struct work *w, vm_term t)
{
    if (vm_is_list(t))
        add_list(w, t);
    else if (vm_is_boxed(t))
        add_boxed(w, t);
    else if (vm_is_small(t))
        add_small(w, vm_small_value(t));
    else if (vm_is_nil(t))
        add(w, PRIME_POSITIVE, 1);
    else if (vm_is_atom(t))
        add(w, PRIME_TEXT, vm_atom_hash(w->vm, t));
    else if (vm_is_local_pid(t))
        add_pid(w, vm_pid_number(t) & 0xFFFFFFF);
    else
        add_port(w, (uint32_t)(t >> 4), (uint32_t)(t >> 36));
}

static void act_on(struct work *w, uint64_t mark)
{
    if (mark == MARK_TUPLE) {
        add(w, PRIME_NUMBER, (uint32_t)vm_stack_pop(&w->stack));
    } else if (mark == MARK_LIST_END) {
        w->hash *= PRIME_LIST_END;
    } else {
        vm_term tail = vm_stack_pop(&w->stack);
        if (!vm_is_list(tail))
            vm_stack_push(&w->stack, MARK_LIST_END);
        add_term(w, tail);
    }
}

uint32_t vm_phash(const struct vm *vm, vm_term t)
{
    struct work w;
    w.vm = vm;
    w.base = vm->image.base;
    w.hash = 0;
    vm_stack_init(&w.stack);
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
