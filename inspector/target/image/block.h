// block.h - a block of an image, compressed and back; the only file that knows with what.
#ifndef IMAGE_BLOCK_H
#define IMAGE_BLOCK_H

#include <stdbool.h>

#include "core-vm/base/bytes.h"

uint32_t img_sum(struct wb_bytes bytes);

// Deflate makes nothing smaller than this, so a bigger claim is a lie.
enum { IMG_MOST_RATIO = 1032 };

struct img_packer;
struct img_packer *img_packer_new(void);
// Into `to`, which has room for raw.size bytes. Returns how many it wrote: raw.size when it does
// not get smaller and is stored as it is.
size_t img_pack(struct img_packer *packer, struct wb_bytes raw, uint8_t *to);
void img_packer_free(struct img_packer *packer);

struct img_unpacker;
struct img_unpacker *img_unpacker_new(void);
// Exactly `size` bytes into `to`. False: packed is something else.
bool img_unpack(struct img_unpacker *unpacker, struct wb_bytes packed, uint8_t *to, size_t size);
void img_unpacker_free(struct img_unpacker *unpacker);

#endif
