#include "core-vm/format/verify.h"

#include <string.h>

#include "core-vm/format/dis.h"
#include "tests/unit/main.h"

// Modules are made here, of one function f/ARITY and the instructions given, so that each breaks
// one rule and nothing else.

static struct wb_arena arena;
static struct wb_text built;

static void teardown(void)
{
    wb_text_free(&built);
    wb_arena_free(&arena);
}

// Operands as they stand in a file.
#define U(n)    (uint8_t)((n) << 4)
#define I(n)    (uint8_t)((n) << 4 | 1)
#define A(n)    (uint8_t)((n) << 4 | 2)
#define X(n)    (uint8_t)((n) << 4 | 3)
#define Y(n)    (uint8_t)((n) << 4 | 4)
#define F(n)    (uint8_t)((n) << 4 | 5)
#define LIST(n) 0x17, U(n)
#define NIL     A(0)

enum { LABELS = 8 };

static void put_chunk(const char *name, struct wb_text *data)
{
    static const char zeros[3];
    wb_text_put_bytes(&built, name, 4);
    wb_text_put_u32(&built, (uint32_t)data->size);
    wb_text_put_bytes(&built, data->at, data->size);
    wb_text_put_bytes(&built, zeros, (4 - data->size % 4) % 4);
    wb_text_free(data);
}

// Atoms m f erlang hd error; imports erlang:hd/1, erlang:error/1; export f.
static void put_tables(uint32_t arity)
{
    struct wb_text data = {0};
    wb_text_put_u32(&data, 5);
    wb_text_put_bytes(&data, "\1m\1f\6erlang\2hd\5error", 20);
    put_chunk("AtU8", &data);
    static const uint32_t imports[] = {2, 3, 4, 1, 3, 5, 1};
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++)
        wb_text_put_u32(&data, imports[i]);
    put_chunk("ImpT", &data);
    wb_text_put_u32(&data, 1);
    wb_text_put_u32(&data, 2);
    wb_text_put_u32(&data, arity);
    wb_text_put_u32(&data, 2);
    put_chunk("ExpT", &data);
}

static void put_code(uint32_t arity, const uint8_t *code, size_t size)
{
    struct wb_text data = {0};
    static const uint32_t header[] = {16, 0, BEAM_OP_LAST, LABELS, 1};
    for (size_t i = 0; i < sizeof header / sizeof *header; i++)
        wb_text_put_u32(&data, header[i]);
    const uint8_t start[] = {OP_label, U(1), OP_func_info, A(1), A(2), U(arity), OP_label, U(2)};
    wb_text_put_bytes(&data, start, sizeof start);
    wb_text_put_bytes(&data, code, size);
    wb_text_put_char(&data, OP_int_code_end);
    put_chunk("Code", &data);
}

static struct beam_verdict verify(uint32_t arity, const uint8_t *code, size_t size)
{
    struct beam_module module;
    struct beam_code decoded;
    struct beam_verdict verdict;
    wb_text_cut(&built, 0);
    wb_text_put_bytes(&built, "FOR1\0\0\0\0BEAM", 12);
    put_tables(arity);
    put_code(arity, code, size);
    uint32_t total = (uint32_t)built.size - 8;
    for (unsigned i = 0; i < 4; i++)
        built.at[4 + i] = (char)(total >> 8 * (3 - i));
    ck_ok(beam_module_read(wb_text_bytes(&built), &arena, &module));
    ck_ok(beam_code_read(&module, &arena, &decoded));
    beam_verify(&module, &decoded, &arena, &verdict);
    return verdict;
}

static void assert_sound(uint32_t arity, const uint8_t *code, size_t size, int line)
{
    struct beam_verdict verdict = verify(arity, code, size);
    ck_assert_msg(verdict.faults.count == 0, "line %d: %s", line, verdict.faults.at[0].text);
}

static void assert_broken(enum beam_rule rule, const uint8_t *code, size_t size, int line)
{
    struct beam_verdict verdict = verify(2, code, size);
    ck_assert_msg(verdict.faults.count > 0, "line %d: not refused", line);
    ck_assert_msg(verdict.faults.at[0].rule == rule, "line %d: %s: %s", line,
                  beam_rule_name(verdict.faults.at[0].rule), verdict.faults.at[0].text);
}

// Both take the instructions behind the entry label of a function of two arguments.
#define SOUND(...)                                      \
    do {                                                \
        const uint8_t code_[] = {__VA_ARGS__};          \
        assert_sound(2, code_, sizeof code_, __LINE__); \
    } while (0)
#define BROKEN(rule, ...)                                               \
    do {                                                                \
        const uint8_t code_[] = {__VA_ARGS__};                          \
        assert_broken(BEAM_RULE_##rule, code_, sizeof code_, __LINE__); \
    } while (0)

START_TEST(operands_must_exist_and_fit)
{
    SOUND(OP_move, A(2), X(0), OP_return);
    BROKEN(ATOM, OP_move, A(6), X(0), OP_return);
    BROKEN(OPERAND, OP_move, X(1), A(2), OP_return);
    BROKEN(OPERAND, OP_move, U(1), X(0), OP_return);
    BROKEN(LITERAL, OP_move, 0x47, U(3), X(0), OP_return);
    BROKEN(REGISTER, OP_move, X(0), 0x8b, 0x00, OP_return);
    BROKEN(LIST, OP_select_val, X(0), F(1), U(2), OP_return);
    BROKEN(CALLEE, OP_call_ext_only, U(2), U(0));
    BROKEN(CALLEE, OP_call_only, U(1), F(2));
    BROKEN(CALLEE, OP_call_only, U(2), F(1));
    BROKEN(TARGET, OP_jump, F(7));
    BROKEN(TARGET, OP_jump, F(0));
    BROKEN(LABEL, OP_label, U(2), OP_return);
    BROKEN(LABEL, OP_label, 0x08, 0x09, OP_return);
    BROKEN(KNOWN, 189, U(0), U(0), U(0), U(0), U(0), U(0), OP_return);
}
END_TEST

START_TEST(registers_are_set_before_they_are_read)
{
    SOUND(OP_move, X(1), X(0), OP_return);
    BROKEN(UNSET, OP_move, X(2), X(0), OP_return);
    // Set on one way only.
    BROKEN(UNSET, OP_is_atom, F(3), X(0), OP_move, X(0), X(2), OP_label, U(3), OP_move, X(2), X(0),
           OP_return);
    SOUND(OP_is_atom, F(3), X(0), OP_move, X(0), X(2), OP_jump, F(4), OP_label, U(3), OP_move, X(1),
          X(2), OP_label, U(4), OP_move, X(2), X(0), OP_return);
    // Killed by a call, and by what may collect garbage.
    BROKEN(UNSET, OP_allocate, U(0), U(2), OP_call_ext, U(1), U(0), OP_move, X(1), X(0),
           OP_deallocate, U(0), OP_return);
    BROKEN(UNSET, OP_test_heap, U(2), U(1), OP_put_list, X(0), X(1), X(0), OP_return);
    BROKEN(LIVE, OP_test_heap, U(2), U(3), OP_return);
    BROKEN(FLOAT, OP_fmove, 0x27, U(0), X(0), OP_return);
}
END_TEST

START_TEST(frames_are_balanced_on_every_way)
{
    SOUND(OP_allocate, U(1), U(2), OP_move, X(0), Y(0), OP_call_ext, U(1), U(0), OP_move, Y(0),
          X(0), OP_deallocate, U(1), OP_return);
    BROKEN(FRAME, OP_allocate, U(1), U(2), OP_return);
    BROKEN(FRAME, OP_deallocate, U(0), OP_return);
    BROKEN(FRAME, OP_allocate, U(1), U(2), OP_allocate, U(1), U(2), OP_deallocate, U(1), OP_return);
    BROKEN(FRAME, OP_allocate, U(2), U(2), OP_deallocate, U(1), OP_return);
    BROKEN(FRAME, OP_move, X(0), Y(0), OP_return);
    BROKEN(FRAME, OP_allocate, U(1), U(2), OP_move, X(0), Y(1), OP_deallocate, U(1), OP_return);
    BROKEN(FRAME, OP_call_ext, U(1), U(0), OP_return);
    BROKEN(FRAME, OP_is_atom, F(3), X(0), OP_allocate, U(0), U(2), OP_label, U(3), OP_deallocate,
           U(0), OP_return);
    BROKEN(SLOT, OP_allocate, U(1), U(2), OP_call_ext, U(1), U(0), OP_deallocate, U(1), OP_return);
    BROKEN(UNSET, OP_allocate, U(1), U(2), OP_move, Y(0), X(0), OP_deallocate, U(1), OP_return);
    BROKEN(FRAME, OP_allocate, U(2), U(2), OP_init_yregs, LIST(2), Y(0), Y(1), OP_trim, U(1), U(2),
           OP_deallocate, U(1), OP_return);
    BROKEN(FALL, OP_move, X(0), X(1));
}
END_TEST

// Compilers let parts with different frames share the code that raises an exception.
START_TEST(what_only_raises_may_have_any_frame)
{
    SOUND(OP_is_atom, F(3), X(0), OP_allocate, U(0), U(2), OP_is_atom, F(3), X(1), OP_deallocate,
          U(0), OP_return, OP_label, U(3), OP_badmatch, X(0));
    SOUND(OP_is_atom, F(3), X(0), OP_allocate, U(0), U(2), OP_is_atom, F(3), X(1), OP_deallocate,
          U(0), OP_return, OP_label, U(3), OP_call_ext_only, U(1), U(1));
    BROKEN(FRAME, OP_is_atom, F(3), X(0), OP_allocate, U(0), U(2), OP_is_atom, F(3), X(1),
           OP_deallocate, U(0), OP_return, OP_label, U(3), OP_call_ext_only, U(1), U(0));
}
END_TEST

START_TEST(handlers_are_nested_and_ended)
{
    SOUND(OP_allocate, U(1), U(2), OP_try, Y(0), F(3), OP_call_ext, U(1), U(0), OP_try_end, Y(0),
          OP_deallocate, U(1), OP_return, OP_label, U(3), OP_try_case, Y(0), OP_move, X(1), X(0),
          OP_deallocate, U(1), OP_return);
    SOUND(OP_allocate, U(1), U(2), OP_catch, Y(0), F(3), OP_call_ext, U(1), U(0), OP_label, U(3),
          OP_catch_end, Y(0), OP_deallocate, U(1), OP_return);
    BROKEN(HANDLER, OP_allocate, U(1), U(2), OP_try, Y(0), F(3), OP_deallocate, U(1), OP_return,
           OP_label, U(3), OP_try_case, Y(0), OP_deallocate, U(1), OP_return);
    BROKEN(HANDLER, OP_allocate, U(1), U(2), OP_init_yregs, LIST(1), Y(0), OP_try_end, Y(0),
           OP_deallocate, U(1), OP_return);
    BROKEN(TAG, OP_allocate, U(1), U(2), OP_try, Y(0), F(3), OP_move, X(0), Y(0), OP_try_end, Y(0),
           OP_deallocate, U(1), OP_return, OP_label, U(3), OP_try_case, Y(0), OP_deallocate, U(1),
           OP_return);
    BROKEN(TAG, OP_allocate, U(1), U(2), OP_try, Y(0), F(3), OP_move, Y(0), X(0), OP_try_end, Y(0),
           OP_deallocate, U(1), OP_return, OP_label, U(3), OP_try_case, Y(0), OP_deallocate, U(1),
           OP_return);
    // Into the handler without an exception.
    BROKEN(MEET, OP_allocate, U(1), U(2), OP_try, Y(0), F(3), OP_label, U(3), OP_try_case, Y(0),
           OP_deallocate, U(1), OP_return);
}
END_TEST

START_TEST(match_contexts_do_not_escape)
{
    SOUND(OP_bs_start_match3, F(1), X(0), U(2), X(2), OP_bs_get_tail, X(2), X(0), U(3), OP_return);
    BROKEN(CONTEXT, OP_bs_start_match3, F(1), X(0), U(2), X(0), OP_return);
    BROKEN(CONTEXT, OP_bs_start_match3, F(1), X(0), U(2), X(0), OP_call_ext_only, U(1), U(0));
    BROKEN(CONTEXT, OP_bs_start_match3, F(1), X(0), U(2), X(2), OP_test_heap, U(2), U(3),
           OP_put_list, X(2), NIL, X(0), OP_return);
    // A function that is given one must not take it for a term.
    SOUND(OP_bs_start_match3, F(1), X(0), U(2), X(0), OP_call_only, U(2), F(2));
    BROKEN(CONTEXT, OP_bs_start_match3, F(1), X(1), U(2), X(1), OP_is_atom, F(1), X(0), OP_swap,
           X(0), X(1), OP_call_only, U(2), F(2));
}
END_TEST

static bool is_proved(uint32_t ins, const uint8_t *code, size_t size)
{
    struct beam_verdict verdict = verify(2, code, size);
    ck_assert_uint_eq(verdict.faults.count, 0);
    return beam_proved(&verdict, ins);
}

// The first instruction behind the entry label has number 3.
#define PROVED(ins, ...)                                                    \
    do {                                                                    \
        const uint8_t code_[] = {__VA_ARGS__};                              \
        ck_assert_msg(is_proved((ins), code_, sizeof code_), "not proved"); \
    } while (0)
#define UNPROVED(ins, ...)                                               \
    do {                                                                 \
        const uint8_t code_[] = {__VA_ARGS__};                           \
        ck_assert_msg(!is_proved((ins), code_, sizeof code_), "proved"); \
    } while (0)

START_TEST(types_are_learned_from_tests)
{
    UNPROVED(3, OP_get_hd, X(0), X(0), OP_return);
    PROVED(4, OP_is_nonempty_list, F(1), X(0), OP_get_hd, X(0), X(0), OP_return);
    // [] or a list, but not []
    PROVED(5, OP_is_list, F(1), X(0), OP_is_nil, F(3), X(0), OP_return, OP_label, U(3), OP_get_hd,
           X(0), X(0), OP_return);
    UNPROVED(5, OP_is_nonempty_list, F(3), X(0), OP_label, U(3), OP_get_hd, X(0), X(0), OP_return);
    PROVED(4, OP_is_tagged_tuple, F(1), X(0), U(2), A(1), OP_get_tuple_element, X(0), U(1), X(0),
           OP_return);
    BROKEN(SIZE, OP_is_tagged_tuple, F(1), X(0), U(2), A(1), OP_get_tuple_element, X(0), U(2), X(0),
           OP_return);
    BROKEN(TYPE, OP_is_atom, F(1), X(0), OP_get_hd, X(0), X(0), OP_return);
    UNPROVED(4, OP_is_tuple, F(1), X(0), OP_get_tuple_element, X(0), U(0), X(0), OP_return);
}
END_TEST

START_TEST(types_are_lost_where_ways_meet)
{
    // x0 is a tuple of three on one way and of one on the other.
    PROVED(10, OP_is_tagged_tuple, F(3), X(0), U(3), A(1), OP_jump, F(4), OP_label, U(3),
           OP_is_tagged_tuple, F(1), X(0), U(1), A(1), OP_label, U(4), OP_move, X(0), X(1), OP_move,
           X(0), X(2), OP_get_tuple_element, X(0), U(0), X(0), OP_return);
    UNPROVED(10, OP_is_tagged_tuple, F(3), X(0), U(3), A(1), OP_jump, F(4), OP_label, U(3),
             OP_is_tagged_tuple, F(1), X(0), U(1), A(1), OP_label, U(4), OP_move, X(0), X(1),
             OP_move, X(0), X(2), OP_get_tuple_element, X(0), U(1), X(0), OP_return);
    // A loop that turns it into something else.
    UNPROVED(5, OP_is_nonempty_list, F(1), X(0), OP_label, U(3), OP_get_tl, X(0), X(0), OP_jump,
             F(3));
}
END_TEST

START_TEST(heap_is_reserved_before_it_is_used)
{
    PROVED(4, OP_test_heap, U(2), U(2), OP_put_list, X(0), X(1), X(0), OP_return);
    BROKEN(HEAP, OP_test_heap, U(3), U(2), OP_put_list, X(0), X(1), X(0), OP_put_list, X(0), X(1),
           X(0), OP_return);
}
END_TEST

START_TEST(every_fault_is_told)
{
    const uint8_t code[] = {OP_move, X(2),          X(0), OP_move,  X(3),
                            X(1),    OP_deallocate, U(0), OP_return};
    struct beam_verdict verdict = verify(0, code, sizeof code);
    ck_assert_uint_eq(verdict.faults.count, 3);
    ck_assert_uint_eq(verdict.faults.at[0].ins, 3);
    ck_assert_uint_eq(verdict.faults.at[2].function, 0);
    ck_assert_str_eq(verdict.faults.at[1].text, "a register is set before it is read: x3");
}
END_TEST

START_TEST(instructions_are_shown_with_names)
{
    struct beam_module module;
    struct beam_code code;
    struct wb_text text wb_auto_text = {0};
    const uint8_t body[] = {OP_allocate,      U(0), U(2), OP_bif1, F(0), U(0), X(0), X(1),
                            OP_call_ext_last, U(1), U(1), U(0)};
    (void)verify(2, body, sizeof body);
    ck_ok(beam_module_read(wb_text_bytes(&built), &arena, &module));
    ck_ok(beam_code_read(&module, &arena, &code));
    beam_dis(&module, &code, &text);
    const char *function = strstr(text.at, "\nf/2:");
    ck_assert_ptr_nonnull(function);
    ck_assert_str_eq(function, "\nf/2:\n"
                               "  @1:\n"
                               "    func_info m, f, 2\n"
                               "  @2:\n"
                               "    allocate 0, 2\n"
                               "    bif1 -, erlang:hd/1, x0, x1\n"
                               "    call_ext_last 1, erlang:error/1, 0\n");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("verify");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, NULL, teardown);
    tcase_add_test(core, operands_must_exist_and_fit);
    tcase_add_test(core, registers_are_set_before_they_are_read);
    tcase_add_test(core, frames_are_balanced_on_every_way);
    tcase_add_test(core, what_only_raises_may_have_any_frame);
    tcase_add_test(core, handlers_are_nested_and_ended);
    tcase_add_test(core, match_contexts_do_not_escape);
    tcase_add_test(core, types_are_learned_from_tests);
    tcase_add_test(core, types_are_lost_where_ways_meet);
    tcase_add_test(core, heap_is_reserved_before_it_is_used);
    tcase_add_test(core, every_fault_is_told);
    tcase_add_test(core, instructions_are_shown_with_names);
    suite_add_tcase(suite, core);
    return suite;
}
