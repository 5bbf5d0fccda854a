#define ZLIB_CONST  // next_in is const
#include <stdlib.h>
#include <zlib.h>

#include "core-vm/format/inflate_priv.h"

// zlib cannot shrink further than this, so a bigger claim is a lie; and nobody needs more than
// this.
enum { MAX_RATIO = 1032, MAX_SIZE = 256 << 20, WINDOW_ANY = 15 + 32 };

struct wb_error *beam_inflate(struct wb_bytes packed, size_t size, struct wb_arena *arena,
                              size_t *used, struct wb_bytes *ret)
{
    if (size > MAX_SIZE || packed.size > MAX_SIZE)
        return wb_error_new(WB_E_LIMIT, "%zu compressed bytes are too many", size);
    if (size / MAX_RATIO > packed.size)
        return wb_error_new(WB_E_BAD_DATA, "%zu bytes cannot be decompressed to %zu", packed.size,
                            size);
    uint8_t *at = wb_push_array(arena, uint8_t, size + 1);
    z_stream stream = {.next_in = packed.at, .avail_in = (uInt)packed.size};
    stream.next_out = at;
    stream.avail_out = (uInt)size + 1;  // one more, so that too much is noticed
    if (inflateInit2(&stream, WINDOW_ANY) != Z_OK)
        return wb_error_new(WB_E_NO_MEMORY, "no memory to decompress");
    int got = inflate(&stream, Z_FINISH);
    size_t out = stream.total_out;
    *used = stream.total_in;
    inflateEnd(&stream);
    if (got != Z_STREAM_END || out != size)
        return wb_error_new(WB_E_BAD_DATA, "the compressed data is damaged");
    *ret = (struct wb_bytes){at, size};
    return NULL;
}

void beam_deflate(struct wb_bytes bytes, struct wb_text *text)
{
    uLongf size = compressBound(bytes.size);
    Bytef *packed = malloc(size);
    if (packed == NULL || compress(packed, &size, bytes.at, bytes.size) != Z_OK)
        wb_die_no_memory(size);
    wb_text_put_bytes(text, packed, size);
    free(packed);
}

struct wb_error *beam_gunzip(struct wb_bytes file, struct wb_arena *arena, struct wb_bytes *ret)
{
    *ret = file;
    if (file.size < 18 || file.at[0] != 0x1f || file.at[1] != 0x8b)
        return NULL;
    const uint8_t *end = file.at + file.size;
    size_t size =
        (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    size_t used;
    return beam_inflate(file, size, arena, &used, ret);
}
