// Crash dumps: of other releases, written by hand in corpus/dump; a packed one; what one asks every
// target is asked of a real one.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/format/print.h"
#include "inspector/target/target.h"
#include "tests/unit/main.h"

static struct wb_arena arena;
static struct tgt *target;

static void close_all(void)
{
    tgt_close(target);
    wb_arena_free(&arena);
    target = NULL;
}

static void open_dump(const char *path)
{
    ck_ok(tgt_open(&(struct tgt_open){.name = path}, &target));
}

static const char *shown(struct tgt_term term)
{
    static struct wb_text text;
    struct beam_value value;
    ck_ok(tgt_read_term(target, term, (struct tgt_limits){10, 100}, &arena, &value));
    wb_text_free(&text);
    beam_print(&value, (struct beam_print){.strings = true}, &text);
    return wb_text_string(&text);
}

static bool is(struct wb_bytes text, const char *wanted)
{
    return wb_bytes_equal(text, wb_bytes_of(wanted));
}

START_TEST(processes_of_otp_24)
{
    struct tgt_procs procs;
    open_dump(DUMPS "/otp24.dump");
    ck_assert_str_eq(tgt_info(target)->release, "OTP 24");
    ck_assert_str_eq(tgt_info(target)->kind, "crash dump");
    ck_ok(tgt_list_procs(target, &arena, &procs));
    ck_assert_uint_eq(procs.count, 2);
    ck_assert(is(procs.at[0].name, "main"));
    ck_assert_int_eq(procs.at[0].status, TGT_RUNNING);
    ck_assert(procs.at[0].trap_exit);
    ck_assert_uint_eq(procs.at[0].link_count, 1);
    ck_assert_uint_eq(procs.at[0].reductions, 4711);
    ck_assert_uint_eq(procs.at[1].priority, TGT_HIGH);
    ck_assert(is(procs.at[1].current->mfa.module, "gen_server"));
    close_all();
}
END_TEST

// In its innermost frame there are addresses where others have "y0".
START_TEST(a_stack_of_otp_24)
{
    struct tgt_frames frames;
    open_dump(DUMPS "/otp24.dump");
    ck_ok(tgt_list_frames(target, tgt_pid_make(9, 0), &arena, &frames));
    ck_assert_uint_eq(frames.count, 2);
    ck_assert_uint_eq(frames.at[0].slot_count, 2);
    ck_assert_str_eq(shown(frames.at[0].slots[0].term), "{ok,<<\"abc\">>,<0.10.0>}");
    ck_assert_uint_eq(frames.at[0].slots[1].number, 1);
    ck_assert_str_eq(shown(frames.at[0].slots[1].term), "42");
    ck_assert(is(frames.at[1].place.mfa.function, "map"));
    ck_assert_uint_eq(frames.at[1].slot_count, 2);
    ck_assert(frames.at[1].slots[1].catch_tag);
    close_all();
}
END_TEST

START_TEST(terms_of_otp_27)
{
    struct tgt_messages messages;
    struct tgt_procs procs;
    open_dump(DUMPS "/otp27.dump");
    ck_ok(tgt_list_procs(target, &arena, &procs));
    ck_assert_uint_eq(procs.count, 1);
    ck_assert_uint_eq(procs.at[0].pid.id, tgt_pid_make(268435455, 4294967).id);
    ck_assert_uint_eq(procs.at[0].priority, TGT_LOW);
    ck_assert_uint_eq(procs.at[0].link_count, 1);
    ck_ok(tgt_list_messages(target, procs.at[0].pid, TGT_ALL, &arena, &messages));
    ck_assert_uint_eq(messages.count, 1);
    ck_assert_str_eq(shown(messages.at[0].term),
                     "{<<\"cde\">>,<<\"abcd\">>,<far@host.268435455.4294967>,"
                     "#Port<far@host.9223372036854775807>,#{k => -1}}");
    close_all();
}
END_TEST

START_TEST(a_packed_dump_is_unpacked)
{
    struct tgt_procs packed, plain;
    open_dump(DUMPS "/dumped.dump.gz");
    ck_ok(tgt_list_procs(target, &arena, &packed));
    tgt_close(target);
    open_dump(DUMPED);
    ck_ok(tgt_list_procs(target, &arena, &plain));
    ck_assert_uint_eq(packed.count, plain.count);
    ck_assert_uint_gt(packed.count, 40);
    close_all();
}
END_TEST

// What is behind the cut is not there; it is said that it was cut.
START_TEST(a_packed_dump_that_is_cut_shows_its_beginning)
{
    struct wb_bytes file = {0};
    struct tgt_procs procs;
    ck_ok(wb_file_map(DUMPS "/dumped.dump.gz", &file));
    ck_ok(wb_file_write(DUMPED ".cut.gz", (struct wb_bytes){file.at, file.size / 3}));
    wb_file_unmap(&file);
    open_dump(DUMPED ".cut.gz");
    ck_assert_str_eq(tgt_info(target)->kind, "crash dump (cut short)");
    ck_ok(tgt_list_procs(target, &arena, &procs));
    close_all();
}
END_TEST

START_TEST(messages_asked_by_parts_are_those_asked_at_once)
{
    struct tgt_procs procs;
    size_t seen = 0;
    open_dump(DUMPED);
    ck_ok(tgt_list_procs(target, &arena, &procs));
    for (size_t i = 0; i < procs.count; i++) {
        struct tgt_messages all, part;
        ck_ok(tgt_list_messages(target, procs.at[i].pid, TGT_ALL, &arena, &all));
        for (size_t k = 0; k < all.count; k++, seen++) {
            ck_ok(tgt_list_messages(target, procs.at[i].pid, (struct tgt_range){k, 1}, &arena,
                                    &part));
            ck_assert_uint_eq(part.count, 1);
            ck_assert_uint_eq(part.at[0].term.bits, all.at[k].term.bits);
            ck_assert_uint_eq(part.at[0].position, k);
        }
    }
    ck_assert_uint_ge(seen, 8);
    close_all();
}
END_TEST

START_TEST(nothing_is_found_where_nothing_is)
{
    struct tgt_pid nobody = tgt_pid_make(999999, 7);
    struct tgt_proc proc;
    struct tgt_frames frames;
    struct tgt_messages messages;
    struct tgt_terms rows;
    open_dump(DUMPED);
    ck_fails(tgt_read_proc(target, nobody, &arena, &proc), WB_E_NOT_FOUND);
    ck_fails(tgt_list_frames(target, nobody, &arena, &frames), WB_E_NOT_FOUND);
    ck_fails(tgt_list_messages(target, nobody, TGT_ALL, &arena, &messages), WB_E_NOT_FOUND);
    ck_fails(tgt_list_rows(target, 1, &arena, &rows), WB_E_UNSUPPORTED);
    ck_fails(tgt_read_memory(target, (struct tgt_addr){8}, &proc, 8), WB_E_UNSUPPORTED);
    close_all();
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("dump");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, processes_of_otp_24);
    tcase_add_test(core, a_stack_of_otp_24);
    tcase_add_test(core, terms_of_otp_27);
    tcase_add_test(core, a_packed_dump_is_unpacked);
    tcase_add_test(core, a_packed_dump_that_is_cut_shows_its_beginning);
    tcase_add_test(core, messages_asked_by_parts_are_those_asked_at_once);
    tcase_add_test(core, nothing_is_found_where_nothing_is);
    suite_add_tcase(suite, core);
    return suite;
}
