#include "tests/fuzz/try_module.h"

#include <stdio.h>
#include <stdlib.h>

#include "core-vm/format/dis.h"
#include "core-vm/format/verify.h"

static void must_be_same(const char *what, const struct wb_text *text, struct wb_bytes want)
{
    if (wb_bytes_equal(wb_text_bytes(text), want))
        return;
    fprintf(stderr, "%s is written differently\n", what);
    abort();
}

// Whatever can be read can be written in the usual form, and that can be read.
static void must_be_readable(const struct beam_module *module, const struct beam_code *code,
                             struct wb_arena *arena)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_module again;
    beam_module_write(module, code, &text);
    struct wb_error *err = beam_module_read(wb_text_bytes(&text), arena, &again);
    if (err == NULL)
        return;
    fprintf(stderr, "what was written cannot be read: %s\n", err->text);
    abort();
}

// What is told of is what is marked.
static void must_be_marked(const struct beam_module *module, const struct beam_code *code,
                           struct wb_arena *arena)
{
    struct beam_verdict whole;
    beam_verify_with(module, code,
                     &(struct beam_verify_options){.whole = true, .explain = true, .known = true},
                     arena, &whole);
    for (size_t i = 0; i < whole.doubts.count; i++) {
        uint32_t ins = whole.doubts.at[i].ins;
        if (ins < code->ins.count &&
            (!beam_proved(&whole, ins) || beam_claim_unproved(&whole, ins)))
            continue;
        fprintf(stderr, "a doubt where nothing is unproved\n");
        abort();
    }
}

static enum trial try_code(const struct beam_module *module, struct wb_arena *arena)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_code code;
    struct beam_verdict verdict;
    struct wb_error *err = beam_code_read(module, arena, &code);
    if (err != NULL) {
        wb_error_free(err);
        return TRIAL_UNDECODABLE;
    }
    beam_code_write(&code, &text);
    must_be_same("the code", &text, module->code.bytes);
    must_be_readable(module, &code, arena);
    must_be_marked(module, &code, arena);
    beam_verify(module, &code, arena, &verdict);
    wb_text_cut(&text, 0);
    beam_dis(module, &code, &text);
    return verdict.faults.count == 0 ? TRIAL_ACCEPTED : TRIAL_REFUSED;
}

enum trial try_module(struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    enum trial trial = TRIAL_UNREADABLE;
    struct wb_error *err = beam_module_read(file, &arena, &module);
    if (err == NULL)
        trial = try_code(&module, &arena);
    wb_error_free(err);
    wb_arena_free(&arena);
    return trial;
}
