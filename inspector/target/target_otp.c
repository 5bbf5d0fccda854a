// The questions of target.h put to an OTP node's memory, wherever it is from.
#include "inspector/target/target_otp_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "inspector/target/otp/thread.h"

static struct target_otp *self(struct tgt *t)
{
    return (struct target_otp *)(void *)t;
}

static uint64_t epoch(const struct tgt *t)
{
    return 1 + ((const struct target_otp *)(const void *)t)->epoch;
}

static struct wb_error *no_process(struct tgt_pid pid)
{
    return wb_error_new(WB_E_NOT_FOUND, "no process <0.%u.%u>", tgt_pid_number(pid),
                        tgt_pid_serial(pid));
}

static struct wb_error *list_procs(struct tgt *t, struct wb_arena *arena, struct tgt_procs *ret)
{
    struct otp_node *node = &self(t)->node;
    struct tgt_places places = {0};
    struct tgt_procs procs = {.at = wb_push_array(arena, struct tgt_proc, node->process_count),
                              .count = node->process_count};
    for (size_t i = 0; i < procs.count; i++)
        otp_read_process(node, &node->process[i], &places, arena, &procs.at[i]);
    *ret = procs;
    return NULL;
}

static struct wb_error *read_proc(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                  struct tgt_proc *ret)
{
    const struct otp_process *process = otp_process_find(&self(t)->node, pid);
    struct tgt_places places = {0};
    if (process == NULL)
        return no_process(pid);
    otp_read_process(&self(t)->node, process, &places, arena, ret);
    return NULL;
}

static struct wb_error *list_frames(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                    struct tgt_frames *ret)
{
    const struct otp_process *process = otp_process_find(&self(t)->node, pid);
    if (process == NULL)
        return no_process(pid);
    otp_list_frames(&self(t)->node, process, arena, ret);
    return NULL;
}

static struct wb_error *list_messages(struct tgt *t, struct tgt_pid pid, struct tgt_range range,
                                      struct wb_arena *arena, struct tgt_messages *ret)
{
    const struct otp_process *process = otp_process_find(&self(t)->node, pid);
    if (process == NULL)
        return no_process(pid);
    otp_list_messages(&self(t)->node, process, range, arena, ret);
    return NULL;
}

static struct wb_error *list_modules(struct tgt *t, struct wb_arena *arena, struct tgt_modules *ret)
{
    return otp_list_modules(&self(t)->node, arena, ret);
}

// A timer stands for its reference.
static bool read_timer(struct otp_node *node, otp_word at, struct wb_arena *arena,
                       struct beam_value *ret)
{
    struct beam_id id = {.count = 3};
    if (node->refused[OTP_TIMERS] != NULL || !otp_timer_reference(node, at, id.word))
        return false;
    struct beam_id *copy = wb_push_array(arena, struct beam_id, 1);
    *copy = id;
    *ret = (struct beam_value){.kind = BEAM_REF, .id = copy};
    return true;
}

static struct wb_error *read_term(struct tgt *t, struct tgt_term term, struct tgt_limits limits,
                                  struct wb_arena *arena, struct beam_value *ret)
{
    if (read_timer(&self(t)->node, term.bits, arena, ret))
        return NULL;
    otp_read_term(&self(t)->node, term.bits, limits, arena, ret);
    return NULL;
}

static struct wb_error *list_monitors(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                      struct tgt_monitors *ret)
{
    const struct otp_process *process = otp_process_find(&self(t)->node, pid);
    if (process == NULL)
        return no_process(pid);
    otp_list_monitors(&self(t)->node, process, arena, ret);
    return NULL;
}

static struct wb_error *read_dictionary(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                        struct beam_value *ret)
{
    static const struct tgt_limits limits = {.depth = 400, .length = 1000000};
    const struct otp_process *process = otp_process_find(&self(t)->node, pid);
    if (process == NULL)
        return no_process(pid);
    otp_read_dictionary(&self(t)->node, process, limits, arena, ret);
    return NULL;
}

static struct wb_error *list_atoms(struct tgt *t, struct wb_arena *arena, struct tgt_atoms *ret)
{
    otp_list_atoms(&self(t)->node, arena, ret);
    return NULL;
}

static struct wb_error *list_timers(struct tgt *t, struct wb_arena *arena, struct tgt_timers *ret)
{
    return otp_list_timers(&self(t)->node, arena, ret);
}

static struct wb_error *list_ports(struct tgt *t, struct wb_arena *arena, struct tgt_ports *ret)
{
    return otp_list_ports(&self(t)->node, arena, ret);
}

static struct wb_error *list_channels(struct tgt *t, struct wb_arena *arena,
                                      struct tgt_channels *ret)
{
    return otp_list_channels(&self(t)->node, arena, ret);
}

static struct wb_error *list_uses(struct tgt *t, struct wb_arena *arena, struct tgt_uses *ret)
{
    return otp_list_uses(&self(t)->node, arena, ret);
}

static struct wb_error *read_clock(struct tgt *t, uint64_t *ret)
{
    return otp_read_clock(&self(t)->node, ret);
}

static struct wb_error *list_threads(struct tgt *t, struct wb_arena *arena, struct tgt_threads *ret)
{
    otp_list_threads(&self(t)->node, arena, ret);
    return NULL;
}

static struct wb_error *list_checks(struct tgt *t, struct wb_arena *arena, struct tgt_checks *ret)
{
    otp_check_layout(&self(t)->node, arena, ret);
    return NULL;
}

static struct wb_error *list_tables(struct tgt *t, struct wb_arena *arena, struct tgt_tables *ret)
{
    otp_list_tables(&self(t)->node, arena, ret);
    return NULL;
}

static struct wb_error *list_rows(struct tgt *t, uint64_t table, struct wb_arena *arena,
                                  struct tgt_terms *ret)
{
    return otp_list_rows(&self(t)->node, table, arena, ret);
}

static struct wb_error *read_memory(struct tgt *t, struct tgt_addr from, void *to, size_t size)
{
    struct otp_node *node = &self(t)->node;
    if (!otp_read(&node->memory, from.at, to, size) &&
        !otp_native_read(&node->natives, &node->memory, from.at, to, size))
        return wb_error_new(WB_E_FAULT, "no memory at 0x%lx", from.at);
    return NULL;
}

static struct wb_error *read_place(struct tgt *t, struct tgt_addr ip, struct wb_arena *arena,
                                   struct tgt_place *ret)
{
    if (!otp_place_of(&self(t)->node, ip.at, arena, ret))
        return wb_error_new(WB_E_NOT_FOUND, "no code at 0x%lx", ip.at);
    return NULL;
}

static void close_target(struct tgt *t)
{
    struct target_otp *target = self(t);
    otp_hold_free(target->hold);
    otp_node_done(&target->node);
    otp_copy_done(&target->copy);
    wb_file_unmap(&target->core);
    if (target->image.block == NULL)
        wb_file_unmap(&target->program);
    img_close(&target->image);
    wb_file_unmap(&target->saved);
    wb_arena_free(&target->arena);
    free(target);
}

static const struct tgt_ops otp_ops = {
    .epoch = epoch,
    .list_procs = list_procs,
    .read_proc = read_proc,
    .list_frames = list_frames,
    .list_messages = list_messages,
    .list_modules = list_modules,
    .read_term = read_term,
    .close = close_target,
    .list_monitors = list_monitors,
    .read_dictionary = read_dictionary,
    .list_timers = list_timers,
    .list_ports = list_ports,
    .list_channels = list_channels,
    .list_uses = list_uses,
    .list_atoms = list_atoms,
    .list_threads = list_threads,
    .list_checks = list_checks,
    .list_tables = list_tables,
    .list_rows = list_rows,
    .read_memory = read_memory,
    .read_place = read_place,
    .read_clock = read_clock,
    .save = tgt_otp_save,
};

struct target_otp *tgt_otp_new(void)
{
    struct target_otp *target = calloc(1, sizeof *target);
    if (target == NULL)
        wb_die_no_memory(sizeof *target);
    target->base.ops = &otp_ops;
    return target;
}

static int by_address(const void *a, const void *b)
{
    const struct otp_load *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

// What a cut file lacks is not there, nor what a damaged one has twice.
void tgt_otp_add_loads(struct otp_elf *elf, uint64_t bias, struct otp_memory *memory)
{
    if (elf->load_count > 0)
        qsort(elf->load, elf->load_count, sizeof *elf->load, by_address);
    uint64_t reached = 0;
    for (size_t i = 0; i < elf->load_count; i++) {
        const struct otp_load *load = &elf->load[i];
        uint64_t start = load->at + bias;
        if (load->bytes.size == 0 || start < reached || load->bytes.size > UINT64_MAX - start)
            continue;
        reached = start + load->bytes.size;
        otp_memory_add(memory, (struct otp_segment){start, reached, load->bytes.at});
    }
}

void tgt_otp_map_program(struct target_otp *target)
{
    struct otp_node *node = &target->node;
    tgt_otp_add_loads(&node->elf, node->bias, &node->program);
    node->memory.under = &node->grown;
    node->grown.under = &node->program;
}

struct wb_error *tgt_otp_open(struct target_otp *target, const struct otp_layout *table)
{
    return otp_node_open(&target->node, table);
}

// How many queues are whole, and how much there is of stacks and heaps.
struct shares {
    size_t queues;
    uint64_t stacks, stacks_read, heaps, heaps_read;
};

static uint64_t count_read(struct otp_memory *memory, uint64_t at, uint64_t size)
{
    enum { PAGE = 4096 };
    uint64_t read = 0;
    for (uint64_t end = at + size; at < end;) {
        uint64_t part = PAGE - at % PAGE < end - at ? PAGE - at % PAGE : end - at;
        read += otp_has(memory, at, part) ? part : 0;
        at += part;
    }
    return read;
}

static struct shares count_shares(struct otp_node *node)
{
    struct shares shares = {0};
    for (size_t i = 0; i < node->process_count; i++) {
        struct otp_stack stack = otp_stack_of(node, &node->process[i]);
        shares.queues += otp_queue_is_whole(node, &node->process[i]);
        if (!stack.sound)
            continue;
        shares.stacks += stack.hend - stack.stop;
        shares.stacks_read += count_read(&node->memory, stack.stop, stack.hend - stack.stop);
        shares.heaps += stack.htop - stack.heap;
        shares.heaps_read += count_read(&node->memory, stack.heap, stack.htop - stack.heap);
    }
    return shares;
}

// 100 only when all of it is there.
static unsigned percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 100 : (unsigned)(100.0 * (double)part / (double)whole);
}

static const char *write_receipt(struct target_otp *target)
{
    enum { ROOM = 160 };
    struct otp_node *node = &target->node;
    if (target->paused == 0 && target->hold == NULL)
        return NULL;
    char cost[64] = "held";
    if (target->hold == NULL)
        snprintf(cost, sizeof cost, "paused %.1f ms", (double)target->paused / 1e6);
    struct shares shares = {.queues = node->process_count};
    if (node->partial)
        shares = count_shares(node);
    char *text = wb_push(&target->arena, ROOM, 1);
    snprintf(text, ROOM, "%s: %zu/%zu processes, %u%% queues, %u%% stacks, %u%% heaps", cost,
             node->process_count, node->slot_count, percent(shares.queues, node->process_count),
             percent(shares.stacks_read, shares.stacks), percent(shares.heaps_read, shares.heaps));
    return text;
}

struct wb_error *tgt_otp_finish(struct target_otp *target, struct wb_error *err, const char *kind,
                                const struct tgt_open *open, struct tgt **ret)
{
    if (err != NULL) {
        close_target(&target->base);
        return err;
    }
    enum { RELEASE_ROOM = 64, FACTS = 3 };
    const struct tgt_fact facts[FACTS] = {
        {"layout", target->node.layout.name},
        {"build id", target->node.build_id[0] != '\0' ? target->node.build_id : "none"},
        {"code", target->node.jit ? "machine code (JIT)" : "interpreted"},
    };
    struct tgt_fact *fact = wb_push_array(&target->arena, struct tgt_fact, FACTS);
    memcpy(fact, facts, sizeof facts);
    char *release = wb_push(&target->arena, RELEASE_ROOM, 1);
    snprintf(release, RELEASE_ROOM, "OTP %u (erts %s)", target->node.release, target->node.version);
    target->base.info = (struct tgt_info){.kind = kind,
                                          .name = open->name,
                                          .release = release,
                                          .word_size = 8,
                                          .receipt = write_receipt(target),
                                          .fact = fact,
                                          .fact_count = FACTS};
    target->origin = (struct tgt_origin){.kind = kind, .name = open->name};
    *ret = &target->base;
    return NULL;
}
