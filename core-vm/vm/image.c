#include "core-vm/vm/image.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "core-vm/base/asan.h"
#include "core-vm/vm/debug.h"
#include "core-vm/vm/image_impl.h"

enum {
    COMMIT_LEAST = 262144,  // bytes made touchable at once
};
#define COMMIT_MOST ((uint64_t)64 << 20)

static uint64_t round_up(uint64_t n, uint64_t grain)
{
    return (n + grain - 1) / grain * grain;
}

uint64_t image_pool_start(const struct image_shape *shape, enum vm_pool_name name)
{
    uint64_t at = name == VM_POOL_CODE ? shape->root_size : shape->data_start;
    return round_up(at, BLOCK_GRAIN) + BLOCK_GRAIN - BLOCK_HEADER;
}

// ---- what of the region can be touched

struct wb_error *image_map(const struct image_shape *shape, struct vm_image *ret)
{
    void *at =
        mmap(NULL, shape->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return wb_error_sys(errno, "cannot reserve %llu bytes of address space for a VM",
                            (unsigned long long)shape->size);
    struct vm_image image = {.base = at,
                             .size = shape->size,
                             .data_start = shape->data_start,
                             .committed = {[VM_POOL_DATA] = shape->data_start}};
    if (!image_commit(&image, VM_POOL_CODE, shape->root_size)) {
        munmap(at, shape->size);
        return wb_error_new(WB_E_NO_MEMORY, "no memory for the root of a VM");
    }
    *ret = image;
    return NULL;
}

bool image_commit(struct vm_image *image, enum vm_pool_name name, uint64_t end)
{
    uint64_t now = image->committed[name];
    if (end <= now)
        return true;
    uint64_t origin = name == VM_POOL_CODE ? 0 : image->data_start;
    uint64_t limit = name == VM_POOL_CODE ? image->data_start : image->size;
    uint64_t step = (now - origin) / 2;
    step = step < COMMIT_LEAST ? COMMIT_LEAST : step > COMMIT_MOST ? COMMIT_MOST : step;
    uint64_t wanted = round_up(end > now + step ? end : now + step, IMAGE_PAGE);
    if (wanted > limit)
        wanted = limit;
    if (end > wanted || mprotect(image->base + now, wanted - now, PROT_READ | PROT_WRITE) != 0)
        return false;
    image->committed[name] = wanted;
    return true;
}

// What lies between a free block's links and its last word.
static void block_poison(const struct vm_image *image, uint64_t block, uint64_t size)
{
    char *inside = image->base + block + BLOCK_LINKS;
#if VM_HOSTILE
    memset(inside, VM_HOSTILE_FILL, size - BLOCK_LINKS - 8);
#endif
    wb_poison(inside, size - BLOCK_LINKS - 8);
}

static void bytes_unpoison(const struct vm_image *image, uint64_t at, uint64_t size)
{
    wb_unpoison(image->base + at, size);
}

struct wb_error *vm_image_new(uint64_t size, uint64_t root_size, uint64_t code_size,
                              struct vm_image *ret)
{
    struct image_shape shape = {.size = round_up(size, IMAGE_PAGE), .root_size = root_size};
    shape.data_start = round_up(root_size + code_size, IMAGE_PAGE);
    if (root_size < sizeof(struct vm_image_head) || code_size > size || root_size > size ||
        shape.data_start >= shape.size)
        return wb_error_new(WB_E_LIMIT, "an image of %llu bytes is too small",
                            (unsigned long long)size);
    struct vm_image image;
    WB_TRY(image_map(&shape, &image));
    struct vm_image_head *head = image_head(&image);
    memcpy(head->magic, IMAGE_MAGIC, sizeof head->magic);
    head->size = shape.size;
    head->root_size = root_size;
    head->data_start = shape.data_start;
    uint64_t code = image_pool_start(&shape, VM_POOL_CODE);
    uint64_t data = image_pool_start(&shape, VM_POOL_DATA);
    head->pool[VM_POOL_CODE] =
        (struct vm_pool){.start = code, .top = code, .limit = shape.data_start};
    head->pool[VM_POOL_DATA] = (struct vm_pool){.start = data, .top = data, .limit = shape.size};
    *ret = image;
    return NULL;
}

void vm_image_free(struct vm_image *image)
{
    if (image->base == NULL)
        return;
    bytes_unpoison(image, 0, image->committed[VM_POOL_CODE]);
    bytes_unpoison(image, image->data_start, image->committed[VM_POOL_DATA] - image->data_start);
    munmap(image->base, image->size);
    *image = (struct vm_image){0};
}

// ---- size classes

struct size_class {
    unsigned first, second;
};

// Below 256 bytes every multiple of 16 has its own class; above, every power of two has 16.
static struct size_class class_of(uint64_t size)
{
    if (size < 256)
        return (struct size_class){.first = 0, .second = (unsigned)(size / BLOCK_GRAIN)};
    unsigned log = 63 - (unsigned)__builtin_clzll(size);
    return (struct size_class){.first = log - 7,
                               .second = (unsigned)(size >> (log - 4)) & (VM_POOL_SECOND - 1)};
}

// The least class all of whose blocks have at least this size.
static struct size_class class_above(uint64_t size)
{
    if (size < 256)
        return class_of(size);
    unsigned log = 63 - (unsigned)__builtin_clzll(size);
    return class_of(size + ((uint64_t)1 << (log - 4)) - 1);
}

static void free_list_add(const struct vm_image *image, struct vm_pool *pool, uint64_t block)
{
    struct size_class class = class_of(block_size(image, block));
    uint64_t *list = &pool->free[class.first][class.second];
    image_word(image, block)[1] = *list;
    image_word(image, block)[2] = 0;
    if (*list != 0)
        image_word(image, *list)[2] = block;
    *list = block;
    pool->first_map |= (uint64_t)1 << class.first;
    pool->second_map[class.first] |= 1u << class.second;
}

static void free_list_take(const struct vm_image *image, struct vm_pool *pool, uint64_t block)
{
    struct size_class class = class_of(block_size(image, block));
    uint64_t next = image_word(image, block)[1], prev = image_word(image, block)[2];
    if (next != 0)
        image_word(image, next)[2] = prev;
    if (prev != 0) {
        image_word(image, prev)[1] = next;
        return;
    }
    pool->free[class.first][class.second] = next;
    if (next != 0)
        return;
    pool->second_map[class.first] &= ~(1u << class.second);
    if (pool->second_map[class.first] == 0)
        pool->first_map &= ~((uint64_t)1 << class.first);
}

// A free block of at least this size; 0: none.
static uint64_t free_list_find(const struct vm_pool *pool, uint64_t size)
{
    struct size_class class = class_above(size);
    if (class.first >= VM_POOL_FIRST)
        return 0;
    uint32_t second = pool->second_map[class.first] & (~(uint32_t)0 << class.second);
    if (second == 0) {
        uint64_t first = pool->first_map & (~(uint64_t)0 << class.first << 1);
        if (first == 0)
            return 0;
        class.first = (unsigned)__builtin_ctzll(first);
        second = pool->second_map[class.first];
    }
    return pool->free[class.first][__builtin_ctz(second)];
}

// ---- blocks

static struct vm_pool *pool_of(const struct vm_image *image, uint64_t block)
{
    return &image_head(image)->pool[block < image->data_start ? VM_POOL_CODE : VM_POOL_DATA];
}

static void mark_behind(const struct vm_image *image, uint64_t block, bool is_free)
{
    uint64_t *header = image_word(image, block);
    *header = is_free ? *header | BLOCK_BEHIND_FREE : *header & ~(uint64_t)BLOCK_BEHIND_FREE;
}

// [block, block+size) is free from now on; what lies before it is in use.
static void add_free(const struct vm_image *image, struct vm_pool *pool, uint64_t block,
                     uint64_t size)
{
    uint64_t end = block + size;
    if (end == pool->top) {
        pool->top = block;
        return;
    }
    *image_word(image, block) = size | BLOCK_FREE;
    *image_word(image, end - 8) = size;
    mark_behind(image, end, true);
    free_list_add(image, pool, block);
    block_poison(image, block, size);
}

// Use the first `size` bytes of a block that is no longer on a list.
static void cut_block(const struct vm_image *image, struct vm_pool *pool, uint64_t block,
                      uint64_t size)
{
    uint64_t whole = block_size(image, block);
    uint64_t flags = *image_word(image, block) & BLOCK_BEHIND_FREE;
    bytes_unpoison(image, block, whole);
    if (whole - size >= BLOCK_LEAST) {
        *image_word(image, block) = size | flags;
        add_free(image, pool, block + size, whole - size);
        return;
    }
    *image_word(image, block) = whole | flags;
    if (block + whole != pool->top)
        mark_behind(image, block + whole, false);
}

static uint64_t take_from_top(struct vm_image *image, enum vm_pool_name name, uint64_t size)
{
    struct vm_pool *pool = &image_head(image)->pool[name];
    // One grain is kept free so that there is always room for the header behind the last block.
    if (pool->limit - pool->top < BLOCK_GRAIN || size > pool->limit - pool->top - BLOCK_GRAIN ||
        !image_commit(image, name, pool->top + size))
        return 0;
    uint64_t block = pool->top;
    bytes_unpoison(image, block, size);
    pool->top += size;
    *image_word(image, block) = size;
    return block;
}

static uint64_t block_size_for(size_t size)
{
    uint64_t whole = round_up((uint64_t)size + BLOCK_HEADER, BLOCK_GRAIN);
    return whole < BLOCK_LEAST ? BLOCK_LEAST : whole;
}

uint64_t vm_image_alloc(struct vm_image *image, enum vm_pool_name name, size_t size)
{
    struct vm_pool *pool = &image_head(image)->pool[name];
    if (size > image->size)
        return 0;
    uint64_t wanted = block_size_for(size);
    uint64_t block = free_list_find(pool, wanted);
    if (block != 0) {
        free_list_take(image, pool, block);
        cut_block(image, pool, block, wanted);
    } else {
        block = take_from_top(image, name, wanted);
        if (block == 0)
            return 0;
    }
    pool->used += block_size(image, block);
    return block + BLOCK_HEADER;
}

// The block of an offset that was given out.
static uint64_t block_of(const struct vm_image *image, uint64_t offset)
{
    uint64_t block = offset - BLOCK_HEADER;
    assert(offset % BLOCK_GRAIN == 0 && !block_is_free(image, block));
    return block;
}

void vm_image_release(struct vm_image *image, uint64_t offset)
{
    uint64_t block = block_of(image, offset);
    struct vm_pool *pool = pool_of(image, block);
    uint64_t size = block_size(image, block);
    pool->used -= size;
    if (*image_word(image, block) & BLOCK_BEHIND_FREE) {
        uint64_t before = *image_word(image, block - 8);
        free_list_take(image, pool, block - before);
        bytes_unpoison(image, block - before, before);
        block -= before;
        size += before;
    }
    uint64_t end = block + size;
    if (end != pool->top && block_is_free(image, end)) {
        free_list_take(image, pool, end);
        uint64_t behind = block_size(image, end);
        bytes_unpoison(image, end, behind);
        size += behind;
    }
    add_free(image, pool, block, size);
}

size_t vm_image_block_size(const struct vm_image *image, uint64_t offset)
{
    return block_size(image, offset - BLOCK_HEADER) - BLOCK_HEADER;
}

void vm_image_shrink(struct vm_image *image, uint64_t offset, size_t size)
{
    uint64_t block = block_of(image, offset);
    uint64_t whole = block_size(image, block), wanted = block_size_for(size);
    if (wanted + BLOCK_LEAST > whole)
        return;
    // The rest becomes a block of its own, which is then released: that joins it with what follows.
    *image_word(image, block) = wanted | (*image_word(image, block) & BLOCK_BEHIND_FREE);
    *image_word(image, block + wanted) = whole - wanted;
    vm_image_release(image, block + wanted + BLOCK_HEADER);
}

bool vm_image_extend(struct vm_image *image, uint64_t offset, size_t size)
{
    uint64_t block = block_of(image, offset);
    struct vm_pool *pool = pool_of(image, block);
    uint64_t whole = block_size(image, block), wanted = block_size_for(size);
    if (size > image->size)
        return false;
    if (wanted <= whole)
        return true;
    uint64_t end = block + whole, flags = *image_word(image, block) & BLOCK_BEHIND_FREE;
    if (end == pool->top) {
        enum vm_pool_name name = block < image->data_start ? VM_POOL_CODE : VM_POOL_DATA;
        if (take_from_top(image, name, wanted - whole) == 0)
            return false;
        *image_word(image, block) = wanted | flags;
    } else {
        if (!block_is_free(image, end) || whole + block_size(image, end) < wanted)
            return false;
        free_list_take(image, pool, end);
        *image_word(image, block) = (whole + block_size(image, end)) | flags;
        bytes_unpoison(image, end, block_size(image, end));
        cut_block(image, pool, block, wanted);
    }
    pool->used += block_size(image, block) - whole;
    return true;
}

// ---- the whole of a pool

// Free blocks are marked as such again after their bytes were touched.
static void mark_free(const struct vm_image *image)
{
    if (!WB_ASAN)
        return;
    for (int name = 0; name < VM_POOL_COUNT; name++) {
        const struct vm_pool *pool = &image_head(image)->pool[name];
        for (uint64_t block = pool->start; block < pool->top; block += block_size(image, block))
            if (block_is_free(image, block))
                block_poison(image, block, block_size(image, block));
    }
}

void vm_image_take(const struct vm_image *image, uint64_t start, uint64_t size, void *to)
{
    bytes_unpoison(image, start, size);
    memcpy(to, image->base + start, size);
    mark_free(image);
}

void vm_image_put(const struct vm_image *image, uint64_t start, uint64_t size, const void *from)
{
    bytes_unpoison(image, start, size);
    memcpy(image->base + start, from, size);
}

void vm_image_is_put(const struct vm_image *image)
{
    mark_free(image);
}
