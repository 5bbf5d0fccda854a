// Sets of terms joined, met, taken from each other, and shown.
#include "core-vm/format/verify_lattice.h"

#include <string.h>

#include "core-vm/format/print.h"

static struct pair *find_pair(const struct types *t, struct pair *pairs, vtype a, vtype b)
{
    return &pairs[(a * 0x9E3779B1u ^ b * 0x85EBCA77u) >> 16 & (t->pairs - 1)];
}

bool type_is_single(const struct types *t, vtype a)
{
    const struct type *type = &t->at[a];
    if (type->kinds == T_ATOM)
        return type->atoms[0] != 0 && type->atoms[1] == 0;
    if (type->kinds == T_INT)
        return type->min == type->max && type->min != INT64_MIN && type->max != INT64_MAX;
    return type->kinds == T_NIL;
}

// Shapes of tuples.

static vtype element_of(const struct shape *shape, uint32_t at)
{
    return at < shape->count ? shape->element[at] : TYPE_ANY;
}

// What tells tuples of one size apart: their first element, when it is one value.
static vtype tag_of(const struct types *t, const struct shape *shape)
{
    return shape->count > 0 && type_is_single(t, shape->element[0]) ? shape->element[0] : 0;
}

static struct shape join_shapes(struct types *t, const struct shape *a, const struct shape *b)
{
    struct shape shape = {.size = a->size < b->size ? a->size : b->size};
    shape.exact = a->exact && b->exact && a->size == b->size;
    shape.count = a->count < b->count ? a->count : b->count;
    if (shape.count > shape.size)
        shape.count = (uint8_t)shape.size;
    for (uint32_t i = 0; i < shape.count; i++)
        shape.element[i] = type_join(t, a->element[i], b->element[i]);
    return shape;
}

// False: no tuple is both.
static bool meet_shapes(struct types *t, const struct shape *a, const struct shape *b,
                        struct shape *ret)
{
    *ret = (struct shape){.size = a->size > b->size ? a->size : b->size};
    if ((a->exact && a->size < ret->size) || (b->exact && b->size < ret->size))
        return false;
    ret->exact = a->exact || b->exact;
    ret->count = a->count > b->count ? a->count : b->count;
    for (uint32_t i = 0; i < ret->count; i++) {
        ret->element[i] = type_meet(t, element_of(a, i), element_of(b, i));
        if (ret->element[i] == TYPE_NONE)
            return false;
    }
    return true;
}

// A set of shapes in the making.
struct shapes {
    struct shape at[2 * MOST_SHAPES];
    uint32_t count;
};

static void put_shapes(const struct types *t, const uint32_t *shapes, struct shapes *to)
{
    for (uint32_t i = 0; i < MOST_SHAPES && shapes[i] != 0; i++)
        to->at[to->count++] = t->shape[shapes[i]];
}

// Shapes that have to be one: nothing tells their tuples apart.
static bool is_like(const struct types *t, const struct shape *a, const struct shape *b)
{
    if (!a->exact || !b->exact)
        return true;
    if (a->size != b->size)
        return false;
    vtype tag = tag_of(t, a), other = tag_of(t, b);
    return tag == 0 || other == 0 || tag == other;
}

static void merge(struct types *t, struct shapes *set,
                  bool (*like)(const struct types *, const struct shape *, const struct shape *))
{
    for (uint32_t i = 0; i < set->count; i++)
        for (uint32_t k = i + 1; k < set->count;) {
            if (!like(t, &set->at[i], &set->at[k])) {
                k++;
                continue;
            }
            struct shape joined = join_shapes(t, &set->at[i], &set->at[k]);
            set->at[i] = joined;
            set->at[k] = set->at[--set->count];
            k = i + 1;
        }
}

static bool is_as_large(const struct types *t, const struct shape *a, const struct shape *b)
{
    (void)t;
    return a->size == b->size;
}

static bool is_anything(const struct types *t, const struct shape *a, const struct shape *b)
{
    (void)t;
    (void)a;
    (void)b;
    return true;
}

// Into the type, in order; more than it can have are made fewer.
static void set_shapes(struct types *t, struct shapes *set, struct type *type)
{
    merge(t, set, is_like);
    if (set->count > MOST_SHAPES)
        merge(t, set, is_as_large);
    if (set->count > MOST_SHAPES)
        merge(t, set, is_anything);
    memset(type->shapes, 0, sizeof type->shapes);
    for (uint32_t i = 0; i < set->count; i++) {
        struct shape *shape = &set->at[i];
        uint32_t made = shape->size == 0 && !shape->exact ? 0 : shape_make(t, shape);
        if (made == 0) {
            memset(type->shapes, 0, sizeof type->shapes);
            return;
        }
        uint32_t at = i;
        for (; at > 0 && type->shapes[at - 1] > made; at--)
            type->shapes[at] = type->shapes[at - 1];
        type->shapes[at] = made;
    }
}

static void set_depth(const struct types *t, struct type *type)
{
    type->depth = 0;
    if ((type->kinds & T_CONS) != 0 && type->element != TYPE_ANY)
        type->depth = (uint8_t)(t->at[type->element].depth + 1);
    for (uint32_t i = 0; i < MOST_SHAPES && type->shapes[i] != 0; i++)
        if (t->shape[type->shapes[i]].depth > type->depth)
            type->depth = t->shape[type->shapes[i]].depth;
}

// Shapes of which the elements changed may have become the same.
static void sort_shapes(struct type *type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < MOST_SHAPES && type->shapes[i] != 0; i++) {
        uint32_t shape = type->shapes[i], at = count;
        while (at > 0 && type->shapes[at - 1] > shape)
            at--;
        if (at > 0 && type->shapes[at - 1] == shape)
            continue;
        memmove(&type->shapes[at + 1], &type->shapes[at], (count - at) * sizeof *type->shapes);
        type->shapes[at] = shape;
        count++;
    }
    memset(&type->shapes[count], 0, (MOST_SHAPES - count) * sizeof *type->shapes);
}

static void set_element(struct types *t, struct type *type, vtype element)
{
    type->element =
        t->at[element].depth >= MOST_DEPTH ? type_limit(t, element, MOST_DEPTH - 1) : element;
}

vtype type_limit(struct types *t, vtype a, unsigned depth)
{
    struct type type = t->at[a];
    if (a < TYPES_FIXED || type.depth <= depth)
        return a;
    if (depth == 0)
        return type_of(t, type.kinds);
    if ((type.kinds & T_CONS) != 0)
        type.element = type_limit(t, type.element, depth - 1);
    for (uint32_t i = 0; i < MOST_SHAPES && type.shapes[i] != 0; i++) {
        struct shape shape = t->shape[type.shapes[i]];
        for (uint32_t k = 0; k < shape.count; k++)
            shape.element[k] = type_limit(t, shape.element[k], depth - 1);
        type.shapes[i] = shape_make(t, &shape);
        if (type.shapes[i] == 0)
            memset(type.shapes, 0, sizeof type.shapes);
    }
    sort_shapes(&type);
    set_depth(t, &type);
    return type_make(t, &type);
}

// Joining.

static void join_atoms(const struct type *a, const struct type *b, struct type *to)
{
    uint32_t count = 0, i = 0, k = 0;
    if (a->atoms[0] == 0 || b->atoms[0] == 0)
        return;
    while ((i < MOST_ATOMS && a->atoms[i] != 0) || (k < MOST_ATOMS && b->atoms[k] != 0)) {
        uint32_t x = i < MOST_ATOMS && a->atoms[i] != 0 ? a->atoms[i] : UINT32_MAX;
        uint32_t y = k < MOST_ATOMS && b->atoms[k] != 0 ? b->atoms[k] : UINT32_MAX;
        if (count == MOST_ATOMS) {
            memset(to->atoms, 0, sizeof to->atoms);
            return;
        }
        to->atoms[count++] = x < y ? x : y;
        i += x <= y;
        k += y <= x;
    }
}

static void join_lists(struct types *t, const struct type *a, const struct type *b, struct type *to)
{
    const struct type *one = (a->kinds & T_CONS) != 0 ? a : b;
    if ((a->kinds & b->kinds & T_CONS) == 0) {
        to->element = one->element;
        to->proper = one->proper;
        return;
    }
    to->proper = a->proper && b->proper;
    set_element(t, to, type_join(t, a->element, b->element));
}

// Both have the kind, or the one that has says it all.
static const struct type *only(const struct type *a, const struct type *b, unsigned kind)
{
    if ((a->kinds & kind) == 0)
        return b;
    return (b->kinds & kind) == 0 ? a : NULL;
}

static void join_tuples(struct types *t, const struct type *a, const struct type *b,
                        struct type *to)
{
    const struct type *one = only(a, b, T_TUPLE);
    if (one != NULL) {
        memcpy(to->shapes, one->shapes, sizeof to->shapes);
        return;
    }
    if (a->shapes[0] == 0 || b->shapes[0] == 0)
        return;
    if (memcmp(a->shapes, b->shapes, sizeof a->shapes) == 0) {
        memcpy(to->shapes, a->shapes, sizeof to->shapes);
        return;
    }
    struct shapes set = {.count = 0};
    put_shapes(t, a->shapes, &set);
    put_shapes(t, b->shapes, &set);
    set_shapes(t, &set, to);
}

static uint32_t join_targets(struct types *t, uint32_t a, uint32_t b)
{
    uint32_t all[2 * MOST_TARGETS], count = 0, i = 0, k = 0;
    if (a == b || a == 0 || b == 0)
        return a == b ? a : 0;
    const struct targets x = t->target[a], y = t->target[b];
    while (i < x.count || k < y.count) {
        uint32_t from_x = i < x.count ? x.at[i] : UINT32_MAX;
        uint32_t from_y = k < y.count ? y.at[k] : UINT32_MAX;
        all[count++] = from_x < from_y ? from_x : from_y;
        i += from_x <= from_y;
        k += from_y <= from_x;
    }
    return count <= MOST_TARGETS ? targets_make(t, all, count) : 0;
}

static vtype join(struct types *t, struct type a, struct type b)
{
    struct type type = {.kinds = a.kinds | b.kinds};
    const struct type *one;
    if ((type.kinds & T_ATOM) != 0) {
        one = only(&a, &b, T_ATOM);
        if (one != NULL)
            memcpy(type.atoms, one->atoms, sizeof type.atoms);
        else
            join_atoms(&a, &b, &type);
    }
    if ((type.kinds & T_INT) != 0) {
        one = only(&a, &b, T_INT);
        type.min = one != NULL ? one->min : a.min < b.min ? a.min : b.min;
        type.max = one != NULL ? one->max : a.max > b.max ? a.max : b.max;
    }
    if ((type.kinds & T_CONS) != 0)
        join_lists(t, &a, &b, &type);
    if ((type.kinds & T_FUN) != 0) {
        one = only(&a, &b, T_FUN);
        type.arity = one != NULL ? one->arity : a.arity == b.arity ? a.arity : 0;
        type.target = one != NULL ? one->target : join_targets(t, a.target, b.target);
    }
    if ((type.kinds & T_BITS) != 0) {
        one = only(&a, &b, T_BITS);
        type.writable = one != NULL ? one->writable : a.writable && b.writable;
    }
    if ((type.kinds & T_TUPLE) != 0)
        join_tuples(t, &a, &b, &type);
    set_depth(t, &type);
    return type_make(t, &type);
}

vtype type_join(struct types *t, vtype a, vtype b)
{
    if (a == b || a == TYPE_UNSET || b == TYPE_NONE)
        return a;
    if (b == TYPE_UNSET || a == TYPE_NONE)
        return b;
    if (a > b) {
        vtype c = a;
        a = b;
        b = c;
    }
    if (a == TYPE_ANY && (t->at[b].kinds & ~T_ANY) == 0)
        return a;
    struct pair *pair = find_pair(t, t->joins, a, b);
    if (pair->a == a && pair->b == b)
        return pair->result;
    vtype result = join(t, t->at[a], t->at[b]);
    *pair = (struct pair){a, b, result};
    return result;
}

// Growing.

// The shape of `type` that became `shape`; NULL: none did.
static const struct shape *find_like(const struct types *t, const struct type *type,
                                     const struct shape *shape)
{
    for (uint32_t i = 0; i < MOST_SHAPES && type->shapes[i] != 0; i++)
        if (is_like(t, &t->shape[type->shapes[i]], shape))
            return &t->shape[type->shapes[i]];
    return NULL;
}

static void grow_shape(struct types *t, const struct type *a, uint32_t *at, bool force)
{
    struct shape shape = t->shape[*at];
    const struct shape *like = find_like(t, a, &shape);
    if (like == NULL)
        return;
    struct shape before = *like;
    for (uint32_t i = 0; i < shape.count; i++)
        shape.element[i] = type_grow(t, element_of(&before, i), shape.element[i], force);
    *at = shape_make(t, &shape);
}

static void grow_shapes(struct types *t, const struct type *a, struct type *b, bool force)
{
    uint32_t before = 0, after = 0;
    for (; before < MOST_SHAPES && a->shapes[before] != 0;)
        before++;
    for (; after < MOST_SHAPES && b->shapes[after] != 0; after++) {
        grow_shape(t, a, &b->shapes[after], force);
        if (b->shapes[after] == 0 || (force && before != 0 && after >= before)) {
            memset(b->shapes, 0, sizeof b->shapes);
            return;
        }
    }
    sort_shapes(b);
}

vtype type_grow(struct types *t, vtype a_number, vtype b_number, bool force)
{
    struct type a = t->at[a_number], b = t->at[b_number];
    if (a_number == b_number || b_number <= TYPE_ANY)
        return b_number;
    if (force && a_number > TYPE_ANY && a.kinds != b.kinds)
        return type_of(t, b.kinds | T_ANY);
    if ((b.kinds & T_INT) != 0) {
        b.min = INT64_MIN;
        b.max = INT64_MAX;
    }
    if ((a.kinds & b.kinds & T_ATOM) != 0 && memcmp(a.atoms, b.atoms, sizeof a.atoms) != 0)
        memset(b.atoms, 0, sizeof b.atoms);
    if ((a.kinds & b.kinds & T_CONS) != 0)
        set_element(t, &b, type_grow(t, a.element, b.element, force));
    if ((a.kinds & b.kinds & T_TUPLE) != 0)
        grow_shapes(t, &a, &b, force);
    set_depth(t, &b);
    return type_make(t, &b);
}

// Meeting.

static bool has_atom(const struct type *type, uint32_t atom)
{
    for (uint32_t i = 0; i < MOST_ATOMS && type->atoms[i] != 0; i++)
        if (type->atoms[i] == atom)
            return true;
    return type->atoms[0] == 0;
}

static void meet_atoms(const struct type *a, const struct type *b, struct type *to)
{
    const struct type *set = a->atoms[0] != 0 ? a : b;
    const struct type *other = set == a ? b : a;
    uint32_t count = 0;
    for (uint32_t i = 0; i < MOST_ATOMS && set->atoms[i] != 0; i++)
        if (has_atom(other, set->atoms[i]))
            to->atoms[count++] = set->atoms[i];
    if (count == 0 && set->atoms[0] != 0)
        to->kinds &= ~(uint32_t)T_ATOM;
}

static void meet_tuples(struct types *t, const struct type *a, const struct type *b,
                        struct type *to)
{
    if (a->shapes[0] == 0 || b->shapes[0] == 0) {
        memcpy(to->shapes, a->shapes[0] == 0 ? b->shapes : a->shapes, sizeof to->shapes);
        return;
    }
    struct shapes set = {.count = 0};
    for (uint32_t i = 0; i < MOST_SHAPES && a->shapes[i] != 0; i++)
        for (uint32_t k = 0; k < MOST_SHAPES && b->shapes[k] != 0; k++) {
            struct shape x = t->shape[a->shapes[i]], y = t->shape[b->shapes[k]], both;
            if (!meet_shapes(t, &x, &y, &both))
                continue;
            if (set.count == 2 * MOST_SHAPES) {
                memcpy(to->shapes, a->shapes, sizeof to->shapes);
                return;
            }
            set.at[set.count++] = both;
        }
    if (set.count == 0)
        to->kinds &= ~(uint32_t)T_TUPLE;
    else
        set_shapes(t, &set, to);
}

static void meet_lists(struct types *t, const struct type *a, const struct type *b, struct type *to)
{
    vtype element = type_meet(t, a->element, b->element);
    if (element == TYPE_NONE) {
        to->kinds &= ~(uint32_t)T_CONS;
        return;
    }
    set_element(t, to, element);
    to->proper = a->proper || b->proper;
}

static vtype meet(struct types *t, struct type a, struct type b)
{
    struct type type = {.kinds = a.kinds & b.kinds};
    if ((type.kinds & T_ATOM) != 0)
        meet_atoms(&a, &b, &type);
    if ((type.kinds & T_INT) != 0) {
        type.min = a.min > b.min ? a.min : b.min;
        type.max = a.max < b.max ? a.max : b.max;
        if (type.min > type.max) {
            type.kinds &= ~(uint32_t)T_INT;
            type.min = type.max = 0;
        }
    }
    if ((type.kinds & T_CONS) != 0)
        meet_lists(t, &a, &b, &type);
    if ((type.kinds & T_FUN) != 0) {
        type.arity = a.arity != 0 ? a.arity : b.arity;
        type.target = a.target != 0 ? a.target : b.target;
        if (a.arity != 0 && b.arity != 0 && a.arity != b.arity) {
            type.kinds &= ~(uint32_t)T_FUN;
            type.arity = 0;
            type.target = 0;
        }
    }
    if ((type.kinds & T_BITS) != 0)
        type.writable = a.writable || b.writable;
    if ((type.kinds & T_TUPLE) != 0)
        meet_tuples(t, &a, &b, &type);
    if (type.kinds == 0)
        return TYPE_NONE;
    set_depth(t, &type);
    return type_make(t, &type);
}

static bool is_raw(const struct types *t, vtype a)
{
    return (t->at[a].kinds & T_RAW) != 0;
}

vtype type_term(struct types *t, vtype a)
{
    return is_raw(t, a) ? type_join(t, a, TYPE_ANY) : a;
}

vtype type_meet(struct types *t, vtype a, vtype b)
{
    if (a == b || b == TYPE_UNSET)
        return a;
    if (a == TYPE_UNSET)
        return b;
    if (a == TYPE_NONE || b == TYPE_NONE)
        return TYPE_NONE;
    if (b == TYPE_ANY && (t->at[a].kinds & ~(T_ANY | T_RAW)) == 0)
        return a;
    if (a == TYPE_ANY && (t->at[b].kinds & ~(T_ANY | T_RAW)) == 0)
        return b;
    if (is_raw(t, a) && is_raw(t, b))
        return a;
    a = type_term(t, a);
    b = type_term(t, b);
    struct pair *pair = find_pair(t, t->meets, a, b);
    if (pair->a == a && pair->b == b)
        return pair->result;
    vtype result = meet(t, t->at[a], t->at[b]);
    *pair = (struct pair){a, b, result};
    return result;
}

// Taking away.

static void minus_atoms(struct type *a, const struct type *b)
{
    if (b->atoms[0] == 0) {
        a->kinds &= ~(uint32_t)T_ATOM;
        memset(a->atoms, 0, sizeof a->atoms);
        return;
    }
    if (a->atoms[0] == 0)
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < MOST_ATOMS && a->atoms[i] != 0; i++)
        if (!has_atom(b, a->atoms[i]))
            a->atoms[kept++] = a->atoms[i];
    for (uint32_t i = kept; i < MOST_ATOMS; i++)
        a->atoms[i] = 0;
    if (kept == 0)
        a->kinds &= ~(uint32_t)T_ATOM;
}

// Ends of the range only; what stands for more than itself stays.
static void minus_integers(struct type *a, const struct type *b)
{
    if (b->min <= a->min && b->max >= a->max &&
        (b->min < b->max || (b->min != INT64_MIN && b->min != INT64_MAX))) {
        a->kinds &= ~(uint32_t)T_INT;
        a->min = a->max = 0;
    } else if (b->min <= a->min && b->max >= a->min && b->max < INT64_MAX) {
        a->min = b->max + 1;
    } else if (b->max >= a->max && b->min <= a->max && b->min > INT64_MIN) {
        a->max = b->min - 1;
    }
}

static void minus_tuples(struct types *t, struct type *a, const struct type *b)
{
    uint32_t kept = 0, shapes[MOST_SHAPES] = {0};
    if (b->shapes[0] == 0) {
        a->kinds &= ~(uint32_t)T_TUPLE;
        memset(a->shapes, 0, sizeof a->shapes);
        return;
    }
    if (a->shapes[0] == 0)
        return;
    for (uint32_t i = 0; i < MOST_SHAPES && a->shapes[i] != 0; i++) {
        bool gone = false;
        for (uint32_t k = 0; k < MOST_SHAPES && b->shapes[k] != 0 && !gone; k++) {
            struct shape x = t->shape[a->shapes[i]], y = t->shape[b->shapes[k]], both;
            gone = meet_shapes(t, &x, &y, &both) && shape_make(t, &both) == a->shapes[i];
        }
        if (!gone)
            shapes[kept++] = a->shapes[i];
    }
    memcpy(a->shapes, shapes, sizeof shapes);
    if (kept == 0)
        a->kinds &= ~(uint32_t)T_TUPLE;
}

static void minus_rest(struct type *a, const struct type *b)
{
    if ((b->kinds & T_CONS) != 0 && b->element == TYPE_ANY && b->proper == 0) {
        a->kinds &= ~(uint32_t)T_CONS;
        a->element = a->proper = 0;
    }
    if ((b->kinds & T_FUN) != 0 && b->target == 0 && (b->arity == 0 || b->arity == a->arity)) {
        a->kinds &= ~(uint32_t)T_FUN;
        a->arity = 0;
        a->target = 0;
    }
    if ((b->kinds & T_BITS) != 0 && b->writable == 0) {
        a->kinds &= ~(uint32_t)T_BITS;
        a->writable = 0;
    }
    a->kinds &= ~(b->kinds & (T_NIL | T_FLOAT | T_MAP | T_ID | T_CONTEXT));
}

static vtype minus(struct types *t, vtype a_number, vtype b_number)
{
    struct type a = t->at[a_number], b = t->at[b_number];
    if ((a.kinds & b.kinds) == 0)
        return a_number;
    if ((a.kinds & b.kinds & T_ATOM) != 0)
        minus_atoms(&a, &b);
    if ((a.kinds & b.kinds & T_INT) != 0)
        minus_integers(&a, &b);
    if ((a.kinds & b.kinds & T_TUPLE) != 0)
        minus_tuples(t, &a, &b);
    minus_rest(&a, &b);
    if (a.kinds == 0)
        return TYPE_NONE;
    set_depth(t, &a);
    return type_make(t, &a);
}

vtype type_minus(struct types *t, vtype a, vtype b)
{
    if (a < TYPE_ANY || b < TYPE_ANY)
        return a;
    struct pair *pair = find_pair(t, t->rests, a, b);
    if (pair->a == a && pair->b == b)
        return pair->result;
    vtype result = minus(t, a, b);
    *pair = (struct pair){a, b, result};
    return result;
}

// Asking.

uint32_t type_least_size(const struct types *t, vtype a)
{
    const uint32_t *shapes = t->at[a].shapes;
    uint32_t least = shapes[0] != 0 ? t->shape[shapes[0]].size : 0;
    for (uint32_t i = 1; i < MOST_SHAPES && shapes[i] != 0; i++)
        if (t->shape[shapes[i]].size < least)
            least = t->shape[shapes[i]].size;
    return least;
}

vtype type_element(struct types *t, vtype a, uint32_t at)
{
    uint32_t shapes[MOST_SHAPES];
    vtype element = TYPE_NONE;
    memcpy(shapes, t->at[a].shapes, sizeof shapes);
    if (shapes[0] == 0)
        return TYPE_ANY;
    for (uint32_t i = 0; i < MOST_SHAPES && shapes[i] != 0; i++) {
        const struct shape *shape = &t->shape[shapes[i]];
        if (!shape->exact || at < shape->size)
            element = type_join(t, element, element_of(shape, at));
    }
    return element == TYPE_NONE ? TYPE_ANY : element;
}

vtype type_set_element(struct types *t, vtype tuple, uint32_t at, vtype element)
{
    struct type type = t->at[type_meet(t, tuple, type_of(t, T_TUPLE))];
    struct shapes set = {.count = 0};
    put_shapes(t, type.shapes, &set);
    for (uint32_t i = 0; i < set.count; i++) {
        struct shape *shape = &set.at[i];
        for (; at < MOST_ELEMENTS && shape->count <= at; shape->count++)
            shape->element[shape->count] = TYPE_ANY;
        if (at < MOST_ELEMENTS)
            shape->element[at] = element;
        if (shape->size <= at)
            shape->size = at + 1;
    }
    set_shapes(t, &set, &type);
    if (type.kinds == 0)
        type.kinds = T_TUPLE;
    set_depth(t, &type);
    return type_make(t, &type);
}

// Showing.

static void show_tuple(const struct types *t, const struct shape *shape, struct wb_text *text)
{
    wb_text_put_char(text, '{');
    for (uint32_t i = 0; i < shape->count; i++) {
        wb_text_put(text, i > 0 ? "," : "");
        type_show(t, shape->element[i], text);
    }
    if (shape->count < shape->size)
        wb_text_printf(text, "%s_ x %u", shape->count > 0 ? "," : "", shape->size - shape->count);
    wb_text_put(text, shape->exact ? "}" : ",...}");
}

static void show_atoms(const struct types *t, const struct type *type, struct wb_text *text)
{
    for (uint32_t i = 0; i < MOST_ATOMS && type->atoms[i] != 0; i++) {
        uint32_t atom = type->atoms[i], own = t->module->atoms.count;
        wb_text_put(text, i > 0 ? "|" : "");
        beam_print_atom(atom < own ? t->module->atoms.at[atom] : t->atoms.more[atom - own], text);
    }
    if (type->atoms[0] == 0)
        wb_text_put(text, "atom");
}

static void show_integers(const struct type *type, struct wb_text *text)
{
    if (type->min == INT64_MIN && type->max == INT64_MAX)
        wb_text_put(text, "integer");
    else if (type->min == type->max)
        wb_text_printf(text, "%lld", (long long)type->min);
    else if (type->min == INT64_MIN)
        wb_text_printf(text, "..%lld", (long long)type->max);
    else if (type->max == INT64_MAX)
        wb_text_printf(text, "%lld..", (long long)type->min);
    else
        wb_text_printf(text, "%lld..%lld", (long long)type->min, (long long)type->max);
}

static void show_tuples(const struct types *t, const struct type *type, struct wb_text *text)
{
    for (uint32_t i = 0; i < MOST_SHAPES && type->shapes[i] != 0; i++) {
        wb_text_put(text, i > 0 ? "|" : "");
        show_tuple(t, &t->shape[type->shapes[i]], text);
    }
    if (type->shapes[0] == 0)
        wb_text_put(text, "tuple");
}

static void show_list(const struct types *t, const struct type *type, struct wb_text *text)
{
    if ((type->kinds & T_CONS) == 0) {
        wb_text_put(text, "[]");
        return;
    }
    wb_text_put_char(text, '[');
    type_show(t, type->element, text);
    wb_text_put(text, (type->kinds & T_NIL) != 0 ? "]" : ",...]");
    wb_text_put(text, type->proper ? "" : "?");
}

static void show_kind(const struct types *t, const struct type *type, unsigned kind,
                      struct wb_text *text)
{
    static const char *const names[] = {
        "atom",          "bitstring", "",          "",          "float",    "fun",        "",
        "map",           "pid",       "port",      "reference", "",         "stacktrace", "marker",
        "match-context", "try-tag",   "catch-tag", "timeout",   "exception"};
    switch (kind) {
    case T_ATOM:
        show_atoms(t, type, text);
        break;
    case T_CONS:
    case T_NIL:
        show_list(t, type, text);
        break;
    case T_INT:
        show_integers(type, text);
        break;
    case T_TUPLE:
        show_tuples(t, type, text);
        break;
    default:
        wb_text_put(text, names[__builtin_ctz(kind)]);
        if (kind == T_FUN && type->arity != 0)
            wb_text_printf(text, "/%u", type->arity - 1u);
    }
}

void type_show(const struct types *t, vtype a, struct wb_text *text)
{
    const struct type *type = &t->at[a];
    bool any = false;
    if (a <= TYPE_ANY) {
        wb_text_put(text, a == TYPE_ANY ? "any" : a == TYPE_NONE ? "none" : "unset");
        return;
    }
    unsigned kinds = type->kinds;
    if ((kinds & T_ANY) == T_ANY) {
        wb_text_put(text, "any");
        kinds &= ~(unsigned)T_ANY;
        any = true;
    }
    for (unsigned kind = 1; kind <= kinds; kind <<= 1) {
        if ((kinds & kind) == 0 || (kind == T_NIL && (kinds & T_CONS) != 0))
            continue;
        wb_text_put(text, any ? "|" : "");
        show_kind(t, type, kind, text);
        any = true;
    }
}
