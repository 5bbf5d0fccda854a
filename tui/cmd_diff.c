// cmd_diff.c - cryo diff: what is different between two targets.
#include <stdio.h>
#include <string.h>

#include "inspector/diff.h"
#include "tui/start.h"

static struct wb_error *compare(struct ui_start *start, const char *after, bool reductions,
                                size_t *differences)
{
    struct insp_session a, b;
    struct wb_text text wb_auto_text = {0};
    struct insp_out out;
    WB_TRY(ui_start_session(start, &a));
    start->open.name = after;
    struct wb_error *err = ui_start_session(start, &b);
    if (err != NULL) {
        insp_session_done(&a);
        return err;
    }
    struct insp_diff diff = {.before = &a, .after = &b, .reductions = reductions};
    insp_out_init(&out, &text, start->json, 0);
    if (start->json)
        insp_out_begin(&out, "diff");
    err = insp_diff(&diff, &out);
    if (start->json)
        insp_out_end(&out, NULL);
    fwrite(wb_text_string(&text), 1, text.size, stdout);
    *differences = diff.differences;
    insp_session_done(&a);
    insp_session_done(&b);
    return err;
}

int ui_cmd_diff(int count, char **args)
{
    struct ui_start start = {.verb = "diff"};
    int rest = 0;
    size_t differences = 0;
    if (count > 1 && ui_wants_help("diff", args[1]))
        return UI_EXIT_FINE;
    int status = ui_start_parse(&start, "jr", count, args, &rest);
    if (status != UI_EXIT_FINE)
        return status;
    if (rest + 1 != count)
        return ui_usage("diff", "say which two targets to compare");
    struct wb_error *err = compare(&start, args[rest], start.reductions, &differences);
    if (err != NULL)
        return ui_fail("diff", err);
    return differences > 0 ? UI_EXIT_FOUND : UI_EXIT_FINE;
}
