// compare.h - the order of terms, on plain values.
#ifndef FORMAT_COMPARE_H
#define FORMAT_COMPARE_H

#include "core-vm/format/value.h"

// <0, 0, >0. `exact`: 1 and 1.0 differ (the integer comes first), as =:= and map keys want it;
// else they are equal, as == wants it. UNREAD and UNREADABLE come last, by their bits.
int beam_compare(const struct beam_value *a, const struct beam_value *b, bool exact);

#endif
