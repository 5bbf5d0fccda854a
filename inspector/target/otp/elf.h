// elf.h - what we need of ELF files (System V ABI, AMD64 supplement): symbols, sections, segments,
// notes.
//
// For executables and for core files. The bytes are somebody else's: every offset is checked.
#ifndef OTP_ELF_H
#define OTP_ELF_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

struct otp_symbol {
    const char *name;
    uint64_t at, size;  // address without the load bias
    bool is_code;
};
struct otp_section {
    const char *name;
    uint64_t at, size;
    struct wb_bytes bytes;  // size 0 for .bss
};
// A PT_LOAD: `bytes` may be shorter than memory_size (zeros follow, or the file is cut).
struct otp_load {
    uint64_t at, memory_size;
    struct wb_bytes bytes;
    bool executable, writable;
};
struct otp_note {
    const char *owner;
    uint32_t type;
    struct wb_bytes bytes;
};

struct otp_elf {
    bool is_core, is_relocatable;  // relocatable: loaded at a bias (PIE)
    struct otp_symbol *symbol;     // sorted by name
    size_t symbol_count;
    struct otp_section *section;
    size_t section_count;
    struct otp_load *load;
    size_t load_count;
    struct otp_note *note;
    size_t note_count;
    struct wb_bytes build_id;  // size 0: none
};

// Parse; what is made lies on arena and points into file. A cut file gives what is whole of it;
// BAD_DATA only if it is no 64-bit little-endian ELF file for x86-64 at all.
WB_MUST_CHECK struct wb_error *otp_elf_read(struct wb_bytes file, struct wb_arena *arena,
                                            struct otp_elf *ret);
// NULL: no such symbol, section.
const struct otp_symbol *otp_elf_symbol(const struct otp_elf *elf, const char *name);
const struct otp_section *otp_elf_section(const struct otp_elf *elf, const char *name);

#endif
