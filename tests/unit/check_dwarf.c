// Reads the layout of this very program's structs from its own debug information.
#include <stddef.h>

#include "inspector/target/otp/dwarf.h"
#include "tests/unit/main.h"

struct inner {
    char a;
    union {
        short b;
        long c[3];
    } u;
    struct {
        int hidden;
        char tail[5];
    };
};
typedef struct {
    char first;
    const volatile struct inner in;
    struct inner *pointer;
    unsigned char flags[7];
} outer_type;

static const outer_type example = {.first = 1};

static struct otp_dwarf *dwarf;

static void setup(void)
{
    ck_ok(otp_dwarf_open("/proc/self/exe", &dwarf));
}

static void teardown(void)
{
    otp_dwarf_close(dwarf);
}

#define ck_member(type, text, path)                                              \
    do {                                                                         \
        struct otp_member_place place_ = otp_dwarf_member(dwarf, (text), #path); \
        ck_assert_int_eq(place_.offset, (int64_t)offsetof(type, path));          \
        ck_assert_int_eq(place_.size, (int64_t)sizeof(((type *)0)->path));       \
    } while (0)

START_TEST(members_are_where_the_compiler_put_them)
{
    ck_assert_int_eq(example.first, 1);
    ck_member(struct inner, "struct inner", u);
    ck_member(struct inner, "struct inner", u.c);
    ck_member(struct inner, "struct inner", hidden);
    ck_member(struct inner, "struct inner", tail);
    ck_member(outer_type, "outer_type", in);
    ck_member(outer_type, "outer_type", in.u.b);
    ck_member(outer_type, "outer_type", pointer);
    ck_member(outer_type, "outer_type", flags);
}
END_TEST

START_TEST(sizes_are_the_compilers)
{
    ck_assert_int_eq(otp_dwarf_size(dwarf, "struct inner"), sizeof(struct inner));
    ck_assert_int_eq(otp_dwarf_size(dwarf, "outer_type"), sizeof(outer_type));
}
END_TEST

START_TEST(what_is_not_there_is_minus_one)
{
    ck_assert_int_eq(otp_dwarf_size(dwarf, "struct nothing_like_this"), -1);
    ck_assert_int_eq(otp_dwarf_member(dwarf, "outer_type", "nothing").offset, -1);
    ck_assert_int_eq(otp_dwarf_member(dwarf, "outer_type", "first.deeper").offset, -1);
}
END_TEST

START_TEST(a_stripped_file_has_no_layouts)
{
    struct otp_dwarf *none;
    ck_fails(otp_dwarf_open("/bin/true", &none), WB_E_UNSUPPORTED);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("dwarf");
    TCase *core = tcase_create("core");
    tcase_add_unchecked_fixture(core, setup, teardown);
    tcase_add_test(core, members_are_where_the_compiler_put_them);
    tcase_add_test(core, sizes_are_the_compilers);
    tcase_add_test(core, what_is_not_there_is_minus_one);
    tcase_add_test(core, a_stripped_file_has_no_layouts);
    suite_add_tcase(suite, core);
    return suite;
}
