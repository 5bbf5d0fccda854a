#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/vm/hook.h"
#include "core-vm/vm/introspect.h"
#include "tests/unit/main.h"
#include "tests/unit/vm_case.h"

static const char busy_output[] = "2525\nfunction_clause\n";

// Freezes at every `step`th of the events asked for; at the `only`th and no other when that is set.
struct counter {
    struct vm_hooks hooks;
    uint64_t seen, step, only;
    struct vm_event_info last;
};

static enum vm_verdict count_event(void *data, struct vm *vm, const struct vm_event_info *info)
{
    struct counter *counter = data;
    (void)vm;
    counter->seen++;
    counter->last = *info;
    bool stop = counter->only != 0 ? counter->seen == counter->only
                                   : counter->step != 0 && counter->seen % counter->step == 0;
    return stop ? VM_FREEZE : VM_GO_ON;
}

static void watch(struct vm_case *c, struct counter *counter, uint64_t events)
{
    counter->hooks = (struct vm_hooks){.events = events, .on_event = count_event, .data = counter};
    vm_set_hooks(c->vm, &counter->hooks);
}

static uint64_t event_bit(enum vm_event event)
{
    return UINT64_C(1) << event;
}

START_TEST(freezing_between_instructions_changes_nothing)
{
    struct counter plain = {0}, stepped = {.step = 3};
    struct vm_case *c = vm_case_new(NULL);
    watch(c, &plain, event_bit(VM_EVENT_INSTRUCTION));
    vm_case_start(c, "busy");
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    vm_case_free(c);
    c = vm_case_new(NULL);
    watch(c, &stepped, event_bit(VM_EVENT_INSTRUCTION));
    vm_case_start(c, "busy");
    uint64_t freezes = 0;
    while (vm_run(c->vm, 0) == VM_STOP_FROZEN)
        freezes++;
    ck_assert_str_eq(wb_text_string(&c->output), busy_output);
    ck_assert_uint_eq(stepped.seen, plain.seen);
    ck_assert_uint_eq(freezes, plain.seen / 3);
    vm_case_free(c);
}
END_TEST

START_TEST(freezing_at_any_event_changes_nothing)
{
    for (int event = 0; event < VM_EVENT_COUNT; event++) {
        struct counter counter = {.step = 1};
        struct vm_case *c = vm_case_new(NULL);
        vm_case_start(c, "busy");
        watch(c, &counter, event_bit((enum vm_event)event));
        enum vm_stop stop;
        while ((stop = vm_run(c->vm, 0)) == VM_STOP_FROZEN)
            ;
        ck_assert_msg(stop == VM_STOP_IDLE, "%s", vm_event_name((enum vm_event)event));
        ck_assert_str_eq(wb_text_string(&c->output), busy_output);
        vm_case_free(c);
    }
}
END_TEST

START_TEST(a_frozen_vm_is_saved_opened_and_finishes_the_same)
{
    for (uint64_t at = 1; at < 4000; at = at * 3 + 1) {
        struct counter counter = {.only = at};
        struct vm_case *c = vm_case_new(NULL);
        vm_case_start(c, "busy");
        watch(c, &counter, event_bit(VM_EVENT_INSTRUCTION));
        ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_FROZEN);
        vm_case_reopen(c);
        ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
        ck_assert_str_eq(wb_text_string(&c->output), busy_output);
        vm_case_free(c);
    }
}
END_TEST

// Two VMs frozen at the same instruction look the same, byte for byte.
START_TEST(freezing_is_deterministic)
{
    struct wb_text image[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        struct counter counter = {.only = 1500};
        struct vm_case *c = vm_case_new(NULL);
        vm_case_start(c, "busy");
        watch(c, &counter, event_bit(VM_EVENT_INSTRUCTION));
        ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_FROZEN);
        ck_ok(vm_save(c->vm, &image[i]));
        vm_case_free(c);
    }
    ck_assert(wb_bytes_equal(wb_text_bytes(&image[0]), wb_text_bytes(&image[1])));
    wb_text_free(&image[0]);
    wb_text_free(&image[1]);
}
END_TEST

// cases:queue/0 frozen after its sixth send: five items and `go` wait, nobody has looked at them.
static struct vm_case *frozen_queue(struct counter *counter, uint64_t *taker,
                                    struct vm_look_messages *messages)
{
    struct vm_case *c = vm_case_new(NULL);
    *counter = (struct counter){.only = 6};
    vm_case_start(c, "queue");
    watch(c, counter, event_bit(VM_EVENT_SEND));
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_FROZEN);
    *taker = counter->last.other;
    ck_ok(vm_look_messages(c->vm, *taker, &c->arena, messages));
    ck_assert_uint_eq(messages->count, 6);
    return c;
}

static void finish(struct vm_case *c, const char *expected)
{
    vm_set_hooks(c->vm, NULL);
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    ck_assert_str_eq(wb_text_string(&c->output), expected);
    vm_case_free(c);
}

START_TEST(messages_can_be_dropped_moved_and_injected)
{
    struct counter counter;
    struct vm_look_messages m;
    uint64_t taker;
    struct vm_case *c = frozen_queue(&counter, &taker, &m);
    struct beam_value item[2] = {{.kind = BEAM_ATOM, .text = wb_bytes_of("item")},
                                 {.kind = BEAM_SMALL, .small = 99}};
    struct beam_value tuple = {.kind = BEAM_TUPLE, .part = {item, 2}};
    ck_ok(vm_drop_message(c->vm, taker, m.at[1].id));
    ck_ok(vm_move_message(c->vm, taker, m.at[4].id, m.at[0].id));
    ck_ok(vm_move_message(c->vm, taker, m.at[2].id, 0));
    ck_ok(vm_inject(c->vm, taker, &tuple));
    ck_fails(vm_drop_message(c->vm, taker, m.at[1].id), WB_E_NOT_FOUND);
    ck_fails(vm_inject(c->vm, 12345, &tuple), WB_E_NOT_FOUND);
    finish(c, "[{item,5},{item,1},{item,4},{item,3},{item,99}]\n");
}
END_TEST

START_TEST(a_killed_process_is_killed)
{
    struct counter counter;
    struct vm_look_messages m;
    uint64_t taker;
    struct vm_case *c = frozen_queue(&counter, &taker, &m);
    ck_ok(vm_kill(c->vm, taker));
    ck_fails(vm_kill(c->vm, taker), WB_E_NOT_FOUND);
    finish(c, "noproc\n");
}
END_TEST

START_TEST(the_running_process_can_be_killed)
{
    struct counter counter = {.only = 100};
    struct vm_case *c = vm_case_new(NULL);
    vm_case_start(c, "forever");
    watch(c, &counter, event_bit(VM_EVENT_INSTRUCTION));
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_FROZEN);
    ck_ok(vm_kill(c->vm, counter.last.pid));
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    ck_assert_uint_eq(vm_alive(c->vm), 0);
    vm_case_free(c);
}
END_TEST

// Two processes run the only version there is; then it is old.
START_TEST(old_code_is_thrown_away_when_nobody_runs_it)
{
    struct counter counter;
    struct vm_look_messages m;
    uint64_t taker, users;
    struct wb_bytes file wb_auto_unmap = {0}, cases = wb_bytes_of("cases");
    struct vm_case *c = frozen_queue(&counter, &taker, &m);
    ck_ok(wb_file_map(CASES_FOLDER "/cases.beam", &file));
    ck_fails(vm_purge(c->vm, cases, true, &users), WB_E_NOT_FOUND);
    ck_ok(vm_load(c->vm, file, "cases.beam"));
    ck_ok(vm_purge(c->vm, cases, false, &users));
    ck_assert_uint_eq(users, 2);
    ck_fails(vm_load(c->vm, file, "cases.beam"), WB_E_STATE);
    ck_ok(vm_purge(c->vm, cases, true, &users));  // the one that runs ends when it runs on
    ck_assert_uint_eq(users, 1);
    ck_fails(vm_kill(c->vm, taker), WB_E_NOT_FOUND);
    vm_set_hooks(c->vm, NULL);
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    ck_assert_uint_eq(vm_alive(c->vm), 0);
    ck_ok(vm_purge(c->vm, cases, false, &users));
    ck_assert_uint_eq(users, 0);
    ck_fails(vm_purge(c->vm, cases, false, &users), WB_E_NOT_FOUND);
    ck_ok(vm_load(c->vm, file, "cases.beam"));
    vm_case_free(c);
}
END_TEST

START_TEST(messages_know_their_story)
{
    struct counter counter;
    struct vm_look_messages m;
    uint64_t taker;
    struct vm_case *c = frozen_queue(&counter, &taker, &m);
    for (size_t i = 0; i < m.count; i++) {
        ck_assert_uint_eq(m.at[i].id, i + 1);
        ck_assert_uint_eq(m.at[i].sender, 1);
        ck_assert_uint_eq(m.at[i].cause, 0);
        ck_assert(!m.at[i].skipped);
        ck_assert(wb_bytes_equal(m.at[i].sent_from.module, wb_bytes_of("cases")));
        ck_assert_uint_ne(m.at[i].line, 0);
    }
    finish(c, "[{item,1},{item,2},{item,3},{item,4},{item,5}]\n");
}
END_TEST

// The receiver has passed over the items and waits for `go`.
START_TEST(what_a_receive_has_skipped_is_seen)
{
    struct vm_case *c = vm_case_new(NULL);
    uint64_t pid = vm_case_start(c, "skipper");
    struct vm_look_messages m;
    struct vm_look_frames f;
    struct vm_look_proc proc;
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    ck_ok(vm_look_messages(c->vm, pid, &c->arena, &m));
    ck_ok(vm_look_frames(c->vm, pid, &c->arena, &f));
    ck_ok(vm_look_proc(c->vm, pid, &c->arena, &proc));
    ck_assert_uint_eq(m.count, 3);
    for (size_t i = 0; i < m.count; i++)
        ck_assert(m.at[i].skipped);
    ck_assert_str_eq(proc.wait, "receive");
    ck_assert_uint_eq(f.count, 2);
    ck_assert(wb_bytes_equal(f.at[0].mfa.function, wb_bytes_of("skip_all")));
    ck_assert(wb_bytes_equal(f.at[1].mfa.function, wb_bytes_of("skipper")));
    vm_case_free(c);
}
END_TEST

// At the entry of a function its arguments are what lives; behind it, what the code still needs.
START_TEST(live_registers_are_those_the_code_still_needs)
{
    struct vm_case *c = vm_case_new(&(struct vm_options){.virtual_time = true, .keep_beam = true});
    struct counter counter = {.step = 1};
    struct vm_look_frames f;
    bool entry = false;
    uint64_t pid = vm_case_start(c, "arguments");
    watch(c, &counter, event_bit(VM_EVENT_INSTRUCTION));
    while (vm_run(c->vm, 0) == VM_STOP_FROZEN && !entry) {
        ck_ok(vm_look_frames(c->vm, pid, &c->arena, &f));
        entry = wb_bytes_equal(f.at[0].mfa.function, wb_bytes_of("three"));
    }
    ck_assert(entry);
    ck_assert_uint_eq(f.at[0].slot_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(f.at[0].slots[i].kind, 'x');
        ck_assert_uint_eq(f.at[0].slots[i].number, i);
    }
    vm_case_free(c);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("freeze");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_test(core, freezing_between_instructions_changes_nothing);
    tcase_add_test(core, freezing_at_any_event_changes_nothing);
    tcase_add_test(core, a_frozen_vm_is_saved_opened_and_finishes_the_same);
    tcase_add_test(core, freezing_is_deterministic);
    tcase_add_test(core, messages_can_be_dropped_moved_and_injected);
    tcase_add_test(core, a_killed_process_is_killed);
    tcase_add_test(core, the_running_process_can_be_killed);
    tcase_add_test(core, old_code_is_thrown_away_when_nobody_runs_it);
    tcase_add_test(core, messages_know_their_story);
    tcase_add_test(core, what_a_receive_has_skipped_is_seen);
    tcase_add_test(core, live_registers_are_those_the_code_still_needs);
    suite_add_tcase(suite, core);
    return suite;
}
