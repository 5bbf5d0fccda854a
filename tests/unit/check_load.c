// Loading: what it makes, and that a file which does not load leaves nothing behind.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "tests/unit/main.h"

static struct wb_bytes file;
static struct vm *vm;

static void begin(void)
{
    ck_ok(wb_file_map(getenv("LOADED_BEAM"), &file));
    ck_ok(vm_new(NULL, NULL, &vm));
}

static void end(void)
{
    vm_free(vm);
    wb_file_unmap(&file);
}

static struct vm_export *export_of(const char *function, uint32_t arity)
{
    return vm_export_find(vm, vm_atom_named(vm, "loaded"), vm_atom_named(vm, function), arity);
}

static struct vm_module *module(void)
{
    return vm_module_find(vm, vm_atom_named(vm, "loaded"));
}

START_TEST(exports_lead_to_functions)
{
    ck_ok(vm_load(vm, file, "loaded.beam"));
    const struct vm_export *export = export_of("place", 1);
    ck_assert(vm_export_is_defined(vm, export));
    struct vm_place place = vm_place_of(vm, export->address);
    ck_assert_ptr_nonnull(place.function);
    ck_assert_uint_eq(place.function->name, vm_atom_named(vm, "place"));
    ck_assert_uint_eq(place.function->entry, export->address);
    ck_assert(place.function->exported);
    ck_assert_uint_eq(vm_place_of(vm, place.function->start).line, 7);
    ck_assert_ptr_null(export_of("inner", 1));
}
END_TEST

// Instructions follow each other to the end of a function (that of the closure has one of variable
// length).
START_TEST(instructions_fill_functions)
{
    ck_ok(vm_load(vm, file, "loaded.beam"));
    const struct vm_module_code *code = vm_at(vm, module()->current);
    const struct vm_function *f = vm_at(vm, code->functions);
    for (uint64_t i = 0; i < code->function_count; i++) {
        uint64_t at = f[i].start;
        if (f[i].name == vm_atom_named(vm, "adder"))
            continue;
        while (at < f[i].end) {
            const struct vm_ins *ip = vm_at(vm, at);
            ck_assert_uint_lt(ip->op, VM_OP_COUNT);
            ck_assert_uint_gt(vm_op_words[ip->op], 0);
            at += vm_op_words[ip->op] * sizeof(uint64_t);
        }
        ck_assert_uint_eq(at, f[i].end);
    }
}
END_TEST

START_TEST(every_cut_leaves_nothing)
{
    ck_ok(vm_load(vm, file, "loaded.beam"));
    const struct vm_root *root = vm_root(vm);
    uint64_t current = module()->current, used = root->image.pool[VM_POOL_CODE].used;
    for (size_t size = 0; size < file.size; size++) {
        struct wb_error *err = vm_load(vm, (struct wb_bytes){file.at, size}, NULL);
        ck_assert_msg(err != NULL, "cut at %zu it loads", size);
        wb_error_free(err);
    }
    ck_assert_uint_eq(module()->current, current);
    ck_assert_uint_eq(module()->old, 0);
    ck_assert_uint_eq(root->image.pool[VM_POOL_CODE].used, used);
}
END_TEST

START_TEST(two_versions_at_most)
{
    ck_ok(vm_load(vm, file, NULL));
    uint64_t first = module()->current;
    ck_ok(vm_load(vm, file, NULL));
    ck_assert_uint_eq(module()->old, first);
    ck_fails(vm_load(vm, file, NULL), WB_E_STATE);
    ck_assert(vm_module_purge(vm, module()));
    ck_assert_uint_eq(module()->old, 0);
    ck_ok(vm_load(vm, file, NULL));
}
END_TEST

START_TEST(deleted_exports_are_undefined)
{
    ck_ok(vm_load(vm, file, NULL));
    ck_assert(vm_module_delete(vm, module()));
    ck_assert(!vm_export_is_defined(vm, export_of("version", 0)));
    ck_assert(vm_module_purge(vm, module()));
    ck_assert_ptr_null(vm_place_of(vm, export_of("version", 0)->address).function);
}
END_TEST

START_TEST(a_reverted_version_is_called_again)
{
    ck_ok(vm_load(vm, file, NULL));
    uint64_t first = export_of("version", 0)->address;
    ck_ok(vm_load(vm, file, NULL));
    ck_assert_uint_ne(export_of("version", 0)->address, first);
    ck_assert(vm_module_revert(vm, module()));
    ck_assert_uint_eq(export_of("version", 0)->address, first);
    ck_assert_uint_eq(module()->old, 0);
}
END_TEST

START_TEST(no_bif_is_defined_twice)
{
    for (uint32_t i = 1; i <= vm_bif_count(); i++) {
        const struct vm_bif *bif = vm_bif_at(i);
        const struct vm_export *e = vm_export_find(vm, vm_atom_named(vm, bif->module),
                                                   vm_atom_named(vm, bif->name), bif->arity);
        ck_assert_ptr_nonnull(e);
        ck_assert_msg(e->bif == i, "%s:%s/%u is there twice", bif->module, bif->name, bif->arity);
    }
}
END_TEST

START_TEST(thousands_of_vms_cost_the_same)
{
    uint64_t used = 0;
    for (int i = 0; i < 2000; i++) {
        struct vm *one;
        ck_ok(vm_new(NULL, NULL, &one));
        ck_ok(vm_load(one, file, NULL));
        uint64_t now = vm_root(one)->image.pool[VM_POOL_CODE].used;
        ck_assert(i == 0 || now == used);
        used = now;
        vm_free(one);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *s = suite_create("load");
    TCase *t = tcase_create("load");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, exports_lead_to_functions);
    tcase_add_test(t, instructions_fill_functions);
    tcase_add_test(t, every_cut_leaves_nothing);
    tcase_add_test(t, two_versions_at_most);
    tcase_add_test(t, deleted_exports_are_undefined);
    tcase_add_test(t, a_reverted_version_is_called_again);
    tcase_add_test(t, no_bif_is_defined_twice);
    tcase_add_test(t, thousands_of_vms_cost_the_same);
    suite_add_tcase(s, t);
    return s;
}
