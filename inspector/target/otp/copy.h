// copy.h - a copy of another process's memory, taken while it stands still.
#ifndef OTP_COPY_H
#define OTP_COPY_H

#include <sys/types.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "inspector/target/otp/memory.h"

// A line of /proc/PID/maps.
struct otp_map {
    uint64_t start, end, offset, inode;
    bool readable, writable, executable;
    const char *path;  // "": anonymous
};
struct otp_maps {
    struct otp_map *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *otp_maps_read(pid_t pid, struct wb_arena *arena,
                                             struct otp_maps *ret);

struct otp_copy {
    uint8_t *buffer;  // mapped; the segments point into it
    size_t room, used;
    uint64_t wanted, copied;  // bytes present in the process, bytes we have
};
// Get room for the copy before the process is stopped: about as much as it has in memory.
WB_MUST_CHECK struct wb_error *otp_copy_prepare(pid_t pid, struct otp_copy *ret);
// Copy all memory that is present and may hold terms, code or tables into segments of *memory,
// until deadline (ns of otp_now; 0: to the end).
WB_MUST_CHECK struct wb_error *otp_copy_take(pid_t pid, const struct otp_maps *maps,
                                             uint64_t deadline, struct otp_copy *copy,
                                             struct otp_memory *memory);
void otp_copy_done(struct otp_copy *copy);

#endif
