// worker.c - the process that feeds: chooses an input, changes it, feeds it, keeps what is new.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core-vm/format/code.h"
#include "rewriter/fuzz/cover.h"
#include "rewriter/fuzz/fuzz_priv.h"
#include "rewriter/fuzz/generate.h"
#include "rewriter/fuzz/mutate.h"

enum { CHILDREN_A_PICK = 24, MOST_STACKED = 3, MADE_SEEDS = 64 };

struct work {
    const struct fuzz_worker *worker;
    struct fuzz_shared *shared;
    struct rw_loader loader;
    struct fuzz_corpus corpus;
    struct rw_mutate mutate;
    struct wb_arena arena;
};

// Without coverage, what is new is a thing said that was not said before, and in files that load an
// instruction behind another that was not seen there.
static bool is_new_pair(struct fuzz_shared *shared, uint64_t key)
{
    uint8_t *seen = &shared->pairs[(key ^ key >> 16 ^ key >> 32) % FUZZ_PAIRS];
    bool new = *seen == 0;
    *seen = 1;
    return new;
}

static bool has_new_pair(struct work *w, struct wb_bytes file)
{
    struct wb_mark mark = wb_arena_mark(&w->arena);
    struct beam_module module;
    struct beam_code code;
    bool new = false;
    struct wb_error *err = beam_module_read(file, &w->arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, &w->arena, &code);
    for (uint32_t i = 1; err == NULL && i < code.ins.count; i++)
        new |= is_new_pair(w->shared, code.ins.at[i - 1].op * UINT64_C(191) + code.ins.at[i].op);
    wb_error_free(err);
    wb_arena_rewind(&w->arena, mark);
    return new;
}

static bool is_interesting(struct work *w, struct wb_bytes file, const struct rw_result *result)
{
    if (rw_cover_edges() > 0 && !w->loader.isolated) {
        struct rw_cover_news news = rw_cover_add(w->shared->edge);
        w->shared->edges += news.edges;
        return news.edges > 0 || news.classes > 0;
    }
    bool new = is_new_pair(w->shared, result->key);
    if (result->end == RW_END_LOADED)
        new |= has_new_pair(w, file);
    return new;
}

// The loader outlived it: somebody else writes it down.
static void tell(struct work *w, const struct rw_result *result)
{
    char byte = 'F';
    w->shared->result = *result;
    if (write(w->worker->tell, &byte, 1) != 1 || read(w->worker->answer, &byte, 1) != 1)
        _exit(0);
}

// True: it was something new.
static bool feed(struct work *w, struct wb_bytes file)
{
    struct rw_result result;
    if (file.size > FUZZ_INPUT_MOST)
        return false;
    memcpy(w->shared->input, file.at, file.size);
    w->shared->size = (uint32_t)file.size;
    atomic_store_explicit(&w->shared->busy, 1, memory_order_release);
    rw_cover_clear();
    w->loader.run(w->loader.data, file, &result);
    bool new = is_interesting(w, file, &result);
    atomic_store_explicit(&w->shared->busy, 0, memory_order_release);
    w->shared->execs++;
    w->shared->loaded += result.end == RW_END_LOADED;
    if (rw_end_is_finding(result.end))
        tell(w, &result);
    return new && !rw_end_is_finding(result.end);
}

static bool is_over(const struct work *w)
{
    uint64_t runs = w->worker->options->runs;
    return w->shared->stop != 0 || (runs != 0 && w->shared->execs >= runs);
}

static void make_seed(struct work *w, uint64_t seed)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = rw_generate(seed, &text);
    wb_error_free(err);
    fuzz_corpus_add(&w->corpus, wb_text_bytes(&text));
}

// Seeds first, as they are; without any they are made from nothing. After a restart they have been
// fed already.
static void read_corpus(struct work *w)
{
    char folder[4096];
    const struct rw_fuzz_options *options = w->worker->options;
    snprintf(folder, sizeof folder, "%s/corpus", options->out);
    if (options->corpus != NULL)
        fuzz_corpus_read(&w->corpus, options->corpus);
    fuzz_corpus_read(&w->corpus, folder);
    for (uint64_t i = 0; i < MADE_SEEDS && w->corpus.count <= i; i++)
        make_seed(w, i);
    w->shared->corpus = w->corpus.count;
    bool fed = w->shared->seeded != 0;
    w->shared->seeded = 1;
    for (size_t i = 0; i < w->corpus.count && !fed && !is_over(w); i++)
        (void)feed(w, (struct wb_bytes){w->corpus.at[i].at, w->corpus.at[i].size});
}

// What was found lately is tried more often.
static struct fuzz_input *choose(struct work *w)
{
    struct rw_random *random = &w->mutate.random;
    size_t count = w->corpus.count;
    if (rw_one_in(random, 2) && count > 8)
        return &w->corpus.at[count - 1 - rw_below(random, count / 4)];
    return &w->corpus.at[rw_below(random, count)];
}

static void keep(struct work *w, struct wb_bytes file)
{
    fuzz_corpus_add(&w->corpus, file);
    fuzz_store_input(w->worker->options->out, file);
    w->shared->corpus = w->corpus.count;
}

// Some changes one on top of the other.
static void change(struct work *w, struct wb_text *text, struct wb_text *more)
{
    rw_mutate_any(&w->mutate, text);
    struct rw_mutate again = {.random = w->mutate.random};
    for (uint64_t left = rw_below(&again.random, MOST_STACKED); left > 0; left--) {
        if (!rw_one_in(&again.random, 2))
            continue;
        rw_mutate_begin(&again, wb_text_bytes(text), w->mutate.other);
        rw_mutate_any(&again, more);
        struct wb_text saved = *text;
        *text = *more;
        *more = saved;
    }
    rw_mutate_done(&again);
    w->mutate.random = again.random;
}

static void work_on(struct work *w, struct wb_text *text, struct wb_text *more)
{
    const struct fuzz_input *file = choose(w), *other = choose(w);
    rw_mutate_begin(&w->mutate, (struct wb_bytes){file->at, file->size},
                    (struct wb_bytes){other->at, other->size});
    for (int i = 0; i < CHILDREN_A_PICK && !is_over(w); i++) {
        change(w, text, more);
        if (feed(w, wb_text_bytes(text)))
            keep(w, wb_text_bytes(text));
    }
}

void fuzz_work(const struct fuzz_worker *worker)
{
    struct wb_text text = {0}, more = {0};
    struct work w = {.worker = worker, .shared = worker->shared};
    const struct rw_fuzz_options *options = worker->options;
    // Memory goes round and round: giving it back to the system each time costs more than all else.
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, 1 << 28);
    w.mutate.random = rw_random_of(options->seed * 1000003 + worker->round);
    struct wb_error *err = fuzz_open_loader(options, &w.loader);
    if (err != NULL) {
        fprintf(stderr, "%s\n", err->text);
        _exit(FUZZ_CANNOT);
    }
    read_corpus(&w);
    while (!is_over(&w))
        work_on(&w, &text, &more);
    rw_loader_close(&w.loader);
    rw_mutate_done(&w.mutate);
    fuzz_corpus_free(&w.corpus);
    wb_arena_free(&w.arena);
    wb_text_free(&text);
    wb_text_free(&more);
    _exit(0);
}

struct wb_error *fuzz_open_loader(const struct rw_fuzz_options *options, struct rw_loader *ret)
{
    return rw_loader_open(&(struct rw_loader_options){.name = options->loader,
                                                      .folder = options->out,
                                                      .seconds = options->input_seconds,
                                                      .run = !options->no_calls},
                          ret);
}
