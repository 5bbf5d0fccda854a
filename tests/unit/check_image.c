#include <stdlib.h>
#include <string.h>

#include "core-vm/base/asan.h"
#include "core-vm/vm/image.h"
#include "tests/unit/main.h"

enum { ROOT = 16384, CODE = 1 << 20, SLOTS = 400 };
#define SIZE ((uint64_t)64 << 20)

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct vm_image new_image(void)
{
    struct vm_image image;
    ck_ok(vm_image_new(SIZE, ROOT, CODE, &image));
    return image;
}

static const struct vm_pool *pool_of(const struct vm_image *image, enum vm_pool_name name)
{
    return &((const struct vm_image_head *)(const void *)image->base)->pool[name];
}

// ---- the allocator against a model: each slot remembers its offset, size and what it is filled
// with

struct slot {
    uint64_t at;
    size_t size;
    uint8_t fill;
};

static void check_slot(const struct vm_image *image, const struct slot *slot)
{
    const uint8_t *bytes = vm_image_at(image, slot->at);
    size_t i = 0;
    while (i < slot->size && bytes[i] == slot->fill)
        i++;
    ck_assert_uint_eq(i, slot->size);
}

static size_t random_size(uint64_t *random)
{
    uint64_t n = next_random(random);
    switch (n % 4) {
    case 0:
        return n / 4 % 40;
    case 1:
        return n / 4 % 600;
    case 2:
        return n / 4 % 5000;
    }
    return n / 4 % 90000;
}

static void change_slot(struct vm_image *image, struct slot *slot, uint64_t *random)
{
    size_t size = random_size(random);
    check_slot(image, slot);
    if (slot->at == 0) {
        slot->at =
            vm_image_alloc(image, next_random(random) % 8 == 0 ? VM_POOL_CODE : VM_POOL_DATA, size);
        slot->size = slot->at == 0 ? 0 : size;
    } else if (size < slot->size && size % 2 == 0) {
        vm_image_shrink(image, slot->at, size);
        slot->size = size;
    } else if (size > slot->size && size % 2 == 0) {
        if (vm_image_extend(image, slot->at, size))
            slot->size = size;
    } else {
        vm_image_release(image, slot->at);
        *slot = (struct slot){0};
    }
    if (slot->at == 0)
        return;
    ck_assert_uint_ge(vm_image_block_size(image, slot->at), slot->size);
    ck_assert_uint_eq(slot->at % 16, 0);
    slot->fill = (uint8_t)next_random(random);
    memset(vm_image_at(image, slot->at), slot->fill, slot->size);
}

START_TEST(blocks_keep_their_bytes_whatever_happens_to_others)
{
    struct vm_image image = new_image();
    struct slot slots[SLOTS] = {0};
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 60000; i++)
        change_slot(&image, &slots[next_random(&random) % SLOTS], &random);
    for (size_t i = 0; i < SLOTS; i++) {
        check_slot(&image, &slots[i]);
        if (slots[i].at != 0)
            vm_image_release(&image, slots[i].at);
    }
    for (int i = 0; i < VM_POOL_COUNT; i++) {
        const struct vm_pool *pool = pool_of(&image, (enum vm_pool_name)i);
        ck_assert_uint_eq(pool->used, 0);
        ck_assert_uint_eq(pool->top, pool->start);
        ck_assert_uint_eq(pool->first_map, 0);
    }
    vm_image_free(&image);
}
END_TEST

START_TEST(neighbours_that_are_free_become_one_block)
{
    struct vm_image image = new_image();
    uint64_t at[4];
    for (int i = 0; i < 4; i++)
        at[i] = vm_image_alloc(&image, VM_POOL_DATA, 1000);
    vm_image_release(&image, at[0]);
    vm_image_release(&image, at[2]);
    vm_image_release(&image, at[1]);
    ck_assert_uint_eq(vm_image_alloc(&image, VM_POOL_DATA, 2900), at[0]);
    vm_image_free(&image);
}
END_TEST

START_TEST(a_full_pool_says_so_and_serves_again_after_a_release)
{
    struct vm_image image = new_image();
    uint64_t last = 0, count = 0;
    for (;;) {
        uint64_t at = vm_image_alloc(&image, VM_POOL_CODE, 1000);
        if (at == 0)
            break;
        last = at;
        count++;
    }
    ck_assert_uint_gt(count, CODE / 1016 - 2);
    ck_assert_uint_eq(vm_image_alloc(&image, VM_POOL_CODE, SIZE_MAX), 0);
    ck_assert_uint_eq(vm_image_alloc(&image, VM_POOL_CODE, SIZE_MAX - 10), 0);
    ck_assert_uint_eq(vm_image_alloc(&image, VM_POOL_CODE, 1000), 0);
    vm_image_release(&image, last);
    ck_assert_uint_eq(vm_image_alloc(&image, VM_POOL_CODE, 1000), last);
    ck_assert_uint_ne(vm_image_alloc(&image, VM_POOL_DATA, 1000), 0);
    vm_image_free(&image);
}
END_TEST

// ---- files

static struct vm_image image_with_blocks(struct slot *slots, size_t count)
{
    struct vm_image image = new_image();
    uint64_t random = 42;
    for (size_t i = 0; i < count * 20; i++)
        change_slot(&image, &slots[next_random(&random) % count], &random);
    return image;
}

START_TEST(an_opened_image_is_the_saved_one_and_goes_on_like_it)
{
    struct slot slots[SLOTS] = {0};
    struct vm_image image = image_with_blocks(slots, SLOTS), again;
    struct wb_text file wb_auto_text = {0};
    wb_text_put(&file, "before");
    ck_ok(vm_image_save(&image, NULL, &file));
    struct wb_bytes bytes = {wb_text_bytes(&file).at + 6, file.size - 6};
    ck_ok(vm_image_open(bytes, ROOT, &again));
    uint64_t random = 7, random_again = 7;
    struct slot slots_again[SLOTS];
    memcpy(slots_again, slots, sizeof slots);
    for (int i = 0; i < 2000; i++) {
        size_t which = (size_t)i % SLOTS;
        change_slot(&image, &slots[which], &random);
        change_slot(&again, &slots_again[which], &random_again);
        ck_assert_uint_eq(slots[which].at, slots_again[which].at);
    }
    vm_image_free(&image);
    vm_image_free(&again);
}
END_TEST

START_TEST(a_saved_image_is_no_larger_than_what_is_in_use)
{
    struct vm_image image = new_image();
    uint64_t at = vm_image_alloc(&image, VM_POOL_DATA, 32 << 20), random = 1;
    uint64_t *words = vm_image_at(&image, at);
    for (size_t i = 0; i < (32u << 20) / 8; i++)
        words[i] = next_random(&random);
    ck_assert_uint_ne(vm_image_alloc(&image, VM_POOL_DATA, 10), 0);
    vm_image_release(&image, at);
    struct wb_text file wb_auto_text = {0};
    ck_ok(vm_image_save(&image, NULL, &file));
    ck_assert_uint_lt(file.size, 2000);
    vm_image_free(&image);
}
END_TEST

static struct wb_text small_file(void)
{
    struct slot slots[8] = {0};
    struct vm_image image = image_with_blocks(slots, 8);
    struct wb_text file = {0};
    ck_ok(vm_image_save(&image, NULL, &file));
    vm_image_free(&image);
    return file;
}

// Compressed data may say the same thing in two ways.
static bool is_same_image(struct vm_image *image, const struct wb_text *file)
{
    struct wb_text again wb_auto_text = {0};
    ck_ok(vm_image_save(image, NULL, &again));
    vm_image_free(image);
    return wb_bytes_equal(wb_text_bytes(&again), wb_text_bytes(file));
}

START_TEST(damage_to_any_byte_is_noticed)
{
    struct wb_text file wb_auto_text = small_file();
    for (size_t i = 0; i < file.size; i++) {
        struct vm_image image;
        file.at[i] = (char)(file.at[i] ^ (1 << i % 8));
        struct wb_error *err = vm_image_open(wb_text_bytes(&file), ROOT, &image);
        file.at[i] = (char)(file.at[i] ^ (1 << i % 8));
        ck_assert_msg(err != NULL || is_same_image(&image, &file),
                      "a flipped bit in byte %zu went unnoticed", i);
        wb_error_free(err);
    }
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    struct wb_text file wb_auto_text = small_file();
    for (size_t i = 0; i < file.size; i++) {
        struct vm_image image;
        uint8_t *cut = malloc(i + 1);
        memcpy(cut, file.at, i);
        struct wb_error *err = vm_image_open((struct wb_bytes){.at = cut, .size = i}, ROOT, &image);
        ck_assert_msg(err != NULL, "a cut at byte %zu went unnoticed", i);
        wb_error_free(err);
        free(cut);
    }
}
END_TEST

START_TEST(an_image_with_another_root_is_refused)
{
    struct wb_text file wb_auto_text = small_file();
    struct vm_image image;
    ck_fails(vm_image_open(wb_text_bytes(&file), ROOT + 8, &image), WB_E_UNSUPPORTED);
}
END_TEST

START_TEST(free_blocks_are_watched_again_after_their_bytes_were_copied)
{
    struct vm_image image = new_image();
    uint8_t bytes[4096];
    uint64_t at = vm_image_alloc(&image, VM_POOL_DATA, 1000);
    ck_assert_uint_ne(vm_image_alloc(&image, VM_POOL_DATA, 100), 0);
    vm_image_release(&image, at);
    const struct vm_pool *pool = pool_of(&image, VM_POOL_DATA);
    const void *inside = vm_image_at(&image, at + 500);
    ck_assert_uint_le(pool->top - pool->start, sizeof bytes);
    vm_image_take(&image, pool->start, pool->top - pool->start, bytes);
    ck_assert_int_eq(wb_is_poisoned(inside), WB_ASAN);
    vm_image_put(&image, pool->start, pool->top - pool->start, bytes);
    ck_assert_int_eq(wb_is_poisoned(inside), 0);
    vm_image_is_put(&image);
    ck_assert_int_eq(wb_is_poisoned(inside), WB_ASAN);
    vm_image_free(&image);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("image");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, blocks_keep_their_bytes_whatever_happens_to_others);
    tcase_add_test(core, neighbours_that_are_free_become_one_block);
    tcase_add_test(core, a_full_pool_says_so_and_serves_again_after_a_release);
    tcase_add_test(core, an_opened_image_is_the_saved_one_and_goes_on_like_it);
    tcase_add_test(core, a_saved_image_is_no_larger_than_what_is_in_use);
    tcase_add_test(core, damage_to_any_byte_is_noticed);
    tcase_add_test(core, every_cut_is_noticed);
    tcase_add_test(core, an_image_with_another_root_is_refused);
    tcase_add_test(core, free_blocks_are_watched_again_after_their_bytes_were_copied);
    suite_add_tcase(suite, core);
    return suite;
}
