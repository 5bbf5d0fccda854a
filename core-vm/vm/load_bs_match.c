// Matching instructions of bit strings as operations: constant sizes are worked out here.
#include "core-vm/vm/load_priv.h"
#include "core-vm/vm/op_bs_priv.h"

enum { SHORT_BITS = 59 };  // what always fits a small integer, signed or not

static uint64_t how_word(uint64_t live, uint64_t need, uint64_t flags, uint64_t unit)
{
    return live | need << 16 | flags << 32 | unit << 48;
}

// Begin an operation on the context register `o`; unproved ones look first whether it is one.
static void emit_on_context(struct vm_load *l, enum vm_op_name op, const struct beam_operand *o,
                            uint64_t fail)
{
    uint32_t reg = vm_load_reg(o);
    if (!vm_load_proved(l, l->ins))
        vm_emit(l, VM_OP_bs_context, reg, 0, 0);
    vm_emit(l, op, reg, 0, 0);
    vm_emit_jump(l, fail);
}

// The number of bits of a segment whose size is a constant; UINT64_MAX: it is none.
static uint64_t constant_bits(const struct beam_operand *size, uint64_t unit)
{
    if (size->tag != BEAM_TAG_I || size->integer < 0 || size->integer >= 1 << 20)
        return UINT64_MAX;
    return (uint64_t)size->integer * unit;
}

static bool is_all(const struct vm_load *l, const struct beam_operand *size)
{
    return size->tag == BEAM_TAG_A && l->atoms[size->value] == VM_AM(all);
}

// Units and flags are at most 256 in what compilers emit.
static bool sane(struct vm_load *l, uint64_t live, uint64_t unit, uint64_t flags)
{
    if (live <= VM_X_REGS && unit <= 256 && flags <= 31)
        return true;
    vm_load_fail(l, wb_error_new(WB_E_BAD_DATA, "instruction %u: segment of unit %llu", l->ins,
                                 (unsigned long long)unit));
    return false;
}

static uint32_t start_match(struct vm_load *l, uint64_t fail, const struct beam_operand *o)
{
    vm_emit(l, VM_OP_bs_start_match, 0, 0, 0);
    vm_emit_jump(l, fail);
    vm_emit_word(l, how_word(o[0].value, VM_MATCH_WORDS, 0, 0));
    vm_emit_source(l, &o[1]);
    vm_emit_word(l, vm_load_reg_word(&o[2]));
    return 1;
}

uint32_t vm_load_bs_start_match3(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    return start_match(l, o[0].value, (const struct beam_operand[]){o[2], o[1], o[3]});
}

uint32_t vm_load_bs_start_match4(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    return start_match(l, o[0].tag == BEAM_TAG_F ? o[0].value : 0, o + 1);
}

// A segment that is read into a register.
struct segment {
    const struct beam_operand *context, *size, *to;
    uint64_t fail, live, unit, flags;
};

static struct segment segment_of(const struct beam_operand *o)
{
    return (struct segment){.fail = o[0].value,
                            .context = &o[1],
                            .live = o[2].value,
                            .size = &o[3],
                            .unit = o[4].value,
                            .flags = o[5].value,
                            .to = &o[6]};
}

static void emit_segment(struct vm_load *l, enum vm_op_name op, const struct segment *s,
                         uint64_t need)
{
    emit_on_context(l, op, s->context, s->fail);
    vm_emit_word(l, how_word(s->live, need, s->flags, s->unit));
    vm_emit_source(l, s->size);
    vm_emit_word(l, vm_load_reg_word(s->to));
}

static void get_integer(struct vm_load *l, const struct segment *s)
{
    if (!sane(l, s->live, s->unit, s->flags))
        return;
    uint64_t bits = constant_bits(s->size, s->unit);
    if (bits == 8 && (s->flags & VM_SEGMENT_SIGNED) == 0) {
        emit_on_context(l, VM_OP_bs_get_byte, s->context, s->fail);
        vm_emit_word(l, vm_load_reg_word(s->to));
    } else if (bits <= SHORT_BITS) {
        emit_on_context(l, VM_OP_bs_get_short, s->context, s->fail);
        vm_emit_word(l, bits | s->flags << 32);
        vm_emit_word(l, vm_load_reg_word(s->to));
    } else {
        emit_segment(l, VM_OP_bs_get_integer, s, bits < 32768 ? bits / 64 + 3 : 32);
    }
}

uint32_t vm_load_bs_get_integer(struct vm_load *l, const struct beam_ins *ins)
{
    struct segment s = segment_of(ins->operand);
    get_integer(l, &s);
    return 1;
}

uint32_t vm_load_bs_get_float(struct vm_load *l, const struct beam_ins *ins)
{
    struct segment s = segment_of(ins->operand);
    if (sane(l, s.live, s.unit, s.flags))
        emit_segment(l, VM_OP_bs_get_float, &s, 2);
    return 1;
}

static void get_all(struct vm_load *l, enum vm_op_name op, const struct segment *s)
{
    emit_on_context(l, op, s->context, s->fail);
    vm_emit_word(l, how_word(s->live, VM_SUB_WORDS, 0, s->unit));
    vm_emit_word(l, VM_NIL);
    vm_emit_word(l, vm_load_reg_word(s->to));
}

static void get_binary(struct vm_load *l, const struct segment *s)
{
    if (!sane(l, s->live, s->unit, s->flags))
        return;
    if (is_all(l, s->size))
        get_all(l, VM_OP_bs_get_all, s);
    else
        emit_segment(l, VM_OP_bs_get_binary, s, VM_SUB_WORDS);
}

uint32_t vm_load_bs_get_binary(struct vm_load *l, const struct beam_ins *ins)
{
    struct segment s = segment_of(ins->operand);
    get_binary(l, &s);
    return 1;
}

uint32_t vm_load_bs_get_tail(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    struct segment s = {.context = &o[0], .to = &o[1], .live = o[2].value, .unit = 1};
    if (sane(l, s.live, 1, 0))
        get_all(l, VM_OP_bs_get_tail, &s);
    return 1;
}

static enum vm_op_name utf_op(uint8_t generic)
{
    if (generic == OP_bs_get_utf8 || generic == OP_bs_skip_utf8)
        return VM_OP_bs_get_utf8;
    return generic == OP_bs_get_utf16 || generic == OP_bs_skip_utf16 ? VM_OP_bs_get_utf16
                                                                     : VM_OP_bs_get_utf32;
}

uint32_t vm_load_bs_get_utf(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    emit_on_context(l, utf_op(ins->op), &o[1], o[0].value);
    vm_emit_word(l, o[3].value & 31);
    vm_emit_word(l, ins->count > 4 ? vm_load_reg_word(&o[4]) : VM_NIL);
    return 1;
}

static void emit_number(struct vm_load *l, enum vm_op_name op, const struct beam_operand *context,
                        uint64_t fail, uint64_t number)
{
    emit_on_context(l, op, context, fail);
    vm_emit_word(l, number);
}

uint32_t vm_load_bs_skip(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    uint64_t unit = o[3].value, bits = constant_bits(&o[2], unit);
    if (!sane(l, 0, unit, 0))
        return 1;
    if (bits != UINT64_MAX) {
        emit_number(l, VM_OP_bs_skip_bits, &o[1], o[0].value, bits);
    } else if (is_all(l, &o[2])) {
        emit_number(l, VM_OP_bs_skip_all, &o[1], o[0].value, unit == 0 ? 1 : unit);
    } else {
        emit_number(l, VM_OP_bs_skip, &o[1], o[0].value, unit);
        vm_emit_source(l, &o[2]);
    }
    return 1;
}

uint32_t vm_load_bs_test(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    if (ins->op == OP_bs_test_tail2)
        emit_number(l, VM_OP_bs_test_tail, &o[1], o[0].value, o[2].value);
    else
        emit_number(l, VM_OP_bs_test_unit, &o[1], o[0].value, o[2].value == 0 ? 1 : o[2].value);
    return 1;
}

uint32_t vm_load_bs_match_string(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    if (!vm_load_string_exists(l, o[3].value, o[2].value))
        vm_load_fail(l, wb_error_new(WB_E_BAD_DATA, "instruction %u: no such string", l->ins));
    emit_number(l, VM_OP_bs_match_string, &o[1], o[0].value, o[2].value);
    vm_emit_string(l, o[3].value);
    return 1;
}

uint32_t vm_load_bs_position(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    bool get = ins->op == OP_bs_get_position;
    emit_on_context(l, get ? VM_OP_bs_get_position : VM_OP_bs_set_position, &o[0], 0);
    if (get)
        vm_emit_word(l, vm_load_reg_word(&o[1]));
    else
        vm_emit_source(l, &o[1]);
    return 1;
}

// OTP 26's bs_match: a list of commands, one operation each.

struct command {
    const char *name;
    unsigned operands;  // behind the name
};
static const struct command commands[] = {
    {"ensure_at_least", 2}, {"ensure_exactly", 1}, {"integer", 5}, {"binary", 5},
    {"get_tail", 3},        {"skip", 1},           {"=:=", 3},
};

static uint64_t number_of(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_I ? (uint64_t)o->integer : o->value;
}

static void match_segment(struct vm_load *l, const struct beam_operand *o,
                          const struct beam_operand *c, bool integer)
{
    struct segment s = {.fail = o[0].value,
                        .context = &o[1],
                        .live = number_of(&c[1]),
                        .flags = vm_load_segment_flags(l, &c[2]),
                        .unit = number_of(&c[4]),
                        .to = &c[5]};
    struct beam_operand size = {.tag = BEAM_TAG_I, .integer = (int64_t)number_of(&c[3])};
    s.size = &size;
    if (integer)
        get_integer(l, &s);
    else
        get_binary(l, &s);
}

static void match_tail(struct vm_load *l, const struct beam_operand *o,
                       const struct beam_operand *c)
{
    struct segment s = {.fail = o[0].value,
                        .context = &o[1],
                        .live = number_of(&c[1]),
                        .unit = number_of(&c[2]),
                        .to = &c[3]};
    if (sane(l, s.live, s.unit, 0))
        get_all(l, VM_OP_bs_get_tail, &s);
}

static void match_value(struct vm_load *l, const struct beam_operand *o,
                        const struct beam_operand *c)
{
    uint64_t bits = number_of(&c[2]), value = number_of(&c[3]);
    if (bits > 64) {
        vm_load_fail(l, wb_error_new(WB_E_BAD_DATA, "instruction %u: =:= of %llu bits", l->ins,
                                     (unsigned long long)bits));
        return;
    }
    emit_number(l, VM_OP_bs_match_value, &o[1], o[0].value, bits);
    vm_emit_word(l, bits == 64 ? value : value & ((UINT64_C(1) << bits) - 1));
}

static void match_command(struct vm_load *l, const struct beam_operand *o,
                          const struct beam_operand *c, const struct command *command)
{
    switch (command - commands) {
    case 0:
        emit_number(l, VM_OP_bs_ensure, &o[1], o[0].value, number_of(&c[1]));
        vm_emit_word(l, number_of(&c[2]) == 0 ? 1 : number_of(&c[2]));
        break;
    case 1:
        emit_number(l, VM_OP_bs_test_tail, &o[1], o[0].value, number_of(&c[1]));
        break;
    case 2:
    case 3:
        match_segment(l, o, c, command == &commands[2]);
        break;
    case 4:
        match_tail(l, o, c);
        break;
    case 5:
        emit_number(l, VM_OP_bs_skip_bits, &o[1], o[0].value, number_of(&c[1]));
        break;
    case 6:
        match_value(l, o, c);
        break;
    }
}

static const struct command *command_named(const struct vm_load *l, const struct beam_operand *o)
{
    if (o->tag != BEAM_TAG_A)
        return NULL;
    struct wb_bytes name = beam_module_atom(l->module, o->value);
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (wb_bytes_equal(name, wb_bytes_of(commands[i].name)))
            return &commands[i];
    return NULL;
}

uint32_t vm_load_bs_match(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    for (uint32_t i = 0; i < o[2].extra;) {
        const struct command *command = command_named(l, &o[2].list[i]);
        if (command == NULL || o[2].extra - i <= command->operands) {
            vm_load_fail(
                l, wb_error_new(WB_E_BAD_DATA, "instruction %u: bad command of bs_match", l->ins));
            return 1;
        }
        match_command(l, o, &o[2].list[i], command);
        i += 1 + command->operands;
    }
    return 1;
}
