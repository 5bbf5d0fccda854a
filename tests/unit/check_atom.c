#include <stdio.h>
#include <string.h>

#include "core-vm/vm/atom.h"
#include "core-vm/vm/vm_impl.h"
#include "tests/unit/main.h"

static struct vm *new_vm(uint64_t max_atoms)
{
    struct vm *vm;
    ck_ok(vm_new(&(struct vm_options){.max_atoms = max_atoms, .reserve = 1 << 30}, NULL, &vm));
    return vm;
}

START_TEST(the_atoms_of_c_code_have_their_texts)
{
    struct vm *vm = new_vm(0);
    uint32_t count = vm_atom_count(vm);
    ck_assert_uint_ge(count, VM_ATOM_COUNT);
    ck_assert(wb_bytes_equal(vm_atom_text(vm, VM_AM(undefined)), wb_bytes_of("undefined")));
    ck_assert_uint_eq(vm_atom_named(vm, "badarg"), VM_AM(badarg));
    ck_assert_uint_eq(vm_atom_count(vm), count);
    vm_free(vm);
}
END_TEST

START_TEST(many_atoms_are_found_again)
{
    struct vm *vm = new_vm(0);
    char text[32];
    uint32_t first = vm_atom_count(vm);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 50000; i++) {
            snprintf(text, sizeof text, "an_atom_%u", i);
            vm_term existing = vm_atom_existing(vm, wb_bytes_of(text));
            ck_assert_uint_eq(existing, round == 0 ? VM_NONE : vm_atom(first + i));
            ck_assert_uint_eq(vm_atom_named(vm, text), vm_atom(first + i));
            ck_assert(wb_bytes_equal(vm_atom_text(vm, vm_atom(first + i)), wb_bytes_of(text)));
        }
    vm_free(vm);
}
END_TEST

START_TEST(a_full_table_makes_no_more)
{
    struct vm *vm = new_vm(0);
    uint32_t begin = vm_atom_count(vm);
    vm_free(vm);
    vm = new_vm(begin + 2);
    ck_assert_uint_ne(vm_atom_named(vm, "one more"), VM_NONE);
    ck_assert_uint_ne(vm_atom_named(vm, "and another"), VM_NONE);
    ck_assert_uint_eq(vm_atom_named(vm, "too many"), VM_NONE);
    ck_assert_uint_ne(vm_atom_named(vm, "one more"), VM_NONE);
    vm_free(vm);
}
END_TEST

START_TEST(texts_may_have_255_code_points)
{
    struct vm *vm = new_vm(0);
    uint8_t text[512];
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    ck_assert_uint_ne(vm_atom_of(vm, (struct wb_bytes){text, 510}), VM_NONE);
    ck_assert_uint_eq(vm_atom_of(vm, (struct wb_bytes){text, 512}), VM_NONE);
    ck_assert_uint_ne(vm_atom_of(vm, (struct wb_bytes){text, 0}), VM_NONE);
    vm_free(vm);
}
END_TEST

// erlang:phash2(Atom, 1 bsl 32) in OTP is the atom's own hash.
START_TEST(hashes_are_those_of_otp)
{
    struct vm *vm = new_vm(0);
    static const struct {
        const char *text;
        uint32_t hash;
    } rows[] = {
        {"a", 97},
        {"ok", 1883},
        {"undefined", 180132084},
        {"hello world", 18131988},
        {"\xC3\xA9t\xC3\xA9", 61737},
        {"\xCE\xB1\xCE\xB2", 892562},
        {"a_rather_long_atom_with_many_characters", 187928515},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(vm_atom_hash(vm, vm_atom_named(vm, rows[i].text)) == rows[i].hash, "%s",
                      rows[i].text);
    vm_free(vm);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("atom");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 30);
    tcase_add_test(core, the_atoms_of_c_code_have_their_texts);
    tcase_add_test(core, many_atoms_are_found_again);
    tcase_add_test(core, a_full_table_makes_no_more);
    tcase_add_test(core, texts_may_have_255_code_points);
    tcase_add_test(core, hashes_are_those_of_otp);
    suite_add_tcase(suite, core);
    return suite;
}
