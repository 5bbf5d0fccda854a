#include <string.h>
#include <zlib.h>

#include "rewriter/fuzz/mutate_priv.h"

enum { LONGEST_MORE = 32 };

bool rw_chunks_begin(struct rw_mutate *m, struct beam_chunks *ret)
{
    const struct rw_seed *seed = rw_seed_of(m);
    if (!seed->has_chunks)
        return false;
    *ret = seed->chunks;
    ret->at = wb_push_array(&m->arena, struct beam_chunk, ret->count + 1);
    memcpy(ret->at, seed->chunks.at, ret->count * sizeof *ret->at);
    return true;
}

void rw_chunks_drop(struct beam_chunks *chunks, size_t at)
{
    chunks->count--;
    memmove(&chunks->at[at], &chunks->at[at + 1], (chunks->count - at) * sizeof *chunks->at);
}

uint8_t *rw_bytes_copy(struct rw_mutate *m, struct wb_bytes bytes, size_t more)
{
    uint8_t *copy = wb_push_array(&m->arena, uint8_t, bytes.size + more + 1);
    if (bytes.size > 0)
        memcpy(copy, bytes.at, bytes.size);
    return copy;
}

void rw_chunks_emit(struct beam_chunks *chunks, struct wb_text *out)
{
    beam_chunks_measure(chunks);
    beam_chunks_write(chunks, out);
}

// Chunks that no loader reads much of are chosen less often.
static struct beam_chunk *choose(struct rw_mutate *m, const struct beam_chunks *chunks)
{
    struct beam_chunk *chunk = NULL;
    for (int i = 0; i < 4; i++) {
        chunk = &chunks->at[rw_below(&m->random, chunks->count)];
        if (memcmp(chunk->name, "Dbgi", 4) != 0 && memcmp(chunk->name, "Docs", 4) != 0 &&
            memcmp(chunk->name, "CInf", 4) != 0 && memcmp(chunk->name, "Attr", 4) != 0)
            return chunk;
    }
    return chunk;
}

// The seed's chunks, one of which, chosen at random, has `bytes` of its own. False: it has less
// than `least`.
static bool begin_bytes(struct rw_mutate *m, size_t least, struct beam_chunks *chunks,
                        uint8_t **bytes, size_t *size)
{
    if (!rw_chunks_begin(m, chunks))
        return false;
    struct beam_chunk *chunk = choose(m, chunks);
    if (chunk->data.size < least)
        return false;
    *bytes = rw_bytes_copy(m, chunk->data, 0);
    *size = chunk->data.size;
    chunk->data.at = *bytes;
    return true;
}

bool mutate_chunk_bits(struct rw_mutate *m, struct wb_text *out)
{
    struct beam_chunks chunks;
    uint8_t *bytes;
    size_t size;
    if (!begin_bytes(m, 1, &chunks, &bytes, &size))
        return false;
    rw_change_bytes(&m->random, bytes, size);
    beam_chunks_write(&chunks, out);
    return true;
}

bool mutate_chunk_counts(struct rw_mutate *m, struct wb_text *out)
{
    struct beam_chunks chunks;
    uint8_t *bytes;
    size_t size;
    if (!begin_bytes(m, 4, &chunks, &bytes, &size))
        return false;
    uint8_t *at = bytes + 4 * rw_below(&m->random, size / 4 < 6 ? size / 4 : 6);
    struct wb_reader old = {.rest = {at, 4}};
    uint32_t new = rw_one_in(&m->random, 2)
                       ? (uint32_t)rw_special(&m->random)
                       : wb_read_u32(&old) + (rw_one_in(&m->random, 2) ? 1 : UINT32_MAX);
    rw_put_number(at, 4, new);
    beam_chunks_write(&chunks, out);
    return true;
}

bool mutate_chunk_sizes(struct rw_mutate *m, struct wb_text *out)
{
    const struct rw_seed *seed = rw_seed_of(m);
    if (!seed->has_chunks)
        return false;
    wb_text_put_bytes(out, m->file.at, m->file.size);
    size_t at = 4;  // of the whole file
    if (!rw_one_in(&m->random, 4)) {
        const struct beam_chunk *chunk = &seed->chunks.at[rw_below(&m->random, seed->chunks.count)];
        if (chunk->data.at < m->file.at || chunk->data.at > m->file.at + m->file.size)
            return false;  // it was packed
        at = (size_t)(chunk->data.at - m->file.at) - 4;
    }
    if (at + 4 > m->file.size)
        return false;
    rw_put_number((uint8_t *)out->at + at, 4, rw_special(&m->random));
    return true;
}

bool mutate_chunk_cut(struct rw_mutate *m, struct wb_text *out)
{
    struct beam_chunks chunks;
    if (!rw_chunks_begin(m, &chunks))
        return false;
    struct beam_chunk *chunk = choose(m, &chunks);
    if (rw_one_in(&m->random, 3)) {
        size_t more = 1 + rw_below(&m->random, LONGEST_MORE);
        uint8_t *bytes = rw_bytes_copy(m, chunk->data, more);
        for (size_t i = 0; i < more; i++)
            bytes[chunk->data.size + i] = (uint8_t)rw_random_next(&m->random);
        beam_chunk_set(chunk, (struct wb_bytes){bytes, chunk->data.size + more});
    } else {
        beam_chunk_set(
            chunk, (struct wb_bytes){chunk->data.at, rw_below(&m->random, chunk->data.size + 1)});
    }
    rw_chunks_emit(&chunks, out);
    return true;
}

bool mutate_chunk_order(struct rw_mutate *m, struct wb_text *out)
{
    struct beam_chunks chunks;
    if (!rw_chunks_begin(m, &chunks))
        return false;
    size_t a = rw_below(&m->random, chunks.count), b = rw_below(&m->random, chunks.count);
    struct beam_chunk saved = chunks.at[a];
    switch (rw_below(&m->random, 4)) {
    case 0:
        rw_chunks_drop(&chunks, a);
        break;
    case 1:
        chunks.at[chunks.count++] = saved;
        break;
    case 2:
        chunks.at[a] = chunks.at[b];
        chunks.at[b] = saved;
        break;
    default:  // what is in one chunk stands in another
        beam_chunk_set(&chunks.at[a], chunks.at[b].data);
        break;
    }
    rw_chunks_emit(&chunks, out);
    return true;
}

bool mutate_chunk_splice(struct rw_mutate *m, struct wb_text *out)
{
    const struct rw_seed *partner = rw_partner_of(m);
    struct beam_chunks chunks;
    if (!partner->has_chunks || !rw_chunks_begin(m, &chunks))
        return false;
    const struct beam_chunk *from = choose(m, &partner->chunks);
    struct beam_chunk *to = beam_chunks_find(&chunks, from->name);
    if (to == NULL)
        chunks.at[chunks.count++] = *from;
    else
        beam_chunk_set(to, from->data);
    rw_chunks_emit(&chunks, out);
    return true;
}

// The literals unpacked, changed and packed again; at times with a size that is not theirs.
bool mutate_literals(struct rw_mutate *m, struct wb_text *out)
{
    const struct rw_seed *seed = rw_seed_of(m);
    if (!seed->has_code || seed->module.literals.raw.size == 0)
        return false;
    struct wb_bytes raw = seed->module.literals.raw;
    uint8_t *plain = rw_bytes_copy(m, raw, 0);
    rw_change_bytes(&m->random, plain, raw.size);
    uLongf size = compressBound(raw.size);
    uint8_t *packed = wb_push_array(&m->arena, uint8_t, size + 4);
    if (compress2(packed + 4, &size, plain, raw.size, 1) != Z_OK)
        return false;
    rw_put_number(packed, 4, rw_one_in(&m->random, 8) ? rw_special(&m->random) : raw.size);
    struct beam_chunks chunks;
    if (!rw_chunks_begin(m, &chunks))
        return false;
    struct beam_chunk *chunk = beam_chunks_find(&chunks, "LitT");
    if (chunk == NULL)
        return false;
    beam_chunk_set(chunk, (struct wb_bytes){packed, size + 4});
    rw_chunks_emit(&chunks, out);
    return true;
}
