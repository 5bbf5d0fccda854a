#include "rewriter/types.h"

#include "rewriter/unit_priv.h"

// Of a label: the number of what is behind it.
static uint32_t number(struct rw_ins *ins, struct rw_ins *last, uint32_t from)
{
    for (; ins != NULL; ins = ins->next)
        ins->mark = from++;
    for (ins = last; ins != NULL; ins = ins->prev)
        if (ins->op == OP_label && ins->next != NULL)
            ins->mark = ins->next->mark;
    return from;
}

static void number_all(struct rw_unit *unit)
{
    uint32_t next = number(unit->before, NULL, 0);
    for (struct rw_function *f = unit->first; f != NULL; f = f->next)
        next = number(f->first, f->last, next);
}

struct wb_error *rw_types(struct rw_unit *unit, struct wb_arena *arena, struct rw_types *ret)
{
    static const struct beam_verify_options options = {.whole = true, .known = true};
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    rw_unit_build(unit, arena, &module, &code);
    beam_verify_with(&module, &code, &options, arena, &verdict);
    WB_TRY(rw_first_fault(&module, &code, &verdict, BEAM_RULE_CLAIM));
    number_all(unit);
    *ret = (struct rw_types){verdict.known};
    return NULL;
}

const struct beam_before *rw_before(const struct rw_types *types, const struct rw_ins *ins)
{
    const struct beam_before *before = &types->known.before[ins->mark];
    return before->reached ? before : NULL;
}

const struct beam_type *rw_type_before(const struct rw_types *types, const struct rw_ins *ins,
                                       const struct beam_operand *reg)
{
    const struct beam_before *before = rw_before(types, ins);
    if (before == NULL || reg->value >= (reg->tag == BEAM_TAG_X ? before->x : before->y))
        return NULL;
    uint64_t at = before->held + (reg->tag == BEAM_TAG_X ? 0 : before->x) + reg->value;
    const struct beam_type *type = &types->known.types[types->known.held[at]];
    return type->bits != 0 ? type : NULL;
}
