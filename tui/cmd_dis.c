// cmd_dis.c - cryo dis: a .beam file as text.
#include <stdio.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/format/dis.h"
#include "rewriter/cas.h"
#include "tui/verb.h"

static struct wb_error *list(struct wb_bytes file, struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct beam_code code;
    struct wb_error *err = beam_module_read(file, &arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &arena, &code);
    if (err == NULL)
        beam_dis(&module, &code, text);
    wb_arena_free(&arena);
    return err;
}

// Text that does not assemble to the same file is not handed out.
static struct wb_error *disassemble(struct wb_bytes file, struct wb_text *text)
{
    WB_TRY(rw_cas_disassemble(file, text));
    return rw_cas_check(wb_text_bytes(text), file);
}

static struct wb_error *read_file(const char *path, bool cas, struct wb_text *text)
{
    struct wb_bytes file wb_auto_unmap = {0};
    WB_TRY(wb_file_map(path, &file));
    struct wb_error *err = cas ? disassemble(file, text) : list(file, text);
    return err != NULL ? wb_error_while(err, "%s", path) : NULL;
}

int ui_cmd_dis(int count, char **args)
{
    if (count > 1 && ui_wants_help("dis", args[1]))
        return UI_EXIT_FINE;
    bool cas = count > 1 && strcmp(args[1], "--cas") == 0;
    if (count != 2 + cas)
        return ui_usage("dis", "say which file");
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = read_file(args[1 + cas], cas, &text);
    if (err != NULL)
        return ui_fail("dis", err);
    fwrite(text.at, 1, text.size, stdout);
    return UI_EXIT_FINE;
}
