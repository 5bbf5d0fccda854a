#include "inspector/target/otp/extract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"

static const char *build_id_text(const struct otp_elf *elf, struct wb_arena *arena)
{
    char *text = wb_push(arena, 2 * elf->build_id.size + 1, 1);
    for (size_t i = 0; i < elf->build_id.size; i++)
        snprintf(text + 2 * i, 3, "%02x", elf->build_id.at[i]);
    return text;
}

// A string constant of the program: "25". 0: it has none.
static unsigned release_of(const struct otp_elf *elf)
{
    const struct otp_symbol *symbol = otp_elf_symbol(elf, "etp_otp_release");
    char text[8] = "";
    for (size_t i = 0; symbol != NULL && i < elf->load_count; i++) {
        const struct otp_load *load = &elf->load[i];
        if (symbol->at < load->at || symbol->at - load->at >= load->bytes.size)
            continue;
        size_t room = load->bytes.size - (symbol->at - load->at);
        memcpy(text, load->bytes.at + (symbol->at - load->at),
               room < sizeof text - 1 ? room : sizeof text - 1);
    }
    return (unsigned)strtoul(text, NULL, 10);
}

// What the program says of itself, beside what its debug information says.
static struct wb_error *describe(const char *path, struct wb_arena *arena, struct otp_layout *ret)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct otp_elf elf;
    WB_TRY(wb_file_map(path, &file));
    WB_TRY(otp_elf_read(file, arena, &elf));
    ret->build_id = build_id_text(&elf, arena);
    ret->release = release_of(&elf);
    if (ret->release == 0)
        return wb_error_new(WB_E_UNSUPPORTED,
                            "%s is not an Erlang/OTP runtime: it has no symbol etp_otp_release",
                            path);
    return NULL;
}

struct wb_error *otp_layout_extract(const struct otp_file_name *runtime, struct wb_arena *arena,
                                    struct otp_layout *ret)
{
    struct otp_layout layout;
    const char *path = otp_find_file(runtime, arena);
    if (path == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no file %s", runtime->path);
    const char *debug = otp_debug_file(runtime, arena);
    if (debug == NULL)
        return wb_error_new(WB_E_UNSUPPORTED,
                            "%s has no debug information, and none of its build is under "
                            "/usr/lib/debug: install it (of Debian's: erlang-base-dbgsym), or "
                            "build OTP with -g",
                            runtime->path);
    WB_TRY(otp_layout_from_dwarf(debug, &layout));
    WB_TRY(describe(path, arena, &layout));
    *ret = layout;
    return NULL;
}
