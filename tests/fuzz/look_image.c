#include "tests/fuzz/look_image.h"

#include <string.h>

#include "inspector/target/image/block.h"
#include "inspector/target/image/image.h"

// Places in the head (image.h).
enum { SECTIONS = 20, INDEX_AT = 32, FILE_SIZE = 40, INDEX_SUM = 48, HEAD_SUM = 52 };

static uint64_t number(const uint8_t *at, unsigned size)
{
    uint64_t ret = 0;
    for (unsigned i = 0; i < size; i++)
        ret = ret << 8 | at[i];
    return ret;
}

static void put(uint8_t *at, uint64_t number, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        at[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

static void mend_blocks(uint8_t *file, size_t size, uint64_t index_at)
{
    uint64_t entry = index_at + IMG_SECTION * number(file + SECTIONS, 4), at = IMG_HEAD;
    for (; entry <= size && size - entry >= IMG_ENTRY; entry += IMG_ENTRY) {
        uint64_t block = number(file + entry, 4);
        if (block > index_at - at)
            return;
        put(file + entry + 4, img_sum((struct wb_bytes){file + at, block}), 4);
        at += block;
    }
}

void mend_image(uint8_t *file, size_t size)
{
    if (size < IMG_HEAD || memcmp(file, IMG_MAGIC, sizeof IMG_MAGIC - 1) != 0)
        return;
    uint64_t index_at = number(file + INDEX_AT, 8);
    put(file + FILE_SIZE, size, 8);
    if (index_at >= IMG_HEAD && index_at <= size) {
        mend_blocks(file, size, index_at);
        struct wb_bytes index = {file + index_at, size - index_at};
        put(file + INDEX_SUM, img_sum(index), 4);
    }
    put(file + HEAD_SUM, img_sum((struct wb_bytes){file, HEAD_SUM}), 4);
}
