// run.c - running on: every way of it starts a plan that the caller carries out.
#include <string.h>

#include "inspector/commands/command_priv.h"

static struct wb_error *start(struct insp_context *c, const struct insp_plan *plan)
{
    struct insp_plan full = *plan;
    if (full.budget == 0)
        full.budget = (uint64_t)c->s->set.budget * 1000;
    WB_TRY(insp_control_start(&c->s->control, c->s->t, &full));
    c->request.kind = INSP_RUN;
    return NULL;
}

// A plan of the current process, so many times.
static struct wb_error *start_steps(struct insp_context *c, enum insp_plan_kind kind,
                                    const char *rest)
{
    const struct tgt_proc *proc;
    struct insp_plan plan = {.kind = kind};
    WB_TRY(insp_word_number(&rest, 1, &plan.count));
    WB_TRY(insp_nothing_more(rest));
    WB_TRY(insp_current(c->s, &proc));
    plan.pid = proc->pid;
    return start(c, &plan);
}

// A plan of anybody, so many times.
static struct wb_error *start_any(struct insp_context *c, enum insp_plan_kind kind,
                                  const char *rest)
{
    struct insp_plan plan = {.kind = kind, .pid = c->s->pid};
    WB_TRY(insp_word_number(&rest, 1, &plan.count));
    WB_TRY(insp_nothing_more(rest));
    if (kind != INSP_PLAN_NEXT_SCHEDULE)
        plan.pid = (struct tgt_pid){0};
    return start(c, &plan);
}

struct wb_error *insp_cmd_step(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_steps(c, INSP_PLAN_STEP_LINE, rest);
}

struct wb_error *insp_cmd_next(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_steps(c, INSP_PLAN_STEP_OVER, rest);
}

struct wb_error *insp_cmd_finish(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_steps(c, INSP_PLAN_STEP_OUT, rest);
}

struct wb_error *insp_cmd_stepi(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_steps(c, INSP_PLAN_STEP_INSTRUCTION, rest);
}

struct wb_error *insp_cmd_send(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_any(c, INSP_PLAN_NEXT_SEND, rest);
}

struct wb_error *insp_cmd_receive(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_any(c, INSP_PLAN_NEXT_RECEIVE, rest);
}

struct wb_error *insp_cmd_schedule(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    return start_any(c, INSP_PLAN_NEXT_SCHEDULE, rest);
}

struct wb_error *insp_cmd_continue(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    WB_TRY(insp_nothing_more(rest));
    return start(c, &(struct insp_plan){.kind = INSP_PLAN_CONTINUE});
}

struct wb_error *insp_cmd_freeze(struct insp_context *c, const char *rest, struct insp_out *out)
{
    WB_TRY(insp_nothing_more(rest));
    bool ran = c->s->control.active;
    insp_control_cancel(&c->s->control);
    insp_out_say(out, "state", ran ? "frozen" : "nothing runs: it is frozen");
    return NULL;
}

// 300ms, 2s, 5000 (ns).
static struct wb_error *read_time(const char *text, uint64_t *ret)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = {{"", 1}, {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;
    for (size_t i = 0; i < digits && i < 12; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    for (size_t i = 0; digits > 0 && digits <= 12 && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + digits, units[i].unit) == 0 &&
            !__builtin_mul_overflow(number, units[i].factor, ret))
            return NULL;
    return wb_error_new(WB_E_BAD_DATA, "'%.40s' is not a time such as 300ms or 2s", text);
}

static struct wb_error *until_place(struct insp_context *c, const char *text)
{
    struct insp_break add;
    struct wb_arena arena = {0};
    struct wb_bytes to;
    struct wb_error *err = insp_break_read(text, &arena, &add, &to);
    if (err == NULL && add.kind != INSP_BREAK_CODE)
        err = wb_error_new(WB_E_BAD_DATA, "until takes a place; tbreak takes the rest");
    if (err != NULL) {
        wb_arena_free(&arena);
        return err;
    }
    add.temporary = true;
    add.arena = arena;
    unsigned number = insp_breakpoints_add(&c->s->control.breakpoints, &add);
    WB_TRY(insp_breakpoints_resolve(&c->s->control.breakpoints, c->s->t));
    struct insp_breakpoints *b = &c->s->control.breakpoints;
    if (b->at[b->count - 1].place_count == 0) {
        insp_breakpoints_delete(b, number);
        return wb_error_new(WB_E_NOT_FOUND, "there is no code at %s (tbreak waits for it)", text);
    }
    return start(c, &(struct insp_plan){.kind = INSP_PLAN_CONTINUE});
}

struct wb_error *insp_cmd_until(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    const char *behind = rest;
    struct wb_bytes word = insp_word(&behind);
    struct insp_plan plan = {0};
    if (wb_bytes_equal(word, wb_bytes_of("time"))) {
        plan.kind = INSP_PLAN_UNTIL_TIME;
        WB_TRY(read_time(behind, &plan.time));
        return start(c, &plan);
    }
    if (wb_bytes_equal(word, wb_bytes_of("reductions"))) {
        plan.kind = INSP_PLAN_UNTIL_REDUCTIONS;
        WB_TRY(insp_word_number(&behind, 0, &plan.budget));
        if (plan.budget == 0)
            return wb_error_new(WB_E_BAD_DATA, "for how many reductions?");
        return start(c, &plan);
    }
    if (word.size == 0)
        return wb_error_new(WB_E_BAD_DATA, "until where? mod:fun/arity, mod:line, time 300ms, "
                                           "reductions 100000");
    return until_place(c, rest);
}
