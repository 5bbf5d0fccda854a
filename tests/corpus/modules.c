// modules.c - read every .beam file named, prove that what is read is what is written, and that the
// verifier has nothing against it.
//
// Usage: modules [-s STEP] PATH...   as beams.h says
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/verify.h"
#include "tests/corpus/beams.h"

struct tally {
    size_t files, failed, bytes, instructions, demands, proved;
};

static struct wb_error *check_verdict(const struct beam_module *module,
                                      const struct beam_code *code, struct wb_arena *arena,
                                      struct tally *tally)
{
    struct beam_verdict verdict;
    beam_verify(module, code, arena, &verdict);
    tally->instructions += code->ins.count;
    tally->demands += verdict.demands;
    tally->proved += verdict.demands_proved;
    if (verdict.faults.count == 0)
        return NULL;
    const struct beam_fault *fault = &verdict.faults.at[0];
    struct wb_bytes name = {0};
    if (fault->function != BEAM_NO_INS)
        name = beam_module_atom(module, code->functions.at[fault->function].name);
    return wb_error_new(WB_E_BAD_DATA, "%zu faults: %s in %.*s, instruction %u: %s",
                        verdict.faults.count, beam_rule_name(fault->rule), (int)name.size,
                        (const char *)name.at, fault->ins, fault->text);
}

static struct wb_error *check_same(const char *what, const struct wb_text *text,
                                   struct wb_bytes want)
{
    if (wb_bytes_equal(wb_text_bytes(text), want))
        return NULL;
    return wb_error_new(WB_E_BAD_DATA, "%s is written differently", what);
}

static struct wb_error *check_module(struct wb_bytes file, struct wb_arena *arena,
                                     struct tally *tally)
{
    struct beam_module module;
    struct beam_code code;
    struct wb_text text wb_auto_text = {0};
    WB_TRY(beam_module_read(file, arena, &module));
    beam_chunks_write(&module.chunks, &text);
    WB_TRY(check_same("the file", &text, file));
    WB_TRY(beam_code_read(&module, arena, &code));
    wb_text_cut(&text, 0);
    beam_code_write(&code, &text);
    WB_TRY(check_same("the code", &text, module.code.bytes));
    wb_text_cut(&text, 0);
    beam_module_write(&module, &code, &text);
    WB_TRY(check_same("the module", &text, file));
    return check_verdict(&module, &code, arena, tally);
}

static void check_file(void *data, const char *path, struct wb_bytes file)
{
    struct tally *tally = data;
    struct wb_arena arena = {0};
    struct wb_error *err = check_module(file, &arena, tally);
    tally->files++;
    tally->bytes += file.size;
    if (err != NULL) {
        printf("%s: %s\n", path, err->text);
        tally->failed++;
        wb_error_free(err);
    }
    wb_arena_free(&arena);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    if (!beams_each(argc, argv, check_file, &tally, &tally.failed))
        return 2;
    printf("%zu files, %zu bytes, %zu instructions; of %zu demands on types %.2f %% proved; "
           "%zu failed\n",
           tally.files, tally.bytes, tally.instructions, tally.demands,
           tally.demands > 0 ? 100.0 * (double)tally.proved / (double)tally.demands : 100.0,
           tally.failed);
    return tally.files > 0 && tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
