#include "inspector/target/otp/live.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

enum { PAGE = 4096, MOST_BYTES_SHIFT = 46 };

// FNV-1a over where the maps lie.
static uint64_t hash_of(const struct otp_maps *maps)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < maps->count; i++) {
        if (!otp_map_is_wanted(&maps->at[i]))
            continue;
        hash = (hash ^ maps->at[i].start) * 0x100000001b3u;
        hash = (hash ^ maps->at[i].end) * 0x100000001b3u;
    }
    return hash;
}

static void forget(struct otp_live *live)
{
    if (live->shadow != NULL)
        munmap(live->shadow, live->room);
    free(live->fresh);
    live->shadow = NULL;
    live->fresh = NULL;
    live->room = 0;
}

static struct wb_error *get_room(struct otp_live *live, const struct otp_maps *maps)
{
    uint64_t room = 0;
    for (size_t i = 0; i < maps->count; i++)
        room += otp_map_is_wanted(&maps->at[i]) ? maps->at[i].end - maps->at[i].start : 0;
    if (room == 0 || room >> MOST_BYTES_SHIFT != 0)
        return wb_error_new(WB_E_STATE, "process %d has ended", (int)live->pid);
    void *shadow = mmap(NULL, room, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shadow == MAP_FAILED)
        return wb_error_sys(errno, "getting addresses for what process %d maps", (int)live->pid);
    live->shadow = shadow;
    live->room = room;
    live->fresh = calloc(room / PAGE + 1, sizeof *live->fresh);
    if (live->fresh == NULL)
        wb_die_no_memory(room / PAGE * sizeof *live->fresh);
    return NULL;
}

// The maps are others than before: begin anew.
static struct wb_error *remap(struct otp_live *live, const struct otp_maps *maps)
{
    forget(live);
    WB_TRY(get_room(live, maps));
    live->memory->count = 0;
    live->memory->hint = 0;
    uint8_t *at = live->shadow;
    for (size_t i = 0; i < maps->count; i++) {
        const struct otp_map *map = &maps->at[i];
        if (!otp_map_is_wanted(map))
            continue;
        otp_memory_add(live->memory, (struct otp_segment){map->start, map->end, at});
        at += map->end - map->start;
    }
    return NULL;
}

static uint64_t address_of(const struct otp_live *live, const uint8_t *ours)
{
    const struct otp_memory *memory = live->memory;
    size_t low = 0, high = memory->count;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (memory->segment[middle].at <= ours)
            low = middle;
        else
            high = middle;
    }
    return memory->segment[low].start + (uint64_t)(ours - memory->segment[low].at);
}

// Pages that are not of this sample yet are read together, as far as they lie side by side.
static bool fetch(void *data, const void *at, size_t size)
{
    struct otp_live *live = data;
    // The program's own file is under the memory, and is there.
    if ((const uint8_t *)at < live->shadow || (const uint8_t *)at >= live->shadow + live->room)
        return true;
    size_t first = (size_t)((const uint8_t *)at - live->shadow) / PAGE;
    size_t end = ((size_t)((const uint8_t *)at - live->shadow) + size + PAGE - 1) / PAGE;
    for (size_t page = first; page < end;) {
        size_t run = 0;
        while (page + run < end && live->fresh[page + run] != live->sample)
            run++;
        if (run == 0) {
            page++;
            continue;
        }
        uint8_t *ours = live->shadow + page * PAGE;
        struct iovec here = {ours, run * PAGE};
        struct iovec there = {(void *)(uintptr_t)address_of(live, ours), run * PAGE};
        if (process_vm_readv(live->pid, &here, 1, &there, 1, 0) != (ssize_t)(run * PAGE))
            return false;
        for (size_t i = 0; i < run; i++)
            live->fresh[page + i] = live->sample;
        page += run;
    }
    return true;
}

struct wb_error *otp_live_renew(struct otp_live *live)
{
    struct wb_arena arena = {0};
    struct otp_maps maps;
    struct wb_error *err = otp_maps_read(live->pid, &arena, &maps);
    if (err == NULL) {
        uint64_t hash = hash_of(&maps);
        live->sample++;
        if (live->shadow == NULL || hash != live->maps_hash)
            err = remap(live, &maps);
        live->maps_hash = hash;
    }
    wb_arena_free(&arena);
    return err;
}

struct wb_error *otp_live_open(pid_t pid, struct otp_memory *memory, struct otp_live *ret)
{
    *ret = (struct otp_live){.pid = pid, .memory = memory};
    memory->fetch = fetch;
    memory->fetch_data = ret;
    return otp_live_renew(ret);
}

void otp_live_done(struct otp_live *live)
{
    forget(live);
}
