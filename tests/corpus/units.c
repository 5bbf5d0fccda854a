// units.c - open every .beam file named as a unit, and prove that emitting it changes nothing, that
// its text assembles to the same bytes, and that its tidied form verifies.
//
// Usage: units [-s STEP] PATH...   files, or folders that are searched to the bottom; every STEPth
//                                  file is taken
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "rewriter/cas.h"
#include "rewriter/unit.h"

struct tally {
    size_t files, failed, bytes, functions, text;
};

static struct wb_error *check_unit(struct wb_bytes file, struct rw_unit *unit, struct tally *tally)
{
    struct wb_text text wb_auto_text = {0};
    WB_TRY(rw_unit_emit(unit, &text));
    tally->functions += unit->functions;
    if (!wb_bytes_equal(wb_text_bytes(&text), file))
        return wb_error_new(WB_E_BAD_DATA, "is emitted differently");
    wb_text_cut(&text, 0);
    WB_TRY(rw_cas_write(unit, &text));
    tally->text += text.size;
    WB_TRY(rw_cas_check(wb_text_bytes(&text), file));
    WB_TRY(rw_unit_tidy(unit));
    wb_text_cut(&text, 0);
    WB_TRY(rw_unit_emit(unit, &text));
    struct wb_error *err = rw_prove(wb_text_bytes(&text));
    return err != NULL ? wb_error_while(err, "tidied") : NULL;
}

static struct wb_error *check_bytes(struct wb_bytes file, struct tally *tally)
{
    struct rw_unit *unit;
    WB_TRY(rw_unit_open(file, &unit));
    struct wb_error *err = check_unit(file, unit, tally);
    rw_unit_free(unit);
    return err;
}

static void check_file(const char *path, struct tally *tally)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_error *err = wb_file_map(path, &file);
    if (err == NULL)
        err = check_bytes(file, tally);
    tally->files++;
    tally->bytes += file.size;
    if (err != NULL) {
        printf("%s: %s\n", path, err->text);
        tally->failed++;
        wb_error_free(err);
    }
}

static void check_tree(char **paths, unsigned long step, struct tally *tally)
{
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    unsigned long seen = 0;
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;) {
        size_t length = strlen(entry->fts_path);
        bool is_beam = entry->fts_info == FTS_F && length > 5 &&
                       strcmp(entry->fts_path + length - 5, ".beam") == 0;
        if (is_beam && seen++ % step == 0)
            check_file(entry->fts_path, tally);
    }
    if (tree != NULL)
        fts_close(tree);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    unsigned long step = 1;
    char **paths = argv + 1;
    if (argc > 3 && strcmp(argv[1], "-s") == 0) {
        step = strtoul(argv[2], NULL, 10);
        paths += 2;
    }
    if (argc < 2 || step == 0) {
        fprintf(stderr, "usage: %s [-s STEP] PATH...\n", argv[0]);
        return 2;
    }
    check_tree(paths, step, &tally);
    printf("%zu files, %zu bytes, %zu functions, %zu bytes of text; %zu failed\n", tally.files,
           tally.bytes, tally.functions, tally.text, tally.failed);
    return tally.files > 0 && tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
