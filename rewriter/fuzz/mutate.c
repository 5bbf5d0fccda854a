#include "rewriter/fuzz/mutate.h"

#include "rewriter/fuzz/mutate_priv.h"

static const struct {
    const char *name;
    unsigned weight;
    rw_mutator_fn *run;
} mutators[] = {
#define RW_MUTATOR(n, w, f, h) {.name = #n, .weight = (w), .run = (f)},
#include "rewriter/fuzz/mutators.def"
#undef RW_MUTATOR
};

const char *rw_mutator_name(enum rw_mutator mutator)
{
    return mutators[mutator].name;
}

void rw_mutate_begin(struct rw_mutate *m, struct wb_bytes file, struct wb_bytes other)
{
    wb_arena_free(&m->arena);
    wb_arena_free(&m->taken);
    m->file = file;
    m->other = other;
    m->seed = m->partner = NULL;
}

void rw_mutate_done(struct rw_mutate *m)
{
    wb_arena_free(&m->arena);
    wb_arena_free(&m->taken);
    *m = (struct rw_mutate){.random = m->random};
}

static struct rw_seed *take_apart(struct wb_bytes file, struct wb_arena *arena)
{
    struct rw_seed *seed = wb_push_array(arena, struct rw_seed, 1);
    struct wb_error *err = beam_chunks_read(file, arena, &seed->chunks);
    seed->has_chunks = err == NULL && seed->chunks.count > 0;
    wb_error_free(err);
    err = beam_module_read(file, arena, &seed->module);
    if (err == NULL) {  // of a packed file only the module has them
        seed->chunks = seed->module.chunks;
        seed->has_chunks = true;
        err = beam_code_read(&seed->module, arena, &seed->code);
    }
    seed->has_code = err == NULL && seed->code.ins.count > 0;
    wb_error_free(err);
    return seed;
}

const struct rw_seed *rw_seed_of(struct rw_mutate *m)
{
    if (m->seed == NULL)
        m->seed = take_apart(m->file, &m->taken);
    return m->seed;
}

const struct rw_seed *rw_partner_of(struct rw_mutate *m)
{
    if (m->partner == NULL)
        m->partner = take_apart(m->other, &m->taken);
    return m->partner;
}

bool rw_mutate_by(struct rw_mutate *m, enum rw_mutator mutator, struct wb_text *out)
{
    wb_text_cut(out, 0);
    struct wb_mark mark = wb_arena_mark(&m->arena);
    bool done = mutators[mutator].run(m, out);
    wb_arena_rewind(&m->arena, mark);
    if (!done)
        wb_text_cut(out, 0);
    return done;
}

static enum rw_mutator choose(struct rw_random *random)
{
    unsigned sum = 0;
    for (size_t i = 0; i < RW_MUTATOR_COUNT; i++)
        sum += mutators[i].weight;
    uint64_t at = rw_below(random, sum);
    for (size_t i = 0; i < RW_MUTATOR_COUNT; i++) {
        if (at < mutators[i].weight)
            return (enum rw_mutator)i;
        at -= mutators[i].weight;
    }
    return RW_MUTATOR_bits;
}

enum rw_mutator rw_mutate_any(struct rw_mutate *m, struct wb_text *out)
{
    enum rw_mutator mutator = choose(&m->random);
    if (rw_mutate_by(m, mutator, out))
        return mutator;
    if (!rw_mutate_by(m, RW_MUTATOR_bits, out))
        wb_text_put_bytes(out, "FOR1", 4);
    return RW_MUTATOR_bits;
}
