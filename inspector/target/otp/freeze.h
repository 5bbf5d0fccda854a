// freeze.h - stop all threads of a process from outside, and let them go on (ptrace(2),
// SEIZE/INTERRUPT).
//
// Nothing is written into the process and no signal is sent to it. If we die in between, the kernel
// lets it go on.
#ifndef OTP_FREEZE_H
#define OTP_FREEZE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "core-vm/base/error.h"

struct otp_thread {
    pid_t tid;
    bool seized, stopped;
    int signal;  // that was about to be delivered when it stopped; given back by otp_thaw
    struct user_regs_struct registers;
};

struct otp_freeze {
    pid_t pid;
    struct otp_thread *thread;  // malloc'd
    size_t count, capacity;
    uint64_t stopped_at;  // ns (CLOCK_MONOTONIC) of the first stop
    bool hurried;         // see otp_hurry
};

// Stop every thread. On error all go on as before. SYSTEM error with errno EPERM when not allowed.
WB_MUST_CHECK struct wb_error *otp_freeze(pid_t pid, struct otp_freeze *ret);
// Let them go on. ns that the first of them stood still. May be called once more to no effect.
uint64_t otp_thaw(struct otp_freeze *freeze);
// The thread whose fs base (its pthread_t) this is; NULL: none.
const struct otp_thread *otp_thread_of(const struct otp_freeze *freeze, uint64_t fs_base);
void otp_freeze_done(struct otp_freeze *freeze);

// Let the calling thread run before all others, where we may: something stands still and waits for
// it. False: it runs as before.
bool otp_hurry(void);

uint64_t otp_now(void);  // ns of CLOCK_MONOTONIC

#endif
