// term.h - the VM's term word: tags, immediates, and the layout of everything boxed.
//
// A term is 64 bits. The low two bits say what it is, as in OTP, so that people who know one know
// the other: 01 a cons cell, 10 a boxed object, 11 an immediate; 00 is never a term but an object's
// header or, on a stack, a return address. Pointers are offsets from the start of the VM's image
// (image.h), multiples of 8, so that an image means the same wherever it is mapped.
#ifndef VM_TERM_H
#define VM_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t vm_term;

// Not a term: "no value", and what a function returns when it raised an exception.
#define VM_NONE ((vm_term)0)

enum vm_tag { VM_TAG_HEADER = 0, VM_TAG_LIST = 1, VM_TAG_BOXED = 2, VM_TAG_IMMEDIATE = 3 };

// Immediates: low four bits, and for the last kind low six.
#define VM_PID_TAG   0x3u  // number from bit 4 (28 bits: the slot), serial above it
#define VM_PORT_TAG  0x7u
#define VM_SMALL_TAG 0xFu   // 60 bits, signed
#define VM_ATOM_TAG  0x0Bu  // index into the atom table from bit 6
#define VM_CATCH_TAG 0x1Bu  // on stacks only: offset of the handler's code from bit 6
#define VM_NIL       ((vm_term)0x3B)

enum { VM_PID_SLOT_BITS = 28, VM_PID_SLOT_MASK = (1 << VM_PID_SLOT_BITS) - 1 };

#define VM_SMALL_MAX (INT64_C(0x7FFFFFFFFFFFFFF))
#define VM_SMALL_MIN (-VM_SMALL_MAX - 1)

// What a header says: subtag in bits 2 to 5, number of words behind it from bit 6.
// Objects begin with words that are not terms (raw_words of them), then terms.
enum vm_subtag {
    VM_TUPLE = 0,  // elements
    VM_MATCH =
        1,  // raw: position, end, (both in bits from the start of the base); then the base binary
    VM_POS_BIG = 2,   // raw: 64-bit limbs, least significant first, last one not 0
    VM_NEG_BIG = 3,   // the same, magnitude
    VM_REF = 4,       // raw: two words, see vm_make_reference in heap.h
    VM_FUN = 5,       // raw: offset of struct vm_lambda, arity; then creator pid, free variables
    VM_FLOAT = 6,     // raw: the double
    VM_EXPORT = 7,    // raw: offset of struct vm_export
    VM_REFC_BIN = 8,  // raw: size in bytes, offset of struct vm_binary, next off-heap object
                      // (offset of its header, or 0)
    VM_HEAP_BIN = 9,  // raw: size in bytes, the bytes
    VM_SUB_BIN = 10,  // raw: size in bits, start in bits, 1 if writable; then the base (REFC_BIN or
                      // HEAP_BIN)
    VM_FLAT_MAP = 11,  // keys (a tuple in term order), values in the same order; up to 32 pairs
    VM_HASH_MAP = 12,  // root of a HAMT: raw: number of pairs, bitmap; then children (as in a node)
    VM_HASH_NODE = 13,  // raw: bitmap; then children: nodes (boxed) or leaves (cons cell key|value)
    VM_EXTERNAL = 14,   // pid, port or reference of another node; all raw: enum vm_external, node
                        // (an atom), creation, then its 32-bit numbers, one a word, least
                        // significant first (pid: number, serial)
    VM_SUBTAG_LIMIT = 16,
};

enum vm_external { VM_EXTERNAL_PID, VM_EXTERNAL_PORT, VM_EXTERNAL_REF };
// Words of an external object before its numbers, header included.
enum { VM_EXTERNAL_NUMBERS = 4 };
// Words of a fun before its free variables, header included.
enum { VM_FUN_WORDS = 4 };

#define VM_HEADER(subtag, words) ((vm_term)(words) << 6 | (vm_term)(subtag) << 2)

static inline enum vm_tag vm_tag_of(vm_term t)
{
    return (enum vm_tag)(t & 3);
}
static inline bool vm_is_list(vm_term t)
{
    return (t & 3) == VM_TAG_LIST;
}
static inline bool vm_is_boxed(vm_term t)
{
    return (t & 3) == VM_TAG_BOXED;
}
static inline bool vm_is_immediate(vm_term t)
{
    return (t & 3) == VM_TAG_IMMEDIATE;
}
static inline bool vm_is_small(vm_term t)
{
    return (t & 15) == VM_SMALL_TAG;
}
static inline bool vm_both_small(vm_term a, vm_term b)
{
    return (a & b & 15) == VM_SMALL_TAG;
}
static inline bool vm_is_atom(vm_term t)
{
    return (t & 63) == VM_ATOM_TAG;
}
static inline bool vm_is_local_pid(vm_term t)
{
    return (t & 15) == VM_PID_TAG;
}
static inline bool vm_is_local_port(vm_term t)
{
    return (t & 15) == VM_PORT_TAG;
}
static inline bool vm_is_nil(vm_term t)
{
    return t == VM_NIL;
}
static inline bool vm_is_catch(vm_term t)
{
    return (t & 63) == VM_CATCH_TAG;
}

static inline bool vm_fits_small(int64_t n)
{
    return n >= VM_SMALL_MIN && n <= VM_SMALL_MAX;
}
// n must fit.
static inline vm_term vm_small(int64_t n)
{
    return (vm_term)n << 4 | VM_SMALL_TAG;
}
static inline int64_t vm_small_value(vm_term t)
{
    return (int64_t)t >> 4;
}
static inline vm_term vm_atom(uint32_t index)
{
    return (vm_term)index << 6 | VM_ATOM_TAG;
}
static inline uint32_t vm_atom_index(vm_term t)
{
    return (uint32_t)(t >> 6);
}
static inline vm_term vm_pid(uint64_t number)
{
    return (vm_term)number << 4 | VM_PID_TAG;
}
static inline uint64_t vm_pid_number(vm_term t)
{
    return t >> 4;
}

static inline vm_term vm_header(enum vm_subtag subtag, size_t words)
{
    return VM_HEADER(subtag, words);
}
static inline enum vm_subtag vm_subtag(vm_term header)
{
    return (enum vm_subtag)(header >> 2 & 15);
}
// Number of words behind the header.
static inline size_t vm_arity(vm_term header)
{
    return (size_t)(header >> 6);
}

// Where a term's words are: `base` is the start of the image.
static inline vm_term *vm_list_at(const char *base, vm_term t)
{
    return (vm_term *)(uintptr_t)(base + (t - VM_TAG_LIST));
}
static inline vm_term *vm_boxed_at(const char *base, vm_term t)
{
    return (vm_term *)(uintptr_t)(base + (t - VM_TAG_BOXED));
}
static inline vm_term vm_head(const char *base, vm_term list)
{
    return vm_list_at(base, list)[0];
}
static inline vm_term vm_tail(const char *base, vm_term list)
{
    return vm_list_at(base, list)[1];
}
// Terms from words in the image.
static inline vm_term vm_make_list(const char *base, const vm_term *cell)
{
    return (vm_term)((const char *)cell - base) | VM_TAG_LIST;
}
static inline vm_term vm_make_boxed(const char *base, const vm_term *header)
{
    return (vm_term)((const char *)header - base) | VM_TAG_BOXED;
}

static inline bool vm_is_kind(const char *base, vm_term t, enum vm_subtag subtag)
{
    return vm_is_boxed(t) && vm_subtag(*vm_boxed_at(base, t)) == subtag;
}
static inline bool vm_is_tuple(const char *base, vm_term t)
{
    return vm_is_kind(base, t, VM_TUPLE);
}
// A tuple of exactly `size` elements: its header is known.
static inline bool vm_is_tuple_of(const char *base, vm_term t, size_t size)
{
    return vm_is_boxed(t) && *vm_boxed_at(base, t) == VM_HEADER(VM_TUPLE, size);
}
static inline bool vm_is_float(const char *base, vm_term t)
{
    return vm_is_kind(base, t, VM_FLOAT);
}
static inline bool vm_is_big(const char *base, vm_term t)
{
    return vm_is_boxed(t) && (vm_subtag(*vm_boxed_at(base, t)) & 14) == VM_POS_BIG;
}
static inline bool vm_is_integer(const char *base, vm_term t)
{
    return vm_is_small(t) || vm_is_big(base, t);
}
static inline bool vm_is_map(const char *base, vm_term t)
{
    if (!vm_is_boxed(t))
        return false;
    enum vm_subtag subtag = vm_subtag(*vm_boxed_at(base, t));
    return subtag == VM_FLAT_MAP || subtag == VM_HASH_MAP;
}
// Bit strings of any size. A match context is not one.
static inline bool vm_is_bitstring(const char *base, vm_term t)
{
    if (!vm_is_boxed(t))
        return false;
    enum vm_subtag subtag = vm_subtag(*vm_boxed_at(base, t));
    return subtag >= VM_REFC_BIN && subtag <= VM_SUB_BIN;
}
// Binaries: bit strings of whole bytes.
static inline bool vm_is_binary(const char *base, vm_term t)
{
    if (!vm_is_bitstring(base, t))
        return false;
    const vm_term *at = vm_boxed_at(base, t);
    return vm_subtag(*at) != VM_SUB_BIN || (at[1] & 7) == 0;
}
static inline bool vm_is_external(const char *base, vm_term t, enum vm_external kind)
{
    return vm_is_kind(base, t, VM_EXTERNAL) && vm_boxed_at(base, t)[1] == (vm_term)kind;
}
static inline bool vm_is_pid(const char *base, vm_term t)
{
    return vm_is_local_pid(t) || vm_is_external(base, t, VM_EXTERNAL_PID);
}
static inline bool vm_is_port(const char *base, vm_term t)
{
    return vm_is_local_port(t) || vm_is_external(base, t, VM_EXTERNAL_PORT);
}
static inline bool vm_is_reference(const char *base, vm_term t)
{
    return vm_is_kind(base, t, VM_REF) || vm_is_external(base, t, VM_EXTERNAL_REF);
}
static inline bool vm_is_fun(const char *base, vm_term t)
{
    return vm_is_kind(base, t, VM_FUN) || vm_is_kind(base, t, VM_EXPORT);
}

#endif
