// Terms of a target in the external format, for tests: `read_terms TARGET NAME...` writes for each
// process or table NAME the terms that are found in its mailbox, stack, dictionary or rows. A term
// is 4 bytes that say how long it is, then its bytes; one that cannot be written is the number 2^32
// - 1; where a NAME ends is the number 2^32 - 2.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/etf.h"
#include "inspector/target/target.h"

static const uint32_t unwritable = 0xffffffff, end_of_name = 0xfffffffe;

static const struct tgt_limits limits = {.depth = 400, .length = 1000000};

static void check(struct wb_error *err)
{
    if (err == NULL)
        return;
    fprintf(stderr, "read_terms: %s\n", err->text);
    exit(1);
}

static void write_number(uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        putchar((int)(number >> shift & 0xff));
}

static void write_value(const struct beam_value *value)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = beam_etf_write(value, &text);
    write_number(err != NULL ? unwritable : (uint32_t)text.size);
    if (err == NULL)
        fwrite(text.at, 1, text.size, stdout);
    wb_error_free(err);
}

static void write_term(struct tgt *t, struct tgt_term term)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    check(tgt_read_term(t, term, limits, &arena, &value));
    write_value(&value);
    wb_arena_free(&arena);
}

// A list's elements, one after the other.
static void write_elements(const struct beam_value *value)
{
    for (size_t i = 0; value->kind == BEAM_CONS && i + 1 < value->part.count; i++)
        write_value(&value->part.at[i]);
}

static void write_mailbox(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena)
{
    struct tgt_messages messages;
    check(tgt_list_messages(t, pid, TGT_ALL, arena, &messages));
    for (size_t i = 0; i < messages.count; i++)
        if (messages.at[i].term.bits != 0)
            write_term(t, messages.at[i].term);
}

static void write_stack(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena)
{
    struct tgt_frames frames;
    check(tgt_list_frames(t, pid, arena, &frames));
    for (size_t i = 0; i < frames.count; i++)
        for (size_t k = 0; k < frames.at[i].slot_count; k++) {
            struct beam_value value;
            check(tgt_read_term(t, frames.at[i].slots[k].term, limits, arena, &value));
            write_elements(&value);
        }
}

static void write_dictionary(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena)
{
    struct beam_value value;
    check(tgt_read_dictionary(t, pid, arena, &value));
    write_elements(&value);
}

static bool write_process(struct tgt *t, const char *name, struct wb_arena *arena)
{
    struct tgt_procs procs;
    check(tgt_list_procs(t, arena, &procs));
    for (size_t i = 0; i < procs.count; i++) {
        if (!wb_bytes_equal(procs.at[i].name, wb_bytes_of(name)))
            continue;
        write_mailbox(t, procs.at[i].pid, arena);
        write_stack(t, procs.at[i].pid, arena);
        write_dictionary(t, procs.at[i].pid, arena);
        return true;
    }
    return false;
}

static bool write_table(struct tgt *t, const char *name, struct wb_arena *arena)
{
    struct tgt_tables tables;
    check(tgt_list_tables(t, arena, &tables));
    for (size_t i = 0; i < tables.count; i++) {
        struct tgt_terms rows;
        if (!wb_bytes_equal(tables.at[i].name, wb_bytes_of(name)))
            continue;
        check(tgt_list_rows(t, tables.at[i].id, arena, &rows));
        for (size_t k = 0; k < rows.count; k++)
            write_term(t, rows.at[k]);
        return true;
    }
    return false;
}

int main(int count, char **args)
{
    struct tgt *t;
    struct tgt_open open = {.name = count > 1 ? args[1] : ""};
    check(tgt_open(&open, &t));
    for (int i = 2; i < count; i++) {
        struct wb_arena arena = {0};
        if (!write_process(t, args[i], &arena) && !write_table(t, args[i], &arena))
            fprintf(stderr, "read_terms: nothing is called %s\n", args[i]);
        write_number(end_of_name);
        wb_arena_free(&arena);
    }
    tgt_close(t);
    return 0;
}
