#include "core-vm/format/chunk.h"

#include <string.h>

#include "tests/unit/main.h"

static struct wb_arena arena;

static struct wb_error *read_text(const char *text, size_t size, struct beam_chunks *ret)
{
    return beam_chunks_read((struct wb_bytes){(const uint8_t *)text, size}, &arena, ret);
}

static void teardown(void)
{
    wb_arena_free(&arena);
}

static const char twice[] = "FOR1\0\0\0\x1c"
                            "BEAM"
                            "Atom\0\0\0\x01"
                            "x\1\2\3"
                            "Atom\0\0\0\x03"
                            "yzw\0"
                            "after";

START_TEST(what_is_read_is_written_back)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_chunks chunks;
    ck_ok(read_text(twice, sizeof twice - 1, &chunks));
    ck_assert_uint_eq(chunks.count, 2);
    beam_chunks_write(&chunks, &text);
    ck_assert_uint_eq(text.size, sizeof twice - 1);
    ck_assert_mem_eq(text.at, twice, text.size);
}
END_TEST

START_TEST(of_a_repeated_chunk_the_last_counts)
{
    struct beam_chunks chunks;
    ck_ok(read_text(twice, sizeof twice - 1, &chunks));
    ck_assert_uint_eq(beam_chunks_find(&chunks, "Atom")->data.size, 3);
    ck_assert_ptr_null(beam_chunks_find(&chunks, "Code"));
}
END_TEST

START_TEST(a_changed_chunk_changes_the_size)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_chunks chunks;
    ck_ok(read_text(twice, sizeof twice - 1, &chunks));
    beam_chunk_set(&chunks.at[0], wb_bytes_of("hello"));
    beam_chunks_measure(&chunks);
    beam_chunks_write(&chunks, &text);
    ck_assert_uint_eq(text.size, sizeof twice - 1 + 4);
    struct beam_chunks again;
    ck_ok(read_text(text.at, text.size, &again));
    ck_assert_mem_eq(again.at[0].data.at, "hello\0\0\0", 8);
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    for (size_t size = 0; size < sizeof twice - 1 - strlen("after"); size++) {
        struct beam_chunks chunks;
        ck_fails(read_text(twice, size, &chunks), WB_E_BAD_DATA);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("chunk");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, NULL, teardown);
    tcase_add_test(core, what_is_read_is_written_back);
    tcase_add_test(core, of_a_repeated_chunk_the_last_counts);
    tcase_add_test(core, a_changed_chunk_changes_the_size);
    tcase_add_test(core, every_cut_is_noticed);
    suite_add_tcase(suite, core);
    return suite;
}
