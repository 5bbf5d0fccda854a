// image.h - a saved target as a file: its bytes in compressed blocks, each inflated when somebody
// looks at it.
//
// Numbers are big-endian. The file is a head, blocks, an index; there is nothing between them and
// nothing behind.
//
//   head     8 "cryoblk\n"  4 version  4 kind  4 bytes of a block  4 number of sections
//            8 bytes of the space  8 offset of the index  8 bytes of the file
//            4 crc32 of the index  4 crc32 of the 52 bytes before
//   blocks   each raw deflate (RFC 1951), or as it is where that is not smaller
//   index    for each section: 4 tag  8 bytes
//            for each block: 4 bytes in the file  4 crc32 of these
//
// The space is what was saved: the sections one behind the other, cut into blocks of equal size but
// for the last. A block as long in the file as in the space is not compressed.
//
//   a node (OTP's memory)           MEMORY, FACTS, LAYOUT, PROGRAM, RUNS, THREADS, FILES
//   a crash dump                    FACTS, DUMP: the file
//
// Core VMs are saved otherwise (core-vm/vm/image.h): what they own is an image already.
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

#define IMG_MAGIC "cryoblk\n"
enum {
    IMG_VERSION = 1,
    IMG_HEAD = 56,
    IMG_SECTION = 12,
    IMG_ENTRY = 8,  // of a block in the index
    IMG_LEAST_BLOCK = 4096,
    IMG_MOST_BLOCK = 1 << 20,
    IMG_MOST_SECTIONS = 64,
};

enum img_kind { IMG_OF_NODE = 1, IMG_OF_DUMP = 2 };

enum img_tag {
#define IMG_SECTION_TAG(name, number, text) IMG_##name = (number),
#include "inspector/target/image/sections.def"
#undef IMG_SECTION_TAG
};

struct img_section {
    uint32_t tag;
    uint64_t at, size;  // in the space
};
struct img_block {
    uint64_t at;  // in the file
    uint32_t size, sum;
};

struct img {
    struct wb_bytes file;
    enum img_kind kind;
    uint32_t block_size;
    uint64_t space, block_count;
    struct img_section section[IMG_MOST_SECTIONS];
    size_t section_count;
    struct img_block *block;  // malloc'd
    uint8_t *base;            // the space: addresses only, until a block is asked for
    uint8_t *state;           // of each block, malloc'd
    struct img_unpacker *unpacker;
};

// Take a file, which must stay until img_close: all sizes are held against it and every block
// against its checksum, nothing is inflated. BAD_DATA when anything is wrong, UNSUPPORTED when it
// is of another version.
WB_MUST_CHECK struct wb_error *img_open(struct wb_bytes file, struct img *ret);
void img_close(struct img *img);

// False: it has no such section.
bool img_find(const struct img *img, enum img_tag tag, struct img_section *ret);
// A section's bytes where they will be: look at them only after img_need.
struct wb_bytes img_bytes(const struct img *img, const struct img_section *section);
// Have these bytes inflated. True also of bytes that are not the image's. False: they are damaged.
bool img_need(struct img *img, const void *at, size_t size);
// Let go of the memory that holds these bytes: they are inflated again when they are needed.
void img_forget(struct img *img, const void *at, size_t size);
// A whole section, inflated. NOT_FOUND when there is none; BAD_DATA.
WB_MUST_CHECK struct wb_error *img_read(struct img *img, enum img_tag tag, struct wb_bytes *ret);

#endif
