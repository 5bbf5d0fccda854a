#include <string.h>

#include "core-vm/format/compare.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/values.h"
#include "core-vm/vm/vm_impl.h"
#include "tests/unit/main.h"

struct fixture {
    struct vm *vm;
    struct vm_cpu *c;
    struct vm_proc proc;  // its heap is empty: all terms go to fragments
    struct wb_arena arena;
};

static void begin(struct fixture *f)
{
    ck_ok(vm_new(&(struct vm_options){.reserve = (uint64_t)1 << 30}, NULL, &f->vm));
    f->c = &vm_root(f->vm)->cpu;
    f->proc = (struct vm_proc){0};
    f->c->proc = &f->proc;
    f->arena = (struct wb_arena){0};
}

static void end(struct fixture *f)
{
    wb_arena_free(&f->arena);
    vm_free(f->vm);
}

static struct beam_value small(int64_t n)
{
    return (struct beam_value){.kind = BEAM_SMALL, .small = n};
}

static struct beam_value atom(const char *text)
{
    return (struct beam_value){.kind = BEAM_ATOM, .text = wb_bytes_of(text)};
}

static struct beam_value parts(struct fixture *f, enum beam_kind kind, const struct beam_value *at,
                               size_t count)
{
    struct beam_value *copy = wb_push_array(&f->arena, struct beam_value, count);
    memcpy(copy, at, count * sizeof *copy);
    return (struct beam_value){.kind = kind, .part = {.at = copy, .count = count}};
}
#define PARTS(f, kind, ...)                                      \
    parts((f), (kind), (const struct beam_value[]){__VA_ARGS__}, \
          sizeof((const struct beam_value[]){__VA_ARGS__}) / sizeof(struct beam_value))

// A map with count keys in order: 0, 1, 2, ... to squares, or to lists of the key.
static struct beam_value map_of(struct fixture *f, size_t count)
{
    struct beam_value *at = wb_push_array(&f->arena, struct beam_value, 2 * count);
    for (size_t i = 0; i < count; i++) {
        at[2 * i] = small((int64_t)i);
        at[2 * i + 1] = i % 2 == 0 ? small((int64_t)(i * i))
                                   : PARTS(f, BEAM_CONS, at[2 * i], {.kind = BEAM_NIL});
    }
    return (struct beam_value){.kind = BEAM_MAP, .part = {.at = at, .count = 2 * count}};
}

static struct beam_value everything(struct fixture *f)
{
    static const uint64_t limbs[] = {1, 2, 3};
    static const uint8_t bytes[200] = {1, 2, 3, 0xF8};
    static const struct beam_id pid = {.count = 2, .word = {77, 3}};
    static const struct beam_id ref = {.count = 3, .word = {5, 6, 7}};
    static struct beam_id other = {.creation = 9, .count = 3, .word = {1, 2, 3}};
    static struct beam_value creator = {.kind = BEAM_PID, .id = &pid};
    static struct beam_value captured[2] = {{.kind = BEAM_PID, .id = &pid}, {.kind = BEAM_NIL}};
    static struct beam_fun fun = {.arity = 2,
                                  .index = 4,
                                  .old_uniq = 5,
                                  .uniq = {1, 2},
                                  .free = captured,
                                  .count = 2,
                                  .creator = &creator};
    static struct beam_fun export = {.arity = 3};
    other.node = wb_bytes_of("other@host");
    fun.module = export.module = wb_bytes_of("m");
    export.function = wb_bytes_of("f");
    struct beam_value inner = PARTS(f, BEAM_TUPLE, map_of(f, 100), map_of(f, 32), map_of(f, 33));
    return PARTS(f, BEAM_TUPLE, small(5), small(INT64_MIN), atom("an atom"), atom(""), inner,
                 {.kind = BEAM_BIG, .big = {.negative = true, .limb = limbs, .count = 3}},
                 {.kind = BEAM_FLOAT, .real = 1.25},
                 {.kind = BEAM_BINARY, .binary = {.at = bytes, .bits = 29}},
                 {.kind = BEAM_BINARY, .binary = {.at = bytes, .bits = 1600}},
                 {.kind = BEAM_PID, .id = &pid}, {.kind = BEAM_REF, .id = &ref},
                 {.kind = BEAM_REF, .id = &other}, {.kind = BEAM_PID, .id = &other},
                 {.kind = BEAM_PORT, .id = &pid}, {.kind = BEAM_FUN, .fun = &fun},
                 {.kind = BEAM_EXPORT, .fun = &export}, PARTS(f, BEAM_TUPLE, small(1)),
                 PARTS(f, BEAM_CONS, small(1), small(2), small(3)));
}

static void check_equal(const struct beam_value *a, const struct beam_value *b)
{
    struct wb_text one wb_auto_text = {0}, other wb_auto_text = {0};
    beam_print(a, (struct beam_print){0}, &one);
    beam_print(b, (struct beam_print){0}, &other);
    ck_assert_str_eq(wb_text_string(&one), wb_text_string(&other));
    ck_assert_int_eq(beam_compare(a, b, true), 0);
}

START_TEST(values_become_terms_and_values_again)
{
    struct fixture f;
    begin(&f);
    struct beam_value value = everything(&f), again;
    vm_term t = vm_term_of_value(f.c, &value);
    ck_assert_uint_ne(t, VM_NONE);
    ck_ok(vm_look_term(f.vm, t, 100, SIZE_MAX, &f.arena, &again));
    check_equal(&value, &again);
    end(&f);
}
END_TEST

START_TEST(literals_are_in_one_block_of_the_code_pool)
{
    struct fixture f;
    begin(&f);
    struct beam_value values[] = {everything(&f), small(1), map_of(&f, 500)};
    vm_term terms[3];
    struct vm_literals literals;
    uint64_t used = vm_root(f.vm)->image.pool[VM_POOL_DATA].used;
    ck_ok(vm_literals_new(f.vm, values, 3, terms, &literals));
    ck_assert_uint_eq(vm_root(f.vm)->image.pool[VM_POOL_DATA].used, used);
    ck_assert_uint_eq(terms[1], vm_small(1));
    for (size_t i = 0; i < 3; i++) {
        struct beam_value again;
        ck_ok(vm_look_term(f.vm, terms[i], 100, SIZE_MAX, &f.arena, &again));
        check_equal(&values[i], &again);
        ck_assert(i == 1 || (terms[i] >= literals.at && terms[i] < literals.at + literals.size));
        ck_assert_uint_eq(vm_flat_words(f.vm, terms[i]), 0);
    }
    ck_assert_uint_eq(vm_map_get(f.vm, terms[2], vm_small(400)), vm_small(160000));
    vm_literals_free(f.vm, &literals);
    end(&f);
}
END_TEST

START_TEST(what_cannot_be_a_term_is_refused)
{
    struct fixture f;
    begin(&f);
    struct beam_value value = PARTS(&f, BEAM_TUPLE, small(1), {.kind = BEAM_UNREAD, .bits = 2});
    vm_term term;
    struct vm_literals literals;
    ck_assert_uint_eq(vm_term_of_value(f.c, &value), VM_NONE);
    ck_assert_uint_eq(f.proc.exception.reason, VM_AM(badarg));
    ck_fails(vm_literals_new(f.vm, &value, 1, &term, &literals), WB_E_LIMIT);
    end(&f);
}
END_TEST

static void check_look(struct fixture *f, vm_term t, unsigned depth, size_t length,
                       const char *expected)
{
    struct beam_value value;
    struct wb_text text wb_auto_text = {0};
    ck_ok(vm_look_term(f->vm, t, depth, length, &f->arena, &value));
    beam_print(&value, (struct beam_print){0}, &text);
    ck_assert_str_eq(wb_text_string(&text), expected);
}

START_TEST(depth_and_length_limit_what_is_read)
{
    struct fixture f;
    begin(&f);
    struct beam_value list = PARTS(&f, BEAM_CONS, small(1), PARTS(&f, BEAM_TUPLE, small(2)),
                                   small(3), {.kind = BEAM_NIL});
    struct beam_value value = PARTS(&f, BEAM_TUPLE, list, atom("a"));
    vm_term t = vm_term_of_value(f.c, &value);
    check_look(&f, t, 9, 9, "{[1,{2},3],a}");
    check_look(&f, t, 2, 9, "{[1,...,3],a}");
    check_look(&f, t, 1, 9, "{...,a}");
    check_look(&f, t, 0, 9, "...");
    check_look(&f, t, 9, 2, "{[1,{2}|...],a}");
    end(&f);
}
END_TEST

START_TEST(values_a_million_deep_are_built_and_read)
{
    struct fixture f;
    begin(&f);
    struct beam_value value = small(0), again;
    for (int i = 0; i < 1000000; i++)
        value = PARTS(&f, BEAM_TUPLE, value);
    vm_term t = vm_term_of_value(f.c, &value);
    ck_ok(vm_look_term(f.vm, t, UINT32_MAX, SIZE_MAX, &f.arena, &again));
    int depth = 0;
    for (; again.kind == BEAM_TUPLE; again = again.part.at[0])
        depth++;
    ck_assert_int_eq(depth, 1000000);
    end(&f);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Every word of the heap in turn becomes something else: a pointer, a header, anything.
START_TEST(damaged_terms_are_read_as_far_as_they_are_sound)
{
    struct fixture f;
    begin(&f);
    struct beam_value value = everything(&f), again;
    vm_term t = vm_term_of_value(f.c, &value);
    size_t words = vm_flat_words(f.vm, t);
    uint64_t random = 99, off_heap = 0;
    uint64_t at = vm_data_alloc(f.vm, words * sizeof(vm_term));
    vm_term *hp = vm_at(f.vm, at), *first = hp;
    t = vm_copy(f.vm, t, &hp, &off_heap);
    for (size_t round = 0; round < 20 * words; round++) {
        struct wb_mark mark = wb_arena_mark(&f.arena);
        vm_term *word = &first[round % words], before = *word;
        uint64_t n = next_random(&random);
        *word = n % 3 == 0 ? n : n % 3 == 1 ? at + n % (words * 8) : *word ^ (uint64_t)1 << n % 64;
        ck_ok(vm_look_term(f.vm, t, 12, 1000, &f.arena, &again));
        ck_ok(vm_look_term(f.vm, n, 12, 1000, &f.arena, &again));
        *word = before;
        wb_arena_rewind(&f.arena, mark);
    }
    ck_ok(vm_look_term(f.vm, t, 12, 1000, &f.arena, &again));
    check_equal(&value, &again);
    end(&f);
}
END_TEST

START_TEST(a_ring_of_cells_has_an_end)
{
    struct fixture f;
    begin(&f);
    vm_term ring = vm_make_cons(f.c, vm_small(1), VM_NIL);
    vm_list_at(f.c->base, ring)[1] = ring;
    check_look(&f, ring, 5, 3, "[1,1,1|...]");
    vm_list_at(f.c->base, ring)[0] = ring;
    struct beam_value value;
    ck_ok(vm_look_term(f.vm, ring, 1000, 1000, &f.arena, &value));
    end(&f);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("values");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, values_become_terms_and_values_again);
    tcase_add_test(core, literals_are_in_one_block_of_the_code_pool);
    tcase_add_test(core, what_cannot_be_a_term_is_refused);
    tcase_add_test(core, depth_and_length_limit_what_is_read);
    tcase_add_test(core, values_a_million_deep_are_built_and_read);
    tcase_add_test(core, damaged_terms_are_read_as_far_as_they_are_sound);
    tcase_add_test(core, a_ring_of_cells_has_an_end);
    suite_add_tcase(suite, core);
    return suite;
}
