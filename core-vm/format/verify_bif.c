// What BIFs and OTP's own functions say about types.
#include <string.h>

#include "core-vm/format/verify_priv.h"

// Results that are more than kinds.
enum result {
    R_FIRST = 1 << 16,
    R_BOOLEAN = R_FIRST,
    R_ELEMENT,         // of the second argument
    R_NEVER,           // it does not return
    R_RAISE,           // what was wrong with the arguments
    R_NUMBER,          // an integer when all arguments are
    R_HEAD,            // of the first argument
    R_TAIL,            // of the first argument
    R_EITHER,          // one of the arguments
    R_APPEND,          // the first argument before the second
    R_LIST,            // a list that ends in []
    R_CONS,            // one with an element
    R_STRING,          // of integers
    R_PAIRS,           // of tuples of two
    R_MAP,             // a list as long as the second argument
    R_SAME_LIST,       // of what the first argument has
    R_LIST_OF_SECOND,  // of what the second argument has
    R_END_OF_SECOND,   // its end, which is no list when that is improper
    R_END_OF_THIRD,
    R_STORED,  // the third argument with an element more
    R_REVERSE_ONTO,
    R_TRIPLE,  // of integers
    R_TIME,
    R_TWO_BITS,
    R_PID_AND_REF,
    R_TWO_LISTS,
    R_SPLIT,     // a list that ends in [] and the end of the second argument
    R_MAP_FOLD,  // such a list and anything
    R_MAKE_TUPLE,
    R_SET_ELEMENT,
    R_FOLD,        // what the fun returns, or the second argument
    R_KEY_FIND,    // a tuple or false
    R_KEY_SEARCH,  // {value, a tuple} or false
    R_KEY_TAKE,    // {value, a tuple, a list} or false
    R_MAP_FIND,    // {ok, anything} or error
    R_MAP_TAKE,    // {anything, a map} or error
    R_SEARCH,      // {value, anything} or false
};

// With kinds: is the argument of them?
enum { R_TESTS = R_FIRST << 1 };

enum { MOST_TUPLE = (1 << 24) - 1 };

enum use { GUARD, GC, C, LIBRARY };

static const struct row {
    const char *module, *name;
    uint8_t arity, size, use;
    uint32_t result;
    uint16_t argument[2];
} bifs[] = {
    {0},
#define BIF(bif_module, bif_name, bif_arity, bif_use, bif_result, first, second) \
    {.module = #bif_module,                                                      \
     .name = #bif_name,                                                          \
     .arity = (bif_arity),                                                       \
     .size = sizeof #bif_name - 1,                                               \
     .use = (bif_use),                                                           \
     .result = (bif_result),                                                     \
     .argument = {(first), (second)}},
#include "core-vm/format/bif_types.def"
#undef BIF
};
enum { BIFS = sizeof bifs / sizeof *bifs };

static uint16_t find_bif(const struct verifier *v, const struct beam_import *import)
{
    struct wb_bytes name = beam_module_atom(v->module, import->function),
                    module = beam_module_atom(v->module, import->module);
    for (size_t i = 1; i < BIFS; i++)
        if (bifs[i].arity == import->arity && bifs[i].size == name.size &&
            memcmp(bifs[i].name, name.at, name.size) == 0 &&
            wb_bytes_equal(module, wb_bytes_of(bifs[i].module)))
            return bifs[i].use != LIBRARY || v->options->whole ? (uint16_t)i : 0;
    return 0;
}

void verify_find_bifs(struct verifier *v)
{
    v->import_bif = wb_push_array(&v->scratch, uint16_t, v->module->imports.count);
    for (uint32_t i = 0; i < v->module->imports.count; i++)
        v->import_bif[i] = find_bif(v, &v->module->imports.at[i]);
}

bool verify_never_returns(const struct verifier *v, uint64_t import)
{
    return bifs[v->import_bif[import]].result == R_NEVER;
}

bool verify_makes_tuple(const struct verifier *v, uint64_t import)
{
    return bifs[v->import_bif[import]].result == R_SET_ELEMENT;
}

bool verify_takes_element(const struct verifier *v, uint64_t import)
{
    return bifs[v->import_bif[import]].result == R_ELEMENT;
}

uint16_t verify_tested_kinds(const struct verifier *v, uint64_t import)
{
    uint32_t result = bifs[v->import_bif[import]].result;
    return (result & R_TESTS) != 0 ? (uint16_t)result : 0;
}

bool verify_is_guard_bif(const struct verifier *v, uint64_t import, bool collects)
{
    const struct row *row = &bifs[v->import_bif[import]];
    return row->module != NULL && row->use == (collects ? GC : GUARD);
}

static vtype list_of(struct types *t, vtype element, unsigned kinds)
{
    return type_list(t, element, true, kinds);
}

static vtype pair(struct types *t, vtype first, vtype second)
{
    return type_tuple(t, 2, true, (const vtype[]){first, second}, 2);
}

static vtype named(struct types *t, const char *atom)
{
    return type_atom(t, types_atom(t, wb_bytes_of(atom)));
}

static vtype or_atom(struct types *t, vtype type, const char *atom)
{
    return type_join(t, type, named(t, atom));
}

static vtype elements_of(const struct types *t, vtype list)
{
    const struct type *type = &t->at[list];
    if ((type->kinds & T_CONS) != 0)
        return type->element;
    return (type->kinds & T_NIL) != 0 ? TYPE_NONE : TYPE_ANY;
}

// A list of what another one has, which is empty only if that is.
static vtype same_list(struct types *t, vtype list)
{
    unsigned kinds = type_kinds(t, list) & T_LIST;
    return list_of(t, elements_of(t, list), kinds != 0 ? kinds : T_LIST);
}

static bool is_proper(const struct types *t, vtype list)
{
    const struct type *type = &t->at[list];
    return (type->kinds & ~T_LIST) == 0 && ((type->kinds & T_CONS) == 0 || type->proper);
}

static vtype append(struct types *t, vtype first, vtype second)
{
    struct type a = t->at[first], b = t->at[second];
    if ((b.kinds & ~T_LIST) != 0)
        return (a.kinds & T_NIL) != 0 ? TYPE_ANY : type_of(t, T_CONS);
    bool proper = (b.kinds & T_CONS) == 0 || b.proper;
    unsigned kinds = (a.kinds & T_NIL) == 0 && (a.kinds & T_CONS) != 0 ? T_CONS : T_LIST;
    if (b.kinds == T_CONS)
        kinds = T_CONS;
    return type_list(t, type_join(t, elements_of(t, first), elements_of(t, second)), proper, kinds);
}

static vtype number(struct verifier *v, const struct row *row, const vtype *args)
{
    struct types *t = &v->types;
    uint32_t arity = row->arity;
    unsigned kinds = type_kinds(t, args[0]) | (arity > 1 ? type_kinds(t, args[1]) : 0);
    bool one_float =
        type_kinds(t, args[0]) == T_FLOAT || (arity > 1 && type_kinds(t, args[1]) == T_FLOAT);
    if (one_float)
        return type_of(t, T_FLOAT);
    if ((kinds & ~(unsigned)T_INT) == 0)
        return verify_arithmetic(v, row->name, arity, args);
    return type_of(t, T_NUMBER);
}

// setelement(N, Tuple, Value)
static vtype set_element(struct types *t, const vtype *args)
{
    struct type index = t->at[args[0]];
    vtype element[MOST_ELEMENTS], tuple = type_meet(t, args[1], type_of(t, T_TUPLE));
    if (tuple == TYPE_NONE)
        return TYPE_NONE;
    const uint32_t *shapes = t->at[tuple].shapes;
    uint32_t size = type_least_size(t, tuple);
    bool exact = shapes[0] != 0 && shapes[1] == 0 && t->shape[shapes[0]].exact;
    bool known =
        index.kinds == T_INT && index.min == index.max && index.min > 0 && index.min < UINT32_MAX;
    if (known && !exact && (uint64_t)index.min > size)
        size = (uint32_t)index.min;
    if (known && exact && (uint64_t)index.min > size)
        return TYPE_NONE;
    for (uint32_t i = 0; i < MOST_ELEMENTS; i++) {
        element[i] = i < size ? type_element(t, tuple, i) : TYPE_ANY;
        if (known && (uint64_t)index.min == i + 1u)
            element[i] = args[2];
        else if (!known)
            element[i] = type_join(t, element[i], args[2]);
    }
    return type_tuple(t, size, exact, element, size < MOST_ELEMENTS ? size : MOST_ELEMENTS);
}

static vtype make_tuple(struct types *t, const vtype *args)
{
    struct type size = t->at[args[0]];
    vtype element[MOST_ELEMENTS];
    for (uint32_t i = 0; i < MOST_ELEMENTS; i++)
        element[i] = args[1];
    if (size.kinds != T_INT || size.min != size.max || size.min < 0 || size.min > 1 << 24)
        return type_of(t, T_TUPLE);
    uint32_t count = (uint32_t)size.min;
    return type_tuple(t, count, true, element, count < MOST_ELEMENTS ? count : MOST_ELEMENTS);
}

static vtype found(struct types *t, uint32_t result, const vtype *args)
{
    vtype tuple = type_of(t, T_TUPLE), list = list_of(t, TYPE_ANY, T_LIST);
    vtype element = elements_of(t, args[1]), end = is_proper(t, args[2]) ? list : TYPE_ANY;
    switch (result) {
    case R_KEY_FIND:
        return or_atom(t, tuple, "false");
    case R_KEY_SEARCH:
        return or_atom(t, pair(t, named(t, "value"), tuple), "false");
    case R_KEY_TAKE:
        return or_atom(t, type_tuple(t, 3, true, (const vtype[]){named(t, "value"), tuple, end}, 3),
                       "false");
    case R_SEARCH:
        return or_atom(t, pair(t, named(t, "value"), element), "false");
    case R_MAP_FIND:
        return or_atom(t, pair(t, named(t, "ok"), TYPE_ANY), "error");
    default:
        return or_atom(t, pair(t, TYPE_ANY, type_of(t, T_MAP)), "error");
    }
}

static vtype result_list(struct types *t, uint32_t result, const vtype *args)
{
    vtype integer = t->integer, any_list = list_of(t, TYPE_ANY, T_LIST);
    switch (result) {
    case R_CONS:
        return list_of(t, TYPE_ANY, T_CONS);
    case R_STRING:
        return list_of(t, integer, T_LIST);
    case R_PAIRS:
        return list_of(t, pair(t, TYPE_ANY, TYPE_ANY), T_LIST);
    case R_MAP:
        return type_kinds(t, args[1]) == T_CONS ? list_of(t, TYPE_ANY, T_CONS) : any_list;
    case R_SAME_LIST:
        return same_list(t, args[0]);
    case R_LIST_OF_SECOND:
        return list_of(t, elements_of(t, args[1]), T_LIST);
    case R_END_OF_SECOND:
        return is_proper(t, args[1]) ? list_of(t, elements_of(t, args[1]), T_LIST) : TYPE_ANY;
    case R_END_OF_THIRD:
        return is_proper(t, args[2]) ? any_list : TYPE_ANY;
    case R_STORED:
        return type_list(t, TYPE_ANY, is_proper(t, args[2]), T_CONS);
    case R_REVERSE_ONTO:
    case R_APPEND:
        return append(t, args[0], args[1]);
    default:
        return any_list;
    }
}

static vtype result_tuple(struct types *t, uint32_t result, const vtype *args)
{
    vtype integer = t->integer, list = list_of(t, TYPE_ANY, T_LIST);
    vtype triple = type_tuple(t, 3, true, (const vtype[]){integer, integer, integer}, 3);
    switch (result) {
    case R_TIME:
        return pair(t, triple, triple);
    case R_TWO_BITS:
        return pair(t, type_of(t, T_BITS), type_of(t, T_BITS));
    case R_PID_AND_REF:
        return pair(t, type_of(t, T_PID), type_of(t, T_REF));
    case R_TWO_LISTS:
        return pair(t, list, list);
    case R_SPLIT:
        return pair(t, list, is_proper(t, args[1]) ? list : TYPE_ANY);
    case R_MAP_FOLD:
        return pair(t, list, TYPE_ANY);
    case R_FOLD:
        return TYPE_ANY;
    case R_MAKE_TUPLE:
        return make_tuple(t, args);
    case R_SET_ELEMENT:
        return set_element(t, args);
    default:
        return triple;
    }
}

static vtype tail(struct types *t, vtype list)
{
    struct type type = t->at[list];
    return (type.kinds & T_CONS) != 0 && type.proper ? list_of(t, type.element, T_LIST) : TYPE_ANY;
}

// raise(Class, Reason, Trace) returns only when class or trace is none.
static vtype raised(struct verifier *v, const vtype *args)
{
    struct types *t = &v->types;
    bool sure =
        type_meet(t, args[0], v->error_class) == args[0] && type_is(t, args[2], T_LIST | T_TRACE);
    return sure ? TYPE_NONE : named(t, "badarg");
}

vtype verify_bif_type(struct verifier *v, uint64_t import, const vtype *given)
{
    const struct row *row = &bifs[v->import_bif[import]];
    struct types *t = &v->types;
    const vtype args[] = {type_term(t, given[0]), type_term(t, given[1]), type_term(t, given[2])};
    if (row->module == NULL)
        return TYPE_ANY;
    if (row->use <= GC && row->result == T_INT)
        return verify_arithmetic(v, row->name, row->arity, args);
    if (row->result < R_FIRST)
        return type_of(t, row->result);
    uint32_t result = row->result;
    if (result == R_BOOLEAN || (result & R_TESTS) != 0)
        return t->boolean;
    if (result == R_ELEMENT)
        return TYPE_ANY;
    if (result == R_NEVER)
        return TYPE_NONE;
    if (result == R_RAISE)
        return raised(v, given);
    if (result == R_NUMBER)
        return number(v, row, args);
    if (result == R_EITHER)
        return type_join(t, args[0], args[1]);
    if (result == R_HEAD)
        return elements_of(t, args[0]);
    if (result == R_TAIL)
        return tail(t, args[0]);
    if (result >= R_KEY_FIND)
        return found(t, result, args);
    return result < R_TRIPLE ? result_list(t, result, args) : result_tuple(t, result, args);
}

// What a fold gives whose fun returns that.
static vtype folded(struct types *t, uint32_t result, const vtype *args, vtype returned)
{
    vtype list = TYPE_ANY, last = TYPE_ANY;
    if (result == R_MAP)
        return list_of(t, returned, type_kinds(t, args[1]) == T_CONS ? T_CONS : T_LIST);
    if (result == R_FOLD)
        return type_join(t, returned, args[1]);
    if (returned != TYPE_NONE) {
        vtype both = type_meet(t, returned, pair(t, TYPE_ANY, TYPE_ANY));
        if (both == TYPE_NONE)
            return TYPE_NONE;
        list = type_element(t, both, 0);
        last = type_element(t, both, 1);
        return pair(t, list_of(t, list, T_LIST), type_join(t, last, args[1]));
    }
    return pair(t, type_of(t, T_NIL), args[1]);
}

vtype verify_call_type(struct verifier *v, uint64_t import, const vtype *args)
{
    uint32_t result = bifs[v->import_bif[import]].result;
    if (result == R_MAP || result == R_FOLD || result == R_MAP_FOLD) {
        vtype returned = verify_fun_returns(v, args[0]);
        return folded(&v->types, result, args, returned);
    }
    return verify_bif_type(v, import, args);
}

vtype verify_bif_argument(struct verifier *v, uint64_t import, unsigned at, const vtype *args)
{
    const struct row *row = &bifs[v->import_bif[import]];
    if (row->module == NULL || at > 1 || at >= row->arity)
        return TYPE_ANY;
    struct type index = v->types.at[args[0]];
    bool element = row->result == R_ELEMENT;
    if (element && at == 1 && index.kinds == T_INT && index.min > 0 && index.min < UINT32_MAX)
        return type_tuple(&v->types, (uint32_t)index.min, false, NULL, 0);
    if (element && at == 0)
        return type_integer(&v->types, 1, MOST_TUPLE);
    return type_of(&v->types, row->argument[at]);
}
