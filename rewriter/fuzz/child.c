// child.c - worker processes: started, watched, ended, and asked what killed them.
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/asan.h"
#include "core-vm/base/clock.h"
#include "core-vm/base/file.h"
#include "rewriter/fuzz/cover.h"
#include "rewriter/fuzz/fuzz_priv.h"

enum { KEY_FRAMES = 3, SIGNAL_STACK = 65536 };

static size_t shared_size(void)
{
    return sizeof(struct fuzz_shared) + rw_cover_edges();
}

struct wb_error *fuzz_share(struct fuzz_shared **ret)
{
    void *at = mmap(NULL, shared_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return wb_error_sys(errno, "cannot share memory with the fuzzer's worker");
    *ret = at;
    return NULL;
}

void fuzz_unshare(struct fuzz_shared *shared)
{
    if (shared != NULL)
        munmap(shared, shared_size());
}

// ---- in the worker: how it dies

// A handler of signals has no argument for it.
static struct fuzz_shared *dying;
static uintptr_t image_start, image_end;

// Frames of this program only, as offsets into it.
static void note_crash(int number)
{
    void *frame[FUZZ_FRAMES * 2];
    int count = backtrace(frame, FUZZ_FRAMES * 2);
    dying->frame_count = 0;
    for (int i = 1; i < count && dying->frame_count < FUZZ_FRAMES; i++) {
        uintptr_t at = (uintptr_t)frame[i];
        if (at >= image_start && at < image_end)
            dying->frame[dying->frame_count++] = at - image_start;
    }
    dying->signal = number;
    signal(number, SIG_DFL);
    raise(number);
}

void fuzz_note_crashes(struct fuzz_shared *shared)
{
    extern char etext;
    static char stack[SIGNAL_STACK];
    Dl_info info = {0};
    void *warm[2];
    dladdr((void *)(uintptr_t)fuzz_note_crashes, &info);
    dying = shared;
    image_start = (uintptr_t)info.dli_fbase;
    image_end = (uintptr_t)&etext;
    (void)backtrace(warm, 2);  // loads what it needs now, not in a handler
    stack_t mine = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction act = {.sa_handler = note_crash, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigaction(SIGABRT, &act, NULL);
#if !WB_ASAN
    sigaltstack(&mine, NULL);
    sigaction(SIGSEGV, &act, NULL);
    sigaction(SIGBUS, &act, NULL);
    sigaction(SIGFPE, &act, NULL);
    sigaction(SIGILL, &act, NULL);
#endif
    (void)mine;
}

// ---- starting and ending

void fuzz_become_child(const char *log)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(FUZZ_CANNOT);
}

struct wb_error *fuzz_child_start(struct fuzz_worker *worker, const char *log,
                                  struct fuzz_child *ret)
{
    int tell[2], answer[2];
    if (pipe2(tell, O_CLOEXEC) != 0)
        return wb_error_sys(errno, "cannot make a pipe");
    if (pipe2(answer, O_CLOEXEC) != 0) {
        close(tell[0]);
        close(tell[1]);
        return wb_error_sys(errno, "cannot make a pipe");
    }
    worker->shared->busy = 0;
    worker->shared->signal = 0;
    worker->round++;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        fuzz_become_child(log);
        if (getppid() != parent)
            _exit(0);
        close(tell[0]);
        close(answer[1]);
        worker->tell = tell[1];
        worker->answer = answer[0];
        fuzz_note_crashes(worker->shared);
        fuzz_work(worker);
    }
    close(tell[1]);
    close(answer[0]);
    *ret = (struct fuzz_child){.pid = pid, .tell = tell[0], .answer = answer[1]};
    if (pid >= 0) {
        setpgid(pid, pid);
        return NULL;
    }
    int failed = errno;
    close(tell[0]);
    close(answer[1]);
    return wb_error_sys(failed, "cannot start a worker");
}

static bool wait_for(pid_t pid, double seconds)
{
    double until = wb_now_seconds() + seconds;
    for (;;) {
        pid_t got = waitpid(pid, NULL, WNOHANG);
        if (got == pid || (got < 0 && errno == ECHILD))
            return true;
        if (wb_now_seconds() > until)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

void fuzz_child_end(struct fuzz_child *child, struct fuzz_shared *shared)
{
    if (child->pid <= 0)
        return;
    shared->stop = 1;
    close(child->answer);  // it may be waiting for that
    child->answer = -1;
    if (!wait_for(child->pid, 1.5)) {
        kill(child->pid, SIGKILL);
        wait_for(child->pid, 5);
    }
    fuzz_child_bury(child);
}

void fuzz_child_bury(struct fuzz_child *child)
{
    kill(-child->pid, SIGKILL);
    close(child->tell);
    if (child->answer >= 0)
        close(child->answer);
    *child = (struct fuzz_child){0};
}

double fuzz_child_time(const struct fuzz_child *child)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(child->pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

// ---- what killed it

static const char *find_line(const char *log, const char *what)
{
    const char *at = strstr(log, what);
    while (at != NULL && at > log && at[-1] != '\n')
        at--;
    return at;
}

// "    #3 0x55 in beam_verify core-vm/format/verify.c:10:5" gives "beam_verify core-vm/...".
static void copy_frames(const char *log, struct rw_result *ret)
{
    size_t used = 0;
    const char *at = log;
    for (unsigned n = 0; n < FUZZ_FRAMES; n++) {
        char begin[16];
        snprintf(begin, sizeof begin, "    #%u ", n);
        at = strstr(at, begin);
        const char *in = at != NULL ? strstr(at, " in ") : NULL;
        if (in == NULL)
            return;
        const char *end = in + strcspn(in, "\n");
        size_t size = (size_t)(end - in) - 4;
        if (used + size + 2 > sizeof ret->stack)
            return;
        memcpy(ret->stack + used, in + 4, size);
        used += size;
        ret->stack[used++] = '\n';
        ret->stack[used] = '\0';
        at = end;
    }
}

// The first frames say which crash it is; where in a function does not.
static uint64_t key_of_stack(const char *kind, const char *stack)
{
    char text[600];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", kind);
    const char *at = stack;
    for (int i = 0; i < KEY_FRAMES && *at != '\0'; i++) {
        size_t size = strcspn(at, " \n");
        if (used + size + 2 > sizeof text)
            break;
        memcpy(text + used, at, size);
        used += size;
        text[used++] = ' ';
        text[used] = '\0';
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return rw_key_of(text);
}

static bool is_sanitizer_report(const char *log, struct rw_result *ret)
{
    static const char *const marks[] = {"ERROR: AddressSanitizer: ", "ERROR: LeakSanitizer: ",
                                        "runtime error: ", "WARNING: MemorySanitizer: "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(log, marks[i]);
        if (at == NULL)
            continue;
        char kind[80];
        const char *what = i == 2 ? at + 15 : at + strlen(marks[i]);
        snprintf(ret->text, sizeof ret->text, "%.*s", (int)strcspn(at, "\n"), at);
        snprintf(kind, sizeof kind, "%.*s ", (int)strcspn(what, " \n"), what);
        copy_frames(at, ret);
        ret->key = key_of_stack(kind, ret->stack);
        return true;
    }
    return false;
}

static void say_signal(const struct fuzz_shared *shared, int status, const char *log,
                       struct rw_result *ret)
{
    const char *assertion = find_line(log, "Assertion `");
    if (assertion != NULL)
        snprintf(ret->text, sizeof ret->text, "%.*s", (int)strcspn(assertion, "\n"), assertion);
    else if (WIFSIGNALED(status))
        snprintf(ret->text, sizeof ret->text, "signal %d: %s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(ret->text, sizeof ret->text, "it ended with status %d", WEXITSTATUS(status));
    size_t used = 0;
    uint64_t key = rw_key_of(ret->text);
    for (int i = 0; i < shared->frame_count && used + 40 < sizeof ret->stack; i++) {
        used += (size_t)snprintf(ret->stack + used, sizeof ret->stack - used, "cryo+0x%llx\n",
                                 (unsigned long long)shared->frame[i]);
        if (i < KEY_FRAMES + 1 && assertion == NULL)
            key = key * 31 + shared->frame[i];
    }
    ret->key = key;
}

void fuzz_result_of_death(const struct fuzz_shared *shared, int status, const char *log,
                          struct rw_result *ret)
{
    struct wb_bytes file wb_auto_unmap = {0};
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = wb_file_map(log, &file);
    if (err == NULL)
        wb_text_put_bytes(&text, file.at, file.size);
    wb_error_free(err);
    *ret = (struct rw_result){.end = RW_END_CRASH};
    if (!is_sanitizer_report(wb_text_string(&text), ret))
        say_signal(shared, status, wb_text_string(&text), ret);
}
