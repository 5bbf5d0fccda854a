// cmd_dump.c - cryo dump: everything about the processes of a target, once.
#include <stdio.h>

#include "inspector/dump.h"
#include "tui/start.h"

static struct wb_error *dump(struct insp_context *c, char **names, size_t count,
                             struct insp_out *out)
{
    if (out->is_json)
        wb_json_object(&out->json);
    struct wb_error *err = insp_dump(c, (const char *const *)names, count, out);
    if (out->is_json)
        insp_out_end(out, NULL);
    return err;
}

int ui_cmd_dump(int count, char **args)
{
    struct ui_start start = {.verb = "dump"};
    struct insp_session s;
    int rest = 0;
    if (count > 1 && ui_wants_help("dump", args[1]))
        return UI_EXIT_FINE;
    int status = ui_start_parse(&start, "jtap", count, args, &rest);
    if (status != UI_EXIT_FINE)
        return status;
    struct wb_error *err = ui_start_session(&start, &s);
    if (err != NULL)
        return ui_fail("dump", err);
    struct insp_context c = {.s = &s};
    struct wb_text text wb_auto_text = {0};
    struct insp_out out;
    insp_out_init(&out, &text, start.json, 0);
    if (start.assert_count > 0)
        status = ui_start_asserts(&start, &c, &out);
    else
        err = dump(&c, args + rest, (size_t)(count - rest), &out);
    fwrite(wb_text_string(&text), 1, text.size, stdout);
    if (tgt_info(s.t)->receipt != NULL)
        fprintf(stderr, "%s\n", tgt_info(s.t)->receipt);
    insp_context_done(&c);
    insp_session_done(&s);
    return err != NULL ? ui_fail("dump", err) : status;
}
