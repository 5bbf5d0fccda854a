// Matching and building of bit strings.
#include <string.h>

#include "core-vm/format/verify_priv.h"

enum { SEGMENT_PARTS = 6 };

static void need_context(struct verifier *v, const struct beam_operand *o)
{
    verify_demand(v, verify_is(verify_read_any(v, o), T_CONTEXT));
}

// Where it fails, the source is neither a bit string nor a context.
static void start(struct verifier *v, const struct beam_operand *source, uint64_t label)
{
    verify_keep(v, source);
    verify_unlearn(v, source, T_BITS | T_CONTEXT);
    verify_branch(v, label);
    verify_put_back(v);
}

static bool bs_start_match3(struct verifier *v, const struct beam_ins *ins)
{
    (void)verify_read_any(v, &ins->operand[1]);
    verify_collect(v, verify_u32(&ins->operand[2]), (struct room){0});
    start(v, &ins->operand[1], ins->operand[0].value);
    verify_write(v, &ins->operand[3], type_of(T_CONTEXT));
    return true;
}

// Instead of a label: no_fail, it is a bit string or a context; or resume, it is a context.
static bool bs_start_match4(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *fail = &ins->operand[0];
    struct type source = verify_read_any(v, &ins->operand[2]);
    verify_collect(v, verify_u32(&ins->operand[1]), (struct room){0});
    if (fail->tag == BEAM_TAG_F)
        start(v, &ins->operand[2], fail->value);
    else if (wb_bytes_equal(beam_module_atom(v->module, fail->value), wb_bytes_of("no_fail")))
        verify_demand(v, verify_is(source, T_BITS | T_CONTEXT));
    else
        verify_demand(v, verify_is(source, T_CONTEXT));
    verify_write(v, &ins->operand[3], type_of(T_CONTEXT));
    return true;
}

static struct type got(uint8_t op)
{
    switch (op) {
    case OP_bs_get_float2:
        return type_of(T_FLOAT);
    case OP_bs_get_binary2:
    case OP_bs_get_tail:
        return type_of(T_BITS);
    default:
        return type_of(T_INT);
    }
}

// Label, context, then a size, live registers and a destination where the instruction has them.
static bool bs_get(struct verifier *v, const struct beam_ins *ins)
{
    const char *letters = beam_op_info(ins->op)->operands;
    need_context(v, &ins->operand[1]);
    for (unsigned i = 2; i < ins->count; i++)
        if (letters[i] == 's')
            (void)verify_read(v, &ins->operand[i]);
    for (unsigned i = 2; i < ins->count; i++)
        if (letters[i] == 'n')
            verify_collect(v, verify_u32(&ins->operand[i]), (struct room){0});
    verify_branch(v, ins->operand[0].value);
    for (unsigned i = 2; i < ins->count; i++)
        if (letters[i] == 'd')
            verify_write(v, &ins->operand[i], got(ins->op));
    return true;
}

static bool bs_get_tail(struct verifier *v, const struct beam_ins *ins)
{
    need_context(v, &ins->operand[0]);
    verify_collect(v, verify_u32(&ins->operand[2]), (struct room){0});
    verify_write(v, &ins->operand[1], got(ins->op));
    return true;
}

static bool bs_set_position(struct verifier *v, const struct beam_ins *ins)
{
    need_context(v, &ins->operand[0]);
    verify_demand(v, verify_is(verify_read(v, &ins->operand[1]), T_INT));
    return true;
}

// Commands of bs_match: how many operands follow, and which of them are live registers and a
// destination (0: none).
static const struct command {
    const char *name;
    uint8_t count, live, to;
    uint16_t kinds;
} commands[] = {
    {"ensure_at_least", 2, 0, 0, 0},
    {"ensure_exactly", 1, 0, 0, 0},
    {"skip", 1, 0, 0, 0},
    {"integer", 5, 1, 5, T_INT},
    {"binary", 5, 1, 5, T_BITS},
    {"get_tail", 3, 1, 3, T_BITS},
    {"=:=", 3, 0, 0, 0},
};

static const struct command *command_at(struct verifier *v, const struct beam_operand *list,
                                        uint32_t i)
{
    const struct beam_operand *o = &list->list[i];
    struct wb_bytes name =
        o->tag == BEAM_TAG_A ? beam_module_atom(v->module, o->value) : (struct wb_bytes){0};
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        if (!wb_bytes_equal(name, wb_bytes_of(commands[c].name)))
            continue;
        bool whole = list->extra - i > commands[c].count;
        const struct beam_operand *live = o + commands[c].live, *to = o + commands[c].to;
        if (whole &&
            (commands[c].live == 0 || (live->tag == BEAM_TAG_U && live->value <= VERIFY_REGS)) &&
            (commands[c].to == 0 ||
             ((to->tag == BEAM_TAG_X || to->tag == BEAM_TAG_Y) && to->value < VERIFY_REGS)))
            return &commands[c];
    }
    verify_fault(v, BEAM_RULE_LIST, "element %u is no command of bs_match", i);
    return NULL;
}

// Where it fails, any of the destinations may have been written.
static bool bs_match(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[2];
    const struct command *command;
    need_context(v, &ins->operand[1]);
    for (uint32_t i = 0; i < list->extra; i += 1u + command->count) {
        command = command_at(v, list, i);
        if (command == NULL)
            return true;
        if (command->live != 0)
            verify_collect(v, verify_u32(&list->list[i + command->live]), (struct room){0});
        verify_branch(v, ins->operand[0].value);
        if (command->to != 0)
            verify_write(v, &list->list[i + command->to], type_of(command->kinds));
    }
    verify_branch(v, ins->operand[0].value);
    return true;
}

static bool is_string(const struct verifier *v, const struct beam_operand *segment)
{
    return wb_bytes_equal(beam_module_atom(v->module, segment->value), wb_bytes_of("string"));
}

static bool bs_create_bin(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[5];
    for (uint32_t i = 0; i < list->extra; i += SEGMENT_PARTS) {
        if (is_string(v, &list->list[i]))
            continue;
        (void)verify_read(v, &list->list[i + 4]);
        (void)verify_read(v, &list->list[i + 5]);
    }
    verify_collect(v, verify_u32(&ins->operand[2]), verify_room(&ins->operand[1]));
    verify_fail(v, &ins->operand[0]);
    verify_write(v, &ins->operand[4], type_of(T_BITS));
    return true;
}

static bool bs_init(struct verifier *v, const struct beam_ins *ins)
{
    if (ins->operand[1].tag != BEAM_TAG_U)
        (void)verify_read(v, &ins->operand[1]);
    verify_collect(v, verify_u32(&ins->operand[3]), verify_room(&ins->operand[2]));
    verify_fail(v, &ins->operand[0]);
    verify_write(v, &ins->operand[5], type_of(T_BITS));
    v->now.building = true;
    return true;
}

static bool bs_append(struct verifier *v, const struct beam_ins *ins)
{
    bool private = ins->op == OP_bs_private_append;
    (void)verify_read(v, &ins->operand[1]);
    (void)verify_read(v, &ins->operand[private ? 3 : 5]);
    if (!private)
        verify_collect(v, verify_u32(&ins->operand[3]), verify_room(&ins->operand[2]));
    verify_fail(v, &ins->operand[0]);
    verify_write(v, &ins->operand[ins->count - 1], type_of(T_BITS));
    v->now.building = true;
    return true;
}

// Whether there is room is for the machine to see; that there is a binary is proved here.
static bool bs_put(struct verifier *v, const struct beam_ins *ins)
{
    const char *letters = beam_op_info(ins->op)->operands;
    verify_demand(v, v->now.building);
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
    v->now.nx = 1;
    v->now.x[0] = type_of(T_BITS);
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
    [OP_bs_get_position] = bs_get_tail,
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
};

verify_fn *verify_special_bits(uint8_t op)
{
    return specials[op];
}
