#include "inspector/target/top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core-vm/base/file.h"
#include "inspector/target/otp/freeze.h"
#include "inspector/target/otp/live.h"
#include "inspector/target/otp/refusal.h"
#include "inspector/target/target_otp_priv.h"

// What was read while it changed does not fit: then it is tried again, at another moment.
enum { TRIES = 20, TRY_EVERY_US = 20000, RELEASE_ROOM = 64 };

struct tgt_top {
    struct target_otp *target;
    struct otp_live live;
    pid_t pid;
    char release[RELEASE_ROOM];
};

enum { MOST_CHECKS = 128 };
struct proof {
    bool passed[MOST_CHECKS];
};

static bool is_program(const struct otp_map *map, const char *program)
{
    return map->offset == 0 && strcmp(map->path, program) == 0;
}

// Where the node's own files are, for us.
static const char *root_of(struct tgt_top *top)
{
    enum { ROOT_ROOM = 32 };
    char *root = wb_push(&top->target->arena, ROOT_ROOM, 1);
    snprintf(root, ROOT_ROOM, "/proc/%d/root", (int)top->pid);
    return root;
}

static struct wb_error *find_bias(struct tgt_top *top)
{
    enum { PATH_ROOM = 4096 };
    char link[64], program[PATH_ROOM];
    struct target_otp *target = top->target;
    struct otp_maps maps;
    WB_TRY(otp_maps_read(top->pid, &target->arena, &maps));
    snprintf(link, sizeof link, "/proc/%d/exe", (int)top->pid);
    ssize_t size = readlink(link, program, sizeof program - 1);
    program[size > 0 ? size : 0] = '\0';
    for (size_t i = 0; i < maps.count; i++)
        if (is_program(&maps.at[i], program)) {
            target->node.bias = target->node.elf.is_relocatable ? maps.at[i].start : 0;
            target->node.runtime.path = maps.at[i].path;
            target->node.runtime.root = root_of(top);
            return NULL;
        }
    return wb_error_new(WB_E_UNSUPPORTED, "process %d does not map its own program", (int)top->pid);
}

// May we look? What the kernel says to one byte it says to all.
static struct wb_error *ask_kernel(const struct tgt_top *top)
{
    const struct otp_memory *memory = &top->target->node.memory;
    uint8_t byte;
    struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)memory->segment[0].start, 1};
    if (process_vm_readv(top->pid, &here, 1, &there, 1, 0) < 0 && errno == EPERM)
        return wb_error_sys(EPERM, "reading the memory of process %d", (int)top->pid);
    return NULL;
}

static struct wb_error *open_once(struct tgt_top *top)
{
    char path[64];
    struct target_otp *target = top->target = tgt_otp_new();
    snprintf(path, sizeof path, "/proc/%d/exe", (int)top->pid);
    WB_TRY(wb_file_map(path, &target->program));
    WB_TRY(otp_elf_read(target->program, &target->node.arena, &target->node.elf));
    if (otp_elf_symbol(&target->node.elf, "etp_otp_release") == NULL)
        return wb_error_new(WB_E_UNSUPPORTED, "process %d is not an Erlang/OTP node",
                            (int)top->pid);
    WB_TRY(find_bias(top));
    WB_TRY(otp_live_open(top->pid, &target->node.memory, &top->live));
    WB_TRY(ask_kernel(top));
    tgt_otp_map_program(target);
    target->node.torn = true;
    target->node.unproven = true;  // judge() proves it, by several moments
    return otp_node_open(&target->node, NULL);
}

// Of a check that has passed at some moment it is known that the layout fits; that it did not at
// another says that something changed while it was read.
static void note_passes(struct proof *proof, const struct tgt_checks *checks)
{
    for (size_t i = 0; i < checks->count && i < MOST_CHECKS; i++)
        proof->passed[i] |= checks->at[i].passed;
}

static struct wb_error *judge(struct tgt_top *top, struct proof *proof)
{
    struct wb_arena arena = {0};
    struct tgt_checks checks;
    struct wb_error *err = NULL;
    otp_check_layout(&top->target->node, &arena, &checks);
    note_passes(proof, &checks);
    for (size_t i = 0; i < checks.count && i < MOST_CHECKS && err == NULL; i++)
        if (!proof->passed[i])
            err = wb_error_new(WB_E_UNSUPPORTED, "layout %s does not fit process %d: %s: %s",
                               top->target->node.layout.name, (int)top->pid, checks.at[i].name,
                               checks.at[i].detail);
    wb_arena_free(&arena);
    return err;
}

static void forget(struct tgt_top *top)
{
    otp_live_done(&top->live);
    if (top->target != NULL)
        top->target->base.ops->close(&top->target->base);
    top->target = NULL;
}

static struct wb_error *open_at_last(struct tgt_top *top)
{
    struct proof proof = {0};
    for (int tries = 1;; tries++) {
        struct wb_error *err = open_once(top);
        if (err != NULL && otp_symbol(&top->target->node, "etp_otp_release") == 0)
            return err;
        if (err == NULL)
            err = judge(top, &proof);
        if (err == NULL || tries == TRIES || err->code == WB_E_SYSTEM)
            return err;
        wb_error_free(err);
        forget(top);
        usleep(TRY_EVERY_US);
    }
}

static pid_t pid_of(const char *name)
{
    char *end;
    errno = 0;
    long pid = strtol(name, &end, 10);
    return errno == 0 && *end == '\0' && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

struct wb_error *tgt_top_open(const char *name, struct tgt_top **ret)
{
    if (pid_of(name) == 0)
        return wb_error_new(WB_E_UNSUPPORTED, "%s is not the pid of a node", name);
    WB_TRY(otp_refusal_of(pid_of(name)));
    struct tgt_top *top = calloc(1, sizeof *top);
    if (top == NULL)
        wb_die_no_memory(sizeof *top);
    top->pid = pid_of(name);
    struct wb_error *err = open_at_last(top);
    if (err != NULL) {
        err = otp_explain(err, top->pid);
        tgt_top_close(top);
        return err;
    }
    snprintf(top->release, sizeof top->release, "OTP %u (erts %s)", top->target->node.release,
             top->target->node.version);
    *ret = top;
    return NULL;
}

const char *tgt_top_release(const struct tgt_top *top)
{
    return top->release;
}

static uint64_t resident_of(pid_t pid)
{
    char path[64];
    unsigned long total = 0, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

// A process may end, and another take its place, between its slot and its fields.
static bool is_still(struct otp_node *node, const struct otp_process *process,
                     const struct tgt_proc *proc)
{
    return otp_pid_of(node, otp_member(node, process->at, OTP_c_id)).id == process->pid.id &&
           proc->status < TGT_STATUS_COUNT && proc->initial->module.size > 0;
}

static struct wb_bytes keep(struct wb_bytes text, struct wb_arena *arena)
{
    uint8_t *kept = wb_push(arena, text.size, 1);
    if (text.size > 0)
        memcpy(kept, text.at, text.size);
    return (struct wb_bytes){kept, text.size};
}

// Names lie in memory that is another's in the next sample.
static void keep_names(struct tgt_proc *proc, struct wb_arena *arena)
{
    struct tgt_mfa *initial = wb_push_array(arena, struct tgt_mfa, 1);
    struct tgt_place *current = wb_push_array(arena, struct tgt_place, 1);
    *initial = *proc->initial;
    *current = *proc->current;
    struct wb_bytes *names[] = {&proc->name, &initial->module, &initial->function,
                                &current->mfa.module, &current->mfa.function};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        *names[i] = keep(*names[i], arena);
    current->file = (struct wb_bytes){0};
    proc->initial = initial;
    proc->current = current;
}

static void read_processes(struct otp_node *node, struct wb_arena *arena, struct tgt_sample *ret)
{
    struct tgt_places places = {0};
    ret->procs.at = wb_push_array(arena, struct tgt_proc, node->process_count);
    for (size_t i = 0; i < node->process_count; i++) {
        struct tgt_proc *proc = &ret->procs.at[ret->procs.count];
        otp_read_outline(node, &node->process[i], &places, arena, proc);
        if (!is_still(node, &node->process[i], proc)) {
            ret->dropped++;
            continue;
        }
        keep_names(proc, arena);
        ret->procs.count++;
    }
}

struct wb_error *tgt_top_sample(struct tgt_top *top, struct wb_arena *arena, struct tgt_sample *ret)
{
    struct tgt_sample sample = {.resident = resident_of(top->pid)};
    if (sample.resident == 0)
        return wb_error_new(WB_E_STATE, "process %d has ended", (int)top->pid);
    WB_TRY(otp_live_renew(&top->live));
    // The node as it is now: what it was when it was opened stays with it.
    struct otp_node now = top->target->node;
    now.arena = (struct wb_arena){0};
    now.process = NULL;
    now.process_count = 0;
    sample.time = otp_now();
    struct wb_error *err = otp_processes_open(&now);
    if (err == NULL)
        read_processes(&now, arena, &sample);
    wb_arena_free(&now.arena);
    if (err == NULL)
        *ret = sample;
    return err;
}

void tgt_top_close(struct tgt_top *top)
{
    if (top == NULL)
        return;
    forget(top);
    free(top);
}
