// target_otp_priv.h - what the backends over an OTP node's memory share: pid and core file.
#ifndef TARGET_TARGET_OTP_PRIV_H
#define TARGET_TARGET_OTP_PRIV_H

#include "inspector/target/otp/copy.h"
#include "inspector/target/otp/node.h"
#include "inspector/target/target_impl.h"

struct target_otp {
    struct tgt base;
    struct wb_arena arena;
    struct wb_bytes program, core;  // mapped files; size 0: not mapped
    struct otp_copy copy;
    struct otp_node node;
    uint64_t paused;  // ns the node stood still
};

// An empty target: fill in program, node.elf, node.bias, node.memory and node.cpu, then open it.
struct target_otp *tgt_otp_new(void);
// Put the program's own bytes under the memory: once the bias is known.
void tgt_otp_map_program(struct target_otp *target);
// Find the node in the memory.
WB_MUST_CHECK struct wb_error *tgt_otp_open(struct target_otp *target);
// The end of every opener: on error throws the target away and hands the error on.
WB_MUST_CHECK struct wb_error *tgt_otp_finish(struct target_otp *target, struct wb_error *err,
                                              const char *kind, const struct tgt_open *open,
                                              struct tgt **ret);

#endif
