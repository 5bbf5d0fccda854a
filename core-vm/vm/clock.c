#include "core-vm/vm/clock.h"

#include <string.h>

#include "core-vm/vm/vm_impl.h"

// When virtual time begins: the same everywhere, and not 0, which means "no time" in many places.
#define VIRTUAL_START  UINT64_C(1000000000)
// 2020-01-01 00:00:00 UTC.
#define VIRTUAL_SYSTEM (INT64_C(1577836800) * 1000000000)

static uint64_t world_monotonic(const struct vm *vm)
{
    return vm->world.monotonic == NULL ? 0 : vm->world.monotonic(vm->world.data);
}

static void start(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    root->clock.started = true;
    root->clock.is_virtual = vm->options.virtual_time;
    root->clock.random = vm->options.seed;
    root->clock.virtual_now = VIRTUAL_START;
    int64_t system = VIRTUAL_SYSTEM;
    if (!root->clock.is_virtual && vm->world.system != NULL)
        system = vm->world.system(vm->world.data);
    uint64_t now = root->clock.is_virtual ? VIRTUAL_START : world_monotonic(vm);
    root->clock.offset = (uint64_t)system - now;
    root->clock.latest = root->clock.began = now;
}

// Once for each VM in memory: the world's clock may be another one than when the image was saved.
static void bind(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    vm->clock_bound = true;
    if (!root->clock.started)
        start(vm);
    else if (!root->clock.is_virtual)
        root->clock.back = root->clock.latest - world_monotonic(vm);
}

uint64_t vm_now(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    if (!vm->clock_bound)
        bind(vm);
    uint64_t now =
        root->clock.is_virtual ? root->clock.virtual_now : world_monotonic(vm) + root->clock.back;
    if (now > root->clock.latest)
        root->clock.latest = now;
    return root->clock.latest;
}

uint64_t vm_recent(const struct vm *vm)
{
    return vm_root(vm)->clock.latest;
}

int64_t vm_system_now(struct vm *vm)
{
    return (int64_t)(vm_now(vm) + vm_root(vm)->clock.offset);
}

static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = (*state ^ *state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void vm_random_bytes(struct vm *vm, void *to, size_t size)
{
    if (!vm_root(vm)->clock.is_virtual && vm->world.random != NULL) {
        vm->world.random(vm->world.data, to, size);
        return;
    }
    vm_now(vm);
    for (size_t done = 0; done < size; done += sizeof(uint64_t)) {
        uint64_t word = next_random(&vm_root(vm)->clock.random);
        size_t part = size - done < sizeof word ? size - done : sizeof word;
        memcpy((char *)to + done, &word, part);
    }
}
