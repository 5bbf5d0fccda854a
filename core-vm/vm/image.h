// image.h - the one region of memory that holds all a VM owns, and the allocator inside it.
//
// A region of address space is reserved once; pages come as they are touched. Everything inside is
// named by its offset from the start, so the bytes mean the same wherever they are mapped. Two
// pools share the region: CODE (atoms, modules, literals, exports: lives long, never moved, its
// terms are never collected) below `data_start`, and DATA (heaps, messages, ETS, timers) above it.
// Pools are two-level segregated fit allocators (Masmano, Ripoll, Crespo, Real: TLSF, 2004):
// constant time, deterministic, neighbours joined on free.
#ifndef VM_IMAGE_H
#define VM_IMAGE_H

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"
#include "core-vm/vm/term.h"

enum vm_pool_name { VM_POOL_CODE, VM_POOL_DATA, VM_POOL_COUNT };

// A free list per size class; offsets, 0 is none. Lives in the image.
enum { VM_POOL_FIRST = 40, VM_POOL_SECOND = 16 };
struct vm_pool {
    uint64_t start, top, limit;  // blocks lie in [start, top); [top, limit) was never used
    uint64_t used;               // bytes in blocks given out, with their headers
    uint64_t first_map;
    uint32_t second_map[VM_POOL_FIRST];
    uint64_t free[VM_POOL_FIRST][VM_POOL_SECOND];
};

struct vm_image {
    char *base;                         // where it is mapped in this process
    uint64_t size, data_start;          // bytes reserved; offset at which data begin
    uint64_t committed[VM_POOL_COUNT];  // offset up to which each pool can be touched
};

// First bytes of every image.
struct vm_image_head {
    char magic[8];
    uint64_t build;  // which build wrote it: its tables of operations, BIFs and atoms
    uint64_t size, root_size, data_start;
    struct vm_pool pool[VM_POOL_COUNT];
};

// Reserve `size` bytes with `root_size` bytes of zeros at the start (the caller's root struct,
// whose first member is a vm_image_head), `code_size` bytes for the code pool and the rest for
// data.
WB_MUST_CHECK struct wb_error *vm_image_new(uint64_t size, uint64_t root_size, uint64_t code_size,
                                            struct vm_image *ret);
void vm_image_free(struct vm_image *image);

// Offset of `size` bytes, aligned to 16 less 8 for the block header, i.e. to 8; contents undefined.
// 0: the pool is full.
uint64_t vm_image_alloc(struct vm_image *image, enum vm_pool_name name, size_t size);
void vm_image_release(struct vm_image *image, uint64_t offset);
// Size that can be used behind an offset; at least what was asked for.
size_t vm_image_block_size(const struct vm_image *image, uint64_t offset);
// Give back what lies behind the first `size` bytes of a block, as far as that makes a block.
void vm_image_shrink(struct vm_image *image, uint64_t offset, size_t size);
// Make a block larger where it is, if what follows it is free. False: not possible, nothing
// changed.
bool vm_image_extend(struct vm_image *image, uint64_t offset, size_t size);

// Append a compressed copy, with the bytes at `root` in place of the image's own root (NULL: as it
// is) / make an image from one whose root is `root_size` bytes. The format is checked (magic,
// version, sizes, the chain of blocks, checksum); what is inside the blocks is as trusted as the VM
// that wrote it. Of free blocks nothing is kept but where they are.
WB_MUST_CHECK struct wb_error *vm_image_save(const struct vm_image *image, const void *root,
                                             struct wb_text *out);
WB_MUST_CHECK struct wb_error *vm_image_open(struct wb_bytes saved, uint64_t root_size,
                                             struct vm_image *ret);

// Copy bytes out, free blocks among them too; and back, which ends with vm_image_is_put. Only what
// was touchable then is: pages are never taken away.
void vm_image_take(const struct vm_image *image, uint64_t start, uint64_t size, void *to);
void vm_image_put(const struct vm_image *image, uint64_t start, uint64_t size, const void *from);
void vm_image_is_put(const struct vm_image *image);

static inline void *vm_image_at(const struct vm_image *image, uint64_t offset)
{
    return image->base + offset;
}

#endif
