// list_text.h - the text that a list of characters or a binary holds, for BIFs that read it.
#ifndef VM_LIST_TEXT_H
#define VM_LIST_TEXT_H

#include "core-vm/base/text.h"
#include "core-vm/vm/term.h"

// Append a proper list of bytes (Latin-1 characters) as they are. False: it is something else.
bool vm_list_text(const char *base, vm_term list, struct wb_text *out);
// Append a proper list of code points as UTF-8. False: something else, or more than `most` of them.
bool vm_list_utf8(const char *base, vm_term list, size_t most, struct wb_text *out);
// Append a binary's bytes. False: it is not one of whole bytes.
bool vm_binary_text(const char *base, vm_term binary, struct wb_text *out);

#endif
