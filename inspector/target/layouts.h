// layouts.h - what is known of the builds of OTP: tables of where the members of its structs are.
#ifndef TARGET_LAYOUTS_H
#define TARGET_LAYOUTS_H

#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

// The tables that are part of this program; NULL ends it.
const char *tgt_layout_name(size_t index);
// Is this program built with what reads debug information: layouts of other builds, lines of C?
bool tgt_reads_debug(void);
// Append a table for the runtime in the file `path`, from its debug information: its own, or that
// of the file its build-id or debug link names. UNSUPPORTED: there is none, or it is no runtime.
WB_MUST_CHECK struct wb_error *tgt_layout_extract(const char *path, struct wb_text *ret);

#endif
