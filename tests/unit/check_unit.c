#include "rewriter/unit.h"

#include <stdio.h>
#include <string.h>

#include "core-vm/format/dis.h"
#include "tests/unit/main.h"

static struct rw_unit *unit;
static struct wb_text emitted;

static void teardown(void)
{
    rw_unit_free(unit);
    unit = NULL;
    wb_text_free(&emitted);
}

static uint32_t atom(const char *text)
{
    return rw_atom(unit, wb_bytes_of(text));
}

// double(X) -> X + X.
static struct rw_function *put_double(void)
{
    struct rw_function *f = rw_function_add(unit, atom("double"), 1);
    uint32_t plus = rw_import(unit, atom("erlang"), atom("+"), 2);
    rw_insert(unit, f, NULL, OP_line, rw_ops(RW_U(rw_line(unit, (struct wb_bytes){0}, 7))));
    rw_insert(unit, f, NULL, OP_gc_bif2,
              rw_ops(RW_F(0), RW_U(1), RW_U(plus), RW_X(0), RW_X(0), RW_X(0)));
    rw_insert(unit, f, NULL, OP_return, NULL);
    rw_export(unit, f);
    return f;
}

static void emit(void)
{
    wb_text_cut(&emitted, 0);
    ck_ok(rw_unit_emit(unit, &emitted));
}

static void emit_proved(void)
{
    emit();
    ck_ok(rw_prove(wb_text_bytes(&emitted)));
}

// Its own file opened again, in place of the unit.
static void reopen(struct wb_text *file)
{
    emit();
    wb_text_cut(file, 0);
    wb_text_put_bytes(file, emitted.at, emitted.size);
    rw_unit_free(unit);
    unit = NULL;
    ck_ok(rw_unit_open(wb_text_bytes(file), &unit));
}

static bool listing_has(const char *what)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct beam_code code;
    struct wb_text text wb_auto_text = {0};
    ck_ok(beam_module_read(wb_text_bytes(&emitted), &arena, &module));
    ck_ok(beam_code_read(&module, &arena, &code));
    beam_dis(&module, &code, &text);
    wb_arena_free(&arena);
    return strstr(wb_text_string(&text), what) != NULL;
}

static void start(void)
{
    ck_ok(rw_unit_new(wb_bytes_of("made"), &unit));
}

START_TEST(a_module_made_from_nothing_verifies)
{
    start();
    put_double();
    emit_proved();
    ck_assert(listing_has("gc_bif2 -, 1, erlang:'+'/2, x0, x0, x0"));
    ck_assert(listing_has("line made.erl:7"));
}
END_TEST

START_TEST(what_was_not_changed_is_emitted_as_it_was)
{
    struct wb_text file wb_auto_text = {0};
    start();
    put_double();
    reopen(&file);
    ck_assert(!unit->changed);
    emit();
    ck_assert(wb_bytes_equal(wb_text_bytes(&emitted), wb_text_bytes(&file)));
}
END_TEST

START_TEST(pools_hold_everything_once)
{
    struct wb_text file wb_auto_text = {0};
    start();
    put_double();
    struct beam_value seven = {.kind = BEAM_SMALL, .small = 7};
    uint32_t literal = rw_literal(unit, &seven), line = rw_line(unit, wb_bytes_of("a.hrl"), 3);
    uint32_t string = rw_string(unit, wb_bytes_of("abc"));
    reopen(&file);
    ck_assert_uint_eq(rw_literal(unit, &seven), literal);
    ck_assert_uint_eq(rw_line(unit, wb_bytes_of("a.hrl"), 3), line);
    ck_assert_uint_eq(rw_string(unit, wb_bytes_of("bc")), string + 1);
    ck_assert_uint_eq(rw_import(unit, atom("erlang"), atom("+"), 2), 0);
    ck_assert(!unit->changed);
    ck_assert_uint_ne(atom("new"), 0);
    ck_assert(unit->changed);
}
END_TEST

START_TEST(many_entries_keep_their_handles)
{
    char name[20];
    uint32_t handles[500];
    start();
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "atom%d", i);
        handles[i] = atom(name);
    }
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "atom%d", i);
        ck_assert_uint_eq(atom(name), handles[i]);
        ck_assert_uint_eq(rw_find_atom(unit, wb_bytes_of(name)), handles[i]);
    }
    ck_assert_uint_eq(rw_find_atom(unit, wb_bytes_of("nobody")), 0);
}
END_TEST

START_TEST(instructions_go_in_and_out_of_the_middle)
{
    start();
    struct rw_function *f = put_double();
    struct rw_ins *move = rw_insert(unit, f, f->last, OP_move, rw_ops(RW_I(5), RW_X(1)));
    emit_proved();
    ck_assert(listing_has("move 5, x1"));
    rw_set_operand(unit, move, 0, RW_NIL);
    emit_proved();
    ck_assert(listing_has("move [], x1"));
    rw_remove(unit, f, move);
    emit_proved();
    ck_assert(!listing_has("move"));
}
END_TEST

START_TEST(functions_are_renamed_and_taken_out)
{
    start();
    struct rw_function *f = put_double();
    struct rw_function *g = rw_function_add(unit, atom("other"), 1);
    rw_insert(unit, g, NULL, OP_call_only, rw_ops(RW_U(1), RW_F(f->entry_label)));
    rw_export(unit, g);
    ck_assert_ptr_eq(rw_function_at(unit, f->entry_label), f);
    rw_function_rename(unit, f, atom("twice"));
    emit_proved();
    ck_assert(listing_has("exports twice/1 other/1"));
    ck_assert_ptr_eq(rw_function_find(unit, atom("twice"), 1), f);
    rw_function_remove(unit, g);
    emit_proved();
    ck_assert(listing_has("exports twice/1\n"));
    rw_function_remove(unit, f);
    ck_assert_uint_eq(unit->functions, 0);
}
END_TEST

START_TEST(a_fault_that_was_put_in_is_named)
{
    start();
    struct rw_function *f = put_double();
    rw_insert(unit, f, f->last, OP_move, rw_ops(RW_X(3), RW_X(0)));
    emit();
    ck_fails(rw_prove(wb_text_bytes(&emitted)), WB_E_BAD_DATA);
}
END_TEST

START_TEST(instructions_move_to_another_function)
{
    start();
    struct rw_function *from = put_double(), *to = rw_function_add(unit, atom("sum"), 1);
    struct rw_ins *first = from->entry->next, *last = from->last;
    rw_move(unit, from, first, last, to, NULL);
    ck_assert_ptr_eq(from->last, from->entry);
    ck_assert_ptr_eq(to->entry->next, first);
    ck_assert_ptr_eq(to->last, last);
    rw_insert(unit, from, NULL, OP_call_only, rw_ops(RW_U(1), RW_F(to->entry_label)));
    emit_proved();
    rw_move(unit, to, first, first, to, last);
    ck_assert_ptr_eq(last->prev, first);
    emit_proved();
}
END_TEST

START_TEST(chunks_come_and_go)
{
    struct wb_text file wb_auto_text = {0};
    start();
    put_double();
    rw_chunk(unit, "Mine", wb_bytes_of("hello"));
    reopen(&file);
    ck_assert_ptr_nonnull(beam_chunks_find(&unit->module.chunks, "Mine"));
    rw_chunk(unit, "Mine", (struct wb_bytes){0});
    emit_proved();
    ck_assert_ptr_null(beam_chunks_find(&unit->module.chunks, "Mine"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("unit");
    TCase *tcase = tcase_create("unit");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_module_made_from_nothing_verifies);
    tcase_add_test(tcase, what_was_not_changed_is_emitted_as_it_was);
    tcase_add_test(tcase, pools_hold_everything_once);
    tcase_add_test(tcase, many_entries_keep_their_handles);
    tcase_add_test(tcase, instructions_go_in_and_out_of_the_middle);
    tcase_add_test(tcase, functions_are_renamed_and_taken_out);
    tcase_add_test(tcase, a_fault_that_was_put_in_is_named);
    tcase_add_test(tcase, instructions_move_to_another_function);
    tcase_add_test(tcase, chunks_come_and_go);
    suite_add_tcase(suite, tcase);
    return suite;
}
