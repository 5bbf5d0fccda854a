// look_code.c - where code is, for breakpoints and stepping.
#include <string.h>

#include "core-vm/base/text.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/vm_impl.h"

enum { FRAME_LIMIT = 1100 };  // words: no frame is larger (1023 slots and the return address)

// Offsets being collected on an arena.
struct ips {
    struct wb_arena *arena;
    struct vm_look_ips list;
    size_t capacity;
};

static void add(struct ips *ips, uint64_t ip)
{
    if (ips->list.count == ips->capacity) {
        size_t capacity = ips->capacity != 0 ? ips->capacity * 2 : 8;
        uint64_t *at = wb_push_array(ips->arena, uint64_t, capacity);
        if (ips->list.count > 0)
            memcpy(at, ips->list.at, ips->list.count * sizeof *at);
        ips->list.at = at;
        ips->capacity = capacity;
    }
    ips->list.at[ips->list.count++] = ip;
}

static void find_functions(const struct vm *vm, const struct vm_module_code *code,
                           const struct vm_look_find *find, struct ips *ips)
{
    const struct vm_function *functions = vm_at(vm, code->functions);
    for (uint64_t i = 0; i < code->function_count; i++) {
        const struct vm_function *f = &functions[i];
        bool named =
            find->function.size == 0 || wb_bytes_equal(vm_atom_text(vm, f->name), find->function);
        if (named && (find->arity < 0 || f->arity == (uint32_t)find->arity))
            add(ips, f->entry);
    }
}

// A list of characters as UTF-8.
static struct wb_bytes text_of(const struct vm *vm, vm_term list, struct wb_arena *arena)
{
    struct wb_text text wb_auto_text = {0};
    const char *base = vm->image.base;
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        vm_term head = vm_head(base, list);
        if (vm_is_small(head) && vm_small_value(head) >= 0 && vm_small_value(head) < 0x110000)
            wb_text_put_utf8(&text, (uint32_t)vm_small_value(head));
    }
    uint8_t *copy = wb_push(arena, text.size + 1, 1);
    memcpy(copy, wb_text_string(&text), text.size);
    return (struct wb_bytes){copy, text.size};
}

// Line numbers that users give are of the module's own source; compilers that were given a path
// call it by that path.
static bool is_own(const struct vm *vm, const struct vm_module *module, vm_term file)
{
    struct wb_arena arena = {0};
    struct wb_text own wb_auto_text = {0};
    struct wb_bytes name = vm_atom_text(vm, module->name), path = text_of(vm, file, &arena);
    wb_text_put_char(&own, '/');
    wb_text_put_bytes(&own, name.at, name.size);
    wb_text_put(&own, ".erl");
    bool same =
        path.size >= own.size && memcmp(path.at + path.size - own.size, own.at, own.size) == 0;
    wb_arena_free(&arena);
    return same;
}

// Lines are in order of address; one line may begin several times.
static void find_lines(const struct vm *vm, const struct vm_module *module,
                       const struct vm_module_code *code, uint32_t line, struct ips *ips)
{
    const struct vm_line *lines = vm_at(vm, code->lines);
    const vm_term *files = vm_at(vm, code->files);
    for (uint64_t i = 0; i < code->line_count; i++) {
        bool begins = i == 0 || lines[i - 1].line != line || lines[i - 1].file != lines[i].file;
        uint32_t file = lines[i].file;
        if (lines[i].line == line && begins &&
            (file == 0 || (file <= code->file_count && is_own(vm, module, files[file - 1]))))
            add(ips, lines[i].address);
    }
}

static void find_in(const struct vm *vm, const struct vm_module *module, uint64_t version,
                    const struct vm_look_find *find, struct ips *ips)
{
    if (version == 0)
        return;
    if (find->line != 0)
        find_lines(vm, module, vm_at(vm, version), find->line, ips);
    else
        find_functions(vm, vm_at(vm, version), find, ips);
}

struct wb_error *vm_look_code(const struct vm *vm, const struct vm_look_find *find,
                              struct wb_arena *arena, struct vm_look_ips *ret)
{
    struct ips ips = {.arena = arena};
    vm_term name = vm_atom_existing(vm, find->module);
    const struct vm_module *module = name != VM_NONE ? vm_module_find(vm, name) : NULL;
    if (module != NULL) {
        find_in(vm, module, module->current, find, &ips);
        find_in(vm, module, module->old, find, &ips);
    }
    *ret = ips.list;
    return NULL;
}

struct wb_error *vm_look_place(const struct vm *vm, uint64_t ip, struct wb_arena *arena,
                               struct vm_look_place *ret)
{
    struct vm_place place = vm_place_of(vm, ip);
    if (place.function == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no code of a module at %llu",
                            (unsigned long long)ip);
    *ret = (struct vm_look_place){
        .mfa = {.module = vm_atom_text(vm, place.module->name),
                .function = vm_atom_text(vm, place.function->name),
                .arity = place.function->arity},
        .file = place.line != 0 ? text_of(vm, place.file, arena) : (struct wb_bytes){0},
        .line = place.line,
    };
    return NULL;
}

uint64_t vm_look_line_key(const struct vm *vm, uint64_t ip)
{
    struct vm_place place = vm_place_of(vm, ip);
    if (place.function == NULL || place.line == 0)
        return 0;
    return place.function->start << 24 ^ place.line;
}

uint64_t vm_look_ip(const struct vm *vm, uint64_t pid)
{
    const struct vm_proc *proc = vm_proc_find(vm, vm_pid(pid));
    return proc != NULL ? proc->ip : 0;
}

// A return address: the only words on a stack whose low bits are 00.
static bool is_return(const struct vm *vm, uint64_t at)
{
    const vm_term *word = vm_at(vm, at);
    return (*word & 3) == 0 && *word != 0;
}

// Depths are counted in bytes from the stack's bottom, up to and with the return address of the
// current function: growing the heap moves the stack, not this.
uint64_t vm_look_depth_mark(const struct vm *vm, uint64_t pid)
{
    const struct vm_proc *proc = vm_proc_find(vm, vm_pid(pid));
    if (proc == NULL)
        return 0;
    for (uint64_t at = proc->sp; at < proc->hend; at += sizeof(vm_term))
        if (is_return(vm, at))
            return proc->hend - at;
    return 0;
}

int vm_look_depth_compare(const struct vm *vm, uint64_t pid, uint64_t mark)
{
    const struct vm_proc *proc = vm_proc_find(vm, vm_pid(pid));
    if (proc == NULL || proc->hend - proc->sp < mark)
        return -1;
    uint64_t end = proc->hend - mark;
    uint64_t limit = end > FRAME_LIMIT * sizeof(vm_term) ? end - FRAME_LIMIT * sizeof(vm_term) : 0;
    // The frame of something called lies above ours, its return address within one frame's reach.
    for (uint64_t at = end - sizeof(vm_term); at >= proc->sp && at >= limit; at -= sizeof(vm_term))
        if (is_return(vm, at))
            return 1;
    return 0;
}
