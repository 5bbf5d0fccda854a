// Which functions can return. Compilers know that some cannot, and let the code behind a call of
// them run into what is no continuation of it.
//
// Code is explored from all entries; behind a call only once its callee is known to return, which
// may be found out later: then the calls that wait for it are taken up. Every instruction is
// explored once.
#include <string.h>

#include "core-vm/format/verify_priv.h"

// A call that waits for its callee to return.
struct waiting {
    struct waiting *next;
    uint32_t ins;
    uint32_t caller;
    bool last;  // a tail call: the caller returns with it
};

struct explorer {
    struct verifier *v;
    const bool *sound;
    struct waiting **waiting;  // per function
    uint8_t *seen;             // a bit per instruction
    uint32_t *todo;            // instructions to go on at: each label or call once at most
    uint32_t count;
};

bool verify_never_returns(const struct verifier *v, uint64_t index)
{
    static const struct {
        const char *name;
        uint32_t arity;
    } ends[] = {{"error", 1}, {"error", 2},     {"error", 3},    {"exit", 1},
                {"throw", 1}, {"nif_error", 1}, {"nif_error", 2}};
    const struct beam_import *import = &v->module->imports.at[index];
    struct wb_bytes name = beam_module_atom(v->module, import->function);
    if (!wb_bytes_equal(beam_module_atom(v->module, import->module), wb_bytes_of("erlang")))
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (import->arity == ends[i].arity && wb_bytes_equal(name, wb_bytes_of(ends[i].name)))
            return true;
    return false;
}

static void explore_later(struct explorer *e, uint32_t ins)
{
    if ((e->seen[ins / 8] >> ins % 8 & 1) != 0)
        return;
    e->todo[e->count++] = ins;
    e->seen[ins / 8] |= (uint8_t)(1u << ins % 8);
}

static void explore_label(struct explorer *e, const struct beam_operand *label)
{
    if (label->tag == BEAM_TAG_F && label->value != 0)
        explore_later(e, e->v->code->labels.at[label->value]);
}

static void explore_labels(struct explorer *e, const struct beam_ins *ins)
{
    const char *letters = beam_op_info(ins->op)->operands;
    for (unsigned i = 0; i < ins->count; i++) {
        const struct beam_operand *o = &ins->operand[i];
        if (strchr("fjez", letters[i]) != NULL)
            explore_label(e, o);
        else if (letters[i] == 'V' || letters[i] == 'T')
            for (uint32_t k = 1; k < o->extra; k += 2)
                explore_label(e, &o->list[k]);
    }
}

static void returns(struct explorer *e, uint32_t function);

static void take_up(struct explorer *e, const struct waiting *call)
{
    if (call->last)
        returns(e, call->caller);
    else
        explore_later(e, call->ins + 1);
}

// Chains of tail calls are as long as a file makes them: those woken are taken from a list, not by
// recursion.
static void returns(struct explorer *e, uint32_t function)
{
    if (e->v->returns[function])
        return;
    struct waiting *woken = e->waiting[function];
    e->v->returns[function] = true;
    e->waiting[function] = NULL;
    while (woken != NULL) {
        struct waiting *call = woken;
        woken = call->next;
        if (!call->last) {
            explore_later(e, call->ins + 1);
            continue;
        }
        if (e->v->returns[call->caller])
            continue;
        e->v->returns[call->caller] = true;
        struct waiting *more = e->waiting[call->caller];
        e->waiting[call->caller] = NULL;
        while (more != NULL) {
            struct waiting *next = more->next;
            more->next = woken;
            woken = more;
            more = next;
        }
    }
}

static void wait_for(struct explorer *e, uint32_t callee, struct waiting call)
{
    if (e->v->returns[callee]) {
        take_up(e, &call);
        return;
    }
    struct waiting *waiting = wb_push_array(&e->v->scratch, struct waiting, 1);
    *waiting = call;
    waiting->next = e->waiting[callee];
    e->waiting[callee] = waiting;
}

// Local calls wait; other ones that end a function return for it.
static bool explore_call(struct explorer *e, uint32_t i, uint32_t function)
{
    const struct beam_ins *ins = &e->v->code->ins.at[i];
    switch (ins->op) {
    case OP_call:
    case OP_call_last:
    case OP_call_only:
        wait_for(e, verify_callee(e->v, ins->operand[1].value),
                 (struct waiting){NULL, i, function, ins->op != OP_call});
        return false;
    case OP_call_ext:
        return !verify_never_returns(e->v, ins->operand[1].value);
    case OP_call_ext_last:
    case OP_call_ext_only:
        if (!verify_never_returns(e->v, ins->operand[1].value))
            returns(e, function);
        return false;
    case OP_apply_last:
    case OP_return:
        returns(e, function);
        return false;
    default:
        return ins->op != OP_raw_raise && beam_op_info(ins->op)->flow != BEAM_FLOW_STOP;
    }
}

static void explore(struct explorer *e, uint32_t i)
{
    const struct beam_code *code = e->v->code;
    const struct beam_function *here = beam_code_function_at(code, i);
    if (here == NULL || !e->sound[here - code->functions.at])
        return;
    for (;;) {
        explore_labels(e, &code->ins.at[i]);
        if (!explore_call(e, i, (uint32_t)(here - code->functions.at)) ||
            beam_never_goes_on(code, i) || ++i >= here->end)
            return;
        if ((e->seen[i / 8] >> i % 8 & 1) != 0)
            return;
        e->seen[i / 8] |= (uint8_t)(1u << i % 8);
    }
}

void verify_find_returns(struct verifier *v, const bool *sound)
{
    const struct beam_code *code = v->code;
    struct explorer e = {.v = v, .sound = sound};
    v->returns = wb_push_array(&v->scratch, bool, code->functions.count);
    e.waiting = wb_push_array(&v->scratch, struct waiting *, code->functions.count);
    e.seen = wb_push_array(&v->scratch, uint8_t, code->ins.count / 8 + 1);
    e.todo = wb_push_array(&v->scratch, uint32_t, code->ins.count);
    for (uint32_t i = 0; i < code->functions.count; i++) {
        if (!sound[i])
            returns(&e, i);
        else
            explore_later(&e, code->functions.at[i].entry);
    }
    while (e.count > 0)
        explore(&e, e.todo[--e.count]);
}
