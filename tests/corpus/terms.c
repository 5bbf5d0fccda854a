// terms.c - compare our reading, writing and printing of terms with what make_terms.erl recorded.
//
// Usage: terms FILE
#include <stdio.h>
#include <stdlib.h>

#include "core-vm/base/file.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"

enum { MOST_SHOWN = 10 };

// In the order of make_terms:ways/0.
static const struct {
    const char *name;
    struct beam_print how;
} ways[] = {
    {"~w", {0}},
    {"~p", {.strings = true, .width = 80}},
    {"~0p", {.strings = true}},
    {"~tp", {.strings = true, .width = 80, .unicode = true}},
    {"~30p", {.strings = true, .width = 30}},
    {"~p at 8", {.strings = true, .width = 80, .column = 8}},
    {"~W 2", {.depth = 2}},
    {"~W 7", {.depth = 7}},
    {"~P 2", {.strings = true, .width = 80, .depth = 2}},
    {"~P 9", {.strings = true, .width = 80, .depth = 9}},
    {"~tP 5", {.strings = true, .width = 80, .unicode = true, .depth = 5}},
    {"~40P 30", {.strings = true, .width = 40, .depth = 30}},
};
enum { WAYS = sizeof ways / sizeof *ways };

// A map of more than 32 keys is in the order of OTP's hash there, and of its keys here.
static bool has_big_map(const struct beam_value *value)
{
    if (value->kind == BEAM_FUN)
        return true;  // its environment, of no interest here, has one
    if (value->kind != BEAM_CONS && value->kind != BEAM_TUPLE && value->kind != BEAM_MAP)
        return false;
    if (value->kind == BEAM_MAP && value->part.count > 64)
        return true;
    for (size_t i = 0; i < value->part.count; i++)
        if (has_big_map(&value->part.at[i]))
            return true;
    return false;
}

static int differ(const char *what, size_t number, struct wb_bytes want, const struct wb_text *got)
{
    static int shown;
    if (shown++ < MOST_SHOWN)
        printf("term %zu, %s: OTP:\n%.*s\nhere:\n%s\n", number, what, (int)want.size,
               (const char *)want.at, wb_text_string(got));
    return 1;
}

static int check_written(const struct beam_value *value, size_t number, struct wb_bytes want)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = beam_etf_write(value, &text);
    if (err == NULL && wb_bytes_equal(wb_text_bytes(&text), want))
        return 0;
    printf("term %zu is written differently\n", number);
    wb_error_free(err);
    return 1;
}

static int check_record(struct wb_reader *r, size_t number, struct wb_arena *arena)
{
    struct wb_bytes etf = wb_read_bytes(r, wb_read_u32(r));
    struct beam_value value;
    struct wb_error *err = beam_etf_read(etf, arena, NULL, &value);
    if (err != NULL) {
        printf("term %zu: %s\n", number, err->text);
        wb_error_free(err);
        return 1;
    }
    bool skip = has_big_map(&value);
    int failed = skip ? 0 : check_written(&value, number, etf);
    for (size_t i = 0; i < WAYS; i++) {
        struct wb_bytes want = wb_read_bytes(r, wb_read_u32(r));
        struct wb_text text wb_auto_text = {0};
        for (unsigned c = 0; c < ways[i].how.column; c++)
            wb_text_put_char(&text, (char)('a' + c));
        beam_print(&value, ways[i].how, &text);
        if (!skip && !wb_bytes_equal(wb_text_bytes(&text), want))
            failed += differ(ways[i].name, number, want, &text);
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct wb_bytes file wb_auto_unmap = {0};
    if (argc != 2)
        return 2;
    struct wb_error *err = wb_file_map(argv[1], &file);
    if (err != NULL) {
        printf("%s\n", err->text);
        wb_error_free(err);
        return 2;
    }
    struct wb_reader r = {.rest = file};
    struct wb_arena arena = {0};
    size_t count = 0;
    int failed = 0;
    for (; r.rest.size > 0 && !r.bad; count++) {
        struct wb_mark mark = wb_arena_mark(&arena);
        failed += check_record(&r, count, &arena);
        wb_arena_rewind(&arena, mark);
    }
    wb_arena_free(&arena);
    printf("%zu terms, %d differences\n", count, failed);
    return failed == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
