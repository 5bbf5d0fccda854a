#include "core-vm/format/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Runs of values still to be compared pairwise. `rest`, when it has elements, is the longer list's
// end, to be compared with the shorter one's tail after the run.
struct run {
    const struct beam_value *a, *b;
    size_t left, stride;
    bool exact;
    struct beam_value rest;
    const struct beam_value *other;
    bool rest_is_a;
};

struct runs {
    struct run *at;
    size_t count, capacity;
};

static void push_run(struct runs *runs, struct run run)
{
    if (runs->count == runs->capacity) {
        size_t capacity = runs->capacity != 0 ? runs->capacity * 2 : 16;
        struct run *at = realloc(runs->at, capacity * sizeof *at);
        if (at == NULL)
            wb_die_no_memory(capacity * sizeof *at);
        runs->at = at;
        runs->capacity = capacity;
    }
    runs->at[runs->count++] = run;
}

// number < atom < reference < fun < port < pid < tuple < map < [] < list < bit string
static int rank(enum beam_kind kind)
{
    switch (kind) {
    case BEAM_SMALL:
    case BEAM_BIG:
    case BEAM_FLOAT:
        return 0;
    case BEAM_ATOM:
        return 1;
    case BEAM_REF:
        return 2;
    case BEAM_FUN:
        return 3;
    case BEAM_EXPORT:
        return 4;
    case BEAM_PORT:
        return 5;
    case BEAM_PID:
        return 6;
    case BEAM_TUPLE:
        return 7;
    case BEAM_MAP:
        return 8;
    case BEAM_NIL:
        return 9;
    case BEAM_CONS:
        return 10;
    case BEAM_BINARY:
        return 11;
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        return 12;
    }
    return 12;
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int order_signed(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_bytes(struct wb_bytes a, struct wb_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int got = common > 0 ? memcmp(a.at, b.at, common) : 0;
    return got != 0 ? got : order(a.size, b.size);
}

static int order_magnitude(const struct beam_value *a, const struct beam_value *b)
{
    if (a->big.count != b->big.count)
        return order(a->big.count, b->big.count);
    for (size_t i = a->big.count; i > 0; i--)
        if (a->big.limb[i - 1] != b->big.limb[i - 1])
            return order(a->big.limb[i - 1], b->big.limb[i - 1]);
    return 0;
}

static int order_big(const struct beam_value *a, const struct beam_value *b)
{
    if (a->big.negative != b->big.negative)
        return a->big.negative ? -1 : 1;
    int got = order_magnitude(a, b);
    return a->big.negative ? -got : got;
}

static int order_small_real(int64_t a, double b)
{
    if (b >= 0x1p63)
        return -1;
    if (b < -0x1p63)
        return 1;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return order_signed(a, whole);
    double fraction = b - (double)whole;
    return (fraction < 0) - (fraction > 0);
}

// |big| against a finite real of at least 2^63.
static int order_big_magnitude_real(const struct beam_value *big, double real)
{
    int exponent;
    double mantissa = frexp(real, &exponent);
    const uint64_t *limb = big->big.limb;
    size_t top = big->big.count - 1;
    unsigned unused = (unsigned)__builtin_clzll(limb[top]);
    uint64_t bits = (uint64_t)(top + 1) * 64 - unused;
    if (bits != (uint64_t)exponent)
        return order(bits, (uint64_t)exponent);
    uint64_t high = limb[top] << unused;
    if (unused > 0 && top > 0)
        high |= limb[top - 1] >> (64 - unused);
    int got = order(high, (uint64_t)ldexp(mantissa, 64));
    if (got != 0 || top == 0)
        return got;
    if (limb[top - 1] << unused != 0)
        return 1;
    for (size_t i = 0; i + 1 < top; i++)
        if (limb[i] != 0)
            return 1;
    return 0;
}

static int order_big_real(const struct beam_value *big, double real)
{
    double magnitude = fabs(real);
    if (magnitude < 0x1p63 || big->big.negative != (real < 0))
        return big->big.negative ? -1 : 1;
    int got = order_big_magnitude_real(big, magnitude);
    return big->big.negative ? -got : got;
}

static int order_numbers(const struct beam_value *a, const struct beam_value *b, bool exact)
{
    if (a->kind == BEAM_FLOAT && b->kind == BEAM_FLOAT)
        return (a->real > b->real) - (a->real < b->real);
    if (b->kind == BEAM_FLOAT) {
        if (exact)
            return -1;
        return a->kind == BEAM_SMALL ? order_small_real(a->small, b->real)
                                     : order_big_real(a, b->real);
    }
    if (a->kind == BEAM_FLOAT)
        return -order_numbers(b, a, exact);
    if (a->kind == BEAM_SMALL && b->kind == BEAM_SMALL)
        return order_signed(a->small, b->small);
    if (a->kind == BEAM_BIG && b->kind == BEAM_BIG)
        return order_big(a, b);
    if (a->kind == BEAM_BIG)
        return a->big.negative ? -1 : 1;
    return b->big.negative ? 1 : -1;
}

static int order_words(const struct beam_id *a, const struct beam_id *b)
{
    for (unsigned i = 5; i > 0; i--) {
        uint32_t x = i <= a->count ? a->word[i - 1] : 0;
        uint32_t y = i <= b->count ? b->word[i - 1] : 0;
        if (x != y)
            return order(x, y);
    }
    return 0;
}

static int order_nodes(const struct beam_id *a, const struct beam_id *b)
{
    int got = order_bytes(a->node, b->node);
    return got != 0 ? got : order(a->creation, b->creation);
}

static int order_ids(const struct beam_value *a, const struct beam_value *b)
{
    if (a->kind == BEAM_REF) {
        int got = order_nodes(a->id, b->id);
        return got != 0 ? got : order_words(a->id, b->id);
    }
    int got = order_words(a->id, b->id);
    return got != 0 ? got : order_nodes(a->id, b->id);
}

static int order_binaries(const struct beam_value *a, const struct beam_value *b)
{
    size_t common = a->binary.bits < b->binary.bits ? a->binary.bits : b->binary.bits;
    int got = common >= 8 ? memcmp(a->binary.at, b->binary.at, common / 8) : 0;
    if (got == 0 && common % 8 != 0) {
        unsigned drop = 8 - common % 8;
        got = (a->binary.at[common / 8] >> drop) - (b->binary.at[common / 8] >> drop);
    }
    return got != 0 ? got : order(a->binary.bits, b->binary.bits);
}

static int order_exports(const struct beam_fun *a, const struct beam_fun *b)
{
    int got = order_bytes(a->module, b->module);
    if (got == 0)
        got = order_bytes(a->function, b->function);
    return got != 0 ? got : order(a->arity, b->arity);
}

static int compare_funs(const struct beam_fun *a, const struct beam_fun *b, bool exact,
                        struct runs *runs)
{
    int got = order_bytes(a->module, b->module);
    if (got == 0)
        got = order(a->index, b->index);
    if (got == 0)
        got = order(a->old_uniq, b->old_uniq);
    if (got == 0)
        got = order(a->count, b->count);
    if (got == 0)
        push_run(runs, (struct run){a->free, b->free, a->count, 1, exact, {0}, NULL, false});
    return got;
}

static void compare_lists(const struct beam_value *a, const struct beam_value *b, bool exact,
                          struct runs *runs)
{
    struct run run = {a->part.at, b->part.at, a->part.count, 1, exact, {0}, NULL, false};
    if (a->part.count != b->part.count) {
        run.rest_is_a = a->part.count > b->part.count;
        const struct beam_value *longer = run.rest_is_a ? a : b, *shorter = run.rest_is_a ? b : a;
        run.left = shorter->part.count - 1;
        run.other = &shorter->part.at[run.left];
        run.rest = *longer;
        run.rest.part.at += run.left;
        run.rest.part.count -= run.left;
    }
    push_run(runs, run);
}

static int compare_tuples(const struct beam_value *a, const struct beam_value *b, bool exact,
                          struct runs *runs)
{
    if (a->part.count != b->part.count)
        return order(a->part.count, b->part.count);
    push_run(runs, (struct run){a->part.at, b->part.at, a->part.count, 1, exact, {0}, NULL, false});
    return 0;
}

// By size, then all keys, then all values.
static int compare_maps(const struct beam_value *a, const struct beam_value *b, bool exact,
                        struct runs *runs)
{
    size_t pairs = a->part.count / 2;
    if (a->part.count != b->part.count)
        return order(pairs, b->part.count / 2);
    if (pairs == 0)
        return 0;
    push_run(runs, (struct run){a->part.at + 1, b->part.at + 1, pairs, 2, exact, {0}, NULL, false});
    push_run(runs, (struct run){a->part.at, b->part.at, pairs, 2, true, {0}, NULL, false});
    return 0;
}

// Compare two terms as far as that goes without their parts; the parts are pushed.
static int compare_heads(const struct beam_value *a, const struct beam_value *b, bool exact,
                         struct runs *runs)
{
    int ranks = rank(a->kind) - rank(b->kind);
    if (ranks != 0)
        return ranks;
    switch (a->kind) {
    case BEAM_SMALL:
    case BEAM_BIG:
    case BEAM_FLOAT:
        return order_numbers(a, b, exact);
    case BEAM_ATOM:
        return order_bytes(a->text, b->text);
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
        return order_ids(a, b);
    case BEAM_EXPORT:
        return order_exports(a->fun, b->fun);
    case BEAM_FUN:
        return compare_funs(a->fun, b->fun, exact, runs);
    case BEAM_TUPLE:
        return compare_tuples(a, b, exact, runs);
    case BEAM_MAP:
        return compare_maps(a, b, exact, runs);
    case BEAM_CONS:
        compare_lists(a, b, exact, runs);
        return 0;
    case BEAM_BINARY:
        return order_binaries(a, b);
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        return order(a->bits, b->bits);
    case BEAM_NIL:
        return 0;
    }
    return 0;
}

// One step of the top run; it is taken away when it is done.
static int step(struct runs *runs)
{
    struct run *run = &runs->at[runs->count - 1];
    if (run->left > 0) {
        const struct beam_value *a = run->a, *b = run->b;
        if (--run->left > 0) {
            run->a += run->stride;
            run->b += run->stride;
        }
        return compare_heads(a, b, run->exact, runs);
    }
    struct run done = *run;
    runs->count--;
    if (done.other == NULL)
        return 0;
    return done.rest_is_a ? compare_heads(&done.rest, done.other, done.exact, runs)
                          : compare_heads(done.other, &done.rest, done.exact, runs);
}

int beam_compare(const struct beam_value *a, const struct beam_value *b, bool exact)
{
    struct runs runs = {0};
    int got = compare_heads(a, b, exact, &runs);
    while (got == 0 && runs.count > 0)
        got = step(&runs);
    free(runs.at);
    return got;
}
