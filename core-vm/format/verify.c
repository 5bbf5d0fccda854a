#include "core-vm/format/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core-vm/format/verify_priv.h"

enum { MOST_FAULTS = 1000, MOST_ROUNDS = 64 };

static const struct {
    const char *name, *sentence, *page;
    enum { PLAIN, PROOF } proof;
} rules[] = {
#define BEAM_RULE(id, rule_name, rule_proof, rule_sentence, rule_page) \
    [BEAM_RULE_##id] = {(rule_name), (rule_sentence), (rule_page), (rule_proof)},
#include "core-vm/format/rules.def"
#undef BEAM_RULE
};

const char *beam_rule_name(enum beam_rule rule)
{
    return rules[rule].name;
}

const char *beam_rule_sentence(enum beam_rule rule)
{
    return rules[rule].sentence;
}

const char *beam_rule_page(enum beam_rule rule)
{
    return rules[rule].page;
}

bool beam_rule_is_proof(enum beam_rule rule)
{
    return rules[rule].proof == PROOF;
}

// The same rule is noted once for an instruction, however often it is walked over.
static bool is_noted(const struct verifier *v, enum beam_rule rule)
{
    for (size_t i = v->verdict.faults.count; i > 0; i--) {
        const struct beam_fault *fault = &v->verdict.faults.at[i - 1];
        if (fault->ins == v->ins && fault->rule == rule && v->ins != BEAM_NO_INS)
            return true;
    }
    return false;
}

static struct beam_fault *new_fault(struct verifier *v)
{
    if (v->verdict.faults.count == v->fault_capacity) {
        size_t capacity = v->fault_capacity != 0 ? v->fault_capacity * 2 : 8;
        struct beam_fault *at = wb_push_array(v->arena, struct beam_fault, capacity);
        if (v->fault_capacity != 0)
            memcpy(at, v->verdict.faults.at, v->fault_capacity * sizeof *at);
        v->verdict.faults.at = at;
        v->fault_capacity = capacity;
    }
    return &v->verdict.faults.at[v->verdict.faults.count++];
}

void verify_fault(struct verifier *v, enum beam_rule rule, const char *fmt, ...)
{
    char text[200];
    if (v->verdict.faults.count == MOST_FAULTS || is_noted(v, rule))
        return;
    int used = snprintf(text, sizeof text, "%s: ", rules[rule].sentence);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + used, sizeof text - (size_t)used, fmt, args);
    va_end(args);
    char *copy = wb_push_array(v->arena, char, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    *new_fault(v) = (struct beam_fault){
        .rule = rule, .function = v->function, .ins = v->ins, .origin = BEAM_NO_INS, .text = copy};
}

// The module as a whole.

static void check_header(struct verifier *v)
{
    const struct beam_code *code = v->code;
    if (v->module->code.functions != code->functions.count)
        verify_fault(v, BEAM_RULE_HEADER, "%u functions, but there are %u",
                     v->module->code.functions, code->functions.count);
    if (!code->ended)
        verify_fault(v, BEAM_RULE_END, "it does not");
    for (v->ins = 0; v->ins < code->ins.count; v->ins++)
        if (code->ins.at[v->ins].op > v->module->code.highest_op) {
            verify_fault(v, BEAM_RULE_HIGHEST, "instruction %u is above the highest, %u",
                         code->ins.at[v->ins].op, v->module->code.highest_op);
            break;
        }
    v->ins = BEAM_NO_INS;
}

static void check_function(struct verifier *v, const struct beam_function *function)
{
    const struct beam_ins *info = &v->code->ins.at[function->info];
    v->ins = function->info;
    if (info->operand[0].tag != BEAM_TAG_A || info->operand[0].value != 1 ||
        info->operand[1].tag != BEAM_TAG_A || info->operand[2].tag != BEAM_TAG_U)
        verify_fault(v, BEAM_RULE_FUNCTION, "its func_info is of another module");
    if (function->info_label == 0 || function->entry == BEAM_NO_INS)
        verify_fault(v, BEAM_RULE_FUNCTION, "a label is missing");
    v->ins = BEAM_NO_INS;
}

static bool is_sound_label(const struct verifier *v, uint32_t label, uint32_t ins)
{
    return label > 0 && label < v->code->labels.count && v->code->labels.at[label] == ins;
}

static void find_entries(struct verifier *v)
{
    const struct beam_code *code = v->code;
    v->function_of_label = wb_push_array(&v->scratch, uint32_t, code->labels.count);
    memset(v->function_of_label, 0xff, code->labels.count * sizeof *v->function_of_label);
    for (uint32_t i = 0; i < code->functions.count; i++) {
        const struct beam_function *function = &code->functions.at[i];
        v->function = i;
        check_function(v, function);
        if (function->entry != BEAM_NO_INS &&
            is_sound_label(v, function->entry_label, function->entry))
            v->function_of_label[function->entry_label] = i;
    }
    v->function = BEAM_NO_INS;
    if (code->ins.count > 0 && (code->functions.count == 0 || code->functions.at[0].first > 0))
        verify_fault(v, BEAM_RULE_FUNCTION, "there is code before the first function");
}

// A table's entry: label, and the function it says is there.
static void check_entry(struct verifier *v, enum beam_rule rule, const struct beam_export *entry)
{
    uint32_t index = verify_callee(v, entry->label);
    const struct beam_function *function =
        index != BEAM_NO_INS ? &v->code->functions.at[index] : NULL;
    if (function == NULL || function->name != entry->function || function->arity != entry->arity)
        verify_fault(v, rule, "%.*s/%u with label %u",
                     (int)beam_module_atom(v->module, entry->function).size,
                     (const char *)beam_module_atom(v->module, entry->function).at, entry->arity,
                     entry->label);
}

static void check_tables(struct verifier *v)
{
    const struct beam_module *module = v->module;
    for (uint32_t i = 0; i < module->exports.count; i++)
        check_entry(v, BEAM_RULE_EXPORT, &module->exports.at[i]);
    for (uint32_t i = 0; i < module->locals.count; i++)
        check_entry(v, BEAM_RULE_LOCAL, &module->locals.at[i]);
    for (uint32_t i = 0; i < module->lambdas.count; i++) {
        const struct beam_lambda *lambda = &module->lambdas.at[i];
        check_entry(v, BEAM_RULE_FUN,
                    &(struct beam_export){lambda->function, lambda->arity, lambda->label});
    }
}

// Every instruction by itself; true: the function can be walked.
static bool check_operands(struct verifier *v, const struct beam_function *function)
{
    bool good = true;
    for (v->ins = function->first; v->ins < function->end; v->ins++)
        good &= verify_ins(v, &v->code->ins.at[v->ins]);
    v->ins = BEAM_NO_INS;
    return good;
}

// Walking.

// Also when the function's arguments are known: those marked may be match contexts.
static void enter_function(struct verifier *v, const struct beam_function *function)
{
    struct type *x = v->now.x, *y = v->now.y;
    v->now = (struct state){.x = x, .y = y, .nx = function->arity, .frame = NO_FRAME};
    for (uint32_t i = 0; i < function->arity; i++) {
        bool context = i < 32 && (v->contexts[v->function] >> i & 1) != 0;
        x[i] = type_of(context ? T_ANY | T_CONTEXT : T_ANY);
    }
    v->ins = function->entry;
    verify_branch(v, function->entry_label);
}

// From the label we are at on, until the code ends or nothing new is learned.
static void walk(struct verifier *v, const struct beam_function *function)
{
    const struct beam_code *code = v->code;
    verify_load(v, verify_u32(&code->ins.at[v->ins].operand[0]));
    verify_tell_handler(v);
    for (v->ins++; v->ins < function->end; v->ins++) {
        const struct beam_ins *ins = &code->ins.at[v->ins];
        if (ins->op == OP_label) {
            if (!verify_enter(v, verify_u32(&ins->operand[0])))
                return;
            verify_tell_handler(v);
        } else if (!verify_step(v, ins) || beam_never_goes_on(code, v->ins)) {
            return;
        }
    }
    v->ins = function->end - 1;
    verify_fault(v, BEAM_RULE_FALL, "it does");
}

static void forget_labels(struct verifier *v, const struct beam_function *function,
                          struct wb_mark mark)
{
    for (uint32_t i = function->first; i < function->end; i++) {
        const struct beam_ins *ins = &v->code->ins.at[i];
        if (ins->op == OP_label && ins->operand[0].value < v->code->labels.count)
            v->labels[ins->operand[0].value] = NULL;
    }
    v->memory = 0;
    wb_arena_rewind(&v->scratch, mark);
}

static void check_flow(struct verifier *v, const struct beam_function *function)
{
    struct wb_mark mark = wb_arena_mark(&v->scratch);
    enter_function(v, function);
    while (verify_next(v))
        walk(v, function);
    forget_labels(v, function, mark);
    v->ins = BEAM_NO_INS;
}

static bool is_walkable(const struct verifier *v, const struct beam_function *function)
{
    return function->entry != BEAM_NO_INS && function->arity <= 255 &&
           verify_callee(v, function->entry_label) == v->function;
}

// Again for those that may be given a match context where they had none before.
static void check_flows(struct verifier *v, bool *sound)
{
    uint32_t *known = wb_push_array(&v->scratch, uint32_t, v->code->functions.count);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        v->contexts_grew = false;
        for (v->function = 0; v->function < v->code->functions.count; v->function++) {
            const struct beam_function *function = &v->code->functions.at[v->function];
            if (!sound[v->function] ||
                (round > 0 && known[v->function] == v->contexts[v->function]))
                continue;
            known[v->function] = v->contexts[v->function];
            check_flow(v, function);
        }
        v->function = BEAM_NO_INS;
        if (!v->contexts_grew)
            return;
    }
    verify_fault(v, BEAM_RULE_LIMIT, "match contexts are passed on too often");
}

static void check_code(struct verifier *v)
{
    bool *sound = wb_push_array(&v->scratch, bool, v->code->functions.count);
    for (v->function = 0; v->function < v->code->functions.count; v->function++) {
        const struct beam_function *function = &v->code->functions.at[v->function];
        sound[v->function] = check_operands(v, function) && is_walkable(v, function);
    }
    v->function = BEAM_NO_INS;
    verify_find_returns(v, sound);
    check_flows(v, sound);
}

static uint32_t count_bits(const uint8_t *at, const uint8_t *mask, size_t size)
{
    uint32_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += (uint32_t)__builtin_popcount(at[i] & mask[i]);
    return count;
}

static void prepare(struct verifier *v)
{
    size_t bytes = v->code->ins.count / 8 + 1;
    v->verdict.proved = wb_push_array(v->arena, uint8_t, bytes);
    memset(v->verdict.proved, 0xff, bytes);
    v->demanding = wb_push_array(&v->scratch, uint8_t, bytes);
    v->labels = wb_push_array(&v->scratch, struct at_label *, v->code->labels.count);
    v->queue = wb_push_array(&v->scratch, uint32_t, v->code->labels.count);
    v->contexts = wb_push_array(&v->scratch, uint32_t, v->code->functions.count);
    v->now.x = wb_push_array(&v->scratch, struct type, VERIFY_REGS + 1);
    v->now.y = wb_push_array(&v->scratch, struct type, VERIFY_REGS + 1);
    v->now.frame = NO_FRAME;
    v->kept.x = wb_push_array(&v->scratch, struct type, VERIFY_REGS + 1);
    v->kept.y = wb_push_array(&v->scratch, struct type, VERIFY_REGS + 1);
    verify_find_bifs(v);
}

// Instructions that are not proved, in order.
static void list_doubts(struct verifier *v)
{
    size_t count = 0;
    for (uint32_t i = 0; i < v->code->ins.count; i++)
        count += !beam_proved(&v->verdict, i);
    struct beam_fault *at = wb_push_array(v->arena, struct beam_fault, count);
    v->verdict.doubts = (struct beam_fault_list){at, count};
    for (uint32_t i = 0; i < v->code->ins.count; i++) {
        if (beam_proved(&v->verdict, i))
            continue;
        const struct beam_function *function = beam_code_function_at(v->code, i);
        *at++ = (struct beam_fault){.rule = BEAM_RULE_TYPE,
                                    .function = function != NULL
                                                    ? (uint32_t)(function - v->code->functions.at)
                                                    : BEAM_NO_INS,
                                    .ins = i,
                                    .origin = BEAM_NO_INS,
                                    .text = rules[BEAM_RULE_TYPE].sentence};
    }
}

void beam_verify_with(const struct beam_module *module, const struct beam_code *code,
                      const struct beam_verify_options *options, struct wb_arena *arena,
                      struct beam_verdict *ret)
{
    struct verifier v = {.module = module, .code = code, .arena = arena};
    size_t bytes = code->ins.count / 8 + 1;
    v.ins = v.function = BEAM_NO_INS;
    prepare(&v);
    check_header(&v);
    find_entries(&v);
    check_tables(&v);
    check_code(&v);
    v.verdict.demands = count_bits(v.demanding, v.demanding, bytes);
    v.verdict.demands_proved = count_bits(v.demanding, v.verdict.proved, bytes);
    if (options->explain)
        list_doubts(&v);
    wb_arena_free(&v.scratch);
    *ret = v.verdict;
}

void beam_verify(const struct beam_module *module, const struct beam_code *code,
                 struct wb_arena *arena, struct beam_verdict *ret)
{
    beam_verify_with(module, code, &(struct beam_verify_options){0}, arena, ret);
}
