// Functions without side effects, each run in a VM of its own.
#include <check.h>
#include <stdlib.h>

#include "core-vm/base/file.h"
#include "core-vm/vm/vm.h"
#include "tests/unit/main.h"

// What the function halts with; -1: it did not.
static int run(const char *function, struct vm_options options)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct vm *vm = NULL;
    ck_ok(wb_file_map(getenv("PURE_BEAM"), &file));
    ck_ok(vm_new(&options, NULL, &vm));
    ck_ok(vm_load(vm, file, "pure.beam"));
    uint64_t pid;
    ck_ok(vm_spawn(vm, "pure", function, NULL, 0, &pid));
    int status = vm_run(vm, 0) == VM_STOP_HALTED ? vm_halt_status(vm) : -1;
    vm_free(vm);
    return status;
}

static const struct {
    const char *function;
    int answer;
} programs[] = {
    {"fib", 239},    {"lists", 100}, {"tuples", 134}, {"maps", 56},     {"floats", 4},
    {"big", 93},     {"funs", 23},   {"select", 234}, {"catching", 31}, {"trying", 4},
    {"traces", 161}, {"deep", 100},  {"guards", 6},   {"apply", 42},    {"yields", 136},
};

START_TEST(operations_give_what_the_language_says)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        int status = run(programs[i].function, (struct vm_options){0});
        ck_assert_msg(status == programs[i].answer, "%s gives %d, not %d", programs[i].function,
                      status, programs[i].answer);
    }
}
END_TEST

START_TEST(checked_forms_give_the_same)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        int status = run(programs[i].function, (struct vm_options){.checked = true});
        ck_assert_msg(status == programs[i].answer, "%s gives %d, not %d", programs[i].function,
                      status, programs[i].answer);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *s = suite_create("run");
    TCase *t = tcase_create("run");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, operations_give_what_the_language_says);
    tcase_add_test(t, checked_forms_give_the_same);
    suite_add_tcase(s, t);
    return s;
}
