// dis.h - a module as readable text.
#ifndef FORMAT_DIS_H
#define FORMAT_DIS_H

#include "core-vm/base/text.h"
#include "core-vm/format/code.h"

// Kinds of a type, by bit; flags of a binary's segment, by bit; what is counted in an allocation
// list.
enum { BEAM_FLAG_NAMES = 5, BEAM_ALLOC_NAMES = 3 };
extern const char *const beam_type_names[BEAM_TYPE_KINDS];
extern const char *const beam_flag_names[BEAM_FLAG_NAMES];
extern const char *const beam_alloc_names[BEAM_ALLOC_NAMES];

// Append all of it: functions, labels, instructions with atoms, literals, imports and lines
// resolved. Operands that point nowhere are shown as such; large literals are shown where they are
// named as far as fits in a line, with "#" and their number, and whole at the end.
void beam_dis(const struct beam_module *module, const struct beam_code *code, struct wb_text *text);

// Append one instruction, without its indentation and newline.
void beam_dis_ins(const struct beam_module *module, const struct beam_ins *ins,
                  struct wb_text *text);

#endif
