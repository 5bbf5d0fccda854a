// stacktrace.h - where an exception comes from: raw traces, and the lists that programs see.
//
// A raw trace is a tuple, cheap to make: {Class, Ip, [], Args, Extra, Ip, ...} (the place of the
// instruction, then of the callers), {Class, Module, Function, Args, Extra, Ip, ...} (a function
// that is no instruction's: a BIF, or undefined), or {Class, List} (what erlang:raise/3 was given).
// Args is a list, or `undefined`: the function's arity instead. Extra: further items of the
// location.
//
// vm_raise leaves the trace empty; who knows more than the place of the instruction sets it
// by one of these before VM_FAIL. All want VM_SWAP_OUT done.
#ifndef VM_STACKTRACE_H
#define VM_STACKTRACE_H

#include "core-vm/vm/code.h"
#include "core-vm/vm/cpu.h"

enum { VM_TRACE_DEPTH = 8 };

// Raise for a BIF with the cause that OTP's error_info names. VM_NONE.
vm_term vm_error_because(struct vm_cpu *c, vm_term reason, vm_term cause);

// The exception comes from a BIF (args: its arguments) called at c->call_ip. Does nothing if a
// trace is set already.
void vm_trace_bif(struct vm_cpu *c, const struct vm_export *bif, const vm_term *args);
// The same for an arithmetic function of module erlang with two arguments.
void vm_trace_arithmetic(struct vm_cpu *c, const char *name, const vm_term *args);
// From a call of a function that does not exist; its return address is on the stack.
void vm_trace_call(struct vm_cpu *c, const struct vm_export *export, const vm_term *args);
// From the instruction at c->call_ip. args: a list or VM_AM(undefined); extra: a list.
void vm_trace_place(struct vm_cpu *c, vm_term args, vm_term extra);
// What erlang:raise/3 was given: a proper list.
void vm_trace_given(struct vm_cpu *c, vm_term list);
// The place of the instruction, unless a trace is set.
void vm_trace_default(struct vm_cpu *c);

// The class in a raw trace; VM_NONE: it is none.
vm_term vm_trace_class(const char *base, vm_term trace);
// The list of a raw trace; anything else is given back as it is.
vm_term vm_trace_list(struct vm_cpu *c, vm_term trace);
// The calls of a process that does not run or is about to be looked at, innermost first, as the
// list that process_info(Pid, current_stacktrace) gives. Made for the running process.
vm_term vm_trace_of(struct vm_cpu *c, const struct vm_proc *proc);

#endif
