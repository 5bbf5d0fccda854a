// target_otp_priv.h - what the backends over an OTP node's memory share: pid and core file.
#ifndef TARGET_TARGET_OTP_PRIV_H
#define TARGET_TARGET_OTP_PRIV_H

#include "inspector/target/otp/copy.h"
#include "inspector/target/otp/hold.h"
#include "inspector/target/otp/node.h"
#include "inspector/target/saved_priv.h"
#include "inspector/target/target_impl.h"

struct target_otp {
    struct tgt base;
    struct wb_arena arena;
    struct wb_bytes program, core;  // mapped files; size 0: not mapped
    struct wb_bytes saved;          // the mapped file of image, which program is a part of
    struct img image;               // its space holds all memory; base NULL: it is none
    struct tgt_origin origin;
    struct otp_copy copy;
    struct otp_node node;
    // Of a living node.
    struct tgt_ops ops;  // those of all, and living
    struct tgt_open open;
    struct otp_hold *hold;  // NULL: it was let go on at once
    uint64_t epoch;
    uint64_t frozen_at, paused;  // when, and for how many ns
};

// An empty target: fill in program, node.elf, node.bias, node.memory and node.cpu, then open it.
struct target_otp *tgt_otp_new(void);
// The bytes of an executable's or a core's segments, loaded at a bias, as memory.
void tgt_otp_add_loads(struct otp_elf *elf, uint64_t bias, struct otp_memory *memory);
// Put the program's own bytes under the memory, once the bias is known.
void tgt_otp_map_program(struct target_otp *target);
// Find the node in the memory. `table`: the layout; NULL: found by build and release.
WB_MUST_CHECK struct wb_error *tgt_otp_open(struct target_otp *target,
                                            const struct otp_layout *table);
// The end of every opener: on error throws the target away and hands the error on.
WB_MUST_CHECK struct wb_error *tgt_otp_finish(struct target_otp *target, struct wb_error *err,
                                              const char *kind, const struct tgt_open *open,
                                              struct tgt **ret);
// saved_threads.c: what an image keeps of threads, and of the files that were mapped.
void tgt_put_threads(struct otp_node *node, struct wb_text *text);
void tgt_put_files(const struct otp_maps *maps, struct wb_text *text);
WB_MUST_CHECK struct wb_error *tgt_read_threads(struct wb_bytes bytes, struct wb_arena *arena,
                                                struct otp_node *node);
WB_MUST_CHECK struct wb_error *tgt_read_files(struct wb_bytes bytes, struct wb_arena *arena,
                                              struct otp_maps *ret);
// saved_node.c
WB_MUST_CHECK struct wb_error *tgt_otp_save(struct tgt *t, struct wb_write *file,
                                            const struct tgt_watch *watch);

#endif
