// fuzz_etf.c - terms in external format that may say anything: what can be read can be written and
// read again as the same term, and printed in every way.
#include <stdlib.h>

#include "core-vm/format/compare.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"
#include "tests/fuzz/fuzz.h"

static void print_all(const struct beam_value *value)
{
    static const struct beam_print ways[] = {
        {0},
        {.strings = true, .width = 80},
        {.strings = true, .unicode = true, .width = 20, .depth = 6},
        {.elixir = true, .limit = 1000},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct wb_text text wb_auto_text = {0};
        beam_print(value, ways[i], &text);
    }
}

static void must_survive(const struct beam_value *value, struct wb_arena *arena)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_value again;
    struct wb_error *err = beam_etf_write(value, &text);
    if (err == NULL)
        err = beam_etf_read(wb_text_bytes(&text), arena, NULL, &again);
    if (err != NULL || beam_compare(value, &again, true) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = beam_etf_read((struct wb_bytes){data, size}, &arena, NULL, &value);
    if (err == NULL) {
        must_survive(&value, &arena);
        print_all(&value);
    }
    wb_error_free(err);
    wb_arena_free(&arena);
    return 0;
}
