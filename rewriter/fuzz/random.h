// random.h - numbers that look random and are the same for the same seed (Marsaglia's xorshift64*).
#ifndef REWRITER_FUZZ_RANDOM_H
#define REWRITER_FUZZ_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct rw_random {
    uint64_t state;  // never 0
};

static inline struct rw_random rw_random_of(uint64_t seed)
{
    uint64_t state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
    return (struct rw_random){state != 0 ? state : 1};
}

static inline uint64_t rw_random_next(struct rw_random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(0x2545F4914F6CDD1D);
}

// 0 .. below-1; 0 when there is nothing to choose from.
static inline uint64_t rw_below(struct rw_random *r, uint64_t below)
{
    return below > 0 ? (rw_random_next(r) >> 11) % below : 0;
}

static inline bool rw_one_in(struct rw_random *r, uint64_t n)
{
    return rw_below(r, n) == 0;
}

#endif
