#include "rewriter/flow.h"

#include "rewriter/cas.h"
#include "rewriter/types.h"
#include "tests/unit/main.h"

// A diamond: both ways from the entry join in @2.
static const char diamond[] = "module m\n"
                              "exported function f/2:\n"
                              "    allocate 1, 2\n"
                              "    move x1, y0\n"
                              "    is_eq_exact @1, x0, 0\n"
                              "    move 1, x0\n"
                              "    jump @2\n"
                              "  @1:\n"
                              "    call 2, f/2\n"
                              "  @2:\n"
                              "    move y0, x1\n"
                              "    gc_bif2 -, 2, erlang:'+'/2, x0, x1, x0\n"
                              "    deallocate 1\n"
                              "    return\n";

static struct rw_unit *unit;
static struct wb_arena arena;
static struct rw_flow flow;

static void setup(void)
{
    ck_ok(rw_cas_read(wb_bytes_of(diamond), &unit));
    rw_flow(unit->first, &arena, &flow);
}

static void teardown(void)
{
    rw_unit_free(unit);
    wb_arena_free(&arena);
}

static struct rw_ins *find(uint8_t op)
{
    for (struct rw_ins *ins = unit->first->entry; ins != NULL; ins = ins->next)
        if (ins->op == op)
            return ins;
    return NULL;
}

START_TEST(blocks_follow_each_other)
{
    uint32_t right = find(OP_jump)->mark, left = find(OP_call)->mark, end = find(OP_return)->mark;
    ck_assert_uint_eq(flow.at[0].after_count, 2);
    ck_assert_uint_eq(flow.at[left].after[0], end);
    ck_assert_uint_eq(flow.at[right].after[0], end);
    ck_assert_uint_eq(flow.at[end].before_count, 2);
    ck_assert_ptr_null(find(OP_func_info));
}
END_TEST

START_TEST(only_the_entry_dominates_where_ways_join)
{
    uint32_t left = find(OP_call)->mark, end = find(OP_return)->mark;
    ck_assert(rw_dominates(&flow, 0, left));
    ck_assert(rw_dominates(&flow, 0, end));
    ck_assert(rw_dominates(&flow, end, end));
    ck_assert(!rw_dominates(&flow, left, end));
    ck_assert_uint_eq(flow.at[end].dominator, 0);
}
END_TEST

START_TEST(what_is_read_later_is_live)
{
    struct rw_regs live;
    rw_live_before(&flow, find(OP_is_eq_exact), &live);
    ck_assert(rw_has(live.x, 0) && rw_has(live.x, 1) && rw_has(live.y, 0));
    rw_live_before(&flow, find(OP_gc_bif2), &live);
    ck_assert(rw_has(live.x, 0) && rw_has(live.x, 1) && !rw_has(live.y, 0));
    rw_live_before(&flow, find(OP_return), &live);
    ck_assert(rw_has(live.x, 0) && !rw_has(live.x, 1));
}
END_TEST

START_TEST(a_call_leaves_its_result_only)
{
    struct rw_regs live;
    rw_live_before(&flow, find(OP_call)->next, &live);
    ck_assert(rw_has(live.x, 0) && !rw_has(live.x, 1));
}
END_TEST

START_TEST(frames_are_known_where_they_are)
{
    struct rw_frame frame;
    rw_frame_before(&flow, find(OP_allocate), &frame);
    ck_assert_int_eq(frame.slots, RW_NO_FRAME);
    rw_frame_before(&flow, find(OP_move), &frame);
    ck_assert_int_eq(frame.slots, 1);
    ck_assert(!rw_has(frame.set, 0));
    rw_frame_before(&flow, find(OP_call), &frame);
    ck_assert_int_eq(frame.slots, 1);
    ck_assert(rw_has(frame.set, 0));
    rw_frame_before(&flow, find(OP_return), &frame);
    ck_assert_int_eq(frame.slots, RW_NO_FRAME);
}
END_TEST

// f/1: an integer, or a list of what is not known; g/1 is called by f/1 alone.
static const char typed[] = "module m\n"
                            "exported function f/1:\n"
                            "    is_integer @1, x0\n"
                            "    is_ge @2, x0, 3\n"
                            "    is_lt @2, x0, 9\n"
                            "    call_only 1, g/1\n"
                            "  @1:\n"
                            "    is_list @2, x0\n"
                            "    allocate 2, 1\n"
                            "    move x0, y1\n"
                            "    catch y0, @3\n"
                            "    init_yregs [y1]\n"
                            "  @3:\n"
                            "    catch_end y0\n"
                            "    deallocate 2\n"
                            "    return\n"
                            "  @2:\n"
                            "    if_end\n"
                            "    return\n"
                            "function g/1:\n"
                            "    bs_start_match3 @1, x0, 1, x1\n"
                            "    return\n"
                            "  @1:\n"
                            "    return\n";
enum { LIST = BEAM_TYPE_CONS | BEAM_TYPE_NIL };

static struct rw_types types;

static void setup_typed(void)
{
    ck_ok(rw_cas_read(wb_bytes_of(typed), &unit));
    ck_ok(rw_types(unit, &arena, &types));
}

static const struct beam_type *before(uint8_t op, struct beam_operand reg)
{
    return rw_type_before(&types, find(op), &reg);
}

START_TEST(what_comes_from_elsewhere_is_any_term)
{
    ck_assert_uint_eq(before(OP_is_integer, RW_X(0))->bits, BEAM_TYPE_ALL & ~BEAM_TYPE_MATCH);
    ck_assert_ptr_null(before(OP_is_integer, RW_X(1)));
    ck_assert_ptr_null(before(OP_is_integer, RW_Y(0)));
    ck_assert_uint_eq(rw_before(&types, find(OP_is_integer))->frame, BEAM_NO_FRAME);
}
END_TEST

START_TEST(tests_say_what_a_register_is)
{
    const struct beam_type *type = before(OP_call_only, RW_X(0));
    ck_assert_uint_eq(type->bits, BEAM_TYPE_INTEGER);
    ck_assert(type->has_min && type->has_max);
    ck_assert_int_eq(type->min, 3);
    ck_assert_int_eq(type->max, 8);
    ck_assert_uint_eq(before(OP_is_list, RW_X(0))->bits,
                      BEAM_TYPE_ALL & ~BEAM_TYPE_MATCH & ~BEAM_TYPE_INTEGER);
    ck_assert_uint_eq(before(OP_allocate, RW_X(0))->bits, LIST);
}
END_TEST

START_TEST(a_slot_is_what_was_put_there)
{
    ck_assert_ptr_null(before(OP_move, RW_Y(1)));
    ck_assert_uint_eq(before(OP_catch, RW_Y(1))->bits, LIST);
    const struct beam_before *tagged = rw_before(&types, find(OP_init_yregs));
    ck_assert_uint_eq(tagged->frame, BEAM_FRAME);
    ck_assert_uint_eq(tagged->y, 2);
    // The tag is there, but no term.
    ck_assert_uint_ne(types.known.held[tagged->held + tagged->x], 0);
    ck_assert_ptr_null(before(OP_init_yregs, RW_Y(0)));
}
END_TEST

START_TEST(a_local_function_is_called_with_what_it_is_called_with)
{
    struct beam_operand x0 = RW_X(0);
    const struct beam_type *type = rw_type_before(&types, unit->last->entry, &x0);
    ck_assert_uint_eq(type->bits, BEAM_TYPE_INTEGER);
    ck_assert_int_eq(type->max, 8);
}
END_TEST

START_TEST(where_no_way_goes_nothing_is_known)
{
    ck_assert_ptr_null(rw_before(&types, find(OP_if_end)->next));
    ck_assert_ptr_nonnull(rw_before(&types, find(OP_if_end)));
}
END_TEST

START_TEST(nothing_is_known_of_what_does_not_verify)
{
    struct rw_types none;
    rw_remove(unit, unit->first, find(OP_deallocate));
    ck_fails(rw_types(unit, &arena, &none), WB_E_BAD_DATA);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("flow");
    TCase *tcase = tcase_create("flow");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, blocks_follow_each_other);
    tcase_add_test(tcase, only_the_entry_dominates_where_ways_join);
    tcase_add_test(tcase, what_is_read_later_is_live);
    tcase_add_test(tcase, a_call_leaves_its_result_only);
    tcase_add_test(tcase, frames_are_known_where_they_are);
    suite_add_tcase(suite, tcase);
    TCase *of_types = tcase_create("types");
    tcase_add_checked_fixture(of_types, setup_typed, teardown);
    tcase_add_test(of_types, what_comes_from_elsewhere_is_any_term);
    tcase_add_test(of_types, tests_say_what_a_register_is);
    tcase_add_test(of_types, a_slot_is_what_was_put_there);
    tcase_add_test(of_types, a_local_function_is_called_with_what_it_is_called_with);
    tcase_add_test(of_types, where_no_way_goes_nothing_is_known);
    tcase_add_test(of_types, nothing_is_known_of_what_does_not_verify);
    suite_add_tcase(suite, of_types);
    return suite;
}
