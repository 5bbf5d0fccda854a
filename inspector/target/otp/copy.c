#include "inspector/target/otp/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "core-vm/base/cleanup.h"
#include "inspector/target/otp/freeze.h"

enum {
    PAGE = 4096,
    PAGES_AT_ONCE = 1 << 14,  // entries of pagemap read by one call
    PARTS_AT_ONCE = 512,      // of one process_vm_readv
    BYTES_AT_ONCE = 64 << 20,
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
static bool is_wanted(const struct otp_map *map)
{
    bool anonymous = map->path[0] == '\0' || map->path[0] == '[' ||
                     strncmp(map->path, "/memfd", 6) == 0 || strstr(map->path, "vmem") != NULL;
    if (strcmp(map->path, "[vdso]") == 0)
        return true;
    if (!map->readable || strncmp(map->path, "[v", 2) == 0)
        return false;
    return map->writable || (map->executable && anonymous);
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
    void *buffer = mmap(NULL, room, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (buffer == MAP_FAILED)
        return wb_error_sys(errno, "getting %zu bytes for a copy of process %d", room, (int)pid);
    madvise(buffer, room, MADV_HUGEPAGE);
    // Touched now, so that the process does not stand still while we get pages from the kernel.
    madvise(buffer, (size_t)resident * PAGE, MADV_POPULATE_WRITE);
    *ret = (struct otp_copy){.buffer = buffer, .room = room};
    return NULL;
}

void otp_copy_done(struct otp_copy *copy)
{
    if (copy->buffer != NULL)
        munmap(copy->buffer, copy->room);
    *copy = (struct otp_copy){0};
}

// Runs of present pages, to be read by one system call.
struct batch {
    pid_t pid;
    struct iovec here[PARTS_AT_ONCE], there[PARTS_AT_ONCE];
    size_t count, bytes;
    struct otp_copy *copy;
    struct otp_memory *memory;
};

static void add_segment(struct batch *batch, const struct iovec *here, const struct iovec *there)
{
    uint64_t start = (uint64_t)(uintptr_t)there->iov_base;
    otp_memory_add(batch->memory,
                   (struct otp_segment){start, start + there->iov_len, here->iov_base});
    batch->copy->copied += there->iov_len;
}

// One bad part makes the rest of a call fail: then part by part, and page by page within it.
static void read_parts(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        size_t size = batch->here[i].iov_len;
        for (size_t done = 0; done < size; done += PAGE) {
            struct iovec here = {(char *)batch->here[i].iov_base + done, PAGE};
            struct iovec there = {(char *)batch->there[i].iov_base + done, PAGE};
            if (process_vm_readv(batch->pid, &here, 1, &there, 1, 0) == PAGE)
                add_segment(batch, &here, &there);
        }
    }
}

static void flush(struct batch *batch)
{
    if (batch->count == 0)
        return;
    ssize_t got =
        process_vm_readv(batch->pid, batch->here, batch->count, batch->there, batch->count, 0);
    if (got == (ssize_t)batch->bytes)
        for (size_t i = 0; i < batch->count; i++)
            add_segment(batch, &batch->here[i], &batch->there[i]);
    else
        read_parts(batch);
    batch->count = batch->bytes = 0;
}

static bool add_run(struct batch *batch, uint64_t start, uint64_t size)
{
    struct otp_copy *copy = batch->copy;
    copy->wanted += size;
    if (size > copy->room - copy->used)
        return false;
    batch->here[batch->count] = (struct iovec){copy->buffer + copy->used, size};
    batch->there[batch->count] = (struct iovec){(void *)(uintptr_t)start, size};
    batch->count++;
    batch->bytes += size;
    copy->used += size;
    if (batch->count == PARTS_AT_ONCE || batch->bytes >= BYTES_AT_ONCE)
        flush(batch);
    return true;
}

// The present pages of [start, end), as runs of at most BYTES_AT_ONCE.
static bool add_present(struct batch *batch, const uint64_t *pages, size_t count, uint64_t start)
{
    for (size_t i = 0; i < count;) {
        size_t run = 0;
        while (i + run < count && (pages[i + run] & PRESENT) != 0 && run < BYTES_AT_ONCE / PAGE)
            run++;
        if (run > 0 && !add_run(batch, start + i * PAGE, run * PAGE))
            return false;
        i += run > 0 ? run : 1;
    }
    return true;
}

static bool copy_map(struct batch *batch, int pagemap, const struct otp_map *map, uint64_t deadline)
{
    uint64_t pages[PAGES_AT_ONCE];
    for (uint64_t at = map->start; at < map->end;) {
        size_t want = (map->end - at) / PAGE;
        if (want > PAGES_AT_ONCE)
            want = PAGES_AT_ONCE;
        ssize_t got =
            pread(pagemap, pages, want * sizeof *pages, (off_t)(at / PAGE * sizeof *pages));
        if (got < (ssize_t)sizeof *pages)
            return true;
        size_t count = (size_t)got / sizeof *pages;
        if (!add_present(batch, pages, count, at))
            return false;
        if (deadline != 0 && otp_now() > deadline)
            return false;
        at += count * PAGE;
    }
    return true;
}

struct wb_error *otp_copy_take(pid_t pid, const struct otp_maps *maps, uint64_t deadline,
                               struct otp_copy *copy, struct otp_memory *memory)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
    int pagemap wb_auto_close = open(path, O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        return wb_error_sys(errno, "reading the page map of process %d", (int)pid);
    wb_auto_free struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        wb_die_no_memory(sizeof *batch);
    *batch = (struct batch){.pid = pid, .copy = copy, .memory = memory};
    for (size_t i = 0; i < maps->count; i++)
        if (is_wanted(&maps->at[i]) && !copy_map(batch, pagemap, &maps->at[i], deadline))
            break;
    flush(batch);
    return NULL;
}
