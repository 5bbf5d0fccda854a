// thread.h - the threads of an OTP node: schedulers of all kinds with their run queues, and others.
#ifndef OTP_THREAD_H
#define OTP_THREAD_H

#include "inspector/target/otp/node.h"

// Schedulers first, dirty ones behind them, then what else there is.
void otp_list_threads(struct otp_node *node, struct wb_arena *arena, struct tgt_threads *ret);

#endif
