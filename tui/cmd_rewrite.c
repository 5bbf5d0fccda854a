// cmd_rewrite.c - cryo rewrite: passes over .beam files, and over modules of a node that runs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "core-vm/format/module.h"
#include "rewriter/pass.h"
#include "tui/node.h"
#include "tui/verb.h"

enum { MOST_PASSES = 64, USUAL_SECONDS = 10, MOST_SECONDS = 100, MOST_COOKIE = 255 };

struct request {
    const char *passes[MOST_PASSES];
    int pass_count;
    char **files;  // moved to the front of the arguments
    int file_count;
    const char *to;
    bool quiet, list;
    const char *node, *cookie_file;
    const char *timeout;
    uint64_t seconds;  // of it
    bool purge, unstick;
};

// One of the files, rewritten.
struct result {
    struct wb_text file, path;  // path: where the node or we have it from
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

// Is it the name of a module, to be had of the node, and not a file?
static bool is_module(const struct request *request, const char *from)
{
    struct stat about;
    const char *dot = strrchr(from, '.');
    bool like_file = strchr(from, '/') != NULL || (dot != NULL && strcmp(dot, ".beam") == 0);
    return request->node != NULL && !like_file && stat(from, &about) != 0;
}

static void put_target(const struct request *request, const char *from, struct wb_text *path)
{
    const char *slash = strrchr(from, '/');
    wb_text_put(path, request->to);
    if (request->file_count == 1 && !is_folder(request->to))
        return;
    wb_text_put(path, "/");
    wb_text_put(path, slash != NULL ? slash + 1 : from);
    if (is_module(request, from))
        wb_text_put(path, ".beam");
}

// Each pass is proved behind it; what none has touched is not handed to a node unproved.
static struct wb_error *rewrite(const struct request *request, struct wb_bytes bytes,
                                struct wb_text *file, struct wb_text *notes)
{
    WB_TRY(rw_rewrite(bytes, request->passes, request->pass_count, file, notes));
    bool unproved = request->node != NULL && request->pass_count == 0;
    return unproved ? rw_prove(wb_text_bytes(file)) : NULL;
}

static void put_path(const char *from, struct wb_text *path)
{
    char *whole wb_auto_free = realpath(from, NULL);
    wb_text_put(path, whole != NULL ? whole : from);
}

static struct wb_error *fetch(const struct request *request, struct ui_node *node,
                              const char *module, struct wb_text *ret, struct wb_text *path)
{
    bool differs = false;
    WB_TRY(ui_node_get(node, module, ret, path, &differs));
    if (differs && request->pass_count > 0 && !request->quiet)
        fprintf(stderr, "%s: %s runs another version than its file %s, which is rewritten\n",
                module, request->node, wb_text_string(path));
    return NULL;
}

static struct wb_error *rewrite_file(const struct request *request, struct ui_node *node,
                                     const char *from, struct result *ret)
{
    struct wb_bytes map wb_auto_unmap = {0};
    struct wb_text fetched wb_auto_text = {0}, to wb_auto_text = {0}, notes wb_auto_text = {0};
    bool of_node = is_module(request, from);
    if (of_node) {
        WB_TRY(fetch(request, node, from, &fetched, &ret->path));
    } else {
        WB_TRY(wb_file_map(from, &map));
        put_path(from, &ret->path);
    }
    struct wb_error *err =
        rewrite(request, of_node ? wb_text_bytes(&fetched) : map, &ret->file, &notes);
    if (err != NULL)
        return wb_error_while(err, "%s", from);
    if (request->to != NULL) {
        put_target(request, from, &to);
        WB_TRY(wb_file_write(wb_text_string(&to), wb_text_bytes(&ret->file)));
    }
    if (!request->quiet && notes.size > 0)
        fprintf(stderr, "%s: %s", from, wb_text_string(&notes));
    return NULL;
}

static struct wb_error *load_result(const struct request *request, struct ui_node *node,
                                    const struct result *result)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_bytes file = wb_text_bytes(&result->file);
    struct wb_error *err = beam_module_read(file, &arena, &module);
    if (err == NULL)
        err = ui_node_load(node, &(struct ui_node_load){.module = module.name,
                                                        .file = file,
                                                        .path = wb_text_string(&result->path),
                                                        .purge = request->purge,
                                                        .unstick = request->unstick});
    if (err == NULL && !request->quiet)
        fprintf(stderr, "%.*s: loaded in %s\n", (int)module.name.size, (const char *)module.name.at,
                request->node);
    wb_arena_free(&arena);
    return err;
}

// All are rewritten before the first is loaded.
static struct wb_error *rewrite_all(const struct request *request, struct ui_node *node)
{
    size_t count = (size_t)request->file_count;
    struct result *results = calloc(count, sizeof *results);
    struct wb_error *err = NULL;
    if (results == NULL)
        wb_die_no_memory(count * sizeof *results);
    for (size_t i = 0; i < count && err == NULL; i++) {
        err = rewrite_file(request, node, request->files[i], &results[i]);
        if (node == NULL)
            wb_text_free(&results[i].file);
    }
    for (size_t i = 0; i < count && err == NULL && node != NULL; i++)
        err = load_result(request, node, &results[i]);
    for (size_t i = 0; i < count; i++) {
        wb_text_free(&results[i].file);
        wb_text_free(&results[i].path);
    }
    free(results);
    return err;
}

// ---- the node

// Other users see the arguments of programs: a cookie is none of them.
static struct wb_error *read_cookie(const struct request *request, char cookie[MOST_COOKIE + 1],
                                    const char **ret)
{
    struct wb_bytes file wb_auto_unmap = {0};
    *ret = getenv("CRYO_COOKIE");
    if (request->cookie_file == NULL)
        return NULL;
    WB_TRY(wb_file_map(request->cookie_file, &file));
    size_t size = file.size;
    while (size > 0 && file.at[size - 1] <= ' ')
        size--;
    if (size == 0 || size > MOST_COOKIE || memchr(file.at, 0, size) != NULL)
        return wb_error_new(WB_E_BAD_DATA, "%s is no cookie", request->cookie_file);
    memcpy(cookie, file.at, size);
    cookie[size] = '\0';
    *ret = cookie;
    return NULL;
}

static struct wb_error *rewrite_in_node(const struct request *request)
{
    char room[MOST_COOKIE + 1];
    struct ui_node_options options = {.name = request->node, .seconds = (unsigned)request->seconds};
    struct ui_node *node = NULL;
    WB_TRY(read_cookie(request, room, &options.cookie));
    WB_TRY(ui_node_open(&options, &node));
    struct wb_error *err = rewrite_all(request, node);
    ui_node_close(node);
    return err;
}

// ---- the command line

static struct ui_option option_of(struct request *r, const char *name)
{
    const struct ui_option rows[] = {
        {"-o", &r->to, NULL},
        {"--load", &r->node, NULL},
        {"--cookie-file", &r->cookie_file, NULL},
        {"--timeout", &r->timeout, NULL},
        {"--list", NULL, &r->list},
        {"-q", NULL, &r->quiet},
        {"--purge", NULL, &r->purge},
        {"--unstick", NULL, &r->unstick},
    };
    return ui_option_find(rows, sizeof rows / sizeof *rows, name);
}

static int check_request(struct request *r)
{
    r->seconds = USUAL_SECONDS;
    if (r->list)
        return UI_EXIT_FINE;
    if (r->file_count == 0 || (r->to == NULL && r->node == NULL))
        return ui_usage("rewrite", "say which files, and with -o or --load where to");
    if (r->to != NULL && r->file_count > 1 && !is_folder(r->to))
        return ui_usage("rewrite", "%s is no folder, and there are several files", r->to);
    if (r->node == NULL && (r->purge || r->unstick || r->cookie_file != NULL || r->timeout != NULL))
        return ui_usage("rewrite",
                        "--purge, --unstick, --cookie-file and --timeout go with --load");
    bool good = r->timeout == NULL || ui_read_number(r->timeout, &r->seconds);
    if (!good || r->seconds < 1 || r->seconds > MOST_SECONDS)
        return ui_usage("rewrite", "--timeout takes 1 to %d seconds", MOST_SECONDS);
    return UI_EXIT_FINE;
}

// UI_EXIT_FINE: go on.
static int read_arguments(int count, char **args, struct request *ret)
{
    ret->files = args;
    for (int i = 1; i < count; i++) {
        bool more = i + 1 < count;
        struct ui_option option = option_of(ret, args[i]);
        if (option.flag != NULL)
            *option.flag = true;
        else if (option.text != NULL && more)
            *option.text = args[++i];
        else if (strcmp(args[i], "--pass") == 0 && more && ret->pass_count < MOST_PASSES)
            ret->passes[ret->pass_count++] = args[++i];
        else if (args[i][0] == '-' && args[i][1] != '\0')
            return ui_usage("rewrite", "%s: no such option, or nothing behind it", args[i]);
        else
            ret->files[ret->file_count++] = args[i];
    }
    return check_request(ret);
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
    struct wb_error *err =
        request.node != NULL ? rewrite_in_node(&request) : rewrite_all(&request, NULL);
    return err != NULL ? ui_fail("rewrite", err) : UI_EXIT_FINE;
}
