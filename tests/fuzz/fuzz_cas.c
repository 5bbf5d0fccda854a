// fuzz_cas.c - assembler text that may say anything. What is read can be emitted; if that can be
// opened and has a text again, the text gives the same bytes.
#include <stdio.h>
#include <stdlib.h>

#include "rewriter/cas.h"
#include "tests/fuzz/fuzz.h"

static void must_come_back(struct wb_bytes file)
{
    struct rw_unit *unit;
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = rw_unit_open(file, &unit);
    if (err == NULL) {
        err = rw_cas_write(unit, &text);
        rw_unit_free(unit);
    }
    if (err == NULL) {
        err = rw_cas_check(wb_text_bytes(&text), file);
        if (err != NULL && err->code != WB_E_UNSUPPORTED) {
            fprintf(stderr, "%s\n%s\n", err->text, wb_text_string(&text));
            abort();
        }
    }
    wb_error_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rw_unit *unit;
    struct wb_text file wb_auto_text = {0};
    struct wb_error *err = rw_cas_read((struct wb_bytes){data, size}, &unit);
    if (err == NULL) {
        err = rw_unit_emit(unit, &file);
        rw_unit_free(unit);
    }
    if (err == NULL)
        must_come_back(wb_text_bytes(&file));
    wb_error_free(err);
    return 0;
}
