// States: what is known of registers, stack and handlers at a point of the code.
#include <string.h>

#include "core-vm/format/verify_priv.h"

// Changes of a label's state before what changes is taken to be any term; before it is given up.
enum { PATIENCE = 8, MOST_VISITS = 200, MOST_MEMORY = 256 << 20 };

static struct type type_of_literal(const struct beam_value *value)
{
    switch (value->kind) {
    case BEAM_NIL:
        return type_of(T_NIL);
    case BEAM_SMALL:
    case BEAM_BIG:
        return type_of(T_INT);
    case BEAM_FLOAT:
        return type_of(T_FLOAT);
    case BEAM_ATOM:
        return type_of(T_ATOM);
    case BEAM_CONS:
        return type_of(T_CONS);
    case BEAM_TUPLE:
        return type_of_tuple((uint32_t)value->part.count);
    case BEAM_MAP:
        return type_of(T_MAP);
    case BEAM_BINARY:
        return type_of(T_BITS);
    case BEAM_FUN:
    case BEAM_EXPORT:
        return type_of_fun(value->fun->arity);
    case BEAM_PID:
    case BEAM_PORT:
    case BEAM_REF:
        return type_of(T_ID);
    case BEAM_UNREAD:
    case BEAM_UNREADABLE:
        break;
    }
    return type_of(T_ANY);
}

struct type *verify_slot(struct verifier *v, const struct beam_operand *o)
{
    if (o->tag != BEAM_TAG_X && o->tag != BEAM_TAG_Y)
        return NULL;
    if (o->tag == BEAM_TAG_X)
        return o->value < v->now.nx ? &v->now.x[o->value] : NULL;
    return (int64_t)o->value < v->now.frame ? &v->now.y[o->value] : NULL;
}

struct type verify_type(struct verifier *v, const struct beam_operand *o)
{
    if (o->tag == BEAM_TAG_X || o->tag == BEAM_TAG_Y) {
        struct type *slot = verify_slot(v, o);
        return slot != NULL ? *slot : type_of(0);
    }
    if (o->tag == BEAM_TAG_A)
        return type_of(o->value == 0 ? T_NIL : T_ATOM);
    if (o->tag == BEAM_TAG_LITERAL)
        return type_of_literal(v->module->literals.at[o->value].value);
    return type_of(T_INT);
}

struct type verify_read_any(struct verifier *v, const struct beam_operand *o)
{
    struct type type = verify_type(v, o);
    char letter = o->tag == BEAM_TAG_X ? 'x' : 'y';
    if (type.kinds == 0 || (type.kinds & T_STALE) != 0) {
        bool outside = letter == 'y' && (int64_t)o->value >= v->now.frame;
        verify_fault(v, outside ? BEAM_RULE_FRAME : BEAM_RULE_UNSET, "%c%u", letter,
                     (unsigned)o->value);
        return type_of(T_ANY);
    }
    if ((type.kinds & T_TAG) != 0) {
        verify_fault(v, BEAM_RULE_HANDLER, "the tag in %c%u is read", letter, (unsigned)o->value);
        return type_of(T_ANY);
    }
    return type;
}

struct type verify_read(struct verifier *v, const struct beam_operand *o)
{
    struct type type = verify_read_any(v, o);
    if ((type.kinds & T_CONTEXT) != 0) {
        verify_fault(v, BEAM_RULE_CONTEXT, "%c%u", o->tag == BEAM_TAG_X ? 'x' : 'y',
                     (unsigned)o->value);
        type.kinds = T_ANY;
    }
    return type;
}

static void write_x(struct verifier *v, uint64_t x, struct type type)
{
    while (v->now.nx <= x)
        v->now.x[v->now.nx++] = type_of(0);
    v->now.x[x] = type;
}

void verify_write(struct verifier *v, const struct beam_operand *o, struct type type)
{
    if (o->tag == BEAM_TAG_X) {
        write_x(v, o->value, type);
        return;
    }
    struct type *slot = verify_slot(v, o);
    if (slot == NULL || v->now.lost)
        verify_fault(v, BEAM_RULE_FRAME, "y%u", (unsigned)o->value);
    else if ((slot->kinds & T_TAG) != 0)
        verify_fault(v, BEAM_RULE_HANDLER, "the tag in y%u is overwritten", (unsigned)o->value);
    else
        *slot = type;
    v->slots_changed = true;
    v->now.kept = v->now.receiving != 0;
}

static void learn(struct type *slot, struct type type)
{
    if ((slot->kinds & type.kinds) == 0)
        return;  // never set, or the way here is never taken
    slot->kinds &= type.kinds;
    if ((slot->kinds & T_TUPLE) == 0 || type.info > slot->info)
        slot->info = type.info;
    if (type.small != 0)
        slot->small = type.small;
}

static void unlearn(struct type *slot, unsigned kinds)
{
    if ((slot->kinds & ~kinds) != 0)
        slot->kinds &= (uint16_t)~kinds;
}

void verify_learn(struct verifier *v, const struct beam_operand *o, struct type type)
{
    struct type *slot = verify_slot(v, o);
    if (slot == NULL)
        return;
    uint32_t value = slot->value;
    learn(slot, type);
    for (uint32_t i = 0; value != 0 && i < v->now.nx; i++)
        if (v->now.x[i].value == value)
            learn(&v->now.x[i], type);
    for (int32_t i = 0; value != 0 && i < v->now.frame; i++)
        if (v->now.y[i].value == value)
            learn(&v->now.y[i], type);
}

void verify_unlearn(struct verifier *v, const struct beam_operand *o, unsigned kinds)
{
    struct type *slot = verify_slot(v, o);
    if (slot == NULL)
        return;
    uint32_t value = slot->value;
    unlearn(slot, kinds);
    for (uint32_t i = 0; value != 0 && i < v->now.nx; i++)
        if (v->now.x[i].value == value)
            unlearn(&v->now.x[i], kinds);
    for (int32_t i = 0; value != 0 && i < v->now.frame; i++)
        if (v->now.y[i].value == value)
            unlearn(&v->now.y[i], kinds);
}

void verify_keep(struct verifier *v, const struct beam_operand *o)
{
    v->kept.slot = verify_slot(v, o);
    v->kept.all = v->kept.slot != NULL && v->kept.slot->value != 0;
    if (v->kept.slot == NULL)
        return;
    v->kept.one = *v->kept.slot;
    if (!v->kept.all)
        return;
    memcpy(v->kept.x, v->now.x, v->now.nx * sizeof *v->now.x);
    if (v->now.frame > 0)
        memcpy(v->kept.y, v->now.y, (size_t)v->now.frame * sizeof *v->now.y);
}

void verify_put_back(struct verifier *v)
{
    if (v->kept.slot == NULL)
        return;
    *v->kept.slot = v->kept.one;
    if (!v->kept.all)
        return;
    memcpy(v->now.x, v->kept.x, v->now.nx * sizeof *v->now.x);
    if (v->now.frame > 0)
        memcpy(v->now.y, v->kept.y, (size_t)v->now.frame * sizeof *v->now.y);
}

void verify_kill_x(struct verifier *v, uint32_t from)
{
    if (v->now.nx > from)
        v->now.nx = from;
}

static void check_slots(struct verifier *v)
{
    for (int32_t i = 0; i < v->now.frame; i++)
        if (v->now.y[i].kinds == 0) {
            verify_fault(v, BEAM_RULE_SLOT, "y%d", i);
            v->now.y[i] = type_of(T_ANY);
        }
}

void verify_collect(struct verifier *v, uint32_t live, struct room room)
{
    for (uint32_t i = 0; i < live; i++)
        if (i >= v->now.nx || v->now.x[i].kinds == 0 || (v->now.x[i].kinds & T_STALE) != 0) {
            verify_fault(v, BEAM_RULE_LIVE, "x%u of %u live", i, live);
            write_x(v, i, type_of(T_ANY));
        }
    verify_kill_x(v, live);
    check_slots(v);
    v->now.room = room;
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

static bool same_type(struct type a, struct type b)
{
    return a.kinds == b.kinds && a.small == b.small && a.info == b.info && a.value == b.value;
}

static struct type join_types(struct type a, struct type b)
{
    if (a.kinds == 0 || b.kinds == 0)
        return type_of(0);
    struct type type = {.kinds = a.kinds | b.kinds};
    type.value = a.value == b.value ? a.value : 0;
    if ((a.kinds & b.kinds & T_TUPLE) != 0)
        type.info = a.info < b.info ? a.info : b.info;
    else if ((type.kinds & T_TUPLE) != 0)
        type.info = (a.kinds & T_TUPLE) != 0 ? a.info : b.info;
    if ((a.kinds & b.kinds & T_FUN) != 0)
        type.small = a.small == b.small ? a.small : 0;
    else if ((type.kinds & T_FUN) != 0)
        type.small = (a.kinds & T_FUN) != 0 ? a.small : b.small;
    return type;
}

// Put `b` into *a; true when that says less than before.
static bool join_slot(struct verifier *v, struct type *a, struct type b, bool widen, bool lost)
{
    if (same_type(*a, b))
        return false;
    struct type type = join_types(*a, b);
    if (lost && ((a->kinds | b.kinds) & T_TAG) != 0)
        type.kinds = 0;
    else if (((a->kinds | b.kinds) & T_TAG) != 0) {
        verify_fault(v, BEAM_RULE_HANDLER, "ways with different tags meet");
        return false;
    }
    if (same_type(type, *a))
        return false;
    if (widen && type.kinds != 0)
        type = type_of(type.kinds | T_ANY);
    *a = type;
    return true;
}

static bool join_slots(struct verifier *v, struct state *to, bool widen)
{
    const struct state *from = &v->now;
    bool changed = false;
    if (from->nx < to->nx) {
        to->nx = from->nx;
        changed = true;
    }
    for (uint32_t i = 0; i < to->nx; i++)
        changed |= join_slot(v, &to->x[i], from->x[i], widen, false);
    for (int32_t i = 0; i < to->frame; i++)
        changed |= join_slot(v, &to->y[i], from->y[i], widen, to->lost);
    return changed;
}

static uint32_t least(uint32_t *a, uint32_t b)
{
    uint32_t before = *a;
    if (b < *a)
        *a = b;
    return before - *a;
}

static bool join_flags(struct state *to, const struct state *from)
{
    bool changed = (to->floats & ~from->floats) != 0 || (to->building && !from->building) ||
                   (to->receiving == 0 && from->receiving != 0) || (!to->kept && from->kept);
    to->floats &= from->floats;
    to->building = to->building && from->building;
    to->kept = to->kept || from->kept;
    if (to->receiving == 0)
        to->receiving = from->receiving;
    changed |= least(&to->room.words, from->room.words) != 0;
    changed |= least(&to->room.floats, from->room.floats) != 0;
    changed |= least(&to->room.funs, from->room.funs) != 0;
    return changed;
}

// Frames of different sizes meet: from here on nobody knows. The collector still sees all of both.
static void lose_frame(struct verifier *v, struct state *to)
{
    check_slots(v);
    for (int32_t i = 0; i < to->frame; i++) {
        if (to->y[i].kinds == 0)
            verify_fault(v, BEAM_RULE_SLOT, "y%d", i);
        if ((to->y[i].kinds & T_TAG) != 0)
            to->y[i] = type_of(0);
    }
    if (v->now.frame < to->frame)
        to->frame = v->now.frame;
    to->lost = true;
    to->handler = 0;
}

static bool join(struct verifier *v, struct at_label *at, uint64_t label)
{
    struct state *to = &at->state;
    bool lost = to->lost ? to->frame > v->now.frame : v->now.lost || to->frame != v->now.frame;
    if (lost)
        lose_frame(v, to);
    else if (to->lost)
        check_slots(v);
    bool other_handler = !to->lost && to->handler != v->now.handler;
    if (other_handler || to->caught != v->now.caught) {
        verify_fault(v, BEAM_RULE_HANDLER, "ways with different handlers meet at label %u",
                     (unsigned)label);
        return false;
    }
    if (at->visits >= MOST_VISITS) {
        verify_fault(v, BEAM_RULE_LIMIT, "label %u is come to in too many ways", (unsigned)label);
        return false;
    }
    bool widen = at->visits >= PATIENCE;
    if (to->receiving != v->now.receiving && to->receiving != 0)
        verify_disturb(v);
    bool changed = join_slots(v, to, widen) || lost;
    changed |= join_flags(to, &v->now);
    at->visits += changed;
    return changed;
}

static struct at_label *first_visit(struct verifier *v)
{
    struct at_label *at = wb_push_array(&v->scratch, struct at_label, 1);
    const struct state *now = &v->now;
    uint32_t slots = now->frame > 0 ? (uint32_t)now->frame : 0;
    at->state = *now;
    at->state.x = wb_push_array(&v->scratch, struct type, now->nx + slots);
    at->state.y = at->state.x + now->nx;
    memcpy(at->state.x, now->x, now->nx * sizeof *now->x);
    memcpy(at->state.y, now->y, slots * sizeof *now->y);
    v->memory += sizeof *at + (now->nx + slots) * sizeof *now->x;
    return at;
}

// Join what is known into the label; true when the code behind it must be looked at (again).
static bool arrive(struct verifier *v, uint64_t label)
{
    struct at_label *at = v->labels[label];
    if (at != NULL)
        return join(v, at, label) || at->dirty;
    if (v->memory > MOST_MEMORY) {
        verify_fault(v, BEAM_RULE_LIMIT, "it has too many labels with too many registers");
        return false;
    }
    v->labels[label] = first_visit(v);
    return true;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t c = *a;
    *a = *b;
    *b = c;
}

static void push(struct verifier *v, uint32_t ins)
{
    uint32_t at = v->queued++;
    v->queue[at] = ins;
    for (; at > 0 && v->queue[(at - 1) / 2] > v->queue[at]; at = (at - 1) / 2)
        swap(&v->queue[(at - 1) / 2], &v->queue[at]);
}

static uint32_t pop(struct verifier *v)
{
    uint32_t first = v->queue[0], at = 0;
    v->queue[0] = v->queue[--v->queued];
    for (;;) {
        uint32_t least_child = 2 * at + 1;
        if (least_child >= v->queued)
            return first;
        if (least_child + 1 < v->queued && v->queue[least_child + 1] < v->queue[least_child])
            least_child++;
        if (v->queue[at] <= v->queue[least_child])
            return first;
        swap(&v->queue[at], &v->queue[least_child]);
        at = least_child;
    }
}

bool verify_next(struct verifier *v)
{
    while (v->queued > 0) {
        v->ins = pop(v);
        struct at_label *at = v->labels[v->code->ins.at[v->ins].operand[0].value];
        at->queued = false;
        if (at->dirty)
            return true;
    }
    return false;
}

void verify_branch(struct verifier *v, uint64_t label)
{
    if (!arrive(v, label))
        return;
    struct at_label *at = v->labels[label];
    at->dirty = true;
    if (!at->queued)
        push(v, v->code->labels.at[label]);
    at->queued = true;
}

void verify_load(struct verifier *v, uint32_t label)
{
    struct at_label *at = v->labels[label];
    struct type *x = v->now.x, *y = v->now.y;
    at->dirty = false;
    v->now = at->state;
    v->now.x = x;
    v->now.y = y;
    memcpy(x, at->state.x, at->state.nx * sizeof *x);
    if (at->state.frame > 0)
        memcpy(y, at->state.y, (size_t)at->state.frame * sizeof *y);
}

bool verify_enter(struct verifier *v, uint32_t label)
{
    if (!arrive(v, label))
        return false;
    verify_load(v, label);
    return true;
}

void verify_tell_handler(struct verifier *v)
{
    if (v->now.handler == 0)
        return;
    struct type tag = v->now.y[v->now.handler - 1], x0 = v->now.x[0];
    struct state saved = v->now;
    bool is_try = (tag.kinds & T_TRY) != 0;
    v->now.nx = is_try ? 0 : 1;
    v->now.x[0] = type_of(T_ANY);
    v->now.room = (struct room){0};
    v->now.floats = 0;
    v->now.building = false;
    v->now.caught = is_try;
    verify_branch(v, tag.info);
    v->now = saved;
    v->now.x[0] = x0;
}
