// text.h - text or bytes that grow: what printers, writers and encoders append to.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

// {0} is empty. `at` is always followed by a zero byte once anything was appended; use
// wb_text_string where it may be empty. Owned by whoever declared it: wb_text_free.
// Dies, as an arena does, rather than report that memory is gone.
struct wb_text {
    char *at;
    size_t size, capacity;
};

void wb_text_put(struct wb_text *text, const char *string);
void wb_text_put_bytes(struct wb_text *text, const void *at, size_t size);
void wb_text_put_char(struct wb_text *text, char c);
// In decimal.
void wb_text_put_number(struct wb_text *text, uint64_t number);
void wb_text_put_utf8(struct wb_text *text, uint32_t code_point);
void wb_text_printf(struct wb_text *text, const char *fmt, ...) WB_PRINTF(2, 3);

// Big-endian, as in BEAM files.
void wb_text_put_u16(struct wb_text *text, uint16_t number);
void wb_text_put_u32(struct wb_text *text, uint32_t number);
void wb_text_put_u64(struct wb_text *text, uint64_t number);

// As wb_text_put_bytes, in the caller's own code: for printers of many short pieces, for which
// there is nearly always room.
static inline void wb_text_add(struct wb_text *text, const void *at, size_t size)
{
    if (text->capacity - text->size <= size) {
        wb_text_put_bytes(text, at, size);
        return;
    }
    memcpy(text->at + text->size, at, size);
    text->size += size;
    text->at[text->size] = '\0';
}

// Never NULL.
const char *wb_text_string(const struct wb_text *text);
struct wb_bytes wb_text_bytes(const struct wb_text *text);
// Make it shorter; keeps its memory.
void wb_text_cut(struct wb_text *text, size_t size);
void wb_text_free(struct wb_text *text);

// struct wb_text line wb_auto_text = {0};   freed at the closing brace
#define wb_auto_text __attribute__((cleanup(wb_text_free)))

#endif
