// verify_type.h - what the verifier knows of a value: a set of terms, as a number.
//
// Types are made once each (hash consing): equal sets have equal numbers. A type is a set of kinds,
// and of some kinds more: which atoms, which integers, what is in a list, what tuples look like.
// Types are no deeper than MOST_DEPTH, and there are only so many of them: what is beyond is
// widened, which is always right.
#ifndef FORMAT_VERIFY_TYPE_H
#define FORMAT_VERIFY_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/text.h"
#include "core-vm/format/module.h"

// Kinds of terms, and of what else stands in registers.
enum {
    T_ATOM = 1 << 0,
    T_BITS = 1 << 1,
    T_CONS = 1 << 2,
    T_NIL = 1 << 3,
    T_FLOAT = 1 << 4,
    T_FUN = 1 << 5,
    T_INT = 1 << 6,
    T_MAP = 1 << 7,
    T_PID = 1 << 8,
    T_PORT = 1 << 9,
    T_REF = 1 << 10,
    T_TUPLE = 1 << 11,
    T_TRACE = 1 << 12,   // raw stack trace of an exception
    T_MARKER = 1 << 13,  // receive marker
    T_CONTEXT = 1 << 14,
    T_TRY = 1 << 15,     // tag of an active try
    T_CATCH = 1 << 16,   // of an active catch
    T_STALE = 1 << 17,   // what a wait_timeout waits for: it alone may name the register
    T_CAUGHT = 1 << 18,  // nothing yet: catch_end makes a term of it, nobody else may read it
    T_LIST = T_CONS | T_NIL,
    T_NUMBER = T_INT | T_FLOAT,
    T_ID = T_PID | T_PORT | T_REF,
    T_ANY = (1 << 12) - 1,  // every term
    T_TAG = T_TRY | T_CATCH,
    T_HIDDEN = T_STALE | T_CAUGHT,
    T_RAW = T_TRACE | T_MARKER,  // what a machine makes terms of, of whichever kind it likes
};

// A type's number.
typedef uint32_t vtype;

// Types that are always there. UNSET is that of a register that was never set, NONE has no values:
// a way on which a register has it is never taken.
enum { TYPE_UNSET, TYPE_NONE, TYPE_ANY, TYPES_FIXED };

enum { MOST_TARGETS = 200, MOST_TARGET_SETS = 2048 };
enum { MOST_ATOMS = 8, MOST_SHAPES = 12, MOST_ELEMENTS = 12, MOST_DEPTH = 5, MOST_TYPES = 1 << 16 };

// A shape of tuples: `size` elements, or at least so many; of the first `count` the types are
// known, count <= size.
struct shape {
    uint32_t size;
    uint8_t exact, count, depth, unused;
    vtype element[MOST_ELEMENTS];
};

struct type {
    uint32_t kinds;
    uint8_t depth;
    uint8_t arity;     // of funs, + 1; 0: any
    uint8_t proper;    // lists end in []
    uint8_t writable;  // bits that nobody else refers to, and that may be appended to in place
    vtype element;     // of lists
    uint32_t atoms[MOST_ATOMS];    // in order; none: any
    uint32_t shapes[MOST_SHAPES];  // in order; none: any
    uint32_t target;               // of funs: set of functions; 0: any. No gaps: compared as bytes
    int64_t min, max;              // of integers
};

// Functions that a fun may be of, in order.
struct targets {
    uint32_t count;
    const uint32_t *at;
};

// What was made of two types, or of a number.
struct pair {
    uint32_t a, b;
    vtype result;
};
enum { RECENT = 64 };

struct types {
    struct wb_arena *arena;
    const struct beam_module *module;
    struct type *at;
    struct shape *shape;
    uint32_t count, capacity, shape_count, shape_capacity;
    uint32_t *slot, slots;  // hash tables: number + 1
    uint32_t *shape_slot, shape_slots;
    uint32_t pairs;
    struct pair *joins, *meets, *rests;  // the last results, by hash
    struct pair plain[RECENT];           // types of kinds: a; atoms: a; by hash
    struct pair atom[RECENT];
    struct {
        uint32_t *slot, slots, extra;  // atom + 1 by text; those of no atom table follow it
        struct wb_bytes *more;
    } atoms;
    struct targets *target;  // sets; 0: any
    uint32_t target_count, target_capacity;
    uint32_t *single, singles;  // by function: the set of it alone, 0: not made
    vtype *literal;             // by index, 0: not looked at
    uint32_t yes, no;           // true and false
    vtype boolean, integer;     // often needed
};

// pairs: how many results are remembered, a power of two.
void types_init(struct types *t, const struct beam_module *module, struct wb_arena *arena,
                uint32_t pairs);

// Makers.
vtype type_of(struct types *t, unsigned kinds);
vtype type_atom(struct types *t, uint32_t atom);
vtype type_integer(struct types *t, int64_t min, int64_t max);
// Of these kinds; integers in that range only.
vtype type_range(struct types *t, unsigned kinds, int64_t min, int64_t max);
vtype type_fun(struct types *t, uint32_t arity);
// One of that function, by its index. What many may be is kept as a set.
vtype type_fun_of(struct types *t, uint32_t arity, uint32_t target);
vtype type_list(struct types *t, vtype element, bool proper, unsigned kinds);
// A tuple of `size` elements, or at least so many, of which the first `count` are known.
vtype type_tuple(struct types *t, uint32_t size, bool exact, const vtype *element, uint32_t count);
// Any tuple of at least at + 1 elements, that one being of the type.
vtype type_with_element(struct types *t, uint32_t at, vtype element);
vtype type_literal(struct types *t, uint64_t index);
vtype type_value(struct types *t, const struct beam_value *value, unsigned depth);
vtype type_writable(struct types *t);
// The number of the atom of that name, which need not be in the module.
uint32_t types_atom(struct types *t, struct wb_bytes name);

// Either; both (NONE: neither can be); a without what is certainly in b.
vtype type_join(struct types *t, vtype a, vtype b);
vtype type_meet(struct types *t, vtype a, vtype b);
vtype type_minus(struct types *t, vtype a, vtype b);
// The same as a term: what is raw may be of any kind.
vtype type_term(struct types *t, vtype a);
// What is deeper is widened.
vtype type_limit(struct types *t, vtype a, unsigned depth);
// `a` has become `b`, which has all of a: where they differ more is taken in, so that it does not
// become more too often. More still with force.
vtype type_grow(struct types *t, vtype a, vtype b, bool force);

static inline unsigned type_kinds(const struct types *t, vtype a)
{
    return t->at[a].kinds;
}

// Is it certainly one of these kinds?
static inline bool type_is(const struct types *t, vtype a, unsigned kinds)
{
    return a != TYPE_UNSET && (t->at[a].kinds & ~kinds) == 0;
}

// Sure: at least so many elements, if it is a tuple. And what that element is.
uint32_t type_least_size(const struct types *t, vtype a);
vtype type_element(struct types *t, vtype a, uint32_t at);
// The tuple when that element has become something else; it has so many.
vtype type_set_element(struct types *t, vtype tuple, uint32_t at, vtype element);
// It can only be this one value.
bool type_is_single(const struct types *t, vtype a);

void type_show(const struct types *t, vtype a, struct wb_text *text);

#endif
