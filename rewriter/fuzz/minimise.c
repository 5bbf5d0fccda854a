// minimise.c - the same failure with less: chunks left out, then instructions, then bytes, in ever
// smaller pieces (Zeller's delta debugging).
#include "core-vm/base/clock.h"
#include "rewriter/fuzz/fuzz_priv.h"
#include "rewriter/fuzz/mutate_priv.h"

struct minimiser {
    const struct fuzz_trial *trial;
    struct wb_text best, text;
};

static bool is_late(const struct minimiser *m)
{
    return wb_now_seconds() > m->trial->until;
}

// Is m->text as bad, and smaller? Then it is the best.
static bool try_text(struct minimiser *m)
{
    if (is_late(m) || m->text.size >= m->best.size ||
        !m->trial->same(m->trial->data, wb_text_bytes(&m->text)))
        return false;
    struct wb_text saved = m->best;
    m->best = m->text;
    m->text = saved;
    return true;
}

// Without the pieces [at, at+size) of whatever is counted; false: there is nothing like it.
typedef bool cut_fn(struct minimiser *m, struct rw_mutate *file, size_t at, size_t size);

static bool cut_chunk(struct minimiser *m, struct rw_mutate *file, size_t at, size_t size)
{
    struct beam_chunks chunks;
    (void)size;
    if (!rw_chunks_begin(file, &chunks))
        return false;
    rw_chunks_drop(&chunks, at);
    rw_chunks_emit(&chunks, &m->text);
    return try_text(m);
}

static bool cut_code(struct minimiser *m, struct rw_mutate *file, size_t at, size_t size)
{
    struct rw_edit edit;
    if (!rw_edit_begin(file, &edit))
        return false;
    rw_edit_drop(&edit, (uint32_t)at, (uint32_t)size);
    rw_edit_emit(file, &edit, &m->text);
    return try_text(m);
}

static bool cut_bytes(struct minimiser *m, struct rw_mutate *file, size_t at, size_t size)
{
    (void)file;
    wb_text_put_bytes(&m->text, m->best.at, at);
    wb_text_put_bytes(&m->text, m->best.at + at + size, m->best.size - at - size);
    return try_text(m);
}

static size_t count_chunks(struct rw_mutate *file)
{
    const struct rw_seed *seed = rw_seed_of(file);
    return seed->has_chunks ? seed->chunks.count : 0;
}

static size_t count_code(struct rw_mutate *file)
{
    const struct rw_seed *seed = rw_seed_of(file);
    return seed->has_code ? seed->code.ins.count : 0;
}

static size_t count_bytes(struct rw_mutate *file)
{
    return file->file.size;
}

// What there is of it in the best file now.
static size_t look(struct minimiser *m, struct rw_mutate *file,
                   size_t (*count)(struct rw_mutate *file))
{
    rw_mutate_begin(file, wb_text_bytes(&m->best), wb_text_bytes(&m->best));
    return count(file);
}

static void cut_all(struct minimiser *m, cut_fn *cut, size_t (*count)(struct rw_mutate *file),
                    size_t piece)
{
    struct rw_mutate file = {.random = rw_random_of(1)};
    size_t left = look(m, &file, count);
    if (piece == 0)
        piece = left / 2 > 0 ? left / 2 : 1;
    for (; piece > 0 && !is_late(m); piece /= 2)
        for (size_t end = left; end > 0 && !is_late(m);) {
            size_t size = piece < end ? piece : end;
            wb_text_cut(&m->text, 0);
            wb_arena_free(&file.arena);
            if (cut(m, &file, end - size, size))
                left = look(m, &file, count);
            end -= size;
            end = end < left ? end : left;
        }
    rw_mutate_done(&file);
}

void fuzz_minimise(const struct fuzz_trial *trial, struct wb_bytes file, struct wb_text *ret)
{
    struct minimiser m = {.trial = trial};
    wb_text_put_bytes(&m.best, file.at, file.size);
    cut_all(&m, cut_chunk, count_chunks, 1);
    cut_all(&m, cut_code, count_code, 0);
    cut_all(&m, cut_bytes, count_bytes, 0);
    wb_text_cut(ret, 0);
    wb_text_put_bytes(ret, m.best.at, m.best.size);
    wb_text_free(&m.best);
    wb_text_free(&m.text);
}
