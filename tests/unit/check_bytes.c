#include "core-vm/base/bytes.h"
#include "tests/unit/main.h"

static const uint8_t nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

START_TEST(numbers_are_big_endian)
{
    struct wb_reader r = {.rest = {nine, sizeof nine}};
    ck_assert_uint_eq(wb_read_u8(&r), 1);
    ck_assert_uint_eq(wb_read_u16(&r), 0x0203);
    ck_assert_uint_eq(wb_read_u32(&r), 0x04050607);
    ck_assert(!r.bad);
}
END_TEST

START_TEST(a_short_read_gives_zero_for_ever)
{
    struct wb_reader r = {.rest = {nine, 7}};
    ck_assert_uint_eq(wb_read_u64(&r), 0);
    ck_assert(r.bad);
    ck_assert_uint_eq(wb_read_u8(&r), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("bytes");
    TCase *core = tcase_create("core");
    tcase_add_test(core, numbers_are_big_endian);
    tcase_add_test(core, a_short_read_gives_zero_for_ever);
    suite_add_tcase(suite, core);
    return suite;
}
