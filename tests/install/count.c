// count.c - a program of somebody else: how many functions has a module, and is it the same when it
// is written back?
#include <stdio.h>

#include <core-vm/base/file.h>
#include <rewriter/cas.h>
#include <rewriter/pass.h>
#include <rewriter/visit.h>

int main(int argc, char **argv)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_text text wb_auto_text = {0};
    struct rw_unit *unit;
    if (argc != 2 || wb_file_map(argv[1], &file) != NULL || rw_unit_open(file, &unit) != NULL ||
        rw_unit_emit(unit, &text) != NULL)
        return 1;
    printf("%u functions, %s\n", unit->functions,
           wb_bytes_equal(wb_text_bytes(&text), file) ? "the same" : "different");
    rw_unit_free(unit);
    return 0;
}
