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

// Or one of the `most` values that begin with this.
static bool set_beyond(struct rw_mutate *m, struct rw_edit *edit, char letter,
                       struct beam_operand first, uint64_t most)
{
    first.value += rw_below(&m->random, most);
    return set_letter(m, edit, letter, first);
}

// The place at which the body of a function begins; BEAM_NO_INS: it has none.
static uint32_t any_body(struct rw_mutate *m)
{
    const struct beam_function *function = any_function(m);
    return function == NULL || function->entry == BEAM_NO_INS ? BEAM_NO_INS : function->entry + 1;
}

// Put an instruction at the beginning of a function's body.
static bool insert_in_body(struct rw_mutate *m, struct rw_edit *edit, enum beam_op op,
                           const struct beam_operand *operand)
{
    uint32_t at = any_body(m);
    return at != BEAM_NO_INS && rw_edit_insert(edit, at, rw_ins(m, op, operand));
}

// An instruction of the kind twice, or gone.
static bool insert_again(struct rw_mutate *m, struct rw_edit *edit,
                         bool (*fits)(const struct beam_ins *ins))
{
    const struct beam_ins *ins = find(m, edit, fits);
    return ins != NULL && rw_edit_insert(edit, (uint32_t)(ins - edit->at) + 1, *ins);
}

static bool drop(struct rw_mutate *m, struct rw_edit *edit,
                 bool (*fits)(const struct beam_ins *ins))
{
    const struct beam_ins *ins = find(m, edit, fits);
    if (ins == NULL)
        return false;
    rw_edit_drop(edit, (uint32_t)(ins - edit->at), 1);
    return true;
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
    return insert_again(m, edit, is_label);
}

static bool break_label_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    uint64_t label = edit->labels + rw_below(&m->random, 1000);
    return insert_in_body(m, edit, OP_label, rw_ops(RW_U(label)));
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
    rw_operands(m, &edit->at[function->info])[0] = RW_A(2);
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
    return set_letter(m, edit, 'd', RW_A(1));
}

static bool break_source_kind(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_letter(m, edit, 's', RW_F(1));
}

static bool break_x_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'd', RW_X(1024), 5000);
}

static bool break_y_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'y', RW_Y(1024), 5000);
}

static bool break_atom_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 's', RW_A(rw_seed_of(m)->module.atoms.count), 2000);
}

static bool break_import_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'I', RW_U(rw_seed_of(m)->module.imports.count), 2000);
}

static bool break_literal_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 's', RW_LIT(rw_seed_of(m)->module.literals.count), 2000);
}

static bool break_fun_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'g', RW_U(rw_seed_of(m)->module.lambdas.count), 2000);
}

static bool break_line_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'i', RW_U(rw_seed_of(m)->module.lines.count), 2000);
}

static bool break_heap_much(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'h', RW_U(HEAP_MUCH), 9);
}

static bool break_string_beyond(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'o', RW_U(rw_seed_of(m)->module.strings.size), 100000);
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
    rw_operands(m, ins)[at] = call->operand[1];
    return true;
}

static bool break_key_twice(struct rw_mutate *m, struct rw_edit *edit)
{
    unsigned at;
    struct beam_ins *ins = find_letter(m, edit, 'P', &at);
    if (ins == NULL || ins->operand[at].tag != BEAM_TAG_LIST)
        return false;
    struct beam_operand *list = &rw_operands(m, ins)[at];
    struct beam_operand *twice = rw_elements(m, list, list->extra);
    memcpy(twice + list->extra, twice, list->extra * sizeof *twice);
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
    rw_operands(m, ins)[at] = RW_F(to->entry_label);
    return true;
}

static bool break_jump_nowhere(struct rw_mutate *m, struct rw_edit *edit)
{
    uint64_t label = edit->labels++;
    if (rw_one_in(&m->random, 2))
        label = rw_one_in(&m->random, 2) ? NOWHERE : edit->labels;
    return set_letter(m, edit, 'f', RW_F(label));
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
    rw_operands(m, ins)[0] = RW_U(ins->operand[0].value - 1);
    return true;
}

static bool break_call_inside(struct rw_mutate *m, struct rw_edit *edit)
{
    struct beam_ins *ins = find(m, edit, is_local_call);
    const struct beam_function *function = any_function(m);
    if (ins == NULL || function == NULL || function->info_label == 0)
        return false;
    rw_operands(m, ins)[1] = RW_F(function->info_label);
    return true;
}

// ---- along the paths

static bool break_runs_on(struct rw_mutate *m, struct rw_edit *edit)
{
    const struct beam_function *function = any_function(m);
    if (function == NULL || function->entry == BEAM_NO_INS || function->end < function->entry + 2)
        return false;
    uint8_t last = edit->at[function->end - 1].op;
    if (last != OP_return && last != OP_call_only && last != OP_call_ext_only && last != OP_jump)
        return false;
    edit->at[function->end - 1] = rw_ins(m, OP_move, rw_ops(RW_I(0), RW_X(0)));
    return true;
}

static bool break_unset_x(struct rw_mutate *m, struct rw_edit *edit)
{
    uint64_t from = 300 + rw_below(&m->random, 700), to = 256 + rw_below(&m->random, 40);
    return insert_in_body(m, edit, OP_move, rw_ops(RW_X(from), RW_X(to)));
}

static bool break_live_more(struct rw_mutate *m, struct rw_edit *edit)
{
    return set_beyond(m, edit, 'n', RW_U(260), 700);
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
    return insert_again(m, edit, is_allocate);
}

static bool break_frame_gone(struct rw_mutate *m, struct rw_edit *edit)
{
    return drop(m, edit, rw_one_in(&m->random, 2) ? is_deallocate : is_allocate);
}

static bool break_frame_size(struct rw_mutate *m, struct rw_edit *edit)
{
    struct beam_ins *ins = find(m, edit, is_deallocate);
    if (ins == NULL)
        return false;
    rw_operands(m, ins)[0] = RW_U(ins->operand[0].value + 1 + rw_below(&m->random, 30));
    return true;
}

static bool sets_slots(const struct beam_ins *ins)
{
    return ins->op == OP_init_yregs || (ins->op == OP_move && ins->operand[1].tag == BEAM_TAG_Y);
}

static bool break_slot_unset(struct rw_mutate *m, struct rw_edit *edit)
{
    return drop(m, edit, sets_slots);
}

static bool break_heap_none(struct rw_mutate *m, struct rw_edit *edit)
{
    return insert_in_body(m, edit, OP_put_list, rw_ops(RW_I(1), RW_NIL, RW_X(500)));
}

static bool break_message_none(struct rw_mutate *m, struct rw_edit *edit)
{
    return insert_in_body(m, edit, OP_remove_message, NULL);
}

static bool break_nothing_built(struct rw_mutate *m, struct rw_edit *edit)
{
    return insert_in_body(m, edit, OP_bs_put_integer,
                          rw_ops(RW_F(0), RW_I(8), RW_U(1), RW_U(0), RW_I(5)));
}

static bool break_head_of_number(struct rw_mutate *m, struct rw_edit *edit)
{
    uint32_t at = any_body(m);
    return at != BEAM_NO_INS &&
           rw_edit_insert(edit, at, rw_ins(m, OP_get_hd, rw_ops(RW_X(500), RW_X(500)))) &&
           rw_edit_insert(edit, at, rw_ins(m, OP_move, rw_ops(RW_I(5), RW_X(500))));
}
