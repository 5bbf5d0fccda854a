// hold.h - a process that stays frozen while somebody looks at it.
//
// A thread of its own has frozen it (ptrace(2) wants the one that attached) and lets it go on: when
// it is told to, or when its time is over, whatever the rest of us does at that moment. If we die,
// the kernel does.
#ifndef OTP_HOLD_H
#define OTP_HOLD_H

#include "inspector/target/otp/freeze.h"

struct otp_hold;
// What is done once, as soon as it stands still.
typedef struct wb_error *otp_frozen_fn(void *arg, const struct otp_freeze *freeze);

// Freeze a process and do `frozen`; it stays frozen for `most` ns (0: for as long as we like). On
// error it goes on as before.
WB_MUST_CHECK struct wb_error *otp_hold_start(pid_t pid, otp_frozen_fn *frozen, void *arg,
                                              uint64_t most, struct otp_hold **ret);
// When it stopped, and when it went on (0: it stands still), in ns of otp_now.
void otp_hold_times(struct otp_hold *hold, uint64_t *stopped, uint64_t *went_on);
// Let it go on, if it has not yet.
void otp_hold_let_go(struct otp_hold *hold);
// And forget it. NULL is allowed.
void otp_hold_free(struct otp_hold *hold);

#endif
