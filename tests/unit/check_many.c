#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"
#include "tests/unit/main.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER true
#elif defined(__has_feature)
#define WITH_SANITIZER __has_feature(address_sanitizer)
#else
#define WITH_SANITIZER false
#endif

// A sanitizer's build looks for faults, which the second VM has as well as the thousandth.
enum { ROUNDS = 10, PER_ROUND = WITH_SANITIZER ? 200 : 1000 };

// A VM with some atoms, a process heap and a binary; made and thrown away.
static void live_and_die(void)
{
    struct vm *vm;
    ck_ok(vm_new(NULL, NULL, &vm));
    struct vm_cpu *c = &vm_root(vm)->cpu;
    struct vm_proc proc = {0};
    c->proc = &proc;
    bool fine = vm_heap_init(vm, &proc, 233) && vm_atom_named(vm, "something new") != VM_NONE &&
                vm_make_binary(c, NULL, 100000) != VM_NONE;
    for (int i = 0; i < 500; i++)
        fine = fine && vm_make_cons(c, vm_small(i), VM_NIL) != VM_NONE;
    ck_assert(fine);
    vm_free(vm);
}

// CPU time: others may be using the machine.
static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static long resident_pages(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &all, &resident), 2);
    fclose(file);
    return resident;
}

START_TEST(the_last_of_thousands_of_vms_costs_what_the_first_did)
{
    double first = 0, last = 0;
    live_and_die();
    long before = resident_pages();
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        for (int i = 0; i < PER_ROUND; i++)
            live_and_die();
        last = cpu_seconds() - start;
        if (round == 0)
            first = last;
    }
    ck_assert_msg(last < 3 * first, "the first %d took %.3f s, the last %.3f s", PER_ROUND, first,
                  last);
    // The address sanitizer keeps what was freed for a while.
    if (!WITH_SANITIZER)
        ck_assert_int_lt(resident_pages() - before, 1000);
}
END_TEST

START_TEST(thousands_of_vms_live_at_once)
{
    enum { COUNT = 1000 };
    static struct vm *vms[COUNT];
    for (int i = 0; i < COUNT; i++)
        ck_ok(vm_new(&(struct vm_options){.reserve = (uint64_t)1 << 30}, NULL, &vms[i]));
    for (int i = 0; i < COUNT; i++)
        ck_assert_uint_eq(vm_atom_named(vms[i], "x"), vm_atom_named(vms[0], "x"));
    for (int i = 0; i < COUNT; i++)
        vm_free(vms[i]);
}
END_TEST

// As under `ulimit -v`. The address sanitizer needs more than any limit.
START_TEST(a_vm_does_with_the_address_space_there_is)
{
    if (WITH_SANITIZER)
        return;
    struct rlimit limit = {.rlim_cur = (rlim_t)3 << 30, .rlim_max = (rlim_t)3 << 30};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    live_and_die();
    struct vm *vm;
    struct wb_error *err = vm_new(&(struct vm_options){.reserve = (uint64_t)4 << 30}, NULL, &vm);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, WB_E_SYSTEM);
    wb_error_free(err);
}
END_TEST

START_TEST(an_image_of_a_vm_opens_as_the_same_vm)
{
    struct vm *vm, *again;
    struct wb_text file wb_auto_text = {0}, second wb_auto_text = {0};
    ck_ok(vm_new(&(struct vm_options){.max_atoms = 5000, .keep_beam = true}, NULL, &vm));
    vm_term atom = vm_atom_named(vm, "kept");
    ck_ok(vm_save(vm, &file));
    ck_ok(vm_open(wb_text_bytes(&file), NULL, &again));
    ck_assert_uint_eq(vm_atom_existing(again, wb_bytes_of("kept")), atom);
    ck_assert_uint_eq(again->options.max_atoms, 5000);
    ck_assert(again->options.keep_beam);
    ck_ok(vm_save(again, &second));
    ck_assert(wb_bytes_equal(wb_text_bytes(&file), wb_text_bytes(&second)));
    vm_free(vm);
    vm_free(again);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("many");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_test(core, the_last_of_thousands_of_vms_costs_what_the_first_did);
    tcase_add_test(core, thousands_of_vms_live_at_once);
    tcase_add_test(core, a_vm_does_with_the_address_space_there_is);
    tcase_add_test(core, an_image_of_a_vm_opens_as_the_same_vm);
    suite_add_tcase(suite, core);
    return suite;
}
