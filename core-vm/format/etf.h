// etf.h - the external term format, both ways (erts, "External Term Format").
//
// Neither direction recurses, so depth is limited by memory only; sizes in the input are held
// against its length before anything is allocated.
#ifndef FORMAT_ETF_H
#define FORMAT_ETF_H

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"
#include "core-vm/format/value.h"

// One whole term, beginning with 131, compressed or not. Atoms and binaries point into `bytes`,
// which must outlive the value. *used is the size of the term; when `used` is NULL, bytes behind
// the term are an error.
WB_MUST_CHECK struct wb_error *beam_etf_read(struct wb_bytes bytes, struct wb_arena *arena,
                                             size_t *used, struct beam_value *ret);

// Append what term_to_binary(Value) gives in OTP 25, beginning with 131. UNREAD and UNREADABLE
// cannot be written: STATE. Maps of more than 32 keys are written in the order of their keys; OTP
// writes them in the order of its own hash.
WB_MUST_CHECK struct wb_error *beam_etf_write(const struct beam_value *value, struct wb_text *text);
// The same with the option {minor_version, N}: 0 writes floats as text, 2 writes all atoms in
// UTF-8.
WB_MUST_CHECK struct wb_error *beam_etf_write_minor(const struct beam_value *value, unsigned minor,
                                                    struct wb_text *text);

#endif
