#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core-vm/base/file.h"
#include "rewriter/fuzz/fuzz_priv.h"

enum { LARGEST_SEED = 1 << 16 };

void fuzz_corpus_add(struct fuzz_corpus *corpus, struct wb_bytes file)
{
    if (corpus->count == corpus->capacity) {
        corpus->capacity = corpus->capacity != 0 ? corpus->capacity * 2 : 256;
        corpus->at = realloc(corpus->at, corpus->capacity * sizeof *corpus->at);
        if (corpus->at == NULL)
            wb_die_no_memory(corpus->capacity * sizeof *corpus->at);
    }
    struct fuzz_input input = {.at = malloc(file.size + 1), .size = file.size};
    if (input.at == NULL)
        wb_die_no_memory(file.size);
    if (file.size > 0)
        memcpy(input.at, file.at, file.size);
    corpus->at[corpus->count++] = input;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void read_one(struct fuzz_corpus *corpus, const char *path)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_error *err = wb_file_map(path, &file);
    if (err == NULL && file.size > 0)
        fuzz_corpus_add(corpus, file);
    wb_error_free(err);
}

void fuzz_corpus_read(struct fuzz_corpus *corpus, const char *folder)
{
    char *const paths[] = {(char *)(uintptr_t)folder, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;) {
        size_t length = strlen(entry->fts_path);
        bool is_text = length > 3 && (strcmp(entry->fts_path + length - 3, ".md") == 0 ||
                                      strstr(entry->fts_path, "/source/") != NULL);
        if (entry->fts_info == FTS_F && !is_text && entry->fts_statp->st_size <= LARGEST_SEED)
            read_one(corpus, entry->fts_path);
    }
    if (tree != NULL)
        fts_close(tree);
}

void fuzz_corpus_free(struct fuzz_corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++)
        free(corpus->at[i].at);
    free(corpus->at);
    *corpus = (struct fuzz_corpus){0};
}
