// Tuples, records, maps, tests that go together.
#include "core-vm/vm/compare.h"
#include "core-vm/vm/load_priv.h"
#include "core-vm/vm/map.h"

static void emit_sources(struct vm_load *l, const struct beam_operand *list)
{
    for (uint32_t i = 0; i < list->extra; i++)
        vm_emit_source(l, &list->list[i]);
}

uint32_t vm_load_put_tuple(struct vm_load *l, const struct beam_ins *ins)
{
    static const enum vm_op_name fixed[] = {
        [2] = VM_OP_put_tuple_2, VM_OP_put_tuple_3, VM_OP_put_tuple_4};
    uint32_t count = ins->operand[1].extra;
    bool is_fixed = count >= 2 && count <= 4;
    vm_emit(l, is_fixed ? fixed[count] : VM_OP_put_tuple, vm_load_reg(&ins->operand[0]), 0, 0);
    if (!is_fixed)
        vm_emit_word(l, count);
    emit_sources(l, &ins->operand[1]);
    return 1;
}

// is_tuple Fail R, test_arity Fail R N: one test of the header.
uint32_t vm_load_is_tuple(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_ins *next = vm_load_ahead(l, 1);
    const struct beam_operand *o = ins->operand;
    if (next->op != OP_test_arity || !beam_is_register(&o[1]) ||
        next->operand[0].value != o[0].value || next->operand[1].tag != o[1].tag ||
        next->operand[1].value != o[1].value)
        return 0;
    vm_emit(l, VM_OP_is_tuple_of, vm_load_reg(&o[1]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_word(l, VM_HEADER(VM_TUPLE, next->operand[2].value));
    return 2;
}

uint32_t vm_load_test_arity(struct vm_load *l, const struct beam_ins *ins)
{
    if (!beam_is_register(&ins->operand[1]))
        return 0;
    vm_emit(l, vm_load_proved(l, l->ins) ? VM_OP_test_arity : VM_OP_test_arity_checked,
            vm_load_reg(&ins->operand[1]), 0, 0);
    vm_emit_jump(l, ins->operand[0].value);
    vm_emit_word(l, VM_HEADER(VM_TUPLE, ins->operand[2].value));
    return 1;
}

uint32_t vm_load_is_tagged_tuple(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    if (beam_is_register(&o[1])) {
        vm_emit(l, VM_OP_is_tagged_tuple, vm_load_reg(&o[1]), 0, 0);
    } else {
        vm_emit(l, VM_OP_is_tagged_tuple_s, 0, 0, 0);
        vm_emit_source(l, &o[1]);
    }
    vm_emit_jump(l, o[0].value);
    vm_emit_word(l, VM_HEADER(VM_TUPLE, o[2].value));
    vm_emit_word(l, l->atoms[o[3].value]);
    return 1;
}

// With an immediate, equality is equality of words.
uint32_t vm_load_is_eq_exact(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    vm_term term;
    if (o[1].tag != BEAM_TAG_X || !vm_load_immediate(l, &o[2], &term))
        return 0;
    vm_emit(l, ins->op == OP_is_eq_exact ? VM_OP_is_eq_exact_x_c : VM_OP_is_ne_exact_x_c,
            (uint32_t)o[1].value, 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_word(l, term);
    return 1;
}

// get_map_elements Fail Map [Key, Destination, ...]
uint32_t vm_load_get_map_elements(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand, *list = o[2].list;
    if (o[2].extra == 2) {
        vm_emit(l, VM_OP_get_map_element, vm_load_reg(&list[1]), 0, 0);
        vm_emit_jump(l, o[0].value);
        vm_emit_source(l, &o[1]);
        vm_emit_source(l, &list[0]);
        return 1;
    }
    vm_emit(l, VM_OP_get_map_elements, 0, 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_source(l, &o[1]);
    vm_emit_word(l, o[2].extra);
    for (uint32_t i = 0; i + 1 < o[2].extra; i += 2) {
        vm_emit_source(l, &list[i]);
        vm_emit_word(l, vm_load_reg_word(&list[i + 1]));
    }
    return 1;
}

uint32_t vm_load_has_map_fields(struct vm_load *l, const struct beam_ins *ins)
{
    vm_emit(l, VM_OP_has_map_fields, 0, 0, 0);
    vm_emit_jump(l, ins->operand[0].value);
    vm_emit_source(l, &ins->operand[1]);
    vm_emit_word(l, ins->operand[2].extra);
    emit_sources(l, &ins->operand[2]);
    return 1;
}

// put_map_assoc Fail Map Destination Live [Key, Value, ...]
static uint32_t load_put_map(struct vm_load *l, const struct beam_ins *ins, enum vm_op_name op)
{
    const struct beam_operand *o = ins->operand;
    vm_emit(l, op, vm_load_reg(&o[2]), 0, 0);
    vm_emit_jump(l, o[0].value);
    vm_emit_source(l, &o[1]);
    vm_emit_word(l, o[3].value);
    vm_emit_word(l, o[4].extra);
    emit_sources(l, &o[4]);
    return 1;
}

static bool is_empty_map(const struct vm_load *l, const struct beam_operand *o)
{
    if (o->tag != BEAM_TAG_LITERAL)
        return false;
    const struct beam_value *value = &l->literals.at[o->value];
    return value->kind == BEAM_MAP && value->part.count == 0;
}

struct atom_key {
    vm_term atom;
    const struct beam_operand *value;
};

// Keys that are atoms, all different, in order; how many, 0: they are not such.
static size_t sort_atom_keys(const struct vm_load *l, const struct beam_operand *list,
                             struct atom_key keys[VM_FLAT_MAP_LIMIT])
{
    size_t count = 0;
    if (list->extra > 2 * VM_FLAT_MAP_LIMIT)
        return 0;
    for (uint32_t i = 0; i + 1 < list->extra; i += 2) {
        struct atom_key key = {.value = &list->list[i + 1]};
        if (!vm_load_immediate(l, &list->list[i], &key.atom) || !vm_is_atom(key.atom))
            return 0;
        size_t at = count++;
        for (; at > 0 && vm_compare(l->vm, keys[at - 1].atom, key.atom) > 0; at--)
            keys[at] = keys[at - 1];
        if (at > 0 && keys[at - 1].atom == key.atom)
            return 0;
        keys[at] = key;
    }
    return count;
}

static struct beam_value tuple_of_keys(struct vm_load *l, const struct atom_key *keys, size_t count)
{
    struct beam_value *at = wb_push_array(l->arena, struct beam_value, count);
    for (size_t i = 0; i < count; i++)
        at[i] = (struct beam_value){.kind = BEAM_ATOM, .text = vm_atom_text(l->vm, keys[i].atom)};
    return (struct beam_value){.kind = BEAM_TUPLE, .part = {at, count}};
}

// A map from nothing with keys known now shares the tuple of its keys with all others made here.
static uint32_t load_new_map(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    struct atom_key keys[VM_FLAT_MAP_LIMIT];
    size_t count = sort_atom_keys(l, &o[4], keys);
    if (count == 0)
        return 0;
    struct beam_value tuple = tuple_of_keys(l, keys, count);
    vm_emit(l, VM_OP_new_map, vm_load_reg(&o[2]), 0, 0);
    vm_emit_literal(l, vm_load_literal(l, &tuple));
    vm_emit_word(l, o[3].value);
    vm_emit_word(l, count);
    for (size_t i = 0; i < count; i++)
        vm_emit_source(l, keys[i].value);
    return 1;
}

uint32_t vm_load_put_map_assoc(struct vm_load *l, const struct beam_ins *ins)
{
    if (is_empty_map(l, &ins->operand[1]) && load_new_map(l, ins) != 0)
        return 1;
    return load_put_map(l, ins, VM_OP_put_map_assoc);
}

uint32_t vm_load_put_map_exact(struct vm_load *l, const struct beam_ins *ins)
{
    return load_put_map(l, ins, VM_OP_put_map_exact);
}

// update_record Hint Size Source Destination [Index, Value, ...]
uint32_t vm_load_update_record(struct vm_load *l, const struct beam_ins *ins)
{
    const struct beam_operand *o = ins->operand;
    if (o[1].value > UINT16_MAX)
        return 0;
    vm_emit(l, vm_load_proved(l, l->ins) ? VM_OP_update_record : VM_OP_update_record_checked,
            vm_load_reg(&o[3]), 0, (uint32_t)o[1].value);
    vm_emit_source(l, &o[2]);
    vm_emit_word(l, o[4].extra);
    for (uint32_t i = 0; i + 1 < o[4].extra; i += 2) {
        vm_emit_word(l, o[4].list[i].value);
        vm_emit_source(l, &o[4].list[i + 1]);
    }
    return 1;
}
