#include "inspector/diff_match.h"

#include <stdlib.h>
#include <string.h>

struct insp_fields insp_fields_of(const struct insp_table *table, const char *names)
{
    struct insp_fields fields = {0};
    while (*names != '\0' && fields.count < INSP_MOST_KEYS) {
        size_t size = strcspn(names, " ");
        int field = insp_field_find(table, (struct wb_bytes){(const uint8_t *)names, size});
        if (field >= 0)
            fields.at[fields.count++] = (unsigned)field;
        names += size;
        names += strspn(names, " ");
    }
    return fields;
}

void insp_fields_print(struct insp_rows *rows, size_t row, const struct insp_fields *fields,
                       const char *between, struct wb_text *text)
{
    size_t start = text->size;
    for (unsigned i = 0; i < fields->count; i++) {
        size_t before = text->size;
        if (before > start)
            wb_text_put(text, between);
        size_t empty = text->size;
        unsigned field = fields->at[i];
        insp_cell_print(rows->s, &rows->table->fields[field], insp_cell(rows, row, field), 0, text);
        if (text->size == empty)
            wb_text_cut(text, before);
    }
}

// A key as a number: texts of 2^64 kinds, so that two of them are the same but by intent.
struct keyed {
    uint64_t hash;
    size_t row;
};

// FNV-1a (Fowler, Noll, Vo).
static uint64_t hash_of(const struct wb_text *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text->size; i++)
        hash = (hash ^ (uint8_t)text->at[i]) * 0x100000001b3u;
    return hash;
}

static int in_order(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static struct keyed *keys_of(struct insp_rows *rows, const struct insp_fields *key)
{
    struct wb_text text wb_auto_text = {0};
    struct keyed *keys = malloc((rows->count + 1) * sizeof *keys);
    if (keys == NULL)
        wb_die_no_memory(rows->count * sizeof *keys);
    for (size_t i = 0; i < rows->count; i++) {
        wb_text_cut(&text, 0);
        for (unsigned k = 0; k < key->count; k++) {
            struct insp_fields one = {.at = {key->at[k]}, .count = 1};
            insp_fields_print(rows, i, &one, "", &text);
            wb_text_put_char(&text, '\0');
        }
        keys[i] = (struct keyed){hash_of(&text), i};
    }
    qsort(keys, rows->count, sizeof *keys, in_order);
    return keys;
}

void insp_match(struct insp_rows *before, struct insp_rows *after, const struct insp_fields *key,
                struct wb_arena *arena, struct insp_match *ret)
{
    struct keyed *a = keys_of(before, key), *b = keys_of(after, key);
    struct insp_match match = {wb_push_array(arena, size_t, before->count + 1),
                               wb_push_array(arena, size_t, after->count + 1)};
    memset(match.before, 0xff, (before->count + 1) * sizeof *match.before);
    memset(match.after, 0xff, (after->count + 1) * sizeof *match.after);
    for (size_t i = 0, k = 0; i < before->count && k < after->count;) {
        if (a[i].hash == b[k].hash) {
            match.before[a[i].row] = b[k].row;
            match.after[b[k].row] = a[i].row;
        }
        uint64_t left = a[i].hash, right = b[k].hash;
        i += left <= right;
        k += right <= left;
    }
    free(a);
    free(b);
    *ret = match;
}
