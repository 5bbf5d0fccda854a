#include "rewriter/flow.h"

#include <string.h>

#include "rewriter/flow_priv.h"
#include "rewriter/unit_priv.h"

struct edge {
    uint32_t from, to;
};

struct maker {
    struct rw_flow *flow;
    struct wb_arena *arena;
    uint32_t *by_label;  // from label `least` on
    uint64_t least, labels;
    uint32_t block;  // whose edges are looked for
    struct edge *edge;
    size_t edges, room;
};

static void note_target(void *user, uint64_t label)
{
    bool *any = user;
    *any = label != 0;
}

static bool ends_block(const struct rw_ins *ins)
{
    bool any = beam_op_info(ins->op)->flow == BEAM_FLOW_STOP;
    if (!any)
        rw_each_target(ins, note_target, &any);
    return any;
}

static void find_labels(struct maker *m, const struct rw_function *f)
{
    uint64_t most = 0;
    m->least = UINT64_MAX;
    for (const struct rw_ins *ins = f->first; ins != NULL; ins = ins->next) {
        if (ins->op != OP_label)
            continue;
        uint64_t label = ins->operand[0].value;
        m->least = label < m->least ? label : m->least;
        most = label > most ? label : most;
    }
    bool sane = m->least <= most && most < (1u << 24);
    m->labels = sane ? most - m->least + 1 : 0;
    m->by_label = wb_push_array(m->arena, uint32_t, m->labels + 1);
    memset(m->by_label, 0xff, (m->labels + 1) * sizeof *m->by_label);
}

static uint32_t count_blocks(const struct rw_function *f)
{
    uint32_t count = 3;
    for (const struct rw_ins *ins = f->first; ins != NULL; ins = ins->next)
        count += ins->op == OP_label || ends_block(ins);
    return count;
}

// From `ins` on, up to `end`, as blocks.
static void cut(struct maker *m, struct rw_ins *ins, const struct rw_ins *end)
{
    struct rw_block *block = NULL;
    for (; ins != end; ins = ins->next) {
        bool label = ins->op == OP_label;
        bool fresh = block == NULL || (label && block->last->op != OP_label);
        if (fresh) {
            block = &m->flow->at[m->flow->count++];
            block->first = ins;
        }
        block->last = ins;
        ins->mark = m->flow->count - 1;
        uint64_t number = label ? ins->operand[0].value - m->least : m->labels;
        if (number < m->labels && m->by_label[number] == RW_NO_BLOCK)
            m->by_label[number] = ins->mark;
        if (ends_block(ins))
            block = NULL;
    }
}

static void add_edge(struct maker *m, uint32_t to)
{
    m->edge = rw_grow(m->arena, m->edge, m->edges, &m->room, sizeof *m->edge);
    m->edge[m->edges++] = (struct edge){m->block, to};
    m->flow->at[m->block].after_count++;
    m->flow->at[to].before_count++;
}

static void to_label(void *user, uint64_t label)
{
    struct maker *m = user;
    uint64_t number = label - m->least;
    if (number < m->labels && m->by_label[number] != RW_NO_BLOCK)
        add_edge(m, m->by_label[number]);
}

static void find_edges(struct maker *m)
{
    struct rw_flow *flow = m->flow;
    for (m->block = 0; m->block < flow->count; m->block++) {
        const struct rw_ins *last = flow->at[m->block].last;
        for (const struct rw_ins *ins = flow->at[m->block].first;; ins = ins->next) {
            rw_each_target(ins, to_label, m);
            if (ins == last)
                break;
        }
        if (beam_op_info(last->op)->flow != BEAM_FLOW_STOP && last->next != NULL)
            add_edge(m, last->next->mark);
    }
    for (uint32_t i = 0; i < flow->count; i++) {
        flow->at[i].after = wb_push_array(m->arena, uint32_t, flow->at[i].after_count);
        flow->at[i].before = wb_push_array(m->arena, uint32_t, flow->at[i].before_count);
        flow->at[i].after_count = flow->at[i].before_count = 0;
        flow->at[i].order = flow->at[i].dominator = RW_NO_BLOCK;
    }
    for (size_t i = 0; i < m->edges; i++) {
        struct edge edge = m->edge[i];
        struct rw_block *from = &flow->at[edge.from], *to = &flow->at[edge.to];
        from->after[from->after_count++] = edge.to;
        to->before[to->before_count++] = edge.from;
    }
}

// Reverse postorder from the entry.
static void find_order(struct rw_flow *flow, struct wb_arena *arena)
{
    uint32_t *stack = wb_push_array(arena, uint32_t, flow->count + 1);
    uint32_t *next = wb_push_array(arena, uint32_t, flow->count + 1);
    uint32_t depth = 0, left = flow->count;
    flow->by_order = wb_push_array(arena, uint32_t, flow->count + 1);
    stack[depth++] = 0;
    flow->at[0].order = 0;
    while (depth > 0) {
        uint32_t block = stack[depth - 1];
        if (next[block] < flow->at[block].after_count) {
            uint32_t to = flow->at[block].after[next[block]++];
            if (flow->at[to].order == RW_NO_BLOCK) {
                flow->at[to].order = 0;
                stack[depth++] = to;
            }
            continue;
        }
        flow->by_order[--left] = block;
        depth--;
    }
    flow->met = flow->count - left;
    memmove(flow->by_order, flow->by_order + left, flow->met * sizeof *flow->by_order);
    for (uint32_t i = 0; i < flow->met; i++)
        flow->at[flow->by_order[i]].order = i;
}

static uint32_t common(const struct rw_flow *flow, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (flow->at[a].order > flow->at[b].order)
            a = flow->at[a].dominator;
        else
            b = flow->at[b].dominator;
    }
    return a;
}

// Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm".
static void find_dominators(struct rw_flow *flow)
{
    flow->at[0].dominator = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 1; i < flow->met; i++) {
            struct rw_block *block = &flow->at[flow->by_order[i]];
            uint32_t best = RW_NO_BLOCK;
            for (uint32_t k = 0; k < block->before_count; k++) {
                uint32_t from = block->before[k];
                if (flow->at[from].dominator != RW_NO_BLOCK)
                    best = best == RW_NO_BLOCK ? from : common(flow, best, from);
            }
            changed = changed || best != block->dominator;
            block->dominator = best;
        }
    }
    flow->at[0].dominator = RW_NO_BLOCK;
}

static bool join_regs(struct rw_regs *to, const struct rw_regs *from)
{
    bool changed = false;
    for (int i = 0; i < RW_REG_WORDS; i++) {
        uint64_t x = to->x[i] | from->x[i], y = to->y[i] | from->y[i];
        changed = changed || x != to->x[i] || y != to->y[i];
        to->x[i] = x;
        to->y[i] = y;
    }
    return changed;
}

static void live_behind(const struct rw_flow *flow, const struct rw_block *block,
                        struct rw_regs *ret)
{
    memset(ret, 0, sizeof *ret);
    for (uint32_t i = 0; i < block->after_count; i++)
        (void)join_regs(ret, &flow->at[block->after[i]].live);
}

static void find_live(struct rw_flow *flow)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = flow->met; i > 0; i--) {
            struct rw_block *block = &flow->at[flow->by_order[i - 1]];
            struct rw_regs live;
            live_behind(flow, block, &live);
            for (const struct rw_ins *ins = block->last;; ins = ins->prev) {
                rw_step_back(ins, &live);
                if (ins == block->first)
                    break;
            }
            changed = join_regs(&block->live, &live) || changed;
        }
    }
}

static bool meet_frame(struct rw_frame *to, const struct rw_frame *from, bool first)
{
    if (first) {
        *to = *from;
        return true;
    }
    bool changed = to->slots != from->slots && to->slots != RW_FRAME_UNKNOWN;
    if (changed)
        to->slots = RW_FRAME_UNKNOWN;
    for (int i = 0; i < RW_REG_WORDS; i++) {
        changed = changed || (to->set[i] & ~from->set[i]) != 0;
        to->set[i] &= from->set[i];
    }
    return changed;
}

static void find_frames(struct rw_flow *flow, struct wb_arena *arena)
{
    bool *met = wb_push_array(arena, bool, flow->count);
    flow->at[0].frame.slots = RW_NO_FRAME;
    met[0] = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < flow->met; i++) {
            const struct rw_block *block = &flow->at[flow->by_order[i]];
            struct rw_frame frame = block->frame;
            for (const struct rw_ins *ins = block->first;; ins = ins->next) {
                rw_step_frame(ins, &frame);
                if (ins == block->last)
                    break;
            }
            for (uint32_t k = 0; k < block->after_count; k++) {
                uint32_t to = block->after[k];
                changed = meet_frame(&flow->at[to].frame, &frame, !met[to]) || changed;
                met[to] = true;
            }
        }
    }
}

void rw_flow(struct rw_function *function, struct wb_arena *arena, struct rw_flow *ret)
{
    struct maker m = {.flow = ret, .arena = arena};
    *ret = (struct rw_flow){.function = function};
    ret->at = wb_push_array(arena, struct rw_block, count_blocks(function));
    if (function->entry == NULL)
        return;
    find_labels(&m, function);
    cut(&m, function->entry, NULL);
    cut(&m, function->first, function->entry);
    find_edges(&m);
    find_order(ret, arena);
    find_dominators(ret);
    find_live(ret);
    find_frames(ret, arena);
}

bool rw_dominates(const struct rw_flow *flow, uint32_t a, uint32_t b)
{
    while (b != a && b != RW_NO_BLOCK)
        b = flow->at[b].dominator;
    return a == b;
}

void rw_live_before(const struct rw_flow *flow, const struct rw_ins *ins, struct rw_regs *ret)
{
    const struct rw_block *block = &flow->at[ins->mark];
    live_behind(flow, block, ret);
    for (const struct rw_ins *at = block->last;; at = at->prev) {
        rw_step_back(at, ret);
        if (at == ins)
            return;
    }
}

void rw_frame_before(const struct rw_flow *flow, const struct rw_ins *ins, struct rw_frame *ret)
{
    *ret = flow->at[ins->mark].frame;
    for (const struct rw_ins *at = flow->at[ins->mark].first; at != ins; at = at->next)
        rw_step_frame(at, ret);
}
