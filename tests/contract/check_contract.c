// The same questions to every kind of target: a program stopped at a place, the same as an image.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "inspector/dump.h"
#include "tests/unit/main.h"
#include "tui/start.h"

// relay.erl, stopped at a place. The program with its folder and `more` others to search.
static void open_with_paths(const char *name, const char *at, size_t more, struct insp_session *ret)
{
    struct ui_start start = {.verb = "test", .at = at};
    start.open.name = name;
    start.open.paths = start.paths;
    start.paths[0] = RELAY_FOLDER;
    start.open.path_count = 1;
    while (start.open.path_count <= more)
        start.paths[start.open.path_count++] = "/nonexistent/lib/of-another-machine/ebin";
    ck_ok(ui_start_session(&start, ret));
}

static void open_stopped(const char *name, const char *at, struct insp_session *ret)
{
    open_with_paths(name, at, 0, ret);
}

static void say(struct insp_context *c, const char *line, struct wb_text *answer)
{
    struct insp_out out;
    insp_out_init(&out, answer, true, 0);
    insp_out_begin(&out, line);
    ck_ok(insp_command_run(c, line, &out));
    while (c->s->control.active)
        ck_ok(insp_control_slice(&c->s->control, c->s->t, 1000));
    insp_out_end(&out, NULL);
}

// All of it but the target's own name.
static void dump_of(struct insp_session *s, struct wb_text *ret)
{
    struct insp_context c = {.s = s};
    struct insp_out out;
    insp_out_init(&out, ret, true, 0);
    insp_out_begin(&out, "dump");
    ck_ok(insp_dump(&c, NULL, 0, &out));
    insp_out_end(&out, NULL);
    insp_context_done(&c);
    const char *processes = strstr(wb_text_string(ret), "\"processes\"");
    ck_assert_ptr_nonnull(processes);
    size_t head = (size_t)(processes - ret->at);
    memmove(ret->at, processes, ret->size - head + 1);
    ret->size -= head;
}

// As ck_assert_str_eq, for texts too long for it: shows where they part.
static void same(const struct wb_text *a, const struct wb_text *b)
{
    size_t at = 0;
    while (at < a->size && at < b->size && a->at[at] == b->at[at])
        at++;
    ck_assert_msg(at == a->size && at == b->size, "they part at %zu: '%.200s' and '%.200s'", at,
                  wb_text_string(a) + at, wb_text_string(b) + at);
}

static void run_on(struct insp_session *s, struct wb_text *output)
{
    struct insp_context c = {.s = s};
    struct wb_text answer wb_auto_text = {0};
    say(&c, "continue", &answer);
    struct wb_bytes said = tgt_take_output(s->t);
    wb_text_put_bytes(output, said.at, said.size);
    insp_context_done(&c);
}

static void stop_in_flight(struct insp_session *s)
{
    struct insp_context c = {.s = s};
    struct wb_text answer wb_auto_text = {0};
    say(&c, "send 7", &answer);
    insp_context_done(&c);
}

static void save_as(struct insp_session *s, const char *path)
{
    ck_ok(tgt_save(s->t, path, NULL));
}

START_TEST(two_freezes_at_one_place_are_the_same)
{
    struct insp_session a, b;
    struct wb_text first wb_auto_text = {0}, second wb_auto_text = {0};
    open_stopped("relay", "relay:weight/1", &a);
    open_stopped("relay", "relay:weight/1", &b);
    stop_in_flight(&a);
    stop_in_flight(&b);
    dump_of(&a, &first);
    dump_of(&b, &second);
    same(&first, &second);
    insp_session_done(&a);
    insp_session_done(&b);
}
END_TEST

// What else is installed is the machine's own: no process may run or weigh differently for it.
START_TEST(more_code_paths_change_nothing)
{
    struct insp_session a, b;
    struct wb_text few wb_auto_text = {0}, many wb_auto_text = {0};
    open_with_paths("relay", "relay:weight/1", 0, &a);
    open_with_paths("relay", "relay:weight/1", UI_MOST_PATHS - 1, &b);
    dump_of(&a, &few);
    dump_of(&b, &many);
    same(&few, &many);
    insp_session_done(&a);
    insp_session_done(&b);
}
END_TEST

START_TEST(a_file_is_a_target_as_its_module_is)
{
    struct insp_session s;
    struct wb_text said wb_auto_text = {0};
    open_stopped(RELAY_FOLDER "/relay.beam", "relay:weight/1", &s);
    ck_assert_ptr_nonnull(insp_proc_named(&s, wb_bytes_of("collector")));
    run_on(&s, &said);
    ck_assert_str_eq(wb_text_string(&said), "total 27.0\n");
    insp_session_done(&s);
}
END_TEST

START_TEST(an_image_shows_the_same_and_ends_the_same)
{
    struct insp_session s, image;
    struct wb_text before wb_auto_text = {0}, after wb_auto_text = {0};
    struct wb_text said wb_auto_text = {0}, said_again wb_auto_text = {0};
    open_stopped("relay", "relay:weight/1", &s);
    stop_in_flight(&s);
    dump_of(&s, &before);
    save_as(&s, RELAY_FOLDER "/relay.cryo");
    open_stopped(RELAY_FOLDER "/relay.cryo", NULL, &image);
    ck_assert_str_eq(tgt_info(image.t)->kind, "image");
    dump_of(&image, &after);
    same(&before, &after);
    run_on(&s, &said);
    run_on(&image, &said_again);
    ck_assert_str_eq(wb_text_string(&said), "total 27.0\n");
    ck_assert_str_eq(wb_text_string(&said), wb_text_string(&said_again));
    insp_session_done(&s);
    insp_session_done(&image);
}
END_TEST

// Where code is that was replaced is known, in a VM that runs and in an image of it.
START_TEST(who_runs_old_code_is_found)
{
    struct insp_session s, image;
    open_stopped("relay", "relay:weight/1", &s);
    struct insp_context c = {.s = &s};
    struct wb_text none wb_auto_text = {0}, some wb_auto_text = {0}, again wb_auto_text = {0};
    say(&c, "oldcode", &none);
    ck_assert_ptr_nonnull(strstr(wb_text_string(&none), "\"oldcode\":[]"));
    say(&c, "load " RELAY_FOLDER "/relay.beam", &some);
    wb_text_cut(&some, 0);
    say(&c, "oldcode where name = collector show module,pid,name,function", &some);
    ck_assert_ptr_nonnull(strstr(wb_text_string(&some), "\"module\":\"relay\""));
    ck_assert_ptr_nonnull(strstr(wb_text_string(&some), "\"name\":\"collector\""));
    save_as(&s, RELAY_FOLDER "/replaced.cryo");
    open_stopped(RELAY_FOLDER "/replaced.cryo", NULL, &image);
    struct insp_context on_image = {.s = &image};
    say(&on_image, "oldcode where name = collector show module,pid,name,function", &again);
    same(&some, &again);
    insp_context_done(&c);
    insp_context_done(&on_image);
    insp_session_done(&s);
    insp_session_done(&image);
}
END_TEST

// Every question that commands ask, as JSON or as text.
static void ask_all(const char *name, bool json, struct wb_text *ret)
{
    static const char *const commands[] = {"procs",
                                           "flight",
                                           "waits",
                                           "tree",
                                           "timers",
                                           "modules",
                                           "regs",
                                           "ets",
                                           "ports",
                                           "channels",
                                           "mem where group = allocator",
                                           "atoms limit 5"};
    struct insp_session s;
    struct insp_context c = {.s = &s};
    struct insp_out out;
    open_stopped(name, NULL, &s);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        insp_out_init(&out, ret, json, 0);
        insp_out_begin(&out, commands[i]);
        struct wb_error *err = insp_command_run(&c, commands[i], &out);
        insp_out_end(&out, err);
    }
    if (json)
        dump_of(&s, ret);
    insp_context_done(&c);
    insp_session_done(&s);
}

START_TEST(an_image_of_a_crash_dump_answers_as_the_dump)
{
    const char *path = RELAY_FOLDER "/dumped.cryo";
    struct tgt *t = NULL;
    ck_ok(tgt_open(&(struct tgt_open){.name = DUMP_FILE}, &t));
    ck_ok(tgt_save(t, path, NULL));
    tgt_close(t);
    for (int json = 0; json < 2; json++) {
        struct wb_text before wb_auto_text = {0}, after wb_auto_text = {0};
        ask_all(DUMP_FILE, json != 0, &before);
        ask_all(path, json != 0, &after);
        ck_assert_uint_gt(before.size, 4000);
        same(&before, &after);
    }
}
END_TEST

START_TEST(what_is_asked_by_parts_is_what_is_asked_at_once)
{
    struct insp_session s;
    struct wb_arena arena = {0};
    struct tgt_messages all, part;
    open_stopped("relay", "relay:weight/1", &s);
    stop_in_flight(&s);
    const struct tgt_proc *collector = insp_proc_named(&s, wb_bytes_of("collector"));
    ck_assert_ptr_nonnull(collector);
    ck_ok(tgt_list_messages(s.t, collector->pid, TGT_ALL, &arena, &all));
    ck_assert_uint_ge(all.count, 4);
    ck_assert_uint_eq(all.count, collector->messages);
    for (size_t i = 0; i < all.count; i++) {
        ck_ok(tgt_list_messages(s.t, collector->pid, (struct tgt_range){i, 1}, &arena, &part));
        ck_assert_uint_eq(part.count, 1);
        ck_assert_uint_eq(part.at[0].id, all.at[i].id);
        ck_assert_int_eq(part.at[0].seen, all.at[i].seen);
        ck_assert_uint_eq(part.at[0].position, i);
    }
    ck_ok(tgt_list_messages(s.t, collector->pid, (struct tgt_range){all.count, 5}, &arena, &part));
    ck_assert_uint_eq(part.count, 0);
    wb_arena_free(&arena);
    insp_session_done(&s);
}
END_TEST

START_TEST(nothing_is_found_where_nothing_is)
{
    struct insp_session s;
    struct wb_arena arena = {0};
    struct tgt_proc proc;
    struct tgt_frames frames;
    struct tgt_messages messages;
    struct tgt_pid nobody = tgt_pid_make(999999, 7);
    open_stopped("relay", "relay:weight/1", &s);
    ck_fails(tgt_read_proc(s.t, nobody, &arena, &proc), WB_E_NOT_FOUND);
    ck_fails(tgt_list_frames(s.t, nobody, &arena, &frames), WB_E_NOT_FOUND);
    ck_fails(tgt_list_messages(s.t, nobody, TGT_ALL, &arena, &messages), WB_E_NOT_FOUND);
    ck_fails(tgt_kill(s.t, nobody), WB_E_NOT_FOUND);
    ck_fails(tgt_read_memory(s.t, (struct tgt_addr){8}, &proc, 8), WB_E_UNSUPPORTED);
    wb_arena_free(&arena);
    insp_session_done(&s);
}
END_TEST

START_TEST(what_a_target_is_is_found_out_by_looking)
{
    struct tgt *t = NULL;
    static const char text[] = "neither code nor an image";
    const char *path = RELAY_FOLDER "/text.beam";
    ck_ok(wb_file_write(path, (struct wb_bytes){(const uint8_t *)text, sizeof text}));
    ck_fails(tgt_open(&(struct tgt_open){.name = path}, &t), WB_E_UNSUPPORTED);
    ck_fails(tgt_open(&(struct tgt_open){.name = "no_such_module_anywhere"}, &t), WB_E_NOT_FOUND);
    ck_fails(tgt_open(&(struct tgt_open){.name = "/no/such/file.beam"}, &t), WB_E_NOT_FOUND);
    ck_assert_ptr_null(t);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("contract");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, two_freezes_at_one_place_are_the_same);
    tcase_add_test(core, more_code_paths_change_nothing);
    tcase_add_test(core, a_file_is_a_target_as_its_module_is);
    tcase_add_test(core, an_image_shows_the_same_and_ends_the_same);
    tcase_add_test(core, who_runs_old_code_is_found);
    tcase_add_test(core, an_image_of_a_crash_dump_answers_as_the_dump);
    tcase_add_test(core, what_is_asked_by_parts_is_what_is_asked_at_once);
    tcase_add_test(core, nothing_is_found_where_nothing_is);
    tcase_add_test(core, what_a_target_is_is_found_out_by_looking);
    suite_add_tcase(suite, core);
    return suite;
}
