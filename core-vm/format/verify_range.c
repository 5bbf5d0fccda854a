// Ranges of integers: what arithmetic and comparing say of them. INT64_MIN and INT64_MAX stand for
// all that lies beyond, too.
#include <stdlib.h>
#include <string.h>

#include "core-vm/format/verify_priv.h"

enum { MOST_SHIFT = 62, SIZE_BITS = 58, TUPLE_BITS = 24 };

struct range {
    int64_t min, max;
};

static const struct range all = {INT64_MIN, INT64_MAX};

static struct range range_of(const struct verifier *v, vtype type)
{
    const struct type *t = &v->types.at[type];
    return t->kinds == T_INT ? (struct range){t->min, t->max} : all;
}

static bool is_finite(struct range r)
{
    return r.min != INT64_MIN && r.max != INT64_MAX;
}

static int64_t add(int64_t a, int64_t b, int64_t beyond)
{
    int64_t n;
    if (a == beyond || b == beyond)
        return beyond;
    if (!__builtin_add_overflow(a, b, &n))
        return n;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t times(int64_t a, int64_t b)
{
    int64_t n;
    if (!__builtin_mul_overflow(a, b, &n))
        return n;
    return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

static int64_t minus(int64_t a)
{
    return a == INT64_MIN ? INT64_MAX : a == INT64_MAX ? INT64_MIN : -a;
}

static struct range negated(struct range a)
{
    return (struct range){minus(a.max), minus(a.min)};
}

static struct range sum(struct range a, struct range b)
{
    return (struct range){add(a.min, b.min, INT64_MIN), add(a.max, b.max, INT64_MAX)};
}

static struct range product(struct range a, struct range b)
{
    if (!is_finite(a) || !is_finite(b)) {
        bool positive = a.min >= 0 && b.min >= 0;
        return positive ? (struct range){times(a.min, b.min), INT64_MAX} : all;
    }
    int64_t corner[] = {times(a.min, b.min), times(a.min, b.max), times(a.max, b.min),
                        times(a.max, b.max)};
    struct range r = {corner[0], corner[0]};
    for (int i = 1; i < 4; i++) {
        r.min = corner[i] < r.min ? corner[i] : r.min;
        r.max = corner[i] > r.max ? corner[i] : r.max;
    }
    return r;
}

// Only by what is certainly positive.
static struct range quotient(struct range a, struct range b)
{
    if (b.min < 1)
        return all;
    int64_t far = b.max == INT64_MAX ? 0 : 1;
    struct range r = {a.min == INT64_MIN ? INT64_MIN : a.min / b.min,
                      a.max == INT64_MAX ? INT64_MAX : a.max / b.min};
    if (a.min >= 0)
        r.min = far != 0 ? a.min / b.max : 0;
    if (a.max < 0)
        r.max = far != 0 ? a.max / b.max : 0;
    return r;
}

static struct range remainder_of(struct range a, struct range b)
{
    int64_t most = INT64_MAX;
    if (is_finite(b)) {
        int64_t low = minus(b.min), high = b.max;
        most = low > high ? low : high;
        most = most > 0 ? most - 1 : 0;
    }
    if (a.max >= 0 && a.max < most)
        most = a.min >= 0 ? a.max : most;
    return (struct range){a.min >= 0 ? 0 : minus(most), a.max <= 0 ? 0 : most};
}

static struct range both_bits(struct range a, struct range b)
{
    if (a.min < 0 && b.min < 0)
        return all;
    if (a.min < 0)
        return (struct range){0, b.max};
    if (b.min < 0)
        return (struct range){0, a.max};
    return (struct range){0, a.max < b.max ? a.max : b.max};
}

static struct range any_bits(struct range a, struct range b)
{
    if (a.min < 0 || b.min < 0 || !is_finite(a) || !is_finite(b))
        return all;
    int64_t most = a.max > b.max ? a.max : b.max, bits = 0;
    while (bits < most)
        bits = bits << 1 | 1;
    return (struct range){0, bits};
}

static struct range right(struct range a, struct range b)
{
    if (b.min < 0)
        return all;
    int64_t least = b.min > 63 ? 63 : b.min, most = b.max > 63 ? 63 : b.max;
    struct range r = {a.min >= 0 ? a.min >> most : a.min >> least,
                      a.max >= 0 ? a.max >> least : a.max >> most};
    if (a.min == INT64_MIN)
        r.min = INT64_MIN;
    if (a.max == INT64_MAX)
        r.max = INT64_MAX;
    return r;
}

static struct range left(struct range a, struct range b)
{
    if (b.min < 0 || !is_finite(a))
        return a.min >= 0 && b.min >= 0 ? (struct range){a.min, INT64_MAX} : all;
    if (b.max > MOST_SHIFT)
        return a.min >= 0 ? (struct range){0, INT64_MAX} : all;
    struct range power = {(int64_t)1 << b.min, (int64_t)1 << b.max};
    return product(a, power);
}

static struct range magnitude(struct range a)
{
    if (a.min >= 0)
        return a;
    struct range n = negated(a);
    return (struct range){a.max < 0 ? n.min : 0, n.max > a.max ? n.max : a.max};
}

static struct range up_to_bits(unsigned bits)
{
    return (struct range){0, ((int64_t)1 << bits) - 1};
}

static struct range of_one(const char *name, struct range a)
{
    if (strcmp(name, "abs") == 0)
        return magnitude(a);
    if (strcmp(name, "-") == 0)
        return negated(a);
    if (strcmp(name, "+") == 0)
        return a;
    if (strcmp(name, "bnot") == 0)
        return sum(negated(a), (struct range){-1, -1});
    if (strcmp(name, "tuple_size") == 0)
        return up_to_bits(TUPLE_BITS);
    if (strcmp(name, "length") == 0 || strstr(name, "size") != NULL)
        return up_to_bits(SIZE_BITS);
    return all;
}

static struct range of_two(const char *name, struct range a, struct range b)
{
    static const struct {
        const char *name;
        struct range (*fn)(struct range a, struct range b);
    } operations[] = {
        {"+", sum},          {"*", product},    {"div", quotient},  {"rem", remainder_of},
        {"band", both_bits}, {"bor", any_bits}, {"bxor", any_bits}, {"bsr", right},
        {"bsl", left}};
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(name, operations[i].name) == 0)
            return operations[i].fn(a, b);
    return strcmp(name, "-") == 0 ? sum(a, negated(b)) : all;
}

static struct range size_of(struct verifier *v, vtype type, struct range otherwise)
{
    vtype tuple = type_meet(&v->types, type, type_of(&v->types, T_TUPLE));
    if (type_kinds(&v->types, type) & T_BITS || tuple == TYPE_NONE)
        return otherwise;
    const struct type *t = &v->types.at[tuple];
    struct range r = up_to_bits(TUPLE_BITS);
    r.min = type_least_size(&v->types, tuple);
    if (t->shapes[0] != 0 && t->shapes[1] == 0 && v->types.shape[t->shapes[0]].exact)
        r.max = r.min;
    return r.min <= r.max ? r : otherwise;
}

vtype verify_arithmetic(struct verifier *v, const char *name, uint32_t arity, const vtype *args)
{
    struct range a = range_of(v, args[0]), b = arity > 1 ? range_of(v, args[1]) : all;
    struct range r = arity == 1 ? of_one(name, a) : of_two(name, a, b);
    if (strcmp(name, "tuple_size") == 0 || strcmp(name, "size") == 0)
        r = size_of(v, args[0], r);
    if (strcmp(name, "length") == 0 && type_is(&v->types, args[0], T_CONS))
        r.min = 1;
    return r.min <= r.max ? type_integer(&v->types, r.min, r.max) : v->types.integer;
}

vtype verify_bits_range(struct verifier *v, uint64_t bits, bool is_signed)
{
    if (bits == 0 || bits > MOST_SHIFT)
        return v->types.integer;
    int64_t half = (int64_t)1 << (bits - 1);
    return is_signed ? type_integer(&v->types, -half, half - 1)
                     : type_integer(&v->types, 0, half - 1 + half);
}

// a < b, or a =< b when `same`. Numbers are less than all other terms. False: it cannot be.
bool verify_learn_order(struct verifier *v, const struct beam_operand *a,
                        const struct beam_operand *b, bool same)
{
    vtype of_a = verify_type(v, a), of_b = verify_type(v, b);
    struct range x = range_of(v, of_a), y = range_of(v, of_b);
    int64_t step = same ? 0 : 1;
    if (type_is(&v->types, of_b, T_NUMBER)) {
        bool known = type_is(&v->types, of_b, T_INT) && y.max != INT64_MAX && y.max > INT64_MIN + 1;
        int64_t most = known ? y.max - step : INT64_MAX;
        if (!verify_learn(v, a, type_range(&v->types, T_NUMBER, INT64_MIN, most)))
            return false;
    }
    bool known = type_is(&v->types, of_a, T_INT) && x.min != INT64_MIN && x.min < INT64_MAX - 1;
    return !known || verify_learn(v, b, type_range(&v->types, T_ANY, x.min + step, INT64_MAX));
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

void verify_find_bounds(struct verifier *v)
{
    static const uint8_t bits[] = {0, 8, 16, 24, 32, 48, 58};
    uint32_t types = v->options->whole ? v->module->types.count : 0, count = 0;
    int64_t *at = wb_push_array(&v->scratch, int64_t, 2 * (size_t)types + 2 * sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++) {
        at[count++] = ((int64_t)1 << bits[i]) - 1;
        at[count++] = -((int64_t)1 << bits[i]);
    }
    for (uint32_t i = 0; i < types; i++) {
        const struct beam_type *type = &v->module->types.at[i];
        if (type->has_min)
            at[count++] = type->min;
        if (type->has_max)
            at[count++] = type->max;
    }
    qsort(at, count, sizeof *at, by_size);
    v->bounds.at = at;
    v->bounds.count = count;
}

// Index of the first bound that is not less.
static uint32_t bound_at(const struct verifier *v, int64_t n)
{
    uint32_t low = 0, high = v->bounds.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (v->bounds.at[middle] < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

vtype verify_widen_range(struct verifier *v, vtype before, vtype type)
{
    struct type t = v->types.at[type];
    struct range a = range_of(v, before), b = range_of(v, type);
    if (t.kinds != T_INT || v->types.at[before].kinds != T_INT)
        return type;
    if (b.max > a.max) {
        uint32_t at = bound_at(v, b.max);
        b.max = at < v->bounds.count ? v->bounds.at[at] : INT64_MAX;
    }
    if (b.min < a.min) {
        uint32_t at = bound_at(v, b.min);
        bool is_bound = at < v->bounds.count && v->bounds.at[at] == b.min;
        b.min = is_bound ? b.min : at > 0 ? v->bounds.at[at - 1] : INT64_MIN;
    }
    return type_integer(&v->types, b.min, b.max);
}
