#include "inspector/target/otp/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/arena.h"

void otp_memory_add(struct otp_memory *memory, struct otp_segment segment)
{
    assert(memory->count == 0 || memory->segment[memory->count - 1].end <= segment.start);
    if (memory->count == memory->capacity) {
        size_t capacity = memory->capacity != 0 ? memory->capacity * 2 : 64;
        struct otp_segment *grown = realloc(memory->segment, capacity * sizeof *grown);
        if (grown == NULL)
            wb_die_no_memory(capacity * sizeof *grown);
        memory->segment = grown;
        memory->capacity = capacity;
    }
    memory->segment[memory->count++] = segment;
}

void otp_memory_done(struct otp_memory *memory)
{
    free(memory->segment);
    *memory = (struct otp_memory){0};
}

static bool holds(const struct otp_segment *segment, uint64_t at)
{
    return at >= segment->start && at < segment->end;
}

static const struct otp_segment *search(struct otp_memory *memory, uint64_t at)
{
    size_t low = 0, high = memory->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holds(&memory->segment[middle], at)) {
            memory->hint = middle;
            return &memory->segment[middle];
        }
        if (at < memory->segment[middle].start)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct otp_segment *otp_segment_of(struct otp_memory *memory, uint64_t at)
{
    for (struct otp_memory *m = memory; m != NULL; m = m->under) {
        if (m->hint < m->count && holds(&m->segment[m->hint], at))
            return &m->segment[m->hint];
        const struct otp_segment *found = search(m, at);
        if (found != NULL)
            return found;
    }
    return NULL;
}

bool otp_has(struct otp_memory *memory, uint64_t at, uint64_t size)
{
    while (size > 0) {
        const struct otp_segment *segment = otp_segment_of(memory, at);
        if (segment == NULL)
            return false;
        uint64_t part = segment->end - at;
        if (part >= size)
            return true;
        at += part;
        size -= part;
    }
    return true;
}

static bool is_ready(struct otp_memory *memory, const uint8_t *at, uint64_t size)
{
    return memory->fetch == NULL || memory->fetch(memory->fetch_data, at, size);
}

const uint8_t *otp_in_place(struct otp_memory *memory, uint64_t at, uint64_t size)
{
    const struct otp_segment *segment = otp_segment_of(memory, at);
    if (segment == NULL || segment->end - at < size)
        return NULL;
    const uint8_t *ours = segment->at + (at - segment->start);
    return is_ready(memory, ours, size) ? ours : NULL;
}

static bool read_slowly(struct otp_memory *memory, uint64_t at, uint8_t *to, size_t size)
{
    if (!otp_has(memory, at, size))
        return false;
    while (size > 0) {
        const struct otp_segment *segment = otp_segment_of(memory, at);
        uint64_t part = segment->end - at < size ? segment->end - at : size;
        const uint8_t *ours = segment->at + (at - segment->start);
        if (!is_ready(memory, ours, part))
            return false;
        memcpy(to, ours, part);
        at += part;
        to += part;
        size -= part;
    }
    return true;
}

bool otp_read(struct otp_memory *memory, uint64_t at, void *to, size_t size)
{
    const struct otp_segment *segment = otp_segment_of(memory, at);
    if (segment == NULL)
        return size == 0;
    if (segment->end - at < size)
        return read_slowly(memory, at, to, size);
    const uint8_t *ours = segment->at + (at - segment->start);
    if (!is_ready(memory, ours, size))
        return false;
    memcpy(to, ours, size);
    return true;
}

uint64_t otp_u64(struct otp_memory *memory, uint64_t at)
{
    uint64_t word = 0;
    return otp_read(memory, at, &word, sizeof word) ? word : 0;
}

uint32_t otp_u32(struct otp_memory *memory, uint64_t at)
{
    uint32_t word = 0;
    return otp_read(memory, at, &word, sizeof word) ? word : 0;
}

uint16_t otp_u16(struct otp_memory *memory, uint64_t at)
{
    uint16_t word = 0;
    return otp_read(memory, at, &word, sizeof word) ? word : 0;
}

uint8_t otp_u8(struct otp_memory *memory, uint64_t at)
{
    uint8_t byte = 0;
    return otp_read(memory, at, &byte, sizeof byte) ? byte : 0;
}
