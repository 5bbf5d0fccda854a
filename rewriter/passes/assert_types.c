// assert_types.c - what the Type chunk claims of operands is tested when the module runs.
//
// A JIT leaves away the tests that a claim makes superfluous, and nobody has looked whether it is
// so. This pass puts them back: before an instruction with a claim that is not proved (types.h)
// stand type tests of the register, which neither allocate nor write. Where one fails, code behind
// the function raises
//
//     error:{cryo_type, {M, F, A}, {Instruction, Line}, {x|y, N}, Claimed, Value}
//
// With option `all` what is proved is tested, too: whoever doubts the proof may see.
//
// Claimed is a kind (atom, tuple, ...; those of `cryo dis`), {integer, Min, Max} where there are
// ends (none: '-inf', inf), or a list of such. What is not tested: the unit of a bit string other
// than 8; match contexts, for which there is no test; and claims where the frame is not known, or
// whether a message is still in the mailbox.
#include <string.h>

#include "core-vm/format/dis.h"
#include "rewriter/pass.h"
#include "rewriter/refs.h"
#include "rewriter/types.h"
#include "rewriter/unit_priv.h"

// What each type test passes: several kinds at once first.
static const struct kind_test {
    uint16_t kinds;
    uint8_t op;
} kind_tests[] = {
    {BEAM_TYPE_CONS | BEAM_TYPE_NIL, OP_is_list},
    {BEAM_TYPE_INTEGER | BEAM_TYPE_FLOAT, OP_is_number},
    {BEAM_TYPE_ATOM, OP_is_atom},
    {BEAM_TYPE_INTEGER, OP_is_integer},
    {BEAM_TYPE_CONS, OP_is_nonempty_list},
    {BEAM_TYPE_NIL, OP_is_nil},
    {BEAM_TYPE_TUPLE, OP_is_tuple},
    {BEAM_TYPE_BITS, OP_is_bitstr},
    {BEAM_TYPE_MAP, OP_is_map},
    {BEAM_TYPE_FLOAT, OP_is_float},
    {BEAM_TYPE_FUN, OP_is_function},
    {BEAM_TYPE_PID, OP_is_pid},
    {BEAM_TYPE_REF, OP_is_reference},
    {BEAM_TYPE_PORT, OP_is_port},
};
enum { KIND_TESTS = sizeof kind_tests / sizeof *kind_tests };

// The tests of one operand, before `ins`.
struct asserted {
    struct rw_function *function;
    struct rw_ins *ins;
    struct rw_ins *first, *last;
    struct rw_ins *failed;    // the label of the code where they fail; an if_end is behind it
    struct beam_operand reg;  // without its claim
    uint32_t claim;
    uint64_t line;  // operand of the `line` before it, 0: none
};

struct asserter {
    struct rw_unit *unit;
    struct wb_arena arena;
    struct rw_types types;
    struct asserted *at;
    size_t count, room;
    struct rw_function *raise;  // made when first needed
    bool all;                   // what is proved, too
    unsigned claims, proved, left;
};

static const struct beam_type *claim_of(const struct asserter *a, uint32_t claim)
{
    return &a->unit->module.types.at[claim];
}

static bool has_ends(const struct beam_type *claim)
{
    return (claim->bits & BEAM_TYPE_INTEGER) != 0 && (claim->has_min || claim->has_max);
}

static void put(const struct asserter *a, const struct asserted *t, uint8_t op,
                const struct beam_operand *operand)
{
    rw_insert(a->unit, t->function, t->ins, op, operand);
}

static void put_label(const struct asserter *a, const struct asserted *t, uint32_t label)
{
    put(a, t, OP_label, rw_ops(RW_U(label)));
}

// Only what is not known of an integer.
static void test_ends(const struct asserter *a, const struct asserted *t,
                      const struct beam_type *known, struct beam_operand failed)
{
    const struct beam_type *claim = claim_of(a, t->claim);
    if (claim->has_min && !(known->has_min && known->min >= claim->min))
        put(a, t, OP_is_ge, rw_ops(failed, t->reg, RW_I(claim->min)));
    if (claim->has_max && !(known->has_max && known->max <= claim->max))
        put(a, t, OP_is_ge, rw_ops(failed, RW_I(claim->max), t->reg));
}

static int choose_tests(unsigned kinds, bool ends, const struct kind_test **chosen)
{
    int count = 0;
    for (int i = 0; i < KIND_TESTS; i++) {
        const struct kind_test *test = &kind_tests[i];
        if ((test->kinds & ~kinds) != 0 || (test->op == OP_is_number && ends))
            continue;
        chosen[count++] = test;
        kinds &= ~(unsigned)test->kinds;
    }
    return count;
}

// One of the kinds that are both claimed and possible: each test but the last goes on to the next
// one where it fails.
static void put_tests(struct asserter *a, const struct asserted *t, const struct beam_type *known,
                      struct beam_operand failed)
{
    const struct beam_type *claim = claim_of(a, t->claim);
    const struct kind_test *chosen[KIND_TESTS];
    unsigned kinds = claim->bits & known->bits & BEAM_TYPE_ALL;
    int count = choose_tests(kinds, has_ends(claim), chosen);
    uint32_t done = count > 1 ? rw_label(a->unit) : 0;
    if (count == 0)
        put(a, t, OP_jump, &failed);
    for (int i = 0; i < count; i++) {
        bool whole_bytes =
            chosen[i]->kinds == BEAM_TYPE_BITS && claim->has_unit && claim->unit == 8;
        bool sure = chosen[i]->kinds == BEAM_TYPE_INTEGER && known->bits == BEAM_TYPE_INTEGER;
        uint32_t next = i + 1 < count ? rw_label(a->unit) : 0;
        struct beam_operand otherwise = next != 0 ? RW_F(next) : failed;
        if (!sure)
            put(a, t, whole_bytes ? OP_is_binary : chosen[i]->op, rw_ops(otherwise, t->reg));
        if (chosen[i]->kinds == BEAM_TYPE_INTEGER)
            test_ends(a, t, known, failed);
        if (next == 0)
            break;
        put(a, t, OP_jump, rw_ops(RW_F(done)));
        put_label(a, t, next);
    }
    if (done != 0)
        put_label(a, t, done);
}

// Behind the function, where its last instruction must not run into it.
static struct rw_ins *put_failed(const struct asserter *a, struct rw_function *f, uint32_t label)
{
    if (beam_op_info(f->last->op)->flow != BEAM_FLOW_STOP)
        rw_insert(a->unit, f, NULL, OP_if_end, NULL);
    struct rw_ins *failed = rw_insert(a->unit, f, NULL, OP_label, rw_ops(RW_U(label)));
    rw_insert(a->unit, f, NULL, OP_if_end, NULL);
    return failed;
}

static void add(struct asserter *a, struct asserted t, const struct beam_type *known)
{
    static const struct beam_type nothing = {.bits = BEAM_TYPE_ALL & ~BEAM_TYPE_MATCH};
    struct rw_ins *before = t.ins->prev;
    uint32_t label = rw_label(a->unit);
    bool possible = (claim_of(a, t.claim)->bits & known->bits) != 0;
    put_tests(a, &t, a->all && possible ? &nothing : known, RW_F(label));
    t.first = before->next;
    t.last = t.ins->prev;
    t.failed = put_failed(a, t.function, label);
    a->at = rw_grow(&a->arena, a->at, a->count, &a->room, sizeof *a->at);
    a->at[a->count++] = t;
}

static bool is_proved(const struct asserter *a, const struct beam_type *known, uint32_t claim)
{
    return known != NULL && beam_type_within(known, claim_of(a, claim));
}

// The register can be tested, and enough is known to raise the error.
static bool is_possible(const struct beam_before *before, const struct beam_type *known)
{
    return known != NULL && (known->bits & BEAM_TYPE_MATCH) == 0 &&
           before->frame != BEAM_FRAME_LOST && before->mail != BEAM_UNSURE;
}

static void look_at(struct asserter *a, struct asserted t, const struct beam_operand *operand)
{
    if (!beam_is_register(operand) || operand->extra >= a->unit->module.types.count)
        return;
    const struct beam_before *before = rw_before(&a->types, t.ins);
    const struct beam_type *known = rw_type_before(&a->types, t.ins, operand);
    a->claims++;
    t.reg = rw_op(operand->tag, operand->value);
    t.claim = operand->extra;
    bool proved = before == NULL || is_proved(a, known, t.claim);
    bool possible = before != NULL && is_possible(before, known);
    a->proved += proved;
    if (possible && (!proved || a->all))
        add(a, t, known);
    else
        a->left += !proved;
}

static bool is_source(char letter)
{
    return letter != '\0' && strchr("sSrw?", letter) != NULL;
}

static void look_at_all(struct asserter *a, struct asserted t)
{
    const char *letters = beam_op_info(t.ins->op)->operands;
    for (unsigned i = 0; i < t.ins->count; i++) {
        const struct beam_operand *operand = &t.ins->operand[i];
        if (is_source(letters[i]))
            look_at(a, t, operand);
        if (!rw_is_list(letters[i]) || operand->tag != BEAM_TAG_LIST)
            continue;
        for (uint32_t k = 0; k < operand->extra; k++)
            if (is_source(rw_element_letter(letters[i], k)))
                look_at(a, t, &operand->list[k]);
    }
}

static void look_at_function(struct asserter *a, struct rw_function *f)
{
    struct asserted t = {.function = f};
    const struct rw_ins *last = f->last;
    for (t.ins = f->entry; t.ins != NULL; t.ins = t.ins != last ? t.ins->next : NULL) {
        if (t.ins->op == OP_line)
            t.line = t.ins->operand[0].value;
        look_at_all(a, t);
    }
}

// With all of them there, some are superfluous: those that come after another one. They go at
// once: up to the first of them that would fail, what is known would be so.
static bool is_needed(const struct asserter *a, const struct asserted *t)
{
    const struct beam_type *known = rw_type_before(&a->types, t->first, &t->reg);
    if (rw_before(&a->types, t->first) == NULL)
        return false;
    return a->all || !is_proved(a, known, t->claim);
}

static void take_out(const struct asserter *a, const struct asserted *t)
{
    for (struct rw_ins *ins = t->first, *next; ins != NULL; ins = next) {
        next = ins != t->last ? ins->next : NULL;
        rw_remove(a->unit, t->function, ins);
    }
    rw_remove(a->unit, t->function, t->failed->next);
    rw_remove(a->unit, t->function, t->failed);
}

// Where a test fails.

// '-cryo_type-'(Value, {Mfa, Where, Register, Claimed}): raises the error.
static void make_raise(struct asserter *a)
{
    struct rw_unit *unit = a->unit;
    uint32_t error = rw_import(unit, rw_atom(unit, wb_bytes_of("erlang")),
                               rw_atom(unit, wb_bytes_of("error")), 1);
    const struct beam_operand parts[] = {
        RW_A(rw_atom(unit, wb_bytes_of("cryo_type"))), RW_X(2), RW_X(3), RW_X(4), RW_X(5), RW_X(0)};
    a->raise = rw_function_add(unit, rw_atom(unit, wb_bytes_of("-cryo_type-")), 2);
    rw_insert(unit, a->raise, NULL, OP_test_heap, rw_ops(RW_U(7), RW_U(2)));
    for (uint32_t i = 0; i < 4; i++)
        rw_insert(unit, a->raise, NULL, OP_get_tuple_element,
                  rw_ops(RW_X(1), RW_U(i), RW_X(2 + i)));
    rw_insert(unit, a->raise, NULL, OP_put_tuple2, rw_ops(RW_X(0), rw_list(parts, 6)));
    rw_insert(unit, a->raise, NULL, OP_call_ext_only, rw_ops(RW_U(1), RW_U(error)));
}

static struct beam_value atom(const char *text)
{
    return (struct beam_value){.kind = BEAM_ATOM, .text = wb_bytes_of(text)};
}

static struct beam_value integer(int64_t n)
{
    return (struct beam_value){.kind = BEAM_SMALL, .small = n};
}

#define TUPLE_OF(parts) \
    ((struct beam_value){.kind = BEAM_TUPLE, .part = {(parts), sizeof(parts) / sizeof *(parts)}})

// A kind, or kinds in a list.
static struct beam_value claim_term(const struct beam_type *claim, struct beam_value *ends,
                                    struct beam_value *list)
{
    size_t count = 0;
    for (unsigned i = 0; i < BEAM_TYPE_KINDS; i++) {
        if ((claim->bits >> i & 1) == 0)
            continue;
        list[count++] = atom(beam_type_names[i]);
        if (1 << i != BEAM_TYPE_INTEGER || !has_ends(claim))
            continue;
        ends[0] = atom("integer");
        ends[1] = claim->has_min ? integer(claim->min) : atom("-inf");
        ends[2] = claim->has_max ? integer(claim->max) : atom("inf");
        list[count - 1] = (struct beam_value){.kind = BEAM_TUPLE, .part = {ends, 3}};
    }
    if (count == 1)
        return list[0];
    list[count] = (struct beam_value){.kind = BEAM_NIL};
    return (struct beam_value){.kind = BEAM_CONS, .part = {list, count + 1}};
}

// {Mfa, Where, Register, Claimed}
static struct beam_operand what_failed(const struct asserter *a, const struct asserted *t)
{
    const struct beam_module *module = &a->unit->module;
    struct beam_value ends[3], list[BEAM_TYPE_KINDS + 1];
    struct beam_value name = {.kind = BEAM_ATOM,
                              .text = beam_module_atom(module, t->function->name)};
    struct beam_value mfa[] = {
        {.kind = BEAM_ATOM, .text = module->name}, name, integer(t->function->arity)};
    struct beam_value where[] = {
        atom(beam_op_info(t->ins->op)->name),
        integer(t->line < module->lines.count && t->line > 0 ? module->lines.at[t->line].line : 0)};
    struct beam_value reg[] = {atom(t->reg.tag == BEAM_TAG_X ? "x" : "y"),
                               integer((int64_t)t->reg.value)};
    struct beam_value all[] = {TUPLE_OF(mfa), TUPLE_OF(where), TUPLE_OF(reg),
                               claim_term(claim_of(a, t->claim), ends, list)};
    struct beam_value value = TUPLE_OF(all);
    return RW_LIT(rw_literal(a->unit, &value));
}

// Slots that are not set yet, for the call.
static void set_slots(const struct asserter *a, const struct asserted *t,
                      const struct beam_before *before, struct rw_ins *end)
{
    const uint32_t *held = &a->types.known.held[before->held + before->x];
    struct beam_operand *unset = wb_push_array(&a->unit->arena, struct beam_operand, before->y);
    uint32_t count = 0;
    for (uint32_t i = 0; i < before->y; i++)
        if (held[i] == 0)
            unset[count++] = RW_Y(i);
    if (count > 0)
        rw_insert(a->unit, t->function, end, OP_init_yregs, rw_ops(rw_list(unset, count)));
}

// A message that is looked at is taken, as it would be had it matched: the value may be of it.
static void put_raise(const struct asserter *a, const struct asserted *t)
{
    const struct beam_before *before = rw_before(&a->types, t->first);
    struct rw_unit *unit = a->unit;
    struct rw_ins *end = t->failed->next;
    if (t->line != 0)
        rw_insert(unit, t->function, end, OP_line, rw_ops(RW_U(t->line)));
    if (before->mail == BEAM_INSIDE)
        rw_insert(unit, t->function, end, OP_remove_message, NULL);
    if (t->reg.tag != BEAM_TAG_X || t->reg.value != 0)
        rw_insert(unit, t->function, end, OP_move, rw_ops(t->reg, RW_X(0)));
    rw_insert(unit, t->function, end, OP_move, rw_ops(what_failed(a, t), RW_X(1)));
    struct beam_operand raise = RW_F(a->raise->entry_label);
    if (before->frame == BEAM_NO_FRAME) {
        rw_insert(unit, t->function, end, OP_call_only, rw_ops(RW_U(2), raise));
        rw_remove(unit, t->function, end);
    } else {
        set_slots(a, t, before, end);
        rw_insert(unit, t->function, end, OP_call, rw_ops(RW_U(2), raise));
    }
}

static struct wb_error *assert_types(struct asserter *a, struct rw_run *run)
{
    unsigned tested = 0;
    WB_TRY(rw_types(a->unit, &a->arena, &a->types));
    for (struct rw_function *f = a->unit->first; f != NULL; f = f->next)
        look_at_function(a, f);
    if (a->count > 0)
        WB_TRY(rw_types(a->unit, &a->arena, &a->types));
    for (size_t i = 0; i < a->count; i++) {
        if (!is_needed(a, &a->at[i])) {
            take_out(a, &a->at[i]);
            continue;
        }
        if (tested++ == 0)
            make_raise(a);
        put_raise(a, &a->at[i]);
    }
    rw_note(run, "%u claims: %u proved, %u tested, %zu by a test before, %u cannot be tested",
            a->claims, a->proved, tested, a->count - tested, a->left);
    return NULL;
}

struct wb_error *rw_pass_assert_types(struct rw_unit *unit, struct rw_run *run)
{
    struct asserter a = {.unit = unit, .all = run->option != NULL};
    if (a.all && strcmp(run->option, "all") != 0)
        return wb_error_new(WB_E_NOT_FOUND, "%s: the only option is all", run->option);
    uint32_t name = rw_find_atom(unit, wb_bytes_of("-cryo_type-"));
    if (name != 0 && rw_function_find(unit, name, 2) != NULL)
        return wb_error_new(WB_E_STATE, "the module tests its claims already");
    if (unit->module.types.count > 0 && !unit->module.types.understood)
        return wb_error_new(WB_E_UNSUPPORTED, "claims of version %u are not understood",
                            unit->module.types.version);
    struct wb_error *err = assert_types(&a, run);
    wb_arena_free(&a.arena);
    return err;
}
