// loader_priv.h - the loaders there are.
#ifndef REWRITER_FUZZ_LOADER_PRIV_H
#define REWRITER_FUZZ_LOADER_PRIV_H

#include "rewriter/fuzz/loader.h"

WB_MUST_CHECK struct wb_error *rw_core_open(const struct rw_loader_options *options,
                                            struct rw_loader *ret);
// otp and beam_lib.
WB_MUST_CHECK struct wb_error *rw_node_open(const struct rw_loader_options *options,
                                            struct rw_loader *ret);
WB_MUST_CHECK struct wb_error *rw_cmd_open(const struct rw_loader_options *options,
                                           struct rw_loader *ret);

// Fill in what was said, and its key.
void rw_result_say(struct rw_result *result, enum rw_end end, const char *fmt, ...) WB_PRINTF(3, 4);

#endif
