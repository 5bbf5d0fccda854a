#include <pthread.h>
#include <string.h>
#include <time.h>

#include "core-vm/vm/introspect.h"
#include "tests/unit/main.h"
#include "tests/unit/vm_case.h"

START_TEST(a_budget_does_not_change_what_happens)
{
    static const uint64_t budgets[] = {1, 7, 97, 1000, 4001};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        struct vm_case *c = vm_case_new(NULL);
        vm_case_start(c, "busy");
        enum vm_stop stop;
        do
            stop = vm_run(c->vm, budgets[i]);
        while (stop == VM_STOP_BUDGET);
        ck_assert_int_eq(stop, VM_STOP_IDLE);
        ck_assert_str_eq(wb_text_string(&c->output), "2525\nfunction_clause\n");
        vm_case_free(c);
    }
}
END_TEST

static void print_order(const struct vm_policy *policy, struct wb_text *ret)
{
    struct vm_case *c = vm_case_new(NULL);
    vm_set_policy(c->vm, policy);
    vm_case_start(c, "order");
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    wb_text_put(ret, wb_text_string(&c->output));
    vm_case_free(c);
}

START_TEST(the_same_seed_gives_the_same_order)
{
    struct wb_text first wb_auto_text = {0}, again wb_auto_text = {0}, other wb_auto_text = {0};
    struct vm_policy one = vm_policy_random(1), two = vm_policy_random(2);
    print_order(&one, &first);
    print_order(&one, &again);
    print_order(&two, &other);
    ck_assert_str_eq(wb_text_string(&first), wb_text_string(&again));
    ck_assert_str_ne(wb_text_string(&first), wb_text_string(&other));
}
END_TEST

static uint64_t pick_last(void *data, struct vm *vm, uint64_t count)
{
    (void)data;
    (void)vm;
    return count - 1;
}

START_TEST(a_script_decides_who_runs)
{
    struct wb_text text wb_auto_text = {0};
    print_order(&(struct vm_policy){.pick = pick_last}, &text);
    ck_assert_str_eq(wb_text_string(&text),
                     "[20,19,18,17,16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1]\n");
}
END_TEST

static void *interrupt_soon(void *vm)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    vm_interrupt(vm);
    return NULL;
}

START_TEST(another_thread_can_interrupt)
{
    struct vm_case *c = vm_case_new(NULL);
    pthread_t thread;
    vm_case_start(c, "forever");
    ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_soon, c->vm), 0);
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_INTERRUPTED);
    pthread_join(thread, NULL);
    ck_assert_int_eq(vm_run(c->vm, 10000), VM_STOP_BUDGET);
    vm_case_free(c);
}
END_TEST

START_TEST(a_limit_of_reductions_ends_the_run)
{
    struct vm_case *c =
        vm_case_new(&(struct vm_options){.virtual_time = true, .max_reductions = 50000});
    vm_case_start(c, "forever");
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_LIMIT);
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_LIMIT);
    vm_case_free(c);
}
END_TEST

START_TEST(a_limit_of_processes_is_an_error_of_the_program)
{
    struct vm_case *c =
        vm_case_new(&(struct vm_options){.virtual_time = true, .max_processes = 50});
    vm_case_start(c, "spawn_many");
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    ck_assert_str_eq(wb_text_string(&c->output), "{error,system_limit}\n");
    vm_case_free(c);
}
END_TEST

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(ten_thousand_processes_and_a_million_messages_are_listed)
{
    struct vm_case *c = vm_case_new(NULL);
    struct wb_arena arena = {0};
    struct vm_look_procs procs;
    struct vm_look_messages page;
    struct vm_look_cursor cursor = {0};
    uint64_t pid = vm_case_start(c, "crowd");
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_IDLE);
    double begun = seconds();
    ck_ok(vm_look_procs(c->vm, &arena, &procs));
    ck_ok(vm_look_messages_from(c->vm, pid, &cursor, 0, 50, &arena, &page));
    double took = seconds() - begun;
    ck_assert_uint_eq(procs.count, 10001);
    ck_assert_uint_eq(procs.at[0].messages, 1000000);
    ck_assert_uint_eq(page.count, 50);
    ck_assert_uint_eq(page.at[49].id, page.at[0].id + 49);
    ck_assert_msg(took < 2, "listing took %.3f s", took);
    wb_arena_free(&arena);
    vm_case_free(c);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("sched");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_test(core, a_budget_does_not_change_what_happens);
    tcase_add_test(core, the_same_seed_gives_the_same_order);
    tcase_add_test(core, a_script_decides_who_runs);
    tcase_add_test(core, another_thread_can_interrupt);
    tcase_add_test(core, a_limit_of_reductions_ends_the_run);
    tcase_add_test(core, a_limit_of_processes_is_an_error_of_the_program);
    tcase_add_test(core, ten_thousand_processes_and_a_million_messages_are_listed);
    suite_add_tcase(suite, core);
    return suite;
}
