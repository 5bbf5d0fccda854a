#include "core-vm/base/text.h"
#include "tests/unit/main.h"

START_TEST(appended_text_is_kept_in_order)
{
    struct wb_text text wb_auto_text = {0};
    ck_assert_str_eq(wb_text_string(&text), "");
    wb_text_put(&text, "abc");
    for (int i = 0; i < 1000; i++)
        wb_text_printf(&text, "%d,", i);
    wb_text_cut(&text, 7);
    wb_text_put_utf8(&text, 0x20ac);
    ck_assert_str_eq(wb_text_string(&text), "abc0,1,\xe2\x82\xac");
}
END_TEST

START_TEST(numbers_are_big_endian)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_put_u16(&text, 0x0102);
    wb_text_put_u32(&text, 0x03040506);
    wb_text_put_u64(&text, 7);
    ck_assert_uint_eq(text.size, 14);
    ck_assert_mem_eq(text.at, "\1\2\3\4\5\6\0\0\0\0\0\0\0\7", 14);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *core = tcase_create("core");
    tcase_add_test(core, appended_text_is_kept_in_order);
    tcase_add_test(core, numbers_are_big_endian);
    suite_add_tcase(suite, core);
    return suite;
}
