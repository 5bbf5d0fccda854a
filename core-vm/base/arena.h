// arena.h - memory with one lifetime: push many, free all at once.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdalign.h>
#include <stddef.h>

struct wb_arena {
    struct wb_block *last;  // newest block; older ones hang off it
};

// A position to return to.
struct wb_mark {
    struct wb_block *block;
    size_t used;
};

// Zeroed memory from arena. Dies (wb_die_no_memory) rather than return NULL.
void *wb_push(struct wb_arena *arena, size_t size, size_t align);
#define wb_push_array(arena, type, count) \
    ((type *)wb_push_many((arena), (count), sizeof(type), alignof(type)))
void *wb_push_many(struct wb_arena *arena, size_t count, size_t size, size_t align);

struct wb_mark wb_arena_mark(const struct wb_arena *arena);
void wb_arena_rewind(struct wb_arena *arena, struct wb_mark mark);
void wb_arena_free(struct wb_arena *arena);

// Called before the process ends for want of memory; the TUI restores the terminal here.
extern void (*wb_on_no_memory)(void);
// Say that `size` bytes could not be had, and abort. For containers that have no way to report it.
_Noreturn void wb_die_no_memory(size_t size);

#endif
