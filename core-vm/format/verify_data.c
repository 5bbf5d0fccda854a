// What single instructions demand, learn and leave behind: moving, taking apart, building, BIFs.
#include <string.h>

#include "core-vm/format/verify_priv.h"

// Moving.

static bool move(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *from = &ins->operand[0];
    vtype type = verify_read_any(v, from);
    struct slot *slot = verify_slot(v, from);
    if (slot == NULL || slot->type == TYPE_UNSET || slot->relation == REL_TAG) {
        verify_write(v, &ins->operand[1], type);
        return true;
    }
    (void)verify_name(v, from);
    verify_write_slot(v, &ins->operand[1], *slot);
    return true;
}

static bool swap(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[0], *b = &ins->operand[1];
    (void)verify_read_any(v, a);
    (void)verify_read_any(v, b);
    struct slot *at_a = verify_slot(v, a), *at_b = verify_slot(v, b);
    if (at_a == NULL || at_b == NULL || at_a->type == TYPE_UNSET || at_b->type == TYPE_UNSET ||
        at_a->relation == REL_TAG || at_b->relation == REL_TAG)
        return true;
    struct slot of_a = *at_a, of_b = *at_b;
    verify_write_slot(v, a, of_b);
    verify_write_slot(v, b, of_a);
    return true;
}

// Taking apart.

static vtype head(struct verifier *v, vtype list)
{
    const struct type *type = &v->types.at[list];
    return (type->kinds & T_CONS) != 0 ? type->element : TYPE_ANY;
}

static vtype tail(struct verifier *v, vtype list)
{
    struct type type = v->types.at[list];
    if ((type.kinds & T_CONS) == 0 || !type.proper)
        return TYPE_ANY;
    return type_list(&v->types, type.element, true, T_LIST);
}

static bool get_list(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0];
    vtype list = verify_read(v, o);
    if (!verify_need_kinds(v, o, list, T_CONS) || !verify_learn(v, o, type_of(&v->types, T_CONS)))
        return false;
    list = verify_type(v, o);
    if (ins->op != OP_get_tl)
        verify_write(v, &ins->operand[1], head(v, list));
    if (ins->op != OP_get_hd)
        verify_write(v, &ins->operand[ins->count - 1], tail(v, list));
    return true;
}

// It is a tuple with element `at`, from 0. False: it cannot be.
static bool need_element(struct verifier *v, const struct beam_operand *o, vtype tuple, uint32_t at)
{
    if (!verify_need_kinds(v, o, tuple, T_TUPLE))
        return false;
    if (type_is(&v->types, tuple, T_TUPLE)) {
        vtype wanted = type_tuple(&v->types, at + 1, false, NULL, 0);
        bool may = type_meet(&v->types, tuple, wanted) != TYPE_NONE || tuple == TYPE_NONE;
        bool is = tuple == TYPE_NONE || at < type_least_size(&v->types, tuple);
        verify_need(v, BEAM_RULE_SIZE, o, proof_of(is, may));
        return may;
    }
    return true;
}

static bool get_tuple_element(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0];
    uint32_t at = verify_u32(&ins->operand[1]);
    vtype tuple = verify_read(v, o);
    if (!need_element(v, o, tuple, at) ||
        !verify_learn(v, o, type_tuple(&v->types, at + 1, false, NULL, 0)))
        return false;
    struct slot slot = slot_of(type_element(&v->types, verify_type(v, o), at));
    if (at < MOST_ELEMENTS)
        verify_relate(v, &slot, REL_ELEMENT, o, at);
    verify_write_related(v, &ins->operand[2], slot);
    return true;
}

// The tuple is another one now, wherever it is.
static void set_element(struct slot *slot, uint32_t tuple, uint32_t at, vtype type)
{
    if (slot->value == tuple)
        slot->type = type;
    if (slot->of == tuple && slot->relation == REL_ELEMENT && slot->at == at) {
        slot->of = 0;
        slot->relation = REL_NONE;
        slot->at = 0;
    }
}

static bool set_tuple_element(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[1];
    uint32_t at = verify_u32(&ins->operand[2]);
    verify_disturb(v);
    vtype element = verify_read(v, &ins->operand[0]), type = verify_read(v, o);
    if (!need_element(v, o, type, at))
        return false;
    uint32_t tuple = verify_name(v, o);
    type = type_set_element(&v->types, type, at, element);
    v->slots_changed = true;
    verify_need(v, BEAM_RULE_FRESH, o, tuple != 0 && tuple == v->now.fresh ? PROVED : UNPROVED);
    for (uint32_t i = 0; tuple != 0 && i < v->now.nx; i++)
        set_element(&v->now.x[i], tuple, at, type);
    for (int32_t i = 0; tuple != 0 && i < v->now.frame; i++)
        set_element(&v->now.y[i], tuple, at, type);
    return true;
}

// Building.

static bool put_list(struct verifier *v, const struct beam_ins *ins)
{
    vtype element = verify_read(v, &ins->operand[0]), rest = verify_read(v, &ins->operand[1]);
    struct type tail = v->types.at[rest];
    verify_use(v, (struct room){.words = 2});
    bool is_list = (tail.kinds & ~T_LIST) == 0;
    bool proper = is_list && ((tail.kinds & T_CONS) == 0 || tail.proper);
    if ((tail.kinds & T_CONS) != 0)
        element = is_list ? type_join(&v->types, element, tail.element) : TYPE_ANY;
    if (!is_list)
        element = TYPE_ANY;
    verify_write(v, &ins->operand[2], type_list(&v->types, element, proper, T_CONS));
    return true;
}

static void read_all(struct verifier *v, const struct beam_operand *list)
{
    for (uint32_t i = 0; i < list->extra; i++)
        (void)verify_read(v, &list->list[i]);
}

static bool put_tuple2(struct verifier *v, const struct beam_ins *ins)
{
    vtype element[MOST_ELEMENTS];
    const struct beam_operand *list = &ins->operand[1];
    uint32_t size = list->extra, count = size < MOST_ELEMENTS ? size : MOST_ELEMENTS;
    for (uint32_t i = 0; i < size; i++) {
        vtype type = verify_read(v, &list->list[i]);
        if (i < count)
            element[i] = type;
    }
    verify_use(v, (struct room){.words = size + 1});
    verify_write(v, &ins->operand[0], type_tuple(&v->types, size, true, element, count));
    return true;
}

static vtype type_of_lambda(struct verifier *v, const struct beam_lambda *lambda)
{
    uint32_t target = verify_callee(v, lambda->label), arity = lambda->arity - lambda->num_free;
    if (lambda->arity < lambda->num_free)
        return type_of(&v->types, T_FUN);
    return target != BEAM_NO_INS ? type_fun_of(&v->types, arity, target)
                                 : type_fun(&v->types, arity);
}

static bool make_fun3(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_lambda *lambda = &v->module->lambdas.at[ins->operand[0].value];
    const struct beam_operand *list = &ins->operand[2];
    uint32_t size = list->extra;
    if (lambda->num_free != size || lambda->num_free > lambda->arity) {
        verify_fault(v, BEAM_RULE_LIST, "%u values for %u free variables", size, lambda->num_free);
        return false;
    }
    for (uint32_t i = 0; i < size; i++) {
        vtype type = verify_read(v, &list->list[i]);
        if (i < VERIFY_ARGS)
            v->args[i] = slot_of(type == TYPE_UNSET ? TYPE_ANY : type);
    }
    if (lambda->arity <= 255)
        verify_fun_made(v, lambda);
    verify_use(v, (struct room){.words = size, .funs = 1});
    verify_write(v, &ins->operand[1], type_of_lambda(v, lambda));
    return true;
}

static bool make_fun2(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_lambda *lambda = &v->module->lambdas.at[ins->operand[0].value];
    verify_disturb(v);
    verify_args(v, lambda->num_free, false);
    for (uint32_t i = 0; i < lambda->num_free && i < VERIFY_ARGS; i++)
        v->args[i] =
            slot_of(i < v->now.nx && v->now.x[i].type != TYPE_UNSET ? v->now.x[i].type : TYPE_ANY);
    if (lambda->arity <= 255 && lambda->num_free <= lambda->arity)
        verify_fun_made(v, lambda);
    if (v->now.frame == NO_FRAME && !v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "a call without one");
    verify_give_up_registers(v);
    verify_write(v, &(struct beam_operand){.tag = BEAM_TAG_X}, type_of_lambda(v, lambda));
    return true;
}

static bool update_record(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[4], *o = &ins->operand[2];
    uint32_t size = verify_u32(&ins->operand[1]);
    vtype tuple = verify_read(v, o), element[MOST_ELEMENTS];
    if (size == 0 || size >= UINT32_MAX) {
        verify_fault(v, BEAM_RULE_COUNT, "a record of size %u", size);
        return false;
    }
    if (!need_element(v, o, tuple, size - 1) ||
        !verify_learn(v, o, type_tuple(&v->types, size, false, NULL, 0)))
        return false;
    for (uint32_t i = 0; i < size && i < MOST_ELEMENTS; i++)
        element[i] = type_element(&v->types, verify_type(v, o), i);
    for (uint32_t i = 0; i < list->extra; i += 2) {
        vtype type = verify_read(v, &list->list[i + 1]);
        uint64_t at = list->list[i].value;
        if (at == 0 || at > size)
            verify_fault(v, BEAM_RULE_COUNT, "position %u of %u", verify_u32(&list->list[i]), size);
        else if (at <= MOST_ELEMENTS)
            element[at - 1] = type;
    }
    verify_use(v, (struct room){.words = size + 1});
    verify_write(
        v, &ins->operand[3],
        type_tuple(&v->types, size, true, element, size < MOST_ELEMENTS ? size : MOST_ELEMENTS));
    return true;
}

// Maps.

static bool need_map(struct verifier *v, const struct beam_operand *o)
{
    return verify_need_kinds(v, o, verify_read(v, o), T_MAP);
}

static bool put_map(struct verifier *v, const struct beam_ins *ins)
{
    bool possible = need_map(v, &ins->operand[1]);
    read_all(v, &ins->operand[4]);
    verify_collect(v, verify_u32(&ins->operand[3]), (struct room){0});
    verify_fail(v, &ins->operand[0]);
    verify_write(v, &ins->operand[2], type_of(&v->types, T_MAP));
    return possible;
}

static bool has_map_fields(struct verifier *v, const struct beam_ins *ins)
{
    bool possible = need_map(v, &ins->operand[1]);
    read_all(v, &ins->operand[2]);
    verify_branch(v, ins->operand[0].value);
    return possible;
}

// When a key is missing, those before it may have been written already.
static bool get_map_elements(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[2];
    if (!need_map(v, &ins->operand[1]))
        return false;
    for (uint32_t i = 0; i < list->extra; i += 2)
        (void)verify_read(v, &list->list[i]);
    for (uint32_t i = 1; i < list->extra; i += 2)
        if (verify_type(v, &list->list[i]) != TYPE_UNSET)
            verify_write(v, &list->list[i], TYPE_ANY);
    verify_branch(v, ins->operand[0].value);
    v->written = 0;
    for (uint32_t i = 1; i < list->extra; i += 2)
        verify_write(v, &list->list[i], TYPE_ANY);
    return true;
}

// BIFs and floats.

static void relate_measure(struct verifier *v, struct slot *result, const struct beam_operand *o,
                           enum measure measure)
{
    struct sum sum = {0};
    if (verify_measure(v, &sum, o, measure, 1))
        verify_relate_sum(v, result, &sum);
}

static struct slot bif_result(struct verifier *v, const struct beam_ins *ins, unsigned import,
                              vtype type)
{
    struct slot slot = slot_of(type);
    uint64_t index = ins->operand[import].value;
    if (v->import_bif[index] == 0 || ins->count != import + 3)
        return slot;
    const struct beam_operand *o = &ins->operand[import + 1];
    struct wb_bytes name = beam_module_atom(v->module, v->module->imports.at[index].function);
    uint16_t kinds = verify_tested_kinds(v, index);
    if (kinds != 0)
        verify_relate(v, &slot, REL_TEST, o, kinds);
    else if (wb_bytes_equal(name, wb_bytes_of("tuple_size")))
        verify_relate(v, &slot, REL_SIZE, o, 0);
    else if (wb_bytes_equal(name, wb_bytes_of("byte_size")))
        relate_measure(v, &slot, o, MEASURE_BYTES);
    else if (wb_bytes_equal(name, wb_bytes_of("bit_size")))
        relate_measure(v, &slot, o, MEASURE_BITS);
    return slot;
}

enum { MOST_LITERAL_ELEMENTS = 1024 };

// One of the elements of a tuple that is a literal.
static vtype any_element(struct verifier *v, uint64_t literal)
{
    const struct beam_value *value = v->module->literals.at[literal].value;
    vtype type = TYPE_NONE;
    if (value->kind != BEAM_TUPLE || value->part.count > MOST_LITERAL_ELEMENTS)
        return TYPE_ANY;
    for (size_t i = 0; i < value->part.count; i++)
        type =
            type_join(&v->types, type, type_value(&v->types, &value->part.at[i], MOST_DEPTH - 1));
    return type != TYPE_NONE ? type : TYPE_ANY;
}

// element(N, Tuple) with N known is get_tuple_element.
static struct slot element_of(struct verifier *v, const struct beam_operand *index,
                              const struct beam_operand *tuple)
{
    struct slot slot = slot_of(TYPE_ANY);
    if (tuple->tag == BEAM_TAG_LITERAL && index->tag != BEAM_TAG_I)
        slot.type = any_element(v, tuple->value);
    if (index->tag != BEAM_TAG_I || index->integer < 1 || index->integer > MOST_ELEMENTS)
        return slot;
    uint32_t at = (uint32_t)index->integer - 1;
    slot.type = type_element(&v->types, verify_type(v, tuple), at);
    verify_relate(v, &slot, REL_ELEMENT, tuple, at);
    return slot;
}

enum { MOST_ARGS = 3 };

static bool bif(struct verifier *v, const struct beam_ins *ins)
{
    bool collects = ins->op == OP_gc_bif1 || ins->op == OP_gc_bif2 || ins->op == OP_gc_bif3;
    unsigned import = ins->op == OP_bif0 ? 0 : collects ? 2 : 1, arity = ins->count - import - 2u;
    const struct beam_operand *o = &ins->operand[import + 1];
    vtype args[MOST_ARGS];
    uint64_t index = ins->operand[import].value;
    for (unsigned i = 0; i < MOST_ARGS; i++)
        args[i] = i < arity ? verify_read(v, &o[i]) : TYPE_ANY;
    if (collects)
        verify_collect(v, verify_u32(&ins->operand[1]), (struct room){0});
    if (import > 0)
        verify_fail(v, &ins->operand[0]);
    vtype result = verify_bif_type(v, index, args);
    for (unsigned i = 0; i < arity; i++) {
        vtype type = verify_bif_argument(v, index, i, args);
        if (type != TYPE_ANY && !verify_learn(v, &o[i], type))
            return false;
    }
    if (result == TYPE_NONE)
        return false;
    struct slot slot = verify_takes_element(v, index) ? element_of(v, o, o + 1)
                                                      : bif_result(v, ins, import, result);
    verify_write_related(v, &ins->operand[ins->count - 1], slot);
    return true;
}

static bool fmove(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *from = &ins->operand[0], *to = &ins->operand[1];
    if (from->tag != BEAM_TAG_FR) {
        if (!verify_need_kinds(v, from, verify_read(v, from), T_FLOAT))
            return false;
    } else if ((v->now.floats >> from->value & 1) == 0) {
        verify_fault(v, BEAM_RULE_FLOAT, "fr%u", (unsigned)from->value);
    }
    if (to->tag == BEAM_TAG_FR) {
        v->now.floats |= 1ull << to->value;
        return true;
    }
    if (from->tag == BEAM_TAG_FR)
        verify_use(v, (struct room){.floats = 1});
    verify_write(v, to, type_of(&v->types, T_FLOAT));
    return true;
}

static bool fconv(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *from = &ins->operand[0];
    (void)verify_read(v, from);
    v->now.floats |= 1ull << ins->operand[1].value;
    return verify_learn(v, from, type_of(&v->types, T_NUMBER));
}

static verify_fn *const specials[BEAM_OP_LIMIT] = {
    [OP_move] = move,
    [OP_swap] = swap,
    [OP_get_list] = get_list,
    [OP_get_hd] = get_list,
    [OP_get_tl] = get_list,
    [OP_get_tuple_element] = get_tuple_element,
    [OP_set_tuple_element] = set_tuple_element,
    [OP_put_list] = put_list,
    [OP_put_tuple2] = put_tuple2,
    [OP_make_fun2] = make_fun2,
    [OP_make_fun3] = make_fun3,
    [OP_update_record] = update_record,
    [OP_put_map_assoc] = put_map,
    [OP_put_map_exact] = put_map,
    [OP_has_map_fields] = has_map_fields,
    [OP_get_map_elements] = get_map_elements,
    [OP_bif0] = bif,
    [OP_bif1] = bif,
    [OP_bif2] = bif,
    [OP_bif3] = bif,
    [OP_gc_bif1] = bif,
    [OP_gc_bif2] = bif,
    [OP_gc_bif3] = bif,
    [OP_fmove] = fmove,
    [OP_fconv] = fconv,
};

verify_fn *verify_special_data(uint8_t op)
{
    return specials[op];
}
