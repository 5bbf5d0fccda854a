// Instructions by themselves: each operand by its letter in opcodes.def.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/planted.h"
#include "core-vm/format/verify_priv.h"

enum { MAX_ARITY = 255, MAX_ALLOC = 1 << 24, MAX_UNIT = 256, ALL_FLAGS = 31 };

uint32_t verify_u32(const struct beam_operand *operand)
{
    return operand->value <= UINT32_MAX ? (uint32_t)operand->value : UINT32_MAX;
}

uint32_t verify_callee(const struct verifier *v, uint64_t label)
{
    return label < v->code->labels.count ? v->function_of_label[label] : BEAM_NO_INS;
}

static bool bad(struct verifier *v, enum beam_rule rule, const char *what, uint64_t number)
{
    verify_fault(v, rule, "%s %llu", what, (unsigned long long)number);
    return wb_is_planted(beam_rule_name(rule));
}

static void count_registers(struct verifier *v, uint64_t count)
{
    if (count > v->most_registers && count <= VERIFY_REGS)
        v->most_registers = (uint32_t)count;
}

static bool check_register(struct verifier *v, const struct beam_operand *o)
{
    count_registers(v, o->value + 1);
    if (o->value >= VERIFY_REGS)
        return bad(v, BEAM_RULE_REGISTER, o->tag == BEAM_TAG_X ? "x register" : "stack slot",
                   o->value);
    if (o->extra != BEAM_NO_TYPE && v->module->types.version != 0 &&
        o->extra >= v->module->types.count)
        return bad(v, BEAM_RULE_TYPE_INDEX, "type", o->extra);
    return true;
}

static bool check_float(struct verifier *v, const struct beam_operand *o)
{
    return o->value < VERIFY_FLOATS || bad(v, BEAM_RULE_REGISTER, "float register", o->value);
}

static bool check_source(struct verifier *v, const struct beam_operand *o)
{
    switch ((enum beam_tag)o->tag) {
    case BEAM_TAG_I:
    case BEAM_TAG_BIG:
        return true;
    case BEAM_TAG_A:
        return o->value < v->module->atoms.count || bad(v, BEAM_RULE_ATOM, "atom", o->value);
    case BEAM_TAG_LITERAL:
        return o->value < v->module->literals.count ||
               bad(v, BEAM_RULE_LITERAL, "literal", o->value);
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        return check_register(v, o);
    case BEAM_TAG_U:
    case BEAM_TAG_F:
    case BEAM_TAG_H:
    case BEAM_TAG_LIST:
    case BEAM_TAG_FR:
    case BEAM_TAG_ALLOC:
        break;
    }
    return bad(v, BEAM_RULE_OPERAND, "no source: tag", o->tag);
}

static bool check_tag(struct verifier *v, const struct beam_operand *o, enum beam_tag want)
{
    return o->tag == want || bad(v, BEAM_RULE_OPERAND, "tag", o->tag);
}

static bool check_reg(struct verifier *v, const struct beam_operand *o)
{
    if (!beam_is_register(o))
        return bad(v, BEAM_RULE_OPERAND, "no register: tag", o->tag);
    return check_register(v, o);
}

// An index or a number.
static bool check_index(struct verifier *v, const struct beam_operand *o, uint64_t limit,
                        enum beam_rule rule, const char *what)
{
    if (!check_tag(v, o, BEAM_TAG_U))
        return false;
    return o->value < limit || bad(v, rule, what, o->value);
}

static bool check_below(struct verifier *v, const struct beam_operand *o, uint64_t limit,
                        const char *what)
{
    return check_index(v, o, limit, BEAM_RULE_COUNT, what);
}

// A label of this function.
static bool check_label(struct verifier *v, const struct beam_operand *o, bool may_be_none)
{
    if (!check_tag(v, o, BEAM_TAG_F))
        return false;
    if (o->value == 0)
        return may_be_none || bad(v, BEAM_RULE_TARGET, "label", 0);
    uint32_t at = o->value < v->code->labels.count ? v->code->labels.at[o->value] : BEAM_NO_INS;
    if (at == BEAM_NO_INS)
        return bad(v, BEAM_RULE_TARGET, "no label", o->value);
    const struct beam_function *here = &v->code->functions.at[v->function];
    if (at < here->first || at >= here->end)
        return bad(v, BEAM_RULE_TARGET, "another function's label", o->value);
    return true;
}

static bool check_callee(struct verifier *v, const struct beam_ins *ins, unsigned i)
{
    const struct beam_operand *o = &ins->operand[i];
    if (!check_tag(v, o, BEAM_TAG_F))
        return false;
    uint32_t callee = verify_callee(v, o->value);
    if (callee == BEAM_NO_INS)
        return bad(v, BEAM_RULE_CALLEE, "label", o->value);
    if (v->code->functions.at[callee].arity != ins->operand[i - 1].value)
        return bad(v, BEAM_RULE_CALLEE, "arity", ins->operand[i - 1].value);
    return true;
}

// How many arguments the instruction gives to an import.
static uint64_t given_args(const struct beam_ins *ins)
{
    switch (ins->op) {
    case OP_bif0:
        return 0;
    case OP_bif1:
    case OP_gc_bif1:
        return 1;
    case OP_bif2:
    case OP_gc_bif2:
        return 2;
    case OP_bif3:
    case OP_gc_bif3:
        return 3;
    default:
        return ins->operand[0].value;
    }
}

static bool check_import(struct verifier *v, const struct beam_ins *ins, unsigned i)
{
    const struct beam_operand *o = &ins->operand[i];
    if (!check_index(v, o, v->module->imports.count, BEAM_RULE_IMPORT, "import"))
        return false;
    uint64_t arity = v->module->imports.at[o->value].arity;
    if (given_args(ins) != arity)
        return bad(v, BEAM_RULE_CALLEE, "arity", arity);
    bool guard =
        ins->op == OP_bif0 || ins->op == OP_bif1 || ins->op == OP_bif2 || ins->op == OP_bif3;
    bool collects = ins->op == OP_gc_bif1 || ins->op == OP_gc_bif2 || ins->op == OP_gc_bif3;
    if (guard || collects)
        return verify_is_guard_bif(v, o->value, collects) ||
               bad(v, BEAM_RULE_GUARD_BIF, "import", o->value);
    return true;
}

static bool check_alloc(struct verifier *v, const struct beam_operand *o)
{
    if (o->tag == BEAM_TAG_U)
        return o->value < MAX_ALLOC || bad(v, BEAM_RULE_COUNT, "heap words", o->value);
    if (!check_tag(v, o, BEAM_TAG_ALLOC))
        return false;
    if (o->extra > 6)
        return bad(v, BEAM_RULE_LIST, "allocations", o->extra / 2);
    for (uint32_t i = 0; i < o->extra; i += 2)
        if (o->list[i].value > BEAM_ALLOC_FUNS)
            return bad(v, BEAM_RULE_OPERAND, "allocation of kind", o->list[i].value);
        else if (o->list[i + 1].value >= MAX_ALLOC)
            return bad(v, BEAM_RULE_COUNT, "allocation of", o->list[i + 1].value);
    return true;
}

static bool check_strings(struct verifier *v, uint64_t offset, uint64_t bits)
{
    uint64_t size = v->module->strings.size;
    if (offset > size || bits / 8 > size - offset || (bits + 7) / 8 > size - offset)
        return bad(v, BEAM_RULE_STRING, "string at", offset);
    return true;
}

static bool check_string(struct verifier *v, const struct beam_ins *ins, unsigned i)
{
    const struct beam_operand *o = &ins->operand[i];
    if (!check_tag(v, o, BEAM_TAG_U) || !check_tag(v, &o[-1], BEAM_TAG_U))
        return false;
    uint64_t length = o[-1].value;
    if (length > UINT32_MAX)
        return bad(v, BEAM_RULE_STRING, "string of length", length);
    return check_strings(v, o->value, ins->op == OP_bs_match_string ? length : 8 * length);
}

bool verify_is_atom(const struct verifier *v, const struct beam_operand *o, const char *text)
{
    return o->tag == BEAM_TAG_A &&
           wb_bytes_equal(beam_module_atom(v->module, o->value), wb_bytes_of(text));
}

// kind, segment, unit, flags, value, size
static bool check_segment(struct verifier *v, const struct beam_operand *part)
{
    static const char *const kinds[] = {"append",  "private_append", "binary", "float",
                                        "integer", "utf8",           "utf16",  "utf32"};
    if (!check_tag(v, &part[1], BEAM_TAG_U) || !check_tag(v, &part[2], BEAM_TAG_U) ||
        !check_source(v, &part[0]) || !check_source(v, &part[3]))
        return false;
    if (part[2].value > MAX_UNIT)
        return bad(v, BEAM_RULE_SEGMENT, "unit", part[2].value);
    if (part[1].value > UINT16_MAX)
        return bad(v, BEAM_RULE_SEGMENT, "number", part[1].value);
    if (verify_is_atom(v, part, "string")) {
        if (part[4].tag != BEAM_TAG_U || part[5].tag != BEAM_TAG_I || part[5].integer < 0 ||
            part[5].integer > UINT32_MAX)
            return bad(v, BEAM_RULE_SEGMENT, "string segment", part[1].value);
        return check_strings(v, part[4].value, 8 * part[5].value);
    }
    bool known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        known = known || verify_is_atom(v, part, kinds[i]);
    if (!known)
        return bad(v, BEAM_RULE_SEGMENT, "kind of segment", part[1].value);
    return check_source(v, &part[4]) && check_source(v, &part[5]);
}

static bool check_segments(struct verifier *v, const struct beam_operand *list)
{
    if (list->extra % BEAM_SEGMENT_PARTS != 0)
        return bad(v, BEAM_RULE_SEGMENT, "length", list->extra);
    for (uint32_t i = 0; i < list->extra; i += BEAM_SEGMENT_PARTS)
        if (!check_segment(v, &list->list[i]))
            return false;
    return true;
}

static bool check_constant(struct verifier *v, const struct beam_operand *o)
{
    if (beam_is_register(o))
        return bad(v, BEAM_RULE_LIST, "a register where a constant must be: ", o->value);
    return check_source(v, o);
}

static bool check_element(struct verifier *v, const struct beam_operand *o, char letter,
                          bool second)
{
    switch (letter) {
    case 'V':
        return second ? check_label(v, o, false) : check_constant(v, o);
    case 'T':
        return second ? check_label(v, o, false) : check_below(v, o, MAX_ALLOC, "tuple size");
    case 'G':
        return second ? check_reg(v, o) : check_source(v, o);
    case 'Y':
        return check_tag(v, o, BEAM_TAG_Y) && check_register(v, o);
    case 'U':
        return second ? check_source(v, o) : check_below(v, o, MAX_ALLOC, "position");
    default:
        return check_source(v, o);
    }
}

static int by_content(const void *a, const void *b)
{
    const struct beam_operand *x = *(const struct beam_operand *const *)a,
                              *y = *(const struct beam_operand *const *)b;
    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

static bool is_big(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_BIG;
}

// Keys are every `step`th element.
static bool check_keys(struct verifier *v, const struct beam_operand *list, uint32_t step)
{
    struct wb_mark mark = wb_arena_mark(&v->scratch);
    uint32_t count = 0;
    const struct beam_operand **keys =
        wb_push_array(&v->scratch, const struct beam_operand *, list->extra / step + 1);
    for (uint32_t i = 0; i < list->extra; i += step)
        if (!is_big(&list->list[i]))
            keys[count++] = &list->list[i];
    qsort(keys, count, sizeof(const struct beam_operand *), by_content);
    bool good = true;
    for (uint32_t i = 1; i < count && good; i++)
        good = by_content(&keys[i - 1], &keys[i]) != 0 || bad(v, BEAM_RULE_KEYS, "twice", i);
    wb_arena_rewind(&v->scratch, mark);
    return good;
}

static bool check_list(struct verifier *v, const struct beam_operand *list, char letter)
{
    if (list->tag != BEAM_TAG_LIST)
        return bad(v, BEAM_RULE_LIST, "no list: tag", list->tag);
    if (letter == 'C')
        return check_segments(v, list);
    for (uint32_t i = 0; letter == 'M' && i < list->extra; i++)
        count_registers(v, list->list[i].value + 1);
    if (letter == 'M')
        return true;  // see verify_bits.c
    bool pairs = strchr("VTPGU", letter) != NULL;
    if (pairs && list->extra % 2 != 0)
        return bad(v, BEAM_RULE_LIST, "length", list->extra);
    for (uint32_t i = 0; i < list->extra; i++)
        if (!check_element(v, &list->list[i], letter, i % 2 == 1))
            return false;
    if (letter == 'P' || letter == 'G' || letter == 'H')
        return check_keys(v, list, letter == 'H' ? 1 : 2);
    return true;
}

static bool check_label_or_atom(struct verifier *v, const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_A ? check_source(v, o) : check_label(v, o, false);
}

static bool check_plain(struct verifier *v, const struct beam_operand *o, char letter)
{
    switch (letter) {
    case 's':
        return check_source(v, o);
    case 'S':
    case 'd':
        return check_reg(v, o);
    case 'D':
        return check_reg(v, o) && (o->tag == BEAM_TAG_X || bad(v, BEAM_RULE_OPERAND, "y", 0)) &&
               (o->value == 0 || bad(v, BEAM_RULE_OPERAND, "x", o->value));
    case 'y':
        return check_tag(v, o, BEAM_TAG_Y) && check_register(v, o);
    case 'l':
        return check_tag(v, o, BEAM_TAG_FR) && check_float(v, o);
    case 'r':
        return o->tag == BEAM_TAG_FR ? check_float(v, o) : check_source(v, o);
    case 'R':
        return o->tag == BEAM_TAG_FR ? check_float(v, o) : check_reg(v, o);
    case 'q':
        return o->tag != BEAM_TAG_A || check_source(v, o);
    case 'w':
        return o->tag == BEAM_TAG_U ? check_below(v, o, UINT32_MAX, "size") : check_source(v, o);
    case 'a':
        return check_tag(v, o, BEAM_TAG_A) &&
               (o->value > 0 || bad(v, BEAM_RULE_OPERAND, "[]", 0)) && check_source(v, o);
    default:
        return true;
    }
}

static bool check_definition(struct verifier *v, uint64_t label)
{
    if (label == 0 || label >= v->code->labels.count)
        return bad(v, BEAM_RULE_LABEL, "label", label);
    return v->code->labels.at[label] == v->ins || bad(v, BEAM_RULE_LABEL, "again label", label);
}

static bool check_number(struct verifier *v, const struct beam_operand *o, char letter)
{
    switch (letter) {
    case 'u':
        return check_below(v, o, UINT32_MAX, "number");
    case 't':
        return check_below(v, o, MAX_ARITY + 1, "arity");
    case 'n':
    case 'k':
        count_registers(v, o->value);
        return check_below(v, o, VERIFY_REGS + 1, letter == 'n' ? "live registers" : "stack slots");
    case 'b':
        return check_below(v, o, ALL_FLAGS + 1, "flags");
    case 'g':
        return check_index(v, o, v->module->lambdas.count, BEAM_RULE_FUN_INDEX, "fun");
    case 'i':
        return check_index(v, o, v->module->lines.count > 0 ? v->module->lines.count : UINT32_MAX,
                           BEAM_RULE_LINE, "line");
    case 'h':
        return check_alloc(v, o);
    case 'L':
        return check_tag(v, o, BEAM_TAG_U) && check_definition(v, o->value);
    default:
        return true;
    }
}

static bool check_operand(struct verifier *v, const struct beam_ins *ins, unsigned i, char letter)
{
    const struct beam_operand *o = &ins->operand[i];
    switch (letter) {
    case 'f':
    case 'e':
        return check_label(v, o, false);
    case 'j':
        return check_label(v, o, true);
    case 'z':
        return check_label_or_atom(v, o);
    case 'c':
        return check_callee(v, ins, i);
    case 'I':
        return check_import(v, ins, i);
    case 'o':
        return check_string(v, ins, i);
    case 'u':
    case 't':
    case 'n':
    case 'k':
    case 'b':
    case 'g':
    case 'i':
    case 'h':
    case 'L':
        return check_number(v, o, letter);
    case 'V':
    case 'T':
    case 'P':
    case 'H':
    case 'G':
    case 'E':
    case 'Y':
    case 'U':
    case 'C':
    case 'M':
        return check_list(v, o, letter);
    default:
        return check_plain(v, o, letter);
    }
}

// Which operand is a unit, + 1; 0: none.
static unsigned unit_at(uint8_t op)
{
    switch (op) {
    case OP_bs_get_integer2:
    case OP_bs_get_float2:
    case OP_bs_get_binary2:
    case OP_bs_append:
        return 5;
    case OP_bs_skip_bits2:
    case OP_bs_add:
        return 4;
    case OP_bs_put_integer:
    case OP_bs_put_binary:
    case OP_bs_put_float:
    case OP_bs_private_append:
    case OP_bs_test_unit:
        return 3;
    default:
        return 0;
    }
}

static bool check_unit(struct verifier *v, const struct beam_ins *ins)
{
    unsigned at = unit_at(ins->op);
    uint64_t unit = at != 0 ? ins->operand[at - 1].value : 1;
    return (unit >= 1 && unit <= MAX_UNIT) || bad(v, BEAM_RULE_COUNT, "unit", unit);
}

bool verify_ins(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_op_info *info = beam_op_info(ins->op);
    if (strchr(info->operands, '?') != NULL) {
        verify_fault(v, BEAM_RULE_KNOWN, "%s", info->name);
        return false;
    }
    for (unsigned i = 0; i < ins->count; i++)
        if (!check_operand(v, ins, i, info->operands[i]))
            return false;
    return check_unit(v, ins);
}
