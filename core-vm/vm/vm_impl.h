// vm_impl.h - the host side of a VM: what is not in the image.
#ifndef VM_VM_IMPL_H
#define VM_VM_IMPL_H

#include "core-vm/vm/cpu.h"
#include "core-vm/vm/hook.h"
#include "core-vm/vm/vm.h"
#include "core-vm/vm/world.h"

struct vm_regexes;

struct vm {
    struct vm_image image;
    struct vm_world world;      // callbacks: the only door to the outside
    struct vm_policy policy;    // who runs next
    struct vm_hooks *hooks;     // NULL: nobody watches
    const struct vm_op *table;  // of operations: what the next slice runs on
    struct vm_options options;
    struct vm_regexes *regexes;  // regex.c: patterns compiled lately
    bool clock_bound;            // clock.c has seen the world's clock
    volatile int interrupted;    // vm_interrupt was called
    volatile int freeze;         // a hook asked to stop at the next instruction boundary
};

static inline struct vm_root *vm_root(const struct vm *vm)
{
    return vm_root_of(vm->image.base);
}
static inline void *vm_at(const struct vm *vm, uint64_t offset)
{
    return vm->image.base + offset;
}
static inline uint64_t vm_offset(const struct vm *vm, const void *at)
{
    return (uint64_t)((const char *)at - vm->image.base);
}
// Blocks of the data pool; 0: over the limit.
static inline uint64_t vm_data_alloc(struct vm *vm, size_t size)
{
    return vm_image_alloc(&vm->image, VM_POOL_DATA, size);
}
static inline void vm_data_release(struct vm *vm, uint64_t offset)
{
    if (offset != 0)
        vm_image_release(&vm->image, offset);
}

// What vm_new fills in, part by part; false: no memory.
bool vm_atoms_init(struct vm *vm);

#endif
