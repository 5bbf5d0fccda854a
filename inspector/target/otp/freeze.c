#include "inspector/target/otp/freeze.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "core-vm/base/arena.h"

// How long a thread may take to stop before we look why, and how long one may take at all.
enum { STOP_SOON_MS = 20, STOP_LIMIT_MS = 5000, MS = 1000000 };

uint64_t otp_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Niceness would not do: it counts only among the processes of a session (sched(7), autogroup).
bool otp_hurry(void)
{
    if (sched_getscheduler(0) != SCHED_OTHER)
        return false;
    return sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1}) == 0;
}

static bool known(const struct otp_freeze *freeze, pid_t tid)
{
    for (size_t i = 0; i < freeze->count; i++)
        if (freeze->thread[i].tid == tid)
            return true;
    return false;
}

// The state of a thread as ps shows it; 0: it is not there.
static char state_of(pid_t pid, pid_t tid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = '\0';
    const char *name_end = strrchr(line, ')');
    return name_end != NULL && name_end[1] == ' ' ? name_end[2] : 0;
}

static struct otp_thread *add_thread(struct otp_freeze *freeze, pid_t tid)
{
    if (freeze->count == freeze->capacity) {
        size_t capacity = freeze->capacity != 0 ? freeze->capacity * 2 : 64;
        struct otp_thread *grown = realloc(freeze->thread, capacity * sizeof *grown);
        if (grown == NULL)
            wb_die_no_memory(capacity * sizeof *grown);
        freeze->thread = grown;
        freeze->capacity = capacity;
    }
    struct otp_thread *thread = &freeze->thread[freeze->count++];
    *thread = (struct otp_thread){.tid = tid};
    return thread;
}

// Seize the threads we do not have yet. *found: how many there were.
static struct wb_error *seize_new(struct otp_freeze *freeze, size_t *found)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)freeze->pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return wb_error_sys(errno, "looking for process %d", (int)freeze->pid);
    struct wb_error *err = NULL;
    *found = 0;
    for (struct dirent *entry; err == NULL && (entry = readdir(tasks)) != NULL;) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (tid <= 0 || known(freeze, tid))
            continue;
        if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) == 0) {
            add_thread(freeze, tid)->seized = true;
            (*found)++;
        } else if (errno != ESRCH && state_of(freeze->pid, tid) != 'Z') {  // else it has ended
            err = wb_error_sys(errno, "attaching to thread %d of process %d", (int)tid,
                               (int)freeze->pid);
        }
    }
    closedir(tasks);
    return err;
}

static void note_stop(struct otp_thread *thread, int status)
{
    if (!WIFSTOPPED(status)) {
        thread->seized = false;
        return;
    }
    thread->stopped = true;
    // A stop without event is a signal on its way to the thread: it gets it when it goes on.
    if (status >> 16 == 0)
        thread->signal = WSTOPSIG(status);
    ptrace(PTRACE_GETREGS, thread->tid, NULL, &thread->registers);
}

// A thread asleep in the kernel that nothing may wake (a slow disk) stops as soon as it comes back
// from there: until then it runs nothing of the program, and that is as good.
static bool sleeps_deep(const struct otp_freeze *freeze, const struct otp_thread *thread)
{
    return state_of(freeze->pid, thread->tid) == 'D';
}

static struct wb_error *wait_for(const struct otp_freeze *freeze, struct otp_thread *thread)
{
    static const struct timespec pause = {.tv_nsec = 20000};
    uint64_t begin = otp_now();
    for (;;) {
        int status;
        pid_t got = waitpid(thread->tid, &status, __WALL | WNOHANG);
        if (got == thread->tid) {
            note_stop(thread, status);
            return NULL;
        }
        if (got < 0 && errno != EINTR) {
            thread->seized = false;
            return NULL;
        }
        uint64_t waited = otp_now() - begin;
        if (waited > (uint64_t)STOP_SOON_MS * MS && sleeps_deep(freeze, thread))
            return NULL;
        if (waited > (uint64_t)STOP_LIMIT_MS * MS)
            return wb_error_new(WB_E_ATTACH, "thread %d of process %d does not stop",
                                (int)thread->tid, (int)freeze->pid);
        nanosleep(&pause, NULL);
    }
}

static struct wb_error *stop_all(struct otp_freeze *freeze, size_t from)
{
    if (freeze->stopped_at == 0)
        freeze->stopped_at = otp_now();
    for (size_t i = from; i < freeze->count; i++)
        if (ptrace(PTRACE_INTERRUPT, freeze->thread[i].tid, NULL, NULL) < 0)
            freeze->thread[i].seized = false;
    for (size_t i = from; i < freeze->count; i++)
        if (freeze->thread[i].seized)
            WB_TRY(wait_for(freeze, &freeze->thread[i]));
    return NULL;
}

// New threads may appear until all that could make one stand still.
static struct wb_error *freeze_all(struct otp_freeze *freeze)
{
    size_t found = 0;
    do {
        size_t from = freeze->count;
        WB_TRY(seize_new(freeze, &found));
        WB_TRY(stop_all(freeze, from));
    } while (found > 0);
    return NULL;
}

struct wb_error *otp_freeze(pid_t pid, struct otp_freeze *ret)
{
    struct otp_freeze freeze = {.pid = pid, .hurried = otp_hurry()};
    struct wb_error *err = freeze_all(&freeze);
    if (err == NULL && freeze.count == 0)
        err = wb_error_new(WB_E_ATTACH, "process %d has no threads: it has ended", (int)pid);
    if (err != NULL) {
        otp_thaw(&freeze);
        otp_freeze_done(&freeze);
        return err;
    }
    *ret = freeze;
    return NULL;
}

static void let_go(struct otp_thread *thread)
{
    ptrace(PTRACE_DETACH, thread->tid, NULL, (void *)(intptr_t)thread->signal);
    thread->seized = false;
}

uint64_t otp_thaw(struct otp_freeze *freeze)
{
    if (freeze->pid == 0)
        return 0;
    for (size_t i = 0; i < freeze->count; i++)
        if (freeze->thread[i].seized && !freeze->thread[i].stopped)
            ptrace(PTRACE_INTERRUPT, freeze->thread[i].tid, NULL, NULL);
    for (size_t i = 0; i < freeze->count; i++)
        if (freeze->thread[i].seized && freeze->thread[i].stopped)
            let_go(&freeze->thread[i]);
    uint64_t paused = freeze->stopped_at != 0 ? otp_now() - freeze->stopped_at : 0;
    // Detaching needs a stopped thread: those that were seized and had not stopped yet do now. One
    // that sleeps deep in the kernel is let go by it when we end.
    for (size_t i = 0; i < freeze->count; i++)
        if (freeze->thread[i].seized) {
            wb_error_free(wait_for(freeze, &freeze->thread[i]));
            let_go(&freeze->thread[i]);
        }
    if (freeze->hurried)
        sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
    freeze->pid = 0;
    return paused;
}

const struct otp_thread *otp_thread_of(const struct otp_freeze *freeze, uint64_t fs_base)
{
    for (size_t i = 0; i < freeze->count; i++)
        if (freeze->thread[i].stopped && freeze->thread[i].registers.fs_base == fs_base)
            return &freeze->thread[i];
    return NULL;
}

void otp_freeze_done(struct otp_freeze *freeze)
{
    free(freeze->thread);
    *freeze = (struct otp_freeze){0};
}
