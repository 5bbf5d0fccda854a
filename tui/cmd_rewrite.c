// cmd_rewrite.c - cryo rewrite: passes over .beam files.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core-vm/base/file.h"
#include "rewriter/pass.h"
#include "tui/verb.h"

enum { MOST_PASSES = 64 };

struct request {
    const char *passes[MOST_PASSES];
    int pass_count;
    char **files;  // moved to the front of the arguments
    int file_count;
    const char *to;
    bool quiet, list;
};

static int list_passes(void)
{
    int count;
    const struct rw_pass *passes = rw_passes(&count);
    for (int i = 0; i < count; i++)
        printf("%s%s\n    %s: %s\n", passes[i].name, passes[i].option,
               rw_stage_name(passes[i].stage), passes[i].help);
    return UI_EXIT_FINE;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static void put_target(const struct request *request, const char *from, struct wb_text *path)
{
    const char *slash = strrchr(from, '/');
    wb_text_put(path, request->to);
    if (request->file_count == 1 && !is_folder(request->to))
        return;
    wb_text_put(path, "/");
    wb_text_put(path, slash != NULL ? slash + 1 : from);
}

static struct wb_error *rewrite(const struct request *request, struct wb_bytes bytes,
                                struct wb_text *file, struct wb_text *notes)
{
    struct rw_unit *unit;
    WB_TRY(rw_unit_open(bytes, &unit));
    struct wb_error *err = rw_passes_run(unit, request->passes, request->pass_count, notes);
    if (err == NULL)
        err = rw_unit_emit(unit, file);
    rw_unit_free(unit);
    return err;
}

static struct wb_error *rewrite_file(const struct request *request, const char *from)
{
    struct wb_bytes bytes wb_auto_unmap = {0};
    struct wb_text file wb_auto_text = {0}, path wb_auto_text = {0}, notes wb_auto_text = {0};
    WB_TRY(wb_file_map(from, &bytes));
    struct wb_error *err = rewrite(request, bytes, &file, &notes);
    if (err != NULL)
        return wb_error_while(err, "%s", from);
    put_target(request, from, &path);
    WB_TRY(wb_file_write(wb_text_string(&path), wb_text_bytes(&file)));
    if (!request->quiet && notes.size > 0)
        fprintf(stderr, "%s: %s", from, wb_text_string(&notes));
    return NULL;
}

// UI_EXIT_FINE: go on.
static int read_arguments(int count, char **args, struct request *ret)
{
    ret->files = args;
    for (int i = 1; i < count; i++) {
        bool more = i + 1 < count;
        if (strcmp(args[i], "--list") == 0)
            ret->list = true;
        else if (strcmp(args[i], "-q") == 0)
            ret->quiet = true;
        else if (strcmp(args[i], "-o") == 0 && more)
            ret->to = args[++i];
        else if (strcmp(args[i], "--pass") == 0 && more && ret->pass_count < MOST_PASSES)
            ret->passes[ret->pass_count++] = args[++i];
        else if (args[i][0] == '-' && args[i][1] != '\0')
            return ui_usage("rewrite", "%s: no such option, or nothing behind it", args[i]);
        else
            ret->files[ret->file_count++] = args[i];
    }
    if (ret->list)
        return UI_EXIT_FINE;
    if (ret->file_count == 0 || ret->to == NULL)
        return ui_usage("rewrite", "say which files, and with -o where to");
    if (ret->file_count > 1 && !is_folder(ret->to))
        return ui_usage("rewrite", "%s is no folder, and there are several files", ret->to);
    return UI_EXIT_FINE;
}

int ui_cmd_rewrite(int count, char **args)
{
    struct request request = {0};
    for (int i = 1; i < count; i++)
        if (ui_wants_help("rewrite", args[i]))
            return UI_EXIT_FINE;
    int status = read_arguments(count, args, &request);
    if (status != UI_EXIT_FINE)
        return status;
    if (request.list)
        return list_passes();
    for (int i = 0; i < request.file_count; i++) {
        struct wb_error *err = rewrite_file(&request, request.files[i]);
        if (err != NULL)
            return ui_fail("rewrite", err);
    }
    return UI_EXIT_FINE;
}
