#include <stdlib.h>

#include "core-vm/base/arena.h"
#include "core-vm/vm/image_impl.h"
#include "core-vm/vm/regex.h"
#include "core-vm/vm/vm_impl.h"

// What was in use of the two pools. The root is the beginning of the first part.
struct vm_kept {
    uint64_t size[VM_POOL_COUNT];
    char *part[VM_POOL_COUNT];  // malloc'd
};

static uint64_t part_start(const struct vm *vm, enum vm_pool_name name)
{
    return name == VM_POOL_CODE ? 0 : vm->image.data_start;
}

// A pool that nothing was taken from has no pages yet.
static uint64_t part_end(const struct vm *vm, enum vm_pool_name name)
{
    uint64_t top = vm_root(vm)->image.pool[name].top, committed = vm->image.committed[name];
    return top < committed ? top : committed;
}

struct vm_kept *vm_keep(const struct vm *vm)
{
    struct vm_kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        wb_die_no_memory(sizeof *kept);
    for (enum vm_pool_name name = 0; name < VM_POOL_COUNT; name++) {
        uint64_t start = part_start(vm, name);
        kept->size[name] = part_end(vm, name) - start;
        kept->part[name] = malloc(kept->size[name] + 1);
        if (kept->part[name] == NULL)
            wb_die_no_memory(kept->size[name]);
        vm_image_take(&vm->image, start, kept->size[name], kept->part[name]);
    }
    return kept;
}

void vm_rewind(struct vm *vm, const struct vm_kept *kept)
{
    vm_regex_forget(vm);
    for (enum vm_pool_name name = 0; name < VM_POOL_COUNT; name++)
        vm_image_put(&vm->image, part_start(vm, name), kept->size[name], kept->part[name]);
    vm_image_is_put(&vm->image);
    vm->interrupted = 0;
    vm->freeze = 0;
}

void vm_kept_free(struct vm_kept *kept)
{
    if (kept == NULL)
        return;
    for (enum vm_pool_name name = 0; name < VM_POOL_COUNT; name++)
        free(kept->part[name]);
    free(kept);
}
