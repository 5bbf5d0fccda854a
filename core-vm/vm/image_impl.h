// image_impl.h - how blocks lie in the pools of an image: for image.c and image_file.c.
//
// A block is a header of 8 bytes and what its user has; blocks follow each other without gaps in
// [start, top) and are multiples of 16 bytes, so that what users have is aligned to 16. The last
// block is never free: then top moves down instead. A free block keeps the offsets of the next and
// previous block of its size class behind its header and its own size in its last 8 bytes.
#ifndef VM_IMAGE_IMPL_H
#define VM_IMAGE_IMPL_H

#include "core-vm/vm/image.h"

#define IMAGE_MAGIC "cryoimg\n"
enum {
    IMAGE_PAGE = 65536,  // no system we know has larger pages
    BLOCK_HEADER = 8,
    BLOCK_LEAST = 32,
    BLOCK_LINKS = 24,       // header and links
    BLOCK_FREE = 1,         // flags in a header
    BLOCK_BEHIND_FREE = 2,  // the block before this one is free
    BLOCK_FLAGS = 15,
    BLOCK_GRAIN = 16,
};

static inline struct vm_image_head *image_head(const struct vm_image *image)
{
    return (struct vm_image_head *)(uintptr_t)image->base;
}
static inline uint64_t *image_word(const struct vm_image *image, uint64_t offset)
{
    return (uint64_t *)(uintptr_t)(image->base + offset);
}
static inline uint64_t block_size(const struct vm_image *image, uint64_t block)
{
    return *image_word(image, block) & ~(uint64_t)BLOCK_FLAGS;
}
static inline bool block_is_free(const struct vm_image *image, uint64_t block)
{
    return (*image_word(image, block) & BLOCK_FREE) != 0;
}

// Reserve address space for an image with this geometry; nothing in it can be touched yet but the
// root, which is zero.
struct image_shape {
    uint64_t size, root_size, data_start;
};
// Where the first block of a pool begins.
uint64_t image_pool_start(const struct image_shape *shape, enum vm_pool_name name);
WB_MUST_CHECK struct wb_error *image_map(const struct image_shape *shape, struct vm_image *ret);
// Make [.., end) of a pool touchable. False: the system has no memory.
bool image_commit(struct vm_image *image, enum vm_pool_name name, uint64_t end);

#endif
