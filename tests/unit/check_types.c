#include "core-vm/format/verify_type.h"

#include <string.h>

#include "tests/unit/main.h"

// What the verifier knows of values: sets of terms, joined, met and taken from each other.

static struct wb_arena arena;
static struct beam_module module;
static struct types types;
static vtype ok, error, small, any_tuple, pair, tagged;

static void setup(void)
{
    static struct wb_bytes atoms[3];
    atoms[1] = wb_bytes_of("ok");
    atoms[2] = wb_bytes_of("error");
    memset(&module, 0, sizeof module);
    module.atoms.at = atoms;
    module.atoms.count = 3;
    types_init(&types, &module, &arena, 64);
    ok = type_atom(&types, 1);
    error = type_atom(&types, 2);
    small = type_integer(&types, 0, 10);
    any_tuple = type_of(&types, T_TUPLE);
    pair = type_tuple(&types, 2, true, (const vtype[]){ok, small}, 2);
    tagged = type_tuple(&types, 2, true, (const vtype[]){error, TYPE_ANY}, 2);
}

static void teardown(void)
{
    wb_arena_free(&arena);
}

static void assert_shown(vtype type, const char *want, int line)
{
    struct wb_text text wb_auto_text = {0};
    type_show(&types, type, &text);
    ck_assert_msg(strcmp(wb_text_string(&text), want) == 0, "line %d: %s is not %s", line,
                  wb_text_string(&text), want);
}

#define SHOWN(type, want) assert_shown((type), (want), __LINE__)
#define JOIN(a, b)        type_join(&types, (a), (b))
#define MEET(a, b)        type_meet(&types, (a), (b))
#define MINUS(a, b)       type_minus(&types, (a), (b))

START_TEST(equal_sets_have_one_number)
{
    ck_assert_uint_eq(type_atom(&types, 1), ok);
    ck_assert_uint_eq(type_tuple(&types, 2, true, (const vtype[]){ok, small}, 2), pair);
    ck_assert_uint_eq(JOIN(ok, error), JOIN(error, ok));
    ck_assert_uint_eq(JOIN(JOIN(ok, pair), tagged), JOIN(ok, JOIN(tagged, pair)));
    ck_assert_uint_eq(type_of(&types, T_ANY), TYPE_ANY);
}
END_TEST

START_TEST(joining_keeps_what_both_have)
{
    SHOWN(JOIN(ok, error), "ok|error");
    SHOWN(JOIN(small, type_integer(&types, 90, 99)), "0..99");
    SHOWN(JOIN(pair, tagged), "{ok,0..10}|{error,_ x 1}");
    SHOWN(JOIN(pair, type_tuple(&types, 2, true, (const vtype[]){ok, error}, 2)),
          "{ok,error|0..10}");
    SHOWN(JOIN(pair, type_tuple(&types, 3, false, NULL, 0)), "{_ x 2,...}");
    SHOWN(JOIN(ok, TYPE_ANY), "any");
    ck_assert_uint_eq(JOIN(TYPE_NONE, pair), pair);
    ck_assert_uint_eq(JOIN(TYPE_UNSET, pair), TYPE_UNSET);
}
END_TEST

START_TEST(meeting_keeps_what_can_be_both)
{
    ck_assert_uint_eq(MEET(ok, error), TYPE_NONE);
    ck_assert_uint_eq(MEET(JOIN(ok, error), ok), ok);
    ck_assert_uint_eq(MEET(pair, any_tuple), pair);
    ck_assert_uint_eq(MEET(JOIN(pair, tagged), type_with_element(&types, 0, error)), tagged);
    ck_assert_uint_eq(MEET(pair, type_tuple(&types, 3, false, NULL, 0)), TYPE_NONE);
    SHOWN(MEET(small, type_integer(&types, 5, 90)), "5..10");
    SHOWN(MEET(TYPE_ANY, type_fun(&types, 2)), "fun/2");
    ck_assert_uint_eq(MEET(type_fun(&types, 1), type_fun(&types, 2)), TYPE_NONE);
}
END_TEST

START_TEST(only_what_is_certainly_there_is_taken_away)
{
    ck_assert_uint_eq(MINUS(JOIN(ok, error), ok), error);
    ck_assert_uint_eq(MINUS(ok, ok), TYPE_NONE);
    ck_assert_uint_eq(MINUS(TYPE_ANY, ok), TYPE_ANY);
    ck_assert_uint_eq(MINUS(JOIN(ok, pair), any_tuple), ok);
    ck_assert_uint_eq(MINUS(JOIN(pair, tagged), tagged), pair);
    ck_assert_uint_eq(MINUS(pair, tagged), pair);
    SHOWN(MINUS(small, type_integer(&types, 0, 0)), "1..10");
    SHOWN(MINUS(small, type_integer(&types, 5, 5)), "0..10");
    SHOWN(MINUS(type_list(&types, ok, true, T_LIST), type_of(&types, T_NIL)), "[ok,...]");
}
END_TEST

START_TEST(types_are_no_deeper_than_they_may_be)
{
    vtype deep = ok;
    for (int i = 0; i < 50; i++) {
        deep = type_tuple(&types, 1, true, &deep, 1);
        ck_assert_uint_le(types.at[deep].depth, MOST_DEPTH);
    }
    SHOWN(deep, "{{{{{tuple}}}}}");
    for (int i = 0; i < 50; i++)
        deep = type_list(&types, deep, true, T_LIST);
    SHOWN(deep, "[[[[[[any]?]]]]]");
}
END_TEST

START_TEST(there_are_only_so_many_types)
{
    vtype all = TYPE_NONE;
    for (uint32_t i = 0; i < 3 * MOST_SHAPES; i++)
        all = JOIN(all, type_tuple(&types, i, true, NULL, 0));
    SHOWN(all, "tuple");
    all = TYPE_NONE;
    for (uint32_t i = 0; i < 2 * MOST_ATOMS; i++)
        all = JOIN(all, type_atom(&types, 10 + i));
    SHOWN(all, "atom");
    for (uint32_t i = 0; i < MOST_TYPES + 100; i++)
        all = type_integer(&types, i, i);
    SHOWN(all, "integer");
}
END_TEST

START_TEST(what_grows_often_is_widened)
{
    vtype list = type_list(&types, pair, true, T_LIST);
    vtype more = type_list(&types, JOIN(pair, tagged), true, T_LIST);
    ck_assert_uint_eq(type_grow(&types, list, list, true), list);
    SHOWN(type_grow(&types, list, more, false), "[{ok,0..10}|{error,_ x 1}]");
    SHOWN(type_grow(&types, list, more, true), "[tuple]");
    SHOWN(type_grow(&types, ok, JOIN(ok, error), false), "atom");
    SHOWN(type_grow(&types, ok, JOIN(ok, small), true), "any");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("types");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, setup, teardown);
    tcase_add_test(core, equal_sets_have_one_number);
    tcase_add_test(core, joining_keeps_what_both_have);
    tcase_add_test(core, meeting_keeps_what_can_be_both);
    tcase_add_test(core, only_what_is_certainly_there_is_taken_away);
    tcase_add_test(core, types_are_no_deeper_than_they_may_be);
    tcase_add_test(core, there_are_only_so_many_types);
    tcase_add_test(core, what_grows_often_is_widened);
    suite_add_tcase(suite, core);
    return suite;
}
