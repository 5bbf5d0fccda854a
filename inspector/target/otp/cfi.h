// cfi.h - from a function's frame to its caller's: .eh_frame and .debug_frame (DWARF 5, section
// 6.4; Linux Standard Base Core, "Exception Frames"), of x86-64.
//
// Read here and not by libdwarf: a damaged file must cost its own frames only, and a build without
// libdwarf can unwind as well.
#ifndef OTP_CFI_H
#define OTP_CFI_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "inspector/target/otp/memory.h"
#include "inspector/target/otp/registers.h"

// Addresses are the file's own, without the bias it is loaded with.
struct otp_fde {
    uint64_t start, end;
    uint32_t at;  // in the section
};
struct otp_cfi {
    struct wb_bytes section;
    uint64_t at;  // where the section is loaded
    bool eh;      // .eh_frame, not .debug_frame
    struct otp_fde *fde;
    size_t count;
};

// Index a section's functions. What is damaged is left out.
void otp_cfi_index(struct wb_bytes section, uint64_t at, bool eh, struct wb_arena *arena,
                   struct otp_cfi *ret);
// Put the caller's registers in place of those of the function that pc is in. False, and nothing is
// changed, where the section does not say, memory is not there, or there is no caller.
// *interrupted: it was not called but interrupted by a signal, so that its rip is no return
// address.
bool otp_cfi_step(const struct otp_cfi *cfi, uint64_t pc, struct otp_memory *memory,
                  struct otp_registers *registers, bool *interrupted);

#endif
