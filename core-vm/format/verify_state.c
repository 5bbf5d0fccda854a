// States: what is known of registers, stack and handlers at a point of the code.
#include <string.h>

#include "core-vm/format/verify_priv.h"

// Changes of a node's state before what changes loses its inside; is taken to be any term; before
// it is given up. Memory for all of them.
enum {
    PATIENCE_RANGE = 6,
    PATIENCE = 16,
    MORE_PATIENCE = 48,
    MOST_PATIENCE = 96,
    MOST_VISITS = 400,
    MOST_MEMORY = 256 << 20
};

// Relations that go back further than so are not followed.
enum { MOST_RELATIONS = 4 };

struct slot *verify_slot(struct verifier *v, const struct beam_operand *o)
{
    if (!beam_is_register(o))
        return NULL;
    if (o->tag == BEAM_TAG_X)
        return o->value < v->now.nx ? &v->now.x[o->value] : NULL;
    return (int64_t)o->value < v->now.frame ? &v->now.y[o->value] : NULL;
}

static vtype type_of_big(struct verifier *v, const struct beam_operand *o)
{
    bool negative = o->extra > 0 && (o->bytes[0] & 0x80) != 0;
    return negative ? type_integer(&v->types, INT64_MIN, INT64_MIN)
                    : type_integer(&v->types, INT64_MAX, INT64_MAX);
}

vtype verify_type(struct verifier *v, const struct beam_operand *o)
{
    const struct slot *slot = verify_slot(v, o);
    switch ((enum beam_tag)o->tag) {
    case BEAM_TAG_X:
    case BEAM_TAG_Y:
        return slot != NULL ? slot->type : TYPE_UNSET;
    case BEAM_TAG_A:
        return o->value == 0 ? type_of(&v->types, T_NIL) : type_atom(&v->types, verify_u32(o));
    case BEAM_TAG_LITERAL:
        return type_literal(&v->types, o->value);
    case BEAM_TAG_I:
        return type_integer(&v->types, o->integer, o->integer);
    case BEAM_TAG_BIG:
        return type_of_big(v, o);
    case BEAM_TAG_U:
    case BEAM_TAG_F:
    case BEAM_TAG_H:
    case BEAM_TAG_LIST:
    case BEAM_TAG_FR:
    case BEAM_TAG_ALLOC:
        break;
    }
    return v->types.integer;
}

vtype verify_read_any(struct verifier *v, const struct beam_operand *o)
{
    vtype type = verify_type(v, o);
    unsigned kinds = type_kinds(&v->types, type);
    if (type == TYPE_UNSET || (kinds & T_HIDDEN) != 0) {
        bool outside = o->tag == BEAM_TAG_Y && (int64_t)o->value >= v->now.frame;
        verify_fault_of(v, outside ? BEAM_RULE_FRAME : BEAM_RULE_UNSET, o, "");
        return TYPE_ANY;
    }
    if ((kinds & T_TAG) != 0) {
        verify_fault_of(v, BEAM_RULE_TAG, o, "it is read from ");
        return TYPE_ANY;
    }
    return type;
}

// Somebody else may refer to it from now on.
static vtype share(struct verifier *v, const struct beam_operand *o, vtype type)
{
    struct slot *slot = verify_slot(v, o);
    vtype shared = type_of(&v->types, type_kinds(&v->types, type));
    if (slot == NULL)
        return shared;
    uint32_t value = slot->value;
    slot->type = shared;
    for (uint32_t i = 0; value != 0 && i < v->now.nx; i++)
        if (v->now.x[i].value == value)
            v->now.x[i].type = shared;
    for (int32_t i = 0; value != 0 && i < v->now.frame; i++)
        if (v->now.y[i].value == value)
            v->now.y[i].type = shared;
    v->slots_changed = true;
    return shared;
}

vtype verify_read(struct verifier *v, const struct beam_operand *o)
{
    vtype type = verify_read_any(v, o);
    if (v->types.at[type].writable != 0)
        type = share(v, o, type);
    if ((type_kinds(&v->types, type) & T_CONTEXT) == 0)
        return type;
    verify_fault_of(v, BEAM_RULE_CONTEXT, o, "");
    return TYPE_ANY;
}

// Of an instruction the first four results have names, and the first four values that it finds
// without one.
enum { NAMES = 4, NAME_BITS = 3, MOST_NAMED = 1 << 28 };

static uint32_t new_name(const struct verifier *v, uint32_t at)
{
    return at < 2 * NAMES && v->ins < MOST_NAMED ? (v->ins + 1) << NAME_BITS | at : 0;
}

uint32_t verify_name(struct verifier *v, const struct beam_operand *o)
{
    struct slot *slot = verify_slot(v, o);
    if (slot == NULL || slot->relation == REL_TAG)
        return 0;
    if (slot->value == 0)
        slot->value = new_name(v, NAMES + v->named++);
    return slot->value;
}

static void write_x(struct verifier *v, uint64_t x, struct slot slot)
{
    while (v->now.nx <= x)
        v->now.x[v->now.nx++] = slot_of(TYPE_UNSET);
    v->now.x[x] = slot;
}

void verify_write_slot(struct verifier *v, const struct beam_operand *o, struct slot slot)
{
    slot.from = v->ins;
    if (o->tag == BEAM_TAG_X) {
        write_x(v, o->value, slot);
        return;
    }
    struct slot *y = verify_slot(v, o);
    if (y == NULL || v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "y%u", (unsigned)o->value);
    else if (y->relation == REL_TAG)
        verify_fault_of(v, BEAM_RULE_TAG, o, "it is written over in ");
    else
        *y = slot;
    v->slots_changed = true;
    v->now.kept = v->now.receiving != 0;
}

void verify_write_related(struct verifier *v, const struct beam_operand *o, struct slot slot)
{
    slot.value = v->written < NAMES ? new_name(v, v->written++) : 0;
    verify_write_slot(v, o, slot);
}

void verify_relate(struct verifier *v, struct slot *result, enum relation relation,
                   const struct beam_operand *of, uint32_t at)
{
    result->of = verify_name(v, of);
    result->relation = result->of != 0 ? (uint16_t)relation : REL_NONE;
    result->at = result->of != 0 ? (uint16_t)at : 0;
}

void verify_write(struct verifier *v, const struct beam_operand *o, vtype type)
{
    verify_write_related(v, o, slot_of(type));
}

// Learning: what is known becomes less, as it is of a type or is none of it.

enum lesson { OF_TYPE, NOT_OF_TYPE };

static vtype narrowed(struct verifier *v, vtype before, vtype type, enum lesson lesson)
{
    return lesson == OF_TYPE ? type_meet(&v->types, before, type)
                             : type_minus(&v->types, before, type);
}

// What the register that this one came from is, or is not.
static vtype type_before(struct verifier *v, const struct slot *slot, enum lesson *lesson)
{
    const struct type *type = &v->types.at[slot->type];
    *lesson = OF_TYPE;
    switch ((enum relation)slot->relation) {
    case REL_ELEMENT:
        return type_with_element(&v->types, slot->at, slot->type);
    case REL_SIZE:
        if (type->kinds == T_INT && type->min == type->max && type->min >= 0 &&
            type->min < UINT32_MAX)
            return type_tuple(&v->types, (uint32_t)type->min, true, NULL, 0);
        break;
    case REL_TEST:
        if (type->kinds != T_ATOM || type->atoms[1] != 0 || type->atoms[0] == 0)
            break;
        *lesson = type->atoms[0] == v->types.no ? NOT_OF_TYPE : OF_TYPE;
        return type_of(&v->types, slot->at);
    case REL_NONE:
    case REL_POSITION:
    case REL_SUM:
    case REL_TAG:
        break;
    }
    return TYPE_ANY;
}

// False: it can have no value. *changed: the register, when less is known of it now. It is not when
// there are too many changes to put back.
static bool narrow_slot(struct verifier *v, struct slot *slot, vtype type, enum lesson lesson,
                        const struct slot **changed)
{
    if (slot->type == TYPE_UNSET)
        return true;
    vtype left = narrowed(v, slot->type, type, lesson);
    if (left == TYPE_NONE)
        return false;
    if (left == slot->type || (v->changes.on && v->changes.count == VERIFY_CHANGES))
        return true;
    if (v->changes.on)
        v->changes.at[v->changes.count++] = (struct change){slot, *slot};
    slot->type = left;
    *changed = slot;
    return true;
}

static bool narrow_value(struct verifier *v, uint32_t value, vtype type, enum lesson lesson,
                         unsigned depth);

// What was learned of a register says something of the one it came from.
static bool learn_back(struct verifier *v, const struct slot *slot, unsigned depth)
{
    enum lesson lesson;
    if (slot == NULL || slot->of == 0 || slot->relation >= REL_SUM || depth == MOST_RELATIONS)
        return true;
    vtype type = type_before(v, slot, &lesson);
    return type == TYPE_ANY || narrow_value(v, slot->of, type, lesson, depth + 1);
}

// All registers with that value; they came from the same one.
static bool narrow_value(struct verifier *v, uint32_t value, vtype type, enum lesson lesson,
                         unsigned depth)
{
    const struct slot *changed = NULL;
    for (uint32_t i = 0; i < v->now.nx; i++)
        if (v->now.x[i].value == value && !narrow_slot(v, &v->now.x[i], type, lesson, &changed))
            return false;
    for (int32_t i = 0; i < v->now.frame; i++)
        if (v->now.y[i].value == value && !narrow_slot(v, &v->now.y[i], type, lesson, &changed))
            return false;
    return learn_back(v, changed, depth);
}

static bool narrow(struct verifier *v, const struct beam_operand *o, vtype type, enum lesson lesson)
{
    const struct slot *changed = NULL;
    struct slot *slot = verify_slot(v, o);
    if (slot == NULL)
        return narrowed(v, verify_type(v, o), type, lesson) != TYPE_NONE;
    if (slot->value != 0)
        return narrow_value(v, slot->value, type, lesson, 0);
    return narrow_slot(v, slot, type, lesson, &changed) && learn_back(v, changed, 0);
}

bool verify_learn(struct verifier *v, const struct beam_operand *o, vtype type)
{
    return narrow(v, o, type, OF_TYPE);
}

bool verify_unlearn(struct verifier *v, const struct beam_operand *o, vtype type)
{
    return narrow(v, o, type, NOT_OF_TYPE);
}

void verify_keep(struct verifier *v)
{
    v->changes.on = true;
    v->changes.count = 0;
}

void verify_put_back(struct verifier *v)
{
    while (v->changes.count > 0) {
        v->changes.count--;
        *v->changes.at[v->changes.count].slot = v->changes.at[v->changes.count].was;
    }
    v->changes.on = false;
}

// Collecting garbage, calling.

void verify_kill_x(struct verifier *v, uint32_t from)
{
    if (v->now.nx > from)
        v->now.nx = from;
}

static void check_slots(struct verifier *v, struct state *state)
{
    for (int32_t i = 0; i < state->frame; i++)
        if (state->y[i].type == TYPE_UNSET) {
            verify_fault(v, BEAM_RULE_SLOT, "y%d", i);
            state->y[i] = slot_of(TYPE_ANY);
        }
}

void verify_collect(struct verifier *v, uint32_t live, struct room room)
{
    for (uint32_t i = 0; i < live; i++)
        if (i >= v->now.nx || v->now.x[i].type == TYPE_UNSET ||
            (type_kinds(&v->types, v->now.x[i].type) & T_HIDDEN) != 0) {
            verify_fault(v, BEAM_RULE_LIVE, "x%u of %u live", i, live);
            write_x(v, i, slot_of(TYPE_ANY));
        }
    verify_kill_x(v, live);
    check_slots(v, &v->now);
    v->now.room = room;
    v->now.fresh = 0;
}

void verify_give_up_registers(struct verifier *v)
{
    verify_collect(v, 0, (struct room){0});
    v->now.floats = 0;
    v->now.building = false;
}

void verify_args(struct verifier *v, uint32_t count, bool local)
{
    for (uint32_t i = 0; i < count; i++) {
        struct beam_operand arg = {.tag = BEAM_TAG_X, .extra = BEAM_NO_TYPE, .value = i};
        if (local)
            (void)verify_read_any(v, &arg);
        else
            (void)verify_read(v, &arg);
    }
}

// Joining.

static bool is_tag(const struct slot *slot)
{
    return slot->relation == REL_TAG;
}

static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->type == b->type && a->value == b->value && a->of == b->of &&
           a->relation == b->relation && a->at == b->at;
}

static bool same_tag(const struct slot *a, const struct slot *b)
{
    return is_tag(a) && is_tag(b) && a->type == b->type && a->of == b->of && a->at == b->at;
}

vtype verify_widen(struct verifier *v, vtype before, vtype type, unsigned visits)
{
    if (type == TYPE_UNSET)
        return type;
    if (visits < PATIENCE)
        return visits < PATIENCE_RANGE ? type : verify_widen_range(v, before, type);
    if (visits < MOST_PATIENCE)
        return type_grow(&v->types, before, type, visits >= MORE_PATIENCE);
    return type_of(&v->types, type_kinds(&v->types, type) | T_ANY);
}

// Put `b` into *a; true when that says less than before.
static bool join_slot(struct verifier *v, struct slot *a, const struct slot *b,
                      const struct node *to, bool lost)
{
    if (same_slot(a, b))
        return false;
    struct slot slot = slot_of(type_join(&v->types, a->type, b->type));
    slot.from = a->from == b->from ? a->from : BEAM_NO_INS;
    if (is_tag(a) || is_tag(b)) {
        if (same_tag(a, b))
            return false;
        if (!lost) {
            verify_fault(v, BEAM_RULE_MEET, "with different tags");
            return false;
        }
        slot = slot_of(TYPE_UNSET);
    } else {
        slot.value = a->value == b->value ? a->value : 0;
        if (a->of == b->of && a->relation == b->relation && a->at == b->at) {
            slot.of = a->of;
            slot.relation = a->relation;
            slot.at = a->at;
        }
    }
    a->from = slot.from;
    if (same_slot(&slot, a))
        return false;
    if (slot.type != a->type)
        slot.type = verify_widen(v, a->type, slot.type, to->visits);
    *a = slot;
    return true;
}

static bool join_slots(struct verifier *v, struct node *node, const struct state *from)
{
    struct state *to = &node->state;
    bool changed = false;
    if (from->nx < to->nx) {
        to->nx = from->nx;
        changed = true;
    }
    for (uint32_t i = 0; i < to->nx; i++)
        changed |= join_slot(v, &to->x[i], &from->x[i], node, false);
    for (int32_t i = 0; i < to->frame; i++)
        changed |= join_slot(v, &to->y[i], &from->y[i], node, to->lost);
    return changed;
}

static bool least(uint32_t *a, uint32_t b)
{
    bool less = b < *a;
    if (less)
        *a = b;
    return less;
}

static bool join_flags(struct state *to, const struct state *from)
{
    bool changed = (to->floats & ~from->floats) != 0 || (to->building && !from->building) ||
                   (to->receiving == 0 && from->receiving != 0) || (!to->kept && from->kept) ||
                   to->outside < from->outside || (to->bits != from->bits && to->bits != 0) ||
                   (to->fresh != from->fresh && to->fresh != 0);
    to->floats &= from->floats;
    to->building = to->building && from->building;
    to->kept = to->kept || from->kept;
    to->outside = to->outside > from->outside ? to->outside : from->outside;
    to->bits = to->bits == from->bits ? to->bits : 0;
    to->fresh = to->fresh == from->fresh ? to->fresh : 0;
    if (to->receiving == 0)
        to->receiving = from->receiving;
    changed |= least(&to->room.words, from->room.words);
    changed |= least(&to->room.floats, from->room.floats);
    changed |= least(&to->room.funs, from->room.funs);
    return changed;
}

// Frames of different sizes meet: from here on nobody knows. The collector still sees all of both.
static void lose_frame(struct verifier *v, struct state *to, struct state *from)
{
    check_slots(v, from);
    check_slots(v, to);
    for (int32_t i = 0; i < to->frame; i++)
        if (is_tag(&to->y[i]))
            to->y[i] = slot_of(TYPE_UNSET);
    if (from->frame < to->frame)
        to->frame = from->frame;
    to->lost = true;
    to->handler = 0;
}

static bool join(struct verifier *v, struct node *node, struct state *from)
{
    struct state *to = &node->state;
    bool lost = to->lost ? to->frame > from->frame : from->lost || to->frame != from->frame;
    if (lost)
        lose_frame(v, to, from);
    else if (to->lost)
        check_slots(v, from);
    bool other_handler = !to->lost && to->handler != from->handler;
    if (other_handler || to->caught != from->caught) {
        verify_fault(v, BEAM_RULE_MEET, "with different handlers");
        return false;
    }
    if (node->visits >= MOST_VISITS) {
        verify_fault(v, BEAM_RULE_LIMIT, "a label is come to in too many ways");
        return false;
    }
    if (to->receiving != from->receiving && to->receiving != 0)
        verify_disturb(v);
    bool changed = join_slots(v, node, from) || lost;
    changed |= join_flags(to, from);
    node->visits += changed;
    return changed;
}

static void copy_slots(struct state *to, const struct state *from)
{
    if (from->nx > 0)
        memcpy(to->x, from->x, from->nx * sizeof *to->x);
    if (from->frame > 0)
        memcpy(to->y, from->y, (size_t)from->frame * sizeof *to->y);
}

bool verify_take(struct verifier *v, size_t size)
{
    if (v->memory + size > MOST_MEMORY) {
        verify_fault(v, BEAM_RULE_LIMIT, "it has too many labels with too many registers");
        return false;
    }
    v->memory += size;
    return true;
}

static struct node *new_node(struct verifier *v, const struct state *from)
{
    uint32_t slots = from->frame > 0 ? (uint32_t)from->frame : 0;
    size_t size = sizeof(struct node) + (from->nx + slots) * sizeof(struct slot);
    if (!verify_take(v, size))
        return NULL;
    struct node *node = wb_push_array(&v->scratch, struct node, 1);
    node->state = *from;
    node->state.x = wb_push_array(&v->scratch, struct slot, from->nx + slots);
    node->state.y = node->state.x + from->nx;
    copy_slots(&node->state, from);
    return node;
}

void verify_put(struct verifier *v, uint32_t at, const struct state *from)
{
    struct node *node = v->nodes[at];
    if (v->explaining)
        return;
    if (node == NULL || node->state.frame != from->frame || node->state.nx != from->nx) {
        struct node *old = node;
        node = new_node(v, from);
        if (node == NULL)
            return;
        if (old != NULL) {
            node->queued = old->queued;
            node->depends = old->depends;
            node->dirty = old->dirty;
        }
        v->nodes[at] = node;
        return;
    }
    struct slot *x = node->state.x, *y = node->state.y;
    node->state = *from;
    node->state.x = x;
    node->state.y = y;
    copy_slots(&node->state, from);
}

bool verify_arrive(struct verifier *v, uint32_t at, struct state *from)
{
    struct node *node = v->nodes[at];
    if (v->explaining)
        return false;
    if (node != NULL)
        return join(v, node, from) || node->dirty;
    v->nodes[at] = new_node(v, from);
    return v->nodes[at] != NULL;
}

void verify_branch(struct verifier *v, uint64_t label)
{
    if (verify_arrive(v, (uint32_t)label, &v->now))
        verify_queue(v, (uint32_t)label);
}

void verify_load(struct verifier *v, uint32_t at)
{
    struct node *node = v->nodes[at];
    struct slot *x = v->now.x, *y = v->now.y;
    node->dirty = false;
    v->now = node->state;
    v->now.x = x;
    v->now.y = y;
    copy_slots(&v->now, &node->state);
}

bool verify_enter(struct verifier *v, uint32_t label)
{
    if (!verify_arrive(v, label, &v->now))
        return false;
    verify_load(v, label);
    return true;
}

void verify_tell_handler(struct verifier *v)
{
    if (v->now.handler == 0)
        return;
    struct slot tag = v->now.y[v->now.handler - 1], x0 = v->now.x[0];
    struct state saved = v->now;
    bool is_try = (type_kinds(&v->types, tag.type) & T_TRY) != 0;
    v->now.nx = is_try ? 0 : 1;
    v->now.x[0] = slot_of(type_of(&v->types, T_CAUGHT));
    v->now.room = (struct room){0};
    v->now.floats = 0;
    v->now.fresh = 0;
    v->now.building = false;
    if (v->now.outside == BEAM_INSIDE)
        v->now.outside = BEAM_UNSURE;
    v->now.caught = is_try;
    verify_branch(v, tag.of);
    v->now = saved;
    v->now.x[0] = x0;
}
