#include <string.h>

#include "rewriter/fuzz/generate.h"
#include "rewriter/fuzz/mutate_priv.h"

enum { MOST_LABELS = 5000, MORE_ARGUMENTS = 120 };

// Behind an instruction that goes on, in the body of a function; where anything may be inserted
// that changes no register. 0: there is no such place.
static uint32_t choose_place(struct rw_mutate *m, const struct rw_edit *edit)
{
    for (int i = 0; i < 50; i++) {
        uint32_t at = (uint32_t)rw_below(&m->random, edit->count);
        if (edit->at[at].op == OP_label && at > 0 && edit->at[at - 1].op == OP_func_info)
            return at + 1;
        if (edit->at[at].op == OP_move)
            return at;
    }
    return 0;
}

// A move one of whose operands is of that kind, at random; NULL: none was met.
static struct beam_ins *choose_move(struct rw_mutate *m, const struct rw_edit *edit,
                                    unsigned operand, enum beam_tag tag)
{
    for (int i = 0; i < 50; i++) {
        struct beam_ins *ins = &edit->at[rw_below(&m->random, edit->count)];
        if (ins->op == OP_move && ins->operand[operand].tag == tag)
            return ins;
    }
    return NULL;
}

// The register that a move nearby has just set is set for sure.
bool mutate_valid_moves(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    const struct beam_ins *ins = choose_move(m, &edit, 1, BEAM_TAG_X);
    if (ins == NULL)
        return false;
    struct beam_operand reg = RW_X(ins->operand[1].value);
    rw_edit_insert(&edit, (uint32_t)(ins - edit.at) + 1, rw_ins(m, OP_move, rw_ops(reg, reg)));
    rw_edit_emit(m, &edit, out);
    return true;
}

bool mutate_valid_jumps(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    uint32_t at = choose_place(m, &edit);
    if (at == 0)
        return false;
    uint32_t label = edit.labels++;
    rw_edit_insert(&edit, at, rw_ins(m, OP_label, rw_ops(RW_U(label))));
    rw_edit_insert(&edit, at, rw_ins(m, OP_jump, rw_ops(RW_F(label))));
    rw_edit_emit(m, &edit, out);
    return true;
}

// Functions are found by their labels, wherever they stand.
bool mutate_valid_order(struct rw_mutate *m, struct wb_text *out)
{
    const struct rw_seed *seed = rw_seed_of(m);
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit) || seed->code.functions.count < 2)
        return false;
    uint32_t count = seed->code.functions.count;
    uint32_t a = (uint32_t)rw_below(&m->random, count), b = (uint32_t)rw_below(&m->random, count);
    uint32_t n = seed->code.functions.at[0].first;
    for (uint32_t i = 0; i < count; i++) {
        const struct beam_function *f = &seed->code.functions.at[i == a ? b : i == b ? a : i];
        memcpy(&edit.at[n], &seed->code.ins.at[f->first], (f->end - f->first) * sizeof *edit.at);
        n += f->end - f->first;
    }
    rw_edit_emit(m, &edit, out);
    return true;
}

static void shift_label(struct beam_operand *operand, const bool *own, uint32_t labels, uint32_t by)
{
    if (operand->value < labels && own[operand->value])
        operand->value += by;
    operand->width[0] = 0;
}

static void shift_list(struct rw_mutate *m, struct beam_operand *list, const bool *own,
                       uint32_t labels, uint32_t by)
{
    struct beam_operand *mine = rw_elements(m, list, 0);
    for (uint32_t i = 0; i < list->extra; i++)
        if (mine[i].tag == BEAM_TAG_F)
            shift_label(&mine[i], own, labels, by);
}

static struct beam_ins shifted(struct rw_mutate *m, struct beam_ins ins, const bool *own,
                               const struct rw_edit *edit)
{
    struct beam_operand *operand = rw_operands(m, &ins);
    for (unsigned i = 0; i < ins.count; i++) {
        if (operand[i].tag == BEAM_TAG_F || (ins.op == OP_label && i == 0))
            shift_label(&operand[i], own, edit->labels, edit->labels);
        else if (operand[i].tag == BEAM_TAG_LIST)
            shift_list(m, &operand[i], own, edit->labels, edit->labels);
    }
    return ins;
}

// The same function once more, with labels of its own, called by nobody. It has the first one's
// name, and arguments that it does not look at.
bool mutate_valid_double(struct rw_mutate *m, struct wb_text *out)
{
    const struct rw_seed *seed = rw_seed_of(m);
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit) || seed->code.functions.count == 0)
        return false;
    const struct beam_function *f =
        &seed->code.functions.at[rw_below(&m->random, seed->code.functions.count)];
    bool *own = wb_push_array(&m->arena, bool, edit.labels + 1u);
    for (uint32_t i = f->first; i < f->end; i++) {
        const struct beam_ins *ins = &seed->code.ins.at[i];
        if (ins->op == OP_label && ins->operand[0].value < edit.labels)
            own[ins->operand[0].value] = true;
    }
    if (f->arity > MORE_ARGUMENTS || f->end - f->first > RW_EDIT_ROOM || edit.labels > MOST_LABELS)
        return false;
    for (uint32_t i = f->first; i < f->end; i++) {
        struct beam_ins ins = seed->code.ins.at[i];
        if (ins.op == OP_line)
            continue;  // the table says how many there are
        ins = shifted(m, ins, own, &edit);
        if (i == f->info)
            rw_operands(m, &ins)[2] = RW_U(MORE_ARGUMENTS + rw_below(&m->random, MORE_ARGUMENTS));
        rw_edit_insert(&edit, edit.count, ins);
    }
    edit.labels *= 2;
    edit.functions++;
    rw_edit_emit(m, &edit, out);
    return true;
}

bool mutate_valid_numbers(struct rw_mutate *m, struct wb_text *out)
{
    struct rw_edit edit;
    if (!rw_edit_begin(m, &edit))
        return false;
    struct beam_ins *ins = choose_move(m, &edit, 0, BEAM_TAG_I);
    if (ins == NULL)
        return false;
    rw_operands(m, ins)[0] = RW_I(rw_special(&m->random));
    rw_edit_emit(m, &edit, out);
    return true;
}

bool mutate_generated(struct rw_mutate *m, struct wb_text *out)
{
    struct wb_error *err = rw_generate(rw_below(&m->random, UINT32_MAX), out);
    bool made = err == NULL;
    wb_error_free(err);
    return made;
}
