#include "core-vm/format/print.h"

#include <string.h>

#include "core-vm/format/etf.h"
#include "tests/unit/main.h"

// How OTP prints is compared with OTP in the corpus suite; here is what OTP cannot tell.

static struct wb_arena arena;

static void teardown(void)
{
    wb_arena_free(&arena);
}

static void assert_prints(const char *etf, size_t size, struct beam_print how, const char *want)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_value value;
    ck_ok(beam_etf_read((struct wb_bytes){(const uint8_t *)etf, size}, &arena, NULL, &value));
    beam_print(&value, how, &text);
    ck_assert_str_eq(wb_text_string(&text), want);
}
#define TERM(text) text, sizeof(text) - 1

// {'Elixir.Foo', nil, "ab" as binary, #{a => 1}, [{k, v}], fun 'Elixir.Foo':'b?'/1, <0.9.0>}
static const char sample[] = "\203h\7d\0\12Elixir.Food\0\3nilm\0\0\0\2abt\0\0\0\1d\0\1aa\1"
                             "l\0\0\0\1h\2d\0\1kd\0\1vjqd\0\12Elixir.Food\0\2b?a\1"
                             "Xd\0\15nonode@nohost\0\0\0\11\0\0\0\0\0\0\0\0";

START_TEST(elixir_is_another_syntax)
{
    assert_prints(TERM(sample), (struct beam_print){.elixir = true},
                  "{Foo, nil, \"ab\", %{a: 1}, [k: :v], &Foo.b?/1, #PID<0.9.0>}");
    assert_prints(
        TERM(sample), (struct beam_print){.strings = true},
        "{'Elixir.Foo',nil,<<\"ab\">>,#{a => 1},[{k,v}],fun 'Elixir.Foo':'b?'/1,<0.9.0>}");
}
END_TEST

static void assert_value_prints(const struct beam_value *value, struct beam_print how,
                                const char *want)
{
    struct wb_text text wb_auto_text = {0};
    beam_print(value, how, &text);
    ck_assert_str_eq(wb_text_string(&text), want);
}

START_TEST(what_is_redacted_keeps_its_shape)
{
    static const uint8_t bytes[] = "secret";
    struct beam_value text[] = {
        {.kind = BEAM_SMALL, .small = 'h'}, {.kind = BEAM_SMALL, .small = 'i'}, {.kind = BEAM_NIL}};
    struct beam_value map[] = {{.kind = BEAM_ATOM, .text = wb_bytes_of("key")},
                               {.kind = BEAM_FLOAT, .real = 2.5}};
    struct beam_value part[] = {{.kind = BEAM_ATOM, .text = wb_bytes_of("user")},
                                {.kind = BEAM_SMALL, .small = 4711},
                                {.kind = BEAM_BINARY, .binary = {bytes, 48}},
                                {.kind = BEAM_CONS, .part = {text, 3}},
                                {.kind = BEAM_MAP, .part = {map, 2}}};
    struct beam_value term = {.kind = BEAM_TUPLE, .part = {part, 5}};
    assert_value_prints(&term, (struct beam_print){.redact = true},
                        "{user,_,<<_:48>>,[_,_],#{key => _}}");
    assert_value_prints(&term, (struct beam_print){.redact = true, .strings = true, .width = 80},
                        "{user,_,<<_:48>>,\"_\",#{key => _}}");
    assert_value_prints(&term, (struct beam_print){.redact = true, .elixir = true},
                        "{:user, _, <<_::48>>, '_', %{key: _}}");
}
END_TEST

START_TEST(a_limit_stops_long_terms)
{
    struct beam_value part[1000], list = {.kind = BEAM_CONS, .part = {part, 1000}};
    for (int i = 0; i < 1000; i++)
        part[i] = (struct beam_value){.kind = i < 999 ? BEAM_SMALL : BEAM_NIL, .small = 200};
    struct wb_text text wb_auto_text = {0};
    beam_print(&list, (struct beam_print){.limit = 10}, &text);
    ck_assert_str_eq(wb_text_string(&text), "[200,200,200|...]");
    for (int i = 0; i < 999; i++)
        part[i].small = 'x';
    wb_text_cut(&text, 0);
    beam_print(&list, (struct beam_print){.strings = true, .limit = 4}, &text);
    ck_assert_str_eq(wb_text_string(&text), "\"xxx\"...");
}
END_TEST

START_TEST(what_was_not_read_says_so)
{
    struct beam_value part[2] = {{.kind = BEAM_UNREAD}, {.kind = BEAM_UNREADABLE}};
    struct beam_value tuple = {.kind = BEAM_TUPLE, .part = {part, 2}};
    struct wb_text text wb_auto_text = {0};
    beam_print(&tuple, BEAM_PRINT_P, &text);
    ck_assert_str_eq(wb_text_string(&text), "{...,<unreadable>}");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("print");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, NULL, teardown);
    tcase_add_test(core, elixir_is_another_syntax);
    tcase_add_test(core, what_is_redacted_keeps_its_shape);
    tcase_add_test(core, a_limit_stops_long_terms);
    tcase_add_test(core, what_was_not_read_says_so);
    suite_add_tcase(suite, core);
    return suite;
}
