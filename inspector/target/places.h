// places.h - functions and places that many processes began with or are at, kept once.
#ifndef TARGET_PLACES_H
#define TARGET_PLACES_H

#include "inspector/target/target_types.h"

enum { TGT_PLACES_KEPT = 64 };

// The ones seen last; all zeros to begin with.
struct tgt_places {
    const struct tgt_place *kept[TGT_PLACES_KEPT];
};

// A place that is equal, on the arena that all places of one tgt_places are on. Texts are not
// copied.
const struct tgt_place *tgt_place_keep(struct tgt_places *places, const struct tgt_place *place,
                                       struct wb_arena *arena);
const struct tgt_mfa *tgt_mfa_keep(struct tgt_places *places, const struct tgt_mfa *mfa,
                                   struct wb_arena *arena);

#endif
