// Processes, their ties, modules and timers, as others see them.
#include <stdlib.h>
#include <string.h>

#include "core-vm/vm/dictionary.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/look_priv.h"
#include "core-vm/vm/timer.h"

enum { MOST_LINKS = 1 << 20 };

uint64_t vm_look_epoch(const struct vm *vm)
{
    return vm_root(vm)->look.epoch;
}

uint64_t vm_look_now(const struct vm *vm)
{
    return vm_root(vm)->clock.latest;
}

uint64_t vm_look_began(const struct vm *vm)
{
    return vm_root(vm)->clock.began;
}

uint64_t vm_look_pid_word(uint64_t pid)
{
    return vm_pid(pid);
}

static uint64_t number_of(vm_term pid)
{
    return vm_is_local_pid(pid) ? vm_pid_number(pid) : 0;
}

static const char *status_name(enum vm_status status)
{
    static const char *const names[] = {"runnable",  "running", "waiting",
                                        "suspended", "exiting", "exiting"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "exiting";
}

static const char *priority_name(enum vm_priority priority)
{
    static const char *const names[] = {"max", "high", "normal", "low"};
    return (unsigned)priority < VM_PRIORITY_COUNT ? names[priority] : "normal";
}

static const struct vm_relation *relation_at(const struct vm *vm, const struct vm_side *side,
                                             uint64_t offset)
{
    if (side->which > VM_THERE)
        return NULL;
    uint64_t start = offset - offsetof(struct vm_relation, side) - side->which * sizeof *side;
    return VM_PEEK(vm, start, struct vm_relation);
}

// The pids at the other ends of a list, at most `room`. Returns how many there are (up to a limit).
static size_t links_of(const struct vm *vm, uint64_t first, uint64_t *ret, size_t room)
{
    size_t count = 0;
    const struct vm_side *side = NULL;
    for (uint64_t at = first; count < MOST_LINKS && (side = VM_PEEK(vm, at, struct vm_side));) {
        const struct vm_relation *relation = relation_at(vm, side, at);
        if (relation == NULL)
            break;
        if (count < room)
            ret[count] = number_of(relation->side[!side->which].owner);
        count++;
        at = side->next;
    }
    return count;
}

static uint64_t words_between(uint64_t from, uint64_t to)
{
    return to > from ? (to - from) / sizeof(vm_term) : 0;
}

static void fill_memory(const struct vm_proc *proc, struct vm_look_proc *ret)
{
    uint64_t heap = words_between(proc->heap, proc->hend);
    uint64_t old = words_between(proc->old_heap, proc->old_hend);
    ret->stack_words = words_between(proc->sp, proc->hend);
    ret->heap_words = heap + old + proc->fragment_words - ret->stack_words;
    ret->memory = sizeof *proc + proc->mailbox.count * sizeof(struct vm_message) +
                  (heap + old + proc->fragment_words + proc->mailbox.words) * sizeof(vm_term);
}

static void fill_wait(const struct vm_proc *proc, struct vm_look_proc *ret)
{
    bool waits = proc->status == VM_WAITING;
    bool timed = (proc->flags & VM_PROC_TIMER_SET) != 0;
    ret->wait = !waits ? "" : timed ? "receive after" : "receive";
    ret->wake_at = waits && timed ? proc->wait_until : 0;
}

static void fill_links(const struct vm *vm, const struct vm_proc *proc, struct wb_arena *arena,
                       struct vm_look_proc *ret)
{
    ret->link_count = links_of(vm, proc->links, NULL, 0);
    ret->links = wb_push_array(arena, uint64_t, ret->link_count + 1);
    links_of(vm, proc->links, ret->links, ret->link_count);
}

static void fill_place(const struct vm *vm, const struct vm_proc *proc,
                       const struct vm_look_map *map, struct wb_arena *arena,
                       struct vm_look_proc *ret)
{
    struct vm_look_spot spot;
    vm_look_spot(vm, map, proc->ip, arena, &spot);
    ret->current = spot.mfa;
    ret->file = spot.file;
    ret->line = spot.line;
    ret->initial = (struct vm_look_mfa){.module = vm_look_atom(vm, proc->initial_module),
                                        .function = vm_look_atom(vm, proc->initial_function),
                                        .arity = proc->initial_arity};
}

static void fill(const struct vm *vm, const struct vm_proc *proc, const struct vm_look_map *map,
                 struct wb_arena *arena, struct vm_look_proc *ret)
{
    *ret = (struct vm_look_proc){
        .pid = vm_pid_number(proc->pid),
        .status = status_name(proc->status),
        .priority = priority_name(proc->priority),
        .trap_exit = (proc->flags & VM_PROC_TRAP_EXIT) != 0,
        .sensitive = (proc->flags & VM_PROC_SENSITIVE) != 0,
        .system = (proc->flags & VM_PROC_SYSTEM) != 0,
        .name = proc->name == VM_NIL ? (struct wb_bytes){0} : vm_look_atom(vm, proc->name),
        .label = proc->label,
        .reductions = proc->reductions,
        .messages = proc->mailbox.count,
        .parent = number_of(proc->parent),
        .group_leader = number_of(proc->group_leader),
        .serial = proc->serial,
        .last_received = proc->last_received,
    };
    fill_memory(proc, ret);
    fill_wait(proc, ret);
    fill_links(vm, proc, arena, ret);
    fill_place(vm, proc, map, arena, ret);
}

static int by_serial(const void *a, const void *b)
{
    const struct vm_look_proc *x = a, *y = b;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

struct wb_error *vm_look_procs(const struct vm *vm, struct wb_arena *arena,
                               struct vm_look_procs *ret)
{
    const struct vm_table *table = &vm_root(vm)->procs.slots;
    const uint64_t *slots = vm_peek(vm, table->at, table->capacity, sizeof *slots);
    uint64_t most = slots == NULL ? 0 : table->capacity;
    size_t count = 0;
    for (uint64_t i = 0; i < most; i++)
        count += VM_PEEK(vm, slots[i], struct vm_proc) != NULL;
    struct vm_look_map map;
    vm_look_map_init(vm, arena, &map);
    *ret = (struct vm_look_procs){.at = wb_push_array(arena, struct vm_look_proc, count + 1)};
    for (uint64_t i = 0; i < most; i++) {
        const struct vm_proc *proc = VM_PEEK(vm, slots[i], struct vm_proc);
        if (proc != NULL)
            fill(vm, proc, &map, arena, &ret->at[ret->count++]);
    }
    qsort(ret->at, ret->count, sizeof *ret->at, by_serial);
    return NULL;
}

struct wb_error *vm_look_proc(const struct vm *vm, uint64_t pid, struct wb_arena *arena,
                              struct vm_look_proc *ret)
{
    const struct vm_proc *proc = vm_look_find(vm, pid);
    if (proc == NULL)
        return vm_look_no_process(pid);
    struct vm_look_map map;
    vm_look_map_init(vm, arena, &map);
    fill(vm, proc, &map, arena, ret);
    return NULL;
}

// ---- monitors

// Returns how many there are; fills in at most `room`.
static size_t monitors_in(const struct vm *vm, uint64_t first, bool watched,
                          struct vm_look_monitor *ret, size_t room)
{
    size_t count = 0, seen = 0;
    const struct vm_side *side = NULL;
    for (uint64_t at = first; seen++ < MOST_LINKS && (side = VM_PEEK(vm, at, struct vm_side));) {
        const struct vm_relation *relation = relation_at(vm, side, at);
        if (relation == NULL)
            break;
        at = side->next;
        if (relation->kind != VM_MONITOR)
            continue;
        if (count < room)
            ret[count] =
                (struct vm_look_monitor){.ref = vm_offset(vm, &relation->ref_header) | VM_TAG_BOXED,
                                         .pid = number_of(relation->side[!side->which].owner),
                                         .monitored_by = watched};
        count++;
    }
    return count;
}

struct wb_error *vm_look_monitors(const struct vm *vm, uint64_t pid, struct wb_arena *arena,
                                  struct vm_look_monitors *ret)
{
    const struct vm_proc *proc = vm_look_find(vm, pid);
    if (proc == NULL)
        return vm_look_no_process(pid);
    size_t made = monitors_in(vm, proc->monitors, false, NULL, 0);
    size_t watched = monitors_in(vm, proc->monitored_by, true, NULL, 0);
    ret->at = wb_push_array(arena, struct vm_look_monitor, made + watched + 1);
    ret->count = made + watched;
    monitors_in(vm, proc->monitors, false, ret->at, made);
    monitors_in(vm, proc->monitored_by, true, ret->at + made, watched);
    return NULL;
}

// ---- modules

static struct wb_bytes beam_of(const struct vm *vm, const struct vm_module_code *code)
{
    const void *at = code->beam_size == 0 ? NULL : vm_peek(vm, code->beam, code->beam_size, 1);
    return at == NULL ? (struct wb_bytes){0} : (struct wb_bytes){at, code->beam_size};
}

static int by_load(const void *a, const void *b)
{
    const struct vm_look_module *x = a, *y = b;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

struct wb_error *vm_look_modules(const struct vm *vm, struct wb_arena *arena,
                                 struct vm_look_modules *ret)
{
    struct vm_look_map map;
    vm_look_map_init(vm, arena, &map);
    *ret = (struct vm_look_modules){
        .at = wb_push_array(arena, struct vm_look_module, map.count + 1), .count = map.count};
    for (size_t i = 0; i < map.count; i++) {
        const struct vm_module_code *code = map.at[i].code;
        // Of two versions of a module the older one is the old one.
        bool old = false;
        for (size_t j = 0; j < map.count && !old; j++)
            old = map.at[j].module == map.at[i].module && map.at[j].code->serial > code->serial;
        ret->at[i] = (struct vm_look_module){.name = vm_look_atom(vm, map.at[i].module),
                                             .source = vm_look_text(vm, code->source, arena),
                                             .start = code->code,
                                             .code_bytes = code->code_size,
                                             .literal_bytes = code->literal_size,
                                             .serial = code->serial,
                                             .old = old,
                                             .beam = beam_of(vm, code)};
    }
    qsort(ret->at, ret->count, sizeof *ret->at, by_load);
    return NULL;
}

// ---- the dictionary

static void pair_value(const vm_term *pair, struct wb_arena *arena, struct beam_value *ret)
{
    struct beam_value *parts = wb_push_array(arena, struct beam_value, 2);
    for (unsigned i = 0; i < 2; i++)
        parts[i] = (struct beam_value){.kind = BEAM_UNREAD, .bits = pair[i]};
    *ret = (struct beam_value){.kind = BEAM_TUPLE, .part = {parts, 2}};
}

struct wb_error *vm_look_dictionary(const struct vm *vm, uint64_t pid, struct wb_arena *arena,
                                    struct beam_value *ret)
{
    const struct vm_proc *proc = vm_look_find(vm, pid);
    if (proc == NULL)
        return vm_look_no_process(pid);
    const struct vm_dictionary *d = VM_PEEK(vm, proc->dictionary, struct vm_dictionary);
    uint64_t count = d == NULL ? 0 : d->count;
    const vm_term *pairs =
        count == 0 ? NULL : vm_peek(vm, proc->dictionary + sizeof *d, count, 2 * sizeof(vm_term));
    *ret = (struct beam_value){.kind = BEAM_NIL};
    if (pairs == NULL)
        return NULL;
    struct beam_value *parts = wb_push_array(arena, struct beam_value, count + 1);
    for (uint64_t i = 0; i < count; i++)
        pair_value(&pairs[2 * i], arena, &parts[i]);
    parts[count] = (struct beam_value){.kind = BEAM_NIL};
    *ret = (struct beam_value){.kind = BEAM_CONS, .part = {parts, count + 1}};
    return NULL;
}

// ---- timers

static int by_time(const void *a, const void *b)
{
    const struct vm_look_timer *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void fill_timer(const struct vm *vm, const struct vm_timer *timer, struct vm_look_timer *ret)
{
    const struct vm_box *box = timer->box == 0 ? NULL : VM_PEEK(vm, timer->box, struct vm_box);
    *ret = (struct vm_look_timer){
        .at = timer->at,
        .pid = number_of(timer->to),
        .term = box == NULL ? 0 : box->term,
        .ref = box == NULL ? 0 : vm_offset(vm, &timer->ref_header) | VM_TAG_BOXED};
}

struct wb_error *vm_look_timers(const struct vm *vm, struct wb_arena *arena,
                                struct vm_look_timers *ret)
{
    const struct vm_table *heap = &vm_root(vm)->timers.heap;
    const uint64_t *at = vm_peek(vm, heap->at, heap->count, sizeof *at);
    uint64_t count = at == NULL ? 0 : heap->count;
    *ret = (struct vm_look_timers){.at = wb_push_array(arena, struct vm_look_timer, count + 1)};
    for (uint64_t i = 0; i < count; i++) {
        const struct vm_timer *timer = VM_PEEK(vm, at[i], struct vm_timer);
        if (timer != NULL)
            fill_timer(vm, timer, &ret->at[ret->count++]);
    }
    qsort(ret->at, ret->count, sizeof *ret->at, by_time);
    return NULL;
}
