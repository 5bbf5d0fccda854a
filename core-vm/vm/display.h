// display.h - terms as erlang:display/1 shows them: the emulator's own format, not io_lib's.
#ifndef VM_DISPLAY_H
#define VM_DISPLAY_H

#include "core-vm/base/text.h"
#include "core-vm/vm/cpu.h"

// Append the term's text: lists of printable characters as "text", floats with an exponent, no
// spaces. What lies too deep is "...".
void vm_display(const struct vm *vm, vm_term term, struct wb_text *text);

#endif
