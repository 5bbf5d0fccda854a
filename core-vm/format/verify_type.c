#include "core-vm/format/verify_type.h"

#include <assert.h>
#include <string.h>

#include "core-vm/format/verify_lattice.h"

static_assert(sizeof(struct type) == 12 + 4 * (MOST_ATOMS + MOST_SHAPES) + 4 + 2 * sizeof(int64_t),
              "a type has gaps");

enum { FIRST_TYPES = 64, FIRST_SHAPES = 32, MOST_MEMBERS = 16 };

static uint32_t hash(const void *at, size_t size)
{
    const unsigned char *bytes = at;
    uint64_t h = 0x9E3779B97F4A7C15u, word;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        h = (h ^ word) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    for (; size > 0; bytes++, size--)
        h = (h ^ *bytes) * 0x100000001B3u;
    return (uint32_t)(h ^ h >> 29);
}

// A table of numbers + 1, twice as large as before, with nothing in it.
static uint32_t *grow_slots(struct types *t, uint32_t *slots)
{
    *slots *= 2;
    return wb_push_array(t->arena, uint32_t, *slots);
}

static void grow_types(struct types *t)
{
    struct type *at = wb_push_array(t->arena, struct type, 2 * (size_t)t->capacity);
    memcpy(at, t->at, t->count * sizeof *at);
    t->at = at;
    t->capacity *= 2;
    t->slot = grow_slots(t, &t->slots);
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t h = hash(&at[i], sizeof at[i]);
        while (t->slot[h & (t->slots - 1)] != 0)
            h++;
        t->slot[h & (t->slots - 1)] = i + 1;
    }
}

vtype type_make(struct types *t, const struct type *type)
{
    uint32_t h = hash(type, sizeof *type);
    for (uint32_t at; (at = t->slot[h & (t->slots - 1)]) != 0; h++)
        if (memcmp(&t->at[at - 1], type, sizeof *type) == 0)
            return at - 1;
    bool plain = type_is_plain(type);
    if (t->count >= MOST_TYPES && !plain)
        return type_of(t, type->kinds);
    if (t->count == t->capacity) {
        grow_types(t);
        return type_make(t, type);
    }
    t->slot[h & (t->slots - 1)] = t->count + 1;
    t->at[t->count] = *type;
    return t->count++;
}

static void grow_shapes(struct types *t)
{
    struct shape *at = wb_push_array(t->arena, struct shape, 2 * (size_t)t->shape_capacity);
    memcpy(at, t->shape, t->shape_count * sizeof *at);
    t->shape = at;
    t->shape_capacity *= 2;
    t->shape_slot = grow_slots(t, &t->shape_slots);
    for (uint32_t i = 1; i < t->shape_count; i++) {
        uint32_t h = hash(&at[i], sizeof at[i]);
        while (t->shape_slot[h & (t->shape_slots - 1)] != 0)
            h++;
        t->shape_slot[h & (t->shape_slots - 1)] = i + 1;
    }
}

uint32_t shape_make(struct types *t, struct shape *shape)
{
    while (shape->count > 0 && shape->element[shape->count - 1] == TYPE_ANY)
        shape->count--;
    shape->depth = 1;
    for (uint32_t i = 0; i < MOST_ELEMENTS; i++) {
        if (i >= shape->count) {
            shape->element[i] = 0;
            continue;
        }
        if (t->at[shape->element[i]].depth >= MOST_DEPTH)
            shape->element[i] = type_limit(t, shape->element[i], MOST_DEPTH - 1);
        uint8_t depth = (uint8_t)(t->at[shape->element[i]].depth + 1);
        shape->depth = depth > shape->depth ? depth : shape->depth;
    }
    uint32_t h = hash(shape, sizeof *shape);
    for (uint32_t at; (at = t->shape_slot[h & (t->shape_slots - 1)]) != 0; h++)
        if (memcmp(&t->shape[at - 1], shape, sizeof *shape) == 0)
            return at - 1;
    if (t->shape_count >= MOST_TYPES)
        return 0;
    if (t->shape_count == t->shape_capacity) {
        grow_shapes(t);
        return shape_make(t, shape);
    }
    t->shape_slot[h & (t->shape_slots - 1)] = t->shape_count + 1;
    t->shape[t->shape_count] = *shape;
    return t->shape_count++;
}

struct type type_plain(unsigned kinds)
{
    struct type type = {.kinds = kinds};
    if ((kinds & T_CONS) != 0)
        type.element = TYPE_ANY;
    if ((kinds & T_INT) != 0) {
        type.min = INT64_MIN;
        type.max = INT64_MAX;
    }
    return type;
}

bool type_is_plain(const struct type *type)
{
    struct type plain = type_plain(type->kinds);
    return memcmp(&plain, type, sizeof plain) == 0;
}

vtype type_of(struct types *t, unsigned kinds)
{
    if (kinds == T_ANY)
        return TYPE_ANY;
    if (kinds == 0)
        return TYPE_NONE;
    struct pair *pair = &t->plain[(kinds * 0x9E3779B1u) >> 26];
    if (pair->a == kinds)
        return pair->result;
    struct type type = type_plain(kinds);
    vtype result = type_make(t, &type);
    *pair = (struct pair){.a = kinds, .result = result};
    return result;
}

void types_init(struct types *t, const struct beam_module *module, struct wb_arena *arena,
                uint32_t pairs)
{
    *t = (struct types){.arena = arena, .module = module, .pairs = pairs};
    t->capacity = FIRST_TYPES;
    t->slots = 4 * FIRST_TYPES;
    t->at = wb_push_array(arena, struct type, FIRST_TYPES);
    t->slot = wb_push_array(arena, uint32_t, t->slots);
    t->shape_capacity = FIRST_SHAPES;
    t->shape_slots = 4 * FIRST_SHAPES;
    t->shape = wb_push_array(arena, struct shape, FIRST_SHAPES);
    t->shape_slot = wb_push_array(arena, uint32_t, t->shape_slots);
    t->shape_count = 1;
    t->joins = wb_push_array(arena, struct pair, pairs);
    t->meets = wb_push_array(arena, struct pair, pairs);
    t->rests = wb_push_array(arena, struct pair, pairs);
    // UNSET differs from NONE in what no other type has.
    t->at[TYPE_UNSET] = (struct type){.max = 1};
    struct type any = type_plain(T_ANY);
    t->count = 1;
    struct type none = {0};
    (void)type_make(t, &none);
    (void)type_make(t, &any);
    t->literal = wb_push_array(arena, vtype, module->literals.count);
    t->integer = type_of(t, T_INT);
}

// Atoms.

static struct wb_bytes atom_text(const struct types *t, uint32_t atom)
{
    return atom < t->module->atoms.count ? t->module->atoms.at[atom]
                                         : t->atoms.more[atom - t->module->atoms.count];
}

static void add_atom(struct types *t, uint32_t atom)
{
    struct wb_bytes text = atom_text(t, atom);
    uint32_t h = hash(text.at, text.size);
    while (t->atoms.slot[h & (t->atoms.slots - 1)] != 0)
        h++;
    t->atoms.slot[h & (t->atoms.slots - 1)] = atom + 1;
}

static void grow_atoms(struct types *t, uint32_t wanted)
{
    uint32_t old = t->atoms.slots, count = t->module->atoms.count;
    t->atoms.slots = old != 0 ? old : 64;
    while (t->atoms.slots < 2 * (uint64_t)wanted)
        t->atoms.slots *= 2;
    t->atoms.slot = wb_push_array(t->arena, uint32_t, t->atoms.slots);
    struct wb_bytes *more = wb_push_array(t->arena, struct wb_bytes, t->atoms.slots);
    if (t->atoms.extra > 0)
        memcpy(more, t->atoms.more, t->atoms.extra * sizeof *more);
    t->atoms.more = more;
    for (uint32_t i = 1; i < count + t->atoms.extra; i++)
        if (i != count || t->atoms.extra > 0)
            add_atom(t, i);
}

uint32_t types_atom(struct types *t, struct wb_bytes name)
{
    uint32_t known = t->module->atoms.count + t->atoms.extra;
    if (2 * (uint64_t)(known + 1) > t->atoms.slots)
        grow_atoms(t, 2 * (known + 1));
    uint32_t h = hash(name.at, name.size);
    for (uint32_t at; (at = t->atoms.slot[h & (t->atoms.slots - 1)]) != 0; h++)
        if (wb_bytes_equal(atom_text(t, at - 1), name))
            return at - 1;
    t->atoms.more[t->atoms.extra++] = name;
    t->atoms.slot[h & (t->atoms.slots - 1)] = known + 1;
    return known;
}

vtype type_atom(struct types *t, uint32_t atom)
{
    struct pair *pair = &t->atom[(atom * 0x9E3779B1u) >> 26];
    if (pair->a == atom)
        return pair->result;
    struct type type = {.kinds = T_ATOM, .atoms = {atom}};
    vtype result = type_make(t, &type);
    *pair = (struct pair){.a = atom, .result = result};
    return result;
}

vtype type_integer(struct types *t, int64_t min, int64_t max)
{
    struct type type = {.kinds = T_INT, .min = min, .max = max};
    return type_make(t, &type);
}

vtype type_range(struct types *t, unsigned kinds, int64_t min, int64_t max)
{
    struct type type = type_plain(min <= max ? kinds : kinds & ~(unsigned)T_INT);
    if ((type.kinds & T_INT) != 0) {
        type.min = min;
        type.max = max;
    }
    return type.kinds != 0 ? type_make(t, &type) : TYPE_NONE;
}

vtype type_fun(struct types *t, uint32_t arity)
{
    struct type type = {.kinds = T_FUN, .arity = arity < 255 ? (uint8_t)(arity + 1) : 0};
    return type_make(t, &type);
}

uint32_t targets_make(struct types *t, const uint32_t *functions, uint32_t count)
{
    for (uint32_t i = 1; i < t->target_count; i++)
        if (t->target[i].count == count &&
            memcmp(t->target[i].at, functions, count * sizeof *functions) == 0)
            return i;
    if (t->target_count >= MOST_TARGET_SETS)
        return 0;
    if (t->target_count >= t->target_capacity) {
        uint32_t capacity = t->target_capacity != 0 ? 2 * t->target_capacity : 16;
        struct targets *sets = wb_push_array(t->arena, struct targets, capacity);
        if (t->target_count > 0)
            memcpy(sets, t->target, t->target_count * sizeof *sets);
        t->target = sets;
        t->target_capacity = capacity;
        t->target_count = t->target_count > 0 ? t->target_count : 1;
    }
    uint32_t *at = wb_push_array(t->arena, uint32_t, count);
    memcpy(at, functions, count * sizeof *at);
    t->target[t->target_count] = (struct targets){count, at};
    return t->target_count++;
}

vtype type_fun_of(struct types *t, uint32_t arity, uint32_t target)
{
    if (target >= t->singles) {
        uint32_t *single = wb_push_array(t->arena, uint32_t, 2 * (size_t)target + 16);
        if (t->singles > 0)
            memcpy(single, t->single, t->singles * sizeof *single);
        t->single = single;
        t->singles = 2 * target + 16;
    }
    if (t->single[target] == 0)
        t->single[target] = targets_make(t, &target, 1);
    struct type type = {.kinds = T_FUN, .target = t->single[target]};
    type.arity = arity < 255 ? (uint8_t)(arity + 1) : 0;
    return type_make(t, &type);
}

vtype type_writable(struct types *t)
{
    struct type type = {.kinds = T_BITS, .writable = 1};
    return type_make(t, &type);
}

vtype type_list(struct types *t, vtype element, bool proper, unsigned kinds)
{
    struct type type = {.kinds = kinds, .proper = proper, .element = element};
    if (element == TYPE_NONE)
        return type_of(t, kinds & T_NIL);
    if (t->at[element].depth >= MOST_DEPTH)
        type.element = type_limit(t, element, MOST_DEPTH - 1);
    type.depth = (uint8_t)(t->at[type.element].depth + 1);
    return type_make(t, &type);
}

vtype type_tuple(struct types *t, uint32_t size, bool exact, const vtype *element, uint32_t count)
{
    struct shape shape = {.size = size, .exact = exact};
    struct type type = {.kinds = T_TUPLE};
    shape.count = (uint8_t)(count < MOST_ELEMENTS ? count : MOST_ELEMENTS);
    for (uint32_t i = 0; i < shape.count; i++) {
        if (element[i] == TYPE_NONE)
            return TYPE_NONE;
        shape.element[i] = element[i];
    }
    if (size == 0 && !exact)
        return type_of(t, T_TUPLE);
    type.shapes[0] = shape_make(t, &shape);
    type.depth = type.shapes[0] != 0 ? t->shape[type.shapes[0]].depth : 0;
    return type_make(t, &type);
}

vtype type_with_element(struct types *t, uint32_t at, vtype element)
{
    vtype elements[MOST_ELEMENTS];
    for (uint32_t i = 0; i < MOST_ELEMENTS; i++)
        elements[i] = i == at ? element : TYPE_ANY;
    return type_tuple(t, at + 1, false, elements, at < MOST_ELEMENTS ? at + 1 : 0);
}

// Literals.

static vtype type_of_tuple_value(struct types *t, const struct beam_value *value, unsigned depth)
{
    vtype element[MOST_ELEMENTS];
    uint32_t count =
        value->part.count < MOST_ELEMENTS ? (uint32_t)value->part.count : MOST_ELEMENTS;
    for (uint32_t i = 0; i < count; i++)
        element[i] = type_value(t, &value->part.at[i], depth + 1);
    return type_tuple(t, (uint32_t)value->part.count, true, element, count);
}

static vtype type_of_list_value(struct types *t, const struct beam_value *value, unsigned depth)
{
    size_t last = value->part.count - 1;
    vtype element = TYPE_NONE;
    for (size_t i = 0; i < last && element != TYPE_ANY; i++)
        element = i < MOST_MEMBERS
                      ? type_join(t, element, type_value(t, &value->part.at[i], depth + 1))
                      : TYPE_ANY;
    return type_list(t, element, value->part.at[last].kind == BEAM_NIL, T_CONS);
}

vtype type_value(struct types *t, const struct beam_value *value, unsigned depth)
{
    switch (value->kind) {
    case BEAM_NIL:
        return type_of(t, T_NIL);
    case BEAM_SMALL:
        return type_integer(t, value->small, value->small);
    case BEAM_BIG:
        return value->big.negative ? type_integer(t, INT64_MIN, INT64_MIN)
                                   : type_integer(t, INT64_MAX, INT64_MAX);
    case BEAM_FLOAT:
        return type_of(t, T_FLOAT);
    case BEAM_ATOM:
        return type_atom(t, types_atom(t, value->text));
    case BEAM_CONS:
        return depth < MOST_DEPTH ? type_of_list_value(t, value, depth) : type_of(t, T_CONS);
    case BEAM_TUPLE:
        return depth < MOST_DEPTH ? type_of_tuple_value(t, value, depth) : type_of(t, T_TUPLE);
    case BEAM_MAP:
        return type_of(t, T_MAP);
    case BEAM_BINARY:
        return type_of(t, T_BITS);
    case BEAM_FUN:
    case BEAM_EXPORT:
        return type_fun(t, value->fun->arity);
    case BEAM_PID:
        return type_of(t, T_PID);
    case BEAM_PORT:
        return type_of(t, T_PORT);
    case BEAM_REF:
        return type_of(t, T_REF);
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        break;
    }
    return TYPE_ANY;
}

vtype type_literal(struct types *t, uint64_t index)
{
    if (t->literal[index] == 0)
        t->literal[index] = type_value(t, t->module->literals.at[index].value, 0);
    return t->literal[index];
}
