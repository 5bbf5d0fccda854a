// cmd_cover.c - cryo cover: the report of what modules with pass `cover` counted.
#include <stdio.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "rewriter/cover.h"
#include "tui/verb.h"

enum form { TEXT, LCOV, JSON };

static struct wb_error *report(const char *path, struct wb_bytes dump, enum form form,
                               struct wb_text *text)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_arena arena = {0};
    struct rw_covered covered;
    struct wb_json json = {.text = text};
    WB_TRY(wb_file_map(path, &file));
    struct wb_error *err = rw_covered_read(file, &arena, &covered);
    if (err == NULL)
        err = rw_covered_add(&covered, dump);
    if (err == NULL && form == TEXT)
        rw_covered_text(&covered, text);
    else if (err == NULL && form == LCOV)
        rw_covered_lcov(&covered, text);
    else if (err == NULL) {
        rw_covered_json(&covered, &json);
        wb_text_put(text, "\n");
    }
    wb_arena_free(&arena);
    return err != NULL ? wb_error_while(err, "%s", path) : NULL;
}

static struct wb_error *report_all(char **paths, int count, enum form form, struct wb_text *text)
{
    struct wb_bytes dump wb_auto_unmap = {0};
    WB_TRY(wb_file_map(paths[0], &dump));
    for (int i = 1; i < count; i++)
        WB_TRY(report(paths[i], dump, form, text));
    return NULL;
}

int ui_cmd_cover(int count, char **args)
{
    enum form form = TEXT;
    struct wb_text text wb_auto_text = {0};
    int files = 0;
    for (int i = 1; i < count; i++) {
        if (ui_wants_help("cover", args[i]))
            return UI_EXIT_FINE;
        if (strcmp(args[i], "--dump") == 0) {
            puts(RW_COVER_DUMP);
            return UI_EXIT_FINE;
        }
        if (strcmp(args[i], "--lcov") == 0)
            form = LCOV;
        else if (strcmp(args[i], "--json") == 0)
            form = JSON;
        else if (args[i][0] == '-' && args[i][1] != '\0')
            return ui_usage("cover", "%s: no such option", args[i]);
        else
            args[files++] = args[i];
    }
    if (files < 2)
        return ui_usage("cover", "say which counts, and of which modules");
    struct wb_error *err = report_all(args, files, form, &text);
    if (err != NULL)
        return ui_fail("cover", err);
    fwrite(text.at, 1, text.size, stdout);
    return UI_EXIT_FINE;
}
