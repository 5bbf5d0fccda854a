// live.h - the memory of a process that goes on running: each page is read when it is first looked
// at, once a sample.
//
// Nothing is stopped, so what is read of several pages is of several moments.
#ifndef OTP_LIVE_H
#define OTP_LIVE_H

#include <sys/types.h>

#include "inspector/target/otp/copy.h"
#include "inspector/target/otp/memory.h"

struct otp_live {
    pid_t pid;
    uint8_t *shadow;  // as large as the process's maps; only what is looked at is ever in memory
    size_t room;
    uint32_t *fresh;  // for each page of it: the sample it was read in
    uint32_t sample;
    uint64_t maps_hash;
    struct otp_memory *memory;  // the caller's: its segments lie in the shadow
};

// `memory` must be empty; both stay where they are until otp_live_done.
WB_MUST_CHECK struct wb_error *otp_live_open(pid_t pid, struct otp_memory *memory,
                                             struct otp_live *ret);
// A new moment: everything is read again when it is looked at. STATE: the process has ended.
WB_MUST_CHECK struct wb_error *otp_live_renew(struct otp_live *live);
void otp_live_done(struct otp_live *live);

#endif
