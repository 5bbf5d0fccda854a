#include "rewriter/fuzz/second.h"

#include <string.h>

enum { REGISTERS = 1024, ARITIES = 256 };

struct look {
    const struct beam_module *module;
    const struct beam_code *code;
    const uint32_t *function_of;  // by label: index + 1 of the function it stands in; 0: nowhere
    const uint32_t *entry_of;     // by label: index + 1 of the function entered there; 0: none
    uint32_t function;            // index + 1 of the one being looked at
};

// A number as it is or as an index, whatever its tag.
static const char *tagged(const struct look *l, const struct beam_operand *o)
{
    switch ((enum beam_tag)o->tag) {
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        if (o->value >= REGISTERS)
            return "a register that does not exist";
        return o->extra != BEAM_NO_TYPE && l->module->types.version != 0 &&
                       o->extra >= l->module->types.count
                   ? "a type that does not exist"
                   : NULL;
    case BEAM_TAG_A:
        return o->value >= l->module->atoms.count ? "an atom that does not exist" : NULL;
    case BEAM_TAG_LITERAL:
        return o->value >= l->module->literals.count ? "a literal that does not exist" : NULL;
    case BEAM_TAG_F:
        return o->value >= l->code->labels.count ? "a label that does not exist" : NULL;
    case BEAM_TAG_U:
    case BEAM_TAG_I:
    case BEAM_TAG_H:
    case BEAM_TAG_BIG:
    case BEAM_TAG_LIST:
    case BEAM_TAG_FR:
    case BEAM_TAG_ALLOC:
        break;
    }
    return NULL;
}

static const char *branch(const struct look *l, const struct beam_operand *o)
{
    if (o->tag != BEAM_TAG_F || o->value == 0 || o->value >= l->code->labels.count)
        return NULL;  // said elsewhere
    return l->function_of[o->value] != l->function ? "a branch out of the function" : NULL;
}

static const char *call(const struct look *l, const struct beam_ins *ins, unsigned i)
{
    const struct beam_operand *o = &ins->operand[i];
    if (o->value >= l->code->labels.count || l->entry_of[o->value] == 0)
        return "a call of what is no function";
    const struct beam_function *function = &l->code->functions.at[l->entry_of[o->value] - 1];
    return function->arity != ins->operand[i - 1].value ? "a call with another arity" : NULL;
}

static const char *lettered(const struct look *l, const struct beam_ins *ins, unsigned i,
                            char letter)
{
    const struct beam_operand *o = &ins->operand[i];
    const struct beam_module *module = l->module;
    switch (letter) {
    case 'I':
        return o->value >= module->imports.count ? "an import that does not exist" : NULL;
    case 'g':
        return o->value >= module->lambdas.count ? "a fun that does not exist" : NULL;
    case 'i':
        return module->lines.count > 0 && o->value >= module->lines.count
                   ? "a line that does not exist"
                   : NULL;
    case 't':
        return o->value >= ARITIES ? "an arity that cannot be" : NULL;
    case 'n':
        return o->value > REGISTERS ? "more live registers than there are" : NULL;
    case 'L':
        return o->value >= l->code->labels.count ? "a label beyond the number of labels" : NULL;
    case 'c':
        return call(l, ins, i);
    case 'f':
    case 'j':
    case 'e':
    case 'z':
        return branch(l, o);
    case 'd':
    case 'S':
        return o->tag != BEAM_TAG_X && o->tag != BEAM_TAG_Y ? "no register where one must be"
                                                            : NULL;
    default:
        return NULL;
    }
}

static const char *look_at(const struct look *l, const struct beam_ins *ins)
{
    const char *operands = beam_op_info(ins->op)->operands, *wrong = NULL;
    for (unsigned i = 0; i < ins->count && wrong == NULL; i++) {
        const struct beam_operand *o = &ins->operand[i];
        wrong = tagged(l, o);
        if (wrong == NULL)
            wrong = lettered(l, ins, i, operands[i]);
        bool branches = strchr("VT", operands[i]) != NULL;
        for (uint32_t k = 0; o->tag == BEAM_TAG_LIST && k < o->extra && wrong == NULL; k++) {
            wrong = tagged(l, &o->list[k]);
            if (wrong == NULL && branches && k % 2 == 1)
                wrong = branch(l, &o->list[k]);
        }
    }
    return wrong;
}

static const char *look_at_tables(const struct look *l)
{
    for (uint32_t i = 0; i < l->module->exports.count; i++) {
        const struct beam_export *export = &l->module->exports.at[i];
        if (export->label >= l->code->labels.count || l->entry_of[export->label] == 0)
            return "an export of what is no function";
    }
    for (uint32_t i = 0; i < l->module->lambdas.count; i++)
        if (l->module->lambdas.at[i].label >= l->code->labels.count)
            return "a fun of what is no function";
    return NULL;
}

static void find_labels(const struct beam_code *code, uint32_t *function_of, uint32_t *entry_of)
{
    for (uint32_t f = 0; f < code->functions.count; f++) {
        const struct beam_function *function = &code->functions.at[f];
        for (uint32_t i = function->first; i < function->end; i++) {
            const struct beam_ins *ins = &code->ins.at[i];
            if (ins->op == OP_label && ins->operand[0].value < code->labels.count)
                function_of[ins->operand[0].value] = f + 1;
        }
        if (function->entry != BEAM_NO_INS && function->entry_label < code->labels.count)
            entry_of[function->entry_label] = f + 1;
    }
}

const char *rw_second_opinion(const struct beam_module *module, const struct beam_code *code,
                              struct wb_arena *arena)
{
    uint32_t *function_of = wb_push_array(arena, uint32_t, code->labels.count + 1u);
    uint32_t *entry_of = wb_push_array(arena, uint32_t, code->labels.count + 1u);
    struct look l = {
        .module = module, .code = code, .function_of = function_of, .entry_of = entry_of};
    find_labels(code, function_of, entry_of);
    const char *wrong = look_at_tables(&l);
    if (!code->ended)
        wrong = "code without an end";
    for (uint32_t f = 0; f < code->functions.count && wrong == NULL; f++) {
        const struct beam_function *function = &code->functions.at[f];
        l.function = f + 1;
        for (uint32_t i = function->first; i < function->end && wrong == NULL; i++)
            wrong = look_at(&l, &code->ins.at[i]);
    }
    return wrong;
}
