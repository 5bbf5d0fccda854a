// dis.h - a module as readable text.
#ifndef FORMAT_DIS_H
#define FORMAT_DIS_H

#include "core-vm/base/text.h"
#include "core-vm/format/code.h"

// Append all of it: functions, labels, instructions with atoms, literals, imports and lines
// resolved. Operands that point nowhere are shown as such; large literals are shown where they are
// named as far as fits in a line, with "#" and their number, and whole at the end.
void beam_dis(const struct beam_module *module, const struct beam_code *code, struct wb_text *text);

// Append one instruction, without its indentation and newline.
void beam_dis_ins(const struct beam_module *module, const struct beam_ins *ins,
                  struct wb_text *text);

#endif
