// memory.h - the memory of another process as we hold it: segments of bytes at their addresses.
//
// Segments come from a copy taken while the process stood still, from a core file, or from the
// executable. Later added ones are asked first. Nothing here trusts an address.
#ifndef OTP_MEMORY_H
#define OTP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct otp_segment {
    uint64_t start, end;  // addresses in the other process
    const uint8_t *at;    // our copy of them
};

// Have these bytes of ours ready to be looked at. False: they cannot be.
typedef bool otp_fetch(void *data, const void *at, size_t size);

struct otp_memory {
    struct otp_segment *segment;  // malloc'd; sorted by start when `sorted`, not overlapping
    size_t count, capacity;
    size_t hint;               // the segment that answered last
    struct otp_memory *under;  // asked where this one has nothing; NULL: none
    otp_fetch *fetch;          // asked before any of our bytes are looked at; NULL: all are there
    void *fetch_data;
};

// The bytes must stay until otp_memory_done. Addresses of one memory must be added in rising order.
void otp_memory_add(struct otp_memory *memory, struct otp_segment segment);
void otp_memory_done(struct otp_memory *memory);

// Copy `size` bytes at an address. False if not all of them are there.
bool otp_read(struct otp_memory *memory, uint64_t at, void *to, size_t size);
// A little-endian number; 0 if it is not there.
uint64_t otp_u64(struct otp_memory *memory, uint64_t at);
uint32_t otp_u32(struct otp_memory *memory, uint64_t at);
uint16_t otp_u16(struct otp_memory *memory, uint64_t at);
uint8_t otp_u8(struct otp_memory *memory, uint64_t at);
// Are these addresses all there?
bool otp_has(struct otp_memory *memory, uint64_t at, uint64_t size);
// `size` bytes where we have them; NULL: they are not all there, or not in one piece.
const uint8_t *otp_in_place(struct otp_memory *memory, uint64_t at, uint64_t size);
// The segment that holds an address, NULL: none. Good until the next otp_memory_add. Its bytes are
// to be looked at by the functions above.
const struct otp_segment *otp_segment_of(struct otp_memory *memory, uint64_t at);

#endif
