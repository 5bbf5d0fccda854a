#include "core-vm/format/op.h"

#include <string.h>

#include "tests/unit/main.h"

START_TEST(each_row_is_sound)
{
    int rows = 0;
    for (int number = 0; number < BEAM_OP_LIMIT; number++) {
        const struct beam_op_info *op = beam_op_info((uint8_t)number);
        if (op->name != NULL)
            rows++;
        if (op->operands == NULL)
            continue;
        size_t known = strspn(op->operands, "sSdDyrRlLfjeczqaIgiotuwnkhb?VTPHGEYCMU");
        ck_assert_msg(known == op->arity, "%s: unknown letter", op->name);
        size_t first_list = strcspn(op->operands, "VTPHGEYCMU");
        ck_assert_msg(first_list + 1 >= op->arity, "%s: a list that is not last", op->name);
    }
    ck_assert_int_eq(rows, BEAM_OP_LAST);
}
END_TEST

// Numbers and arities of beam_opcodes in OTP 25, whose last instruction is 180.
START_TEST(numbers_are_otps)
{
    ck_assert_int_eq(OP_move, 64);
    ck_assert_int_eq(OP_line, 153);
    ck_assert_int_eq(OP_badrecord, 180);
    ck_assert_uint_eq(beam_op_info(OP_bs_append)->arity, 8);
    ck_assert_uint_eq(beam_op_info(116)->arity, 5);
    ck_assert_ptr_null(beam_op_info(116)->operands);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("op");
    TCase *core = tcase_create("core");
    tcase_add_test(core, each_row_is_sound);
    tcase_add_test(core, numbers_are_otps);
    suite_add_tcase(suite, core);
    return suite;
}
