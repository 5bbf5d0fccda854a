// Sizes as sums: so much, and so many times the sizes of these values. What bs_add and byte_size
// make, bs_init2 and bs_append reserve and the bs_put_ instructions use up.
#include <string.h>

#include "core-vm/format/verify_priv.h"

enum { MOST_SUMS = 1 << 16, MOST_CONSTANT = 1 << 30, FIRST_SUMS = 64 };

static uint32_t hash(const struct sum *sum)
{
    const unsigned char *at = (const unsigned char *)sum;
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < sizeof *sum; i++)
        h = (h ^ at[i]) * 16777619u;
    return h;
}

static void grow(struct verifier *v)
{
    uint32_t capacity = v->sums.capacity != 0 ? 2 * v->sums.capacity : FIRST_SUMS;
    struct sum *at = wb_push_array(&v->scratch, struct sum, capacity);
    if (v->sums.count > 0)
        memcpy(at, v->sums.at, v->sums.count * sizeof *at);
    v->sums.at = at;
    v->sums.capacity = capacity;
    v->sums.slot = wb_push_array(&v->scratch, uint32_t, 2 * (size_t)capacity);
    v->sums.count = v->sums.count > 0 ? v->sums.count : 1;
    for (uint32_t i = 1; i < v->sums.count; i++) {
        uint32_t h = hash(&at[i]);
        while (v->sums.slot[h & (2 * capacity - 1)] != 0)
            h++;
        v->sums.slot[h & (2 * capacity - 1)] = i;
    }
}

uint32_t verify_sum(struct verifier *v, const struct sum *sum)
{
    if (v->sums.count >= v->sums.capacity)
        grow(v);
    uint32_t h = hash(sum), mask = 2 * v->sums.capacity - 1;
    for (uint32_t at; (at = v->sums.slot[h & mask]) != 0; h++)
        if (memcmp(&v->sums.at[at], sum, sizeof *sum) == 0)
            return at;
    if (v->sums.count >= MOST_SUMS)
        return 0;
    v->sums.slot[h & mask] = v->sums.count;
    v->sums.at[v->sums.count] = *sum;
    return v->sums.count++;
}

static bool same_term(const struct term *a, const struct term *b)
{
    return a->value == b->value && a->measure == b->measure;
}

// False: it would be too large.
static bool add_term(struct sum *sum, struct term term)
{
    uint32_t at = 0;
    for (; at < sum->count && !same_term(&sum->term[at], &term); at++)
        ;
    if (at == MOST_TERMS || term.times > MOST_CONSTANT)
        return false;
    if (at == sum->count)
        sum->term[sum->count++] = (struct term){term.value, term.measure, 0};
    sum->term[at].times += term.times;
    return sum->term[at].times <= MOST_CONSTANT;
}

static bool is_constant(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_U || (o->tag == BEAM_TAG_I && o->integer >= 0);
}

bool verify_add(struct verifier *v, struct sum *sum, const struct beam_operand *o, uint64_t unit)
{
    const struct slot *slot = verify_slot(v, o);
    if (is_constant(o)) {
        if (o->value > MOST_CONSTANT || unit > 256)
            return false;
        sum->constant += o->value * unit;
        return sum->constant <= MOST_CONSTANT;
    }
    if (slot == NULL || unit > 256)
        return false;
    if (slot->relation == REL_SUM) {
        struct sum more = v->sums.at[slot->of];
        bool fits = true;
        sum->constant += more.constant * unit;
        for (uint32_t i = 0; i < more.count && fits; i++) {
            more.term[i].times *= (uint32_t)unit;
            fits = add_term(sum, more.term[i]);
        }
        return fits && sum->constant <= MOST_CONSTANT;
    }
    uint32_t name = verify_name(v, o);
    return name != 0 && add_term(sum, (struct term){name, MEASURE_ITSELF, (uint32_t)unit});
}

bool verify_measure(struct verifier *v, struct sum *sum, const struct beam_operand *o,
                    enum measure measure, uint32_t times)
{
    uint32_t name = verify_name(v, o);
    return name != 0 && add_term(sum, (struct term){name, measure, times});
}

void verify_relate_sum(struct verifier *v, struct slot *result, const struct sum *sum)
{
    result->of = verify_sum(v, sum);
    result->relation = result->of != 0 ? REL_SUM : REL_NONE;
}

// Bits of a binary: as many as its bytes have, at most.
static bool use_term(struct sum *left, const struct term *term)
{
    for (uint32_t i = 0; i < left->count; i++)
        if (same_term(&left->term[i], term) && left->term[i].times >= term->times) {
            left->term[i].times -= term->times;
            return true;
        }
    if (term->measure != MEASURE_BITS)
        return false;
    return use_term(left, &(struct term){term->value, MEASURE_BYTES, 8 * term->times});
}

bool verify_use_bits(struct verifier *v, const struct sum *needed)
{
    struct sum left = v->sums.count > 0 ? v->sums.at[v->now.bits] : (struct sum){0};
    bool fits = needed->constant <= left.constant;
    for (uint32_t i = 0; i < needed->count && fits; i++)
        fits = needed->term[i].times == 0 || use_term(&left, &needed->term[i]);
    if (!fits)
        return false;
    left.constant -= needed->constant;
    v->now.bits = verify_sum(v, &left);
    return true;
}
