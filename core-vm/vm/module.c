#include "core-vm/vm/module.h"

#include <string.h>

#include "core-vm/vm/code_priv.h"
#include "core-vm/vm/index.h"
#include "core-vm/vm/table.h"
#include "core-vm/vm/values.h"

struct vm_module *vm_module_find(const struct vm *vm, vm_term name)
{
    uint64_t at = vm_index_get(vm, &vm_root(vm)->code.modules, name);
    return at == 0 ? NULL : vm_at(vm, at);
}

struct vm_module *vm_module_of(struct vm *vm, vm_term name)
{
    struct vm_module *module = vm_module_find(vm, name);
    if (module != NULL)
        return module;
    struct vm_root *root = vm_root(vm);
    uint64_t offset = vm_image_alloc(&vm->image, VM_POOL_CODE, sizeof *module);
    if (offset == 0)
        return NULL;
    module = vm_at(vm, offset);
    *module = (struct vm_module){.name = name, .preloaded = vm_is_preloaded(vm, name)};
    if (!vm_index_put(vm, &root->code.modules, name, offset)) {
        vm_image_release(&vm->image, offset);
        return NULL;
    }
    if (root->code.last_module != 0)
        ((struct vm_module *)vm_at(vm, root->code.last_module))->next = offset;
    else
        root->code.first_module = offset;
    root->code.last_module = offset;
    return module;
}

static void release(struct vm *vm, uint64_t offset)
{
    if (offset != 0)
        vm_image_release(&vm->image, offset);
}

void vm_module_code_free(struct vm *vm, uint64_t offset, bool with_literals)
{
    if (offset == 0)
        return;
    struct vm_module_code *code = vm_at(vm, offset);
    struct vm_literals literals = {code->literals, code->literal_size};
    if (with_literals) {
        vm_literals_free(vm, &literals);
        release(vm, code->funs);
    }
    release(vm, code->code);
    release(vm, code->functions);
    release(vm, code->lines);
    release(vm, code->files);
    release(vm, code->beam);
    release(vm, code->ip_to_ins);
    release(vm, offset);
}

bool vm_module_delete(struct vm *vm, struct vm_module *module)
{
    if (module->current == 0 || module->old != 0)
        return false;
    const uint64_t *export = vm_at(vm, module->exports);
    for (uint64_t i = 0; i < module->export_count; i++)
        vm_export_clear(vm, vm_at(vm, export[i]));
    release(vm, module->exports);
    module->exports = module->export_count = 0;
    module->old = module->current;
    module->current = 0;
    return true;
}

// ---- who uses a version

static bool in_block(uint64_t offset, uint64_t block, uint64_t size)
{
    return offset >= block && offset - block < size;
}

static bool is_of_code(const struct vm_module_code *code, uint64_t offset)
{
    return in_block(offset, code->code, code->code_size);
}

static bool stack_uses(const struct vm *vm, const struct vm_proc *proc,
                       const struct vm_module_code *code)
{
    for (const vm_term *at = vm_at(vm, proc->sp), *end = vm_at(vm, proc->hend); at < end; at++) {
        uint64_t offset = vm_is_catch(*at) ? *at >> 6 : *at;
        if ((vm_tag_of(*at) == VM_TAG_HEADER || vm_is_catch(*at)) && is_of_code(code, offset))
            return true;
    }
    return false;
}

// Funs do not count: they raise badfun when their code is gone, and literals stay.
bool vm_proc_uses_code(struct vm *vm, struct vm_proc *proc, const struct vm_module_code *code)
{
    return is_of_code(code, proc->ip) || stack_uses(vm, proc, code);
}

// ---- places

// The last of `count` elements of `size` bytes whose first word, an offset, is not above `ip`;
// NULL: all are.
static const void *last_not_above(const void *elements, uint64_t count, size_t size, uint64_t ip)
{
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        uint64_t at;
        memcpy(&at, (const char *)elements + middle * size, sizeof at);
        if (at <= ip)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : (const char *)elements + (low - 1) * size;
}

// The code of one version, as root->code.blocks has it: words, in order of start.
struct block {
    uint64_t start, end, module, code;
};
enum { BLOCK_WORDS = sizeof(struct block) / sizeof(uint64_t) };

static struct block *blocks(const struct vm *vm, size_t *count)
{
    const struct vm_table *table = &vm_root(vm)->code.blocks;
    *count = table->count / BLOCK_WORDS;
    return vm_at(vm, table->at);
}

static const struct block *block_of(const struct vm *vm, uint64_t ip)
{
    size_t count;
    const struct block *all = blocks(vm, &count);
    const struct block *block = last_not_above(all, count, sizeof *all, ip);
    return block != NULL && ip < block->end ? block : NULL;
}

bool vm_block_reserve(struct vm *vm)
{
    struct vm_table *table = &vm_root(vm)->code.blocks;
    uint64_t need = table->count + BLOCK_WORDS;
    return need <= table->capacity || vm_table_reserve(vm, VM_POOL_CODE, table, need * 2);
}

void vm_block_add(struct vm *vm, const struct vm_module *module, uint64_t version)
{
    const struct vm_module_code *code = vm_at(vm, version);
    struct block block = {code->code, code->code + code->code_size, vm_offset(vm, module), version};
    size_t count, i;
    struct block *at = blocks(vm, &count);
    for (i = count; i > 0 && at[i - 1].start > block.start; i--)
        at[i] = at[i - 1];
    at[i] = block;
    vm_root(vm)->code.blocks.count += BLOCK_WORDS;
}

static void block_remove(struct vm *vm, uint64_t version)
{
    size_t count, i = 0;
    struct block *at = blocks(vm, &count);
    while (i < count && at[i].code != version)
        i++;
    if (i == count)
        return;
    memmove(&at[i], &at[i + 1], (count - i - 1) * sizeof *at);
    vm_root(vm)->code.blocks.count -= BLOCK_WORDS;
}

bool vm_module_purge(struct vm *vm, struct vm_module *module)
{
    if (module->old == 0)
        return false;
    const struct vm_module_code *code = vm_at(vm, module->old);
    block_remove(vm, module->old);
    vm_lambdas_move(vm, code->code, code->code + code->code_size, 0);
    vm_module_code_free(vm, module->old, false);
    module->old = 0;
    return true;
}

// The exports of the current version lead to it.
static void set_exports(struct vm *vm, const struct vm_module *module)
{
    const struct vm_module_code *code = vm_at(vm, module->current);
    const struct vm_function *function = vm_at(vm, code->functions);
    for (uint64_t i = 0; i < code->function_count; i++) {
        struct vm_export *e = vm_export_find(vm, module->name, function[i].name, function[i].arity);
        if (function[i].exported && e != NULL && e->bif == 0)
            e->address = function[i].entry;
    }
}

void vm_module_activate(struct vm *vm, struct vm_module *module)
{
    module->on_load_pending = false;
    module->on_load_by = VM_NONE;
    set_exports(vm, module);
}

// The same with a list of them, for a version that was old. False: out of memory.
static bool restore_exports(struct vm *vm, struct vm_module *module)
{
    const struct vm_module_code *code = vm_at(vm, module->current);
    const struct vm_function *function = vm_at(vm, code->functions);
    uint64_t list =
        vm_image_alloc(&vm->image, VM_POOL_CODE, (code->function_count + 1) * sizeof(uint64_t));
    if (list == 0)
        return false;
    module->exports = list;
    module->export_count = 0;
    for (uint64_t i = 0; i < code->function_count; i++) {
        const struct vm_export *e =
            vm_export_find(vm, module->name, function[i].name, function[i].arity);
        if (function[i].exported && e != NULL)
            ((uint64_t *)vm_at(vm, list))[module->export_count++] = vm_offset(vm, e);
    }
    set_exports(vm, module);
    return true;
}

bool vm_module_revert(struct vm *vm, struct vm_module *module)
{
    uint64_t before = module->old;
    module->old = 0;
    if (!vm_module_delete(vm, module))
        return false;
    const struct vm_module_code *code = vm_at(vm, module->old);
    const struct vm_module_code *back = before == 0 ? NULL : vm_at(vm, before);
    if (back != NULL && memcmp(back->md5, code->md5, sizeof code->md5) == 0)
        vm_lambdas_move(vm, code->code, code->code + code->code_size, back->code);
    vm_module_purge(vm, module);
    module->on_load_pending = false;
    module->on_load_by = VM_NONE;
    module->current = before;
    return before == 0 || restore_exports(vm, module);
}

static void find_line(const struct vm *vm, const struct vm_module_code *code, uint64_t ip,
                      struct vm_place *ret)
{
    const struct vm_line *line =
        last_not_above(vm_at(vm, code->lines), code->line_count, sizeof *line, ip);
    if (line == NULL || line->line == 0 || line->file >= code->file_count)
        return;
    ret->line = line->line;
    ret->file = ((const vm_term *)vm_at(vm, code->files))[line->file];
}

struct vm_place vm_place_of(const struct vm *vm, uint64_t ip)
{
    struct vm_place place = {.file = VM_NIL};
    const struct block *block = block_of(vm, ip);
    if (block == NULL)
        return place;
    const struct vm_module_code *code = vm_at(vm, block->code);
    const struct vm_function *function =
        last_not_above(vm_at(vm, code->functions), code->function_count, sizeof *function, ip);
    if (function == NULL || ip >= function->end)
        return place;
    place.module = vm_at(vm, block->module);
    place.code = code;
    place.function = function;
    find_line(vm, code, ip, &place);
    uint64_t word = (ip - code->code) / sizeof(uint64_t);
    if (word < code->ip_count)
        place.ins = ((const uint32_t *)vm_at(vm, code->ip_to_ins))[word];
    return place;
}

struct vm_place vm_place_of_return(const struct vm *vm, uint64_t return_address)
{
    return vm_place_of(vm, return_address - sizeof(uint64_t));
}
