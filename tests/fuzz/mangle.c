// mangle.c - good .beam files, cut and changed in many ways, through all of the format layer.
//
// Usage: mangle [-s STEP] PATH...   as beams.h says
//
// The same files give the same mutants on every machine. It is there to be run in a sanitizer
// build: each mutant is in memory of exactly its size.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/chunk.h"
#include "tests/corpus/beams.h"
#include "tests/fuzz/try_module.h"

enum { CUTS = 200, CHUNK_CUTS = 12, CHANGES = 12, CODE_CHANGES = 16, MOST_BYTES = 6 };

struct mangler {
    uint64_t random;
    size_t files, mutants;
    size_t trials[TRIAL_ACCEPTED + 1];
};

// xorshift64
static uint64_t next_random(struct mangler *m, uint64_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return below > 0 ? m->random % below : 0;
}

static void run(struct mangler *m, const void *at, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, at, size);
    m->trials[try_module((struct wb_bytes){copy, size})]++;
    m->mutants++;
    free(copy);
}

static void change(struct mangler *m, uint8_t *at, size_t size)
{
    for (uint64_t left = 1 + next_random(m, MOST_BYTES); left > 0 && size > 0; left--) {
        uint8_t *byte = &at[next_random(m, size)];
        switch (next_random(m, 3)) {
        case 0:
            *byte = (uint8_t)next_random(m, 256);
            break;
        case 1:
            *byte ^= (uint8_t)(1u << next_random(m, 8));
            break;
        default:
            *byte = (uint8_t)(*byte + 1);
            break;
        }
    }
}

// Bytes anywhere, or in the code, which is where most would otherwise be caught by other checks.
static void run_changed(struct mangler *m, struct wb_bytes file, struct wb_bytes where, int times)
{
    uint8_t *copy = malloc(file.size);
    if (copy == NULL)
        abort();
    for (int i = 0; i < times; i++) {
        memcpy(copy, file.at, file.size);
        change(m, copy + (where.at - file.at), where.size);
        run(m, copy, file.size);
    }
    free(copy);
}

// One chunk shorter than it was, in a file that is whole otherwise.
static void run_cut_chunk(struct mangler *m, const struct beam_chunks *chunks)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_chunks mine = *chunks;
    struct beam_chunk *chunk = &mine.at[next_random(m, mine.count)], saved = *chunk;
    if (chunk->data.size > 0)
        beam_chunk_set(chunk, (struct wb_bytes){chunk->data.at, next_random(m, chunk->data.size)});
    beam_chunks_measure(&mine);
    beam_chunks_write(&mine, &text);
    run(m, text.at, text.size);
    *chunk = saved;
}

static void mangle(struct mangler *m, struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct beam_chunks chunks;
    for (size_t i = 0; i < CUTS; i++)
        run(m, file.at, file.size * i / CUTS);
    run_changed(m, file, file, CHANGES);
    struct wb_error *err = beam_chunks_read(file, &arena, &chunks);
    if (err == NULL && chunks.count > 0) {
        const struct beam_chunk *code = beam_chunks_find(&chunks, "Code");
        if (code != NULL)
            run_changed(m, file, code->data, CODE_CHANGES);
        for (int i = 0; i < CHUNK_CUTS; i++)
            run_cut_chunk(m, &chunks);
    }
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void mangle_file(void *data, const char *path, struct wb_bytes file)
{
    struct mangler *m = data;
    (void)path;
    m->files++;
    m->random = 0x9e3779b97f4a7c15u ^ file.size;
    mangle(m, file);
}

int main(int argc, char **argv)
{
    struct mangler m = {0};
    size_t unread = 0;
    if (!beams_each(argc, argv, mangle_file, &m, &unread))
        return 2;
    printf("%zu files, %zu mutants: %zu unreadable, %zu undecodable, %zu refused, %zu accepted\n",
           m.files, m.mutants, m.trials[TRIAL_UNREADABLE], m.trials[TRIAL_UNDECODABLE],
           m.trials[TRIAL_REFUSED], m.trials[TRIAL_ACCEPTED]);
    return m.files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
