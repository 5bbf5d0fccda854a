// refusal.h - why a process cannot be looked at, and the command that changes it.
#ifndef OTP_REFUSAL_H
#define OTP_REFUSAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "core-vm/base/error.h"

// Is there nothing left to look at: no such process, or one that has ended and was not waited for?
bool otp_is_gone(pid_t pid);
// ATTACH when the process cannot be looked at, whoever asks: there is none, it has ended, or
// another traces it.
WB_MUST_CHECK struct wb_error *otp_refusal_of(pid_t pid);
// What err, met on the way to the process, means for the user: ATTACH with the reason where it is
// one of permission or of a process that has gone; err itself otherwise. Takes err.
WB_MUST_CHECK struct wb_error *otp_explain(struct wb_error *err, pid_t pid);

#endif
