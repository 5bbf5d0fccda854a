#include "tui/swap.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "inspector/swap.h"
#include "rewriter/pass.h"

enum { MOST_PASSES = 64 };

static struct wb_error *rewrite(struct wb_bytes from, const char *const *passes, int count,
                                struct wb_text *file, struct wb_text *notes)
{
    struct rw_unit *unit;
    WB_TRY(rw_unit_open(from, &unit));
    struct wb_error *err = rw_passes_run(unit, passes, count, notes);
    if (err == NULL)
        err = rw_unit_emit(unit, file);
    rw_unit_free(unit);
    return err;
}

static void say_notes(struct wb_bytes name, const struct wb_text *notes, struct insp_out *out)
{
    size_t size = notes->size > 0 && notes->at[notes->size - 1] == '\n' ? notes->size - 1 : 0;
    if (size > 0)
        insp_out_say(out, "notes", "%.*s: %.*s", (int)name.size, (const char *)name.at, (int)size,
                     notes->at);
}

static struct wb_error *swap(struct insp_session *s, struct wb_bytes name,
                             const char *const *passes, int count, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct wb_text file wb_auto_text = {0}, notes wb_auto_text = {0}, source wb_auto_text = {0};
    struct tgt_module module;
    struct wb_error *err = insp_module_of(s, name, &arena, &module);
    if (err == NULL)
        err = rewrite(module.beam, passes, count, &file, &notes);
    if (err == NULL) {
        wb_text_put_bytes(&source, module.source.at, module.source.size);
        err = insp_swap(s, wb_text_bytes(&file), wb_text_string(&source), out);
    }
    if (err == NULL)
        say_notes(name, &notes, out);
    wb_arena_free(&arena);
    return err;
}

struct wb_error *ui_rewrite(struct insp_session *s, const char *text, struct insp_out *out)
{
    char *words wb_auto_free = strdup(text), *left = NULL;
    const char *passes[MOST_PASSES], *module;
    int count = 0;
    if (words == NULL)
        wb_die_no_memory(strlen(text) + 1);
    module = strtok_r(words, " \t", &left);
    for (char *pass; (pass = strtok_r(NULL, " \t", &left)) != NULL;) {
        if (count == MOST_PASSES)
            return wb_error_new(WB_E_LIMIT, "at most %d passes", MOST_PASSES);
        passes[count++] = pass;
    }
    if (count == 0)
        return wb_error_new(WB_E_BAD_DATA, "which module, by which passes? rewrite db trace");
    struct wb_bytes name = wb_bytes_of(module);
    if (name.size > 2 && name.at[0] == '\'' && name.at[name.size - 1] == '\'')
        name = (struct wb_bytes){name.at + 1, name.size - 2};
    return swap(s, name, passes, count, out);
}
