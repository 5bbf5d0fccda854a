// cmd_asm.c - cryo asm: the text that `cryo dis --cas` prints, as a .beam file.
#include <stdio.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "rewriter/cas.h"
#include "tui/verb.h"

struct request {
    const char *from, *to;
    bool any;  // also what the verifier refuses
};

static struct wb_error *emit(const char *path, struct wb_text *file)
{
    struct wb_bytes text wb_auto_unmap = {0};
    WB_TRY(wb_file_map(path, &text));
    struct wb_error *err = rw_cas_assemble(text, file);
    return err != NULL ? wb_error_while(err, "%s", path) : NULL;
}

static struct wb_error *assemble(const struct request *request)
{
    struct wb_text file wb_auto_text = {0};
    WB_TRY(emit(request->from, &file));
    struct wb_error *err = request->any ? NULL : rw_prove(wb_text_bytes(&file));
    if (err != NULL)
        return wb_error_while(err, "%s (--any writes it all the same)", request->from);
    return wb_file_write(request->to, wb_text_bytes(&file));
}

int ui_cmd_asm(int count, char **args)
{
    struct request request = {0};
    for (int i = 1; i < count; i++) {
        if (ui_wants_help("asm", args[i]))
            return UI_EXIT_FINE;
        if (strcmp(args[i], "--any") == 0)
            request.any = true;
        else if (strcmp(args[i], "-o") == 0 && i + 1 < count)
            request.to = args[++i];
        else if (args[i][0] == '-' && args[i][1] != '\0')
            return ui_usage("asm", "%s: no such option", args[i]);
        else if (request.from != NULL)
            return ui_usage("asm", "one text at a time");
        else
            request.from = args[i];
    }
    if (request.from == NULL || request.to == NULL)
        return ui_usage("asm", "say which text, and with -o where to");
    struct wb_error *err = assemble(&request);
    return err != NULL ? ui_fail("asm", err) : UI_EXIT_FINE;
}
