#include "core-vm/format/chunk.h"

#include <string.h>

enum { CHUNK_HEADER_SIZE = 8 };

static bool is_word(struct wb_bytes word, const char *text)
{
    return word.size == 4 && memcmp(word.at, text, 4) == 0;
}

static struct beam_chunk read_chunk(struct wb_reader *r)
{
    struct beam_chunk chunk = {0};
    struct wb_bytes name = wb_read_bytes(r, 4);
    if (name.size == 4)
        memcpy(chunk.name, name.at, 4);
    uint32_t size = wb_read_u32(r);
    chunk.data = wb_read_bytes(r, size);
    size_t padding = (4 - size % 4) % 4;
    if (!r->bad)
        chunk.padding = wb_read_bytes(r, padding < r->rest.size ? padding : r->rest.size);
    return chunk;
}

static size_t count_chunks(struct wb_reader r)
{
    size_t count = 0;
    for (; r.rest.size > 0 && !r.bad; count++)
        (void)read_chunk(&r);
    return count;
}

// The chunks' part of the file; what the header does not count goes to chunks->after.
static struct wb_error *read_header(struct wb_bytes file, struct beam_chunks *chunks,
                                    struct wb_bytes *body)
{
    struct wb_reader r = {.rest = file};
    if (!is_word(wb_read_bytes(&r, 4), "FOR1"))
        return wb_error_new(WB_E_BAD_DATA, "not a BEAM file: no FOR1 at the start");
    chunks->size = wb_read_u32(&r);
    if (r.bad || chunks->size > r.rest.size || chunks->size < 4)
        return wb_error_new(WB_E_BAD_DATA, "the file is cut short: its header says %u bytes",
                            chunks->size);
    struct wb_reader inner = {.rest = wb_read_bytes(&r, chunks->size)};
    if (!is_word(wb_read_bytes(&inner, 4), "BEAM"))
        return wb_error_new(WB_E_BAD_DATA, "an IFF file, but not a BEAM one");
    chunks->after = r.rest;
    *body = inner.rest;
    return NULL;
}

struct wb_error *beam_chunks_read(struct wb_bytes file, struct wb_arena *arena,
                                  struct beam_chunks *ret)
{
    struct beam_chunks chunks = {0};
    struct wb_reader r = {0};
    WB_TRY(read_header(file, &chunks, &r.rest));
    chunks.at = wb_push_array(arena, struct beam_chunk, count_chunks(r));
    while (r.rest.size > 0) {
        chunks.at[chunks.count++] = read_chunk(&r);
        if (r.bad)
            return wb_error_new(WB_E_BAD_DATA, "chunk %zu is cut short", chunks.count);
    }
    *ret = chunks;
    return NULL;
}

void beam_chunks_write(const struct beam_chunks *chunks, struct wb_text *text)
{
    wb_text_put(text, "FOR1");
    wb_text_put_u32(text, chunks->size);
    wb_text_put(text, "BEAM");
    for (size_t i = 0; i < chunks->count; i++) {
        const struct beam_chunk *chunk = &chunks->at[i];
        wb_text_put_bytes(text, chunk->name, 4);
        wb_text_put_u32(text, (uint32_t)chunk->data.size);
        wb_text_put_bytes(text, chunk->data.at, chunk->data.size);
        wb_text_put_bytes(text, chunk->padding.at, chunk->padding.size);
    }
    wb_text_put_bytes(text, chunks->after.at, chunks->after.size);
}

struct beam_chunk *beam_chunks_find(const struct beam_chunks *chunks, const char *name)
{
    for (size_t i = chunks->count; i > 0; i--)
        if (memcmp(chunks->at[i - 1].name, name, 4) == 0)
            return &chunks->at[i - 1];
    return NULL;
}

void beam_chunk_set(struct beam_chunk *chunk, struct wb_bytes data)
{
    static const uint8_t zeros[3];
    chunk->data = data;
    chunk->padding = (struct wb_bytes){zeros, (4 - data.size % 4) % 4};
}

void beam_chunks_measure(struct beam_chunks *chunks)
{
    size_t size = 4;
    for (size_t i = 0; i < chunks->count; i++)
        size += CHUNK_HEADER_SIZE + chunks->at[i].data.size + chunks->at[i].padding.size;
    chunks->size = (uint32_t)size;
}
