#include "inspector/target/places.h"

// FNV-1a (Fowler, Noll, Vo).
static uint64_t hash_bytes(uint64_t hash, struct wb_bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.at[i]) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u;
}

static uint64_t hash_of(const struct tgt_place *place)
{
    uint64_t hash = hash_bytes(0xcbf29ce484222325u, place->mfa.module);
    hash = hash_bytes(hash_bytes(hash, place->mfa.function), place->file);
    return (hash ^ place->line ^ (uint64_t)place->mfa.arity << 32) * 0x100000001b3u;
}

static bool same_place(const struct tgt_place *a, const struct tgt_place *b)
{
    return a->line == b->line && a->mfa.arity == b->mfa.arity &&
           wb_bytes_equal(a->mfa.module, b->mfa.module) &&
           wb_bytes_equal(a->mfa.function, b->mfa.function) && wb_bytes_equal(a->file, b->file);
}

const struct tgt_place *tgt_place_keep(struct tgt_places *places, const struct tgt_place *place,
                                       struct wb_arena *arena)
{
    const struct tgt_place **kept = &places->kept[(hash_of(place) >> 32) % TGT_PLACES_KEPT];
    if (*kept == NULL || !same_place(*kept, place)) {
        struct tgt_place *fresh = wb_push_array(arena, struct tgt_place, 1);
        *fresh = *place;
        *kept = fresh;
    }
    return *kept;
}

const struct tgt_mfa *tgt_mfa_keep(struct tgt_places *places, const struct tgt_mfa *mfa,
                                   struct wb_arena *arena)
{
    return &tgt_place_keep(places, &(struct tgt_place){.mfa = *mfa}, arena)->mfa;
}
