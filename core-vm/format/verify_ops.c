// What single instructions demand, learn and leave behind: calls, frames, tests.
#include <string.h>

#include "core-vm/format/verify_priv.h"

static void need_frame(struct verifier *v, int32_t size)
{
    if (v->now.frame != size || v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "one of %d is left, it is %d", size, v->now.frame);
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

static void after_call(struct verifier *v, vtype result)
{
    if (v->now.frame == NO_FRAME && !v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "a call without one");
    verify_give_up_registers(v);
    if (v->now.outside == BEAM_INSIDE)
        v->now.outside = BEAM_UNSURE;
    verify_write(v, &(struct beam_operand){.tag = BEAM_TAG_X}, result);
}

static bool call(struct verifier *v, const struct beam_ins *ins)
{
    vtype result;
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]), true);
    bool returns = verify_call(v, verify_callee(v, ins->operand[1].value), &result);
    after_call(v, result);
    if (result != TYPE_ANY)
        verify_put(v, v->call_of_ins[v->ins], &v->now);
    return returns;
}

static bool call_last(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]), true);
    verify_tail_call(v, verify_callee(v, ins->operand[1].value));
    need_frame(v, ins->op == OP_call_last ? (int32_t)ins->operand[2].value : NO_FRAME);
    return false;
}

enum { MOST_KNOWN = 3 };

// What the arguments of an imported function are.
static void known_args(struct verifier *v, uint32_t arity, vtype *args)
{
    for (uint32_t i = 0; i < MOST_KNOWN; i++)
        args[i] = i < arity && i < v->now.nx ? v->now.x[i].type : TYPE_ANY;
}

// Arguments that are on the stack, too, are known better when the call has returned.
static bool learn_args(struct verifier *v, uint64_t import, uint32_t arity, const vtype *args)
{
    for (uint32_t i = 0; i < arity && i < MOST_KNOWN && i < v->now.nx; i++) {
        struct beam_operand arg = {.tag = BEAM_TAG_X, .extra = BEAM_NO_TYPE, .value = i};
        vtype type = verify_bif_argument(v, import, i, args);
        if (type != TYPE_ANY && !verify_learn(v, &arg, type))
            return false;
    }
    return true;
}

static bool call_ext(struct verifier *v, const struct beam_ins *ins)
{
    vtype args[MOST_KNOWN];
    uint32_t arity = verify_u32(&ins->operand[0]);
    uint64_t import = ins->operand[1].value;
    verify_disturb(v);
    verify_args(v, arity, false);
    if (verify_never_returns(v, import))
        return false;
    known_args(v, arity, args);
    vtype result = verify_call_type(v, import, args);
    bool returns = learn_args(v, import, arity, args) && result != TYPE_NONE;
    after_call(v, result);
    if (verify_makes_tuple(v, import))
        v->now.fresh = v->now.x[0].value;
    return returns;
}

static bool call_ext_last(struct verifier *v, const struct beam_ins *ins)
{
    vtype args[MOST_KNOWN];
    uint64_t import = ins->operand[1].value;
    uint32_t arity = verify_u32(&ins->operand[0]);
    verify_disturb(v);
    verify_args(v, arity, false);
    int32_t frame = ins->op == OP_call_ext_last ? (int32_t)ins->operand[2].value : NO_FRAME;
    if (verify_never_returns(v, import)) {
        bool fits = v->now.frame == frame && !v->now.lost;
        verify_need(v, BEAM_RULE_FRAME, NULL, fits ? PROVED : UNPROVED);
        return false;
    }
    known_args(v, arity, args);
    vtype result = verify_call_type(v, import, args);
    if (result != TYPE_NONE)
        verify_returns(v, result);
    need_frame(v, frame);
    return false;
}

static bool call_fun(struct verifier *v, const struct beam_ins *ins)
{
    uint32_t arity = verify_u32(&ins->operand[0]);
    struct beam_operand fun = {.tag = BEAM_TAG_X, .extra = BEAM_NO_TYPE, .value = arity};
    verify_disturb(v);
    verify_args(v, arity + 1, false);
    vtype result = verify_fun_returns(v, verify_type(v, &fun));
    bool possible = verify_learn(v, &fun, type_fun(&v->types, arity));
    after_call(v, result);
    return possible && result != TYPE_NONE;
}

// Tag `safe` promises a fun of that arity; every other one leaves it to the machine.
static bool call_fun2(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *tag = &ins->operand[0], *fun = &ins->operand[2];
    verify_disturb(v);
    uint32_t arity = verify_u32(&ins->operand[1]);
    verify_args(v, arity, false);
    vtype type = verify_read(v, fun), wanted = type_fun(&v->types, arity);
    vtype met = type_meet(&v->types, type, wanted);
    if (verify_is_atom(v, tag, "safe"))
        verify_need(v, BEAM_RULE_ARITY, fun, proof_of(met == type, met != TYPE_NONE));
    vtype result = verify_fun_returns(v, type);
    bool possible = verify_learn(v, fun, wanted);
    after_call(v, result);
    return possible && result != TYPE_NONE;
}

static bool apply(struct verifier *v, const struct beam_ins *ins)
{
    verify_disturb(v);
    verify_args(v, verify_u32(&ins->operand[0]) + 2, false);
    if (ins->op == OP_apply_last) {
        verify_returns(v, TYPE_ANY);
        need_frame(v, (int32_t)ins->operand[1].value);
        return false;
    }
    after_call(v, TYPE_ANY);
    return true;
}

static bool send(struct verifier *v, const struct beam_ins *ins)
{
    (void)ins;
    verify_disturb(v);
    verify_args(v, 2, false);
    vtype message = v->now.nx > 1 ? v->now.x[1].type : TYPE_ANY;
    after_call(v, message != TYPE_UNSET ? message : TYPE_ANY);
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
        v->now.y[i] =
            (struct slot){.type = zero ? type_of(&v->types, T_NIL) : TYPE_UNSET, .from = v->ins};
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
    vtype nil = type_of(&v->types, T_NIL);
    if (ins->op == OP_init) {
        verify_write(v, o, nil);
        return true;
    }
    for (uint32_t i = 0; i < o->extra; i++)
        verify_write(v, &o->list[i], nil);
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
        struct slot *slot = &v->now.y[i];
        if (slot->relation == REL_TAG)
            slot->at = slot->at > by ? (uint16_t)(slot->at - by) : 0;
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
        if (v->now.y[i].relation == REL_TAG)
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
    if (v->now.nx > 0 && v->now.x[0].type != TYPE_UNSET)
        verify_returns(v, v->now.x[0].type);
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

// Tests. On the way where one fails, the register is none of what passes; on the other it is.

static bool test(struct verifier *v, const struct beam_ins *ins, const struct beam_operand *o,
                 vtype type)
{
    (void)verify_read(v, o);
    verify_keep(v);
    if (verify_unlearn(v, o, type))
        verify_branch(v, ins->operand[0].value);
    verify_put_back(v);
    return verify_learn(v, o, type);
}

// Tests that only some values of the type pass.
static bool test_some_of(struct verifier *v, const struct beam_ins *ins,
                         const struct beam_operand *o, vtype type)
{
    (void)verify_read(v, o);
    verify_branch(v, ins->operand[0].value);
    return verify_learn(v, o, type);
}

static bool test_kind(struct verifier *v, const struct beam_ins *ins)
{
    static const uint16_t kinds[BEAM_OP_LIMIT] = {
        [OP_is_integer] = T_INT,   [OP_is_float] = T_FLOAT,
        [OP_is_number] = T_NUMBER, [OP_is_atom] = T_ATOM,
        [OP_is_nil] = T_NIL,       [OP_is_list] = T_LIST,
        [OP_is_tuple] = T_TUPLE,   [OP_is_nonempty_list] = T_CONS,
        [OP_is_map] = T_MAP,       [OP_is_bitstr] = T_BITS,
        [OP_is_function] = T_FUN,  [OP_is_pid] = T_PID,
        [OP_is_port] = T_PORT,     [OP_is_reference] = T_REF,
    };
    return test(v, ins, &ins->operand[1], type_of(&v->types, kinds[ins->op]));
}

static bool is_binary(struct verifier *v, const struct beam_ins *ins)
{
    return test_some_of(v, ins, &ins->operand[1], type_of(&v->types, T_BITS));
}

static bool is_boolean(struct verifier *v, const struct beam_ins *ins)
{
    return test(v, ins, &ins->operand[1], v->types.boolean);
}

static bool is_function2(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *arity = &ins->operand[2];
    (void)verify_read(v, arity);
    bool known = arity->tag == BEAM_TAG_I && arity->integer >= 0 && arity->integer < 255;
    vtype type = known ? type_fun(&v->types, (uint32_t)arity->integer) : type_of(&v->types, T_FUN);
    if (known)
        return test(v, ins, &ins->operand[1], type);
    return test_some_of(v, ins, &ins->operand[1], type);
}

static bool test_arity(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[1];
    if (!verify_need_kinds(v, o, verify_read(v, o), T_TUPLE))
        return false;
    return test(v, ins, o, type_tuple(&v->types, verify_u32(&ins->operand[2]), true, NULL, 0));
}

static bool is_tagged_tuple(struct verifier *v, const struct beam_ins *ins)
{
    vtype tag = verify_type(v, &ins->operand[3]);
    return test(v, ins, &ins->operand[1],
                type_tuple(&v->types, verify_u32(&ins->operand[2]), true, &tag, 1));
}

// Both ways of an equality: what is one value can be taken away where it is not equal.
static bool equal(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[1], *b = &ins->operand[2];
    vtype of_a = verify_read(v, a), of_b = verify_read(v, b);
    bool possible = type_is_single(&v->types, of_b) ? verify_unlearn(v, a, of_b) : true;
    if (type_is_single(&v->types, of_a) && beam_is_register(b))
        possible = verify_unlearn(v, b, of_a) && possible;
    return possible;
}

static bool is_eq_exact(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[1], *b = &ins->operand[2];
    vtype of_a = verify_read(v, a), of_b = verify_read(v, b);
    verify_keep(v);
    if (equal(v, ins))
        verify_branch(v, ins->operand[0].value);
    verify_put_back(v);
    return verify_learn(v, a, of_b) && verify_learn(v, b, of_a);
}

static bool is_ne_exact(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[1], *b = &ins->operand[2];
    vtype of_a = verify_read(v, a), of_b = verify_read(v, b);
    verify_keep(v);
    if (verify_learn(v, a, of_b) && verify_learn(v, b, of_a))
        verify_branch(v, ins->operand[0].value);
    verify_put_back(v);
    return equal(v, ins);
}

static bool compare(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[1], *b = &ins->operand[2];
    bool less = ins->op == OP_is_lt;
    (void)verify_read(v, a);
    (void)verify_read(v, b);
    verify_keep(v);
    if (less ? verify_learn_order(v, b, a, true) : verify_learn_order(v, a, b, false))
        verify_branch(v, ins->operand[0].value);
    verify_put_back(v);
    return less ? verify_learn_order(v, a, b, false) : verify_learn_order(v, b, a, true);
}

// Equal as numbers, too: only what is no number and has none inside is certainly the same.
static bool is_eq(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *a = &ins->operand[1], *b = &ins->operand[2];
    vtype of_a = verify_read(v, a), of_b = verify_read(v, b);
    unsigned plain = T_ATOM | T_NIL;
    bool on_a = type_is(&v->types, of_b, plain) && beam_is_register(a);
    bool on_b = type_is(&v->types, of_a, plain) && beam_is_register(b);
    bool negative = ins->op == OP_is_ne;
    verify_keep(v);
    bool possible = negative
                        ? (!on_a || verify_learn(v, a, of_b)) && (!on_b || verify_learn(v, b, of_a))
                        : !(on_a || on_b) || equal(v, ins);
    if (possible)
        verify_branch(v, ins->operand[0].value);
    verify_put_back(v);
    if (negative)
        return !(on_a || on_b) || equal(v, ins);
    return (!on_a || verify_learn(v, a, of_b)) && (!on_b || verify_learn(v, b, of_a));
}

// One way of a selection, on which the register is of that type; then what it is on all others,
// when all of the type go this way.
static bool select_way(struct verifier *v, const struct beam_operand *o, vtype type, bool all,
                       uint64_t label)
{
    verify_keep(v);
    if (verify_learn(v, o, type))
        verify_branch(v, label);
    verify_put_back(v);
    return !all || verify_unlearn(v, o, type);
}

static bool select_val(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0], *list = &ins->operand[2];
    bool others = true;
    (void)verify_read(v, o);
    for (uint32_t i = 0; i < list->extra && others; i += 2) {
        vtype type = verify_type(v, &list->list[i]);
        bool single = type_is_single(&v->types, type);
        others = select_way(v, o, type, single, list->list[i + 1].value);
    }
    if (others)
        verify_branch(v, ins->operand[1].value);
    return false;
}

// In its checked form it goes on at the label of others with what is no tuple.
static bool select_tuple_arity(struct verifier *v, const struct beam_ins *ins)
{
    const struct beam_operand *o = &ins->operand[0], *list = &ins->operand[2];
    bool others = verify_need_kinds(v, o, verify_read(v, o), T_TUPLE);
    for (uint32_t i = 0; i < list->extra && others; i += 2)
        others = select_way(v, o, type_tuple(&v->types, verify_u32(&list->list[i]), true, NULL, 0),
                            true, list->list[i + 1].value);
    if (others)
        verify_branch(v, ins->operand[1].value);
    return false;
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
    [OP_is_pid] = test_kind,
    [OP_is_port] = test_kind,
    [OP_is_reference] = test_kind,
    [OP_is_binary] = is_binary,
    [OP_is_boolean] = is_boolean,
    [OP_is_function2] = is_function2,
    [OP_test_arity] = test_arity,
    [OP_is_tagged_tuple] = is_tagged_tuple,
    [OP_is_eq_exact] = is_eq_exact,
    [OP_is_ne_exact] = is_ne_exact,
    [OP_is_lt] = compare,
    [OP_is_ge] = compare,
    [OP_is_eq] = is_eq,
    [OP_is_ne] = is_eq,
    [OP_select_val] = select_val,
    [OP_select_tuple_arity] = select_tuple_arity,
};

verify_fn *verify_special(uint8_t op)
{
    if (specials[op] != NULL)
        return specials[op];
    verify_fn *special = verify_special_data(op);
    if (special == NULL)
        special = verify_special_bits(op);
    return special != NULL ? special : verify_special_catch(op);
}
