// flow_priv.h - what one instruction does to registers and to the frame.
#ifndef REWRITER_FLOW_PRIV_H
#define REWRITER_FLOW_PRIV_H

#include "rewriter/flow.h"

// From the registers live behind it to those live before it.
void rw_step_back(const struct rw_ins *ins, struct rw_regs *live);
// From the frame before it to that behind it.
void rw_step_frame(const struct rw_ins *ins, struct rw_frame *frame);
// Labels it may go to: calls fn for each.
typedef void rw_label_fn(void *user, uint64_t label);
void rw_each_target(const struct rw_ins *ins, rw_label_fn *fn, void *user);

static inline void rw_add(uint64_t *set, uint64_t reg)
{
    if (reg < RW_REGS)
        set[reg / 64] |= (uint64_t)1 << reg % 64;
}

static inline void rw_drop(uint64_t *set, uint64_t reg)
{
    if (reg < RW_REGS)
        set[reg / 64] &= ~((uint64_t)1 << reg % 64);
}

#endif
