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
#include "inspector/target/otp/refusal.h"
#include "inspector/target/otp/worth.h"
#include "inspector/target/target_otp_priv.h"

enum { PATH_ROOM = 4096 };

// The path of the program as its own root names it; "" when nobody can say.
static void name_program(pid_t pid, char ret[PATH_ROOM])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t size = readlink(path, ret, PATH_ROOM - 1);
    ret[size > 0 ? size : 0] = '\0';
}

static struct wb_error *no_node(pid_t pid)
{
    char name[PATH_ROOM];
    name_program(pid, name);
    return wb_error_new(WB_E_UNSUPPORTED, "process %d is not an Erlang/OTP node: it runs %.150s",
                        (int)pid, name[0] != '\0' ? name : "no program (it is the kernel's)");
}

// The kernel opens what the process really runs: also in a container whose files are not ours, and
// when the file was replaced since.
static struct wb_error *open_program(struct target_otp *target, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    struct wb_error *err = wb_file_map(path, &target->program);
    if (err != NULL && err->code == WB_E_SYSTEM && err->sys == ENOENT && !otp_is_gone(pid)) {
        wb_error_free(err);
        return no_node(pid);
    }
    if (err != NULL)
        return err;
    err = otp_elf_read(target->program, &target->node.arena, &target->node.elf);
    bool runs = err == NULL && otp_elf_symbol(&target->node.elf, "etp_otp_release") != NULL;
    wb_error_free(err);
    return runs ? NULL : no_node(pid);
}

// Where the first segment of the program is loaded, less where the file says it should be.
static bool find_bias(struct otp_node *node, const struct otp_maps *maps, pid_t pid)
{
    char name[PATH_ROOM];
    name_program(pid, name);
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

// The process's own view of the files.
static const char *root_of(struct target_otp *target, pid_t pid)
{
    enum { ROOM = 32 };
    char *root = wb_push(&target->arena, ROOM, 1);
    snprintf(root, ROOM, "/proc/%d/root", (int)pid);
    return root;
}

// All that needs no standing still.
static struct wb_error *prepare(struct target_otp *target, pid_t pid)
{
    struct otp_maps maps;
    WB_TRY(open_program(target, pid));
    WB_TRY(otp_maps_read(pid, &target->arena, &maps));
    if (maps.count == 0)
        return wb_error_new(WB_E_ATTACH, "process %d ended while it was looked at", (int)pid);
    if (!find_bias(&target->node, &maps, pid))
        return wb_error_new(WB_E_UNSUPPORTED, "process %d does not map its own program", (int)pid);
    tgt_otp_map_program(target);
    target->node.natives.root = target->node.runtime.root = root_of(target, pid);
    WB_TRY(otp_node_identify(&target->node, NULL));
    return otp_copy_prepare(pid, &target->copy);
}

// When to stop copying, so that the last thread goes on in time.
static uint64_t deadline_of(const struct otp_freeze *freeze, uint64_t max_pause)
{
    enum { SHARE = 10 };
    return max_pause != 0 ? freeze->stopped_at + max_pause - max_pause / SHARE : 0;
}

struct taking {
    struct target_otp *target;
    struct otp_worth *worth;  // NULL: all of it, at once
    uint64_t max_pause;
};

// What happens between stop and go on, and nothing else.
static struct wb_error *copy_frozen(void *arg, const struct otp_freeze *freeze)
{
    const struct taking *taking = arg;
    struct target_otp *target = taking->target;
    target->frozen_at = freeze->stopped_at;
    struct otp_maps *maps = &target->node.natives.maps;
    char path[64];
    WB_TRY(otp_maps_read(freeze->pid, &target->arena, maps));
    WB_TRY(otp_copy_begin(&target->copy, maps));
    snprintf(path, sizeof path, "/proc/%d/pagemap", (int)freeze->pid);
    int pagemap wb_auto_close = open(path, O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        return wb_error_sys(errno, "reading the page map of process %d", (int)freeze->pid);
    take_registers(&target->node, freeze);
    target->node.system_time = freeze->stopped_at;
    target->copy.deadline = deadline_of(freeze, taking->max_pause);
    if (taking->worth != NULL)
        otp_worth_take(taking->worth, pagemap);
    else
        otp_copy_fetch_rest(&target->copy, pagemap, true);
    return NULL;
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

// Freeze, copy, let go on.
static struct wb_error *look_once(pid_t pid, struct taking *taking)
{
    struct otp_freeze freeze;
    WB_TRY(otp_freeze(pid, &freeze));
    struct wb_error *err = copy_frozen(taking, &freeze);
    taking->target->paused = otp_thaw(&freeze);
    otp_freeze_done(&freeze);
    return err;
}

static struct wb_error *take_copy(struct target_otp *target, pid_t pid)
{
    struct taking taking = {.target = target, .max_pause = target->open.max_pause};
    if (taking.max_pause != 0)
        taking.worth = otp_worth_new(&target->copy, &target->node);
    if (taking.worth != NULL)
        otp_worth_rehearse(taking.worth, pid);
    struct wb_error *err = target->open.hold ? otp_hold_start(pid, copy_frozen, &taking,
                                                              taking.max_pause, &target->hold)
                                             : look_once(pid, &taking);
    otp_worth_free(taking.worth);
    if (err != NULL)
        return err;
    read_names(&target->node, pid);
    otp_copy_give(&target->copy, &target->node.memory);
    target->node.partial = target->copy.cut;
    if (taking.max_pause != 0)
        otp_read_grown(pid, &target->node);
    return NULL;
}

static struct wb_error *open_pid(struct target_otp *target, pid_t pid)
{
    WB_TRY(otp_refusal_of(pid));
    struct wb_error *err = prepare(target, pid);
    if (err == NULL)
        err = take_copy(target, pid);
    if (err == NULL)
        err = tgt_otp_open(target, NULL);
    return err != NULL ? otp_explain(err, pid) : NULL;
}

static pid_t pid_of(const char *name)
{
    char *end;
    errno = 0;
    long pid = strtol(name, &end, 10);
    return errno == 0 && *end == '\0' && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static void let_go(struct tgt *t)
{
    struct target_otp *target = (struct target_otp *)(void *)t;
    if (target->hold != NULL)
        otp_hold_let_go(target->hold);
}

static struct tgt_hold held(const struct tgt *t)
{
    const struct target_otp *target = (const struct target_otp *)(const void *)t;
    struct tgt_hold ret = {.wanted = target->open.hold, .since = target->frozen_at};
    ret.went_on = target->frozen_at + target->paused;
    if (target->hold == NULL)
        return ret;
    otp_hold_times(target->hold, &ret.since, &ret.went_on);
    ret.on = ret.went_on == 0;
    ret.until = target->open.max_pause != 0 ? ret.since + target->open.max_pause : 0;
    return ret;
}

static struct wb_error *look_again(struct tgt *t, bool hold);
static const struct tgt_living_ops living = {look_again, let_go, held};

static void make_living(struct target_otp *target, const struct tgt_open *open)
{
    target->ops = *target->base.ops;
    target->ops.living = &living;
    target->base.ops = &target->ops;
    target->open = *open;
    target->node.unproven = open->unproven;
}

// `fresh` becomes the target that everybody knows; what that was is thrown away.
static void become(struct target_otp *target, struct target_otp *fresh)
{
    struct target_otp old = *target;
    *target = *fresh;
    *fresh = old;
    target->epoch = old.epoch + 1;
    target->base.ops = &target->ops;
    fresh->base.ops = &fresh->ops;
    // What points into the struct itself.
    target->node.memory.under = &target->node.grown;
    target->node.grown.under = &target->node.program;
    tgt_close(&fresh->base);
}

static struct wb_error *look_again(struct tgt *t, bool hold)
{
    struct target_otp *target = (struct target_otp *)(void *)t;
    struct target_otp *fresh = tgt_otp_new();
    struct tgt_open open = target->open;
    struct tgt *looked = NULL;
    open.hold = hold;
    make_living(fresh, &open);
    let_go(t);
    WB_TRY(tgt_otp_finish(fresh, open_pid(fresh, pid_of(open.name)), t->info.kind, &open, &looked));
    become(target, fresh);
    return NULL;
}

static struct wb_error *open_target(const struct tgt_open *open, struct tgt **ret)
{
    struct target_otp *target = tgt_otp_new();
    make_living(target, open);
    return tgt_otp_finish(target, open_pid(target, pid_of(open->name)), "OTP node", open, ret);
}

static bool claims(const struct tgt_sight *seen)
{
    return !seen->is_file && pid_of(seen->name) != 0;
}

const struct tgt_opener tgt_opener_pid = {"OTP node", claims, open_target};
