// What single instructions demand, learn and leave behind.
#include <string.h>

#include "core-vm/format/verify_priv.h"

static bool is_reg(const struct beam_operand *o)
{
    return o->tag == BEAM_TAG_X || o->tag == BEAM_TAG_Y;
}

static void need_frame(struct verifier *v, int32_t size)
{
    if (v->now.frame != size || v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "a frame of %d is left, it is %d", size, v->now.frame);
    if (v->now.handler != 0)
        verify_fault(v, BEAM_RULE_HANDLER, "y%u has an active tag", v->now.handler - 1);
}

static bool nothing(struct verifier *v, const struct beam_ins *ins)
{
    (void)v;
    (void)ins;
    return true;
}

// Calls.

static void after_call(struct verifier *v)
{
    if (v->now.frame == NO_FRAME && !v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "a call without one");
    verify_collect(v, 0, (struct room){0});
    v->now.floats = 0;
    v->now.building = false;
    v->now.nx = 1;
    v->now.x[0] = type_of(T_ANY);
}

// The callee learns which arguments may be match contexts.
static void local_args(struct verifier *v, const struct beam_ins *ins)
{
    uint32_t arity = verify_u32(&ins->operand[0]), contexts = 0;
    uint32_t callee = verify_callee(v, ins->operand[1].value);
    verify_args(v, arity, true);
    for (uint32_t i = 0; i < arity && i < v->now.nx; i++) {
        if ((v->now.x[i].kinds & T_CONTEXT) == 0)
            continue;
        if (i >= 32)
            verify_fault(v, BEAM_RULE_CONTEXT, "x%u is passed on", i);
        else
            contexts |= 1u << i;
    }
    if ((contexts & ~v->contexts[callee]) != 0)
        v->contexts_grew = true;
    v->contexts[callee] |= contexts;
}

static bool call(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    local_args(v, ins);
    after_call(v);
    return v->returns[verify_callee(v, ins->operand[1].value)];
}

static bool call_last(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    local_args(v, ins);
    need_frame(v, ins->op == OP_call_last ? (int32_t)ins->operand[2].value : NO_FRAME);
    return false;
}

static bool call_ext(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]), false);
    if (verify_never_returns(v, ins->operand[1].value))
        return false;
    struct type result = verify_call_type(v, ins->operand[1].value);
    after_call(v);
    v->now.x[0] = result;
    return true;
}

static bool call_ext_last(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]), false);
    int32_t frame = ins->op == OP_call_ext_last ? (int32_t)ins->operand[2].value : NO_FRAME;
    if (verify_never_returns(v, ins->operand[1].value))
        verify_demand(v, v->now.frame == frame && !v->now.lost);
    else
        need_frame(v, frame);
    return false;
}

static bool call_fun(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]) + 1, false);
    after_call(v);
    return true;
}

// Tag `safe` promises a fun of that arity; every other one leaves it to the machine.
static bool call_fun2(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *tag = &ins->operand[0];
    verify_disturb(v);
    uint32_t arity = verify_u32(&ins->operand[1]);
    verify_args(v, arity, false);
    struct type fun = verify_read(v, &ins->operand[2]);
    if (tag->tag == BEAM_TAG_A &&
        wb_bytes_equal(beam_module_atom(v->module, tag->value), wb_bytes_of("safe")))
        verify_demand(v, verify_is(fun, T_FUN) && fun.small == arity + 1);
    after_call(v);
    return true;
}

static bool apply(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]) + 2, false);
    if (ins->op == OP_apply_last) {
        need_frame(v, (int32_t)ins->operand[1].value);
        return false;
    }
    after_call(v);
    return true;
}

static bool send(struct verifier *v, const struct beam_ins *ins)
{
    (void)ins;
    verify_disturb(v);
    verify_args(v, 2, false);
    after_call(v);
    return true;
}

// Stack frames.

static bool allocate(struct verifier *v, const struct beam_ins *ins)
{
    bool heap = ins->op == OP_allocate_heap || ins->op == OP_allocate_heap_zero;
    bool zero = ins->op == OP_allocate_zero || ins->op == OP_allocate_heap_zero;
    if (v->now.frame != NO_FRAME || v->now.lost) {
        verify_fault(v, BEAM_RULE_FRAME, "there is one of %d already", v->now.frame);
        return true;
    }
    verify_collect(v, verify_u32(&ins->operand[heap ? 2 : 1]),
                   heap ? verify_room(&ins->operand[1]) : (struct room){0});
    v->now.frame = (int32_t)ins->operand[0].value;
    for (int32_t i = 0; i < v->now.frame; i++)
        v->now.y[i] = type_of(zero ? T_NIL : 0);
    return true;
}

static bool test_heap(struct verifier *v, const struct beam_ins *ins)
{
    verify_collect(v, verify_u32(&ins->operand[1]), verify_room(&ins->operand[0]));
    return true;
}

static bool init(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0];
    if (ins->op == OP_init) {
        verify_write(v, o, type_of(T_NIL));
        return true;
    }
    for (uint32_t i = 0; i < o->extra; i++)
        verify_write(v, &o->list[i], type_of(T_NIL));
    return true;
}

static bool deallocate(struct verifier *v, const struct beam_ins *ins)
{
    need_frame(v, (int32_t)ins->operand[0].value);
    v->now.frame = NO_FRAME;
    v->now.lost = false;
    v->now.handler = 0;
    return true;
}

static void shift_tags(struct verifier *v, uint32_t by)
{
    v->now.handler = v->now.handler > by ? v->now.handler - by : 0;
    for (int32_t i = 0; i < v->now.frame; i++) {
        struct type *slot = &v->now.y[i];
        if ((slot->kinds & T_TAG) != 0)
            slot->small = slot->small > by ? (uint16_t)(slot->small - by) : 0;
    }
}

static bool trim(struct verifier *v, const struct beam_ins *ins)
{
    uint32_t by = verify_u32(&ins->operand[0]), left = verify_u32(&ins->operand[1]);
    if (v->now.frame == NO_FRAME || v->now.lost || (uint64_t)by + left != (uint64_t)v->now.frame) {
        verify_fault(v, BEAM_RULE_FRAME, "%u and %u slots, but it is %d", by, left, v->now.frame);
        return true;
    }
    for (uint32_t i = 0; i < by; i++)
        if ((v->now.y[i].kinds & T_TAG) != 0)
            verify_fault(v, BEAM_RULE_HANDLER, "the tag in y%u is cut off", i);
    memmove(v->now.y, v->now.y + by, left * sizeof *v->now.y);
    v->now.frame = (int32_t)left;
    shift_tags(v, by);
    v->slots_changed = true;
    return true;
}

static bool leave(struct verifier *v, const struct beam_ins *ins)
{
    (void)ins;
    verify_disturb(v);
    verify_args(v, 1, false);
    need_frame(v, NO_FRAME);
    return false;
}

// An exception with at most one value.
static bool stop(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    if (ins->count > 0)
        (void)verify_read(v, &ins->operand[0]);
    return false;
}

static bool func_info(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[2]), false);
    return false;
}

// Moving, taking apart, building.

static bool move(struct verifier *v, const struct beam_ins *ins)
{
    struct type type = verify_read_any(v, &ins->operand[0]);
    struct type *slot = verify_slot(v, &ins->operand[0]);
    if (slot != NULL && slot->value == 0 && (slot->kinds & T_TAG) == 0)
        type.value = slot->value = v->ins + 1;
    verify_write(v, &ins->operand[1], type);
    return true;
}

static bool swap(struct verifier *v, const struct beam_ins *ins)
{
    struct type a = verify_read_any(v, &ins->operand[0]), b = verify_read_any(v, &ins->operand[1]);
    verify_write(v, &ins->operand[0], b);
    verify_write(v, &ins->operand[1], a);
    return true;
}

static bool get_list(struct verifier *v, const struct beam_ins *ins)
{
    verify_demand(v, verify_is(verify_read(v, &ins->operand[0]), T_CONS));
    verify_learn(v, &ins->operand[0], type_of(T_CONS));
    for (unsigned i = 1; i < ins->count; i++)
        verify_write(v, &ins->operand[i], type_of(T_ANY));
    return true;
}

static bool get_tuple_element(struct verifier *v, const struct beam_ins *ins)
{
    struct type tuple = verify_read(v, &ins->operand[0]);
    uint32_t at = verify_u32(&ins->operand[1]);
    verify_demand(v, verify_is(tuple, T_TUPLE) && at < tuple.info);
    verify_learn(v, &ins->operand[0], type_of_tuple(at + 1));
    verify_write(v, &ins->operand[2], type_of(T_ANY));
    return true;
}

static bool set_tuple_element(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    (void)verify_read(v, &ins->operand[0]);
    struct type tuple = verify_read(v, &ins->operand[1]);
    verify_demand(v, verify_is(tuple, T_TUPLE) && verify_u32(&ins->operand[2]) < tuple.info);
    return true;
}

static bool put_list(struct verifier *v, const struct beam_ins *ins)
{
    (void)verify_read(v, &ins->operand[0]);
    (void)verify_read(v, &ins->operand[1]);
    verify_use(v, (struct room){.words = 2});
    verify_write(v, &ins->operand[2], type_of(T_CONS));
    return true;
}

static void read_all(struct verifier *v, const struct beam_operand *list)
{
    for (uint32_t i = 0; i < list->extra; i++)
        (void)verify_read(v, &list->list[i]);
}

static bool put_tuple2(struct verifier *v, const struct beam_ins *ins)
{
    uint32_t size = ins->operand[1].extra;
    read_all(v, &ins->operand[1]);
    verify_use(v, (struct room){.words = size + 1});
    verify_write(v, &ins->operand[0], type_of_tuple(size));
    return true;
}

static struct type type_of_lambda(const struct beam_lambda *lambda)
{
    return type_of_fun(lambda->arity - lambda->num_free);
}

static bool make_fun3(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_lambda *lambda = &v->module->lambdas.at[ins->operand[0].value];
    uint32_t size = ins->operand[2].extra;
    if (lambda->num_free != size)
        verify_fault(v, BEAM_RULE_LIST, "%u values for %u free variables", size, lambda->num_free);
    read_all(v, &ins->operand[2]);
    verify_use(v, (struct room){.words = size, .funs = 1});
    verify_write(v, &ins->operand[1], type_of_lambda(lambda));
    return true;
}

static bool make_fun2(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_lambda *lambda = &v->module->lambdas.at[ins->operand[0].value];
    verify_disturb(v);
    verify_args(v, lambda->num_free, false);
    after_call(v);
    v->now.x[0] = type_of_lambda(lambda);
    return true;
}

static bool update_record(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[4];
    uint32_t size = verify_u32(&ins->operand[1]);
    struct type tuple = verify_read(v, &ins->operand[2]);
    for (uint32_t i = 0; i < list->extra; i += 2) {
        (void)verify_read(v, &list->list[i + 1]);
        if (list->list[i].value == 0 || list->list[i].value > size)
            verify_fault(v, BEAM_RULE_LIST, "position %u of %u", verify_u32(&list->list[i]), size);
    }
    verify_demand(v, verify_is(tuple, T_TUPLE) && size <= tuple.info);
    verify_use(v, (struct room){.words = size + 1});
    verify_write(v, &ins->operand[3], type_of_tuple(size));
    return true;
}

// Maps.

static bool put_map(struct verifier *v, const struct beam_ins *ins)
{
    verify_demand(v, verify_is(verify_read(v, &ins->operand[1]), T_MAP));
    read_all(v, &ins->operand[4]);
    verify_collect(v, verify_u32(&ins->operand[3]), (struct room){0});
    verify_fail(v, &ins->operand[0]);
    verify_write(v, &ins->operand[2], type_of(T_MAP));
    return true;
}

static bool has_map_fields(struct verifier *v, const struct beam_ins *ins)
{
    verify_demand(v, verify_is(verify_read(v, &ins->operand[1]), T_MAP));
    read_all(v, &ins->operand[2]);
    verify_branch(v, ins->operand[0].value);
    return true;
}

// When a key is missing, those before it may have been written already.
static bool get_map_elements(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *list = &ins->operand[2];
    verify_demand(v, verify_is(verify_read(v, &ins->operand[1]), T_MAP));
    for (uint32_t i = 0; i < list->extra; i += 2)
        (void)verify_read(v, &list->list[i]);
    for (uint32_t i = 1; i < list->extra; i += 2)
        if (verify_type(v, &list->list[i]).kinds != 0)
            verify_write(v, &list->list[i], type_of(T_ANY));
    verify_branch(v, ins->operand[0].value);
    for (uint32_t i = 1; i < list->extra; i += 2)
        verify_write(v, &list->list[i], type_of(T_ANY));
    return true;
}

// Tests. On the way where one fails, the register is none of these kinds; on the other it is.

static bool test(struct verifier *v, const struct beam_ins *ins, struct type type)
{
    const struct beam_operand *o = &ins->operand[1];
    (void)verify_read(v, o);
    verify_keep(v, o);
    verify_unlearn(v, o, type.kinds);
    verify_branch(v, ins->operand[0].value);
    verify_put_back(v);
    verify_learn(v, o, type);
    return true;
}

static bool test_kind(struct verifier *v, const struct beam_ins *ins)
{
    static const uint16_t kinds[BEAM_OP_LIMIT] = {
        [OP_is_integer] = T_INT,   [OP_is_float] = T_FLOAT,
        [OP_is_number] = T_NUMBER, [OP_is_atom] = T_ATOM,
        [OP_is_nil] = T_NIL,       [OP_is_list] = T_LIST,
        [OP_is_tuple] = T_TUPLE,   [OP_is_nonempty_list] = T_CONS,
        [OP_is_map] = T_MAP,       [OP_is_bitstr] = T_BITS,
        [OP_is_function] = T_FUN,
    };
    return test(v, ins, type_of(kinds[ins->op]));
}

// Tests that only some values of a kind pass.
static bool test_some(struct verifier *v, const struct beam_ins *ins)
{
    static const uint16_t kinds[BEAM_OP_LIMIT] = {
        [OP_is_pid] = T_ID,      [OP_is_port] = T_ID,      [OP_is_reference] = T_ID,
        [OP_is_binary] = T_BITS, [OP_is_boolean] = T_ATOM,
    };
    struct type type = type_of(kinds[ins->op]);
    (void)verify_read(v, &ins->operand[1]);
    verify_branch(v, ins->operand[0].value);
    verify_learn(v, &ins->operand[1], type);
    return true;
}

static bool is_function2(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *arity = &ins->operand[2];
    (void)verify_read(v, &ins->operand[1]);
    (void)verify_read(v, arity);
    verify_branch(v, ins->operand[0].value);
    bool known = arity->tag == BEAM_TAG_I && arity->integer >= 0 && arity->integer <= 255;
    verify_learn(v, &ins->operand[1],
                 known ? type_of_fun((uint32_t)arity->integer) : type_of(T_FUN));
    return true;
}

static bool test_arity(struct verifier *v, const struct beam_ins *ins)
{
    verify_demand(v, verify_is(verify_read(v, &ins->operand[1]), T_TUPLE));
    verify_branch(v, ins->operand[0].value);
    verify_learn(v, &ins->operand[1], type_of_tuple(verify_u32(&ins->operand[2])));
    return true;
}

static bool is_tagged_tuple(struct verifier *v, const struct beam_ins *ins)
{
    (void)verify_read(v, &ins->operand[1]);
    verify_branch(v, ins->operand[0].value);
    verify_learn(v, &ins->operand[1], type_of_tuple(verify_u32(&ins->operand[2])));
    return true;
}

static bool is_eq_exact(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[1], *b = &ins->operand[2];
    struct type of_a = verify_read(v, a), of_b = verify_read(v, b);
    if (is_reg(a) && !is_reg(b) && of_b.kinds == T_NIL)
        return test(v, ins, of_b);
    verify_branch(v, ins->operand[0].value);
    verify_learn(v, a, of_b);
    verify_learn(v, b, of_a);
    return true;
}

// One way of a selection, on which the register is of that type.
static void select_way(struct verifier *v, const struct beam_operand *o, struct type type,
                       uint64_t label)
{
    verify_keep(v, o);
    verify_learn(v, o, type);
    verify_branch(v, label);
    verify_put_back(v);
}

static bool select_val(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0], *list = &ins->operand[2];
    (void)verify_read(v, o);
    verify_branch(v, ins->operand[1].value);
    for (uint32_t i = 0; i < list->extra; i += 2)
        select_way(v, o, verify_type(v, &list->list[i]), list->list[i + 1].value);
    return false;
}

static bool select_tuple_arity(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0], *list = &ins->operand[2];
    verify_demand(v, verify_is(verify_read(v, o), T_TUPLE));
    verify_branch(v, ins->operand[1].value);
    for (uint32_t i = 0; i < list->extra; i += 2)
        select_way(v, o, type_of_tuple(verify_u32(&list->list[i])), list->list[i + 1].value);
    return false;
}

// BIFs and floats.

static bool bif(struct verifier *v, const struct beam_ins *ins)
{
    bool collects = ins->op == OP_gc_bif1 || ins->op == OP_gc_bif2 || ins->op == OP_gc_bif3;
    unsigned import = ins->op == OP_bif0 ? 0 : collects ? 2 : 1;
    for (unsigned i = import + 1; i + 1 < ins->count; i++)
        (void)verify_read(v, &ins->operand[i]);
    struct type result = verify_bif_type(v, ins->operand[import].value);
    if (collects)
        verify_collect(v, verify_u32(&ins->operand[1]), (struct room){0});
    if (import > 0)
        verify_fail(v, &ins->operand[0]);
    verify_bif_learn(v, ins, import);
    verify_write(v, &ins->operand[ins->count - 1], result);
    return true;
}

static bool fmove(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *from = &ins->operand[0], *to = &ins->operand[1];
    if (from->tag != BEAM_TAG_FR)
        verify_demand(v, verify_is(verify_read(v, from), T_FLOAT));
    else if ((v->now.floats >> from->value & 1) == 0)
        verify_fault(v, BEAM_RULE_UNSET, "fr%u", (unsigned)from->value);
    if (to->tag == BEAM_TAG_FR) {
        v->now.floats |= 1ull << to->value;
        return true;
    }
    if (from->tag == BEAM_TAG_FR)
        verify_use(v, (struct room){.floats = 1});
    verify_write(v, to, type_of(T_FLOAT));
    return true;
}

static verify_fn *const specials[BEAM_OP_LIMIT] = {
    [OP_line] = nothing,
    [OP_executable_line] = nothing,
    [OP_debug_line] = nothing,
    [OP_nif_start] = nothing,
    [OP_on_load] = nothing,
    [OP_recv_mark] = nothing,
    [OP_recv_set] = nothing,
    [OP_func_info] = func_info,
    [OP_badmatch] = stop,
    [OP_if_end] = stop,
    [OP_case_end] = stop,
    [OP_try_case_end] = stop,
    [OP_badrecord] = stop,
    [OP_call] = call,
    [OP_call_last] = call_last,
    [OP_call_only] = call_last,
    [OP_call_ext] = call_ext,
    [OP_call_ext_last] = call_ext_last,
    [OP_call_ext_only] = call_ext_last,
    [OP_call_fun] = call_fun,
    [OP_call_fun2] = call_fun2,
    [OP_apply] = apply,
    [OP_apply_last] = apply,
    [OP_send] = send,
    [OP_allocate] = allocate,
    [OP_allocate_heap] = allocate,
    [OP_allocate_zero] = allocate,
    [OP_allocate_heap_zero] = allocate,
    [OP_test_heap] = test_heap,
    [OP_init] = init,
    [OP_init_yregs] = init,
    [OP_deallocate] = deallocate,
    [OP_trim] = trim,
    [OP_return] = leave,
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
    [OP_is_integer] = test_kind,
    [OP_is_float] = test_kind,
    [OP_is_number] = test_kind,
    [OP_is_atom] = test_kind,
    [OP_is_nil] = test_kind,
    [OP_is_list] = test_kind,
    [OP_is_nonempty_list] = test_kind,
    [OP_is_tuple] = test_kind,
    [OP_is_map] = test_kind,
    [OP_is_bitstr] = test_kind,
    [OP_is_function] = test_kind,
    [OP_is_pid] = test_some,
    [OP_is_port] = test_some,
    [OP_is_reference] = test_some,
    [OP_is_binary] = test_some,
    [OP_is_boolean] = test_some,
    [OP_is_function2] = is_function2,
    [OP_test_arity] = test_arity,
    [OP_is_tagged_tuple] = is_tagged_tuple,
    [OP_is_eq_exact] = is_eq_exact,
    [OP_select_val] = select_val,
    [OP_select_tuple_arity] = select_tuple_arity,
    [OP_bif0] = bif,
    [OP_bif1] = bif,
    [OP_bif2] = bif,
    [OP_bif3] = bif,
    [OP_gc_bif1] = bif,
    [OP_gc_bif2] = bif,
    [OP_gc_bif3] = bif,
    [OP_fmove] = fmove,
};

verify_fn *verify_special(uint8_t op)
{
    if (specials[op] != NULL)
        return specials[op];
    verify_fn *special = verify_special_bits(op);
    return special != NULL ? special : verify_special_catch(op);
}
