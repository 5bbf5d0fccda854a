#include "core-vm/vm/bits.h"

#include <math.h>
#include <string.h>

#include "tests/unit/main.h"

enum { ROOM = 64 };

// Bit `n` of bytes, the slow way.
static unsigned bit_at(const uint8_t *at, uint64_t n)
{
    return at[n / 8] >> (7 - n % 8) & 1;
}

static void fill(uint8_t *at, unsigned seed)
{
    for (unsigned i = 0; i < ROOM; i++)
        at[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
}

START_TEST(copied_bits_arrive_and_neighbours_stay)
{
    uint8_t from[ROOM], to[ROOM], before[ROOM];
    unsigned wrong = 0;
    for (unsigned start = 0; start < 10; start++)
        for (unsigned place = 0; place < 10; place++)
            for (unsigned count = 0; count < 200; count++) {
                fill(from, count);
                fill(to, start + 7);
                memcpy(before, to, ROOM);
                vm_bits_copy(to, place, from, start, count);
                for (unsigned i = 0; i < ROOM * 8; i++) {
                    bool inside = i >= place && i < place + count;
                    unsigned want = inside ? bit_at(from, start + i - place) : bit_at(before, i);
                    wrong += bit_at(to, i) != want;
                }
                wrong += !vm_bits_equal(to, place, from, start, count);
            }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(a_difference_of_one_bit_is_seen)
{
    uint8_t a[ROOM], b[ROOM];
    fill(a, 1);
    for (unsigned start = 0; start < 9; start++)
        for (unsigned i = 0; i < 150; i++) {
            memset(b, 0, ROOM);
            vm_bits_copy(b, 3, a, start, 150);
            b[(3 + i) / 8] ^= (uint8_t)(0x80 >> (3 + i) % 8);
            ck_assert(!vm_bits_equal(a, start, b, 3, 150));
        }
}
END_TEST

START_TEST(numbers_come_back_from_any_place)
{
    uint8_t at[ROOM];
    for (unsigned start = 0; start < 8; start++)
        for (unsigned count = 0; count <= 64; count++) {
            uint64_t mask = count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
            uint64_t n = UINT64_C(0x9E3779B97F4A7C15) & mask;
            fill(at, count);
            vm_bits_put(at, start, count, n);
            ck_assert_uint_eq(vm_bits_get(at, start, count), n);
            vm_bits_put_little(at, start, count, n);
            ck_assert_uint_eq(vm_bits_get_little(at, start, count), n);
        }
}
END_TEST

START_TEST(little_endian_puts_the_odd_bits_last)
{
    // <<16#ABC:12/little>> is <<16#BC, 16#A:4>>
    uint8_t at[2] = {0};
    vm_bits_put_little(at, 0, 12, 0xABC);
    ck_assert_mem_eq(at, "\xBC\xA0", 2);
}
END_TEST

START_TEST(halves_round_to_even_and_overflow_to_infinity)
{
    static const struct {
        double value;
        unsigned bits;
    } rows[] = {{0.0, 0},
                {-0.0, 0x8000},
                {1.0, 0x3C00},
                {-2.0, 0xC000},
                {65504.0, 0x7BFF},
                {65519.0, 0x7BFF},
                {65520.0, 0x7C00},
                {1.0e300, 0x7C00},
                {5.9604644775390625e-8, 1},
                {6.103515625e-5, 0x0400},
                {0.333251953125, 0x3555},
                {1.00048828125, 0x3C00},
                {1.00146484375, 0x3C02}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t at[2] = {0};
        double back;
        vm_bits_put_float(at, 0, 16, rows[i].value, 0);
        ck_assert_uint_eq(vm_bits_get(at, 0, 16), rows[i].bits);
        bool finite = vm_bits_get_float(at, 0, 16, 0, &back);
        ck_assert_int_eq(finite, rows[i].bits != 0x7C00);
    }
}
END_TEST

START_TEST(floats_that_are_no_numbers_do_not_match)
{
    uint8_t infinity[8] = {0x7F, 0xF0}, nan32[4] = {0x7F, 0xC0};
    double d;
    ck_assert(!vm_bits_get_float(infinity, 0, 64, 0, &d));
    ck_assert(!vm_bits_get_float(nan32, 0, 32, 0, &d));
    ck_assert(!vm_bits_get_float(nan32, 0, 24, 0, &d));
}
END_TEST

START_TEST(every_code_point_survives_utf8_and_utf16)
{
    uint8_t at[8];
    unsigned wrong = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        uint32_t back = 0;
        if (!vm_is_code_point(c))
            continue;
        vm_bits_put_utf8(at, 3, c);
        wrong += vm_bits_get_utf8(at, 3, 8 * vm_utf8_size(c), &back) != 8 * vm_utf8_size(c);
        wrong += back != c;
        vm_bits_put_utf16(at, 0, c, VM_SEGMENT_LITTLE);
        wrong += vm_bits_get_utf16(at, 0, 32, VM_SEGMENT_LITTLE, &back) != 8 * vm_utf16_size(c);
        wrong += back != c;
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(bad_utf8_is_refused)
{
    static const char *const bad[] = {
        "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF5", "\xE2\x82", "\xFF",     "\xE2(\xA1"};
    uint32_t c;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_uint_eq(vm_utf8_decode((const uint8_t *)bad[i], strlen(bad[i]), &c), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("bits");
    TCase *core = tcase_create("core");
    tcase_add_test(core, copied_bits_arrive_and_neighbours_stay);
    tcase_add_test(core, a_difference_of_one_bit_is_seen);
    tcase_add_test(core, numbers_come_back_from_any_place);
    tcase_add_test(core, little_endian_puts_the_odd_bits_last);
    tcase_add_test(core, halves_round_to_even_and_overflow_to_infinity);
    tcase_add_test(core, floats_that_are_no_numbers_do_not_match);
    tcase_add_test(core, every_code_point_survives_utf8_and_utf16);
    tcase_add_test(core, bad_utf8_is_refused);
    suite_add_tcase(suite, core);
    return suite;
}
