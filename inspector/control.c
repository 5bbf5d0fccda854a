#include "inspector/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void insp_control_done(struct insp_control *c)
{
    insp_breakpoints_free(&c->breakpoints);
}

// Remember where the plan's process stands: the next step is counted from here.
static void mark(struct insp_control *c, struct tgt *t)
{
    c->start_ip = tgt_ip_of(t, c->plan.pid);
    c->start_line = tgt_line_key(t, c->start_ip);
    c->start_depth = tgt_depth_mark(t, c->plan.pid);
}

struct wb_error *insp_control_start(struct insp_control *c, struct tgt *t,
                                    const struct insp_plan *plan)
{
    if (!tgt_can(t, TGT_CAN_RUN))
        return wb_error_new(WB_E_UNSUPPORTED, "this target (%s) cannot run", tgt_info(t)->kind);
    c->breakpoints.stale = true;
    WB_TRY(insp_breakpoints_resolve(&c->breakpoints, t));
    c->plan = *plan;
    c->left = plan->count != 0 ? plan->count : 1;
    c->passed = c->resumed = false;
    c->spent = 0;
    c->active = true;
    c->stop = (struct insp_stop){.why = INSP_RUNNING};
    mark(c, t);
    return NULL;
}

void insp_control_cancel(struct insp_control *c)
{
    c->active = false;
}

static uint64_t plan_events(const struct insp_control *c)
{
    static const uint64_t needs[] = {
        [INSP_PLAN_CONTINUE] = 0,
        [INSP_PLAN_STEP_INSTRUCTION] = TGT_BIT(INSTRUCTION) | TGT_BIT(EXIT),
        [INSP_PLAN_STEP_LINE] = TGT_BIT(INSTRUCTION) | TGT_BIT(EXIT),
        [INSP_PLAN_STEP_OVER] = TGT_BIT(INSTRUCTION) | TGT_BIT(EXIT),
        [INSP_PLAN_STEP_OUT] = TGT_BIT(INSTRUCTION) | TGT_BIT(EXIT),
        [INSP_PLAN_NEXT_SEND] = TGT_BIT(SEND),
        [INSP_PLAN_NEXT_RECEIVE] = TGT_BIT(RECEIVE),
        [INSP_PLAN_NEXT_SCHEDULE] = TGT_BIT(SCHEDULE_IN),
        [INSP_PLAN_UNTIL_TIME] = TGT_BIT(SCHEDULE_IN),
        [INSP_PLAN_UNTIL_REDUCTIONS] = 0,
    };
    return needs[c->plan.kind];
}

// Is an instruction of the plan's process where the plan ends?
static bool instruction_ends(struct insp_control *c, struct tgt *t,
                             const struct tgt_event_info *info)
{
    if (c->plan.kind == INSP_PLAN_STEP_INSTRUCTION)
        return true;
    int depth = tgt_depth_compare(t, info->pid, c->start_depth);
    if (c->plan.kind == INSP_PLAN_STEP_OUT)
        return depth < 0;
    if (c->plan.kind == INSP_PLAN_STEP_OVER && depth > 0)
        return false;
    uint64_t line = tgt_line_key(t, info->ip);
    return line != 0 && (line != c->start_line || depth != 0);
}

static bool plan_ends(struct insp_control *c, struct tgt *t, const struct tgt_event_info *info)
{
    switch (c->plan.kind) {
    case INSP_PLAN_STEP_INSTRUCTION:
    case INSP_PLAN_STEP_LINE:
    case INSP_PLAN_STEP_OVER:
    case INSP_PLAN_STEP_OUT:
        return info->event == TGT_EVENT_INSTRUCTION && instruction_ends(c, t, info);
    case INSP_PLAN_NEXT_SEND:
        return info->event == TGT_EVENT_SEND;
    case INSP_PLAN_NEXT_RECEIVE:
        return info->event == TGT_EVENT_RECEIVE;
    case INSP_PLAN_NEXT_SCHEDULE:
        return info->event == TGT_EVENT_SCHEDULE_IN && info->pid.id != c->plan.pid.id;
    case INSP_PLAN_UNTIL_TIME: {
        uint64_t now = 0;
        wb_error_free(tgt_read_clock(t, &now));
        return info->event == TGT_EVENT_SCHEDULE_IN && now >= c->plan.time;
    }
    case INSP_PLAN_CONTINUE:
    case INSP_PLAN_UNTIL_REDUCTIONS:
        return false;
    }
    return false;
}

static bool concerns_plan(const struct insp_control *c, const struct tgt_event_info *info)
{
    return c->plan.pid.id == 0 || c->plan.pid.id == info->pid.id ||
           c->plan.kind == INSP_PLAN_NEXT_SCHEDULE || c->plan.kind == INSP_PLAN_UNTIL_TIME;
}

static void stop_with(struct insp_control *c, enum insp_halt why, const struct tgt_event_info *info)
{
    c->stop = (struct insp_stop){.why = why, .pid = info->pid, .info = *info};
}

static bool step_done(struct insp_control *c, struct tgt *t, const struct tgt_event_info *info)
{
    if (!concerns_plan(c, info))
        return false;
    if (info->event == TGT_EVENT_EXIT && c->plan.pid.id == info->pid.id && c->plan.pid.id != 0) {
        stop_with(c, INSP_GONE, info);
        return true;
    }
    if (!plan_ends(c, t, info))
        return false;
    if (--c->left > 0) {
        if (info->event == TGT_EVENT_INSTRUCTION) {
            mark(c, t);
            c->start_ip = info->ip;
        }
        return false;
    }
    stop_with(c, INSP_STEPPED, info);
    return true;
}

// The first instruction event comes for the place where the target was frozen: it has been
// reported already.
static bool reported(struct insp_control *c, const struct tgt_event_info *info)
{
    bool same = !c->resumed && c->frozen_pid.id == info->pid.id && c->frozen_ip.at == info->ip.at;
    c->resumed = true;
    return same;
}

// ... and a step from there ends behind it, not at it.
static bool at_start(struct insp_control *c, const struct tgt_event_info *info)
{
    if (c->passed || !concerns_plan(c, info))
        return false;
    c->passed = true;
    return c->start_ip.at == info->ip.at;
}

static bool out_of_time(const struct insp_control *c, struct tgt *t)
{
    uint64_t now = 0;
    if (c->pace == 0)
        return false;
    wb_error_free(tgt_read_clock(t, &now));
    return now >= c->pace;
}

static bool on_event(void *data, struct tgt *t, const struct tgt_event_info *info)
{
    struct insp_control *c = data;
    bool instruction = info->event == TGT_EVENT_INSTRUCTION;
    if (info->event == TGT_EVENT_LOAD)
        c->breakpoints.stale = true;
    if (c->breakpoints.stale)
        wb_error_free(insp_breakpoints_resolve(&c->breakpoints, t));
    if (info->event == TGT_EVENT_SCHEDULE_IN && out_of_time(c, t))
        return true;
    bool silent = instruction && reported(c, info);
    struct insp_break *hit = silent ? NULL : insp_breakpoints_hit(&c->breakpoints, t, info);
    if (hit != NULL) {
        stop_with(c, INSP_AT_BREAK, info);
        c->stop.breakpoint = hit->number;
    } else if ((instruction && at_start(c, info)) || !step_done(c, t, info)) {
        return false;
    }
    c->frozen_pid = instruction ? info->pid : (struct tgt_pid){0};
    c->frozen_ip = info->ip;
    return true;
}

static void ended(struct insp_control *c, const struct tgt_stop *stop)
{
    static const enum insp_halt whys[] = {
        [TGT_BUDGET] = INSP_RUNNING,          [TGT_IDLE] = INSP_IDLE,   [TGT_HALTED] = INSP_HALTED,
        [TGT_INTERRUPTED] = INSP_INTERRUPTED, [TGT_LIMIT] = INSP_LIMIT,
    };
    if (stop->why == TGT_FROZEN)
        return;  // on_event has said why
    c->stop = (struct insp_stop){.why = whys[stop->why], .status = stop->status};
    if (stop->slogan != NULL)
        snprintf(c->stop.slogan, sizeof c->stop.slogan, "%s", stop->slogan);
}

static void forget_temporary(struct insp_control *c)
{
    if (c->stop.why != INSP_AT_BREAK)
        return;
    for (size_t i = 0; i < c->breakpoints.count; i++) {
        const struct insp_break *b = &c->breakpoints.at[i];
        if (b->number == c->stop.breakpoint && b->temporary) {
            insp_breakpoints_delete(&c->breakpoints, b->number);
            return;
        }
    }
}

// The budget of this slice; the plan's own may be nearer.
static uint64_t slice_budget(const struct insp_control *c, uint64_t reductions)
{
    if (c->plan.budget == 0)
        return reductions;
    uint64_t left = c->plan.budget - c->spent;
    return reductions == 0 || left < reductions ? left : reductions;
}

static void budget_used(struct insp_control *c, uint64_t budget)
{
    c->spent += budget;
    if (c->plan.budget == 0 || c->spent < c->plan.budget)
        return;
    bool wanted = c->plan.kind == INSP_PLAN_UNTIL_REDUCTIONS;
    c->stop = (struct insp_stop){.why = wanted ? INSP_STEPPED : INSP_LIMIT};
}

struct wb_error *insp_control_slice(struct insp_control *c, struct tgt *t, uint64_t reductions)
{
    if (!c->active)
        return wb_error_new(WB_E_STATE, "nothing is running");
    uint64_t budget = slice_budget(c, reductions);
    struct tgt_run run = {
        .events = plan_events(c) | insp_breakpoints_events(&c->breakpoints) |
                  (c->pace != 0 ? TGT_BIT(SCHEDULE_IN) : 0),
        .on_event = on_event,
        .data = c,
        .budget = budget,
    };
    struct tgt_stop stop = {0};
    WB_TRY(tgt_run(t, &run, &stop));
    ended(c, &stop);
    if (stop.why == TGT_BUDGET)
        budget_used(c, budget);
    forget_temporary(c);
    if (c->stop.why != INSP_RUNNING)
        c->active = false;
    return NULL;
}

const char *insp_halt_name(enum insp_halt why)
{
    static const char *const names[] = {
        [INSP_RUNNING] = "running",
        [INSP_STEPPED] = "step",
        [INSP_AT_BREAK] = "breakpoint",
        [INSP_GONE] = "exited",
        [INSP_IDLE] = "idle",
        [INSP_HALTED] = "halted",
        [INSP_INTERRUPTED] = "interrupted",
        [INSP_LIMIT] = "limit",
    };
    return names[why];
}

void insp_stop_text(const struct insp_stop *stop, struct wb_text *text)
{
    switch (stop->why) {
    case INSP_RUNNING:
        wb_text_put(text, "running");
        return;
    case INSP_STEPPED:
        wb_text_put(text, "stopped");
        return;
    case INSP_AT_BREAK:
        wb_text_printf(text, "breakpoint %u", stop->breakpoint);
        return;
    case INSP_GONE:
        wb_text_put(text, "the process has ended");
        return;
    case INSP_IDLE:
        wb_text_put(text, "idle: every process waits and no timer is set");
        return;
    case INSP_HALTED:
        wb_text_printf(text, "halted with status %d", stop->status);
        if (stop->slogan[0] != '\0')
            wb_text_printf(text, ": %s", stop->slogan);
        return;
    case INSP_INTERRUPTED:
        wb_text_put(text, "interrupted");
        return;
    case INSP_LIMIT:
        wb_text_put(text, "stopped: the limit of reductions is reached");
        return;
    }
}
