// Finding an installed OTP without running it: its emulator is a script in ROOTDIR/bin that names
// ROOTDIR, and each application is ROOTDIR/lib/NAME-VERSION/ebin.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "core-vm/base/text.h"
#include "core-vm/vm/world.h"

enum { MOST_APPLICATIONS = 1024 };

struct application {
    const char *folder;   // "stdlib-4.2" or, without a version, "stdlib"
    size_t name_size;     // of the name within it
    unsigned version[8];  // numbers of the version
};

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static const char *keep(struct wb_arena *arena, const char *a, const char *b, const char *c)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_printf(&text, "%s%s%s", a, b, c);
    char *copy = wb_push_array(arena, char, text.size + 1);
    memcpy(copy, wb_text_string(&text), text.size);
    return copy;
}

// A program on PATH, its links followed; NULL: none.
static char *program_path(const char *name)
{
    const char *rest = getenv("PATH");
    struct wb_text path wb_auto_text = {0};
    while (rest != NULL && *rest != '\0') {
        size_t size = strcspn(rest, ":");
        wb_text_cut(&path, 0);
        wb_text_printf(&path, "%.*s/%s", (int)size, rest, name);
        if (access(wb_text_string(&path), X_OK) == 0)
            return realpath(wb_text_string(&path), NULL);
        rest += size + (rest[size] == ':');
    }
    return NULL;
}

static bool has_lib(const char *root)
{
    struct wb_text lib wb_auto_text = {0};
    wb_text_printf(&lib, "%s/lib", root);
    return is_folder(wb_text_string(&lib));
}

// ROOT of a program that is ROOT/bin/NAME.
static const char *root_above(struct wb_arena *arena, const char *program)
{
    char *copy wb_auto_free = strdup(program);
    for (int up = 0; up < 2 && copy != NULL; up++) {
        char *slash = strrchr(copy, '/');
        if (slash == NULL)
            return NULL;
        *slash = '\0';
    }
    return copy != NULL && has_lib(copy) ? keep(arena, copy, "", "") : NULL;
}

// What the line ROOTDIR="..." of erl's start script says.
static const char *root_in_script(struct wb_arena *arena, const char *program)
{
    static const char key[] = "ROOTDIR=";
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_error *err = wb_file_map(program, &file);
    wb_error_free(err);
    const char *text = (const char *)file.at;
    const char *found =
        err != NULL || file.size == 0 ? NULL : memmem(text, file.size, key, sizeof key - 1);
    if (found == NULL)
        return NULL;
    found += sizeof key - 1;
    size_t left = file.size - (size_t)(found - text), skip = left > 0 && *found == '"';
    size_t size = skip;
    while (size < left && strchr("\"\n ;", found[size]) == NULL)
        size++;
    struct wb_text root wb_auto_text = {0};
    wb_text_put_bytes(&root, found + skip, size - skip);
    return has_lib(wb_text_string(&root)) ? keep(arena, wb_text_string(&root), "", "") : NULL;
}

static const char *root_of_program(struct wb_arena *arena, const char *name, bool script)
{
    char *program wb_auto_free = program_path(name);
    if (program == NULL)
        return NULL;
    const char *root = root_above(arena, program);
    return root == NULL && script ? root_in_script(arena, program) : root;
}

static const char *otp_root(struct wb_arena *arena)
{
    static const char *const usual[] = {"/usr/lib/erlang", "/usr/local/lib/erlang",
                                        "/usr/lib64/erlang"};
    const char *given = getenv("ROOTDIR");
    if (given != NULL && has_lib(given))
        return given;
    const char *root = root_of_program(arena, "erl", true);
    for (size_t i = 0; root == NULL && i < sizeof usual / sizeof *usual; i++)
        root = has_lib(usual[i]) ? usual[i] : NULL;
    return root;
}

static void parse_folder(struct application *app)
{
    const char *dash = strrchr(app->folder, '-');
    bool versioned = dash != NULL && dash[1] >= '0' && dash[1] <= '9';
    app->name_size = versioned ? (size_t)(dash - app->folder) : strlen(app->folder);
    const char *at = versioned ? dash + 1 : "";
    for (size_t i = 0; i < sizeof app->version / sizeof *app->version && *at != '\0'; i++) {
        char *end = NULL;
        app->version[i] = (unsigned)strtoul(at, &end, 10);
        at = *end == '\0' ? end : end + 1;
    }
}

static bool same_application(const struct application *a, const struct application *b)
{
    return a->name_size == b->name_size && memcmp(a->folder, b->folder, a->name_size) == 0;
}

static bool newer(const struct application *a, const struct application *b)
{
    for (size_t i = 0; i < sizeof a->version / sizeof *a->version; i++)
        if (a->version[i] != b->version[i])
            return a->version[i] > b->version[i];
    return false;
}

// Of several versions of an application the newest stays.
static size_t add_application(struct application *apps, size_t count, struct application app)
{
    for (size_t i = 0; i < count; i++) {
        if (!same_application(&apps[i], &app))
            continue;
        if (newer(&app, &apps[i]))
            apps[i] = app;
        return count;
    }
    if (count == MOST_APPLICATIONS)
        return count;
    apps[count] = app;
    return count + 1;
}

// What almost every lookup wants comes first, the others by name.
static int rank(const struct application *app)
{
    static const char *const first[] = {"stdlib", "kernel", "erts", "elixir"};
    int i = 0;
    for (; i < 4; i++)
        if (app->name_size == strlen(first[i]) &&
            memcmp(app->folder, first[i], app->name_size) == 0)
            break;
    return i;
}

static int by_rank_and_name(const void *a, const void *b)
{
    const struct application *x = a, *y = b;
    int difference = rank(x) - rank(y);
    return difference != 0 ? difference : strcmp(x->folder, y->folder);
}

static size_t list_applications(struct wb_arena *arena, const char *lib, struct application *apps)
{
    DIR *dir = opendir(lib);
    size_t count = 0;
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        const char *ebin = keep(arena, lib, entry->d_name, "/ebin");
        if (entry->d_name[0] == '.' || !is_folder(ebin))
            continue;
        struct application app = {.folder = keep(arena, entry->d_name, "", "")};
        parse_folder(&app);
        count = add_application(apps, count, app);
    }
    if (dir != NULL)
        closedir(dir);
    qsort(apps, count, sizeof *apps, by_rank_and_name);
    return count;
}

static size_t add_root(struct wb_arena *arena, const char *root, const char **paths)
{
    if (root == NULL)
        return 0;
    const char *lib = keep(arena, root, "/lib/", "");
    struct application *apps = wb_push_array(arena, struct application, MOST_APPLICATIONS);
    size_t count = list_applications(arena, lib, apps);
    for (size_t i = 0; i < count; i++)
        paths[i] = keep(arena, lib, apps[i].folder, "/ebin");
    return count;
}

struct wb_error *vm_find_otp(struct wb_arena *arena, const char *const **ret, size_t *count)
{
    const char **paths = wb_push_array(arena, const char *, (size_t)2 * MOST_APPLICATIONS);
    const char *root = otp_root(arena);
    if (root == NULL)
        return wb_error_new(WB_E_NOT_FOUND,
                            "no Erlang/OTP: install it, or set ROOTDIR to where it is");
    size_t found = add_root(arena, root, paths);
    found += add_root(arena, root_of_program(arena, "elixir", false), paths + found);
    *ret = paths;
    *count = found;
    return NULL;
}
