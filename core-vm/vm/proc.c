#include <string.h>

#include "core-vm/vm/clock.h"
#include "core-vm/vm/dictionary.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/proc_priv.h"
#include "core-vm/vm/watch.h"

enum {
    FIRST_SLOTS = 1024,
    MIN_HEAP_WORDS = 233,  // OTP's default
    MAX_ARITY = 255,
};

// What a new process runs: code, and the terms that go into its x registers.
struct entry {
    uint64_t ip;
    vm_term x[VM_X_REGS];
    uint32_t count;
};

static uint64_t *slots(const struct vm *vm)
{
    return vm_at(vm, vm_root(vm)->procs.slots.at);
}

static uint64_t *slot_of(const struct vm *vm, uint64_t number)
{
    return &slots(vm)[number & (vm_root(vm)->procs.slots.capacity - 1)];
}

// Slots are the low bits of pids, so whoever had a slot of its own has one in the larger table.
static bool slots_grow(struct vm *vm)
{
    struct vm_table *table = &vm_root(vm)->procs.slots;
    uint64_t capacity = table->capacity == 0 ? FIRST_SLOTS : table->capacity * 2;
    uint64_t offset = vm_data_alloc(vm, capacity * sizeof(uint64_t));
    if (offset == 0)
        return false;
    uint64_t *to = vm_at(vm, offset);
    memset(to, 0, capacity * sizeof *to);
    for (uint64_t i = 0; i < table->capacity; i++) {
        if (slots(vm)[i] == 0)
            continue;
        const struct vm_proc *proc = vm_at(vm, slots(vm)[i]);
        to[vm_pid_number(proc->pid) & (capacity - 1)] = slots(vm)[i];
    }
    vm_data_release(vm, table->at);
    table->at = offset;
    table->capacity = capacity;
    return true;
}

// Numbers count up from 1 and pass over slots in use. 0: no slot can be had.
static uint64_t next_number(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    if (root->procs.alive >= root->limits.processes)
        return 0;
    if (root->procs.alive >= root->procs.slots.capacity / 2 && !slots_grow(vm))
        return 0;
    do
        root->procs.next_slot++;
    while (*slot_of(vm, root->procs.next_slot) != 0);
    return root->procs.next_slot;
}

struct vm_proc *vm_proc_find(const struct vm *vm, vm_term pid)
{
    struct vm_proc *proc = vm_proc_slot(vm, pid);
    return proc != NULL && proc->status != VM_EXITING ? proc : NULL;
}

struct vm_proc *vm_proc_slot(const struct vm *vm, vm_term pid)
{
    if (!vm_is_local_pid(pid) || vm_root(vm)->procs.slots.capacity == 0)
        return NULL;
    uint64_t offset = *slot_of(vm, vm_pid_number(pid));
    struct vm_proc *proc = offset == 0 ? NULL : vm_at(vm, offset);
    return proc != NULL && proc->pid == pid ? proc : NULL;
}

struct vm_proc *vm_proc_next(const struct vm *vm, uint64_t *slot)
{
    while (*slot < vm_root(vm)->procs.slots.capacity) {
        uint64_t offset = slots(vm)[(*slot)++];
        if (offset != 0)
            return vm_at(vm, offset);
    }
    return NULL;
}

// False: `list` is not proper, or too long.
static bool entry_args(const char *base, vm_term list, struct entry *ret)
{
    ret->count = 0;
    for (; vm_is_list(list); list = vm_tail(base, list)) {
        if (ret->count == MAX_ARITY)
            return false;
        ret->x[ret->count++] = vm_head(base, list);
    }
    return vm_is_nil(list);
}

// Calling a fun is jumping to its code with the free variables behind the arguments.
static bool entry_of_fun(const char *base, vm_term fun, vm_term args, struct entry *ret)
{
    if (!vm_is_fun(base, fun) || !entry_args(base, args, ret))
        return false;
    const vm_term *at = vm_boxed_at(base, fun);
    if (vm_subtag(*at) == VM_EXPORT) {
        const struct vm_export *export = (const struct vm_export *)(uintptr_t)(base + at[1]);
        ret->ip = export->address;
        return export->arity == ret->count;
    }
    if (at[2] != ret->count || vm_arity(*at) - 3 + ret->count > VM_X_REGS)
        return false;
    ret->ip = ((const struct vm_lambda *)(uintptr_t)(base + at[1]))->address;
    for (size_t i = 4; i <= vm_arity(*at); i++)
        ret->x[ret->count++] = at[i];
    return true;
}

static bool entry_of_mfa(struct vm *vm, const struct vm_spawn *spawn, struct entry *ret)
{
    if (!entry_args(vm->image.base, spawn->args, ret))
        return false;
    const struct vm_export *export = vm_export_of(vm, spawn->module, spawn->function, ret->count);
    ret->ip = export == NULL ? 0 : export->address;
    return export != NULL;
}

// erlang:apply(Fun, Args) and erlang:apply(M, F, Args) begin where they would jump to.
static bool entry_of_apply(struct vm *vm, const struct vm_spawn *spawn, struct entry *ret)
{
    if (spawn->module != VM_AM(erlang) || spawn->function != VM_AM(apply) ||
        !entry_args(vm->image.base, spawn->args, ret))
        return false;
    if (ret->count == 2)
        return entry_of_fun(vm->image.base, ret->x[0], ret->x[1], ret);
    if (ret->count != 3 || !vm_is_atom(ret->x[0]) || !vm_is_atom(ret->x[1]))
        return false;
    struct vm_spawn applied = {
        .module = ret->x[0], .function = ret->x[1], .args = ret->x[2], .fun = VM_NONE};
    return entry_of_mfa(vm, &applied, ret);
}

static bool entry_of(struct vm *vm, const struct vm_spawn *spawn, struct entry *ret)
{
    if (spawn->fun != VM_NONE)
        return entry_of_fun(vm->image.base, spawn->fun, VM_NIL, ret);
    return entry_of_apply(vm, spawn, ret) || entry_of_mfa(vm, spawn, ret);
}

static size_t entry_words(struct vm *vm, const struct entry *entry)
{
    size_t words = 0;
    for (uint32_t i = 0; i < entry->count; i++)
        words += vm_flat_words(vm, entry->x[i]);
    return words;
}

bool vm_proc_save_x(struct vm *vm, struct vm_proc *proc, const vm_term *x, uint32_t count)
{
    if (count > proc->x_room) {
        uint64_t offset = vm_data_alloc(vm, count * sizeof(vm_term));
        if (offset == 0)
            return false;
        vm_data_release(vm, proc->x);
        proc->x = offset;
        proc->x_room = (uint32_t)(vm_image_block_size(&vm->image, offset) / sizeof(vm_term));
    }
    if (count > 0)
        memcpy(vm_at(vm, proc->x), x, count * sizeof *x);
    proc->live = count;
    return true;
}

static bool fill(struct vm *vm, struct vm_proc *proc, struct entry *entry, size_t min_words)
{
    size_t words = entry_words(vm, entry) + VM_RESERVED_STACK + 1;
    if (!vm_heap_init(vm, proc, words > min_words ? words : min_words))
        return false;
    vm_term *hp = vm_at(vm, proc->htop);
    for (uint32_t i = 0; i < entry->count; i++)
        entry->x[i] = vm_copy(vm, entry->x[i], &hp, &proc->off_heap);
    proc->htop = vm_offset(vm, hp);
    proc->sp -= sizeof(vm_term);
    *(vm_term *)vm_at(vm, proc->sp) = vm_root(vm)->code.stop;
    proc->ip = entry->ip;
    return vm_proc_save_x(vm, proc, entry->x, entry->count);
}

static void describe(struct vm *vm, struct vm_proc *proc, const struct vm_spawn *spawn)
{
    struct vm_root *root = vm_root(vm);
    bool closure = spawn->fun != VM_NONE;
    int64_t arity = closure ? 2 : vm_list_length(vm->image.base, spawn->args);
    proc->initial_module = closure ? VM_AM(erlang) : spawn->module;
    proc->initial_function = closure ? VM_AM(apply) : spawn->function;
    proc->initial_arity = (uint32_t)arity;
    proc->parent = spawn->parent;
    proc->group_leader = spawn->group_leader == VM_NONE ? proc->pid : spawn->group_leader;
    proc->priority = spawn->priority;
    proc->min_heap_words =
        spawn->min_heap_words > MIN_HEAP_WORDS ? spawn->min_heap_words : MIN_HEAP_WORDS;
    proc->max_heap_words = spawn->max_heap_words;
    proc->fullsweep_after = spawn->fullsweep_after;
    proc->error_handler = VM_AM(error_handler);
    proc->started = vm_now(vm);
    proc->serial = ++root->procs.spawned;
}

struct vm_proc *vm_proc_alloc(struct vm *vm)
{
    uint64_t offset = vm_data_alloc(vm, sizeof(struct vm_proc));
    if (offset == 0)
        return NULL;
    struct vm_proc *proc = vm_at(vm, offset);
    memset(proc, 0, sizeof *proc);
    proc->name = proc->seq_token = VM_NIL;
    proc->exception.trace = VM_NIL;
    proc->status = VM_WAITING;
    vm_mailbox_init(vm, proc);
    return proc;
}

struct vm_proc *vm_proc_new(struct vm *vm, const struct vm_spawn *spawn)
{
    struct entry entry;
    uint64_t number = entry_of(vm, spawn, &entry) ? next_number(vm) : 0;
    struct vm_proc *proc = number == 0 ? NULL : vm_proc_alloc(vm);
    if (proc == NULL)
        return NULL;
    proc->pid = vm_pid(number);
    size_t min = spawn->min_heap_words > MIN_HEAP_WORDS ? spawn->min_heap_words : MIN_HEAP_WORDS;
    if (!fill(vm, proc, &entry, min)) {
        vm_proc_memory_free(vm, proc);
        return NULL;
    }
    describe(vm, proc, spawn);
    *slot_of(vm, number) = vm_offset(vm, proc);
    vm_root(vm)->procs.alive++;
    vm_make_runnable(vm, proc);
    if (vm_watches(vm, VM_EVENT_SPAWN))
        vm_report_of(vm, VM_EVENT_SPAWN, proc->pid, number, 0);
    return proc;
}

void vm_proc_memory_free(struct vm *vm, struct vm_proc *proc)
{
    vm_mailbox_free(vm, proc);
    vm_dictionary_free(vm, proc);
    vm_heap_done(vm, proc);
    vm_data_release(vm, proc->x);
    if (proc->exit_box != 0)
        vm_box_free(vm, proc->exit_box);
    vm_data_release(vm, vm_offset(vm, proc));
}

void vm_proc_remove(struct vm *vm, struct vm_proc *proc)
{
    *slot_of(vm, vm_pid_number(proc->pid)) = 0;
    vm_root(vm)->procs.alive--;
    vm_proc_memory_free(vm, proc);
}
