#include "core-vm/vm/world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "core-vm/base/text.h"

enum { NS_PER_SECOND = 1000000000, OUTPUT_KEPT = 1 << 16 };

struct vm_system_world {
    const char *const *paths;
    size_t path_count;
    struct wb_bytes module;  // mapped, until the next one is asked for
    struct wb_text path;     // of that module
    struct wb_text output;   // for fd 1, when that is no terminal
    bool terminal;
};

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static uint64_t world_monotonic(void *data)
{
    (void)data;
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t world_system(void *data)
{
    (void)data;
    return (int64_t)read_clock(CLOCK_REALTIME);
}

static void world_random(void *data, void *to, size_t size)
{
    (void)data;
    for (size_t done = 0; done < size;) {
        ssize_t got = getrandom((char *)to + done, size - done, 0);
        if (got < 0 && errno != EINTR)
            abort();
        done += got > 0 ? (size_t)got : 0;
    }
}

// Nobody can do more about output that cannot be written than a program whose pipe is closed.
static void write_all(int fd, const char *at, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, at, size);
        if (done < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (done < 0 && errno != EINTR)
            return;
        at += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
}

static void flush(struct vm_system_world *world)
{
    write_all(STDOUT_FILENO, world->output.at, world->output.size);
    wb_text_cut(&world->output, 0);
}

static void world_sleep(void *data, uint64_t ns)
{
    flush(data);
    struct timespec span = {.tv_sec = (time_t)(ns / NS_PER_SECOND),
                            .tv_nsec = (long)(ns % NS_PER_SECOND)};
    // A signal ends it early: whoever sent it wants to be heard.
    clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
}

static void world_write(void *data, int fd, struct wb_bytes bytes)
{
    struct vm_system_world *world = data;
    if (fd == STDOUT_FILENO && !world->terminal && bytes.size < OUTPUT_KEPT) {
        if (world->output.size + bytes.size > OUTPUT_KEPT)
            flush(world);
        wb_text_put_bytes(&world->output, bytes.at, bytes.size);
        return;
    }
    flush(world);
    write_all(fd, (const char *)bytes.at, bytes.size);
}

static size_t world_read(void *data, void *to, size_t size)
{
    flush(data);
    ssize_t got;
    do
        got = read(STDIN_FILENO, to, size);
    while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static struct wb_error *world_find_module(void *data, const char *name, struct wb_bytes *ret,
                                          const char **path)
{
    struct vm_system_world *world = data;
    wb_file_unmap(&world->module);
    world->module = (struct wb_bytes){0};
    for (size_t i = 0; i < world->path_count && strchr(name, '/') == NULL; i++) {
        wb_text_cut(&world->path, 0);
        wb_text_printf(&world->path, "%s/%s.beam", world->paths[i], name);
        if (!is_file(wb_text_string(&world->path)))
            continue;
        WB_TRY(wb_file_map(wb_text_string(&world->path), &world->module));
        *ret = world->module;
        *path = wb_text_string(&world->path);
        return NULL;
    }
    return wb_error_new(WB_E_NOT_FOUND, "module %s is in none of the code paths", name);
}

static const char *world_code_path(void *data, size_t index)
{
    const struct vm_system_world *world = data;
    return index < world->path_count ? world->paths[index] : NULL;
}

static struct wb_error *world_read_file(void *data, const char *path, struct wb_arena *arena,
                                        struct wb_bytes *ret)
{
    (void)data;
    struct wb_bytes file wb_auto_unmap = {0};
    WB_TRY(wb_file_map(path, &file));
    uint8_t *copy = wb_push_array(arena, uint8_t, file.size + 1);
    if (file.size > 0)
        memcpy(copy, file.at, file.size);
    *ret = (struct wb_bytes){copy, file.size};
    return NULL;
}

static const char *world_getenv(void *data, const char *name)
{
    (void)data;
    return getenv(name);
}

static const char *world_environment(void *data, size_t index)
{
    (void)data;
    for (size_t i = 0; environ[i] != NULL; i++)
        if (i == index)
            return environ[i];
    return NULL;
}

struct vm_system_world *vm_system_world_new(const char *const *paths, size_t count)
{
    struct vm_system_world *world = calloc(1, sizeof *world);
    if (world == NULL)
        wb_die_no_memory(sizeof *world);
    world->paths = paths;
    world->path_count = count;
    world->terminal = isatty(STDOUT_FILENO) != 0;
    return world;
}

void vm_system_world_free(struct vm_system_world *world)
{
    if (world == NULL)
        return;
    flush(world);
    wb_file_unmap(&world->module);
    wb_text_free(&world->path);
    wb_text_free(&world->output);
    free(world);
}

struct vm_world vm_system_world_of(struct vm_system_world *world)
{
    return (struct vm_world){
        .data = world,
        .monotonic = world_monotonic,
        .system = world_system,
        .sleep = world_sleep,
        .random = world_random,
        .write = world_write,
        .read = world_read,
        .find_module = world_find_module,
        .code_path = world_code_path,
        .read_file = world_read_file,
        .getenv = world_getenv,
        .environment = world_environment,
    };
}
