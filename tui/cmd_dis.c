// cmd_dis.c - cryo dis: a .beam file as text.
#include <stdio.h>

#include "core-vm/base/file.h"
#include "core-vm/format/dis.h"
#include "tui/verb.h"

static struct wb_error *disassemble(const char *path, struct wb_arena *arena, struct wb_text *text)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct beam_module module;
    struct beam_code code;
    WB_TRY(wb_file_map(path, &file));
    struct wb_error *err = beam_module_read(file, arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, arena, &code);
    if (err != NULL)
        return wb_error_while(err, "%s", path);
    beam_dis(&module, &code, text);
    return NULL;
}

int ui_cmd_dis(int count, char **args)
{
    if (count > 1 && ui_wants_help("dis", args[1]))
        return UI_EXIT_FINE;
    if (count != 2)
        return ui_usage("dis", "say which file");
    struct wb_arena arena = {0};
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = disassemble(args[1], &arena, &text);
    wb_arena_free(&arena);
    if (err != NULL)
        return ui_fail("dis", err);
    fwrite(text.at, 1, text.size, stdout);
    return UI_EXIT_FINE;
}
