#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/load_priv.h"

// Where the words of a rule's operands go, and what those must be: see load_rules.def.
struct rule {
    uint16_t op;
    uint8_t generic;
    bool proved;
    const char *operands, *places;
};

enum { RULE_ALWAYS, RULE_PROVED };

static const struct rule rules[] = {
    {0},
#define SPECIAL(name, function)
#define RULE(name, o, when, internal, p) \
    {.op = VM_OP_##internal,             \
     .generic = OP_##name,               \
     .proved = RULE_##when,              \
     .operands = (o),                    \
     .places = (p)},
#include "core-vm/vm/load_rules.def"
#undef RULE
#undef SPECIAL
};
enum { RULE_COUNT = sizeof rules / sizeof *rules };

static vm_load_fn *const specials[BEAM_OP_LIMIT] = {
#define RULE(name, o, when, internal, p)
#define SPECIAL(name, function) [OP_##name] = (function),
#include "core-vm/vm/load_rules.def"
#undef RULE
#undef SPECIAL
};

// The rules of each generic instruction as lists through `next`.
struct rule_index {
    uint16_t first[BEAM_OP_LIMIT], next[RULE_COUNT];
};

static void rules_index(struct rule_index *ret)
{
    memset(ret, 0, sizeof *ret);
    for (unsigned i = RULE_COUNT - 1; i > 0; i--) {
        ret->next[i] = ret->first[rules[i].generic];
        ret->first[rules[i].generic] = (uint16_t)i;
    }
}

void vm_load_fail(struct vm_load *l, struct wb_error *error)
{
    if (l->error == NULL)
        l->error = error;
    else
        wb_error_free(error);
}

const struct beam_ins *vm_load_ahead(const struct vm_load *l, uint32_t n)
{
    static const struct beam_ins end = {.op = OP_int_code_end};
    return n < l->code->ins.count - l->ins ? &l->code->ins.at[l->ins + n] : &end;
}

// Double an array; its elements are `size` bytes.
static void *grow(void *at, uint32_t *capacity, size_t size)
{
    uint32_t wanted = *capacity == 0 ? 256 : *capacity * 2;
    void *new = realloc(at, wanted * size);
    if (new == NULL)
        wb_die_no_memory(wanted * size);
    *capacity = wanted;
    return new;
}

// Displacements are 32 bits and counts are not checked elsewhere.
enum { MAX_WORDS = 1 << 28 };

void vm_emit_word(struct vm_load *l, uint64_t word)
{
    if (l->words.count == l->words.capacity) {
        uint32_t capacity = l->words.capacity;
        l->words.at = grow(l->words.at, &capacity, sizeof *l->words.at);
        l->words.ins = grow(l->words.ins, &l->words.capacity, sizeof *l->words.ins);
    }
    if (l->words.count == MAX_WORDS) {
        vm_load_fail(l, wb_error_new(WB_E_LIMIT, "the code is too large"));
        return;
    }
    l->words.ins[l->words.count] = l->ins;
    l->words.at[l->words.count++] = word;
}

void vm_emit(struct vm_load *l, enum vm_op_name op, uint32_t a, uint32_t b, uint32_t c)
{
    l->start = l->words.count;
    struct vm_ins ins = {(uint16_t)op, (uint16_t)a, (uint16_t)b, (uint16_t)c};
    uint64_t word;
    memcpy(&word, &ins, sizeof word);
    vm_emit_word(l, word);
}

static void fix(struct vm_load *l, enum vm_fix_kind kind, uint32_t at, uint64_t to)
{
    if (l->fixes.count == l->fixes.capacity)
        l->fixes.at = grow(l->fixes.at, &l->fixes.capacity, sizeof *l->fixes.at);
    l->fixes.at[l->fixes.count++] =
        (struct vm_fix){.kind = kind, .at = at, .start = l->start, .to = (uint32_t)to};
}

void vm_emit_jump(struct vm_load *l, uint64_t label)
{
    if (label != 0)
        fix(l, VM_FIX_JUMP, l->start, label);
}

void vm_emit_label(struct vm_load *l, uint64_t label)
{
    if (label != 0)
        fix(l, VM_FIX_LABEL, l->words.count, label);
    vm_emit_word(l, 0);
}

void vm_emit_string(struct vm_load *l, uint64_t offset)
{
    fix(l, VM_FIX_STRING, l->words.count, 0);
    vm_emit_word(l, offset);
}

void vm_emit_fun(struct vm_load *l, uint32_t lambda)
{
    fix(l, VM_FIX_FUN, l->words.count, lambda);
    vm_emit_word(l, VM_NIL);
}

void vm_emit_literal(struct vm_load *l, uint64_t index)
{
    fix(l, VM_FIX_LITERAL, l->words.count, index);
    vm_emit_word(l, VM_NIL);
}

uint32_t vm_load_literal(struct vm_load *l, const struct beam_value *value)
{
    if (l->literals.count == l->literals.capacity)
        l->literals.at = grow(l->literals.at, &l->literals.capacity, sizeof *l->literals.at);
    l->literals.at[l->literals.count] = *value;
    return l->literals.count++;
}

static void emit_value(struct vm_load *l, const struct beam_value *value)
{
    vm_emit_literal(l, vm_load_literal(l, value));
}

// Two's complement bytes, big-endian, as sign and magnitude.
static void emit_big(struct vm_load *l, const struct beam_operand *o)
{
    bool negative = o->extra > 0 && (o->bytes[0] & 0x80) != 0;
    size_t count = (o->extra + 7) / 8;
    uint64_t *limb = wb_push_array(l->arena, uint64_t, count + 1);
    unsigned carry = negative;
    for (uint32_t i = 0; i < o->extra; i++) {
        unsigned byte = o->bytes[o->extra - 1 - i];
        if (negative) {
            byte = (byte ^ 0xFF) + carry;
            carry = byte >> 8;
        }
        limb[i / 8] |= (uint64_t)(byte & 0xFF) << (i % 8 * 8);
    }
    if (carry != 0 && o->extra % 8 == 0)
        limb[count++] = 1;
    while (count > 0 && limb[count - 1] == 0)
        count--;
    if (count > 1 || (count == 1 && limb[0] > INT64_MAX)) {
        emit_value(
            l, &(struct beam_value){.kind = BEAM_BIG,
                                    .big = {.negative = negative, .limb = limb, .count = count}});
        return;
    }
    int64_t small = count == 0 ? 0 : (int64_t)limb[0];
    emit_value(l, &(struct beam_value){.kind = BEAM_SMALL, .small = negative ? -small : small});
}

uint32_t vm_load_reg(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_Y ? VM_FIELD_Y((uint32_t)o->value) : VM_FIELD_X((uint32_t)o->value);
}

uint32_t vm_load_reg8(const struct beam_operand *o)
{
    return (uint32_t)o->value | (o->tag == BEAM_TAG_Y ? VM_BYTE_REGS : 0);
}

uint64_t vm_load_reg_word(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_Y ? VM_REG_Y(o->value) : VM_REG_X(o->value);
}

bool vm_load_immediate(const struct vm_load *l, const struct beam_operand *o, vm_term *ret)
{
    if (o->tag == BEAM_TAG_A) {
        *ret = l->atoms[o->value];
        return true;
    }
    if (o->tag != BEAM_TAG_I || !vm_fits_small(o->integer))
        return false;
    *ret = vm_small(o->integer);
    return true;
}

void vm_emit_source(struct vm_load *l, const struct beam_operand *o)
{
    vm_term term;
    if (beam_is_register(o))
        vm_emit_word(l, vm_load_reg_word(o));
    else if (vm_load_immediate(l, o, &term))
        vm_emit_word(l, term);
    else if (o->tag == BEAM_TAG_LITERAL)
        vm_emit_literal(l, o->value);
    else if (o->tag == BEAM_TAG_I)
        emit_value(l, &(struct beam_value){.kind = BEAM_SMALL, .small = o->integer});
    else if (o->tag == BEAM_TAG_BIG)
        emit_big(l, o);
    else
        vm_load_fail(l, wb_error_new(WB_E_BAD_DATA, "an operand is no source"));
}

uint64_t vm_load_heap_words(const struct beam_operand *o)
{
    static const uint64_t words[] = {
        [BEAM_ALLOC_WORDS] = 1, [BEAM_ALLOC_FLOATS] = 2, [BEAM_ALLOC_FUNS] = VM_FUN_WORDS};
    if (o->tag != BEAM_TAG_ALLOC)
        return o->value;
    uint64_t sum = 0;
    for (uint32_t i = 0; i + 1 < o->extra; i += 2)
        if (o->list[i].value <= BEAM_ALLOC_FUNS && o->list[i + 1].value < MAX_WORDS)
            sum += words[o->list[i].value] * o->list[i + 1].value;
    return sum;
}

bool vm_load_proved(const struct vm_load *l, uint32_t ins)
{
    return !l->vm->options.checked && beam_proved(l->verdict, ins);
}

static bool is_constant(uint8_t tag)
{
    return tag == BEAM_TAG_I || tag == BEAM_TAG_A || tag == BEAM_TAG_BIG || tag == BEAM_TAG_LITERAL;
}

// Is the operand what the letter demands?
static bool fits(char letter, const struct beam_operand *o)
{
    switch (letter) {
    case 'x':
        return o->tag == BEAM_TAG_X;
    case 'y':
        return o->tag == BEAM_TAG_Y;
    case 'r':
        return beam_is_register(o);
    case 's':
        return beam_is_register(o) || is_constant(o->tag);
    case 'c':
        return is_constant(o->tag);
    case 'X':
        return o->tag == BEAM_TAG_X && o->value < VM_BYTE_REGS;
    case 'R':
        return beam_is_register(o) && o->value < VM_BYTE_REGS;
    case 'k':
        return o->tag == BEAM_TAG_I && vm_fits_small(o->integer);
    case 'n':
        return o->tag == BEAM_TAG_A && o->value == 0;
    case 'a':
        return o->tag == BEAM_TAG_A && o->value != 0;
    case 'f':
        return o->tag == BEAM_TAG_F && o->value != 0;
    case 'j':
        return o->tag == BEAM_TAG_F;
    case '0':
        return o->tag == BEAM_TAG_F && o->value == 0;
    case 'u':
        return o->tag == BEAM_TAG_U && o->value <= UINT16_MAX;
    case 'w':
    case 'I':
    case 'g':
        return o->tag == BEAM_TAG_U;
    case 'h':
        return vm_load_heap_words(o) <= UINT16_MAX;
    case 'l':
        return o->tag == BEAM_TAG_FR;
    }
    return letter == '.';
}

static bool rule_fits(const struct vm_load *l, const struct rule *rule, const struct beam_ins *ins)
{
    if (rule->proved && !vm_load_proved(l, l->ins))
        return false;
    for (unsigned i = 0; i < ins->count; i++)
        if (!fits(rule->operands[i], &ins->operand[i]))
            return false;
    return true;
}

// An operand as a field of 16 bits.
static uint32_t field_of(char letter, const struct beam_operand *o)
{
    if (letter == 'r')
        return vm_load_reg(o);
    if (letter == 'R')
        return vm_load_reg8(o);
    if (letter == 'h')
        return (uint32_t)vm_load_heap_words(o);
    return (uint32_t)(o->tag == BEAM_TAG_I ? (uint64_t)o->integer : o->value);
}

static void emit_operand(struct vm_load *l, const struct beam_operand *o)
{
    if (o->tag == BEAM_TAG_F)
        vm_emit_label(l, o->value);
    else if (o->tag == BEAM_TAG_U || o->tag == BEAM_TAG_ALLOC)
        vm_emit_word(l, vm_load_heap_words(o));
    else
        vm_emit_source(l, o);
}

static void rule_emit(struct vm_load *l, const struct rule *rule, const struct beam_ins *ins)
{
    uint32_t field[3] = {0};
    for (unsigned i = 0; i < ins->count; i++) {
        unsigned place = (unsigned char)rule->places[i];
        if (place >= 'a' && place <= 'c')
            field[place - 'a'] = field_of(rule->operands[i], &ins->operand[i]);
        else if (place >= '1' && place <= '6')
            field[(place - '1') / 2] |= field_of(rule->operands[i], &ins->operand[i])
                                        << (place - '1') % 2 * 8;
    }
    vm_emit(l, rule->op, field[0], field[1], field[2]);
    for (unsigned i = 0; i < ins->count; i++) {
        if (rule->places[i] == 'w')
            emit_operand(l, &ins->operand[i]);
        else if (rule->places[i] == 'j')
            vm_emit_jump(l, ins->operand[i].value);
    }
}

static uint32_t translate_one(struct vm_load *l, const struct rule_index *index)
{
    const struct beam_ins *ins = &l->code->ins.at[l->ins];
    if (specials[ins->op] != NULL) {
        uint32_t taken = specials[ins->op](l, ins);
        if (taken > 0)
            return taken;
    }
    for (unsigned i = index->first[ins->op]; i != 0; i = index->next[i]) {
        if (rule_fits(l, &rules[i], ins)) {
            rule_emit(l, &rules[i], ins);
            return 1;
        }
    }
    vm_load_fail(l, wb_error_new(WB_E_UNSUPPORTED,
                                 "instruction %u: %s with such operands is not supported", l->ins,
                                 beam_op_info(ins->op)->name));
    return 1;
}

// What stands at the label raises function_clause.
static bool leads_out(const struct beam_code *code, uint32_t ins)
{
    while (ins < code->ins.count &&
           (code->ins.at[ins].op == OP_label || code->ins.at[ins].op == OP_line))
        ins++;
    return ins < code->ins.count && code->ins.at[ins].op == OP_func_info;
}

static void note_loop(struct vm_load *l, const struct beam_operand *o, uint32_t ins)
{
    if (o->tag != BEAM_TAG_F || o->value >= l->code->labels.count)
        return;
    uint32_t to = l->code->labels.at[o->value];
    if (to <= ins && !leads_out(l->code, to))
        l->loops[o->value] = true;
}

// Labels that are jumped to backwards, but for calls and for going round in a receive, which count
// their reductions.
static void find_loops(struct vm_load *l)
{
    for (uint32_t i = 0; i < l->code->ins.count; i++) {
        const struct beam_ins *ins = &l->code->ins.at[i];
        if (ins->op == OP_call || ins->op == OP_call_only || ins->op == OP_call_last ||
            ins->op == OP_loop_rec_end || ins->op == OP_wait || ins->op == OP_wait_timeout)
            continue;
        for (uint32_t k = 0; k < ins->count; k++) {
            const struct beam_operand *o = &ins->operand[k];
            note_loop(l, o, i);
            for (uint32_t n = 0; o->tag == BEAM_TAG_LIST && n < o->extra; n++)
                note_loop(l, &o->list[n], i);
        }
    }
}

void vm_load_translate(struct vm_load *l)
{
    struct rule_index index;
    rules_index(&index);
    find_loops(l);
    for (l->ins = 0; l->ins < l->code->ins.count && l->error == NULL;) {
        l->ins += translate_one(l, &index);
        if (beam_op_info(l->code->ins.at[l->ins - 1].op)->flow != BEAM_FLOW_STOP &&
            beam_never_goes_on(l->code, l->ins - 1))
            vm_emit(l, VM_OP_code_end, 0, 0, 0);
    }
    // What lies behind the last instruction is never run on purpose.
    vm_emit(l, VM_OP_code_end, 0, 0, 0);
}
