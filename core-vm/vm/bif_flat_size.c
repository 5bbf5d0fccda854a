#include "core-vm/vm/bif.h"
#include "core-vm/vm/hamt_priv.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/stack.h"

// Sizes as OTP lays out its terms, since that is what programs print: some of ours have a word more
// or less.
enum {
    LIST_WORDS = 2,
    FLOAT_WORDS = 2,
    FUN_WORDS = 5,
    HEAP_BINARY_WORDS = 2,  // and the bytes
    REFC_BINARY_WORDS = 6,
    SUB_BINARY_WORDS = 5,
    FLAT_MAP_WORDS = 3,  // and the values
    REFERENCE_WORDS = 3,
    EXTERNAL_WORDS = 4,
};

struct work {
    const char *base;
    uint64_t words;
    struct vm_stack stack;  // terms that wait
};

static void push_terms(struct work *w, const vm_term *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!vm_is_immediate(at[i]))
            vm_stack_push(&w->stack, at[i]);
}

static uint64_t binary_words(const char *base, vm_term t)
{
    const vm_term *words = vm_boxed_at(base, t);
    struct vm_bits bits = vm_bits_of(base, t);
    unsigned loose = bits.start + bits.bits % 8;  // bits outside of whole bytes
    uint64_t bytes = bits.bits / 8 + (loose > 8 ? 2 : loose > 0);
    uint64_t outer = loose > 0 ? SUB_BINARY_WORDS : 0;
    vm_term owner = vm_subtag(*words) == VM_SUB_BIN ? words[vm_arity(*words)] : t;
    if (vm_is_kind(base, owner, VM_REFC_BIN))
        return outer + REFC_BINARY_WORDS;
    return outer + HEAP_BINARY_WORDS + (bytes + 7) / 8;
}

// Nodes have their bitmap in the header there.
static void add_node(struct work *w, const vm_term *words)
{
    w->words += vm_arity(*words);
    push_terms(w, vm_hamt_children(words), vm_hamt_count(words));
}

static void add_boxed(struct work *w, vm_term t)
{
    const vm_term *words = vm_boxed_at(w->base, t);
    size_t arity = vm_arity(*words);
    switch (vm_subtag(*words)) {
    case VM_TUPLE:
        w->words += arity == 0 ? 0 : arity + 1;
        push_terms(w, words + 1, arity);
        break;
    case VM_POS_BIG:
    case VM_NEG_BIG:
        w->words += arity + 1;
        break;
    case VM_FLOAT:
        w->words += FLOAT_WORDS;
        break;
    case VM_FUN:
        w->words += FUN_WORDS + (arity - 3);
        push_terms(w, words + 4, arity - 3);
        break;
    case VM_EXPORT:
        w->words += FUN_WORDS;
        break;
    case VM_REF:
        w->words += REFERENCE_WORDS;
        break;
    case VM_REFC_BIN:
    case VM_HEAP_BIN:
    case VM_SUB_BIN:
        w->words += binary_words(w->base, t);
        break;
    case VM_FLAT_MAP:
        w->words += FLAT_MAP_WORDS + arity - 1;
        push_terms(w, words + 1, arity);
        break;
    case VM_HASH_MAP:
    case VM_HASH_NODE:
        add_node(w, words);
        break;
    case VM_EXTERNAL:
        w->words += EXTERNAL_WORDS;
        break;
    case VM_MATCH:
    case VM_SUBTAG_LIMIT:
        break;
    }
}

static void add_list(struct work *w, vm_term t)
{
    for (; vm_is_list(t); t = vm_tail(w->base, t)) {
        w->words += LIST_WORDS;
        push_terms(w, vm_list_at(w->base, t), 1);
    }
    push_terms(w, &t, 1);
}

vm_term vm_bif_flat_size(struct vm_cpu *c, const vm_term *args)
{
    struct work w;
    w.base = c->base;
    w.words = 0;
    vm_stack_init(&w.stack);
    push_terms(&w, args, 1);
    while (!vm_stack_is_empty(&w.stack)) {
        vm_term t = vm_stack_pop(&w.stack);
        if (vm_is_list(t))
            add_list(&w, t);
        else
            add_boxed(&w, t);
    }
    vm_stack_done(&w.stack);
    c->reds -= (int64_t)(w.words / 64);
    return vm_make_unsigned(c, w.words);
}
