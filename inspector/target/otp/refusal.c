#include "inspector/target/otp/refusal.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>

#include "core-vm/base/cleanup.h"

// What proc(5) says of a process in /proc/PID/status.
struct status {
    char name[32];
    char state;
    pid_t tracer;
    uid_t uid;
    uint64_t capabilities;  // effective
};

static bool read_status(pid_t pid, struct status *ret)
{
    char path[64];
    wb_auto_free char *line = NULL;
    size_t room = 0;
    struct status status = {0};
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (getline(&line, &room, file) > 0) {
        int tracer;
        sscanf(line, "Name: %31[^\n]", status.name);
        sscanf(line, "State: %c", &status.state);
        sscanf(line, "Uid: %u", &status.uid);
        sscanf(line, "CapEff: %lx", &status.capabilities);
        if (sscanf(line, "TracerPid: %d", &tracer) == 1)
            status.tracer = tracer;
    }
    fclose(file);
    *ret = status;
    return status.state != '\0';
}

static bool has_ended(const struct status *status)
{
    return status->state == 'Z' || status->state == 'X';
}

bool otp_is_gone(pid_t pid)
{
    struct status status;
    return !read_status(pid, &status) || has_ended(&status);
}

struct wb_error *otp_refusal_of(pid_t pid)
{
    struct status status, tracer = {0};
    if (!read_status(pid, &status))
        return wb_error_new(WB_E_ATTACH, "there is no process %d", (int)pid);
    if (has_ended(&status))
        return wb_error_new(WB_E_ATTACH, "process %d (%s) has ended; its parent has not asked how",
                            (int)pid, status.name);
    if (status.tracer == 0 || status.tracer == getpid())
        return NULL;
    read_status(status.tracer, &tracer);
    return wb_error_new(WB_E_ATTACH,
                        "process %d is traced already, by %s (pid %d): that has to let go of it "
                        "first",
                        (int)pid, tracer.name[0] != '\0' ? tracer.name : "a process of others",
                        (int)status.tracer);
}

// kernel.yama.ptrace_scope (the kernel's admin-guide/LSM/Yama); 0 where there is no Yama.
static int ptrace_scope(void)
{
    int scope = 0;
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%d", &scope) != 1)
        scope = 0;
    fclose(file);
    return scope;
}

static struct wb_error *not_yours(pid_t pid, const struct status *status)
{
    const struct passwd *user = getpwuid(status->uid);
    char name[64];
    if (user != NULL)
        snprintf(name, sizeof name, "%s", user->pw_name);
    else
        snprintf(name, sizeof name, "#%u", status->uid);
    return wb_error_new(WB_E_ATTACH,
                        "not allowed to look at process %d of user %s: try again as that user "
                        "(sudo -u '%s' cryo ...) or as root (sudo cryo ...)",
                        (int)pid, name, name);
}

static struct wb_error *not_permitted(pid_t pid, const struct status *status)
{
    struct status self = {0};
    read_status(getpid(), &self);
    bool capable = (self.capabilities >> CAP_SYS_PTRACE & 1) != 0;
    int scope = ptrace_scope();
    if (scope >= 3)
        return wb_error_new(WB_E_ATTACH,
                            "not allowed to look at process %d: kernel.yama.ptrace_scope is 3, "
                            "which only a restart of the system changes",
                            (int)pid);
    if (!capable && geteuid() == 0)
        return wb_error_new(WB_E_ATTACH,
                            "not allowed to look at process %d: root lacks CAP_SYS_PTRACE here; "
                            "start the container with --cap-add=SYS_PTRACE (docker, podman), or "
                            "run cryo outside of it",
                            (int)pid);
    if (!capable && status->uid != geteuid())
        return not_yours(pid, status);
    if (!capable && scope >= 1)
        return wb_error_new(WB_E_ATTACH,
                            "not allowed to look at process %d: kernel.yama.ptrace_scope is %d; "
                            "sudo sysctl kernel.yama.ptrace_scope=0 allows it, or: sudo cryo ...",
                            (int)pid, scope);
    if (!capable)
        return wb_error_new(WB_E_ATTACH,
                            "not allowed to look at process %d, which has privileges of its own "
                            "or is in another namespace: try as root (sudo cryo ...)",
                            (int)pid);
    return wb_error_new(WB_E_ATTACH,
                        "not allowed to look at process %d though we have CAP_SYS_PTRACE: a "
                        "container's seccomp profile or a security module forbids it "
                        "(--security-opt seccomp=unconfined)",
                        (int)pid);
}

struct wb_error *otp_explain(struct wb_error *err, pid_t pid)
{
    struct status status;
    bool there = read_status(pid, &status) && !has_ended(&status);
    bool permission = err->code == WB_E_SYSTEM && (err->sys == EPERM || err->sys == EACCES);
    if (there && !permission)
        return err;
    wb_error_free(err);
    if (!there)
        return wb_error_new(WB_E_ATTACH, "process %d ended while it was looked at", (int)pid);
    WB_TRY(otp_refusal_of(pid));
    return not_permitted(pid, &status);
}
