#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/decimal.h"
#include "tests/unit/main.h"

START_TEST(decimals_are_the_shortest_that_read_back)
{
    static const struct {
        double real;
        const char *text;
    } rows[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {100.0, "100.0"},
        {1000.0, "1.0e3"},
        {120.0, "120.0"},
        {1200.0, "1.2e3"},
        {123456.0, "123456.0"},
        {0.1, "0.1"},
        {-0.0001, "-0.0001"},
        {0.00012, "1.2e-4"},
        {1.0e-5, "1.0e-5"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {9007199254740991.0, "9007199254740991.0"},
        {9007199254740992.0, "9.007199254740992e15"},
        {1.0e22, "1.0e22"},
        {1.0e23, "1.0e23"},
        {5.0e-324, "5.0e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {0x1p-44, "5.684341886080802e-14"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[WB_DECIMAL_SIZE + 1];
        text[wb_decimal_text(rows[i].real, text)] = '\0';
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

static double random_double(unsigned *seed)
{
    uint64_t bits = 0;
    double d;
    for (int i = 0; i < 5; i++)
        bits = bits << 15 ^ (uint64_t)rand_r(seed);
    memcpy(&d, &bits, sizeof d);
    return d;
}

START_TEST(every_text_reads_back)
{
    unsigned seed = 1;
    for (int i = 0; i < 200000; i++) {
        double d = random_double(&seed);
        char text[WB_DECIMAL_SIZE + 1];
        if (!isfinite(d))
            continue;
        text[wb_decimal_text(d, text)] = '\0';
        ck_assert_msg(strtod(text, NULL) == d, "%a as %s", d, text);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("decimal");
    TCase *tcase = tcase_create("decimal");
    tcase_add_test(tcase, decimals_are_the_shortest_that_read_back);
    tcase_add_test(tcase, every_text_reads_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
