#include "inspector/target/corevm_priv.h"

static uint64_t world_monotonic(void *data)
{
    const struct corevm *c = data;
    return c->outside.monotonic(c->outside.data);
}

static int64_t world_system(void *data)
{
    const struct corevm *c = data;
    return c->outside.system(c->outside.data);
}

// Whoever looks wants to go on looking: sleep a little, then come back.
static void world_sleep(void *data, uint64_t ns)
{
    enum { LONGEST = 10000000 };
    struct corevm *c = data;
    c->outside.sleep(c->outside.data, ns < LONGEST ? ns : LONGEST);
    c->paused = true;
    vm_interrupt(c->vm);
}

static void world_random(void *data, void *to, size_t size)
{
    const struct corevm *c = data;
    c->outside.random(c->outside.data, to, size);
}

static void world_write(void *data, int fd, struct wb_bytes bytes)
{
    struct corevm *c = data;
    (void)fd;
    wb_text_put_bytes(&c->said, bytes.at, bytes.size);
}

static struct wb_error *world_find_module(void *data, const char *name, struct wb_bytes *ret,
                                          const char **path)
{
    const struct corevm *c = data;
    return c->outside.find_module(c->outside.data, name, ret, path);
}

static const char *world_code_path(void *data, size_t index)
{
    const struct corevm *c = data;
    return c->outside.code_path(c->outside.data, index);
}

static struct wb_error *world_read_file(void *data, const char *path, struct wb_arena *arena,
                                        struct wb_bytes *ret)
{
    const struct corevm *c = data;
    return c->outside.read_file(c->outside.data, path, arena, ret);
}

static const char *world_getenv(void *data, const char *name)
{
    const struct corevm *c = data;
    return c->outside.getenv(c->outside.data, name);
}

struct vm_world corevm_world(struct corevm *c)
{
    return (struct vm_world){
        .data = c,
        .monotonic = world_monotonic,
        .system = world_system,
        .sleep = world_sleep,
        .random = world_random,
        .write = world_write,
        .find_module = world_find_module,
        .code_path = world_code_path,
        .read_file = world_read_file,
        .getenv = world_getenv,
    };
}
