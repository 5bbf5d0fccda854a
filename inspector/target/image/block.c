#define ZLIB_CONST  // next_in is const
#include "inspector/target/image/block.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core-vm/base/arena.h"

enum { RAW_DEFLATE = -15, MOST_MEMORY = 9 };

struct img_packer {
    z_stream z;
};
struct img_unpacker {
    z_stream z;
};

uint32_t img_sum(struct wb_bytes bytes)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), bytes.at, bytes.size);
}

struct img_packer *img_packer_new(void)
{
    struct img_packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL || deflateInit2(&packer->z, Z_BEST_SPEED, Z_DEFLATED, RAW_DEFLATE,
                                       MOST_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        wb_die_no_memory(sizeof *packer);
    return packer;
}

size_t img_pack(struct img_packer *packer, struct wb_bytes raw, uint8_t *to)
{
    z_stream *z = &packer->z;
    deflateReset(z);
    z->next_in = raw.at;
    z->avail_in = (uInt)raw.size;
    z->next_out = to;
    z->avail_out = (uInt)raw.size - 1;  // no room: it does not get smaller
    if (raw.size > 1 && deflate(z, Z_FINISH) == Z_STREAM_END)
        return raw.size - 1 - z->avail_out;
    memcpy(to, raw.at, raw.size);
    return raw.size;
}

void img_packer_free(struct img_packer *packer)
{
    if (packer != NULL)
        deflateEnd(&packer->z);
    free(packer);
}

struct img_unpacker *img_unpacker_new(void)
{
    struct img_unpacker *unpacker = calloc(1, sizeof *unpacker);
    if (unpacker == NULL || inflateInit2(&unpacker->z, RAW_DEFLATE) != Z_OK)
        wb_die_no_memory(sizeof *unpacker);
    return unpacker;
}

bool img_unpack(struct img_unpacker *unpacker, struct wb_bytes packed, uint8_t *to, size_t size)
{
    z_stream *z = &unpacker->z;
    if (packed.size == size) {
        memcpy(to, packed.at, size);
        return true;
    }
    inflateReset(z);
    z->next_in = packed.at;
    z->avail_in = (uInt)packed.size;
    z->next_out = to;
    z->avail_out = (uInt)size;
    return inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 0 && z->avail_in == 0;
}

void img_unpacker_free(struct img_unpacker *unpacker)
{
    if (unpacker != NULL)
        inflateEnd(&unpacker->z);
    free(unpacker);
}
