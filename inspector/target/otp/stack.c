// Stacks of an OTP node's processes, also of those that run: then the registers say where it
// stands.
#include <stdio.h>
#include <string.h>

#include "inspector/target/otp/node.h"

enum { MAX_STACK_WORDS = 1 << 26, MAX_FRAMES = 1 << 16 };

static bool in_heap(const struct otp_stack *stack, otp_word at)
{
    return at >= stack->heap && at <= stack->hend && (at & 7) == 0;
}

// In C code called from JIT code the Erlang stack pointer is in p->stop if the JIT stored it there,
// else it was kept in rbp, which C code pushed just below the base of the runtime's stack. Which of
// the two, the instructions before the return address into JIT code tell: "lea rsp, [rbx - n]"
// switches to the C stack, and "mov rbp, rsp" right before it keeps the pointer in rbp.
static bool kept_in_rbp(struct otp_node *node, otp_word return_address)
{
    uint8_t code[160];
    if (!otp_read(&node->memory, return_address - sizeof code, code, sizeof code))
        return false;
    for (size_t i = sizeof code - 5; i >= 12; i--) {
        if (code[i] != 0x48 || code[i + 1] != 0x8d || code[i + 2] != 0x63)
            continue;
        size_t k = i;
        if ((code[k - 4] == 0x4d || code[k - 4] == 0x45) && code[k - 3] == 0x89 &&
            code[k - 2] == 0x75)
            k -= 4;  // "mov [r13 + n], r14" in between
        return code[k - 3] == 0x48 && code[k - 2] == 0x89 && code[k - 1] == 0xe5;
    }
    return false;
}

static otp_word pushed_stack_pointer(struct otp_node *node, const struct otp_stack *stack,
                                     const uint64_t *reg, otp_word base)
{
    enum { PUSHED = 7, MAX_C_STACK = 1 << 20 };
    otp_word best = 0;
    if (reg[OTP_RSP] < base && base - reg[OTP_RSP] < MAX_C_STACK)
        for (unsigned i = 2; i < 2 + PUSHED - 1 && base - 8 * i >= reg[OTP_RSP]; i++) {
            otp_word word = otp_u64(&node->memory, base - 8 * i);
            if (in_heap(stack, word) && word >= stack->htop && word > best)
                best = word;
        }
    if (in_heap(stack, reg[OTP_RBP]) && reg[OTP_RBP] >= stack->htop && reg[OTP_RBP] > best)
        best = reg[OTP_RBP];
    return best;
}

// Machine code that is of no file: of a module, or what the JIT made for all modules.
static bool is_jit_code(struct otp_node *node, otp_word at)
{
    return otp_is_code(node, at) ||
           (!otp_is_native(&node->natives, at) && otp_has(&node->memory, at, 1));
}

// C code called from JIT code, followed to where it returns to. C code keeps r13, which is the
// process, and rbp. False: its frames do not lead there.
static bool from_frames(struct otp_node *node, const struct otp_process *process,
                        struct otp_stack *stack)
{
    const struct otp_followed *followed =
        otp_follow(&node->natives, &node->memory, process->on->cpu, false);
    const uint64_t *reg = followed->end.at;
    bool ours = (followed->end.known >> OTP_R13 & 1) != 0 && reg[OTP_R13] == process->at;
    if (followed->count == 0 || !ours || !is_jit_code(node, reg[OTP_RIP]))
        return false;
    stack->pc = otp_is_code(node, reg[OTP_RIP]) ? reg[OTP_RIP] - 1 : 0;
    stack->from_registers = true;
    bool kept = (followed->end.known >> OTP_RBP & 1) != 0 && in_heap(stack, reg[OTP_RBP]);
    if (kept && kept_in_rbp(node, reg[OTP_RIP]))
        stack->stop = reg[OTP_RBP];
    return true;
}

static void from_cpu(struct otp_node *node, const struct otp_process *process,
                     struct otp_stack *stack)
{
    const uint64_t *reg = process->on->cpu->registers.at;
    if (in_heap(stack, reg[OTP_RSP]) && reg[OTP_R13] == process->at) {
        stack->stop = reg[OTP_RSP];
        stack->htop = reg[OTP_R15];
        stack->pc = reg[OTP_RIP];
        stack->from_registers = true;
        return;
    }
    if (from_frames(node, process, stack))
        return;
    otp_word registers = otp_member(node, process->on->data, OTP_sd_regs);
    otp_word base = registers + (uint64_t)otp_at(node, OTP_sr_rtstack);
    otp_word return_address = otp_u64(&node->memory, base - 8);
    if (!otp_is_code(node, return_address))
        return;
    otp_word pushed = pushed_stack_pointer(node, stack, reg, base);
    stack->pc = return_address - 1;
    stack->from_registers = true;
    if (pushed != 0 && kept_in_rbp(node, return_address))
        stack->stop = pushed;
}

// Its thread is in the scheduler, with the process that it has just run or is about to run: what
// that goes on with is where those that do not run keep it.
static bool between_slices(struct otp_node *node, const struct otp_process *process)
{
    return otp_is_inside(&node->natives, &node->memory, process->on->cpu, "erts_schedule");
}

struct otp_stack otp_stack_of(struct otp_node *node, const struct otp_process *process)
{
    otp_word at = process->at;
    struct otp_stack stack = {
        .heap = otp_member(node, at, OTP_p_heap),
        .htop = otp_member(node, at, OTP_p_htop),
        .stop = otp_member(node, at, OTP_p_stop),
        .hend = otp_member(node, at, OTP_p_hend),
        .pc = otp_member(node, at, OTP_p_i),
    };
    bool runs = node->jit && process->on != NULL && process->on->cpu != NULL &&
                !between_slices(node, process);
    if (runs)
        from_cpu(node, process, &stack);
    // What it began its slice with: it is in native code now, and nobody keeps where it came from.
    if (runs && !stack.from_registers)
        stack.pc = 0;
    stack.sound = stack.heap <= stack.htop && stack.htop <= stack.stop &&
                  stack.stop <= stack.hend &&
                  stack.hend - stack.heap == 8 * otp_member(node, at, OTP_p_heap_sz);
    return stack;
}

struct walk {
    struct otp_node *node;
    struct wb_arena *arena;
    struct tgt_frames *ret;
    size_t capacity;
};

static struct tgt_frame *add_frame(struct walk *walk)
{
    struct tgt_frames *frames = walk->ret;
    if (frames->count == walk->capacity) {
        size_t capacity = walk->capacity != 0 ? walk->capacity * 2 : 16;
        struct tgt_frame *grown = wb_push_array(walk->arena, struct tgt_frame, capacity);
        if (frames->count > 0)
            memcpy(grown, frames->at, frames->count * sizeof *grown);
        frames->at = grown;
        walk->capacity = capacity;
    }
    struct tgt_frame *frame = &frames->at[frames->count++];
    *frame = (struct tgt_frame){.ins = UINT32_MAX};
    return frame;
}

// Words of trace frames behind their return address; -1: not one.
static int trace_words(const struct otp_node *node, otp_word address)
{
    static const int words[] = {2, 2, 0, 1};
    for (unsigned i = 0; i < 4; i++)
        if (node->trace_returns[i] != 0 && node->trace_returns[i] == address)
            return words[i];
    return -1;
}

// A word of the stack with low bits 00 begins a frame: its return address is there or, with frame
// pointers, behind it.
static size_t next_frame(struct walk *walk, const uint64_t *word, size_t count, size_t i)
{
    struct otp_node *node = walk->node;
    size_t size = node->two_word_frames ? 2 : 1;
    if (i + size > count)
        return count;
    otp_word address = word[i + size - 1];
    int trace = trace_words(node, address);
    if (trace >= 0)
        return i + size + (size_t)trace;
    struct tgt_place place = {0};
    if (walk->ret->count < MAX_FRAMES && otp_place_of(node, address - 1, walk->arena, &place)) {
        struct tgt_frame *frame = add_frame(walk);
        frame->place = place;
        frame->ip.at = address - 1;
    }
    return i + size;
}

// y slots lie above the return address of the frame they belong to.
static size_t take_slots(struct walk *walk, const uint64_t *word, size_t count, size_t i)
{
    size_t end = i;
    while (end < count && (word[end] & 3) != 0)
        end++;
    if (walk->ret->count == 0)
        return end;
    struct tgt_frame *frame = &walk->ret->at[walk->ret->count - 1];
    size_t have = frame->slot_count;
    struct tgt_slot *slots = wb_push_array(walk->arena, struct tgt_slot, have + end - i);
    if (have > 0)
        memcpy(slots, frame->slots, have * sizeof *slots);
    for (size_t k = i; k < end; k++)
        slots[have + k - i] = (struct tgt_slot){.kind = 'y',
                                                .number = (uint32_t)(k - i),
                                                .catch_tag = (word[k] & 63) == 0x1B,
                                                .term = {word[k]}};
    frame->slots = slots;
    frame->slot_count = have + end - i;
    return end;
}

// Arguments that a process which does not run keeps for when it goes on.
static void take_arguments(struct walk *walk, otp_word at, struct tgt_frame *frame)
{
    struct otp_node *node = walk->node;
    uint64_t count = otp_at(node, OTP_p_arity_size) == 1
                         ? otp_u8(&node->memory, at + (uint64_t)otp_at(node, OTP_p_arity))
                         : otp_member32(node, at, OTP_p_arity);
    otp_word from = otp_member(node, at, OTP_p_arg_reg);
    if (count == 0 || count > 255 || !otp_has(&node->memory, from, 8 * count))
        return;
    frame->slots = wb_push_array(walk->arena, struct tgt_slot, count);
    for (uint32_t i = 0; i < count; i++)
        frame->slots[i] = (struct tgt_slot){
            .kind = 'x', .number = i, .term = {otp_u64(&node->memory, from + 8 * i)}};
    frame->slot_count = count;
}

static bool ends_with(struct wb_bytes text, const char *end, size_t size)
{
    return text.size >= size && memcmp(text.at + text.size - size, end, size) == 0;
}

// Does this native function serve an Erlang one? Those of the runtime are called
// [module_]function_arity; all NIFs are called through one function, dirty ones through another.
static bool serves(const struct tgt_native *frame, const struct tgt_mfa *mfa)
{
    char name[300];
    int size = snprintf(name, sizeof name, "%.*s_%u", (int)mfa->function.size,
                        (const char *)mfa->function.at, mfa->arity);
    return wb_bytes_equal(frame->symbol, wb_bytes_of("beam_jit_call_nif")) ||
           wb_bytes_equal(frame->symbol, wb_bytes_of("erts_call_dirty_nif")) ||
           (size > 0 && (size_t)size < sizeof name && mfa->function.size > 0 &&
            ends_with(frame->symbol, name, (size_t)size));
}

// A function written in C has no frame of its own on the Erlang stack: the process says which it is
// in. What it says is old when the native frames are about something else.
static bool find_native_function(struct otp_node *node, const struct otp_process *process,
                                 struct tgt_place *ret)
{
    if (process->on == NULL || process->on->cpu == NULL)
        return false;
    otp_word current = otp_member(node, process->at, OTP_p_current);
    const struct otp_followed *followed =
        otp_follow(&node->natives, &node->memory, process->on->cpu, true);
    struct tgt_mfa mfa = current != 0 ? otp_mfa_at(node, current) : (struct tgt_mfa){0};
    for (size_t i = 0; i < followed->count && mfa.module.size > 0; i++)
        if (serves(&followed->frames[i], &mfa)) {
            *ret = (struct tgt_place){.mfa = mfa};
            return true;
        }
    return false;
}

static void add_top(struct walk *walk, const struct otp_process *process,
                    const struct otp_stack *stack)
{
    struct otp_node *node = walk->node;
    struct tgt_place place;
    bool native = find_native_function(node, process, &place);
    if (native) {
        struct tgt_frame *frame = add_frame(walk);
        frame->place = place;
        frame->native = true;
    }
    if (!otp_place_of(node, stack->pc, walk->arena, &place))
        return;
    struct tgt_frame *frame = add_frame(walk);
    frame->place = place;
    frame->ip.at = stack->pc;
    if (!stack->from_registers && !native)
        take_arguments(walk, process->at, frame);
}

void otp_list_frames(struct otp_node *node, const struct otp_process *process,
                     struct wb_arena *arena, struct tgt_frames *ret)
{
    struct tgt_frames frames = {0};
    struct walk walk = {.node = node, .arena = arena, .ret = &frames};
    struct otp_stack stack = otp_stack_of(node, process);
    add_top(&walk, process, &stack);
    uint64_t size = stack.hend - stack.stop;
    const uint64_t *word = NULL;
    if (stack.stop <= stack.hend && size / 8 <= MAX_STACK_WORDS)
        word = otp_words(node, stack.stop, size / 8, arena);
    for (size_t i = 0; word != NULL && i < size / 8;)
        i = (word[i] & 3) == 0 ? next_frame(&walk, word, size / 8, i)
                               : take_slots(&walk, word, size / 8, i);
    *ret = frames;
}
