// The image as those see it who trust nothing in it.
#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/look_priv.h"

enum { MOST_MODULES = 65536, LONGEST_NAME = 4096 };

const void *vm_peek(const struct vm *vm, uint64_t offset, uint64_t count, size_t size)
{
    const struct vm_pool *pool =
        &vm_root(vm)->image.pool[offset < vm->image.data_start ? VM_POOL_CODE : VM_POOL_DATA];
    bool inside = offset % sizeof(uint64_t) == 0 && offset >= pool->start && offset < pool->top &&
                  count <= (pool->top - offset) / size;
    return inside ? vm->image.base + offset : NULL;
}

struct wb_bytes vm_look_atom(const struct vm *vm, vm_term atom)
{
    if (!vm_is_atom(atom) || vm_atom_index(atom) >= vm_atom_count(vm))
        return (struct wb_bytes){0};
    return vm_atom_text(vm, atom);
}

struct wb_error *vm_look_atoms(const struct vm *vm, struct wb_arena *arena,
                               struct vm_look_atoms *ret)
{
    struct vm_look_atoms atoms = {.count = vm_atom_count(vm), .limit = vm_root(vm)->limits.atoms};
    atoms.at = wb_push_array(arena, struct wb_bytes, atoms.count);
    for (uint64_t i = 0; i < atoms.count; i++)
        atoms.at[i] = vm_look_atom(vm, i << 6 | VM_ATOM_TAG);
    *ret = atoms;
    return NULL;
}

// The arrays of one version of a module's code. False: some are not where they could be.
static bool range_of(const struct vm *vm, vm_term module, uint64_t offset,
                     struct vm_look_range *ret)
{
    const struct vm_module_code *code = VM_PEEK(vm, offset, struct vm_module_code);
    if (code == NULL || vm_peek(vm, code->code, code->code_size, 1) == NULL)
        return false;
    *ret = (struct vm_look_range){
        .start = code->code,
        .end = code->code + code->code_size,
        .module = module,
        .code = code,
        .functions = vm_peek(vm, code->functions, code->function_count, sizeof(struct vm_function)),
        .lines = vm_peek(vm, code->lines, code->line_count, sizeof(struct vm_line)),
        .files = vm_peek(vm, code->files, code->file_count, sizeof(vm_term)),
        .ins = vm_peek(vm, code->ip_to_ins, code->ip_count, sizeof(uint32_t)),
    };
    return ret->functions != NULL;
}

static int by_start(const void *a, const void *b)
{
    const struct vm_look_range *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

void vm_look_map_init(const struct vm *vm, struct wb_arena *arena, struct vm_look_map *ret)
{
    const struct vm_root *root = vm_root(vm);
    size_t most = root->code.load_count < MOST_MODULES ? root->code.load_count : MOST_MODULES;
    *ret = (struct vm_look_map){.at = wb_push_array(arena, struct vm_look_range, 2 * most + 1)};
    const struct vm_module *module = NULL;
    uint64_t at = root->code.first_module;
    for (size_t i = 0; i < most && (module = VM_PEEK(vm, at, struct vm_module)) != NULL; i++) {
        ret->count += range_of(vm, module->name, module->current, &ret->at[ret->count]);
        ret->count += range_of(vm, module->name, module->old, &ret->at[ret->count]);
        at = module->next;
    }
    qsort(ret->at, ret->count, sizeof *ret->at, by_start);
}

static const struct vm_look_range *find_range(const struct vm_look_map *map, uint64_t ip)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (map->at[middle].start <= ip)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && ip < map->at[low - 1].end ? &map->at[low - 1] : NULL;
}

static const struct vm_function *find_function(const struct vm_look_range *range, uint64_t ip)
{
    uint64_t low = 0, high = range->code->function_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (range->functions[middle].start <= ip)
            low = middle + 1;
        else
            high = middle;
    }
    const struct vm_function *found = low > 0 ? &range->functions[low - 1] : NULL;
    return found != NULL && ip < found->end ? found : NULL;
}

// NULL: no line is known.
static const struct vm_line *find_line(const struct vm_look_range *range, uint64_t ip)
{
    uint64_t low = 0, high = range->lines == NULL ? 0 : range->code->line_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (range->lines[middle].address <= ip)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && range->lines[low - 1].line != 0 ? &range->lines[low - 1] : NULL;
}

struct wb_bytes vm_look_text(const struct vm *vm, vm_term list, struct wb_arena *arena)
{
    struct wb_text text wb_auto_text = {0};
    const vm_term *cell = NULL;
    while (vm_is_list(list) && text.size < LONGEST_NAME &&
           (cell = vm_peek(vm, list - VM_TAG_LIST, 2, sizeof(vm_term))) != NULL) {
        if (!vm_is_small(cell[0]) || cell[0] >> 4 >= 0x110000)
            break;
        wb_text_put_utf8(&text, (uint32_t)(cell[0] >> 4));
        list = cell[1];
    }
    uint8_t *copy = wb_push(arena, text.size + 1, 1);
    memcpy(copy, wb_text_string(&text), text.size);
    return (struct wb_bytes){copy, text.size};
}

static struct wb_bytes file_of(const struct vm *vm, const struct vm_look_range *range,
                               const struct vm_line *line, struct wb_arena *arena)
{
    if (line->file != 0 && range->files != NULL && line->file <= range->code->file_count)
        return vm_look_text(vm, range->files[line->file - 1], arena);
    struct wb_bytes name = vm_look_atom(vm, range->module);
    uint8_t *copy = wb_push(arena, name.size + sizeof ".erl", 1);
    if (name.size > 0)
        memcpy(copy, name.at, name.size);
    memcpy(copy + name.size, ".erl", sizeof ".erl");
    return (struct wb_bytes){copy, name.size + sizeof ".erl" - 1};
}

// The generic instruction of a code word, and where that begins.
static void find_ins(const struct vm_look_range *range, uint64_t ip, struct vm_look_spot *ret)
{
    uint64_t word = (ip - range->start) / sizeof(uint64_t);
    if (range->ins == NULL || word >= range->code->ip_count)
        return;
    ret->ins = range->ins[word];
    while (word > 0 && range->ins[word - 1] == ret->ins)
        word--;
    ret->ip = range->start + word * sizeof(uint64_t);
}

void vm_look_spot(const struct vm *vm, const struct vm_look_map *map, uint64_t ip,
                  struct wb_arena *arena, struct vm_look_spot *ret)
{
    *ret = (struct vm_look_spot){.range = find_range(map, ip), .ip = ip};
    if (ret->range == NULL)
        return;
    ret->mfa.module = vm_look_atom(vm, ret->range->module);
    ret->function = find_function(ret->range, ip);
    if (ret->function != NULL) {
        ret->mfa.function = vm_look_atom(vm, ret->function->name);
        ret->mfa.arity = ret->function->arity;
    }
    find_ins(ret->range, ip, ret);
    const struct vm_line *line = find_line(ret->range, ip);
    if (line != NULL) {
        ret->line = line->line;
        ret->file = file_of(vm, ret->range, line, arena);
    }
}

const struct vm_proc *vm_look_find(const struct vm *vm, uint64_t pid)
{
    const struct vm_table *table = &vm_root(vm)->procs.slots;
    const uint64_t *slots = vm_peek(vm, table->at, table->capacity, sizeof *slots);
    bool sound = slots != NULL && (table->capacity & (table->capacity - 1)) == 0;
    const struct vm_proc *proc =
        sound ? VM_PEEK(vm, slots[pid & (table->capacity - 1)], struct vm_proc) : NULL;
    return proc != NULL && proc->pid == vm_pid(pid) ? proc : NULL;
}

struct wb_error *vm_look_no_process(uint64_t pid)
{
    return wb_error_new(WB_E_NOT_FOUND, "there is no process <0.%llu.%llu>",
                        (unsigned long long)(pid & 0xFFFFFFF), (unsigned long long)(pid >> 28));
}
