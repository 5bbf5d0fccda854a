#include "core-vm/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"

enum { FIRST_CAPACITY = 64 };

// Room for `more` bytes and the zero behind them.
static char *reserve(struct wb_text *text, size_t more)
{
    if (more >= SIZE_MAX / 2 - text->size)
        wb_die_no_memory(more);
    size_t need = text->size + more + 1;
    if (need > text->capacity) {
        size_t capacity = text->capacity != 0 ? text->capacity : FIRST_CAPACITY;
        while (capacity < need)
            capacity *= 2;
        char *at = realloc(text->at, capacity);
        if (at == NULL)
            wb_die_no_memory(capacity);
        text->at = at;
        text->capacity = capacity;
    }
    return text->at + text->size;
}

void wb_text_put_bytes(struct wb_text *text, const void *at, size_t size)
{
    char *end = reserve(text, size);
    if (size > 0)
        memcpy(end, at, size);
    end[size] = '\0';
    text->size += size;
}

void wb_text_put(struct wb_text *text, const char *string)
{
    wb_text_put_bytes(text, string, strlen(string));
}

void wb_text_put_char(struct wb_text *text, char c)
{
    wb_text_put_bytes(text, &c, 1);
}

void wb_text_put_number(struct wb_text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    wb_text_add(text, digits + at, sizeof digits - at);
}

void wb_text_put_utf8(struct wb_text *text, uint32_t c)
{
    char bytes[4];
    size_t size = 0;
    if (c < 0x80) {
        bytes[size++] = (char)c;
    } else if (c < 0x800) {
        bytes[size++] = (char)(0xc0 | c >> 6);
        bytes[size++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        bytes[size++] = (char)(0xe0 | c >> 12);
        bytes[size++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[size++] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[size++] = (char)(0xf0 | (c >> 18 & 0x07));
        bytes[size++] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[size++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[size++] = (char)(0x80 | (c & 0x3f));
    }
    wb_text_put_bytes(text, bytes, size);
}

void wb_text_printf(struct wb_text *text, const char *fmt, ...)
{
    va_list args, again;
    assert(fmt != NULL);
    va_start(args, fmt);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (size > 0) {
        char *end = reserve(text, (size_t)size);
        vsnprintf(end, (size_t)size + 1, fmt, again);
        text->size += (size_t)size;
    }
    va_end(again);
}

static void put_number(struct wb_text *text, uint64_t number, unsigned size)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number >> 8 * (size - 1 - i));
    wb_text_put_bytes(text, bytes, size);
}

void wb_text_put_u16(struct wb_text *text, uint16_t number)
{
    put_number(text, number, 2);
}

void wb_text_put_u32(struct wb_text *text, uint32_t number)
{
    put_number(text, number, 4);
}

void wb_text_put_u64(struct wb_text *text, uint64_t number)
{
    put_number(text, number, 8);
}

const char *wb_text_string(const struct wb_text *text)
{
    return text->at != NULL ? text->at : "";
}

struct wb_bytes wb_text_bytes(const struct wb_text *text)
{
    return (struct wb_bytes){(const uint8_t *)text->at, text->size};
}

void wb_text_cut(struct wb_text *text, size_t size)
{
    if (size >= text->size)
        return;
    text->size = size;
    text->at[size] = '\0';
}

void wb_text_free(struct wb_text *text)
{
    free(text->at);
    *text = (struct wb_text){0};
}
