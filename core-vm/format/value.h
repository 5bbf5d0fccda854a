// value.h - a term as plain data, copied out of whatever VM or file it lived in.
//
// Literals of a file, messages of a live node and words of a heap all become this, so that one
// printer, one comparer and one encoder serve them. A value and all it points to live on one arena
// (or in static memory) and are never changed once made.
#ifndef FORMAT_VALUE_H
#define FORMAT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"

enum beam_kind {
#define BEAM_KIND(name, text) BEAM_##name,
#include "core-vm/format/kind.def"
#undef BEAM_KIND
};

// A pid, port or reference. `node` is the atom's text; size 0: the local node, printed as 0.
struct beam_id {
    struct wb_bytes node;
    uint32_t creation;
    unsigned count;  // words used: 1 or 2 for a pid (number, serial), 1 or 2 for a port, 1 to 5 for
                     // a reference
    uint32_t word[5];  // least significant first
};

struct beam_fun {
    struct wb_bytes module, function;  // function: of an export; empty for a closure
    uint32_t arity, index, old_uniq;
    uint8_t uniq[16];
    struct beam_value *free;  // count values
    size_t count;
    const struct beam_value *creator;  // the pid that made it; NULL: not known
};

struct beam_value {
    enum beam_kind kind;
    union {
        int64_t small;         // SMALL: any integer that fits
        double real;           // FLOAT
        uint64_t bits;         // UNREAD, UNREADABLE: the word of the target it stands for
        struct wb_bytes text;  // ATOM (UTF-8)
        struct {
            const uint8_t *at;
            size_t bits;  // size in bits; the last byte is used from its high end
        } binary;         // BINARY
        struct {
            bool negative;
            const uint64_t *limb;  // least significant first, no leading zeros
            size_t count;
        } big;  // BIG: does not fit in 64 bits signed
        struct {
            struct beam_value *at;
            size_t count;
        } part;  // CONS: elements then the tail (count >= 2); TUPLE: elements; MAP: key, value, ...
                 // in term order
        const struct beam_id *id;    // PID, PORT, REF
        const struct beam_fun *fun;  // FUN, EXPORT
    };
};

// The word for a kind that a person reads.
const char *beam_kind_name(enum beam_kind kind);
static inline bool beam_is_atom(const struct beam_value *value, const char *text)
{
    return value->kind == BEAM_ATOM && wb_bytes_equal(value->text, wb_bytes_of(text));
}

#endif
