#include "core-vm/base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 16 * 1024 };

struct wb_block {
    struct wb_block *older;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

void (*wb_on_no_memory)(void);

_Noreturn void wb_die_no_memory(size_t size)
{
    if (wb_on_no_memory != NULL)
        wb_on_no_memory();
    fprintf(stderr, "out of memory allocating %zu bytes\n", size);
    abort();
}

static struct wb_block *add_block(struct wb_arena *arena, size_t need)
{
    size_t size = arena->last != NULL ? arena->last->size * 2 : FIRST_BLOCK;
    while (size < need)
        size *= 2;
    struct wb_block *block = malloc(sizeof *block + size);
    if (block == NULL)
        wb_die_no_memory(size);
    *block = (struct wb_block){.older = arena->last, .size = size};
    arena->last = block;
    return block;
}

void *wb_push(struct wb_arena *arena, size_t size, size_t align)
{
    assert(align != 0 && (align & (align - 1)) == 0 && align <= alignof(max_align_t));
    if (size > SIZE_MAX / 4)
        wb_die_no_memory(size);

    struct wb_block *block = arena->last;
    size_t at = block != NULL ? (block->used + align - 1) & ~(align - 1) : 0;
    if (block == NULL || size > block->size - at || at > block->size) {
        block = add_block(arena, size);
        at = 0;
    }
    block->used = at + size;
    return memset(block->data + at, 0, size);
}

void *wb_push_many(struct wb_arena *arena, size_t count, size_t size, size_t align)
{
    if (size != 0 && count > SIZE_MAX / size)
        wb_die_no_memory(SIZE_MAX);
    return wb_push(arena, count * size, align);
}

struct wb_mark wb_arena_mark(const struct wb_arena *arena)
{
    return (struct wb_mark){arena->last, arena->last != NULL ? arena->last->used : 0};
}

void wb_arena_rewind(struct wb_arena *arena, struct wb_mark mark)
{
    while (arena->last != mark.block) {
        struct wb_block *block = arena->last;
        arena->last = block->older;
        free(block);
    }
    if (arena->last != NULL)
        arena->last->used = mark.used;
}

void wb_arena_free(struct wb_arena *arena)
{
    wb_arena_rewind(arena, (struct wb_mark){0});
}
