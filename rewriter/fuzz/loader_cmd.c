// loader_cmd.c - any program: it gets the file's path as its argument and the file on its standard
// input. Ending by a signal is a crash; not ending in time is a hang; anything else is a verdict.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/cleanup.h"
#include "core-vm/base/clock.h"
#include "rewriter/fuzz/loader_priv.h"

#define USUAL_SECONDS 5.0
enum { SAID = 200 };

struct command {
    char *program, *path;
    double seconds;
};

static bool write_file(const char *path, struct wb_bytes file)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool good = write(fd, file.at, file.size) == (ssize_t)file.size;
    return close(fd) == 0 && good;
}

static void become_program(const struct command *command, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    int in = open(command->path, O_RDONLY | O_CLOEXEC);
    if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(127);
    execl(command->program, command->program, command->path, (char *)NULL);
    _exit(127);
}

// False: it did not end in time, and was ended.
static bool wait_for(const struct command *command, pid_t pid, int *status)
{
    double until = wb_now_seconds() + command->seconds;
    bool in_time = true;
    for (long pause = 20000; waitpid(pid, status, WNOHANG) == 0; pause += pause / 4) {
        if (wb_now_seconds() > until) {
            in_time = false;
            kill(-pid, SIGKILL);
            waitpid(pid, status, 0);
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = pause < 5000000 ? pause : 5000000}, NULL);
    }
    kill(-pid, SIGKILL);
    return in_time;
}

// The first line of what it wrote.
static void read_said(int fd, char *said)
{
    ssize_t got = pread(fd, said, SAID - 1, 0);
    said[got > 0 ? got : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
}

static void run(void *data, struct wb_bytes file, struct rw_result *ret)
{
    const struct command *command = data;
    char said[SAID] = "", path[] = "/tmp/cryo-said-XXXXXX";
    int status = 0;
    wb_auto_close int out = mkostemp(path, O_CLOEXEC);
    if (out >= 0)
        unlink(path);
    if (out < 0 || !write_file(command->path, file)) {
        rw_result_say(ret, RW_END_REFUSED, "the file cannot be written for it");
        return;
    }
    pid_t pid = fork();
    if (pid == 0)
        become_program(command, out);
    if (pid < 0) {
        rw_result_say(ret, RW_END_REFUSED, "it cannot be started");
        return;
    }
    bool in_time = wait_for(command, pid, &status);
    read_said(out, said);
    if (!in_time)
        rw_result_say(ret, RW_END_HANG, "%s did not end in %.1f s", command->program,
                      command->seconds);
    else if (WIFSIGNALED(status))
        rw_result_say(ret, RW_END_CRASH, "signal %d: %s", WTERMSIG(status), said);
    else if (WEXITSTATUS(status) == 0)
        rw_result_say(ret, RW_END_LOADED, "status 0: %s", said);
    else
        rw_result_say(ret, RW_END_REFUSED, "status %d: %s", WEXITSTATUS(status), said);
}

static void close_command(void *data)
{
    struct command *command = data;
    unlink(command->path);
    free(command->path);
    free(command->program);
    free(command);
}

struct wb_error *rw_cmd_open(const struct rw_loader_options *options, struct rw_loader *ret)
{
    const char *program = options->name + 4;
    if (access(program, X_OK) != 0)
        return wb_error_sys(errno, "%s cannot be run", program);
    struct command *command = calloc(1, sizeof *command);
    size_t room = strlen(options->folder) + 40;
    char *path = malloc(room), *copy = strdup(program);
    if (command == NULL || path == NULL || copy == NULL)
        wb_die_no_memory(room);
    snprintf(path, room, "%s/input-%d.beam", options->folder, (int)getpid());
    *command = (struct command){.program = copy,
                                .path = path,
                                .seconds = options->seconds > 0 ? options->seconds : USUAL_SECONDS};
    *ret =
        (struct rw_loader){.data = command, .isolated = true, .run = run, .close = close_command};
    return NULL;
}
