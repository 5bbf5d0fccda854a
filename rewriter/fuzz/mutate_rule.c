// mutate_rule.c - rules broken, one at a time: see breakers.def.
#include <string.h>

#include "core-vm/format/verify.h"
#include "rewriter/fuzz/mutate_priv.h"

enum { NOWHERE = 3000000, HEAP_MUCH = 1 << 24 };

typedef bool breaker_fn(struct rw_mutate *m, struct rw_edit *edit);
#define RW_BREAK(name, rule, function) static breaker_fn function;
#include "rewriter/fuzz/breakers.def"
#undef RW_BREAK

static const struct {
    const char *name;
    enum beam_rule rule;
    breaker_fn *run;
} breakers[] = {
#define RW_BREAK(n, r, f) {.name = #n, .rule = BEAM_RULE_##r, .run = (f)},
#include "rewriter/fuzz/breakers.def"
#undef RW_BREAK
};

size_t rw_breaker_count(void)
{
    return sizeof breakers / sizeof *breakers;
}

const char *rw_breaker_name(size_t index, enum beam_rule *rule)
{
    *rule = breakers[index].rule;
    return breakers[index].name;
}

bool rw_break_rule(struct rw_mutate *m, size_t index, struct wb_text *out)
{
    struct rw_edit edit;
    wb_text_cut(out, 0);
    rw_mutate_look(m);
    struct wb_mark mark = wb_arena_mark(&m->arena);
    bool done = rw_edit_begin(m, &edit) && breakers[index].run(m, &edit);
    if (done)
        rw_edit_emit(m, &edit, out);
    wb_arena_rewind(&m->arena, mark);
    return done;
}

bool mutate_rule(struct rw_mutate *m, struct wb_text *out)
{
    for (int i = 0; i < 4; i++)
        if (rw_break_rule(m, rw_below(&m->random, rw_breaker_count()), out))
            return true;
    return false;
}

// ---- finding things

// An instruction for which `fits` says yes, at random; NULL: none was met.
static struct beam_ins *find(struct rw_mutate *m, struct rw_edit *edit,
                             bool (*fits)(const struct beam_ins *ins))
{
    uint32_t start = (uint32_t)rw_below(&m->random, edit->count);
    for (uint32_t i = 0; i < edit->count; i++) {
        struct beam_ins *ins = &edit->at[(start + i) % edit->count];
        if (fits(ins))
            return ins;
    }
    return NULL;
}

// The place of an operand whose letter (opcodes.def) is this; 255: it has none.
static unsigned letter_at(const struct beam_ins *ins, char letter)
{
    const char *operands = beam_op_info(ins->op)->operands;
    const char *at = operands != NULL ? strchr(operands, letter) : NULL;
    return at != NULL && at - operands < ins->count ? (unsigned)(at - operands) : 255;
}

static struct beam_ins *find_letter(struct rw_mutate *m, struct rw_edit *edit, char letter,
                                    unsigned *at)
{
    uint32_t start = (uint32_t)rw_below(&m->random, edit->count);
    for (uint32_t i = 0; i < edit->count; i++) {
        struct beam_ins *ins = &edit->at[(start + i) % edit->count];
        *at = letter_at(ins, letter);
        if (*at != 255)
            return ins;
    }
    return NULL;
}

static const struct beam_function *any_function(struct rw_mutate *m)
{
    const struct beam_code *code = &rw_seed_of(m)->code;
    return code->functions.count > 0
               ? &code->functions.at[rw_below(&m->random, code->functions.count)]
               : NULL;
}

// Give the operand with that letter another value.
static bool set_letter(struct rw_mutate *m, struct rw_edit *edit, char letter,
                       struct beam_operand operand)
{
    unsigned at;
    struct beam_ins *ins = find_letter(m, edit, letter, &at);
    if (ins == NULL)
        return false;
    rw_operands(m, ins)[at] = operand;
    return true;
}

// Put an instruction of two operands at the beginning of a function's body.
static bool insert_at_entry(struct rw_mutate *m, struct rw_edit *edit, enum beam_op op,
                            const struct beam_operand *operand, uint8_t count)
{
    const struct beam_function *function = any_function(m);
    if (function == NULL || function->entry == BEAM_NO_INS)
        return false;
    return rw_edit_insert(edit, function->entry + 1, rw_ins(m, op, operand, count));
}

// ---- the module as a whole

static bool break_function_count(struct rw_mutate *m, struct rw_edit *edit)
{
    edit->functions += rw_one_in(&m->random, 2) ? 1 : UINT32_MAX;
    return true;
}

static bool is_label(const struct beam_ins *ins)
{
    return ins->op == OP_label;
}

static bool break_label_twice(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_ins *ins = find(m, edit, is_label);
    return ins != NULL && rw_edit_insert(edit, (uint32_t)(ins - edit->at) + 1, *ins);
}

static bool break_label_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_operand label =
        rw_operand(BEAM_TAG_U, edit->labels + rw_below(&m->random, 1000));
    return insert_at_entry(m, edit, OP_label, &label, 1);
}

static bool break_no_end(struct rw_mutate *m, struct rw_edit *edit)
{
    (void)m;
    edit->no_end = true;
    return true;
}

static bool break_other_module(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_function *function = any_function(m);
    if (function == NULL || rw_seed_of(m)->module.atoms.count < 3)
        return false;
    rw_operands(m, &edit->at[function->info])[0] = rw_operand(BEAM_TAG_A, 2);
    return true;
}

// Nobody branches there, but what func_info raises is found by it.
static bool break_no_info_label(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_function *function = any_function(m);
    if (function == NULL || edit->at[function->first].op != OP_label ||
        function->first == function->entry)
        return false;
    rw_edit_drop(edit, function->first, 1);
    return true;
}

// ---- operands

static bool break_operand_kind(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 'd', rw_operand(BEAM_TAG_A, 1));
}

static bool break_source_kind(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 's', rw_operand(BEAM_TAG_F, 1));
}

static bool break_x_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 'd', rw_operand(BEAM_TAG_X, 1024 + rw_below(&m->random, 5000)));
}

static bool break_y_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 'y', rw_operand(BEAM_TAG_Y, 1024 + rw_below(&m->random, 5000)));
}

static bool break_atom_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    uint32_t count = rw_seed_of(m)->module.atoms.count;
    return set_letter(m, edit, 's', rw_operand(BEAM_TAG_A, count + rw_below(&m->random, 2000)));
}

static bool break_import_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    uint32_t count = rw_seed_of(m)->module.imports.count;
    return set_letter(m, edit, 'I', rw_operand(BEAM_TAG_U, count + rw_below(&m->random, 2000)));
}

static bool break_literal_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    uint32_t count = rw_seed_of(m)->module.literals.count;
    return set_letter(m, edit, 's',
                      rw_operand(BEAM_TAG_LITERAL, count + rw_below(&m->random, 2000)));
}

static bool break_fun_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    uint32_t count = rw_seed_of(m)->module.lambdas.count;
    return set_letter(m, edit, 'g', rw_operand(BEAM_TAG_U, count + rw_below(&m->random, 2000)));
}

static bool break_line_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    uint32_t count = rw_seed_of(m)->module.lines.count;
    return set_letter(m, edit, 'i', rw_operand(BEAM_TAG_U, count + rw_below(&m->random, 2000)));
}

static bool break_heap_much(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 'h', rw_operand(BEAM_TAG_U, HEAP_MUCH + rw_below(&m->random, 9)));
}

static bool break_string_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    size_t size = rw_seed_of(m)->module.strings.size;
    return set_letter(m, edit, 'o', rw_operand(BEAM_TAG_U, size + rw_below(&m->random, 100000)));
}

static bool calls_out(const struct beam_ins *ins)
{
    return ins->op == OP_call_ext || ins->op == OP_call_ext_last || ins->op == OP_call_ext_only;
}

static bool is_bif_of_one(const struct beam_ins *ins)
{
    return ins->op == OP_bif1 || ins->op == OP_gc_bif1;
}

// What is called there has one argument too, but may do anything.
static bool break_no_guard_bif(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_ins *call = find(m, edit, calls_out);
    struct beam_ins *ins = find(m, edit, is_bif_of_one);
    if (call == NULL || ins == NULL || call->operand[0].value != 1)
        return false;
    unsigned at = letter_at(ins, 'I');
    rw_operands(m, ins)[at].value = call->operand[1].value;
    return true;
}

static bool break_key_twice(struct rw_mutate *m, struct rw_edit *edit)
{
    unsigned at;
    struct beam_ins *ins = find_letter(m, edit, 'P', &at);
    if (ins == NULL || ins->operand[at].tag != BEAM_TAG_LIST)
        return false;
    struct beam_operand *list = &rw_operands(m, ins)[at];
    struct beam_operand *twice = wb_push_array(&m->arena, struct beam_operand, list->extra * 2u);
    memcpy(twice, list->list, list->extra * sizeof *twice);
    memcpy(twice + list->extra, list->list, list->extra * sizeof *twice);
    list->list = twice;
    list->extra *= 2;
    list->width[1] = 0;
    return true;
}

// A list of pairs, one short.
static bool break_list_odd(struct rw_mutate *m, struct rw_edit *edit)
{
    static const char letters[] = "VTPG";
    unsigned at;
    struct beam_ins *ins = find_letter(m, edit, letters[rw_below(&m->random, 4)], &at);
    if (ins == NULL || ins->operand[at].tag != BEAM_TAG_LIST || ins->operand[at].extra == 0)
        return false;
    rw_operands(m, ins)[at].extra--;
    return true;
}

// ---- labels

static bool break_jump_out(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_function *to = any_function(m);
    unsigned at;
    struct beam_ins *ins = find_letter(m, edit, 'f', &at);
    if (to == NULL || ins == NULL || to->entry_label == 0)
        return false;
    uint32_t place = (uint32_t)(ins - edit->at);
    if (place >= to->first && place < to->end)
        return false;
    rw_operands(m, ins)[at] = rw_operand(BEAM_TAG_F, to->entry_label);
    return true;
}

static bool break_jump_nowhere(struct rw_mutate *m, struct rw_edit *edit)
{
    uint64_t label = edit->labels++;
    if (rw_one_in(&m->random, 2))
        label = rw_one_in(&m->random, 2) ? NOWHERE : edit->labels;
    return set_letter(m, edit, 'f', rw_operand(BEAM_TAG_F, label));
}

static bool is_local_call(const struct beam_ins *ins)
{
    return ins->op == OP_call || ins->op == OP_call_only || ins->op == OP_call_last;
}

static bool break_call_arity(struct rw_mutate *m, struct rw_edit *edit)
{
    struct beam_ins *ins = find(m, edit, is_local_call);
    if (ins == NULL || ins->operand[0].value == 0)
        return false;
    rw_operands(m, ins)[0].value--;
    return true;
}

static bool break_call_inside(struct rw_mutate *m, struct rw_edit *edit)
{
    struct beam_ins *ins = find(m, edit, is_local_call);
    const struct beam_function *function = any_function(m);
    if (ins == NULL || function == NULL || function->info_label == 0)
        return false;
    rw_operands(m, ins)[1].value = function->info_label;
    return true;
}

// ---- along the paths

static bool break_runs_on(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_function *function = any_function(m);
    if (function == NULL || function->entry == BEAM_NO_INS || function->end < function->entry + 2)
        return false;
    const struct beam_operand set[2] = {rw_operand(BEAM_TAG_I, 0), rw_operand(BEAM_TAG_X, 0)};
    uint8_t last = edit->at[function->end - 1].op;
    if (last != OP_return && last != OP_call_only && last != OP_call_ext_only && last != OP_jump)
        return false;
    edit->at[function->end - 1] = rw_ins(m, OP_move, set, 2);
    return true;
}

static bool break_unset_x(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_operand both[2] = {rw_operand(BEAM_TAG_X, 300 + rw_below(&m->random, 700)),
                                         rw_operand(BEAM_TAG_X, 256 + rw_below(&m->random, 40))};
    return insert_at_entry(m, edit, OP_move, both, 2);
}

static bool break_live_more(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 'n', rw_operand(BEAM_TAG_U, 260 + rw_below(&m->random, 700)));
}

static bool is_allocate(const struct beam_ins *ins)
{
    return ins->op == OP_allocate || ins->op == OP_allocate_heap;
}

static bool is_deallocate(const struct beam_ins *ins)
{
    return ins->op == OP_deallocate;
}

static bool break_frame_twice(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_ins *ins = find(m, edit, is_allocate);
    return ins != NULL && rw_edit_insert(edit, (uint32_t)(ins - edit->at) + 1, *ins);
}

static bool break_frame_gone(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_ins *ins =
        find(m, edit, rw_one_in(&m->random, 2) ? is_deallocate : is_allocate);
    if (ins == NULL)
        return false;
    rw_edit_drop(edit, (uint32_t)(ins - edit->at), 1);
    return true;
}

static bool break_frame_size(struct rw_mutate *m, struct rw_edit *edit)
{
    struct beam_ins *ins = find(m, edit, is_deallocate);
    if (ins == NULL)
        return false;
    rw_operands(m, ins)[0].value += 1 + rw_below(&m->random, 30);
    return true;
}

static bool sets_slots(const struct beam_ins *ins)
{
    return ins->op == OP_init_yregs || (ins->op == OP_move && ins->operand[1].tag == BEAM_TAG_Y);
}

static bool break_slot_unset(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_ins *ins = find(m, edit, sets_slots);
    if (ins == NULL)
        return false;
    rw_edit_drop(edit, (uint32_t)(ins - edit->at), 1);
    return true;
}

static bool break_heap_none(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_operand operand[3] = {rw_operand(BEAM_TAG_I, 1), rw_operand(BEAM_TAG_A, 0),
                                            rw_operand(BEAM_TAG_X, 500)};
    return insert_at_entry(m, edit, OP_put_list, operand, 3);
}

static bool break_message_none(struct rw_mutate *m, struct rw_edit *edit)
{
    return insert_at_entry(m, edit, OP_remove_message, NULL, 0);
}

static bool break_nothing_built(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_operand operand[5] = {rw_operand(BEAM_TAG_F, 0), rw_operand(BEAM_TAG_I, 8),
                                            rw_operand(BEAM_TAG_U, 1), rw_operand(BEAM_TAG_U, 0),
                                            rw_operand(BEAM_TAG_I, 5)};
    return insert_at_entry(m, edit, OP_bs_put_integer, operand, 5);
}

static bool break_head_of_number(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_operand reg = rw_operand(BEAM_TAG_X, 500);
    const struct beam_operand take[2] = {reg, reg}, set[2] = {rw_operand(BEAM_TAG_I, 5), reg};
    const struct beam_function *function = any_function(m);
    return function != NULL && function->entry != BEAM_NO_INS &&
           rw_edit_insert(edit, function->entry + 1, rw_ins(m, OP_get_hd, take, 2)) &&
           rw_edit_insert(edit, function->entry + 1, rw_ins(m, OP_move, set, 2));
}
