// list.h - words on an arena, as many as come.
#ifndef OTP_LIST_H
#define OTP_LIST_H

#include <string.h>

#include "inspector/target/target_types.h"

struct otp_list {
    struct wb_arena *arena;
    struct tgt_term *at;
    size_t count, capacity;
};

static inline void otp_list_add(struct otp_list *list, uint64_t word)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity != 0 ? list->capacity * 2 : 32;
        struct tgt_term *grown = wb_push_array(list->arena, struct tgt_term, capacity);
        if (list->count > 0)
            memcpy(grown, list->at, list->count * sizeof *grown);
        list->at = grown;
        list->capacity = capacity;
    }
    list->at[list->count++].bits = word;
}

static inline struct tgt_terms otp_list_terms(const struct otp_list *list)
{
    return (struct tgt_terms){list->at, list->count};
}

#endif
