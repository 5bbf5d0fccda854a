#include "core-vm/vm/vm.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/regex.h"
#include "core-vm/vm/vm_impl.h"

#define DEFAULT_RESERVE   ((uint64_t)64 << 30)
#define LEAST_RESERVE     ((uint64_t)256 << 20)
#define LARGEST_CODE      ((uint64_t)4 << 30)
#define DEFAULT_ATOMS     1048576
#define DEFAULT_PROCESSES 262144

static uint64_t or_default(uint64_t n, uint64_t otherwise)
{
    return n != 0 ? n : otherwise;
}

// A number that differs between builds whose images mean different things: code in an image names
// operations, BIFs and atoms by index.
static uint64_t build_number(void)
{
    static const char *const names[] = {
#define OP(name, words) #name,
#include "core-vm/vm/ops.def"
#undef OP
#define BIF(module, name, arity, kind, function) module, name,
#include "core-vm/vm/bifs.def"
#undef BIF
#define VM_ATOM(name, text) text,
#include "core-vm/vm/atoms.def"
#undef VM_ATOM
    };
    uint64_t h = sizeof(struct vm_root) * 31 + sizeof(struct vm_proc);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (const char *c = names[i];; c++) {
            h = (h ^ (uint8_t)*c) * UINT64_C(0x100000001B3);
            if (*c == '\0')
                break;
        }
    return h;
}

static void fill_limits(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    const struct vm_options *o = &vm->options;
    struct vm_pool *data = &root->image.pool[VM_POOL_DATA];
    root->limits = (struct vm_limits){
        .atoms = or_default(o->max_atoms, DEFAULT_ATOMS),
        .processes = or_default(o->max_processes, DEFAULT_PROCESSES),
        .messages = or_default(o->max_messages, UINT64_MAX),
        .memory = or_default(o->max_memory, vm->image.size / 2),
        .process_words = UINT64_MAX,
        .reductions = o->max_reductions,
        .seed = o->seed,
        .keep_beam = o->keep_beam,
        .checked = o->checked,
    };
    if (root->limits.memory < data->limit - data->start)
        data->limit = data->start + root->limits.memory;
}

// The addresses of this process that the image needs while it is used here.
static void set_addresses(struct vm *vm)
{
    struct vm_cpu *c = &vm_root(vm)->cpu;
    c->vm = vm;
    c->base = vm->image.base;
}

static struct wb_error *image_of(uint64_t reserve, struct vm_image *ret)
{
    uint64_t code = reserve / 8 < LARGEST_CODE ? reserve / 8 : LARGEST_CODE;
    return vm_image_new(reserve, sizeof(struct vm_root), code, ret);
}

// The default is a wish: a limit on address space (ulimit -v, valgrind) may leave room for less.
static struct wb_error *reserve_image(struct vm *vm)
{
    if (vm->options.reserve != 0)
        return image_of(vm->options.reserve, &vm->image);
    uint64_t reserve = DEFAULT_RESERVE;
    struct wb_error *err = image_of(reserve, &vm->image);
    while (err != NULL && err->code == WB_E_SYSTEM && reserve > LEAST_RESERVE) {
        wb_error_free(err);
        reserve /= 2;
        err = image_of(reserve, &vm->image);
    }
    return err;
}

static struct wb_error *vm_fill(struct vm *vm)
{
    WB_TRY(reserve_image(vm));
    fill_limits(vm);
    set_addresses(vm);
    if (!vm_atoms_init(vm) || !vm_code_init(vm))
        return wb_error_new(WB_E_NO_MEMORY, "no memory for a VM");
    return NULL;
}

static struct vm *vm_shell(const struct vm_world *world)
{
    struct vm *vm = calloc(1, sizeof *vm);
    if (vm == NULL)
        wb_die_no_memory(sizeof *vm);
    if (world != NULL)
        vm->world = *world;
    vm_set_hooks(vm, NULL);
    return vm;
}

struct wb_error *vm_new(const struct vm_options *options, const struct vm_world *world,
                        struct vm **ret)
{
    struct vm *vm = vm_shell(world);
    if (options != NULL)
        vm->options = *options;
    struct wb_error *err = vm_fill(vm);
    if (err != NULL) {
        vm_free(vm);
        return err;
    }
    *ret = vm;
    return NULL;
}

void vm_free(struct vm *vm)
{
    if (vm == NULL)
        return;
    vm_regex_forget(vm);
    vm_image_free(&vm->image);
    free(vm);
}

struct wb_error *vm_save(const struct vm *vm, struct wb_text *out)
{
    void *copy wb_auto_free = malloc(sizeof(struct vm_root));
    if (copy == NULL)
        return wb_error_new(WB_E_NO_MEMORY, "no memory to save a VM");
    memcpy(copy, vm_root(vm), sizeof(struct vm_root));
    struct vm_root *root = copy;
    root->image.build = build_number();
    root->cpu.vm = NULL;
    root->cpu.proc = NULL;
    root->cpu.base = NULL;
    return vm_image_save(&vm->image, root, out);
}

static void restore_options(struct vm *vm)
{
    const struct vm_root *root = vm_root(vm);
    vm->options = (struct vm_options){
        .reserve = vm->image.size,
        .max_memory = root->limits.memory,
        .max_atoms = root->limits.atoms,
        .max_processes = root->limits.processes,
        .max_messages = root->limits.messages,
        .max_reductions = root->limits.reductions,
        .virtual_time = root->clock.is_virtual,
        .seed = root->limits.seed,
        .keep_beam = root->limits.keep_beam,
        .checked = root->limits.checked,
    };
}

struct wb_error *vm_open(struct wb_bytes image, const struct vm_world *world, struct vm **ret)
{
    struct vm *vm = vm_shell(world);
    struct wb_error *err = vm_image_open(image, sizeof(struct vm_root), &vm->image);
    if (err == NULL && vm_root(vm)->image.build != build_number())
        err = wb_error_new(WB_E_UNSUPPORTED, "the image was written by another version of cryo");
    if (err != NULL) {
        vm_free(vm);
        return err;
    }
    set_addresses(vm);
    restore_options(vm);
    *ret = vm;
    return NULL;
}
