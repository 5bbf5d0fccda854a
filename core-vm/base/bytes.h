// bytes.h - bytes we did not write: read them only through a cursor that cannot run off the end.
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wb_bytes {
    const uint8_t *at;
    size_t size;
};

// After the first short read every read gives zero and `bad` stays true: check it once, at the end.
struct wb_reader {
    struct wb_bytes rest;
    bool bad;
};

// Numbers are big-endian, as in BEAM files and in the external term format.
uint8_t wb_read_u8(struct wb_reader *r);
uint16_t wb_read_u16(struct wb_reader *r);
uint32_t wb_read_u32(struct wb_reader *r);
uint64_t wb_read_u64(struct wb_reader *r);
struct wb_bytes wb_read_bytes(struct wb_reader *r, size_t size);

// Same bytes: size and content.
bool wb_bytes_equal(struct wb_bytes a, struct wb_bytes b);
// The bytes of a C string, without its zero.
struct wb_bytes wb_bytes_of(const char *text);

#endif
