// Looking into a VM: what is seen, and that damaged memory is never more than unreadable.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/asan.h"
#include "core-vm/vm/hook.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/vm_impl.h"
#include "tests/unit/main.h"
#include "tests/unit/vm_case.h"

enum { ROUNDS = 4000 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 11;
}

// Whatever may fail may fail, but nothing may crash or go on for ever.
static void look_at_term(const struct vm *vm, struct wb_arena *arena, uint64_t word)
{
    struct beam_value value;
    wb_error_free(vm_look_term(vm, word, 20, 100, arena, &value));
}

static void look_at_messages(const struct vm *vm, uint64_t pid, struct wb_arena *arena)
{
    struct vm_look_messages messages = {0};
    struct vm_look_cursor cursor = {0};
    wb_error_free(vm_look_messages(vm, pid, arena, &messages));
    for (size_t i = 0; i < messages.count; i++)
        look_at_term(vm, arena, messages.at[i].term);
    wb_error_free(vm_look_messages_from(vm, pid, &cursor, 1, 5, arena, &messages));
}

static void look_at_frames(const struct vm *vm, uint64_t pid, struct wb_arena *arena)
{
    struct vm_look_frames frames = {0};
    wb_error_free(vm_look_frames(vm, pid, arena, &frames));
    for (size_t i = 0; i < frames.count; i++)
        for (size_t j = 0; j < frames.at[i].slot_count; j++)
            if (!frames.at[i].slots[j].catch_tag)
                look_at_term(vm, arena, frames.at[i].slots[j].term);
}

static void look_at_tables(const struct vm *vm, struct wb_arena *arena)
{
    struct vm_look_tables tables = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    wb_error_free(vm_look_tables(vm, arena, &tables));
    for (size_t i = 0; i < tables.count; i++) {
        wb_error_free(vm_look_rows(vm, tables.at[i].id, arena, &rows, &count));
        for (size_t j = 0; j < count; j++)
            look_at_term(vm, arena, rows[j]);
    }
}

static void look_at_all(const struct vm *vm, struct wb_arena *arena)
{
    struct vm_look_procs procs = {0};
    struct vm_look_timers timers = {0};
    struct vm_look_modules modules = {0};
    wb_error_free(vm_look_procs(vm, arena, &procs));
    for (size_t i = 0; i < procs.count; i++) {
        struct vm_look_monitors monitors;
        struct beam_value dictionary;
        look_at_messages(vm, procs.at[i].pid, arena);
        look_at_frames(vm, procs.at[i].pid, arena);
        wb_error_free(vm_look_monitors(vm, procs.at[i].pid, arena, &monitors));
        wb_error_free(vm_look_dictionary(vm, procs.at[i].pid, arena, &dictionary));
    }
    wb_error_free(vm_look_timers(vm, arena, &timers));
    wb_error_free(vm_look_modules(vm, arena, &modules));
    look_at_tables(vm, arena);
}

static struct vm_case *vm_with_everything(void)
{
    struct vm_case *c = vm_case_new(&(struct vm_options){.keep_beam = true});
    vm_case_start(c, "everything");
    ck_assert_int_eq(vm_run(c->vm, 0), VM_STOP_INTERRUPTED);
    return c;
}

// A word somewhere in the data pool becomes something else.
static uint64_t damaged(uint64_t word, uint64_t *random)
{
    switch (next_random(random) % 5) {
    case 0:
        return next_random(random) << 11 ^ next_random(random);
    case 1:
        return word + (next_random(random) % 17 - 8) * 8;
    case 2:
        return 0;
    case 3:
        return word ^ UINT64_C(1) << next_random(random) % 64;
    default:
        return UINT64_MAX - next_random(random) % 64;
    }
}

START_TEST(damaged_memory_is_never_more_than_unreadable)
{
    struct vm_case *c = vm_with_everything();
    const struct vm_pool *pool = &vm_root(c->vm)->image.pool[VM_POOL_DATA];
    uint64_t words = (pool->top - pool->start) / sizeof(uint64_t), random = 1;
    // Free blocks are there to be read; only the VM itself has no business in them.
    wb_unpoison(vm_at(c->vm, pool->start), words * sizeof(uint64_t));
    for (int i = 0; i < ROUNDS; i++) {
        struct wb_arena arena = {0};
        uint64_t *at = vm_at(c->vm, pool->start + next_random(&random) % words * 8), saved = *at;
        *at = damaged(saved, &random);
        look_at_all(c->vm, &arena);
        *at = saved;
        wb_arena_free(&arena);
    }
    vm_case_free(c);
}
END_TEST

START_TEST(all_that_waits_is_listed)
{
    struct vm_case *c = vm_with_everything();
    struct vm_look_procs procs;
    struct vm_look_timers timers;
    struct vm_look_tables tables;
    struct vm_look_monitors monitors;
    uint64_t *rows = NULL;
    size_t count = 0;
    ck_ok(vm_look_procs(c->vm, &c->arena, &procs));
    ck_ok(vm_look_timers(c->vm, &c->arena, &timers));
    ck_ok(vm_look_tables(c->vm, &c->arena, &tables));
    ck_assert_uint_eq(procs.count, 4);
    ck_assert_uint_eq(procs.at[0].link_count, 3);
    ck_assert_str_eq(procs.at[0].wait, "receive after");
    ck_assert(wb_bytes_equal(procs.at[0].name, wb_bytes_of("everything")));
    ck_assert_uint_eq(timers.count, 2);
    ck_assert_uint_eq(tables.count, 2);
    ck_ok(vm_look_rows(c->vm, tables.at[0].id, &c->arena, &rows, &count));
    ck_assert_uint_eq(count, 50);
    ck_ok(vm_look_rows(c->vm, tables.at[1].id, &c->arena, &rows, &count));
    ck_assert_uint_eq(count, 20);
    ck_ok(vm_look_monitors(c->vm, procs.at[0].pid, &c->arena, &monitors));
    ck_assert_uint_eq(monitors.count, 3);
    vm_case_free(c);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("look");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_test(core, all_that_waits_is_listed);
    tcase_add_test(core, damaged_memory_is_never_more_than_unreadable);
    suite_add_tcase(suite, core);
    return suite;
}
