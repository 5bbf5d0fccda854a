#include "inspector/target/otp/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "core-vm/base/cleanup.h"
#include "inspector/target/otp/crew.h"
#include "inspector/target/otp/freeze.h"

enum {
    PAGE = 4096,
    WORD = 64,                // pages of a word of bits
    PAGES_AT_ONCE = 1 << 14,  // entries of pagemap read by one call
    RUN_PAGES = 256,          // the most of a run
    MAX_RUNS = 1 << 16,       // gathered at once
    MAX_REGIONS = 1 << 16,    // that we get ready for
    MOST_INDEX = 256 << 20,   // bytes of it that are made ready
    PART_RUNS = 256,          // of one process_vm_readv: with whole runs, 256 MB
    PART_PAGES = 512,         // of it, or a run more: a deadline is not missed by much
    MAX_PARTS = 256,          // given to the crew at once
};
// pagemap(5): in memory, or swapped out.
#define PRESENT (UINT64_C(3) << 62)

static bool parse_map(const char *line, struct wb_arena *arena, struct otp_map *ret)
{
    char flags[8];
    int path = 0;
    struct otp_map map = {0};
    if (sscanf(line, "%lx-%lx %7s %lx %*s %lu %n", &map.start, &map.end, flags, &map.offset,
               &map.inode, &path) < 5)
        return false;
    map.readable = flags[0] == 'r';
    map.writable = flags[1] == 'w';
    map.executable = flags[2] == 'x';
    size_t size = strcspn(line + path, "\n");
    char *copy = wb_push(arena, size + 1, 1);
    memcpy(copy, line + path, size);
    map.path = copy;
    *ret = map;
    return true;
}

struct wb_error *otp_maps_read(pid_t pid, struct wb_arena *arena, struct otp_maps *ret)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return wb_error_sys(errno, "reading the memory map of process %d", (int)pid);
    struct otp_maps maps = {0};
    size_t capacity = 0;
    wb_auto_free char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        if (maps.count == capacity) {
            capacity = capacity != 0 ? capacity * 2 : 256;
            struct otp_map *grown = wb_push_array(arena, struct otp_map, capacity);
            if (maps.count > 0)
                memcpy(grown, maps.at, maps.count * sizeof *grown);
            maps.at = grown;
        }
        maps.count += parse_map(line, arena, &maps.at[maps.count]);
    }
    fclose(file);
    *ret = maps;
    return NULL;
}

// Terms, tables and JIT code lie in private or anonymous memory that may be written; what files
// hold unchanged (libraries, the executable's constants) is read from the files. The kernel's own
// library for all processes is in no file.
bool otp_map_is_wanted(const struct otp_map *map)
{
    bool anonymous = map->path[0] == '\0' || map->path[0] == '[' ||
                     strncmp(map->path, "/memfd", 6) == 0 || strstr(map->path, "vmem") != NULL;
    if (strcmp(map->path, "[vdso]") == 0)
        return true;
    if (!map->readable || strncmp(map->path, "[v", 2) == 0)
        return false;
    return map->writable || (map->executable && anonymous);
}

static size_t pages_of(const struct otp_region *region)
{
    return (region->end - region->start) / PAGE;
}

// Memory that costs nothing until it is used.
static struct otp_ready reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    return at != MAP_FAILED ? (struct otp_ready){at, size} : (struct otp_ready){0};
}

struct otp_ready otp_ready_make(size_t size)
{
    struct otp_ready ready = reserve(size > 0 ? size : 1);
    if (ready.at == NULL)
        return ready;
    madvise(ready.at, size, MADV_HUGEPAGE);
    madvise(ready.at, size, MADV_POPULATE_WRITE);
    return ready;
}

void otp_ready_done(struct otp_ready *ready)
{
    if (ready->at != NULL)
        munmap(ready->at, ready->size);
    *ready = (struct otp_ready){0};
}

// Bytes that say of each page where it is and whether it is wanted.
static size_t index_size(size_t pages)
{
    return (pages / WORD + 1) * sizeof(uint64_t) + (pages + 1) / 2 * sizeof(uint64_t);
}

struct wb_error *otp_copy_prepare(pid_t pid, struct otp_copy *ret)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return wb_error_sys(errno, "looking for process %d", (int)pid);
    unsigned long total = 0, resident = 0;
    int got = fscanf(file, "%lu %lu", &total, &resident);
    fclose(file);
    if (got != 2)
        return wb_error_new(WB_E_STATE, "process %d is ending", (int)pid);
    // A node may grow while we get ready, and swapped pages count as well.
    size_t room = (size_t)resident * PAGE * 3 / 2 + (256u << 20);
    struct otp_ready buffer = reserve(room);
    if (buffer.at == NULL)
        return wb_error_sys(errno, "getting %zu bytes for a copy of process %d", room, (int)pid);
    madvise(buffer.at, room, MADV_HUGEPAGE);
    // Touched now, so that the process does not stand still while we get pages from the kernel.
    madvise(buffer.at, (size_t)resident * PAGE, MADV_POPULATE_WRITE);
    size_t likely = index_size(total + total / 4) + MAX_REGIONS * sizeof(uint64_t);
    *ret = (struct otp_copy){
        .pid = pid,
        .buffer = buffer.at,
        .room = room,
        .index = likely <= MOST_INDEX ? otp_ready_make(likely) : (struct otp_ready){0},
        .pages = otp_ready_make(PAGES_AT_ONCE * sizeof(uint64_t)),
        .runs = otp_ready_make(MAX_RUNS * sizeof(struct otp_run)),
        .crew = otp_crew_new(),
    };
    if (ret->pages.at == NULL || ret->runs.at == NULL)
        wb_die_no_memory(MAX_RUNS * sizeof(struct otp_run));
    return NULL;
}

void otp_copy_done(struct otp_copy *copy)
{
    otp_crew_free(copy->crew);
    if (copy->buffer != NULL)
        munmap(copy->buffer, copy->room);
    otp_ready_done(&copy->index);
    otp_ready_done(&copy->pages);
    otp_ready_done(&copy->runs);
    free(copy->region);
    *copy = (struct otp_copy){0};
}

static void add_region(struct otp_copy *copy, const struct otp_map *map)
{
    copy->region[copy->region_count++] =
        (struct otp_region){.start = map->start, .end = map->end, .executable = map->executable};
}

struct wb_error *otp_copy_begin(struct otp_copy *copy, const struct otp_maps *maps)
{
    copy->region = calloc(maps->count + 1, sizeof *copy->region);
    if (copy->region == NULL)
        wb_die_no_memory(maps->count * sizeof *copy->region);
    size_t size = 0;
    for (size_t i = 0; i < maps->count; i++)
        if (otp_map_is_wanted(&maps->at[i])) {
            add_region(copy, &maps->at[i]);
            size_t pages = pages_of(&copy->region[copy->region_count - 1]);
            size += index_size(pages);
        }
    if (copy->index.size < size) {
        otp_ready_done(&copy->index);
        copy->index = reserve(size);
    }
    uint8_t *at = copy->index.at;
    if (at == NULL)
        return wb_error_new(WB_E_STATE, "getting %zu bytes for a copy of process %d", size,
                            (int)copy->pid);
    for (size_t i = 0; i < copy->region_count; i++) {
        struct otp_region *region = &copy->region[i];
        size_t pages = pages_of(region);
        region->wanted = (uint64_t *)(void *)at;
        at += (pages / WORD + 1) * sizeof(uint64_t);
        region->slot = (uint32_t *)(void *)at;
        at += (pages + 1) / 2 * sizeof(uint64_t);
        region->low = pages / WORD + 1;
    }
    return NULL;
}

void otp_copy_forget(struct otp_copy *copy)
{
    // As it was given to us: nothing is wanted, nothing is there.
    for (size_t i = 0; i < copy->region_count; i++) {
        size_t pages = pages_of(&copy->region[i]);
        memset(copy->region[i].slot, 0, pages * sizeof *copy->region[i].slot);
        memset(copy->region[i].wanted, 0, (pages / WORD + 1) * sizeof(uint64_t));
    }
    free(copy->region);
    copy->region = NULL;
    copy->region_count = copy->hint = copy->used = copy->run_count = 0;
    copy->copied = copy->deadline = 0;
    copy->cut = false;
}

static struct otp_region *region_of(struct otp_copy *copy, uint64_t at)
{
    size_t low = 0, high = copy->region_count;
    const struct otp_region *last = &copy->region[copy->hint];
    if (high > 0 && at >= last->start && at < last->end)
        return &copy->region[copy->hint];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct otp_region *region = &copy->region[middle];
        if (at >= region->start && at < region->end) {
            copy->hint = middle;
            return region;
        }
        if (at < region->start)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static void want_page(struct otp_region *region, size_t page)
{
    size_t word = page / WORD;
    if (region->slot[page] != 0)
        return;
    region->wanted[word] |= UINT64_C(1) << page % WORD;
    if (word < region->low)
        region->low = word;
    if (word >= region->high)
        region->high = word + 1;
}

void otp_copy_want(struct otp_copy *copy, uint64_t at, uint64_t size)
{
    struct otp_region *region = region_of(copy, at);
    if (region == NULL || size == 0)
        return;
    // What goes on in another mapping is rare, and is asked for when it is missed.
    uint64_t end = size < region->end - at ? at + size : region->end;
    for (size_t page = (at - region->start) / PAGE; page <= (end - 1 - region->start) / PAGE;
         page++)
        want_page(region, page);
}

// The entries of pagemap for [at, end), as many as fit; how many.
static size_t read_pagemap(int pagemap, uint64_t at, uint64_t end, uint64_t *pages)
{
    size_t want = (end - at) / PAGE;
    if (want > PAGES_AT_ONCE)
        want = PAGES_AT_ONCE;
    ssize_t got = pread(pagemap, pages, want * sizeof *pages, (off_t)(at / PAGE * sizeof *pages));
    return got > 0 ? (size_t)got / sizeof *pages : 0;
}

void otp_copy_want_present(struct otp_copy *copy, int pagemap, uint64_t start, uint64_t end)
{
    uint64_t *pages = copy->pages.at;
    for (size_t i = 0; i < copy->region_count; i++) {
        struct otp_region *region = &copy->region[i];
        uint64_t at = start / PAGE * PAGE, stop = end < region->end ? end : region->end;
        if (at < region->start)
            at = region->start;
        while (at < stop) {
            size_t count = read_pagemap(pagemap, at, (stop + PAGE - 1) / PAGE * PAGE, pages);
            for (size_t k = 0; k < count; k++)
                if ((pages[k] & PRESENT) != 0)
                    want_page(region, (at - region->start) / PAGE + k);
            if (count == 0)
                break;
            at += count * PAGE;
        }
    }
}

// Runs [first, end) of the copy, read by one call, or by some when a page cannot be read.
struct part {
    size_t first, end;
};
struct fetching {
    struct otp_copy *copy;
    struct part part[MAX_PARTS];
    atomic_ulong copied;
    atomic_bool cut;
};

// From `skip` pages behind the first run on. How many pages came.
static size_t read_runs(const struct otp_copy *copy, size_t first, size_t end, size_t skip)
{
    const struct otp_run *runs = copy->runs.at;
    struct iovec there[PART_RUNS];
    size_t pages = 0;
    for (size_t i = first; i < end; i++, skip = 0) {
        const struct otp_run *run = &runs[i];
        uint64_t at = run->region->start + (run->page + skip) * PAGE;
        there[i - first] = (struct iovec){(void *)(uintptr_t)at, (run->count - skip) * PAGE};
        pages += run->count - skip;
    }
    size_t offset = (size_t)runs[first].slot * PAGE;
    offset += (runs[first].count * PAGE) - there[0].iov_len;
    struct iovec here = {copy->buffer + offset, pages * PAGE};
    ssize_t got = process_vm_readv(copy->pid, &here, 1, there, end - first, 0);
    return got > 0 ? (size_t)got / PAGE : 0;
}

static void fetch_part(void *data, size_t number)
{
    struct fetching *f = data;
    const struct otp_copy *copy = f->copy;
    const struct otp_run *runs = copy->runs.at;
    size_t at = f->part[number].first, end = f->part[number].end, skip = 0, copied = 0;
    if (copy->deadline != 0 && otp_now() > copy->deadline) {
        f->cut = true;
        return;
    }
    while (at < end) {
        size_t got = read_runs(copy, at, end, skip);
        copied += got;
        while (at < end && got > 0) {
            const struct otp_run *run = &runs[at];
            size_t take = run->count - skip < got ? run->count - skip : got;
            for (size_t k = skip; k < skip + take; k++)
                run->region->slot[run->page + k] = run->slot + (uint32_t)k + 1;
            got -= take;
            skip += take;
            if (skip == run->count) {
                at++;
                skip = 0;
            }
        }
        // Where it ended early, a page is not to be had: the next one may be.
        if (at < end && ++skip == runs[at].count) {
            at++;
            skip = 0;
        }
    }
    atomic_fetch_add(&f->copied, copied * PAGE);
}

// What was gathered, in parts that several threads can read at once.
static void fetch_runs(struct otp_copy *copy)
{
    const struct otp_run *runs = copy->runs.at;
    struct fetching f = {.copy = copy};
    size_t parts = 0, pages = 0;
    for (size_t i = 0; i < copy->run_count; i++) {
        if (pages == 0)
            f.part[parts++].first = i;
        pages += runs[i].count;
        f.part[parts - 1].end = i + 1;
        if (pages >= PART_PAGES || i + 1 - f.part[parts - 1].first == PART_RUNS)
            pages = 0;
        if (pages == 0 && parts == MAX_PARTS) {
            otp_crew_do(copy->crew, fetch_part, &f, parts);
            parts = 0;
        }
    }
    otp_crew_do(copy->crew, fetch_part, &f, parts);
    copy->run_count = 0;
    copy->copied += f.copied;
    copy->cut = copy->cut || f.cut;
}

static void add_run(struct otp_copy *copy, struct otp_region *region, size_t page, size_t count)
{
    if (count * PAGE > copy->room - copy->used) {
        copy->cut = true;
        return;
    }
    if (copy->run_count == MAX_RUNS)
        fetch_runs(copy);
    struct otp_run *runs = copy->runs.at;
    runs[copy->run_count++] = (struct otp_run){region, page, count, (uint32_t)(copy->used / PAGE)};
    copy->used += count * PAGE;
}

// The wanted pages of a region, as runs.
static void gather(struct otp_copy *copy, struct otp_region *region)
{
    size_t first = 0, count = 0;
    for (size_t word = region->low; word < region->high; word++) {
        for (uint64_t bits = region->wanted[word]; bits != 0; bits &= bits - 1) {
            size_t page = word * WORD + (size_t)__builtin_ctzll(bits);
            if (count > 0 && page == first + count && count < RUN_PAGES) {
                count++;
                continue;
            }
            if (count > 0)
                add_run(copy, region, first, count);
            first = page;
            count = 1;
        }
        region->wanted[word] = 0;
    }
    if (count > 0)
        add_run(copy, region, first, count);
    region->low = pages_of(region) / WORD + 1;
    region->high = 0;
}

void otp_copy_fetch(struct otp_copy *copy)
{
    for (size_t i = 0; i < copy->region_count; i++)
        if (copy->region[i].high > 0)
            gather(copy, &copy->region[i]);
    fetch_runs(copy);
}

void otp_copy_fetch_rest(struct otp_copy *copy, int pagemap, bool code)
{
    for (size_t i = 0; i < copy->region_count && !copy->cut; i++) {
        const struct otp_region *region = &copy->region[i];
        if (region->executable && !code)
            continue;
        otp_copy_want_present(copy, pagemap, region->start, region->end);
        if (copy->deadline != 0 && otp_now() > copy->deadline)
            copy->cut = true;
    }
    otp_copy_fetch(copy);
}

bool otp_copy_read(struct otp_copy *copy, uint64_t at, void *to, size_t size)
{
    uint8_t *end = to;
    while (size > 0) {
        struct otp_region *region = region_of(copy, at);
        uint32_t slot = region != NULL ? region->slot[(at - region->start) / PAGE] : 0;
        if (slot == 0)
            return false;
        size_t part = PAGE - at % PAGE < size ? PAGE - at % PAGE : size;
        memcpy(end, copy->buffer + (size_t)(slot - 1) * PAGE + at % PAGE, part);
        end += part;
        at += part;
        size -= part;
    }
    return true;
}

const void *otp_copy_view(struct otp_copy *copy, uint64_t at, size_t size)
{
    const struct otp_region *region = region_of(copy, at);
    if (region == NULL || size == 0 || size > region->end - at)
        return NULL;
    size_t first = (at - region->start) / PAGE, last = (at - region->start + size - 1) / PAGE;
    uint32_t slot = region->slot[first];
    for (size_t page = first; page <= last; page++)
        if (slot == 0 || region->slot[page] != slot + (page - first))
            return NULL;
    return copy->buffer + (size_t)(slot - 1) * PAGE + at % PAGE;
}

static void give_region(const struct otp_copy *copy, const struct otp_region *region,
                        struct otp_memory *memory)
{
    size_t pages = pages_of(region);
    for (size_t first = 0; first < pages;) {
        size_t count = 1;
        uint32_t slot = region->slot[first];
        while (first + count < pages && slot != 0 && region->slot[first + count] == slot + count)
            count++;
        uint64_t start = region->start + first * PAGE;
        if (slot != 0)
            otp_memory_add(memory, (struct otp_segment){start, start + count * PAGE,
                                                        copy->buffer + (size_t)(slot - 1) * PAGE});
        first += count;
    }
}

void otp_copy_give(const struct otp_copy *copy, struct otp_memory *memory)
{
    for (size_t i = 0; i < copy->region_count; i++)
        give_region(copy, &copy->region[i], memory);
}
