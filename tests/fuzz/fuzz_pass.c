// fuzz_pass.c - a pass that asks what registers hold, over modules that may say anything: of what
// verifies it makes something that verifies, or it has learned of a claim that an instruction
// cannot be right.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rewriter/pass.h"
#include "rewriter/types.h"
#include "tests/fuzz/fuzz.h"

static bool verifies(struct rw_unit *unit)
{
    struct wb_arena arena = {0};
    struct rw_types types;
    struct wb_error *err = rw_types(unit, &arena, &types);
    bool fine = err == NULL;
    wb_error_free(err);
    wb_arena_free(&arena);
    return fine;
}

static bool may_be(const char *fault)
{
    return strstr(fault, "rule limit") != NULL || strstr(fault, "certainly not so") != NULL;
}

static void must_pass(struct rw_unit *unit, const char *pass)
{
    struct wb_error *err = rw_passes_run(unit, &pass, 1, NULL);
    if (err != NULL && err->code == WB_E_BAD_DATA && !may_be(err->text)) {
        fprintf(stderr, "%s\n", err->text);
        abort();
    }
    wb_error_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const passes[] = {"assert-types", "assert-types=all"};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        struct rw_unit *unit;
        struct wb_error *err = rw_unit_open((struct wb_bytes){data, size}, &unit);
        wb_error_free(err);
        if (err != NULL)
            return 0;
        if (verifies(unit))
            must_pass(unit, passes[i]);
        rw_unit_free(unit);
    }
    return 0;
}
