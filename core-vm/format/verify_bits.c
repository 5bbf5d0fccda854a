// Matching and building of bit strings.
#include <string.h>

#include "core-vm/format/verify_priv.h"

static bool need_context(struct verifier *v, const struct beam_operand *o)
{
    return verify_need_kinds(v, o, verify_read_any(v, o), T_CONTEXT);
}

// Where it fails, the source is neither a bit string nor a context.
static void start(struct verifier *v, const struct beam_operand *source, uint64_t label)
{
    verify_keep(v);
    if (verify_unlearn(v, source, type_of(&v->types, T_BITS | T_CONTEXT)))
        verify_branch(v, label);
    verify_put_back(v);
}

// The context of a source; a context stays what it is.
static bool started(struct verifier *v, const struct beam_operand *source,
                    const struct beam_operand *to)
{
    vtype context = type_of(&v->types, T_CONTEXT), either = type_of(&v->types, T_BITS | T_CONTEXT);
    if (!verify_learn(v, source, either))
        return false;
    const struct slot *slot = verify_slot(v, source);
    if (slot != NULL && slot->type == context && verify_name(v, source) != 0)
        verify_write_slot(v, to, *slot);
    else
        verify_write(v, to, context);
    return true;
}

static bool bs_start_match3(struct verifier *v, const struct beam_ins *ins)
{
    (void)verify_read_any(v, &ins->operand[1]);
    verify_collect(v, verify_u32(&ins->operand[2]), (struct room){0});
    start(v, &ins->operand[1], ins->operand[0].value);
    return started(v, &ins->operand[1], &ins->operand[3]);
}

// Instead of a label: no_fail, it is a bit string or a context; or resume, it is a context.
static bool bs_start_match4(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *fail = &ins->operand[0];
    vtype source = verify_read_any(v, &ins->operand[2]);
    bool possible = true;
    verify_collect(v, verify_u32(&ins->operand[1]), (struct room){0});
    if (fail->tag == BEAM_TAG_F)
        start(v, &ins->operand[2], fail->value);
    else if (verify_is_atom(v, fail, "no_fail"))
        possible = verify_need_kinds(v, &ins->operand[2], source, T_BITS | T_CONTEXT);
    else
        possible = verify_need_kinds(v, &ins->operand[2], source, T_CONTEXT);
    return possible && started(v, &ins->operand[2], &ins->operand[3]);
}

enum { SIGNED = 4, LAST_CHARACTER = 0x10FFFF };

static vtype got(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    switch (ins->op) {
    case OP_bs_get_integer2:
        return o[3].tag == BEAM_TAG_I && o[3].integer >= 0 && o[3].integer <= VERIFY_REGS
                   ? verify_bits_range(v, o[3].value * o[4].value, (o[5].value & SIGNED) != 0)
                   : v->types.integer;
    case OP_bs_get_utf8:
    case OP_bs_get_utf16:
    case OP_bs_get_utf32:
        return type_integer(&v->types, 0, LAST_CHARACTER);
    case OP_bs_get_float2:
        return type_of(&v->types, T_FLOAT);
    case OP_bs_get_binary2:
    case OP_bs_get_tail:
        return type_of(&v->types, T_BITS);
    default:
        return v->types.integer;
    }
}

// Label, context, then a size, live registers and a destination where the instruction has them.
static bool bs_get(struct verifier *v, const struct beam_ins *ins)
{
    const char *letters = beam_op_info(ins->op)->operands;
    bool possible = need_context(v, &ins->operand[1]);
    for (unsigned i = 2; i < ins->count; i++)
        if (letters[i] == 's')
            (void)verify_read(v, &ins->operand[i]);
    for (unsigned i = 2; i < ins->count; i++)
        if (letters[i] == 'n')
            verify_collect(v, verify_u32(&ins->operand[i]), (struct room){0});
    verify_branch(v, ins->operand[0].value);
    for (unsigned i = 2; i < ins->count; i++)
        if (letters[i] == 'd')
            verify_write(v, &ins->operand[i], got(v, ins));
    return possible;
}

static bool bs_get_tail(struct verifier *v, const struct beam_ins *ins)
{
    bool possible = need_context(v, &ins->operand[0]);
    verify_collect(v, verify_u32(&ins->operand[2]), (struct room){0});
    verify_write(v, &ins->operand[1], got(v, ins));
    return possible;
}

static bool bs_get_position(struct verifier *v, const struct beam_ins *ins)
{
    bool possible = need_context(v, &ins->operand[0]);
    struct slot slot = slot_of(v->types.integer);
    verify_relate(v, &slot, REL_POSITION, &ins->operand[0], 0);
    verify_collect(v, verify_u32(&ins->operand[2]), (struct room){0});
    verify_write_related(v, &ins->operand[1], slot);
    return possible;
}

// Reading goes on where the same context was before.
static bool bs_set_position(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[1];
    bool possible = need_context(v, &ins->operand[0]);
    vtype type = verify_read(v, o);
    const struct slot *position = verify_slot(v, o), *context = verify_slot(v, &ins->operand[0]);
    bool is = position != NULL && context != NULL && position->relation == REL_POSITION &&
              position->of == context->value && context->value != 0;
    bool may = (type_kinds(&v->types, type) & T_INT) != 0;
    verify_need(v, BEAM_RULE_POSITION, o, proof_of(is, may));
    return possible;
}

// Commands of bs_match: how many operands follow, and which of them are live registers, a size, a
// unit and a destination (0: none).
enum need { ENSURES, ENSURES_ALL, TAKES, LOOKS };
static const struct command {
    const char *name;
    uint8_t count, live, size, unit, to;
    enum need need;
    uint16_t kinds;
} commands[] = {
    {"ensure_at_least", 2, 0, 1, 0, 0, ENSURES, 0},
    {"ensure_exactly", 1, 0, 1, 0, 0, ENSURES, 0},
    {"skip", 1, 0, 1, 0, 0, TAKES, 0},
    {"integer", 5, 1, 3, 4, 5, TAKES, T_INT},
    {"binary", 5, 1, 3, 4, 5, TAKES, T_BITS},
    {"get_tail", 3, 1, 0, 0, 3, ENSURES_ALL, T_BITS},
    {"=:=", 3, 1, 2, 0, 0, TAKES, 0},
};

enum { MOST_COMPARED = 64 };

static bool is_number(const struct beam_operand *o, uint64_t limit)
{
    return (o->tag == BEAM_TAG_U || o->tag == BEAM_TAG_I) && o->value <= limit;
}

static bool is_whole_command(const struct command *c, const struct beam_operand *o)
{
    const struct beam_operand *to = o + c->to, *live = o + c->live;
    if (c->to != 0 && !(live->tag == BEAM_TAG_U && live->value <= VERIFY_REGS))
        return false;
    bool compares = c->need == TAKES && c->live != 0 && c->to == 0;
    if (c->size != 0 && !is_number(o + c->size, compares ? MOST_COMPARED : UINT32_MAX))
        return false;
    if (c->unit != 0 && !is_number(o + c->unit, 256))
        return false;
    return c->to == 0 || (beam_is_register(to) && to->value < VERIFY_REGS);
}

static const struct command *command_at(struct verifier *v, const struct beam_operand *list,
                                        uint32_t i)
{
    const struct beam_operand *o = &list->list[i];
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++)
        if (verify_is_atom(v, o, commands[c].name) && list->extra - i > commands[c].count &&
            is_whole_command(&commands[c], o))
            return &commands[c];
    verify_fault(v, BEAM_RULE_COMMAND, "element %u is none", i);
    return NULL;
}

// Bits that were made sure to be there are taken.
static void take_bits(struct verifier *v, const struct command *command,
                      const struct beam_operand *o, uint64_t *left)
{
    uint64_t bits = command->size != 0 ? o[command->size].value : 0;
    if (command->unit != 0)
        bits *= o[command->unit].value;
    if (command->need == ENSURES) {
        *left = bits;
        return;
    }
    if (command->need != TAKES)
        return;
    if (bits > *left)
        verify_fault(v, BEAM_RULE_ENSURE, "%s of %llu bits, %llu are sure", command->name,
                     (unsigned long long)bits, (unsigned long long)*left);
    *left -= bits < *left ? bits : *left;
}

// Where it fails, any of the destinations may have been written.
static bool bs_match(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[2];
    const struct command *command;
    uint64_t sure = 0;
    bool possible = need_context(v, &ins->operand[1]);
    for (uint32_t i = 0; i < list->extra; i += 1u + command->count) {
        command = command_at(v, list, i);
        if (command == NULL)
            return false;
        take_bits(v, command, &list->list[i], &sure);
        if (command->to != 0)
            verify_collect(v, verify_u32(&list->list[i + command->live]), (struct room){0});
        verify_branch(v, ins->operand[0].value);
        if (command->to != 0)
            verify_write(v, &list->list[i + command->to], type_of(&v->types, command->kinds));
    }
    verify_branch(v, ins->operand[0].value);
    return possible;
}

// Building by bs_create_bin.

// Nobody else has it: it is not on the stack, nor in a register that goes on to live.
static bool is_alone(struct verifier *v, const struct beam_operand *o)
{
    const struct slot *slot = verify_slot(v, o);
    if (slot == NULL || slot->value == 0)
        return slot != NULL;
    for (int32_t i = 0; i < v->now.frame; i++)
        if (v->now.y[i].value == slot->value && &v->now.y[i] != slot)
            return false;
    return true;
}

// What it was appended to must not be used any more.
static void spend(struct verifier *v, const struct beam_operand *o)
{
    const struct slot *slot = verify_slot(v, o);
    if (slot == NULL)
        return;
    uint32_t value = slot->value;
    if (o->tag == BEAM_TAG_X)
        v->now.x[o->value] = slot_of(TYPE_UNSET);
    for (uint32_t i = 0; i < v->now.nx && value != 0; i++)
        if (v->now.x[i].value == value)
            v->now.x[i] = slot_of(TYPE_UNSET);
}

static void need_writable(struct verifier *v, const struct beam_operand *o)
{
    vtype type = verify_read_any(v, o);
    bool is =
        v->types.at[type].kinds == T_BITS && v->types.at[type].writable != 0 && is_alone(v, o);
    bool may = (type_kinds(&v->types, type) & T_BITS) != 0;
    verify_need(v, BEAM_RULE_WRITABLE, o, proof_of(is, may));
}

static bool bs_create_bin(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[5], *grown = NULL;
    vtype result = type_of(&v->types, T_BITS);
    for (uint32_t i = 0; i < list->extra; i += BEAM_SEGMENT_PARTS) {
        const struct beam_operand *segment = &list->list[i];
        if (verify_is_atom(v, segment, "string"))
            continue;
        bool private = verify_is_atom(v, segment, "private_append");
        if (private || verify_is_atom(v, segment, "append"))
            result = type_writable(&v->types);
        if (private) {
            need_writable(v, &segment[4]);
            grown = &segment[4];
        } else {
            (void)verify_read(v, &segment[4]);
        }
        (void)verify_read(v, &segment[5]);
    }
    verify_collect(v, verify_u32(&ins->operand[2]), verify_room(&ins->operand[1]));
    verify_fail(v, &ins->operand[0]);
    if (grown != NULL)
        spend(v, grown);
    verify_write(v, &ins->operand[4], result);
    return true;
}

// Building by bs_put_ instructions.

// So much room there is now: an operand, in units.
static void make_room(struct verifier *v, const struct beam_operand *size, uint64_t unit)
{
    struct sum sum = {0};
    v->now.building = true;
    v->now.bits = verify_add(v, &sum, size, unit) ? verify_sum(v, &sum) : 0;
}

static bool bs_init(struct verifier *v, const struct beam_ins *ins)
{
    if (ins->operand[1].tag != BEAM_TAG_U)
        (void)verify_read(v, &ins->operand[1]);
    make_room(v, &ins->operand[1], ins->op == OP_bs_init2 ? 8 : 1);
    uint32_t room = v->now.bits;
    verify_collect(v, verify_u32(&ins->operand[3]), verify_room(&ins->operand[2]));
    verify_fail(v, &ins->operand[0]);
    verify_write(v, &ins->operand[5], type_of(&v->types, T_BITS));
    v->now.building = true;
    v->now.bits = room;
    return true;
}

static bool bs_append(struct verifier *v, const struct beam_ins *ins)
{
    bool private = ins->op == OP_bs_private_append;
    const struct beam_operand *binary = &ins->operand[private ? 3 : 5];
    (void)verify_read(v, &ins->operand[1]);
    make_room(v, &ins->operand[1], 1);
    if (private) {
        need_writable(v, binary);
    } else {
        (void)verify_read(v, binary);
        verify_collect(v, verify_u32(&ins->operand[3]), verify_room(&ins->operand[2]));
    }
    verify_fail(v, &ins->operand[0]);
    if (private)
        spend(v, binary);
    verify_write(v, &ins->operand[ins->count - 1], type_writable(&v->types));
    return true;
}

static bool put_literal(struct verifier *v, struct sum *sum, const struct beam_operand *o)
{
    if (o->tag != BEAM_TAG_LITERAL)
        return false;
    const struct beam_value *value = v->module->literals.at[o->value].value;
    if (value->kind != BEAM_BINARY || value->binary.bits > UINT32_MAX)
        return false;
    sum->constant += value->binary.bits;
    return true;
}

static bool is_all(const struct beam_operand *size)
{
    return size->tag == BEAM_TAG_A;
}

// What the instruction puts; false: that is not known.
static bool put_bits(struct verifier *v, const struct beam_ins *ins, struct sum *sum)
{
    const struct beam_operand *o = ins->operand;
    switch (ins->op) {
    case OP_bs_put_string:
        return verify_add(v, sum, &o[0], 8);
    case OP_bs_put_binary:
        if (is_all(&o[1]))
            return verify_slot(v, &o[4]) != NULL ? verify_measure(v, sum, &o[4], MEASURE_BITS, 1)
                                                 : put_literal(v, sum, &o[4]);
        return verify_add(v, sum, &o[1], o[2].value);
    case OP_bs_put_integer:
    case OP_bs_put_float:
        return verify_add(v, sum, &o[1], o[2].value);
    case OP_bs_put_utf8:
        return verify_measure(v, sum, &o[2], MEASURE_UTF8, 8);
    case OP_bs_put_utf16:
        return verify_measure(v, sum, &o[2], MEASURE_UTF16, 8);
    default:
        sum->constant += 32;
        return true;
    }
}

static bool bs_put(struct verifier *v, const struct beam_ins *ins)
{
    const char *letters = beam_op_info(ins->op)->operands;
    struct sum sum = {0};
    bool fits = v->now.building && put_bits(v, ins, &sum) && verify_use_bits(v, &sum);
    verify_need(v, BEAM_RULE_BUILD, NULL, proof_of(fits, v->now.building));
    for (unsigned i = 0; i < ins->count; i++)
        if (letters[i] == 's')
            (void)verify_read(v, &ins->operand[i]);
    if (letters[0] == 'j')
        verify_fail(v, &ins->operand[0]);
    return true;
}

static bool bs_init_writable(struct verifier *v, const struct beam_ins *ins)
{
    (void)ins;
    verify_args(v, 1, false);
    verify_collect(v, 1, (struct room){0});
    v->now.nx = 0;
    verify_write(v, &(struct beam_operand){.tag = BEAM_TAG_X}, type_writable(&v->types));
    return true;
}

static bool bs_size(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    struct slot slot = slot_of(v->types.integer);
    struct sum sum = {0};
    bool known;
    (void)verify_read(v, &o[1]);
    if (ins->op == OP_bs_add) {
        (void)verify_read(v, &o[2]);
        known = verify_add(v, &sum, &o[1], 1) && verify_add(v, &sum, &o[2], o[3].value);
    } else {
        bool wide = ins->op == OP_bs_utf16_size;
        known = verify_measure(v, &sum, &o[1], wide ? MEASURE_UTF16 : MEASURE_UTF8, 1);
    }
    if (known)
        verify_relate_sum(v, &slot, &sum);
    verify_fail(v, &o[0]);
    verify_write_related(v, &o[ins->count - 1], slot);
    return true;
}

static verify_fn *const specials[BEAM_OP_LIMIT] = {
    [OP_bs_start_match3] = bs_start_match3,
    [OP_bs_start_match4] = bs_start_match4,
    [OP_bs_get_integer2] = bs_get,
    [OP_bs_get_float2] = bs_get,
    [OP_bs_get_binary2] = bs_get,
    [OP_bs_get_utf8] = bs_get,
    [OP_bs_get_utf16] = bs_get,
    [OP_bs_get_utf32] = bs_get,
    [OP_bs_skip_bits2] = bs_get,
    [OP_bs_skip_utf8] = bs_get,
    [OP_bs_skip_utf16] = bs_get,
    [OP_bs_skip_utf32] = bs_get,
    [OP_bs_test_tail2] = bs_get,
    [OP_bs_test_unit] = bs_get,
    [OP_bs_match_string] = bs_get,
    [OP_bs_get_tail] = bs_get_tail,
    [OP_bs_get_position] = bs_get_position,
    [OP_bs_set_position] = bs_set_position,
    [OP_bs_match] = bs_match,
    [OP_bs_create_bin] = bs_create_bin,
    [OP_bs_init2] = bs_init,
    [OP_bs_init_bits] = bs_init,
    [OP_bs_append] = bs_append,
    [OP_bs_private_append] = bs_append,
    [OP_bs_put_integer] = bs_put,
    [OP_bs_put_binary] = bs_put,
    [OP_bs_put_float] = bs_put,
    [OP_bs_put_string] = bs_put,
    [OP_bs_put_utf8] = bs_put,
    [OP_bs_put_utf16] = bs_put,
    [OP_bs_put_utf32] = bs_put,
    [OP_bs_init_writable] = bs_init_writable,
    [OP_bs_add] = bs_size,
    [OP_bs_utf8_size] = bs_size,
    [OP_bs_utf16_size] = bs_size,
};

verify_fn *verify_special_bits(uint8_t op)
{
    return specials[op];
}
