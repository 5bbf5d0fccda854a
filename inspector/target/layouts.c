#include "inspector/target/layouts.h"

#include <string.h>

#include "inspector/target/otp/extract.h"

const char *tgt_layout_name(size_t index)
{
    return otp_layout_shipped(index);
}

bool tgt_reads_debug(void)
{
    return HAVE_LIBDWARF;
}

struct wb_error *tgt_layout_extract(const char *path, struct wb_text *ret)
{
    struct wb_arena arena = {0};
    struct otp_layout layout;
    struct wb_error *err =
        otp_layout_extract(&(struct otp_file_name){.root = "", .path = path}, &arena, &layout);
    if (err == NULL) {
        wb_text_printf(ret,
                       "# Offsets and sizes of the runtime's structs, x86-64, in bytes; -1: not in "
                       "this release.\n# From the debug information of %s.\n",
                       layout.name);
        otp_layout_write(&layout, ret);
    }
    wb_arena_free(&arena);
    return err;
}
