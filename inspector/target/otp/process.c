// Processes of an OTP node: the process table, and what a struct process says.
#include <stdlib.h>
#include <string.h>

#include "inspector/target/otp/node.h"

enum { MAX_PROCESSES = 1 << 27 };

// Bits of `state` (ERTS_PSFLG_*): the same in all releases we know.
enum state_flag {
    FLAG_FREE = 1 << 10,
    FLAG_EXITING = 1 << 11,
    FLAG_ACTIVE = 1 << 13,
    FLAG_IN_RUN_QUEUE = 1 << 14,
    FLAG_RUNNING = 1 << 15,
    FLAG_SUSPENDED = 1 << 16,
    FLAG_COLLECTING = 1 << 17,
    FLAG_SYSTEM_TASKS = 1 << 18,
    FLAG_RUNNING_SYSTEM = 1 << 21,
    FLAG_DIRTY_RUNNING = 1 << 29,
};
enum { FLAG_DIRTY_RUNNING_SYSTEM = 1 << 30 };
#define ANY_RUNNING \
    (FLAG_RUNNING | FLAG_RUNNING_SYSTEM | FLAG_DIRTY_RUNNING | FLAG_DIRTY_RUNNING_SYSTEM)
// Bits of `flags` (F_*).
enum { F_TIMER = 1 << 1, F_TRAP_EXIT = 1 << 22 };
// Of its trace flags.
enum { F_SENSITIVE = 1 << 3 };

static int by_pid(const void *a, const void *b)
{
    const struct otp_process *left = a, *right = b;
    return (left->pid.id > right->pid.id) - (left->pid.id < right->pid.id);
}

static const struct otp_scheduler *scheduler_of(const struct otp_node *node, otp_word process)
{
    for (size_t i = 0; i < node->scheduler_count; i++)
        if (node->scheduler[i].process == process)
            return &node->scheduler[i];
    return NULL;
}

struct wb_error *otp_processes_open(struct otp_node *node)
{
    otp_word table = otp_symbol(node, "erts_proc");
    otp_word slots = otp_member(node, table, OTP_ptab_tab);
    otp_word invalid = otp_member(node, table, OTP_ptab_invalid);
    uint32_t count = otp_member32(node, table, OTP_ptab_max);
    if (table == 0 || count > MAX_PROCESSES)
        return wb_error_new(WB_E_UNSUPPORTED, "the process table was not found");
    const uint64_t *slot = otp_words(node, slots, count, &node->arena);
    if (slot == NULL)
        return wb_error_new(WB_E_BAD_DATA, "the process table is not in memory");
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++)
        used += slot[i] != 0 && slot[i] != invalid;
    node->process = wb_push_array(&node->arena, struct otp_process, used);
    node->slot_count = used;
    for (uint32_t i = 0; i < count; i++) {
        if (slot[i] == 0 || slot[i] == invalid)
            continue;
        struct tgt_pid pid = otp_pid_of(node, otp_member(node, slot[i], OTP_c_id));
        if (pid.id != 0)
            node->process[node->process_count++] =
                (struct otp_process){.pid = pid, .at = slot[i], .on = scheduler_of(node, slot[i])};
    }
    qsort(node->process, node->process_count, sizeof *node->process, by_pid);
    return NULL;
}

const struct otp_process *otp_process_find(const struct otp_node *node, struct tgt_pid pid)
{
    struct otp_process key = {.pid = pid};
    if (node->process_count == 0)
        return NULL;
    return bsearch(&key, node->process, node->process_count, sizeof key, by_pid);
}

static enum tgt_status status_of(uint32_t state)
{
    if ((state & (FLAG_EXITING | FLAG_FREE)) != 0)
        return TGT_EXITING;
    if ((state & FLAG_COLLECTING) != 0)
        return TGT_COLLECTING;
    if ((state & ANY_RUNNING) != 0)
        return TGT_RUNNING;
    if ((state & FLAG_SUSPENDED) != 0)
        return TGT_SUSPENDED;
    if ((state & (FLAG_ACTIVE | FLAG_IN_RUN_QUEUE)) != 0)
        return TGT_RUNNABLE;
    return TGT_WAITING;
}

// Why parts of a process may be half-way, in the order of what hides most.
static const char *caveat_of(uint32_t state, uint32_t locks, const struct otp_stack *stack)
{
    if ((state & FLAG_FREE) != 0)
        return "it has ended and is being freed";
    if ((state & FLAG_EXITING) != 0)
        return "caught while it ends";
    if ((state & FLAG_COLLECTING) != 0)
        return "caught in garbage collection";
    if (!stack->sound)
        return "its heap was caught while it changes";
    if ((locks & 1) != 0 && (state & ANY_RUNNING) == 0)
        return "another thread holds its main lock";
    if ((locks & 2) != 0)
        return "a thread holds the lock of its queue";
    return NULL;
}

// What of a process was not copied before the node had to go on.
static const char *unread_of(struct otp_node *node, const struct otp_process *process,
                             const struct otp_stack *stack)
{
    if (!node->partial)
        return NULL;
    if (stack->sound && !otp_has(&node->memory, stack->stop, stack->hend - stack->stop))
        return "there was no time to copy its stack";
    if (!otp_queue_is_whole(node, process))
        return "there was no time to copy all of its queue";
    if (stack->sound && !otp_has(&node->memory, stack->heap, stack->htop - stack->heap))
        return "there was no time to copy all of its heap";
    return NULL;
}

static struct wb_bytes name_of(struct otp_node *node, otp_word at, uint32_t state)
{
    otp_word entry = otp_member(node, at, OTP_c_reg);
    if (entry == 0 || (state & FLAG_FREE) != 0)
        return (struct wb_bytes){0};
    return otp_atom_text(node, otp_member(node, entry, OTP_rp_name));
}

static void read_current(struct otp_node *node, otp_word at, const struct otp_stack *stack,
                         struct wb_arena *arena, struct tgt_place *ret)
{
    if (otp_place_of(node, stack->pc, arena, ret))
        return;
    otp_word current = otp_member(node, at, OTP_p_current);
    if (current != 0)
        ret->mfa = otp_mfa_at(node, current);
}

static uint8_t wait_of(enum tgt_status status, uint32_t flags)
{
    if (status != TGT_WAITING)
        return TGT_NO_WAIT;
    return (flags & F_TIMER) != 0 ? TGT_RECEIVE_AFTER : TGT_RECEIVE;
}

void otp_read_outline(struct otp_node *node, const struct otp_process *process,
                      struct tgt_places *places, struct wb_arena *arena, struct tgt_proc *ret)
{
    otp_word at = process->at;
    uint32_t state = otp_member32(node, at, OTP_p_state);
    uint32_t flags = otp_member32(node, at, OTP_p_flags);
    struct otp_stack stack = otp_stack_of(node, process);
    struct tgt_mfa initial = otp_mfa_at(node, at + (uint64_t)otp_at(node, OTP_p_initial));
    struct tgt_place current = {0};
    read_current(node, at, &stack, arena, &current);
    struct tgt_proc proc = {
        .pid = process->pid,
        .status = status_of(state),
        .priority = state >> 2 & 3,
        .trap_exit = (flags & F_TRAP_EXIT) != 0,
        .sensitive = (otp_member32(node, at, OTP_c_trace_flags) & F_SENSITIVE) != 0,
        .name = name_of(node, at, state),
        .reductions = otp_member(node, at, OTP_p_reds),
        .messages = otp_count_messages(node, process),
        .parent = otp_pid_of(node, otp_member(node, at, OTP_p_parent)),
        .group_leader = otp_pid_of(node, otp_member(node, at, OTP_p_gl)),
        .initial = tgt_mfa_keep(places, &initial, arena),
        .current = tgt_place_keep(places, &current, arena),
        .caveat = caveat_of(state, otp_member32(node, at, OTP_p_lock), &stack),
    };
    proc.wait = wait_of(proc.status, flags);
    proc.wake_at = otp_wake_time(node, at);
    if (proc.caveat == NULL)
        proc.caveat = unread_of(node, process, &stack);
    if (stack.sound) {
        uint64_t old = otp_member(node, at, OTP_p_old_hend) - otp_member(node, at, OTP_p_old_heap);
        proc.heap_words = (stack.hend - stack.heap + old) / 8 + otp_member(node, at, OTP_p_mbuf_sz);
        proc.stack_words = (stack.hend - stack.stop) / 8;
        proc.memory = (uint64_t)otp_at(node, OTP_p_sizeof) + stack.hend - stack.heap + old +
                      8 * otp_member(node, at, OTP_p_mbuf_sz);
    }
    *ret = proc;
}

void otp_read_process(struct otp_node *node, const struct otp_process *process,
                      struct tgt_places *places, struct wb_arena *arena, struct tgt_proc *ret)
{
    otp_read_outline(node, process, places, arena, ret);
    otp_list_links(node, process, arena, ret);
}
