// extract.h - the layout of a runtime from debug information, wherever that is.
#ifndef OTP_EXTRACT_H
#define OTP_EXTRACT_H

#include "inspector/target/otp/layout.h"
#include "inspector/target/otp/object.h"

// Of the runtime in a file: with its build-id and release, named after the file that has the debug
// information. UNSUPPORTED: there is none, or it is no runtime.
WB_MUST_CHECK struct wb_error *otp_layout_extract(const struct otp_file_name *runtime,
                                                  struct wb_arena *arena, struct otp_layout *ret);

#endif
