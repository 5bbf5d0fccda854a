// store.c - the folder of a run: OUT/corpus, OUT/findings, OUT/state.
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core-vm/base/file.h"
#include "rewriter/fuzz/fuzz_priv.h"

enum { PATH_ROOM = 4096 };

static struct wb_error *make_folder(const char *path)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return wb_error_sys(errno, "cannot make the folder %s", path);
    return NULL;
}

struct wb_error *fuzz_store_open(const char *out)
{
    static const char *const folders[] = {"corpus", "findings"};
    char path[PATH_ROOM];
    if (strlen(out) > PATH_ROOM - 100)
        return wb_error_new(WB_E_LIMIT, "the name of the folder is too long");
    WB_TRY(make_folder(out));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", out, folders[i]);
        WB_TRY(make_folder(path));
    }
    return NULL;
}

struct wb_error *fuzz_store_begin(char *path)
{
    return mkdtemp(path) != NULL ? NULL : wb_error_sys(errno, "cannot make a folder in /tmp");
}

void fuzz_store_end(char *path)
{
    char *const paths[] = {path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;)
        if (entry->fts_info != FTS_D)
            remove(entry->fts_path);
    if (tree != NULL)
        fts_close(tree);
}

// A disk that is full shall not end a run that goes on in memory.
static void write_or_not(const char *path, struct wb_bytes bytes)
{
    wb_error_free(wb_file_write(path, bytes));
}

static uint64_t hash_of(struct wb_bytes file)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < file.size; i++)
        h = (h ^ file.at[i]) * UINT64_C(0x100000001B3);
    return h;
}

void fuzz_store_input(const char *out, struct wb_bytes file)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/corpus/%016llx.beam", out, (unsigned long long)hash_of(file));
    FILE *to = fopen(path, "wbe");
    if (to == NULL)
        return;
    fwrite(file.at, 1, file.size, to);
    fclose(to);
}

void fuzz_store_state(const char *out, const struct rw_fuzz_sample *samples, size_t count)
{
    char path[PATH_ROOM];
    struct wb_text text wb_auto_text = {0};
    wb_text_put(&text, "# seconds execs loaded corpus findings edges\n");
    for (size_t i = 0; i < count; i++)
        wb_text_printf(&text, "%.1f %llu %llu %llu %llu %llu\n", samples[i].seconds,
                       (unsigned long long)samples[i].execs, (unsigned long long)samples[i].loaded,
                       (unsigned long long)samples[i].corpus,
                       (unsigned long long)samples[i].findings,
                       (unsigned long long)samples[i].edges);
    snprintf(path, sizeof path, "%s/state", out);
    write_or_not(path, wb_text_bytes(&text));
}

static bool parse_sample(char *line, struct rw_fuzz_sample *ret)
{
    char *end = line;
    uint64_t number[5];
    ret->seconds = strtod(line, &end);
    if (end == line)
        return false;
    for (size_t i = 0; i < 5; i++)
        number[i] = strtoull(end, &end, 10);
    ret->execs = number[0];
    ret->loaded = number[1];
    ret->corpus = number[2];
    ret->findings = number[3];
    ret->edges = number[4];
    return true;
}

size_t fuzz_load_state(const char *out, struct rw_fuzz_sample *ret, size_t most)
{
    char path[PATH_ROOM], line[200];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/state", out);
    FILE *file = fopen(path, "re");
    while (file != NULL && count < most && fgets(line, sizeof line, file) != NULL)
        count += parse_sample(line, &ret[count]);
    if (file != NULL)
        fclose(file);
    return count;
}

static void describe(const struct rw_fuzz_options *options, const struct rw_finding *finding,
                     struct wb_text *text)
{
    const struct rw_result *result = &finding->result;
    wb_text_printf(text, "loader: %s\nend: %s\nkey: %016llx\nsaid: %s\nverifier: %s\n",
                   options->loader, rw_end_name(result->end), (unsigned long long)result->key,
                   result->text, finding->rule);
    wb_text_printf(text, "size: %zu\nsize-before: %zu\n", finding->size, finding->size_before);
    wb_text_printf(text, "replay: cryo fuzz --loader %s --replay %s/findings/%s.beam\n",
                   options->loader, options->out, finding->name);
    if (result->stack[0] != '\0')
        wb_text_printf(text, "\n%s", result->stack);
}

struct wb_error *fuzz_store_finding(const struct rw_fuzz_options *options, struct wb_bytes file,
                                    const struct rw_finding *finding)
{
    char path[PATH_ROOM];
    struct wb_text text wb_auto_text = {0};
    snprintf(path, sizeof path, "%s/findings/%s.beam", options->out, finding->name);
    WB_TRY(wb_file_write(path, file));
    describe(options, finding, &text);
    snprintf(path, sizeof path, "%s/findings/%s.txt", options->out, finding->name);
    return wb_file_write(path, wb_text_bytes(&text));
}

static void read_field(const char *text, const char *name, char *to, size_t room)
{
    const char *at = strstr(text, name);
    to[0] = '\0';
    if (at == NULL)
        return;
    at += strlen(name);
    snprintf(to, room, "%.*s", (int)strcspn(at, "\n"), at);
}

static enum rw_end end_of(const char *name)
{
    for (enum rw_end end = RW_END_CRASH; end <= RW_END_DISPUTE; end++)
        if (strcmp(rw_end_name(end), name) == 0)
            return end;
    return RW_END_CRASH;
}

static bool load_finding(const char *path, struct wb_arena *arena, struct rw_finding *ret)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_text text wb_auto_text = {0};
    char field[300];
    struct wb_error *err = wb_file_map(path, &file);
    if (err != NULL) {
        wb_error_free(err);
        return false;
    }
    wb_text_put_bytes(&text, file.at, file.size);
    read_field(wb_text_string(&text), "key: ", field, sizeof field);
    ret->result.key = strtoull(field, NULL, 16);
    read_field(wb_text_string(&text), "end: ", field, sizeof field);
    ret->result.end = end_of(field);
    read_field(wb_text_string(&text), "said: ", ret->result.text, sizeof ret->result.text);
    read_field(wb_text_string(&text), "verifier: ", field, sizeof field);
    char *rule = wb_push_array(arena, char, strlen(field) + 1);
    memcpy(rule, field, strlen(field) + 1);
    ret->rule = rule;
    read_field(wb_text_string(&text), "size: ", field, sizeof field);
    ret->size = strtoull(field, NULL, 10);
    const char *stack = strstr(wb_text_string(&text), "\n\n");
    if (stack != NULL)
        snprintf(ret->result.stack, sizeof ret->result.stack, "%s", stack + 2);
    return true;
}

size_t fuzz_load_findings(const char *out, struct wb_arena *arena, struct rw_finding *ret,
                          size_t most)
{
    char path[PATH_ROOM];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/findings", out);
    DIR *folder = opendir(path);
    for (struct dirent *entry;
         folder != NULL && count < most && (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        struct rw_finding *finding = &ret[count];
        if (length < 5 || length >= sizeof finding->name ||
            strcmp(entry->d_name + length - 4, ".txt") != 0)
            continue;
        *finding = (struct rw_finding){0};
        memcpy(finding->name, entry->d_name, length - 4);
        snprintf(path, sizeof path, "%s/findings/%s", out, entry->d_name);
        count += load_finding(path, arena, finding);
    }
    if (folder != NULL)
        closedir(folder);
    return count;
}
