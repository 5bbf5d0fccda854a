// A living OTP node: stopped from outside, copied, let go on; all answers come from the copy.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/base/file.h"
#include "inspector/target/otp/freeze.h"
#include "inspector/target/target_otp_priv.h"

// The program as its own root sees it: a container's files are not ours.
static struct wb_error *open_program(struct target_otp *target, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    WB_TRY(wb_file_map(path, &target->program));
    return otp_elf_read(target->program, &target->node.arena, &target->node.elf);
}

// Where the first segment of the program is loaded, less where the file says it should be.
static bool find_bias(struct otp_node *node, const struct otp_maps *maps, pid_t pid)
{
    char path[64], name[4096];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t size = readlink(path, name, sizeof name - 1);
    if (size < 0)
        return false;
    name[size] = '\0';
    for (size_t i = 0; i < maps->count; i++)
        if (maps->at[i].offset == 0 && strcmp(maps->at[i].path, name) == 0) {
            node->bias = node->elf.is_relocatable ? maps->at[i].start : 0;
            node->runtime.path = maps->at[i].path;
            return true;
        }
    return false;
}

static void take_registers(struct otp_node *node, const struct otp_freeze *freeze)
{
    node->cpu = wb_push_array(&node->arena, struct otp_cpu, freeze->count);
    for (size_t i = 0; i < freeze->count; i++) {
        const struct user_regs_struct *r = &freeze->thread[i].registers;
        if (freeze->thread[i].stopped)
            node->cpu[node->cpu_count++] = otp_cpu_of(freeze->thread[i].tid, r);
    }
}

// What happens between stop and go on, and nothing else.
static struct wb_error *copy_frozen(struct target_otp *target, pid_t pid, struct otp_freeze *freeze)
{
    struct otp_maps *maps = &target->node.natives.maps;
    WB_TRY(otp_maps_read(pid, &target->arena, maps));
    if (!find_bias(&target->node, maps, pid))
        return wb_error_new(WB_E_UNSUPPORTED, "process %d does not map its own program", (int)pid);
    take_registers(&target->node, freeze);
    target->node.system_time = freeze->stopped_at;
    return otp_copy_take(pid, maps, 0, &target->copy, &target->node.memory);
}

// After the node was let go on: a thread's name hardly ever changes.
static void read_names(struct otp_node *node, pid_t pid)
{
    for (size_t i = 0; i < node->cpu_count; i++) {
        struct otp_cpu *cpu = &node->cpu[i];
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid, cpu->tid);
        int file wb_auto_close = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = file >= 0 ? read(file, cpu->name, sizeof cpu->name - 1) : 0;
        cpu->name[size > 0 ? (size_t)size - (cpu->name[size - 1] == '\n') : 0] = '\0';
    }
}

// The process's own view of the files.
static const char *root_of(struct target_otp *target, pid_t pid)
{
    enum { ROOM = 32 };
    char *root = wb_push(&target->arena, ROOM, 1);
    snprintf(root, ROOM, "/proc/%d/root", (int)pid);
    return root;
}

static struct wb_error *explain(struct wb_error *err, pid_t pid)
{
    if (err->code != WB_E_SYSTEM || err->sys != EPERM)
        return err;
    return wb_error_while(
        err,
        "not allowed to look at process %d (run as its user or root; in a "
        "container add --cap-add=SYS_PTRACE; or sysctl kernel.yama.ptrace_scope=0)",
        (int)pid);
}

static struct wb_error *take_copy(struct target_otp *target, pid_t pid)
{
    WB_TRY(otp_copy_prepare(pid, &target->copy));
    struct otp_freeze freeze;
    struct wb_error *err = otp_freeze(pid, &freeze);
    if (err != NULL)
        return explain(err, pid);
    err = copy_frozen(target, pid, &freeze);
    target->paused = otp_thaw(&freeze);
    otp_freeze_done(&freeze);
    target->node.natives.root = target->node.runtime.root = root_of(target, pid);
    read_names(&target->node, pid);
    return err;
}

static struct wb_error *open_pid(struct target_otp *target, pid_t pid)
{
    WB_TRY(open_program(target, pid));
    if (otp_elf_symbol(&target->node.elf, "etp_otp_release") == NULL)
        return wb_error_new(WB_E_UNSUPPORTED, "process %d is not an Erlang/OTP node", (int)pid);
    WB_TRY(take_copy(target, pid));
    return tgt_otp_open(target, NULL);
}

static pid_t pid_of(const char *name)
{
    char *end;
    errno = 0;
    long pid = strtol(name, &end, 10);
    return errno == 0 && *end == '\0' && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static struct wb_error *open_target(const struct tgt_open *open, struct tgt **ret)
{
    struct target_otp *target = tgt_otp_new();
    target->node.unproven = open->unproven;
    return tgt_otp_finish(target, open_pid(target, pid_of(open->name)), "OTP node", open, ret);
}

static bool claims(const struct tgt_sight *seen)
{
    return !seen->is_file && pid_of(seen->name) != 0;
}

const struct tgt_opener tgt_opener_pid = {"OTP node", claims, open_target};
