// One instruction: operands are read, garbage is collected, labels are branched to, results are
// written, as its letters in opcodes.def say, unless verify_ops.c knows better.
#include "core-vm/format/verify_priv.h"

void verify_demand(struct verifier *v, bool holds)
{
    uint8_t bit = (uint8_t)(1u << v->ins % 8);
    v->demanding[v->ins / 8] |= bit;
    if (holds)
        return;
    v->verdict.proved[v->ins / 8] &= (uint8_t)~bit;
    verify_disturb(v);
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

static uint32_t use(struct verifier *v, uint32_t *left, uint32_t needed)
{
    verify_demand(v, needed <= *left);
    return needed <= *left ? *left - needed : 0;
}

void verify_use(struct verifier *v, struct room room)
{
    if (room.words > 0)
        v->now.room.words = use(v, &v->now.room.words, room.words);
    if (room.floats > 0)
        v->now.room.floats = use(v, &v->now.room.floats, room.floats);
    if (room.funs > 0)
        v->now.room.funs = use(v, &v->now.room.funs, room.funs);
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
        verify_fault(v, BEAM_RULE_UNSET, "fr%u", (unsigned)o->value);
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
            verify_write(v, &ins->operand[i], type_of(T_ANY));
    return true;
}

bool verify_step(struct verifier *v, const struct beam_ins *ins)
{
    if (v->now.caught && ins->op != OP_try_case && ins->op != OP_line) {
        verify_fault(v, BEAM_RULE_HANDLER, "a handler begins with something else than try_case");
        v->now.caught = false;
    }
    verify_fn *special = verify_special(ins->op);
    v->slots_changed = false;
    bool on = special != NULL ? special(v, ins) : step_plain(v, ins);
    if (on && v->slots_changed)
        verify_tell_handler(v);
    return on;
}
