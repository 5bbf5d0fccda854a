#include "rewriter/cas.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "tests/unit/main.h"

static const char fact[] = "module fact\n"
                           "exported function fact/1 line fact.erl:4:\n"
                           "    is_eq_exact @1, x0, 0\n"
                           "    move 1, x0\n"
                           "    return\n"
                           "  @1:\n"
                           "    allocate 1, 1\n"
                           "    move x0, y0\n"
                           "    gc_bif2 -, 1, erlang:'-'/2, x0, 1, x0\n"
                           "    call 1, fact/1\n"
                           "    gc_bif2 -, 1, erlang:'*'/2, y0, x0, x0\n"
                           "    deallocate 1\n"
                           "    return\n";

START_TEST(text_by_hand_verifies)
{
    struct wb_text file wb_auto_text = {0};
    ck_ok(rw_cas_assemble(wb_bytes_of(fact), &file));
    ck_ok(rw_prove(wb_text_bytes(&file)));
}
END_TEST

START_TEST(what_it_gives_has_the_same_text)
{
    struct wb_text file wb_auto_text = {0}, text wb_auto_text = {0};
    ck_ok(rw_cas_assemble(wb_bytes_of(fact), &file));
    ck_ok(rw_cas_disassemble(wb_text_bytes(&file), &text));
    const char *body = strstr(fact, "    is_eq_exact");
    ck_assert_ptr_nonnull(strstr(text.at, body));
    ck_ok(rw_cas_check(wb_text_bytes(&text), wb_text_bytes(&file)));
}
END_TEST

static void map_seed(struct wb_bytes *seed)
{
    ck_ok(wb_file_map(CAS_FOLDER "/fact.cas", seed));
}

START_TEST(every_kind_of_operand_comes_back)
{
    struct wb_bytes seed wb_auto_unmap = {0};
    struct wb_text file wb_auto_text = {0}, text wb_auto_text = {0};
    map_seed(&seed);
    ck_ok(rw_cas_assemble(seed, &file));
    ck_ok(rw_prove(wb_text_bytes(&file)));
    ck_ok(rw_cas_disassemble(wb_text_bytes(&file), &text));
    ck_ok(rw_cas_check(wb_text_bytes(&text), wb_text_bytes(&file)));
    ck_assert_ptr_null(strstr(text.at, "16#ff"));
    ck_assert_ptr_nonnull(strstr(text.at, "bs_match_string @4, x1, 24, <<\"abc\">>"));
    ck_assert_ptr_nonnull(strstr(text.at, "little|signed"));
    ck_assert_ptr_nonnull(strstr(text.at, "make_fun3 '-adder/1-fun-0-'/2, x0, [x0]"));
}
END_TEST

START_TEST(a_new_atom_changes_one_line)
{
    struct wb_text file wb_auto_text = {0}, before wb_auto_text = {0}, after wb_auto_text = {0};
    struct rw_unit *unit;
    ck_ok(rw_cas_assemble(wb_bytes_of(fact), &file));
    ck_ok(rw_cas_disassemble(wb_text_bytes(&file), &before));
    ck_ok(rw_unit_open(wb_text_bytes(&file), &unit));
    struct rw_ins *first = unit->first->entry->next;
    rw_insert(unit, unit->first, first, OP_move,
              rw_ops(RW_A(rw_atom(unit, wb_bytes_of("new"))), RW_X(5)));
    ck_ok(rw_unit_tidy(unit));
    ck_ok(rw_cas_write(unit, &after));
    rw_unit_free(unit);
    size_t same = 0;
    while (before.at[same] == after.at[same])
        same++;
    static const char line[] = "move new, x5\n    ";
    ck_assert_int_eq(strncmp(after.at + same, line, sizeof line - 1), 0);
    ck_assert_str_eq(before.at + same, after.at + same + sizeof line - 1);
}
END_TEST

START_TEST(faults_are_named_where_they_are)
{
    static const struct {
        const char *text, *fault;
    } faults[] = {
        {"", "1:1: expected module and its name, not the end of the text"},
        {"module m\nfunction f/1:\n    mov x0, x1\n", "3:5: expected an instruction or a label, "
                                                      "not mov"},
        {"module m\nfunction f/1:\n    move x0\n", "3:12: expected \",\", not the end of the line"},
        {"module m\nfunction f/1:\n    move x0, x1 x2\n", "3:17: expected the end of the line, "
                                                          "not x2"},
        {"module m\nfunction f/1:\n    jump @7\n", "3:12: the label named here is nowhere"},
        {"module m\nfunction f/1:\n    call 1, g/1\n", "3:16: the label named here is nowhere"},
        {"module m\nfunction f/1:\n  @1:\n  @1:\n", "4:5: the label is defined already"},
        {"module m\nfunction f/1 labels 4294967295 2:\n", "2:33: labels go up to 16777216"},
        {"module m\ntype_version 1\nfunction f/1:\n    move x0:16#1234567800001, x1\n",
         "4:21: the bits of a type are 16"},
        {"module m\n    return\n", "2:5: expected a function before the first instruction, "
                                   "not return"},
        {"module m\nnonsense\n", "2:1: expected a directive or a function, not nonsense"},
        {"module m\nfunction f/1:\n    move {a, \"b}, x0\n", "3:14: the closing \" is missing"},
        {"module m\nchunks AtU8 Co\n", "2:13: expected a chunk's name of four letters, not Co"},
        {"module m\nchunk Dbgi\nAAAA\nend\n", "2:7: chunk Dbgi is not in the list of chunks"},
        {"module m\nfunction f/1:\n    move 99999999999999999999, x0\n",
         "3:10: the number does not fit in 64 bits"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct rw_unit *unit;
        struct wb_error *err = rw_cas_read(wb_bytes_of(faults[i].text), &unit);
        ck_assert_ptr_nonnull(err);
        ck_assert_str_eq(err->text, faults[i].fault);
        wb_error_free(err);
    }
}
END_TEST

START_TEST(a_version_of_types_said_twice_is_the_last_one)
{
    struct rw_unit *unit;
    ck_ok(rw_cas_read(wb_bytes_of("module m\ntype_version 1\nfunction f/1:\n    move x0:any, x1\n"
                                  "type_version 1\ntype_version 2\n"),
                      &unit));
    ck_assert_uint_eq(unit->module.types.version, 2);
    ck_assert_uint_eq(unit->module.types.count, 1);
    rw_unit_free(unit);
}
END_TEST

// In memory of exactly its size, so that a sanitizer sees a byte too many.
START_TEST(every_cut_is_survived)
{
    struct wb_bytes seed wb_auto_unmap = {0};
    map_seed(&seed);
    for (size_t size = 0; size < seed.size; size++) {
        struct rw_unit *unit;
        uint8_t *copy = malloc(size + (size == 0));
        memcpy(copy, seed.at, size);
        struct wb_error *err = rw_cas_read((struct wb_bytes){copy, size}, &unit);
        if (err == NULL)
            rw_unit_free(unit);
        wb_error_free(err);
        free(copy);
    }
}
END_TEST

START_TEST(terms_nested_too_deeply_are_refused)
{
    struct wb_text text wb_auto_text = {0};
    struct rw_unit *unit;
    wb_text_put(&text, "module m\nattributes ");
    for (int i = 0; i < 100000; i++)
        wb_text_put(&text, "[");
    ck_fails(rw_cas_read(wb_text_bytes(&text), &unit), WB_E_BAD_DATA);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("cas");
    TCase *tcase = tcase_create("cas");
    tcase_add_test(tcase, text_by_hand_verifies);
    tcase_add_test(tcase, what_it_gives_has_the_same_text);
    tcase_add_test(tcase, every_kind_of_operand_comes_back);
    tcase_add_test(tcase, a_new_atom_changes_one_line);
    tcase_add_test(tcase, faults_are_named_where_they_are);
    tcase_add_test(tcase, a_version_of_types_said_twice_is_the_last_one);
    tcase_add_test(tcase, every_cut_is_survived);
    tcase_add_test(tcase, terms_nested_too_deeply_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
