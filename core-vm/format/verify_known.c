// What is known of registers, kept for others, in the words of the Type chunk.
#include <string.h>

#include "core-vm/format/verify_priv.h"

// By bit of a type.
static const uint16_t kinds_of_bit[BEAM_TYPE_KINDS] = {T_ATOM, T_BITS, T_CONTEXT, T_CONS, T_FLOAT,
                                                       T_FUN,  T_INT,  T_MAP,     T_NIL,  T_PID,
                                                       T_PORT, T_REF,  T_TUPLE};

struct beam_type verify_as_claim(const struct verifier *v, vtype type)
{
    const struct type *t = &v->types.at[type];
    struct beam_type claim = {0};
    if ((t->kinds & (T_TAG | T_HIDDEN)) != 0)
        return claim;
    unsigned kinds = (t->kinds & T_RAW) != 0 ? t->kinds | T_ANY : t->kinds;
    for (unsigned i = 0; i < BEAM_TYPE_KINDS; i++)
        if ((kinds & kinds_of_bit[i]) != 0)
            claim.bits |= (uint16_t)(1u << i);
    if ((t->kinds & T_RAW) != 0 || (t->kinds & T_INT) == 0)
        return claim;
    claim.has_min = t->min != INT64_MIN;
    claim.has_max = t->max != INT64_MAX;
    claim.min = t->min;
    claim.max = t->max;
    return claim;
}

// What a bit string's unit is nobody knows.
bool beam_type_within(const struct beam_type *known, const struct beam_type *claim)
{
    if ((known->bits & ~claim->bits) != 0)
        return false;
    bool bits = (known->bits & BEAM_TYPE_BITS) != 0;
    bool integer = (known->bits & BEAM_TYPE_INTEGER) != 0;
    if (bits && claim->has_unit && claim->unit > 1)
        return false;
    if (integer && claim->has_min && (!known->has_min || known->min < claim->min))
        return false;
    return !(integer && claim->has_max && (!known->has_max || known->max > claim->max));
}

static bool make_room(struct verifier *v, size_t count)
{
    if (v->held + count <= v->held_capacity)
        return true;
    size_t capacity = 2 * (v->held + count);
    if (!verify_take(v, capacity * sizeof(uint32_t)))
        return false;
    uint32_t *held = wb_push_array(v->arena, uint32_t, capacity);
    if (v->held > 0)
        memcpy(held, v->verdict.known.held, v->held * sizeof *held);
    v->verdict.known.held = held;
    v->held_capacity = capacity;
    return true;
}

void verify_note_known(struct verifier *v)
{
    const struct state *now = &v->now;
    uint32_t slots = now->frame > 0 ? (uint32_t)now->frame : 0;
    if (!make_room(v, (size_t)now->nx + slots))
        return;
    bool none = now->frame == NO_FRAME && !now->lost;
    v->verdict.known.before[v->ins] = (struct beam_before){
        .held = (uint32_t)v->held,
        .x = (uint16_t)now->nx,
        .y = (uint16_t)slots,
        .reached = true,
        .frame = none        ? BEAM_NO_FRAME
                 : now->lost ? BEAM_FRAME_LOST
                             : BEAM_FRAME,
        .mail = now->outside,
    };
    for (uint32_t i = 0; i < now->nx; i++)
        v->verdict.known.held[v->held++] = now->x[i].type;
    for (uint32_t i = 0; i < slots; i++)
        v->verdict.known.held[v->held++] = now->y[i].type;
}

void verify_end_known(struct verifier *v)
{
    struct beam_type *types = wb_push_array(v->arena, struct beam_type, v->types.count);
    for (uint32_t i = 0; i < v->types.count; i++)
        types[i] = verify_as_claim(v, i);
    v->verdict.known.types = types;
}
