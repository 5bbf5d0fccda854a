#include "inspector/target/otp/thread.h"

#include <string.h>

// Priorities are two bits each of a process's state: what it has, what it was given, and that of
// the queue it is in.
enum { QUEUE_PRIORITY_SHIFT = 4, PRIORITIES = 4, QUEUES = 3 };

// Processes of one queue, by the priority they were queued with: those of normal and low priority
// share one. Queues are linked through the processes; a torn one may go in circles.
static uint32_t count_queue(struct otp_node *node, otp_word first, uint32_t most,
                            struct tgt_thread *ret)
{
    uint32_t count = 0;
    for (otp_word at = first; at != 0 && count < most; at = otp_member(node, at, OTP_p_next)) {
        uint32_t state = otp_member32(node, at, OTP_p_state);
        ret->runnable[state >> QUEUE_PRIORITY_SHIFT & (PRIORITIES - 1)]++;
        count++;
    }
    return count;
}

// The queue's own length counts ports as well.
static void read_queue(struct otp_node *node, otp_word queue, struct tgt_thread *ret)
{
    uint32_t length = otp_member32(node, queue, OTP_rq_len), processes = 0;
    otp_word queues = queue + (uint64_t)(int64_t)otp_at(node, OTP_rq_prio);
    if (queue == 0 || length > INT32_MAX)
        return;
    for (unsigned i = 0; i < QUEUES; i++)
        processes += count_queue(node, otp_u64(&node->memory, queues + 16 * (uint64_t)i),
                                 length - processes, ret);
    if (otp_member(node, queue, OTP_rq_ports) != 0)
        ret->runnable_ports = length - processes;
}

static struct tgt_pid pid_at(struct otp_node *node, otp_word process)
{
    return process != 0 ? otp_pid_of(node, otp_member(node, process, OTP_c_id))
                        : (struct tgt_pid){0};
}

static const char *state_of(const struct otp_scheduler *scheduler, const struct otp_cpu *cpu)
{
    if (scheduler != NULL && (scheduler->process != 0 || scheduler->port != 0))
        return "running";
    if (cpu == NULL)
        return scheduler != NULL ? "waiting" : "";
    return cpu->in_call ? "sleeping" : "running";
}

static void describe_cpu(struct otp_node *node, struct otp_cpu *cpu, struct tgt_thread *ret)
{
    if (cpu == NULL)
        return;
    const struct otp_followed *followed = otp_follow(&node->natives, &node->memory, cpu, true);
    ret->frames = followed->frames;
    ret->frame_count = followed->count;
    ret->tid = cpu->tid;
    ret->name = cpu->name;
}

static void describe_scheduler(struct otp_node *node, const struct otp_scheduler *scheduler,
                               struct tgt_thread *ret)
{
    static const char *const kinds[] = {
        [OTP_NORMAL] = "scheduler", [OTP_DIRTY_CPU] = "dirty cpu", [OTP_DIRTY_IO] = "dirty io"};
    struct tgt_thread thread = {
        .kind = kinds[scheduler->kind],
        .number = scheduler->number,
        .name = "",
        .state = state_of(scheduler, scheduler->cpu),
        .pid = pid_at(node, scheduler->process),
        .port = scheduler->port != 0
                    ? otp_port_number(node, otp_member(node, scheduler->port, OTP_c_id))
                    : UINT64_MAX,
        .reductions = scheduler->reductions,
    };
    describe_cpu(node, scheduler->cpu, &thread);
    // Dirty schedulers of a kind share a queue: it is shown at the first of them.
    if (scheduler->kind == OTP_NORMAL || scheduler->number == 1)
        read_queue(node, otp_member(node, scheduler->data, OTP_sd_runq), &thread);
    *ret = thread;
}

static bool is_scheduler(const struct otp_node *node, const struct otp_cpu *cpu)
{
    for (size_t i = 0; i < node->scheduler_count; i++)
        if (node->scheduler[i].cpu == cpu)
            return true;
    return false;
}

void otp_list_threads(struct otp_node *node, struct wb_arena *arena, struct tgt_threads *ret)
{
    size_t room = node->scheduler_count + node->cpu_count;
    struct tgt_threads threads = {.at = wb_push_array(arena, struct tgt_thread, room)};
    for (size_t i = 0; i < node->scheduler_count; i++)
        describe_scheduler(node, &node->scheduler[i], &threads.at[threads.count++]);
    for (size_t i = 0; i < node->cpu_count; i++) {
        struct otp_cpu *cpu = &node->cpu[i];
        if (is_scheduler(node, cpu))
            continue;
        struct tgt_thread *thread = &threads.at[threads.count++];
        *thread = (struct tgt_thread){
            .kind = "other", .name = "", .state = state_of(NULL, cpu), .port = UINT64_MAX};
        describe_cpu(node, cpu, thread);
    }
    *ret = threads;
}
