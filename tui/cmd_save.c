// cmd_save.c - cryo save: a target as an image file, to look at later.
#include <stdio.h>

#include "tui/save.h"
#include "tui/start.h"

int ui_cmd_save(int count, char **args)
{
    struct ui_start start = {.verb = "save"};
    struct insp_session s;
    int rest = 0;
    if (count > 1 && ui_wants_help("save", args[1]))
        return UI_EXIT_FINE;
    int status = ui_start_parse(&start, "op", count, args, &rest);
    if (status != UI_EXIT_FINE)
        return status;
    if (start.output == NULL)
        return ui_usage("save", "-o FILE says where to save it");
    ui_start_args(&start, count - rest, args + rest);
    struct wb_error *err = ui_start_session(&start, &s);
    if (err != NULL)
        return ui_fail("save", err);
    bool interrupted = false;
    ui_print_output(&s);
    err = ui_save(&s, start.output, true, &interrupted);
    if (err == NULL && tgt_info(s.t)->receipt != NULL)
        fprintf(stderr, "%s\n", tgt_info(s.t)->receipt);
    insp_session_done(&s);
    if (err == NULL)
        return UI_EXIT_FINE;
    status = ui_fail("save", err);
    return interrupted ? UI_EXIT_INTERRUPTED : status;
}
