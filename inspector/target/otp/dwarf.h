// dwarf.h - struct layouts from debug information (DWARF 2 to 5, through libdwarf; the one file
// that uses it).
#ifndef OTP_DWARF_H
#define OTP_DWARF_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"

struct otp_dwarf;

// Read the types of an ELF file with debug information. UNSUPPORTED when it has none, or when this
// build of cryo is without libdwarf. Names of types wanted later are found by one pass over all of
// it.
WB_MUST_CHECK struct wb_error *otp_dwarf_open(const char *path, struct otp_dwarf **ret);
void otp_dwarf_close(struct otp_dwarf *dwarf);

// Size of a type ("struct process", "ErtsPTab": struct, union or typedef), of a member, and the
// member's offset ("common.u.alive.reg"), in bytes. -1: there is no such type or member.
int64_t otp_dwarf_size(struct otp_dwarf *dwarf, const char *type);
struct otp_member_place {
    int64_t offset, size;
};
struct otp_member_place otp_dwarf_member(struct otp_dwarf *dwarf, const char *type,
                                         const char *path);

#endif
