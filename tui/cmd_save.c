// cmd_save.c - cryo save: a target as an image file, to look at later.
#include <stdio.h>

#include "core-vm/base/file.h"
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
    struct wb_text image wb_auto_text = {0};
    ui_print_output(&s);
    err = tgt_save(s.t, &image);
    if (err == NULL)
        err = wb_file_write(start.output, wb_text_bytes(&image));
    insp_session_done(&s);
    return err != NULL ? ui_fail("save", err) : UI_EXIT_FINE;
}
