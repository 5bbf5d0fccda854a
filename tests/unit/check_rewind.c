// Going back to a remembered state: as if nothing had been loaded or run.
#include "core-vm/base/file.h"
#include "core-vm/vm/vm.h"
#include "tests/unit/main.h"

static struct wb_bytes beam;

static struct vm *new_vm(void)
{
    const struct vm_options options = {
        .reserve = 1 << 26, .max_memory = 1 << 22, .virtual_time = true};
    struct vm *vm;
    ck_ok(vm_new(&options, NULL, &vm));
    return vm;
}

static uint64_t reductions_to_end(struct vm *vm)
{
    uint64_t pid, n = 0;
    ck_ok(vm_load(vm, beam, NULL));
    ck_ok(vm_spawn(vm, "cases", "module_info", NULL, 0, &pid));
    while (vm_run(vm, 1) == VM_STOP_BUDGET)
        n++;
    return n;
}

START_TEST(what_was_loaded_and_run_is_gone)
{
    struct vm *vm = new_vm();
    struct vm_kept *kept = vm_keep(vm);
    uint64_t pid, first = reductions_to_end(vm);
    for (int i = 0; i < 20; i++) {
        vm_rewind(vm, kept);
        ck_assert_uint_eq(vm_alive(vm), 0);
        struct wb_error *err = vm_spawn(vm, "cases", "module_info", NULL, 0, &pid);
        if (err == NULL)
            vm_run(vm, 0);
        wb_error_free(err);
        vm_rewind(vm, kept);
        ck_assert_uint_eq(reductions_to_end(vm), first);
    }
    vm_kept_free(kept);
    vm_free(vm);
}
END_TEST

START_TEST(a_third_version_can_be_loaded_after_it)
{
    struct vm *vm = new_vm();
    struct vm_kept *kept = vm_keep(vm);
    for (int i = 0; i < 5; i++) {
        ck_ok(vm_load(vm, beam, NULL));
        ck_ok(vm_load(vm, beam, NULL));
        ck_fails(vm_load(vm, beam, NULL), WB_E_STATE);
        vm_rewind(vm, kept);
    }
    vm_kept_free(kept);
    vm_free(vm);
}
END_TEST

static void open_beam(void)
{
    ck_ok(wb_file_map(CASES_FOLDER "/cases.beam", &beam));
}

static void close_beam(void)
{
    wb_file_unmap(&beam);
}

Suite *make_suite(void)
{
    Suite *s = suite_create("rewind");
    TCase *t = tcase_create("rewind");
    tcase_add_checked_fixture(t, open_beam, close_beam);
    tcase_add_test(t, what_was_loaded_and_run_is_gone);
    tcase_add_test(t, a_third_version_can_be_loaded_after_it);
    suite_add_tcase(s, t);
    return s;
}
