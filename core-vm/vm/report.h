// report.h - what a process that nobody caught an exception of leaves behind: a log event or a
// text.
#ifndef VM_REPORT_H
#define VM_REPORT_H

#include "core-vm/base/text.h"
#include "core-vm/vm/cpu.h"

// "Error in process <0.9.0> with exit value:\n{Reason,Trace}": to the process registered as logger,
// as an event {log, error, Format, Arguments, Metadata}; when there is none, the text to fd 2.
void vm_report_crash(struct vm_cpu *c, vm_term reason);

// The term as io_lib prints it.
void vm_print_term(const struct vm *vm, vm_term term, bool wrapped, struct wb_text *text);
// Standard output or error, through the world.
void vm_write(struct vm *vm, int fd, const struct wb_text *text);

#endif
