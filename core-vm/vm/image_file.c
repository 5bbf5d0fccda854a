// The file: a header of big-endian numbers, then one zlib stream of the root and the blocks of both
// pools in order; a free block is its header and links only.
#include <assert.h>
#include <string.h>
#include <zlib.h>

#include "core-vm/vm/image_impl.h"

enum {
    FILE_VERSION = 1,
    FILE_SUMMED = 8 + 4 + 4 + 8 + 4 * 8,  // bytes of the header that its own checksum covers
    FILE_HEADER = FILE_SUMMED + 4,
    FILE_CHUNK = 65536,
    FILE_PART = 1 << 30,
};
#define LARGEST_IMAGE ((uint64_t)1 << 46)

// ---- saving

struct saver {
    z_stream z;
    uint64_t size;
    uLong sum;
    struct wb_text *out;
    uint8_t chunk[FILE_CHUNK];
};

static void saver_deflate(struct saver *s, int flush)
{
    int status;
    do {
        s->z.next_out = s->chunk;
        s->z.avail_out = sizeof s->chunk;
        status = deflate(&s->z, flush);
        assert(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
        wb_text_put_bytes(s->out, s->chunk, sizeof s->chunk - s->z.avail_out);
    } while (flush == Z_FINISH ? status != Z_STREAM_END : s->z.avail_out == 0);
}

static void saver_put(struct saver *s, const void *bytes, uint64_t size)
{
    const uint8_t *at = bytes;
    s->size += size;
    while (size > 0) {
        uInt part = size > FILE_PART ? FILE_PART : (uInt)size;
        s->sum = crc32(s->sum, at, part);
        // zlib does not change what it reads, but says so only when built with ZLIB_CONST.
        s->z.next_in = (Bytef *)(uintptr_t)at;
        s->z.avail_in = part;
        saver_deflate(s, Z_NO_FLUSH);
        at += part;
        size -= part;
    }
}

static void save_pool(const struct vm_image *image, enum vm_pool_name name, struct saver *s)
{
    const struct vm_pool *pool = &image_head(image)->pool[name];
    uint64_t from = pool->start;  // runs of used blocks are put at once
    for (uint64_t block = pool->start; block < pool->top;) {
        uint64_t size = block_size(image, block);
        if (block_is_free(image, block)) {
            saver_put(s, image->base + from, block + BLOCK_LINKS - from);
            from = block + size;
        }
        block += size;
    }
    saver_put(s, image->base + from, pool->top - from);
}

static void save_header(const struct vm_image_head *head, const struct saver *s,
                        struct wb_text *out)
{
    wb_text_put_bytes(out, IMAGE_MAGIC, 8);
    wb_text_put_u32(out, FILE_VERSION);
    wb_text_put_u32(out, (uint32_t)s->sum);
    wb_text_put_u64(out, head->build);
    wb_text_put_u64(out, head->size);
    wb_text_put_u64(out, head->root_size);
    wb_text_put_u64(out, head->data_start);
    wb_text_put_u64(out, s->size);
    struct wb_bytes all = wb_text_bytes(out);
    wb_text_put_u32(out, (uint32_t)crc32(0, all.at, (uInt)all.size));
}

struct wb_error *vm_image_save(const struct vm_image *image, const void *root, struct wb_text *out)
{
    static const uint8_t room[FILE_HEADER];
    struct wb_text header wb_auto_text = {0};
    const struct vm_image_head *head = root != NULL ? root : image_head(image);
    struct saver s = {.out = out, .sum = crc32(0, NULL, 0)};
    size_t start = out->size;
    if (deflateInit(&s.z, Z_BEST_SPEED) != Z_OK)
        return wb_error_new(WB_E_NO_MEMORY, "no memory to compress an image");
    wb_text_put_bytes(out, room, sizeof room);
    saver_put(&s, head, head->root_size);
    save_pool(image, VM_POOL_CODE, &s);
    save_pool(image, VM_POOL_DATA, &s);
    saver_deflate(&s, Z_FINISH);
    deflateEnd(&s.z);
    save_header(head, &s, &header);
    memcpy(out->at + start, header.at, FILE_HEADER);
    return NULL;
}

// ---- opening

struct opener {
    z_stream z;
    struct wb_bytes rest;  // what z has not been given yet
    uint64_t left;         // bytes the header says are still to come
    uLong sum;
    bool bad;
};

struct file_header {
    uint64_t build;
    struct image_shape shape;
    uint64_t size;
    uint32_t sum;
};

static struct wb_error *read_header(struct wb_reader *r, struct file_header *ret)
{
    struct wb_bytes all = r->rest;
    struct wb_bytes magic = wb_read_bytes(r, 8);
    if (r->bad || memcmp(magic.at, IMAGE_MAGIC, 8) != 0)
        return wb_error_new(WB_E_BAD_DATA, "not an image of a VM");
    uint32_t version = wb_read_u32(r);
    struct file_header h;
    h.sum = wb_read_u32(r);
    h.build = wb_read_u64(r);
    h.shape.size = wb_read_u64(r);
    h.shape.root_size = wb_read_u64(r);
    h.shape.data_start = wb_read_u64(r);
    h.size = wb_read_u64(r);
    uint32_t sum = wb_read_u32(r);
    if (!r->bad && version != FILE_VERSION)
        return wb_error_new(WB_E_UNSUPPORTED, "image format %u is not supported, only %d", version,
                            FILE_VERSION);
    if (r->bad || sum != (uint32_t)crc32(0, all.at, FILE_SUMMED))
        return wb_error_new(WB_E_BAD_DATA, "the image's header is damaged");
    *ret = h;
    return NULL;
}

static struct wb_error *check_shape(const struct file_header *h, uint64_t root_size)
{
    const struct image_shape *shape = &h->shape;
    if (shape->root_size != root_size)
        return wb_error_new(WB_E_UNSUPPORTED, "the image was written by another version of cryo");
    if (shape->size > LARGEST_IMAGE || shape->size % IMAGE_PAGE != 0 ||
        shape->data_start % IMAGE_PAGE != 0 || shape->data_start >= shape->size ||
        root_size > shape->data_start || h->size > shape->size)
        return wb_error_new(WB_E_BAD_DATA, "the image's sizes make no sense");
    return NULL;
}

// zlib counts in 32 bits.
static void opener_feed(struct opener *o)
{
    if (o->z.avail_in > 0 || o->rest.size == 0)
        return;
    uInt part = o->rest.size > FILE_PART ? FILE_PART : (uInt)o->rest.size;
    o->z.next_in = (Bytef *)(uintptr_t)o->rest.at;
    o->z.avail_in = part;
    o->rest.at += part;
    o->rest.size -= part;
}

static void opener_take(struct opener *o, void *to, uint64_t size)
{
    uint8_t *at = to;
    if (o->bad || size > o->left) {
        o->bad = true;
        return;
    }
    o->left -= size;
    while (size > 0) {
        uInt part = size > FILE_PART ? FILE_PART : (uInt)size;
        opener_feed(o);
        o->z.next_out = at;
        o->z.avail_out = part;
        int status = inflate(&o->z, Z_SYNC_FLUSH);
        part -= o->z.avail_out;
        if (part == 0 || (status != Z_OK && status != Z_STREAM_END)) {
            o->bad = true;
            return;
        }
        o->sum = crc32(o->sum, at, part);
        at += part;
        size -= part;
    }
}

// The stream ends where its contents do, and zlib's own checksum is right.
static bool opener_is_done(struct opener *o)
{
    uint8_t more;
    o->z.next_out = &more;
    o->z.avail_out = 1;
    opener_feed(o);
    return o->left == 0 && inflate(&o->z, Z_FINISH) == Z_STREAM_END && o->z.avail_out == 1 &&
           o->z.avail_in == 0 && o->rest.size == 0;
}

static bool head_is_sound(const struct vm_image *image, const struct file_header *h)
{
    const struct vm_image_head *head = image_head(image);
    if (memcmp(head->magic, IMAGE_MAGIC, 8) != 0 || head->build != h->build ||
        head->size != h->shape.size || head->root_size != h->shape.root_size ||
        head->data_start != h->shape.data_start)
        return false;
    for (int i = 0; i < VM_POOL_COUNT; i++) {
        const struct vm_pool *pool = &head->pool[i];
        uint64_t end = i == VM_POOL_CODE ? head->data_start : head->size;
        if (pool->start != image_pool_start(&h->shape, (enum vm_pool_name)i) ||
            pool->top < pool->start || pool->top > pool->limit || pool->limit > end ||
            pool->top % BLOCK_GRAIN != BLOCK_HEADER)
            return false;
    }
    return true;
}

// One block, whose header says how much of it is in the file. Returns its size; 0: it is unsound.
static uint64_t open_block(struct vm_image *image, struct opener *o, uint64_t block, uint64_t top)
{
    opener_take(o, image_word(image, block), BLOCK_HEADER);
    uint64_t size = block_size(image, block);
    if (o->bad || size < BLOCK_LEAST || size > top - block)
        return 0;
    if (block_is_free(image, block)) {
        opener_take(o, image_word(image, block) + 1, BLOCK_LINKS - BLOCK_HEADER);
        *image_word(image, block + size - 8) = size;
    } else {
        opener_take(o, image_word(image, block) + 1, size - BLOCK_HEADER);
    }
    return o->bad ? 0 : size;
}

static struct wb_error *open_pools(struct vm_image *image, struct opener *o,
                                   const struct file_header *h)
{
    opener_take(o, image->base, h->shape.root_size);
    if (o->bad || !head_is_sound(image, h))
        return wb_error_new(WB_E_BAD_DATA, "the image's root is damaged");
    for (int i = 0; i < VM_POOL_COUNT; i++) {
        struct vm_pool pool = image_head(image)->pool[i];
        if (!image_commit(image, (enum vm_pool_name)i, pool.top))
            return wb_error_new(WB_E_NO_MEMORY, "no memory for the image");
        uint64_t size = 0;
        for (uint64_t block = pool.start; block < pool.top; block += size) {
            size = open_block(image, o, block, pool.top);
            if (size == 0)
                return wb_error_new(WB_E_BAD_DATA, "the image's blocks are damaged");
        }
    }
    if (!opener_is_done(o) || (uint32_t)o->sum != h->sum)
        return wb_error_new(WB_E_BAD_DATA, "the image's checksum is wrong");
    return NULL;
}

struct wb_error *vm_image_open(struct wb_bytes saved, uint64_t root_size, struct vm_image *ret)
{
    struct wb_reader r = {.rest = saved};
    struct file_header h;
    WB_TRY(read_header(&r, &h));
    WB_TRY(check_shape(&h, root_size));
    struct opener o = {.rest = r.rest, .left = h.size, .sum = crc32(0, NULL, 0)};
    if (inflateInit(&o.z) != Z_OK)
        return wb_error_new(WB_E_NO_MEMORY, "no memory to open an image");
    struct vm_image image = {0};
    struct wb_error *err = image_map(&h.shape, &image);
    if (err == NULL)
        err = open_pools(&image, &o, &h);
    inflateEnd(&o.z);
    if (err != NULL) {
        vm_image_free(&image);
        return err;
    }
    *ret = image;
    return NULL;
}
