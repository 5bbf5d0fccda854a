#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/collect_priv.h"
#include "core-vm/vm/dictionary.h"
#include "core-vm/vm/object.h"
#include "tests/unit/main.h"

// A process whose roots are X registers, its stack and its dictionary, changed at random.
enum { X = 12, MOST_STACK = 300, PAIRS = 4 };

struct fixture {
    struct vm *vm;
    struct vm_cpu *c;
    struct vm_proc *proc;
    uint64_t random;
};

static uint64_t next_random(struct fixture *f)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return f->random;
}

static void begin(struct fixture *f, uint64_t max_memory)
{
    struct vm_options options = {.reserve = (uint64_t)4 << 30, .max_memory = max_memory};
    ck_ok(vm_new(&options, NULL, &f->vm));
    f->c = &vm_root(f->vm)->cpu;
    f->proc = vm_at(f->vm, vm_data_alloc(f->vm, sizeof *f->proc));
    *f->proc = (struct vm_proc){.group_leader = VM_NIL, .fullsweep_after = 65535};
    ck_assert(vm_heap_init(f->vm, f->proc, 233));
    f->c->proc = f->proc;
    f->random = 0x2545F4914F6CDD1D;
    for (int i = 0; i < X; i++)
        f->c->x[i] = VM_NIL;
}

static bool collect(struct fixture *f, size_t need, enum collect_scope scope)
{
    struct collector g = {.vm = f->vm, .x = f->c->x, .live = X};
    uint64_t aged = f->proc->high_water - f->proc->heap;
    if (scope == COLLECT_MINOR && f->proc->old_heap != 0 &&
        f->proc->old_hend - f->proc->old_htop < aged)
        scope = COLLECT_MAJOR;
    return collector_collect(&g, f->proc, need, scope);
}

// ---- what a term says, whatever it is made of: a hash of at most `budget` words of it

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t digest(const struct fixture *f, vm_term t, int *budget);

static uint64_t digest_raw(const char *base, const vm_term *at, uint64_t h)
{
    if (vm_subtag(*at) == VM_REFC_BIN) {
        const struct vm_binary *binary = (const void *)(base + at[2]);
        if (binary->references == 0 || binary->size != at[1])
            ck_abort_msg("a binary was given back while it was alive");
        return mix(mix(h, binary->size), binary->bytes[binary->size / 2]);
    }
    for (size_t i = 1; i <= vm_raw_words(*at); i++)
        h = mix(h, at[i]);
    return h;
}

static uint64_t digest(const struct fixture *f, vm_term t, int *budget)
{
    const char *base = f->c->base;
    if (!vm_is_pointer(t) || --*budget < 0)
        return mix(1, vm_is_pointer(t) ? 0 : t);
    if (vm_is_list(t)) {
        uint64_t h = digest(f, vm_head(base, t), budget);
        return mix(mix(2, h), digest(f, vm_tail(base, t), budget));
    }
    const vm_term *at = vm_boxed_at(base, t);
    uint64_t h = digest_raw(base, at, mix(3, *at));
    for (size_t i = 1 + vm_raw_words(*at); i <= vm_arity(*at); i++)
        h = mix(h, digest(f, at[i], budget));
    return h;
}

static uint64_t digest_all(const struct fixture *f)
{
    const struct vm_dictionary *d = vm_dictionary_of(f->c->base, f->proc);
    const vm_term *stack = vm_at(f->vm, f->proc->sp), *end = vm_at(f->vm, f->proc->hend);
    uint64_t h = 0;
    int budget = 500;
    for (int i = 0; i < X; i++, budget = 500)
        h = mix(h, digest(f, f->c->x[i], &budget));
    for (; stack < end; stack++, budget = 50)
        h = mix(h, digest(f, *stack, &budget));
    for (uint64_t i = 0; d != NULL && i < 2 * d->count; i++, budget = 500)
        h = mix(h, digest(f, d->pair[i], &budget));
    budget = 500;
    return mix(h, digest(f, f->proc->group_leader, &budget));
}

// ---- changing things

static vm_term any(struct fixture *f)
{
    return f->c->x[next_random(f) % X];
}

static vm_term random_binary(struct fixture *f)
{
    size_t size = next_random(f) % 200;
    vm_term binary = vm_make_binary(f->c, NULL, size);
    ck_assert_uint_ne(binary, VM_NONE);
    struct vm_bits bits = vm_bits_of(f->c->base, binary);
    if (size > 0)
        memset(bits.at, (int)(next_random(f) & 0xFF), size);
    if (size < 70 || next_random(f) % 2 == 0)
        return binary;
    return vm_make_sub_binary(f->c, binary, 3, size * 8 - 5);
}

static vm_term random_object(struct fixture *f, enum vm_subtag subtag, size_t arity)
{
    vm_term *at = vm_alloc(f->c, 1 + arity);
    ck_assert_ptr_nonnull(at);
    at[0] = vm_header(subtag, arity);
    for (size_t i = 1; i <= arity; i++)
        at[i] = i <= vm_raw_words(at[0]) ? next_random(f) : any(f);
    return vm_make_boxed(f->c->base, at);
}

static vm_term random_list(struct fixture *f)
{
    vm_term list = next_random(f) % 2 == 0 ? VM_NIL : any(f);
    for (uint64_t left = next_random(f) % 20; left > 0; left--)
        list = vm_make_cons(f->c, next_random(f) % 3 == 0 ? any(f) : vm_small((int64_t)left), list);
    return list;
}

static vm_term random_term(struct fixture *f)
{
    uint64_t n = next_random(f);
    switch (n % 12) {
    case 0:
        return vm_small((int64_t)(n % 1000));
    case 1:
        return VM_AM(ok);
    case 2:
        return random_object(f, VM_FUN, 3 + n / 16 % 4);
    case 3:
        return random_object(f, VM_POS_BIG, 1 + n / 16 % 6);
    case 4:
        return random_object(f, VM_HASH_MAP, 2 + n / 16 % 16);
    case 5:
        return random_object(f, VM_HASH_NODE, 1 + n / 16 % 16);
    case 6:
        return random_object(f, VM_FLAT_MAP, 1 + n / 16 % 8);
    case 7:
        return vm_make_float(f->c, (double)n);
    case 8:
        return random_binary(f);
    case 9:
        return random_list(f);
    }
    return random_object(f, VM_TUPLE, n / 16 % 10);
}

static void change_stack(struct fixture *f)
{
    uint64_t room = (f->proc->sp - f->proc->htop) / sizeof(vm_term) - VM_RESERVED_STACK;
    uint64_t used = (f->proc->hend - f->proc->sp) / sizeof(vm_term);
    uint64_t count = next_random(f) % 10;
    if (next_random(f) % 3 == 0) {
        f->proc->sp += sizeof(vm_term) * (count < used ? count : used);
        return;
    }
    for (; count > 0 && count < room && used < MOST_STACK; count--, used++) {
        f->proc->sp -= sizeof(vm_term);
        uint64_t n = next_random(f);
        vm_term word = n % 8 == 0 ? n & ~(uint64_t)7 : n % 8 == 1 ? n << 6 | VM_CATCH_TAG : any(f);
        *(vm_term *)vm_at(f->vm, f->proc->sp) = word;
    }
}

static void change_dictionary(struct fixture *f)
{
    struct vm_dictionary *d = vm_dictionary_of(f->c->base, f->proc);
    if (d == NULL) {
        f->proc->dictionary = vm_data_alloc(f->vm, sizeof *d + 2 * PAIRS * sizeof(vm_term));
        d = vm_dictionary_of(f->c->base, f->proc);
        *d = (struct vm_dictionary){.capacity = PAIRS};
    }
    d->count = 1 + next_random(f) % PAIRS;
    for (uint64_t i = 0; i < 2 * d->count; i++)
        d->pair[i] = any(f);
}

// A message that was received: its terms are in a fragment of the process.
static vm_term add_fragment(struct fixture *f)
{
    vm_term t = any(f);
    int budget = 500;
    digest(f, t, &budget);
    size_t words = budget < 0 ? 0 : vm_flat_words(f->vm, t);
    if (words == 0)
        return t;
    uint64_t at = vm_data_alloc(f->vm, sizeof(struct vm_fragment) + words * sizeof(vm_term));
    struct vm_fragment *fragment = vm_at(f->vm, at);
    *fragment = (struct vm_fragment){
        .next = f->proc->fragments, .at = at + sizeof *fragment, .words = words, .used = words};
    vm_term *hp = vm_at(f->vm, fragment->at);
    vm_term copy = vm_copy(f->vm, t, &hp, &fragment->off_heap);
    f->proc->fragments = at;
    f->proc->fragment_words += words;
    return copy;
}

static void change(struct fixture *f)
{
    switch (next_random(f) % 20) {
    case 0:
        change_stack(f);
        break;
    case 1:
        change_dictionary(f);
        break;
    case 2:
        f->proc->group_leader = any(f);
        break;
    case 3:
        f->c->x[next_random(f) % X] = add_fragment(f);
        break;
    case 4:
        f->c->x[next_random(f) % X] = VM_NIL;
        break;
    default:
        f->c->x[next_random(f) % X] = random_term(f);
    }
}

// Terms share parts, so what a random process holds can grow beyond bounds when it is unfolded.
static void forget_much(struct fixture *f)
{
    for (int i = 0; i < X; i++)
        f->c->x[i] = VM_NIL;
    if (f->proc->dictionary != 0)
        vm_dictionary_of(f->c->base, f->proc)->count = 0;
    f->proc->sp = f->proc->hend;
    f->proc->group_leader = VM_NIL;
}

static void drop_everything(struct fixture *f)
{
    forget_much(f);
    ck_assert(collect(f, 0, COLLECT_WHOLE));
    ck_assert_uint_eq(f->proc->off_heap, 0);
    vm_data_release(f->vm, f->proc->heap);
    vm_data_release(f->vm, f->proc->dictionary);
    vm_data_release(f->vm, vm_offset(f->vm, f->proc));
    ck_assert_uint_eq(vm_root(f->vm)->image.pool[VM_POOL_DATA].used, 0);
    vm_free(f->vm);
}

START_TEST(every_term_means_the_same_after_a_collection)
{
    struct fixture f;
    begin(&f, 0);
    for (int i = 0; i < 30000; i++) {
        change(&f);
        uint64_t choice = next_random(&f) % 64;
        if (choice > 4)
            continue;
        enum collect_scope scope = choice < 3   ? COLLECT_MINOR
                                   : choice < 4 ? COLLECT_MAJOR
                                                : COLLECT_WHOLE;
        size_t need = next_random(&f) % 500;
        uint64_t before = digest_all(&f);
        ck_assert(collect(&f, need, scope));
        ck_assert_uint_eq(digest_all(&f), before);
        ck_assert_uint_eq(f.proc->fragments, 0);
        ck_assert_uint_ge(f.proc->sp - f.proc->htop, (need + VM_RESERVED_STACK) * 8);
        ck_assert_uint_eq(f.proc->high_water, f.proc->htop);
        if (next_random(&f) % 100 == 0)
            forget_much(&f);
    }
    drop_everything(&f);
}
END_TEST

START_TEST(a_collection_without_memory_changes_nothing)
{
    struct fixture f;
    begin(&f, 1 << 20);
    f.c->x[0] = VM_NIL;
    while ((f.proc->sp - f.proc->htop) / 8 > 40 || f.proc->hend - f.proc->heap < 300000) {
        f.c->x[0] = vm_make_cons(f.c, vm_make_float(f.c, 1.5), f.c->x[0]);
        if ((f.proc->sp - f.proc->htop) / 8 < 40 && !collect(&f, 40, COLLECT_MINOR))
            break;
    }
    uint64_t before = digest_all(&f);
    struct vm_proc proc = *f.proc;
    uint64_t used = vm_root(f.vm)->image.pool[VM_POOL_DATA].used;
    ck_assert(!collect(&f, 100000, COLLECT_MINOR));
    ck_assert(!collect(&f, SIZE_MAX / 4, COLLECT_WHOLE));
    ck_assert_mem_eq(&proc, f.proc, sizeof proc);
    ck_assert_uint_eq(vm_root(f.vm)->image.pool[VM_POOL_DATA].used, used);
    ck_assert_uint_eq(digest_all(&f), before);
    vm_free(f.vm);
}
END_TEST

START_TEST(terms_of_a_queued_message_stay_where_they_are)
{
    struct fixture f;
    begin(&f, 0);
    vm_term queued[4] = {vm_header(VM_TUPLE, 1), VM_AM(ok)};
    vm_term *message = vm_at(f.vm, vm_data_alloc(f.vm, sizeof queued));
    memcpy(message, queued, sizeof queued);
    vm_term t = vm_make_boxed(f.c->base, message);
    f.proc->flags |= VM_PROC_FRAGILE;
    f.c->x[0] = t;
    f.c->x[1] = random_object(&f, VM_TUPLE, 3);
    f.c->x[2] = f.c->x[1];
    f.c->x[2] = add_fragment(&f);
    uint64_t before = digest_all(&f);
    for (int scope = COLLECT_MINOR; scope <= COLLECT_WHOLE; scope++) {
        ck_assert(collect(&f, 0, (enum collect_scope)scope));
        ck_assert_uint_eq(f.c->x[0], t);
        ck_assert_mem_eq(message, queued, sizeof queued);
        ck_assert_uint_eq(digest_all(&f), before);
    }
    vm_free(f.vm);
}
END_TEST

START_TEST(binaries_go_when_the_last_term_goes)
{
    struct fixture f;
    begin(&f, 0);
    f.c->x[0] = vm_make_binary(f.c, NULL, 1000000);
    f.c->x[1] = vm_make_sub_binary(f.c, f.c->x[0], 800, 800000);
    for (int i = 0; i < 3; i++)
        ck_assert(collect(&f, 0, COLLECT_MINOR));
    ck_assert_uint_ne(f.proc->old_off_heap, 0);
    f.c->x[0] = VM_NIL;
    ck_assert(collect(&f, 0, COLLECT_MAJOR));
    ck_assert_uint_ne(f.proc->old_off_heap, 0);
    f.c->x[1] = VM_NIL;
    ck_assert(collect(&f, 0, COLLECT_MAJOR));
    ck_assert_uint_eq(f.proc->old_off_heap, 0);
    ck_assert_uint_lt(vm_root(f.vm)->image.pool[VM_POOL_DATA].used, 100000);
    vm_free(f.vm);
}
END_TEST

enum { DEEP = 1000000 };

START_TEST(terms_a_million_deep_are_collected)
{
    struct fixture f;
    begin(&f, 0);
    for (int i = 0; i < DEEP; i++) {
        if ((f.proc->sp - f.proc->htop) / 8 < 20 + VM_RESERVED_STACK)
            ck_assert(collect(&f, 20, COLLECT_MINOR));
        f.c->x[0] = vm_make_cons(f.c, f.c->x[0], VM_NIL);
    }
    ck_assert(collect(&f, 0, COLLECT_WHOLE));
    int depth = 0;
    for (vm_term t = f.c->x[0]; vm_is_list(t); t = vm_head(f.c->base, t))
        depth++;
    ck_assert_int_eq(depth, DEEP);
    vm_free(f.vm);
}
END_TEST

START_TEST(a_heap_that_was_large_gets_small_again)
{
    struct fixture f;
    begin(&f, 0);
    for (int i = 0; i < 200000; i++)
        f.c->x[0] = vm_make_cons(f.c, vm_small(i), f.c->x[0]);
    ck_assert(collect(&f, 0, COLLECT_MINOR));
    ck_assert_uint_gt(f.proc->hend - f.proc->heap, 200000 * 16);
    f.c->x[0] = VM_NIL;
    for (int i = 0; i < 12; i++)
        ck_assert(collect(&f, 0, COLLECT_MINOR));
    ck_assert(collect(&f, 0, COLLECT_MAJOR));
    ck_assert_uint_lt(vm_root(f.vm)->image.pool[VM_POOL_DATA].used, 200000);
    vm_free(f.vm);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("collect");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, every_term_means_the_same_after_a_collection);
    tcase_add_test(core, a_collection_without_memory_changes_nothing);
    tcase_add_test(core, terms_of_a_queued_message_stay_where_they_are);
    tcase_add_test(core, binaries_go_when_the_last_term_goes);
    tcase_add_test(core, terms_a_million_deep_are_collected);
    tcase_add_test(core, a_heap_that_was_large_gets_small_again);
    suite_add_tcase(suite, core);
    return suite;
}
