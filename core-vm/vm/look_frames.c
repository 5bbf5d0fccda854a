// Stacks, as others see them.
#include "core-vm/vm/look_priv.h"

enum { MOST_FRAMES = 1 << 20, FEW_REGS = 16 };

struct stack {
    const struct vm *vm;
    const struct vm_proc *proc;
    const vm_term *at;  // from its top
    uint64_t words;
};

static bool is_return(vm_term word)
{
    return (word & 3) == VM_TAG_HEADER && word != 0;
}

// False: the process has no stack that could be one.
static bool stack_of(const struct vm *vm, const struct vm_proc *proc, struct stack *ret)
{
    if (proc->hend < proc->sp || proc->sp % sizeof(vm_term) != 0)
        return false;
    uint64_t words = (proc->hend - proc->sp) / sizeof(vm_term);
    *ret = (struct stack){.vm = vm, .proc = proc, .words = words};
    ret->at = words == 0 ? NULL : vm_peek(vm, proc->sp, words, sizeof(vm_term));
    return ret->at != NULL;
}

static size_t count_frames(const struct stack *stack)
{
    size_t count = 1;
    for (uint64_t i = 0; i < stack->words && count < MOST_FRAMES; i++)
        count += is_return(stack->at[i]);
    return count;
}

static uint64_t slots_until_return(const struct stack *stack, uint64_t from)
{
    uint64_t at = from;
    while (at < stack->words && !is_return(stack->at[at]))
        at++;
    return at - from;
}

static void fill_slots(const struct stack *stack, uint64_t from, uint64_t count,
                       struct vm_look_slot *ret)
{
    for (uint64_t i = 0; i < count; i++)
        ret[i] = (struct vm_look_slot){.kind = 'y',
                                       .number = (uint32_t)i,
                                       .catch_tag = vm_is_catch(stack->at[from + i]),
                                       .term = stack->at[from + i]};
}

static void fill_frame(const struct vm_look_spot *spot, struct vm_look_frame *ret)
{
    ret->mfa = spot->mfa;
    ret->file = spot->file;
    ret->line = spot->line;
    ret->ip = spot->ip;
    ret->ins = spot->ins;
}

// ---- x registers of the innermost frame

static bool is_current(const struct vm *vm, const struct vm_proc *proc)
{
    return vm_root(vm)->procs.current == vm_offset(vm, proc);
}

// Could the word be a term? Leftovers in registers may be anything.
static bool may_be_term(const struct vm *vm, vm_term word)
{
    switch (vm_tag_of(word)) {
    case VM_TAG_HEADER:
        return false;
    case VM_TAG_IMMEDIATE:
        return !vm_is_catch(word);
    case VM_TAG_LIST:
        return vm_peek(vm, word - VM_TAG_LIST, 2, sizeof(vm_term)) != NULL;
    case VM_TAG_BOXED:
        break;
    }
    const vm_term *header = VM_PEEK(vm, word - VM_TAG_BOXED, vm_term);
    return header != NULL && vm_tag_of(*header) == VM_TAG_HEADER;
}

static uint64_t low_bits(uint64_t count)
{
    return count >= VM_LOOK_LIVE_REGS ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

// Which x registers matter at the place where a frozen process stands.
static uint64_t live_of(const struct vm *vm, const struct vm_proc *proc,
                        const struct vm_look_spot *spot)
{
    const uint32_t waits = VM_PROC_TIMED_OUT | VM_PROC_TIMER_SET | VM_PROC_TIMER_NEVER;
    uint64_t live = 0;
    if (!is_current(vm, proc))
        return low_bits(proc->live);
    if (spot->function != NULL && proc->ip == spot->function->entry)
        return low_bits(spot->function->arity);
    const struct vm_module_code *code = spot->range == NULL ? NULL : spot->range->code;
    const uint8_t *beam =
        code == NULL || code->beam_size == 0 ? NULL : vm_peek(vm, code->beam, code->beam_size, 1);
    if (beam != NULL && vm_look_live((struct wb_bytes){beam, code->beam_size}, spot->ins,
                                     (proc->flags & waits) != 0, &live))
        return live;
    return low_bits(FEW_REGS);
}

static const vm_term *registers_of(const struct vm *vm, const struct vm_proc *proc, uint64_t *count)
{
    *count = is_current(vm, proc) ? VM_LOOK_LIVE_REGS : proc->live;
    if (is_current(vm, proc))
        return vm_root(vm)->cpu.x;
    return *count == 0 ? NULL : vm_peek(vm, proc->x, *count, sizeof(vm_term));
}

// Returns how many; they go behind the y slots.
static size_t fill_registers(const struct vm *vm, const struct vm_proc *proc,
                             const struct vm_look_spot *spot, struct vm_look_slot *ret)
{
    uint64_t count = 0, live = live_of(vm, proc, spot);
    const vm_term *x = registers_of(vm, proc, &count);
    size_t filled = 0;
    for (uint32_t i = 0; x != NULL && i < count && i < VM_LOOK_LIVE_REGS; i++)
        if ((live >> i & 1) != 0 && may_be_term(vm, x[i]))
            ret[filled++] = (struct vm_look_slot){.kind = 'x', .number = i, .term = x[i]};
    return filled;
}

// ---- all of it

static void add_frame(const struct stack *stack, uint64_t *at, const struct vm_look_spot *spot,
                      struct wb_arena *arena, struct vm_look_frames *ret)
{
    struct vm_look_frame *frame = &ret->at[ret->count];
    bool innermost = ret->count == 0;
    uint64_t slots = slots_until_return(stack, *at);
    fill_frame(spot, frame);
    frame->slots =
        wb_push_array(arena, struct vm_look_slot, slots + (innermost ? VM_LOOK_LIVE_REGS : 0) + 1);
    fill_slots(stack, *at, slots, frame->slots);
    frame->slot_count = slots;
    if (innermost)
        frame->slot_count += fill_registers(stack->vm, stack->proc, spot, frame->slots + slots);
    *at += slots;
    ret->count++;
}

struct wb_error *vm_look_frames(const struct vm *vm, uint64_t pid, struct wb_arena *arena,
                                struct vm_look_frames *ret)
{
    const struct vm_proc *proc = vm_look_find(vm, pid);
    struct stack stack;
    struct vm_look_map map;
    struct vm_look_spot spot;
    if (proc == NULL)
        return vm_look_no_process(pid);
    *ret = (struct vm_look_frames){0};
    if (!stack_of(vm, proc, &stack))
        return NULL;
    vm_look_map_init(vm, arena, &map);
    size_t most = count_frames(&stack);
    ret->at = wb_push_array(arena, struct vm_look_frame, most);
    vm_look_spot(vm, &map, proc->ip, arena, &spot);
    uint64_t at = 0;
    add_frame(&stack, &at, &spot, arena, ret);
    while (at < stack.words && ret->count < most) {
        // The call is the instruction that ends before the return address.
        vm_look_spot(vm, &map, stack.at[at++] - sizeof(uint64_t), arena, &spot);
        // The bottom returns to what ends the process, which is no module's code.
        if (spot.range != NULL)
            add_frame(&stack, &at, &spot, arena, ret);
    }
    return NULL;
}
