#include "core-vm/base/json.h"

#include "tests/unit/main.h"

START_TEST(commas_stand_only_between)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_json json = {.text = &text};
    wb_json_object(&json);
    wb_json_key(&json, "list");
    wb_json_list(&json);
    wb_json_number(&json, UINT64_MAX);
    wb_json_integer(&json, -1);
    wb_json_object(&json);
    wb_json_end_object(&json);
    wb_json_end_list(&json);
    wb_json_key(&json, "none");
    wb_json_null(&json);
    wb_json_end_object(&json);
    ck_assert_str_eq(wb_text_string(&text),
                     "{\"list\":[18446744073709551615,-1,{}],\"none\":null}");
}
END_TEST

START_TEST(any_bytes_make_a_sound_string)
{
    static const uint8_t bytes[] = {'"', '\\', '\n', 1, 0xc3, 0xa5, 0xc3, 'x', 0xed, 0xa0, 0x80};
    struct wb_text text wb_auto_text = {0};
    struct wb_json json = {.text = &text};
    wb_json_string(&json, (struct wb_bytes){bytes, sizeof bytes});
    ck_assert_str_eq(wb_text_string(&text), "\"\\\"\\\\\\n\\u0001\xc3\xa5\xef\xbf\xbdx"
                                            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *core = tcase_create("core");
    tcase_add_test(core, commas_stand_only_between);
    tcase_add_test(core, any_bytes_make_a_sound_string);
    suite_add_tcase(suite, core);
    return suite;
}
