// units.c - open every .beam file named as a unit, and prove that emitting it changes nothing, that
// its text assembles to the same bytes, and that its tidied form verifies.
//
// Usage: units [-s STEP] PATH...   as beams.h says
#include <stdio.h>
#include <stdlib.h>

#include "rewriter/cas.h"
#include "rewriter/unit.h"
#include "tests/corpus/beams.h"

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

static void check_file(void *data, const char *path, struct wb_bytes file)
{
    struct tally *tally = data;
    struct wb_error *err = check_bytes(file, tally);
    tally->files++;
    tally->bytes += file.size;
    if (err == NULL)
        return;
    printf("%s: %s\n", path, err->text);
    tally->failed++;
    wb_error_free(err);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    if (!beams_each(argc, argv, check_file, &tally, &tally.failed))
        return 2;
    printf("%zu files, %zu bytes, %zu functions, %zu bytes of text; %zu failed\n", tally.files,
           tally.bytes, tally.functions, tally.text, tally.failed);
    return tally.files > 0 && tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
