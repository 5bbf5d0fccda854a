// Exceptions and receiving: where code goes on elsewhere, or later.
#include "core-vm/format/verify_priv.h"

static void write_x(struct verifier *v, uint32_t x, vtype type)
{
    verify_write(v, &(struct beam_operand){.tag = BEAM_TAG_X, .value = x}, type);
}

// Exceptions.

static void need_trace(struct verifier *v, const struct beam_operand *o, vtype type)
{
    (void)verify_need_kinds_by(v, BEAM_RULE_TRACE, o, type, T_TRACE);
}

static bool open_handler(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0];
    if ((int64_t)o->value >= v->now.frame || v->now.lost) {
        verify_fault(v, BEAM_RULE_FRAME, "y%u", (unsigned)o->value);
        return true;
    }
    verify_write_slot(v, o,
                      (struct slot){.type = type_of(&v->types, ins->op == OP_try ? T_TRY : T_CATCH),
                                    .relation = REL_TAG,
                                    .at = (uint16_t)v->now.handler,
                                    .of = verify_u32(&ins->operand[1])});
    v->now.handler = verify_u32(o) + 1;
    return true;
}

// The tag must be the innermost one, and of that kind.
static bool close_handler(struct verifier *v, const struct beam_ins *ins, unsigned kind)
{
    uint32_t at = verify_u32(&ins->operand[0]);
    v->slots_changed = true;
    if ((int64_t)at < v->now.frame && v->now.handler == at + 1 &&
        (type_kinds(&v->types, v->now.y[at].type) & kind) != 0) {
        v->now.handler = v->now.y[at].at;
        v->now.y[at] = (struct slot){.type = type_of(&v->types, T_NIL), .from = v->ins};
        return true;
    }
    verify_fault(v, BEAM_RULE_HANDLER, "y%u is not the innermost one", at);
    return false;
}

static bool try_end(struct verifier *v, const struct beam_ins *ins)
{
    (void)close_handler(v, ins, T_TRY);
    return true;
}

static bool try_case(struct verifier *v, const struct beam_ins *ins)
{
    if (!v->now.caught)
        verify_fault(v, BEAM_RULE_CAUGHT, "it is come to without an exception");
    v->now.caught = false;
    (void)close_handler(v, ins, T_TRY);
    v->now.nx = 0;
    write_x(v, 0, v->error_class);
    write_x(v, 1, TYPE_ANY);
    write_x(v, 2, type_of(&v->types, T_TRACE));
    return true;
}

static bool catch_end(struct verifier *v, const struct beam_ins *ins)
{
    (void)close_handler(v, ins, T_CATCH);
    // What the body gave; after an exception it is not there yet.
    unsigned kinds = v->now.nx > 0 ? type_kinds(&v->types, v->now.x[0].type) : 0;
    if ((kinds & T_CAUGHT) == 0 || (kinds & T_CONTEXT) != 0)
        verify_args(v, 1, false);
    write_x(v, 0, TYPE_ANY);
    verify_collect(v, 1, (struct room){0});
    return true;
}

static bool raise(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    need_trace(v, &ins->operand[0], verify_read(v, &ins->operand[0]));
    (void)verify_read(v, &ins->operand[1]);
    return false;
}

// Goes on when the class is none; compilers see to it that it is one, and let it run into whatever
// comes next.
static bool raw_raise(struct verifier *v, const struct beam_ins *ins)
{
    (void)ins;
    verify_disturb(v);
    verify_args(v, 3, false);
    need_trace(v, NULL, v->now.nx >= 3 ? v->now.x[2].type : TYPE_ANY);
    return false;
}

static bool build_stacktrace(struct verifier *v, const struct beam_ins *ins)
{
    (void)ins;
    verify_args(v, 1, false);
    need_trace(v, NULL, v->now.nx >= 1 ? v->now.x[0].type : TYPE_ANY);
    verify_collect(v, 1, (struct room){0});
    v->now.nx = 0;
    write_x(v, 0, type_list(&v->types, TYPE_ANY, true, T_LIST));
    return true;
}

// Receiving.

static bool loop_rec(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_need(v, BEAM_RULE_MESSAGE, NULL, PROVED);
    verify_branch(v, ins->operand[0].value);
    v->now.receiving = v->ins + 1;
    v->now.outside = BEAM_INSIDE;
    v->now.kept = false;
    verify_write(v, &ins->operand[1], TYPE_ANY);
    return true;
}

static void need_message(struct verifier *v)
{
    verify_need(v, BEAM_RULE_RECEIVE, NULL,
                proof_of(v->now.outside == BEAM_INSIDE, v->now.outside == BEAM_UNSURE));
}

// The receive is over, and its timer with it.
static bool end_receive(struct verifier *v, const struct beam_ins *ins)
{
    if (ins->op == OP_remove_message)
        need_message(v);
    v->now.receiving = 0;
    v->now.outside = BEAM_OUTSIDE;
    v->now.kept = false;
    for (uint32_t i = 0; i < v->now.nx; i++)
        if ((type_kinds(&v->types, v->now.x[i].type) & T_STALE) != 0)
            v->now.x[i] = slot_of(TYPE_UNSET);
    return true;
}

// What was put away of a message that stays in the mailbox must be a copy.
static bool loop_rec_end(struct verifier *v, const struct beam_ins *ins)
{
    if (v->now.kept)
        verify_disturb(v);
    need_message(v);
    v->now.receiving = 0;
    v->now.outside = BEAM_OUTSIDE;
    v->now.kept = false;
    verify_give_up_registers(v);
    verify_branch(v, ins->operand[0].value);
    return false;
}

static bool wait(struct verifier *v, const struct beam_ins *ins)
{
    v->now.outside = BEAM_OUTSIDE;
    verify_disturb(v);
    verify_give_up_registers(v);
    verify_branch(v, ins->operand[0].value);
    return false;
}

// Come to again while its timer runs, it does not look at its operand: no x register was kept.
static bool wait_timeout(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *time = &ins->operand[1];
    bool again = (type_kinds(&v->types, verify_type(v, time)) & T_STALE) != 0;
    if (!again)
        (void)verify_read(v, time);
    verify_disturb(v);
    v->now.outside = BEAM_OUTSIDE;
    verify_give_up_registers(v);
    if (time->tag == BEAM_TAG_X)
        verify_write(v, time, type_of(&v->types, T_STALE));
    verify_branch(v, ins->operand[0].value);
    verify_kill_x(v, 0);
    return true;
}

static bool marker(struct verifier *v, const struct beam_ins *ins)
{
    if (ins->op == OP_recv_marker_reserve) {
        verify_write(v, &ins->operand[0], type_of(&v->types, T_MARKER));
        return true;
    }
    // The marker that is bound to a reference; after that the reference is named.
    vtype type = verify_read(v, &ins->operand[0]);
    if (ins->op == OP_recv_marker_bind) {
        (void)verify_need_kinds_by(v, BEAM_RULE_MARKER, &ins->operand[0], type, T_MARKER);
        (void)verify_read(v, &ins->operand[1]);
    }
    return true;
}

static verify_fn *const specials[BEAM_OP_LIMIT] = {
    [OP_try] = open_handler,
    [OP_catch] = open_handler,
    [OP_try_end] = try_end,
    [OP_try_case] = try_case,
    [OP_catch_end] = catch_end,
    [OP_raise] = raise,
    [OP_raw_raise] = raw_raise,
    [OP_build_stacktrace] = build_stacktrace,
    [OP_loop_rec] = loop_rec,
    [OP_loop_rec_end] = loop_rec_end,
    [OP_remove_message] = end_receive,
    [OP_timeout] = end_receive,
    [OP_wait] = wait,
    [OP_wait_timeout] = wait_timeout,
    [OP_recv_marker_bind] = marker,
    [OP_recv_marker_clear] = marker,
    [OP_recv_marker_reserve] = marker,
    [OP_recv_marker_use] = marker,
};

verify_fn *verify_special_catch(uint8_t op)
{
    return specials[op];
}
