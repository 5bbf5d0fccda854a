#include "core-vm/base/bytes.h"

#include <string.h>

struct wb_bytes wb_read_bytes(struct wb_reader *r, size_t size)
{
    if (r->bad || size > r->rest.size) {
        r->bad = true;
        return (struct wb_bytes){0};
    }
    struct wb_bytes got = {r->rest.at, size};
    if (size > 0) {
        r->rest.at += size;
        r->rest.size -= size;
    }
    return got;
}

static uint64_t read_number(struct wb_reader *r, size_t size)
{
    struct wb_bytes got = wb_read_bytes(r, size);
    uint64_t number = 0;
    for (size_t i = 0; i < got.size; i++)
        number = number << 8 | got.at[i];
    return number;
}

uint8_t wb_read_u8(struct wb_reader *r)
{
    return (uint8_t)read_number(r, 1);
}

uint16_t wb_read_u16(struct wb_reader *r)
{
    return (uint16_t)read_number(r, 2);
}

uint32_t wb_read_u32(struct wb_reader *r)
{
    return (uint32_t)read_number(r, 4);
}

uint64_t wb_read_u64(struct wb_reader *r)
{
    return read_number(r, 8);
}

bool wb_bytes_equal(struct wb_bytes a, struct wb_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

struct wb_bytes wb_bytes_of(const char *text)
{
    return (struct wb_bytes){(const uint8_t *)text, strlen(text)};
}
