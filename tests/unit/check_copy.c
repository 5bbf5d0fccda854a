#include "core-vm/vm/heap.h"
#include "core-vm/vm/object.h"
#include "core-vm/vm/vm_impl.h"
#include "tests/unit/main.h"

struct fixture {
    struct vm *vm;
    struct vm_cpu *c;
    struct vm_proc proc;  // its heap is empty: all terms go to fragments
};

static void begin(struct fixture *f)
{
    ck_ok(vm_new(&(struct vm_options){.reserve = (uint64_t)4 << 30}, NULL, &f->vm));
    f->c = &vm_root(f->vm)->cpu;
    f->proc = (struct vm_proc){0};
    f->c->proc = &f->proc;
}

// Copy to a block of its own, as a message is. Its terms' first word and their number in *words.
static vm_term copied(struct fixture *f, vm_term t, size_t *words, uint64_t *off_heap)
{
    *words = vm_flat_words(f->vm, t);
    vm_term *at = vm_at(f->vm, vm_data_alloc(f->vm, *words * sizeof(vm_term))), *hp = at;
    vm_term copy = vm_copy(f->vm, t, &hp, off_heap);
    ck_assert_uint_eq((size_t)(hp - at), *words);
    return copy;
}

enum { DEEP = 1000000 };

START_TEST(lists_a_million_deep_are_copied)
{
    struct fixture f;
    begin(&f);
    vm_term t = VM_NIL;
    for (int i = 0; i < DEEP; i++)
        t = vm_make_cons(f.c, t, VM_NIL);
    size_t words;
    uint64_t off_heap = 0;
    vm_term copy = copied(&f, t, &words, &off_heap);
    ck_assert_uint_eq(words, 2 * (size_t)DEEP);
    int depth = 0;
    for (; vm_is_list(copy); copy = vm_head(f.c->base, copy))
        depth++;
    ck_assert_int_eq(depth, DEEP);
    vm_free(f.vm);
}
END_TEST

START_TEST(tuples_a_million_deep_are_copied)
{
    struct fixture f;
    begin(&f);
    vm_term t = VM_NIL;
    for (int i = 0; i < DEEP; i++)
        t = vm_make_tuple(f.c, 2, (vm_term[]){vm_small(i), t});
    size_t words;
    uint64_t off_heap = 0;
    vm_term copy = copied(&f, t, &words, &off_heap);
    ck_assert_uint_eq(words, 3 * (size_t)DEEP);
    int left = DEEP;
    for (; vm_is_boxed(copy); copy = vm_boxed_at(f.c->base, copy)[2])
        ck_assert(vm_boxed_at(f.c->base, copy)[1] == vm_small(--left));
    ck_assert_int_eq(left, 0);
    vm_free(f.vm);
}
END_TEST

START_TEST(a_term_that_unfolds_without_end_is_too_large_and_not_measured_forever)
{
    struct fixture f;
    begin(&f);
    vm_term t = VM_NIL;
    for (int i = 0; i < 200; i++)
        t = vm_make_cons(f.c, t, t);
    ck_assert_uint_gt(vm_flat_words(f.vm, t), f.vm->image.size / sizeof(vm_term));
    ck_assert_uint_eq(vm_box_new(f.vm, t), 0);
    vm_free(f.vm);
}
END_TEST

START_TEST(copies_share_large_binaries_and_count_them)
{
    struct fixture f;
    begin(&f);
    vm_term binary = vm_make_binary(f.c, NULL, 1000);
    const struct vm_binary *bytes = vm_refc_binary(f.c->base, binary);
    vm_term sub = vm_make_sub_binary(f.c, binary, 3, 900);
    vm_term t = vm_make_tuple(f.c, 3, (vm_term[]){binary, sub, binary});
    ck_assert_uint_eq(bytes->references, 1);
    size_t words;
    uint64_t off_heap = 0;
    vm_term copy = copied(&f, t, &words, &off_heap);
    ck_assert_uint_eq(words, 4 + 4 + 5 + 4 + 4);
    ck_assert_uint_eq(bytes->references, 4);
    struct vm_bits bits = vm_bits_of(f.c->base, vm_boxed_at(f.c->base, copy)[2]);
    ck_assert_ptr_eq(bits.at, bytes->bytes);
    ck_assert_uint_eq(bits.start, 3);
    ck_assert_uint_eq(bits.bits, 900);
    vm_off_heap_drop(f.vm, off_heap);
    ck_assert_uint_eq(bytes->references, 1);
    vm_free(f.vm);
}
END_TEST

START_TEST(literals_are_not_copied_unless_asked)
{
    struct fixture f;
    begin(&f);
    vm_term *literal = vm_at(f.vm, vm_image_alloc(&f.vm->image, VM_POOL_CODE, 64));
    literal[0] = vm_header(VM_TUPLE, 1);
    literal[1] = VM_AM(ok);
    vm_term inner = vm_make_boxed(f.c->base, literal);
    vm_term t = vm_make_cons(f.c, inner, VM_NIL);
    size_t words;
    uint64_t off_heap = 0;
    ck_assert_uint_eq(vm_head(f.c->base, copied(&f, t, &words, &off_heap)), inner);
    ck_assert_uint_eq(words, 2);
    const struct vm_box *box = vm_at(f.vm, vm_box_new(f.vm, t));
    ck_assert_uint_eq(box->words, 4);
    ck_assert_uint_ne(vm_head(f.c->base, box->term), inner);
    ck_assert(vm_is_tuple_of(f.c->base, vm_head(f.c->base, box->term), 1));
    vm_free(f.vm);
}
END_TEST

START_TEST(small_pieces_of_binaries_are_copies_and_unaligned_bytes_come_right)
{
    struct fixture f;
    begin(&f);
    uint8_t bytes[100], room[100];
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    vm_term binary = vm_make_binary(f.c, bytes, sizeof bytes);
    vm_term piece = vm_make_sub_binary(f.c, binary, 80, 64);
    ck_assert(vm_is_kind(f.c->base, piece, VM_HEAP_BIN));
    ck_assert_mem_eq(vm_binary_bytes(f.c->base, piece, room), bytes + 10, 8);
    vm_term shifted = vm_make_sub_binary(f.c, binary, 4, 95 * 8);
    const uint8_t *got = vm_binary_bytes(f.c->base, shifted, room);
    for (uint8_t i = 0; i < 95; i++)
        ck_assert_uint_eq(got[i], (uint8_t)(bytes[i] << 4 | bytes[i + 1] >> 4));
    vm_free(f.vm);
}
END_TEST

START_TEST(references_keep_their_numbers)
{
    struct fixture f;
    begin(&f);
    static const uint64_t raw[][2] = {
        {1, 0}, {0x3FFFF, 0}, {0xFEDCBA9876543210, 7}, {5, UINT64_MAX}};
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        uint32_t word[VM_REFERENCE_WORDS], again[VM_REFERENCE_WORDS];
        vm_term ref = vm_make_reference_to(f.c, raw[i][1]);
        vm_boxed_at(f.c->base, ref)[1] = raw[i][0];
        unsigned count = vm_reference_words(f.c->base, ref, word);
        ck_assert_uint_eq(count, raw[i][1] == 0 ? 3 : 5);
        vm_term copy = vm_make_reference_of(f.c, word, count);
        ck_assert_uint_eq(vm_boxed_at(f.c->base, copy)[1], raw[i][0]);
        ck_assert_uint_eq(vm_boxed_at(f.c->base, copy)[2], raw[i][1]);
        ck_assert_uint_eq(vm_reference_words(f.c->base, copy, again), count);
    }
    vm_free(f.vm);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("copy");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, lists_a_million_deep_are_copied);
    tcase_add_test(core, tuples_a_million_deep_are_copied);
    tcase_add_test(core, a_term_that_unfolds_without_end_is_too_large_and_not_measured_forever);
    tcase_add_test(core, copies_share_large_binaries_and_count_them);
    tcase_add_test(core, literals_are_not_copied_unless_asked);
    tcase_add_test(core, small_pieces_of_binaries_are_copies_and_unaligned_bytes_come_right);
    tcase_add_test(core, references_keep_their_numbers);
    suite_add_tcase(suite, core);
    return suite;
}
