#include "tests/corpus/beams.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_beam(const FTSENT *entry)
{
    size_t length = strlen(entry->fts_path);
    return entry->fts_info == FTS_F && length > 5 &&
           strcmp(entry->fts_path + length - 5, ".beam") == 0;
}

static bool look_at(const char *path, beams_fn *fn, void *data)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_error *err = wb_file_map(path, &file);
    if (err != NULL) {
        fprintf(stderr, "%s\n", err->text);
        wb_error_free(err);
        return false;
    }
    fn(data, path, file);
    return true;
}

bool beams_each(int argc, char **argv, beams_fn *fn, void *data, size_t *unread)
{
    unsigned long step = 1, seen = 0;
    char **paths = argv + 1;
    if (argc > 3 && strcmp(argv[1], "-s") == 0) {
        step = strtoul(argv[2], NULL, 10);
        paths += 2;
    }
    if (argc < 2 || step == 0) {
        fprintf(stderr, "usage: %s [-s STEP] PATH...\n", argv[0]);
        return false;
    }
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;)
        if (is_beam(entry) && seen++ % step == 0 && !look_at(entry->fts_path, fn, data))
            ++*unread;
    if (tree != NULL)
        fts_close(tree);
    return true;
}
