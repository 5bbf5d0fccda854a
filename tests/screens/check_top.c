// The screen of `cryo top` over samples written out here: rates, order, keys.
#include <string.h>

#include "tests/unit/main.h"
#include "tui/top.h"

enum { COLS = 96, ROWS = 9 };

static struct insp_top data;
static struct ui_top screen;

static struct tgt_proc proc_of(uint32_t number, const char *name, uint64_t reductions,
                               uint64_t messages)
{
    static struct tgt_place loop;
    static struct tgt_mfa born;
    loop.mfa = (struct tgt_mfa){wb_bytes_of("gen_server"), wb_bytes_of("loop"), 7};
    born = (struct tgt_mfa){wb_bytes_of("a_module_with_a_long_name"), wb_bytes_of("start"), 1};
    return (struct tgt_proc){
        .pid = tgt_pid_make(number, 0),
        .name = wb_bytes_of(name),
        .status = reductions > 1000 ? TGT_RUNNING : TGT_WAITING,
        .initial = &born,
        .current = &loop,
        .reductions = reductions,
        .messages = messages,
        .memory = UINT64_C(1) << number,
    };
}

// As the second sample, two seconds later, sees them.
static void add_sample(uint64_t time, const struct tgt_proc *procs, size_t count)
{
    struct wb_arena *arena = insp_top_arena(&data);
    struct tgt_sample sample = {.time = time, .resident = 34000000};
    sample.procs.at = wb_push_array(arena, struct tgt_proc, count);
    sample.procs.count = count;
    memcpy(sample.procs.at, procs, count * sizeof *procs);
    insp_top_add(&data, &sample);
}

static void set_up(void)
{
    struct tgt_proc first[] = {proc_of(3, "init", 500, 0), proc_of(9, "busy", 100000, 2),
                               proc_of(12, "", 700, 1000), proc_of(20, "gone", 1, 0)};
    struct tgt_proc second[] = {proc_of(3, "init", 500, 0), proc_of(9, "busy", 900000, 0),
                                proc_of(12, "", 710, 1500), proc_of(21, "new", 40, 0)};
    insp_top_init(&data);
    screen = (struct ui_top){.data = &data, .name = "4711", .release = "OTP 25"};
    add_sample(1000000000, first, 4);
    add_sample(3000000000, second, 4);
}

static void tear_down(void)
{
    insp_top_done(&data);
}

static const char *drawn(void)
{
    static struct wb_text text;
    struct wb_arena arena = {0};
    struct ui_canvas canvas = ui_canvas_make(&arena, ROWS, COLS);
    ui_top_draw(&screen, ui_area_of(&canvas));
    wb_text_cut(&text, 0);
    ui_canvas_text(&canvas, &text);
    wb_arena_free(&arena);
    return wb_text_string(&text);
}

static enum ui_top_wish key(uint32_t key)
{
    return ui_top_input(&screen, (struct ui_input){.key = key}, ROWS);
}

static uint32_t number_under_cursor(void)
{
    return tgt_pid_number(screen.at);
}

START_TEST(who_works_most_is_first)
{
    ck_assert_str_eq(
        drawn(),
        " 4711\n"
        "OTP 25: 4 processes, 1 running, 0 in run queues; 400025 reductions/s, 1500 messages "
        "queued, "
        "32M\n"
        "PID         NAME               STATUS       REDS/S     MSGS   MSGS/S    MEM CURRENT\n"
        "<0.9.0>     busy               running      400000        0       -1    512 "
        "gen_server:loop/7\n"
        "<0.21.0>    new                waiting          20        0           2048k "
        "gen_server:loop/7\n"
        "<0.12.0>    a_module_with_a_lo waiting           5     1500     +250   4096 "
        "gen_server:loop/7\n"
        "<0.3.0>     init               waiting           0        0               8 "
        "gen_server:loop/7\n"
        "\n"
        " < > sort I reverse p pause Z freeze and look q quit\n");
}
END_TEST

START_TEST(the_queue_that_grows_most_is_first_when_one_sorts_by_growth)
{
    key('>');
    key('>');
    ck_assert_int_eq(data.sort, INSP_TOP_GROWTH);
    ck_assert_uint_eq(tgt_pid_number(data.row[0].proc->pid), 12);
    ck_assert_int_eq(data.row[0].growth, 250);
    ck_assert_int_eq(data.row[3].growth, -1);
    key('I');
    ck_assert_uint_eq(tgt_pid_number(data.row[0].proc->pid), 9);
}
END_TEST

START_TEST(the_cursor_stays_on_its_process)
{
    struct tgt_proc third[] = {proc_of(3, "init", 500, 0), proc_of(9, "busy", 900000, 0),
                               proc_of(12, "", 999999, 1500)};
    key('j');
    ck_assert_uint_eq(number_under_cursor(), 21);
    key('G');
    ck_assert_uint_eq(number_under_cursor(), 3);
    key('k');
    ck_assert_uint_eq(number_under_cursor(), 12);
    add_sample(4000000000, third, 3);
    ck_assert_uint_eq(tgt_pid_number(data.row[0].proc->pid), 12);
    ck_assert_uint_eq(number_under_cursor(), 12);
}
END_TEST

START_TEST(keys_that_others_handle)
{
    ck_assert_int_eq(key('Z'), UI_TOP_FREEZE);
    ck_assert_int_eq(key('q'), UI_TOP_QUIT);
    ck_assert_int_eq(key('x'), UI_TOP_NOTHING);
    key('p');
    ck_assert(screen.paused);
    ck_assert_ptr_nonnull(strstr(drawn(), "paused"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("top");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, set_up, tear_down);
    tcase_add_test(core, who_works_most_is_first);
    tcase_add_test(core, the_queue_that_grows_most_is_first_when_one_sorts_by_growth);
    tcase_add_test(core, the_cursor_stays_on_its_process);
    tcase_add_test(core, keys_that_others_handle);
    suite_add_tcase(suite, core);
    return suite;
}
