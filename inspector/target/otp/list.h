// list.h - words on an arena, as many as come.
#ifndef OTP_LIST_H
#define OTP_LIST_H

#include <stdint.h>
#include <string.h>

#include "core-vm/base/arena.h"

struct otp_list {
    struct wb_arena *arena;
    uint64_t *at;
    size_t count, capacity;
};

static inline void otp_list_add(struct otp_list *list, uint64_t word)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity != 0 ? list->capacity * 2 : 32;
        uint64_t *grown = wb_push_array(list->arena, uint64_t, capacity);
        if (list->count > 0)
            memcpy(grown, list->at, list->count * sizeof *grown);
        list->at = grown;
        list->capacity = capacity;
    }
    list->at[list->count++] = word;
}

#endif
