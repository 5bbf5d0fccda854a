// shape.h - what terms have in common: their structure and atoms, with `_` for all that varies.
#ifndef INSPECTOR_SHAPE_H
#define INSPECTOR_SHAPE_H

#include "core-vm/base/text.h"
#include "core-vm/format/value.h"
#include "inspector/target/target_types.h"

enum { INSP_SHAPE_DEPTH = 3 };
// How much of a term must be read for its shape.
#define INSP_SHAPE_LIMITS ((struct tgt_limits){.depth = INSP_SHAPE_DEPTH + 1, .length = 8})

// Append a value's shape, a pattern that it matches: {'$gen_call',{_,_},{get,_}}.
void insp_shape(const struct beam_value *value, struct wb_text *text);

#endif
