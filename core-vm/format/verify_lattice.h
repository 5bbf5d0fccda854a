// verify_lattice.h - between verify_type.c, which makes types, and verify_lattice.c, which joins,
// meets and shows them.
#ifndef FORMAT_VERIFY_LATTICE_H
#define FORMAT_VERIFY_LATTICE_H

#include "core-vm/format/verify_type.h"

// Find or make. What a kind does not have must be zero; element is never 0 where there is T_CONS.
vtype type_make(struct types *t, const struct type *type);
// Sets depth, and lets go of what is too deep. 0: there are too many.
uint32_t shape_make(struct types *t, struct shape *shape);
// A set of functions, in order. 0: there are too many.
uint32_t targets_make(struct types *t, const uint32_t *functions, uint32_t count);
// All that is of these kinds.
struct type type_plain(unsigned kinds);
bool type_is_plain(const struct type *type);

#endif
