#include "core-vm/format/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/planted.h"
#include "core-vm/format/verify_priv.h"

enum { FEW_PAIRS = 64, MANY_PAIRS = 512 };
enum { MOST_FAULTS = 1000 };

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
static struct beam_fault *find_fault(const struct verifier *v, enum beam_rule rule)
{
    for (size_t i = v->verdict.faults.count; i > 0; i--) {
        struct beam_fault *fault = &v->verdict.faults.at[i - 1];
        if (fault->ins == v->ins && fault->rule == rule && v->ins != BEAM_NO_INS)
            return fault;
    }
    return NULL;
}

static struct beam_fault *add_to(struct verifier *v, struct beam_fault_list *list,
                                 size_t *capacity_at)
{
    if (list->count == *capacity_at) {
        size_t capacity = *capacity_at != 0 ? *capacity_at * 2 : 8;
        struct beam_fault *at = wb_push_array(v->arena, struct beam_fault, capacity);
        if (list->count != 0)
            memcpy(at, list->at, list->count * sizeof *at);
        list->at = at;
        *capacity_at = capacity;
    }
    return &list->at[list->count++];
}

// Where the register's value came from; the state is that of the instruction we are at.
static uint32_t origin_of(struct verifier *v, const struct beam_operand *o)
{
    const struct slot *slot = o != NULL ? verify_slot(v, o) : NULL;
    return slot != NULL && slot->from < v->code->ins.count ? slot->from : BEAM_NO_INS;
}

static void note(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                 const char *text)
{
    if (wb_is_planted(rules[rule].name))
        return;
    struct beam_fault *fault = find_fault(v, rule);
    bool flowing = v->function != BEAM_NO_INS && v->walking;
    if (fault == NULL && v->verdict.faults.count < MOST_FAULTS) {
        char *copy = wb_push_array(v->arena, char, strlen(text) + 1);
        memcpy(copy, text, strlen(text) + 1);
        fault = add_to(v, &v->verdict.faults, &v->fault_capacity);
        *fault = (struct beam_fault){rule, v->function, v->ins, BEAM_NO_INS, copy, NULL};
    }
    if (fault == NULL || !flowing || !v->options->explain)
        return;
    if (v->explaining || fault->state == NULL) {
        fault->origin = origin_of(v, o);
        fault->state = verify_show(v);
    }
}

void verify_fault(struct verifier *v, enum beam_rule rule, const char *fmt, ...)
{
    char text[240];
    int used = snprintf(text, sizeof text, "%s: ", rules[rule].sentence);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + used, sizeof text - (size_t)used, fmt, args);
    va_end(args);
    note(v, rule, NULL, text);
}

void verify_fault_of(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                     const char *text)
{
    char whole[240];
    snprintf(whole, sizeof whole, "%s: %s%c%u", rules[rule].sentence, text,
             o->tag == BEAM_TAG_X ? 'x' : 'y', (unsigned)o->value);
    note(v, rule, o, whole);
}

// It is not certain any more: there are ways on which it is right.
static void take_back(struct verifier *v, enum beam_rule rule)
{
    for (size_t i = 0; i < v->verdict.faults.count; i++) {
        struct beam_fault *fault = &v->verdict.faults.at[i];
        if (fault->ins != v->ins || fault->rule != rule)
            continue;
        memmove(fault, fault + 1, (v->verdict.faults.count - i - 1) * sizeof *fault);
        v->verdict.faults.count--;
        v->wrongs--;
        return;
    }
}

static void doubt(struct verifier *v, enum beam_rule rule, const struct beam_operand *o)
{
    struct beam_fault *fault = add_to(v, &v->verdict.doubts, &v->doubt_capacity);
    *fault = (struct beam_fault){
        rule, v->function, v->ins, origin_of(v, o), rules[rule].sentence, verify_show(v)};
}

void verify_need(struct verifier *v, enum beam_rule rule, const struct beam_operand *o,
                 enum proof proof)
{
    uint8_t bit = (uint8_t)(1u << v->ins % 8);
    bool claim = rule == BEAM_RULE_CLAIM;
    if (claim)
        v->claiming[v->ins / 8] |= bit;
    else
        v->demanding[v->ins / 8] |= bit;
    if (v->wrongs > 0 && proof != WRONG)
        take_back(v, rule);
    if (proof == PROVED)
        return;
    if (claim) {
        v->verdict.lies[v->ins / 8] |= bit;
    } else {
        v->verdict.proved[v->ins / 8] &= (uint8_t)~bit;
        verify_disturb(v);
    }
    if (proof == WRONG) {
        size_t before = v->verdict.faults.count;
        if (o != NULL && beam_is_register(o))
            verify_fault_of(v, rule, o, "certainly not so of ");
        else
            verify_fault(v, rule, "certainly not so");
        v->wrongs += v->verdict.faults.count > before;
    } else if (v->explaining && v->options->explain) {
        doubt(v, rule, o);
    }
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

static int by_name(const void *a, const void *b)
{
    const struct beam_export *x = a, *y = b;
    if (x->function != y->function)
        return x->function < y->function ? -1 : 1;
    return x->arity < y->arity ? -1 : x->arity > y->arity;
}

// Functions, or exports, of the same name and arity.
static void check_once(struct verifier *v, struct beam_export *at, uint32_t count, const char *what)
{
    qsort(at, count, sizeof *at, by_name);
    for (uint32_t i = 1; i < count; i++)
        if (by_name(&at[i - 1], &at[i]) == 0)
            verify_fault(v, BEAM_RULE_DUPLICATE, "%s %.*s/%u", what,
                         (int)beam_module_atom(v->module, at[i].function).size,
                         (const char *)beam_module_atom(v->module, at[i].function).at, at[i].arity);
}

static void check_names(struct verifier *v)
{
    uint32_t exports = v->module->exports.count, functions = v->code->functions.count;
    struct beam_export *at =
        wb_push_array(&v->scratch, struct beam_export, exports > functions ? exports : functions);
    if (exports > 0)
        memcpy(at, v->module->exports.at, exports * sizeof *at);
    check_once(v, at, exports, "export");
    for (uint32_t i = 0; i < functions; i++)
        at[i] =
            (struct beam_export){v->code->functions.at[i].name, v->code->functions.at[i].arity, 0};
    check_once(v, at, functions, "function");
}

static void check_lines(struct verifier *v)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < v->code->ins.count; i++)
        lines += v->code->ins.at[i].op == OP_line;
    if (v->module->lines.count > 0 && lines != v->module->lines.instructions)
        verify_fault(v, BEAM_RULE_LINE_TABLE, "there are %u, it says %u", lines,
                     v->module->lines.instructions);
}

static void check_types(struct verifier *v)
{
    bool known = v->module->types.understood && v->module->types.version <= 3;
    for (uint32_t i = 0; known && i < v->module->types.count; i++)
        if ((v->module->types.at[i].bits & BEAM_TYPE_ALL) == 0)
            verify_fault(v, BEAM_RULE_TYPE_TABLE, "type %u has none", i);
}

static void check_tables(struct verifier *v)
{
    const struct beam_module *module = v->module;
    check_names(v);
    check_lines(v);
    check_types(v);
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

static bool is_walkable(const struct verifier *v, const struct beam_function *function)
{
    return function->entry != BEAM_NO_INS && function->arity <= 255 &&
           verify_callee(v, function->entry_label) == v->function;
}

enum { LEAST_REGISTERS = 257 };

// As many as the code names: small modules are checked by the thousand.
static void make_registers(struct verifier *v)
{
    size_t count = v->most_registers < LEAST_REGISTERS ? LEAST_REGISTERS : v->most_registers + 2u;
    v->now.x = wb_push_array(&v->scratch, struct slot, count);
    v->now.y = wb_push_array(&v->scratch, struct slot, count);
    v->args = wb_push_array(&v->scratch, struct slot, VERIFY_ARGS);
}

static void check_code(struct verifier *v)
{
    for (v->function = 0; v->function < v->code->functions.count; v->function++) {
        const struct beam_function *function = &v->code->functions.at[v->function];
        v->works[v->function].sound = check_operands(v, function) && is_walkable(v, function);
    }
    v->function = BEAM_NO_INS;
    make_registers(v);
    v->walking = true;
    verify_functions(v);
    v->walking = false;
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
    struct types *t = &v->types;
    v->verdict.proved = wb_push_array(v->arena, uint8_t, bytes);
    memset(v->verdict.proved, 0xff, bytes);
    v->demanding = wb_push_array(&v->scratch, uint8_t, bytes);
    v->claiming = wb_push_array(&v->scratch, uint8_t, bytes);
    v->verdict.lies = wb_push_array(v->arena, uint8_t, bytes);
    v->works = wb_push_array(&v->scratch, struct work, v->code->functions.count);
    v->stack = wb_push_array(&v->scratch, uint32_t, v->code->functions.count);
    v->changes.at = wb_push_array(&v->scratch, struct change, VERIFY_CHANGES);
    v->now.frame = NO_FRAME;
    types_init(t, v->module, &v->scratch, v->options->whole ? MANY_PAIRS : FEW_PAIRS);
    t->yes = types_atom(t, wb_bytes_of("true"));
    t->no = types_atom(t, wb_bytes_of("false"));
    t->boolean = type_join(t, type_atom(t, t->yes), type_atom(t, t->no));
    v->error_class = TYPE_NONE;
    static const char *const classes[] = {"error", "exit", "throw"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        v->error_class =
            type_join(t, v->error_class, type_atom(t, types_atom(t, wb_bytes_of(classes[i]))));
    verify_find_bifs(v);
    verify_find_bounds(v);
}

// Instructions that are not proved, in order.
static void list_doubts(struct verifier *v)
{
    bool *told = wb_push_array(&v->scratch, bool, v->code->ins.count);
    for (size_t i = 0; i < v->verdict.doubts.count; i++)
        told[v->verdict.doubts.at[i].ins] = true;
    for (size_t i = 0; i < v->verdict.faults.count; i++)
        if (v->verdict.faults.at[i].ins != BEAM_NO_INS)
            told[v->verdict.faults.at[i].ins] = true;
    for (v->ins = 0; v->ins < v->code->ins.count; v->ins++) {
        if (told[v->ins] || beam_proved(&v->verdict, v->ins))
            continue;
        bool message = v->code->ins.at[v->ins].op == OP_loop_rec;
        enum beam_rule rule = message ? BEAM_RULE_MESSAGE : BEAM_RULE_TYPE;
        const struct beam_function *function = beam_code_function_at(v->code, v->ins);
        *add_to(v, &v->verdict.doubts, &v->doubt_capacity) = (struct beam_fault){
            rule,
            function != NULL ? (uint32_t)(function - v->code->functions.at) : BEAM_NO_INS,
            v->ins,
            BEAM_NO_INS,
            rules[rule].sentence,
            NULL};
    }
    v->ins = BEAM_NO_INS;
}

void beam_verify_with(const struct beam_module *module, const struct beam_code *code,
                      const struct beam_verify_options *options, struct wb_arena *arena,
                      struct beam_verdict *ret)
{
    struct verifier v = {.module = module, .code = code, .options = options, .arena = arena};
    size_t bytes = code->ins.count / 8 + 1;
    v.ins = v.function = BEAM_NO_INS;
    prepare(&v);
    if (options->known)
        v.verdict.known.before = wb_push_array(arena, struct beam_before, code->ins.count);
    check_header(&v);
    find_entries(&v);
    check_tables(&v);
    check_code(&v);
    v.verdict.demands = count_bits(v.demanding, v.demanding, bytes);
    v.verdict.demands_proved = count_bits(v.demanding, v.verdict.proved, bytes);
    v.verdict.claims = count_bits(v.claiming, v.claiming, bytes);
    v.verdict.claims_proved = v.verdict.claims - count_bits(v.verdict.lies, v.verdict.lies, bytes);
    if (options->explain)
        list_doubts(&v);
    if (options->known)
        verify_end_known(&v);
    wb_arena_free(&v.scratch);
    *ret = v.verdict;
}

void beam_verify(const struct beam_module *module, const struct beam_code *code,
                 struct wb_arena *arena, struct beam_verdict *ret)
{
    beam_verify_with(module, code, &(struct beam_verify_options){0}, arena, ret);
}
