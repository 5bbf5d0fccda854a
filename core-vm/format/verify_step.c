// One instruction: operands are read, garbage is collected, labels are branched to, results are
// written, as its letters in opcodes.def say, unless verify_ops.c knows better.
#include "core-vm/format/verify_priv.h"

bool verify_need_kinds_by(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                          vtype type, unsigned kinds)
{
    bool may = (type_kinds(&v->types, type) & kinds) != 0 || type == TYPE_NONE;
    verify_need(v, rule, o, proof_of(type_is(&v->types, type, kinds), may));
    return may;
}

bool verify_need_kinds(struct verifier *v, const struct beam_operand *o, vtype type, unsigned kinds)
{
    return verify_need_kinds_by(v, BEAM_RULE_TYPE, o, type, kinds);
}

void verify_disturb(struct verifier *v)
{
    if (v->now.receiving == 0)
        return;
    uint32_t loop_rec = v->now.receiving - 1;
    v->verdict.proved[loop_rec / 8] &= (uint8_t) ~(1u << loop_rec % 8);
}

void verify_fail(struct verifier *v, const struct beam_operand *label)
{
    if (label->value != 0)
        verify_branch(v, label->value);
    else
        verify_disturb(v);
}

static uint32_t use(struct verifier *v, uint32_t left, uint32_t needed, const char *what)
{
    if (needed <= left)
        return left - needed;
    verify_fault(v, BEAM_RULE_HEAP, "%u %s are needed and %u left", needed, what, left);
    return 0;
}

void verify_use(struct verifier *v, struct room room)
{
    v->now.room.words = use(v, v->now.room.words, room.words, "words");
    v->now.room.floats = use(v, v->now.room.floats, room.floats, "floats");
    v->now.room.funs = use(v, v->now.room.funs, room.funs, "funs");
}

struct room verify_room(const struct beam_operand *need)
{
    struct room room = {0};
    if (need->tag == BEAM_TAG_U)
        room.words = verify_u32(need);
    for (uint32_t i = 0; need->tag == BEAM_TAG_ALLOC && i < need->extra; i += 2) {
        uint32_t count = verify_u32(&need->list[i + 1]);
        if (need->list[i].value == BEAM_ALLOC_WORDS)
            room.words += count;
        else if (need->list[i].value == BEAM_ALLOC_FLOATS)
            room.floats += count;
        else
            room.funs += count;
    }
    return room;
}

static void read_list(struct verifier *v, const struct beam_operand *list, char letter)
{
    for (uint32_t i = 0; i < list->extra; i++) {
        const struct beam_operand *o = &list->list[i];
        bool source = letter == 'P' || letter == 'H' || letter == 'E' ||
                      ((letter == 'G') && i % 2 == 0) || ((letter == 'U') && i % 2 == 1);
        if (source)
            (void)verify_read(v, o);
    }
}

static void read_float(struct verifier *v, const struct beam_operand *o)
{
    if ((v->now.floats >> o->value & 1) == 0)
        verify_fault(v, BEAM_RULE_FLOAT, "fr%u", (unsigned)o->value);
    v->now.floats |= 1ull << o->value;
}

static void read_operand(struct verifier *v, const struct beam_operand *o, char letter)
{
    switch (letter) {
    case 's':
    case 'S':
        (void)verify_read(v, o);
        break;
    case 'w':
        if (o->tag != BEAM_TAG_U)
            (void)verify_read(v, o);
        break;
    case 'P':
    case 'H':
    case 'G':
    case 'E':
    case 'U':
        read_list(v, o, letter);
        break;
    default:
        break;
    }
}

// All float registers but the last are sources, where an instruction has any.
static void step_floats(struct verifier *v, const struct beam_ins *ins)
{
    const char *letters = beam_op_info(ins->op)->operands;
    for (unsigned i = 0; i < ins->count; i++)
        if (letters[i] == 'l' && i + 1 < ins->count)
            read_float(v, &ins->operand[i]);
    for (unsigned i = 0; i < ins->count; i++)
        if (letters[i] == 'l' && i + 1 == ins->count)
            v->now.floats |= 1ull << ins->operand[i].value;
}

static bool step_plain(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    for (unsigned i = 0; i < ins->count; i++)
        read_operand(v, &ins->operand[i], info->operands[i]);
    step_floats(v, ins);
    for (unsigned i = 0; i < ins->count; i++)
        if (info->operands[i] == 'n')
            verify_collect(v, verify_u32(&ins->operand[i]), (struct room){0});
    for (unsigned i = 0; i < ins->count; i++)
        if (info->operands[i] == 'f' || info->operands[i] == 'j')
            verify_fail(v, &ins->operand[i]);
    if (info->flow == BEAM_FLOW_STOP)
        return false;
    for (unsigned i = 0; i < ins->count; i++)
        if (info->operands[i] == 'd')
            verify_write(v, &ins->operand[i], TYPE_ANY);
    return true;
}

static void check_claim(struct verifier *v, const struct beam_operand *o)
{
    if (!beam_is_register(o) || o->extra >= v->module->types.count)
        return;
    const struct beam_type *claim = &v->module->types.at[o->extra];
    vtype type = verify_type(v, o);
    if (type == TYPE_UNSET || type == TYPE_NONE)
        return;
    struct beam_type known = verify_as_claim(v, type);
    verify_need(v, BEAM_RULE_CLAIM, o,
                proof_of(beam_type_within(&known, claim), (known.bits & claim->bits) != 0));
}

static void check_claims(struct verifier *v, const struct beam_ins *ins)
{
    for (unsigned i = 0; i < ins->count; i++) {
        const struct beam_operand *o = &ins->operand[i];
        check_claim(v, o);
        for (uint32_t k = 0; o->tag == BEAM_TAG_LIST && k < o->extra; k++)
            check_claim(v, &o->list[k]);
    }
}

bool verify_step(struct verifier *v, const struct beam_ins *ins)
{
    if (v->now.caught && ins->op != OP_try_case && ins->op != OP_line) {
        verify_fault(v, BEAM_RULE_CAUGHT, "it begins with something else than try_case");
        v->now.caught = false;
    }
    if (v->explaining && v->options->known)
        verify_note_known(v);
    if (v->options->whole && v->module->types.understood)
        check_claims(v, ins);
    verify_fn *special = verify_special(ins->op);
    v->slots_changed = false;
    v->written = 0;
    v->named = 0;
    bool on = special != NULL ? special(v, ins) : step_plain(v, ins);
    if (on && v->slots_changed)
        verify_tell_handler(v);
    return on;
}
