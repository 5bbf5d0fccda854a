// lines.h - lines of source from debug information (.debug_line, through libdwarf).
#ifndef OTP_LINES_H
#define OTP_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"

struct otp_line {
    struct wb_bytes file;
    uint32_t line;
};
struct otp_lines;
// NULL: the file has no lines, or this build of cryo is without libdwarf.
struct otp_lines *otp_lines_open(const char *path);
void otp_lines_close(struct otp_lines *lines);
// Of an address as the file has it. The name lies on arena.
bool otp_lines_find(struct otp_lines *lines, uint64_t at, struct wb_arena *arena,
                    struct otp_line *ret);

#endif
