// What processes do to each other. The expected texts are what the same functions print under erl.
#include "tests/unit/main.h"
#include "tests/unit/vm_case.h"

START_TEST(max_and_high_run_before_normal_and_low)
{
    vm_case_prints("priorities", "[high,normal,low]\n");
}
END_TEST

START_TEST(low_runs_after_being_passed_over)
{
    vm_case_prints("low_priority",
                   "[normal,normal,normal,normal,normal,normal,normal,normal,normal,normal,normal,"
                   "normal,normal,normal,normal,normal,normal,normal,normal,normal,low,low]\n");
}
END_TEST

START_TEST(those_that_never_wait_take_turns)
{
    vm_case_prints("spinners", "[{done,1,true},{done,2,true},{done,3,true}]\n");
}
END_TEST

START_TEST(timers_fire_in_order_of_time)
{
    vm_case_prints("timers", "[{timeout,first},second,third,by_name,absolute]\n");
}
END_TEST

START_TEST(receive_after_counts_from_its_beginning)
{
    vm_case_prints("receive_after", "timeout\n"
                                    "10\n"
                                    "late\n"
                                    "other\n"
                                    "nothing\n"
                                    "{error,timeout_value}\n");
}
END_TEST

START_TEST(timers_can_be_read_and_cancelled)
{
    vm_case_prints("cancelled", "600\n"
                                "600\n"
                                "false\n"
                                "false\n"
                                "5\n"
                                "{message_queue_len,0}\n");
}
END_TEST

START_TEST(receive_takes_the_first_that_matches)
{
    vm_case_prints("selective", "1\n"
                                "d\n"
                                "2\n"
                                "{messages,[a,c]}\n"
                                "none\n"
                                "e\n"
                                "[a,c]\n"
                                "{message_queue_len,0}\n");
}
END_TEST

START_TEST(calls_find_their_answer_behind_a_long_queue)
{
    vm_case_prints("marked", "2550\n"
                             "done\n"
                             "{message_queue_len,200}\n"
                             "20100\n");
}
END_TEST

START_TEST(messages_survive_collections)
{
    vm_case_prints("flood", "90000\n");
}
END_TEST

START_TEST(exit_signals_do_as_their_reason_says)
{
    vm_case_prints("exits", "oops\n"
                            "killed\n"
                            "true\n"
                            "false\n"
                            "shutdown\n"
                            "true\n"
                            "killed\n"
                            "normal\n"
                            "kill\n"
                            "true\n");
}
END_TEST

START_TEST(links_carry_the_reason_on)
{
    vm_case_prints("links", "bye\n"
                            "unlinked\n"
                            "broken\n"
                            "broken\n"
                            "noproc\n"
                            "kill\n"
                            "exit_then_down\n"
                            "{links,false}\n");
}
END_TEST

START_TEST(monitors_tell_of_the_end_once)
{
    vm_case_prints("monitors", "2\n"
                               "true\n"
                               "normal\n"
                               "second\n"
                               "noproc\n"
                               "true\n"
                               "tagged\n"
                               "{error,badarg}\n"
                               "{error,badarg}\n"
                               "true\n");
}
END_TEST

START_TEST(monitors_by_name_say_the_name)
{
    vm_case_prints("named_monitors", "[{{bob,'nonode@nohost'},bye},{{bob,'nonode@nohost'},bye}]\n"
                                     "[{{bob,'nonode@nohost'},noproc}]\n"
                                     "undefined\n");
}
END_TEST

START_TEST(aliases_end_when_they_should)
{
    vm_case_prints("aliases", "[one]\n"
                              "true\n"
                              "false\n"
                              "{messages,[]}\n"
                              "{messages,[one]}\n"
                              "[hello]\n"
                              "{messages,[]}\n"
                              "[reply,normal]\n"
                              "noproc\n"
                              "[still]\n"
                              "{message_queue_len,0}\n");
}
END_TEST

START_TEST(demonitor_flushes_and_informs)
{
    vm_case_prints("demonitors", "true\n"
                                 "false\n"
                                 "false\n"
                                 "{message_queue_len,0}\n"
                                 "true\n"
                                 "{message_queue_len,1}\n"
                                 "{error,badarg}\n");
}
END_TEST

START_TEST(spawn_options_are_obeyed)
{
    vm_case_prints("spawns", "[reply,child,normal]\n"
                             "{error,badarg}\n"
                             "true\n"
                             "true\n"
                             "true\n"
                             "undef\n");
}
END_TEST

START_TEST(a_suspended_process_waits_for_its_resumption)
{
    vm_case_prints("suspended", "false\n"
                                "{status,suspended}\n"
                                "{message_queue_len,0}\n"
                                "[{got,a}]\n"
                                "[suspended,{got,b}]\n"
                                "{error,badarg}\n");
}
END_TEST

START_TEST(hibernating_keeps_only_what_is_asked)
{
    vm_case_prints(
        "hibernation",
        "[{status,waiting},{current_function,{erlang,hibernate,3}},{message_queue_len,0}]\n"
        "[{[1,2,3],yes}]\n"
        "[bye]\n"
        "false\n");
}
END_TEST

START_TEST(dictionaries_grow_and_shrink)
{
    vm_case_prints("dictionary", "undefined\n"
                                 "undefined\n"
                                 "1\n"
                                 "41791750\n"
                                 "20958500\n"
                                 "251\n"
                                 "20833250\n"
                                 "[a]\n"
                                 "251\n"
                                 "251\n"
                                 "[]\n");
}
END_TEST

START_TEST(names_lead_to_living_processes)
{
    vm_case_prints("registered_names", "true\n"
                                       "true\n"
                                       "{error,badarg}\n"
                                       "undefined\n"
                                       "{error,badarg}\n"
                                       "x\n"
                                       "{error,badarg}\n"
                                       "true\n"
                                       "{registered_name,me}\n"
                                       "[]\n");
}
END_TEST

START_TEST(a_bit_of_everything)
{
    vm_case_prints("busy", "2525\n"
                           "function_clause\n");
}
END_TEST

START_TEST(a_hundred_linked_processes_fall_together)
{
    vm_case_prints("chain", "true\n"
                            "crash\n");
}
END_TEST

START_TEST(an_error_is_the_reason_of_the_end)
{
    vm_case_prints("crash", "boom\n");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("process");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_test(core, max_and_high_run_before_normal_and_low);
    tcase_add_test(core, low_runs_after_being_passed_over);
    tcase_add_test(core, those_that_never_wait_take_turns);
    tcase_add_test(core, timers_fire_in_order_of_time);
    tcase_add_test(core, receive_after_counts_from_its_beginning);
    tcase_add_test(core, timers_can_be_read_and_cancelled);
    tcase_add_test(core, receive_takes_the_first_that_matches);
    tcase_add_test(core, calls_find_their_answer_behind_a_long_queue);
    tcase_add_test(core, messages_survive_collections);
    tcase_add_test(core, exit_signals_do_as_their_reason_says);
    tcase_add_test(core, links_carry_the_reason_on);
    tcase_add_test(core, monitors_tell_of_the_end_once);
    tcase_add_test(core, monitors_by_name_say_the_name);
    tcase_add_test(core, aliases_end_when_they_should);
    tcase_add_test(core, demonitor_flushes_and_informs);
    tcase_add_test(core, spawn_options_are_obeyed);
    tcase_add_test(core, a_suspended_process_waits_for_its_resumption);
    tcase_add_test(core, hibernating_keeps_only_what_is_asked);
    tcase_add_test(core, dictionaries_grow_and_shrink);
    tcase_add_test(core, names_lead_to_living_processes);
    tcase_add_test(core, a_bit_of_everything);
    tcase_add_test(core, a_hundred_linked_processes_fall_together);
    tcase_add_test(core, an_error_is_the_reason_of_the_end);
    suite_add_tcase(suite, core);
    return suite;
}
