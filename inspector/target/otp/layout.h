// layout.h - where the members of the runtime's structs are in one build of it.
#ifndef OTP_LAYOUT_H
#define OTP_LAYOUT_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

enum otp_field {
#define OTP_FIELD(name, kind, where) OTP_##name,
#include "inspector/target/otp/fields.def"
#undef OTP_FIELD
    OTP_FIELD_COUNT,
};

struct otp_layout {
    const char *name;      // "otp25-debian12"
    unsigned release;      // 25
    const char *build_id;  // hexadecimal of the build it was made from; "": not said
    int32_t at[OTP_FIELD_COUNT];
};

const char *otp_field_name(enum otp_field field);

// Parse a table: lines "release N", "build-id HEX", "FIELD NUMBER"; # begins a comment. All fields
// must be there. `name` and the text must outlive *ret.
WB_MUST_CHECK struct wb_error *otp_layout_parse(const char *name, struct wb_bytes text,
                                                struct wb_arena *arena, struct otp_layout *ret);
// The shipped table for a build: by build-id, else the newest table not newer than the release
// whose structs have the sizes the caller will check. NOT_FOUND: none for this release.
WB_MUST_CHECK struct wb_error *otp_layout_find(const char *build_id, unsigned release,
                                               struct wb_arena *arena, struct otp_layout *ret);
// Read a table from the debug information of a runtime; release is left 0. UNSUPPORTED: it has
// none.
WB_MUST_CHECK struct wb_error *otp_layout_from_dwarf(const char *path, struct otp_layout *ret);
// The table as text that otp_layout_parse reads.
void otp_layout_write(const struct otp_layout *layout, struct wb_text *text);
// Names of the shipped tables; NULL ends it.
const char *otp_layout_shipped(size_t index);

#endif
