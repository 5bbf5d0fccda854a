#include "rewriter/pass.h"

#include <string.h>

#include "core-vm/base/file.h"
#include "rewriter/cas.h"
#include "tests/unit/main.h"

static struct rw_unit *unit;
static struct wb_text listing, notes;

static void setup(void)
{
    struct wb_bytes text wb_auto_unmap = {0};
    ck_ok(wb_file_map(CAS_FOLDER "/fact.cas", &text));
    ck_ok(rw_cas_read(text, &unit));
}

static void teardown(void)
{
    rw_unit_free(unit);
    wb_text_free(&listing);
    wb_text_free(&notes);
}

// Run one pass, which proves its result, and keep what the module looks like then.
static void run(const char *pass)
{
    ck_ok(rw_passes_run(unit, &pass, 1, &notes));
    wb_text_cut(&listing, 0);
    ck_ok(rw_cas_write(unit, &listing));
}

static bool has(const char *what)
{
    return strstr(wb_text_string(&listing), what) != NULL;
}

START_TEST(strip_keeps_what_runs)
{
    rw_chunk(unit, "Dbgi", wb_bytes_of("debug"));
    run("strip");
    ck_assert(has("chunks AtU8 Code StrT ImpT ExpT\n"));
    ck_assert(has("line fact.erl:4"));
    run("strip=lines");
    ck_assert(!has("line fact.erl"));
}
END_TEST

START_TEST(a_module_is_renamed_and_its_lines_are_not)
{
    run("rename=renamed");
    ck_assert(has("module renamed\n"));
    ck_assert(has("line fact.erl:4"));
}
END_TEST

START_TEST(a_function_is_renamed_where_it_is_named)
{
    run("rename=fact/1:factorial");
    ck_assert(has("exported function factorial/1"));
    ck_assert(has("call 1, factorial/1"));
    ck_assert(!has(" fact/1"));
}
END_TEST

START_TEST(a_proxy_calls_and_keeps_nothing_else)
{
    run("proxy=real");
    ck_assert(has("call_ext_only 1, real:fact/1"));
    ck_assert(!has("gc_bif2"));
    ck_assert(!has("-fun-0-"));
}
END_TEST

START_TEST(a_proxy_with_a_handler_asks_it)
{
    run("proxy=real@handler");
    ck_assert(has("call_ext_only 3, handler:call/3"));
}
END_TEST

START_TEST(calls_are_intercepted_in_three_ways)
{
    run("intercept=around@spy@fact:fact/1");
    ck_assert(has("call_ext_only 4, spy:around/4"));
    ck_assert(has("function '-fact/1-original-'/1"));
    ck_assert(!has("function '-kind/1-original-'/1"));
    ck_assert_str_eq(wb_text_string(&notes), "1 functions intercepted\n");
    run("intercept=before@spy@*:k*/1");
    ck_assert(has("call_ext 3, spy:before/3"));
    run("intercept=after@spy@fact:adder/*");
    ck_assert(has("call_ext_last 4, spy:'after'/4, 1"));
}
END_TEST

START_TEST(calls_are_traced)
{
    run("trace");
    ck_assert(has("call_ext 1, erlang:display/1"));
    run("trace=spy@fact:fact/1");
    ck_assert(has("call_ext 3, spy:trace/3"));
}
END_TEST

START_TEST(lines_are_counted)
{
    run("cover");
    ck_assert(has("call 2, '-cryo_cover-'/2"));
    ck_assert(has("call_ext 3, counters:add/3"));
    ck_assert_str_eq(wb_text_string(&notes),
                     "2 lines counted at 2 places; 0 places could not be\n");
    const char *again = "cover";
    ck_fails(rw_passes_run(unit, &again, 1, NULL), WB_E_STATE);
}
END_TEST

static void open_claims(void)
{
    struct wb_bytes text wb_auto_unmap = {0};
    rw_unit_free(unit);
    ck_ok(wb_file_map(CAS_FOLDER "/claims.cas", &text));
    ck_ok(rw_cas_read(text, &unit));
}

START_TEST(what_is_claimed_and_not_proved_is_tested)
{
    open_claims();
    run("assert-types");
    ck_assert_str_eq(wb_text_string(&notes),
                     "8 claims: 1 proved, 6 tested, 1 by a test before, 0 cannot be tested\n");
    ck_assert(has("    is_integer @1, x0\n"
                  "    is_ge @1, x0, 0\n"
                  "    is_ge @1, 10, x0\n"
                  "    gc_bif2 -, 1, erlang:'+'/2, x0:integer(0..10), 1, x0\n"
                  "    return\n"));
    ck_assert(has("    move {{claims,plus,1},{gc_bif2,0},{x,0},{integer,0,10}}, x1\n"
                  "    call_only 2, '-cryo_type-'/2\n"));
    ck_assert(has("    init_yregs [y2]\n"
                  "    call 2, '-cryo_type-'/2\n"
                  "    if_end\n"));
    ck_assert(has("    remove_message\n"
                  "    move {{claims,next,0},{get_hd,0},{x,0},cons}, x1\n"));
    const char *again = "assert-types";
    ck_fails(rw_passes_run(unit, &again, 1, NULL), WB_E_STATE);
}
END_TEST

START_TEST(what_is_proved_is_tested_when_all_is)
{
    open_claims();
    run("assert-types=all");
    ck_assert_str_eq(wb_text_string(&notes),
                     "8 claims: 1 proved, 8 tested, 0 by a test before, 0 cannot be tested\n");
    ck_assert(has("    is_map @2, x0\n"
                  "    gc_bif1 -, 1, erlang:map_size/1, x0:map, x0\n"));
}
END_TEST

START_TEST(a_claim_that_is_certainly_wrong_fails_at_once)
{
    static const char wrong[] = "module m\n"
                                "type_version 1\n"
                                "exported function f/0:\n"
                                "    move 5, x1\n"
                                "    move ok, x0\n"
                                "    is_eq_exact @1, x0:float, x1:integer(0..10)\n"
                                "  @1:\n"
                                "    return\n";
    static const char *const passes[] = {"assert-types", "assert-types=all"};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        rw_unit_free(unit);
        ck_ok(rw_cas_read(wb_bytes_of(wrong), &unit));
        run(passes[i]);
        ck_assert(has("    move ok, x0\n"
                      "    jump @2\n"
                      "    is_eq_exact @1, x0:float, x1:integer(0..10)\n"));
    }
}
END_TEST

START_TEST(what_claims_nothing_stays_as_it_is)
{
    run("assert-types");
    ck_assert_str_eq(wb_text_string(&notes),
                     "0 claims: 0 proved, 0 tested, 0 by a test before, 0 cannot be tested\n");
    ck_assert(!has("cryo_type"));
}
END_TEST

START_TEST(passes_run_by_stage)
{
    static const char *const passes[] = {"tidy", "intercept=before@spy", "rename=renamed"};
    ck_ok(rw_passes_run(unit, passes, 3, NULL));
    ck_ok(rw_cas_write(unit, &listing));
    ck_assert(has("module renamed"));
    ck_assert(has("move renamed, x0"));
}
END_TEST

START_TEST(what_makes_no_sense_is_said)
{
    static const struct {
        const char *pass, *fault;
    } faults[] = {
        {"nothing", "there is no pass nothing; cryo rewrite --list says which there are"},
        {"rename", "pass rename: say the new name: rename=NEW or rename=FUN/ARITY:NEW"},
        {"rename=x/9:y", "pass rename: there is no function x/9"},
        {"rename=kind/1:fact", "pass rename: there is a function fact/1 already"},
        {"proxy=fact", "pass proxy: a proxy of its own name would call itself for ever"},
        {"strip=all", "pass strip: all: the only option is lines"},
        {"intercept=around", "pass intercept: say how and who: "
                             "intercept=before|after|around@MODULE[@PATTERN]"},
        {"assert-types=some", "pass assert-types: some: the only option is all"},
        {"trace=m@x", "pass trace: x is no pattern as mod:fun/arity, *:*/*"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct wb_error *err = rw_passes_run(unit, &faults[i].pass, 1, NULL);
        ck_assert_ptr_nonnull(err);
        ck_assert_str_eq(err->text, faults[i].fault);
        wb_error_free(err);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("pass");
    TCase *tcase = tcase_create("pass");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, strip_keeps_what_runs);
    tcase_add_test(tcase, a_module_is_renamed_and_its_lines_are_not);
    tcase_add_test(tcase, a_function_is_renamed_where_it_is_named);
    tcase_add_test(tcase, a_proxy_calls_and_keeps_nothing_else);
    tcase_add_test(tcase, a_proxy_with_a_handler_asks_it);
    tcase_add_test(tcase, calls_are_intercepted_in_three_ways);
    tcase_add_test(tcase, calls_are_traced);
    tcase_add_test(tcase, lines_are_counted);
    tcase_add_test(tcase, what_is_claimed_and_not_proved_is_tested);
    tcase_add_test(tcase, what_is_proved_is_tested_when_all_is);
    tcase_add_test(tcase, a_claim_that_is_certainly_wrong_fails_at_once);
    tcase_add_test(tcase, what_claims_nothing_stays_as_it_is);
    tcase_add_test(tcase, passes_run_by_stage);
    tcase_add_test(tcase, what_makes_no_sense_is_said);
    suite_add_tcase(suite, tcase);
    return suite;
}
