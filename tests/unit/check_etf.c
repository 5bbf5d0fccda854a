#include "core-vm/format/etf.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/format/compare.h"
#include "core-vm/format/print.h"
#include "tests/unit/main.h"

static struct wb_arena arena;

static void teardown(void)
{
    wb_arena_free(&arena);
}

static struct wb_error *read_term(const char *at, size_t size, struct beam_value *ret)
{
    return beam_etf_read((struct wb_bytes){(const uint8_t *)at, size}, &arena, NULL, ret);
}
#define TERM(text) text, sizeof(text) - 1

static void assert_prints(const char *at, size_t size, const char *want)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_value value;
    ck_ok(read_term(at, size, &value));
    beam_print(&value, (struct beam_print){0}, &text);
    ck_assert_str_eq(wb_text_string(&text), want);
}

// {abc, 1.5, <<1,2,3:3>>, [1 | #{a => -1}], 2^64}
static const char sample[] = "\203h\5d\0\3abc"
                             "F\77\370\0\0\0\0\0\0"
                             "M\0\0\0\3\3\1\2\140"
                             "l\0\0\0\1a\1t\0\0\0\1d\0\1ab\377\377\377\377"
                             "n\11\0\0\0\0\0\0\0\0\0\1";

START_TEST(a_term_is_read_and_written_back)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_value value;
    assert_prints(TERM(sample), "{abc,1.5,<<1,2,3:3>>,[1|#{a => -1}],18446744073709551616}");
    ck_ok(read_term(TERM(sample), &value));
    ck_ok(beam_etf_write(&value, &text));
    ck_assert_uint_eq(text.size, sizeof sample - 1);
    ck_assert_mem_eq(text.at, sample, text.size);
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    for (size_t size = 0; size < sizeof sample - 1; size++) {
        struct beam_value value;
        ck_fails(read_term(sample, size, &value), WB_E_BAD_DATA);
    }
}
END_TEST

START_TEST(old_forms_are_understood)
{
    assert_prints(TERM("\203g"
                       "d\0\1n\0\0\0\2\0\0\0\0\1"),
                  "<n.2.0>");
    assert_prints(TERM("\203e"
                       "d\0\1n\0\0\0\2\1"),
                  "#Ref<n.2>");
    assert_prints(TERM("\203f"
                       "d\0\1n\0\0\0\2\1"),
                  "#Port<n.2>");
    assert_prints(TERM("\203c1.50000000000000000000e+00\0\0\0\0\0"), "1.5");
    assert_prints(TERM("\203s\1\351"), "é");
}
END_TEST

START_TEST(a_tail_that_is_a_list_belongs_to_the_list)
{
    assert_prints(TERM("\203l\0\0\0\1a\1l\0\0\0\2a\2a\3k\0\2\4\5"), "[1,2,3,4,5]");
    assert_prints(TERM("\203l\0\0\0\0a\7"), "7");
    assert_prints(TERM("\203l\0\0\0\0k\0\1x"), "[120]");
}
END_TEST

START_TEST(map_keys_are_sorted_and_unique)
{
    struct beam_value value;
    assert_prints(TERM("\203t\0\0\0\3jjF\77\360\0\0\0\0\0\0ja\1j"),
                  "#{1 => [],1.0 => [],[] => []}");
    ck_fails(read_term(TERM("\203t\0\0\0\2a\1ja\1j"), &value), WB_E_BAD_DATA);
}
END_TEST

// Sizes that would allocate gigabytes, and tuples that each promise all that is left.
START_TEST(lying_sizes_are_refused)
{
    struct beam_value value;
    ck_fails(read_term(TERM("\203i\377\377\377\377j"), &value), WB_E_BAD_DATA);
    ck_fails(read_term(TERM("\203l\377\377\377\377j"), &value), WB_E_BAD_DATA);
    ck_fails(read_term(TERM("\203t\200\0\0\0jj"), &value), WB_E_BAD_DATA);
    ck_fails(read_term(TERM("\203o\377\377\377\377\0j"), &value), WB_E_BAD_DATA);
    ck_fails(read_term(TERM("\203h\5h\4h\3h\2jjj"), &value), WB_E_BAD_DATA);
    ck_fails(read_term(TERM("\203P\377\377\377\377x\234"), &value), WB_E_LIMIT);
}
END_TEST

START_TEST(depth_is_no_danger)
{
    enum { DEPTH = 1000000 };
    struct wb_text text wb_auto_text = {0}, again wb_auto_text = {0};
    struct beam_value value, other;
    wb_text_put_char(&text, (char)131);
    for (int i = 0; i < DEPTH; i++)
        wb_text_put_bytes(&text, "h\1", 2);
    wb_text_put_char(&text, 'j');
    ck_ok(beam_etf_read(wb_text_bytes(&text), &arena, NULL, &value));
    ck_ok(beam_etf_read(wb_text_bytes(&text), &arena, NULL, &other));
    ck_ok(beam_etf_write(&value, &again));
    ck_assert(wb_bytes_equal(wb_text_bytes(&text), wb_text_bytes(&again)));
    ck_assert_int_eq(beam_compare(&value, &other, true), 0);
    wb_text_cut(&again, 0);
    beam_print(&value, BEAM_PRINT_P, &again);
    ck_assert_uint_gt(again.size, 1000);
}
END_TEST

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

START_TEST(terms_are_ordered_as_otp_orders_them)
{
    static const uint64_t two64[] = {0, 1};
    static const struct beam_value ascending[] = {
        {.kind = BEAM_BIG, .big = {true, two64, 2}},
        {.kind = BEAM_SMALL, .small = INT64_MIN},
        {.kind = BEAM_FLOAT, .real = -1.5},
        {.kind = BEAM_SMALL, .small = -1},
        {.kind = BEAM_SMALL, .small = (1LL << 53) + 1},
        {.kind = BEAM_FLOAT, .real = 0x1p53 + 2},
        {.kind = BEAM_FLOAT, .real = 0x1.fffffffffffffp63},
        {.kind = BEAM_BIG, .big = {false, two64, 2}},
        {.kind = BEAM_FLOAT, .real = 0x1.0000000000001p64},
        {.kind = BEAM_ATOM, .text = {(const uint8_t *)"a", 1}},
        {.kind = BEAM_TUPLE},
        {.kind = BEAM_NIL},
        {.kind = BEAM_BINARY},
    };
    enum { COUNT = sizeof ascending / sizeof *ascending };
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
            ck_assert_int_eq(sign(beam_compare(&ascending[i], &ascending[j], false)), sign(i - j));
    struct beam_value one = {.kind = BEAM_SMALL, .small = 1},
                      real = {.kind = BEAM_FLOAT, .real = 1};
    ck_assert_int_eq(beam_compare(&one, &real, false), 0);
    ck_assert_int_lt(beam_compare(&one, &real, true), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("etf");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, NULL, teardown);
    tcase_add_test(core, a_term_is_read_and_written_back);
    tcase_add_test(core, every_cut_is_noticed);
    tcase_add_test(core, old_forms_are_understood);
    tcase_add_test(core, a_tail_that_is_a_list_belongs_to_the_list);
    tcase_add_test(core, map_keys_are_sorted_and_unique);
    tcase_add_test(core, lying_sizes_are_refused);
    tcase_add_test(core, depth_is_no_danger);
    tcase_add_test(core, terms_are_ordered_as_otp_orders_them);
    suite_add_tcase(suite, core);
    return suite;
}
