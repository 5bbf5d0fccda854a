// Calls, stack frames, functions, selection.
#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/load_priv.h"

uint32_t vm_load_nothing(struct vm_load *l, const struct beam_ins *ins)
{
    (void)l;
    (void)ins;
    return 1;
}

uint32_t vm_load_label(struct vm_load *l, const struct beam_ins *ins)
{
    l->labels[ins->operand[0].value] = l->words.count;
    if (l->loops[ins->operand[0].value])
        vm_emit(l, VM_OP_tick, 0, 0, 0);
    return 1;
}

// From the next word on it is this line.
static void begin_line(struct vm_load *l, struct vm_load_line line)
{
    line.at = l->words.count;
    if (l->lines.count > 0 && l->lines.at[l->lines.count - 1].at == line.at)
        l->lines.count--;
    l->lines.at[l->lines.count++] = line;
}

uint32_t vm_load_line_number(struct vm_load *l, const struct beam_ins *ins)
{
    uint64_t index = ins->operand[0].value;
    struct vm_load_line line = {0};
    if (index < l->module->lines.count) {
        line.file = l->module->lines.at[index].file;
        line.line = l->module->lines.at[index].line;
    }
    begin_line(l, line);
    return 1;
}

// A function that a BIF stands in for: what the module has for it is not translated.
static uint32_t load_bif_body(struct vm_load *l, const struct vm_export *export, uint32_t function)
{
    const struct beam_function *f = &l->code->functions.at[function];
    if (f->entry_label != 0)
        l->labels[f->entry_label] = l->words.count;
    vm_emit(l, VM_OP_bif_body, 0, export->arity, 0);
    vm_emit_word(l, export->bif);
    vm_emit_word(l, vm_offset(l->vm, export));
    return f->end - l->ins;
}

uint32_t vm_load_func_info(struct vm_load *l, const struct beam_ins *ins)
{
    uint32_t function = l->function_count++, arity = (uint32_t)ins->operand[2].value;
    vm_term name = l->atoms[ins->operand[1].value];
    l->functions[function] = l->words.count;
    if (l->lines.count == 0 || l->lines.at[l->lines.count - 1].at != l->words.count)
        begin_line(l, (struct vm_load_line){0});
    vm_emit(l, VM_OP_func_info, arity, 0, 0);
    vm_emit_word(l, l->atoms[1]);
    vm_emit_word(l, name);
    const struct vm_export *export = vm_export_find(l->vm, l->atoms[1], name, arity);
    if (export != NULL && export->bif != 0)
        return load_bif_body(l, export, function);
    return 1;
}

uint32_t vm_load_code_end(struct vm_load *l, const struct beam_ins *ins)
{
    (void)ins;
    vm_emit(l, VM_OP_code_end, 0, 0, 0);
    return 1;
}

uint32_t vm_load_on_load(struct vm_load *l, const struct beam_ins *ins)
{
    (void)ins;
    if (l->function_count > 0)
        l->on_load = l->functions[l->function_count - 1] + VM_FUNC_INFO_WORDS;
    return 1;
}

enum { MAX_SLOTS = 1023, MASK_SLOTS = 64 };

static uint64_t slot_bit(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_Y && o->value < MASK_SLOTS ? UINT64_C(1) << o->value : 0;
}

// The slots an instruction sets that cannot fail, call or collect garbage; false: it may.
static bool slots_set_by(const struct vm_load *l, uint32_t n, uint64_t *set)
{
    const struct beam_ins *ins = vm_load_ahead(l, n);
    switch (ins->op) {
    case OP_line:
        return true;
    case OP_move:
        *set |= slot_bit(&ins->operand[1]);
        return true;
    case OP_init_yregs:
        for (uint32_t i = 0; i < ins->operand[0].extra; i++)
            *set |= slot_bit(&ins->operand[0].list[i]);
        return true;
    case OP_get_list:
        *set |= slot_bit(&ins->operand[1]) | slot_bit(&ins->operand[2]);
        return vm_load_proved(l, l->ins + n);
    default:
        return false;
    }
}

// Which of the first 64 slots the instructions behind an allocation set before anything can fail,
// call or collect garbage.
static uint64_t slots_set_behind(const struct vm_load *l)
{
    uint64_t set = 0, more = 0;
    for (uint32_t n = 1; slots_set_by(l, n, &more); n++)
        set = more;
    return set;
}

static bool all_slots_set_behind(const struct vm_load *l, uint64_t slots)
{
    if (slots > MASK_SLOTS)
        return false;
    uint64_t all = slots == MASK_SLOTS ? UINT64_MAX : (UINT64_C(1) << slots) - 1;
    return (slots_set_behind(l) & all) == all;
}

// allocate slots live, allocate_heap slots words live
uint32_t vm_load_allocate(struct vm_load *l, const struct beam_ins *ins)
{
    uint64_t slots = ins->operand[0].value;
    uint64_t heap = ins->count == 3 ? vm_load_heap_words(&ins->operand[1]) : 0;
    uint32_t live = (uint32_t)ins->operand[ins->count - 1].value;
    if (slots > MAX_SLOTS) {
        vm_load_fail(l, wb_error_new(WB_E_LIMIT, "a stack frame of more than %d slots", MAX_SLOTS));
        return 1;
    }
    bool far = heap > UINT16_MAX, bare = !far && all_slots_set_behind(l, slots);
    if (bare && heap == 0) {
        uint32_t taken = vm_load_fused_allocate(l, (uint32_t)slots, live);
        if (taken > 0)
            return taken;
    }
    enum vm_op_name op = heap > 0 && !far ? VM_OP_allocate_heap : VM_OP_allocate;
    if (bare)
        op = op == VM_OP_allocate ? VM_OP_allocate_bare : VM_OP_allocate_heap_bare;
    vm_emit(l, op, (uint32_t)slots, live, far ? 0 : (uint32_t)heap);
    if (far) {
        vm_emit(l, VM_OP_test_heap_large, 0, live, 0);
        vm_emit_word(l, heap);
    }
    return !bare && vm_load_ahead(l, 1)->op == OP_init_yregs ? 2 : 1;
}

uint32_t vm_load_init_yregs(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *slot = ins->operand[0].list;
    uint32_t count = ins->operand[0].extra, i = 0;
    for (; i + 1 < count; i += 2)
        vm_emit(l, VM_OP_init_y2, (uint32_t)slot[i].value, (uint32_t)slot[i + 1].value, 0);
    if (i < count)
        vm_emit(l, VM_OP_init_y, (uint32_t)slot[i].value, 0, 0);
    return 1;
}

uint32_t vm_load_deallocate(struct vm_load *l, const struct beam_ins *ins)
{
    if (vm_load_ahead(l, 1)->op != OP_return || ins->operand[0].value > MAX_SLOTS)
        return 0;
    vm_emit(l, VM_OP_deallocate_return, (uint32_t)ins->operand[0].value, 0, 0);
    return 2;
}

// erlang:apply/2 and /3 are instructions. False: it is another import.
static bool load_call_apply(struct vm_load *l, const struct vm_export *export, bool tail,
                            uint32_t slots)
{
    if (export->module != VM_AM(erlang) || export->function != VM_AM(apply) ||
        (export->arity != 2 && export->arity != 3))
        return false;
    if (slots > 0)
        vm_emit(l, VM_OP_deallocate, slots, 0, 0);
    enum vm_op_name op = tail ? VM_OP_apply_list_only : VM_OP_apply_list;
    if (export->arity == 2)
        op = tail ? VM_OP_apply_fun_only : VM_OP_apply_fun;
    vm_emit(l, op, 0, 0, 0);
    return true;
}

// call_ext arity import, call_ext_only arity import, call_ext_last arity import slots
uint32_t vm_load_call_ext(struct vm_load *l, const struct beam_ins *ins)
{
    enum kind { EXT, ONLY, LAST } kind = EXT;
    if (ins->op != OP_call_ext)
        kind = ins->op == OP_call_ext_only ? ONLY : LAST;
    static const enum vm_op_name call[] = {VM_OP_call_ext, VM_OP_call_ext_only,
                                           VM_OP_call_ext_last};
    static const enum vm_op_name call_bif[] = {VM_OP_call_bif, VM_OP_call_bif_only,
                                               VM_OP_call_bif_last};
    uint32_t slots = kind == LAST ? (uint32_t)ins->operand[2].value : 0;
    const struct vm_export *export = vm_at(l->vm, l->imports[ins->operand[1].value]);
    if (load_call_apply(l, export, kind != EXT, slots))
        return 1;
    if (export->bif != 0) {
        vm_emit(l, call_bif[kind], slots, export->arity, 0);
        vm_emit_word(l, export->bif);
    } else {
        vm_emit(l, call[kind], slots, 0, 0);
    }
    vm_emit_word(l, l->imports[ins->operand[1].value]);
    return 1;
}

// call_fun arity (the fun is behind the arguments), call_fun2 tag arity fun. Before a return it is
// a tail call.
uint32_t vm_load_call_fun(struct vm_load *l, const struct beam_ins *ins)
{
    bool is_old = ins->op == OP_call_fun;
    uint32_t arity = (uint32_t)ins->operand[is_old ? 0 : 1].value;
    uint32_t fun = is_old ? VM_FIELD_X(arity) : vm_load_reg(&ins->operand[2]);
    const struct beam_ins *next = vm_load_ahead(l, 1);
    if (next->op == OP_deallocate && vm_load_ahead(l, 2)->op == OP_return) {
        vm_emit(l, VM_OP_call_fun_last, arity, fun, (uint32_t)next->operand[0].value);
        return 3;
    }
    vm_emit(l, VM_OP_call_fun, arity, fun, 0);
    return 1;
}

// The fun is the same each time: a literal.
static void load_literal_fun(struct vm_load *l, uint32_t lambda, const struct beam_operand *to)
{
    vm_emit(l, to->tag == BEAM_TAG_Y ? VM_OP_move_c_y : VM_OP_move_c_x, 0, (uint32_t)to->value, 0);
    vm_emit_fun(l, lambda);
}

uint32_t vm_load_make_fun3(struct vm_load *l, const struct beam_ins *ins)
{
    uint32_t lambda = (uint32_t)ins->operand[0].value, count = ins->operand[2].extra;
    if (count == 0) {
        load_literal_fun(l, lambda, &ins->operand[1]);
        return 1;
    }
    vm_emit(l, VM_OP_make_fun, vm_load_reg(&ins->operand[1]), 0, 0);
    vm_emit_word(l, l->lambdas[lambda]);
    vm_emit_word(l, count);
    for (uint32_t i = 0; i < count; i++)
        vm_emit_source(l, &ins->operand[2].list[i]);
    return 1;
}

// The old form: the free variables are in x0, x1, ...; the fun goes to x0. Its heap is not
// reserved.
uint32_t vm_load_make_fun2(struct vm_load *l, const struct beam_ins *ins)
{
    uint32_t lambda = (uint32_t)ins->operand[0].value;
    uint32_t count = l->module->lambdas.at[lambda].num_free;
    vm_emit(l, VM_OP_test_heap, VM_FUN_WORDS + count, count, 0);
    vm_emit(l, VM_OP_make_fun, VM_FIELD_X(0), 0, 0);
    vm_emit_word(l, l->lambdas[lambda]);
    vm_emit_word(l, count);
    for (uint32_t i = 0; i < count; i++)
        vm_emit_word(l, VM_REG_X(i));
    return 1;
}

// One value of a selection and where it leads.
struct choice {
    vm_term value;
    uint64_t label;
};

static int choice_compare(const void *a, const void *b)
{
    const struct choice *left = a, *right = b;
    return (left->value > right->value) - (left->value < right->value);
}

// The values that are immediates, in order of their words, without repetitions (the first of equal
// ones counts); the others become tests of their own.
static uint32_t collect_choices(struct vm_load *l, const struct beam_ins *ins, struct choice *ret)
{
    const struct beam_operand *list = ins->operand[2].list;
    uint32_t count = 0;
    for (uint32_t i = 0; i + 1 < ins->operand[2].extra; i += 2) {
        if (vm_load_immediate(l, &list[i], &ret[count].value)) {
            ret[count++].label = list[i + 1].value;
            continue;
        }
        vm_emit(l, VM_OP_jump_if_equal, 0, 0, 0);
        vm_emit_source(l, &ins->operand[0]);
        vm_emit_source(l, &list[i]);
        vm_emit_jump(l, list[i + 1].value);
    }
    return count;
}

static bool is_dense(const struct choice *choice, uint32_t count)
{
    if (count < 4 || !vm_is_small(choice[0].value) || !vm_is_small(choice[count - 1].value))
        return false;
    uint64_t range = (choice[count - 1].value - choice[0].value) >> 4;
    for (uint32_t i = 1; i < count; i++)
        if (!vm_is_small(choice[i].value) || choice[i].value == choice[i - 1].value)
            return false;
    return range < (uint64_t)count * 2 + 8;
}

static void emit_dense(struct vm_load *l, uint32_t reg, uint64_t otherwise,
                       const struct choice *choice, uint32_t count)
{
    uint32_t range = (uint32_t)((choice[count - 1].value - choice[0].value) >> 4) + 1, i = 0;
    vm_emit(l, VM_OP_select_dense, reg, 0, 0);
    vm_emit_jump(l, otherwise);
    vm_emit_word(l, 1 + range);
    vm_emit_word(l, choice[0].value);
    for (uint32_t n = 0; n < range; n++) {
        bool here = choice[i].value == choice[0].value + ((uint64_t)n << 4);
        vm_emit_label(l, here ? choice[i].label : 0);
        i += here;
    }
}

enum { LINEAR_CHOICES = 5 };

static void emit_choices(struct vm_load *l, enum vm_op_name op, uint32_t reg, uint64_t otherwise,
                         const struct choice *choice, uint32_t count)
{
    vm_emit(l, op, reg, 0, 0);
    vm_emit_jump(l, otherwise);
    vm_emit_word(l, (uint64_t)count * 2);
    for (uint32_t i = 0; i < count; i++) {
        vm_emit_word(l, choice[i].value);
        vm_emit_label(l, choice[i].label);
    }
}

// The source is a constant: test one value after another.
static void load_select_constant(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *list = ins->operand[2].list;
    for (uint32_t i = 0; i + 1 < ins->operand[2].extra; i += 2) {
        vm_emit(l, VM_OP_jump_if_equal, 0, 0, 0);
        vm_emit_source(l, &ins->operand[0]);
        vm_emit_source(l, &list[i]);
        vm_emit_jump(l, list[i + 1].value);
    }
    vm_emit(l, VM_OP_jump, 0, 0, 0);
    vm_emit_jump(l, ins->operand[1].value);
}

uint32_t vm_load_select_val(struct vm_load *l, const struct beam_ins *ins)
{
    if (!beam_is_register(&ins->operand[0])) {
        load_select_constant(l, ins);
        return 1;
    }
    struct choice *choice = wb_push_array(l->arena, struct choice, ins->operand[2].extra / 2 + 1);
    uint32_t count = collect_choices(l, ins, choice), reg = vm_load_reg(&ins->operand[0]);
    uint64_t otherwise = ins->operand[1].value;
    if (count <= LINEAR_CHOICES) {
        emit_choices(l, VM_OP_select_linear, reg, otherwise, choice, count);
        return 1;
    }
    qsort(choice, count, sizeof *choice, choice_compare);
    if (is_dense(choice, count))
        emit_dense(l, reg, otherwise, choice, count);
    else
        emit_choices(l, VM_OP_select_binary, reg, otherwise, choice, count);
    return 1;
}

uint32_t vm_load_select_arity(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *list = ins->operand[2].list;
    uint32_t count = ins->operand[2].extra / 2;
    if (!beam_is_register(&ins->operand[0]))
        return 0;
    struct choice *choice = wb_push_array(l->arena, struct choice, count + 1);
    for (uint32_t i = 0; i < count; i++)
        choice[i] = (struct choice){.value = VM_HEADER(VM_TUPLE, list[2 * i].value),
                                    .label = list[2 * i + 1].value};
    emit_choices(l, VM_OP_select_arity, vm_load_reg(&ins->operand[0]), ins->operand[1].value,
                 choice, count);
    return 1;
}
