#include "tui/swap.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "inspector/command.h"
#include "inspector/swap.h"
#include "rewriter/pass.h"

enum { MOST_PASSES = 64 };

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
        err = rw_rewrite(module.beam, passes, count, &file, &notes);
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
    const char *passes[MOST_PASSES], *rest = text;
    struct wb_bytes module = insp_word_atom(&rest);
    char *words wb_auto_free = strdup(rest), *left = NULL;
    int count = 0;
    if (words == NULL)
        wb_die_no_memory(strlen(rest) + 1);
    for (char *pass = strtok_r(words, " \t", &left); pass != NULL;
         pass = strtok_r(NULL, " \t", &left)) {
        if (count == MOST_PASSES)
            return wb_error_new(WB_E_LIMIT, "at most %d passes", MOST_PASSES);
        passes[count++] = pass;
    }
    if (count == 0)
        return wb_error_new(WB_E_BAD_DATA, "which module, by which passes? rewrite db trace");
    return swap(s, module, passes, count, out);
}
