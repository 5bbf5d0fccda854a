#include "inspector/target/image/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core-vm/base/arena.h"
#include "inspector/target/image/block.h"

// Of a block.
enum { ABSENT, PRESENT, DAMAGED };

struct head {
    uint32_t version, kind, block_size, section_count, index_sum;
    uint64_t space, index_at, file_size;
};

static struct wb_error *damaged(const char *what)
{
    return wb_error_new(WB_E_BAD_DATA, "the image is damaged: %s", what);
}

static struct wb_error *read_head(struct wb_bytes file, struct head *ret)
{
    struct wb_reader r = {.rest = file};
    struct wb_bytes magic = wb_read_bytes(&r, 8);
    if (r.bad || memcmp(magic.at, IMG_MAGIC, 8) != 0)
        return damaged("it does not begin as one");
    struct head head = {.version = wb_read_u32(&r)};
    head.kind = wb_read_u32(&r);
    head.block_size = wb_read_u32(&r);
    head.section_count = wb_read_u32(&r);
    head.space = wb_read_u64(&r);
    head.index_at = wb_read_u64(&r);
    head.file_size = wb_read_u64(&r);
    head.index_sum = wb_read_u32(&r);
    uint32_t sum = wb_read_u32(&r);
    if (r.bad)
        return damaged("its head is cut short");
    if (sum != img_sum((struct wb_bytes){file.at, IMG_HEAD - 4}))
        return damaged("its head does not have its checksum");
    if (head.version != IMG_VERSION)
        return wb_error_new(WB_E_UNSUPPORTED, "image format %u is not supported, only %d",
                            head.version, IMG_VERSION);
    *ret = head;
    return NULL;
}

static struct wb_error *check_head(const struct head *head, struct wb_bytes file)
{
    bool power = (head->block_size & (head->block_size - 1)) == 0;
    if (head->kind != IMG_OF_NODE && head->kind != IMG_OF_DUMP)
        return wb_error_new(WB_E_UNSUPPORTED, "images of kind %u are not known", head->kind);
    if (head->block_size < IMG_LEAST_BLOCK || head->block_size > IMG_MOST_BLOCK || !power)
        return damaged("its blocks have no possible size");
    if (head->section_count > IMG_MOST_SECTIONS)
        return damaged("it has too many sections");
    if (head->file_size != file.size)
        return wb_error_new(WB_E_BAD_DATA,
                            "the image is damaged: it has %zu bytes, and had %llu when written",
                            file.size, (unsigned long long)head->file_size);
    if (head->index_at < IMG_HEAD || head->index_at > file.size)
        return damaged("its index is not in it");
    return NULL;
}

static struct wb_error *read_sections(struct wb_reader *r, struct img *img)
{
    uint64_t at = 0;
    for (size_t i = 0; i < img->section_count; i++) {
        struct img_section section = {.tag = wb_read_u32(r), .at = at};
        section.size = wb_read_u64(r);
        if (section.size > img->space - at)
            return damaged("its sections are larger than what was saved");
        at += section.size;
        img->section[i] = section;
    }
    if (r->bad || at != img->space)
        return damaged("its sections are not all that was saved");
    return NULL;
}

static size_t size_of(const struct img *img, uint64_t block)
{
    uint64_t left = img->space - block * img->block_size;
    return left < img->block_size ? (size_t)left : img->block_size;
}

// Every block follows the one before it, up to the index.
static struct wb_error *read_blocks(struct wb_reader *r, uint64_t end, struct img *img)
{
    uint64_t at = IMG_HEAD;
    for (uint64_t i = 0; i < img->block_count; i++) {
        struct img_block block = {.at = at, .size = wb_read_u32(r)};
        block.sum = wb_read_u32(r);
        size_t size = size_of(img, i);
        if (block.size == 0 || block.size > size || block.size > end - at ||
            size / IMG_MOST_RATIO > block.size)
            return damaged("a block has no possible size");
        if (img_sum((struct wb_bytes){img->file.at + at, block.size}) != block.sum)
            return damaged("a block does not have its checksum");
        at += block.size;
        img->block[i] = block;
    }
    if (r->bad || at != end)
        return damaged("its blocks are not all of it");
    return NULL;
}

static struct wb_error *read_index(const struct head *head, struct img *img)
{
    struct wb_bytes index = {img->file.at + head->index_at, img->file.size - head->index_at};
    uint64_t blocks = img->space / img->block_size + (img->space % img->block_size != 0);
    uint64_t sections = IMG_SECTION * (uint64_t)img->section_count;
    if (img_sum(index) != head->index_sum)
        return damaged("its index does not have its checksum");
    if (index.size < sections || (index.size - sections) % IMG_ENTRY != 0 ||
        (index.size - sections) / IMG_ENTRY != blocks)
        return damaged("its index is not as long as it has to be");
    struct wb_reader r = {.rest = index};
    img->block_count = blocks;
    img->block = calloc(blocks + 1, sizeof *img->block);
    img->state = calloc(blocks + 1, 1);
    if (img->block == NULL || img->state == NULL)
        wb_die_no_memory(blocks * sizeof *img->block);
    WB_TRY(read_sections(&r, img));
    return read_blocks(&r, head->index_at, img);
}

static struct wb_error *reserve(struct img *img)
{
    if (img->space == 0)
        return NULL;
    void *base = mmap(NULL, img->space, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return wb_error_sys(errno, "getting addresses for an image of %llu bytes",
                            (unsigned long long)img->space);
    img->base = base;
    return NULL;
}

struct wb_error *img_open(struct wb_bytes file, struct img *ret)
{
    struct head head = {0};
    WB_TRY(read_head(file, &head));
    WB_TRY(check_head(&head, file));
    struct img img = {
        .file = file,
        .kind = (enum img_kind)head.kind,
        .block_size = head.block_size,
        .space = head.space,
        .section_count = head.section_count,
    };
    struct wb_error *err = read_index(&head, &img);
    if (err == NULL)
        err = reserve(&img);
    if (err != NULL) {
        img_close(&img);
        return err;
    }
    img.unpacker = img_unpacker_new();
    *ret = img;
    return NULL;
}

void img_close(struct img *img)
{
    if (img->base != NULL)
        munmap(img->base, img->space);
    img_unpacker_free(img->unpacker);
    free(img->block);
    free(img->state);
    *img = (struct img){0};
}

bool img_find(const struct img *img, enum img_tag tag, struct img_section *ret)
{
    for (size_t i = 0; i < img->section_count; i++)
        if (img->section[i].tag == (uint32_t)tag) {
            *ret = img->section[i];
            return true;
        }
    return false;
}

struct wb_bytes img_bytes(const struct img *img, const struct img_section *section)
{
    // An image of nothing has no memory at all.
    if (section->size == 0)
        return (struct wb_bytes){0};
    return (struct wb_bytes){img->base + section->at, section->size};
}

static bool inflate_block(struct img *img, uint64_t i)
{
    const struct img_block *block = &img->block[i];
    uint8_t *to = img->base + i * img->block_size;
    if (img->state[i] == DAMAGED)
        return false;
    bool fine = img_unpack(img->unpacker, (struct wb_bytes){img->file.at + block->at, block->size},
                           to, size_of(img, i));
    img->state[i] = fine ? PRESENT : DAMAGED;
    return fine;
}

static bool is_inside(const struct img *img, const void *at)
{
    uintptr_t base = (uintptr_t)img->base, place = (uintptr_t)at;
    return base != 0 && place >= base && place - base < img->space;
}

bool img_need(struct img *img, const void *at, size_t size)
{
    if (size == 0 || !is_inside(img, at))
        return true;
    uint64_t from = (uint64_t)((const uint8_t *)at - img->base);
    uint64_t first = from / img->block_size, last = (from + size - 1) / img->block_size;
    bool fine = true;
    for (uint64_t i = first; i <= last && i < img->block_count; i++)
        fine = (img->state[i] == PRESENT || inflate_block(img, i)) && fine;
    return fine;
}

void img_forget(struct img *img, const void *at, size_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (size == 0 || !is_inside(img, at) || img->block_size % page != 0)
        return;
    uint64_t from = (uint64_t)((const uint8_t *)at - img->base);
    uint64_t first = from / img->block_size + (from % img->block_size != 0);
    uint64_t end = (from + size) / img->block_size;
    for (uint64_t i = first; i < end && i < img->block_count; i++)
        if (img->state[i] == PRESENT) {
            (void)madvise(img->base + i * img->block_size, img->block_size, MADV_DONTNEED);
            img->state[i] = ABSENT;
        }
}

struct wb_error *img_read(struct img *img, enum img_tag tag, struct wb_bytes *ret)
{
    static const char *const names[] = {
#define IMG_SECTION_TAG(name, number, text) [number] = (text),
#include "inspector/target/image/sections.def"
#undef IMG_SECTION_TAG
    };
    struct img_section section;
    if (!img_find(img, tag, &section))
        return wb_error_new(WB_E_BAD_DATA, "the image is damaged: it has no section %s",
                            names[tag]);
    struct wb_bytes bytes = img_bytes(img, &section);
    if (!img_need(img, bytes.at, bytes.size))
        return wb_error_new(WB_E_BAD_DATA, "the image is damaged in its section %s", names[tag]);
    *ret = bytes;
    return NULL;
}
