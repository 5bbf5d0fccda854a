#include "rewriter/flow.h"

#include "rewriter/cas.h"
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
    return suite;
}
