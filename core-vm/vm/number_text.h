// number_text.h - numbers as text and back, character for character as OTP writes and reads them.
#ifndef VM_NUMBER_TEXT_H
#define VM_NUMBER_TEXT_H

#include "core-vm/base/text.h"
#include "core-vm/vm/cpu.h"

// Append an integer's digits in a base from 2 to 36.
void vm_integer_text(const char *base, vm_term integer, unsigned radix, struct wb_text *out);
// Read [+-]digits. VM_NONE: badarg, or system_limit for too many digits, was raised.
vm_term vm_integer_parse(struct vm_cpu *c, struct wb_bytes text, unsigned radix);

enum vm_float_style { VM_FLOAT_SCIENTIFIC, VM_FLOAT_DECIMALS, VM_FLOAT_SHORT };
struct vm_float_format {
    enum vm_float_style style;
    int digits;    // behind the point; SHORT: unused
    bool compact;  // DECIMALS: without trailing zeros
};
enum { VM_FLOAT_TEXT_SIZE = 256 };
// The text of a float and its size; 0: longer than OTP allows (255).
size_t vm_float_text(double d, struct vm_float_format format, char to[VM_FLOAT_TEXT_SIZE]);

// Read [+-]digits.digits with an optional exponent at the start of the text; size of what was read,
// 0: no float, or one too big.
size_t vm_float_parse(struct wb_bytes text, double *ret);

#endif
