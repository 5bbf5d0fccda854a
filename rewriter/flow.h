// flow.h - questions about one function of a unit: blocks, who follows whom, dominators, which
// registers are live, and how large the frame is.
//
// The answers are those of the moment: they are void when the function changes.
#ifndef REWRITER_FLOW_H
#define REWRITER_FLOW_H

#include "rewriter/unit.h"

enum { RW_REGS = 1024, RW_REG_WORDS = RW_REGS / 64 };

struct rw_regs {
    uint64_t x[RW_REG_WORDS], y[RW_REG_WORDS];
};

static inline bool rw_has(const uint64_t *set, uint64_t reg)
{
    return reg < RW_REGS && (set[reg / 64] >> reg % 64 & 1) != 0;
}

enum { RW_NO_FRAME = -1, RW_FRAME_UNKNOWN = -2 };

// Before an instruction: the slots of the frame, or one of the above; and which slots are set on
// every way to here.
struct rw_frame {
    int32_t slots;
    uint64_t set[RW_REG_WORDS];
};

#define RW_NO_BLOCK UINT32_MAX

struct rw_block {
    struct rw_ins *first, *last;
    uint32_t *after, *before;  // blocks it goes on to (exceptions: from where they are caught on)
    uint32_t after_count, before_count;
    uint32_t dominator;   // the nearest block on every way here; RW_NO_BLOCK: the start, or no way
    uint32_t order;       // in which blocks are met from the start; RW_NO_BLOCK: never
    struct rw_regs live;  // when it begins
    struct rw_frame frame;  // when it begins; slots RW_FRAME_UNKNOWN where ways disagree
};

struct rw_flow {
    const struct rw_function *function;
    struct rw_block *at;  // 0: the entry; what stands before it (func_info) is block 1
    uint32_t count;
    uint32_t *by_order;  // blocks in `order`
    uint32_t met;
};

// Everything about a function, on the arena. Sets `mark` of its instructions to their block.
void rw_flow(struct rw_function *function, struct wb_arena *arena, struct rw_flow *ret);

bool rw_dominates(const struct rw_flow *flow, uint32_t a, uint32_t b);
// Registers whose contents may be read from before `ins` on.
void rw_live_before(const struct rw_flow *flow, const struct rw_ins *ins, struct rw_regs *ret);
void rw_frame_before(const struct rw_flow *flow, const struct rw_ins *ins, struct rw_frame *ret);

#endif
