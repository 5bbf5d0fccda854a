// run.c - a run: watches the worker, takes what it finds, keeps time.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core-vm/base/clock.h"
#include "core-vm/format/verify.h"
#include "rewriter/fuzz/cover.h"
#include "rewriter/fuzz/fuzz_priv.h"

enum {
    RULE_ROOM = 200,
    RULE_SECONDS = 4,
    MOST_FINDINGS = 400,
    MOST_SAMPLES = 2000,
    TICK = 100,
    SAMPLES_A_RUN = 200
};
#define USUAL_SECONDS     2.0
#define ISOLATED_SECONDS  600.0  // a loader that watches time itself is watched only for its end
#define MINIMISE_SECONDS  5.0
#define ISOLATED_MINIMISE 8.0
#define LEAST_MINIMISE    0.5

struct run {
    const struct rw_fuzz_options *options;
    const struct rw_fuzz_watch *watch;
    struct wb_arena *arena;
    struct fuzz_shared *shared;
    struct fuzz_worker worker;
    struct fuzz_child child;
    struct rw_loader loader;  // of this process, to minimise with: only one that is isolated
    bool isolated;
    char log[4096];
    double start, input_seconds;
    double stuck_since;  // processor time of the worker when its input was first seen; < 0: not
    uint64_t stuck_execs;
    double sampled, sample_step, last_tick;
    uint64_t last_execs;
    double speed;
    struct rw_fuzz_sample before;  // how the run before ended
    struct rw_finding findings[MOST_FINDINGS];
    size_t finding_count;
    struct rw_fuzz_sample samples[MOST_SAMPLES];
    size_t sample_count;
    bool over, interrupted;
};

static const char *rule_of(struct wb_bytes file, struct wb_arena *arena)
{
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    struct wb_error *err = beam_module_read(file, arena, &module);
    if (err == NULL)
        err = beam_code_read(&module, arena, &code);
    if (err != NULL) {
        size_t size = strlen(err->text) + 16;
        char *text = wb_push_array(arena, char, size);
        snprintf(text, size, "unreadable: %s", err->text);
        wb_error_free(err);
        return text;
    }
    beam_verify(&module, &code, arena, &verdict);
    if (verdict.faults.count > 0)
        return beam_rule_name(verdict.faults.at[0].rule);
    return verdict.demands_proved < verdict.demands ? "unproved" : "accepted";
}

// In a process of its own: what makes a loader crash, or takes all memory, may do the same to the
// verifier.
const char *rw_fuzz_rule(struct wb_bytes file, struct wb_arena *arena)
{
    char *text = wb_push_array(arena, char, RULE_ROOM);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return "not asked";
    pid_t pid = fork();
    if (pid == 0) {
        fuzz_become_child("/dev/null");
        setrlimit(RLIMIT_CPU, &(struct rlimit){RULE_SECONDS, RULE_SECONDS});
        const char *rule = rule_of(file, arena);
        size_t size = strlen(rule) < RULE_ROOM ? strlen(rule) : RULE_ROOM - 1;
        _exit(write(ends[1], rule, size) == (ssize_t)size ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], text, RULE_ROOM - 1);
    close(ends[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return got > 0 ? text : "the verifier ends with it";
}

// ---- one input in a process of its own

static int child_of_trial(const struct rw_fuzz_options *options, struct fuzz_shared *shared)
{
    struct rw_loader loader;
    struct wb_error *err = fuzz_open_loader(options, &loader);
    if (err != NULL) {
        snprintf(shared->result.text, sizeof shared->result.text, "%s", err->text);
        return FUZZ_CANNOT;
    }
    uint8_t *copy = malloc(shared->size + 1u);  // so that reading past the end is noticed
    if (copy == NULL)
        return FUZZ_CANNOT;
    memcpy(copy, shared->input, shared->size);
    loader.run(loader.data, (struct wb_bytes){copy, shared->size}, &shared->result);
    rw_loader_close(&loader);
    free(copy);
    return 0;
}

static pid_t start_trial(const struct rw_fuzz_options *options, struct fuzz_shared *shared,
                         const char *log)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    fuzz_become_child(log);
    fuzz_note_crashes(shared);
    _exit(child_of_trial(options, shared));
}

static void note_hang(struct rw_result *ret, const char *rule, double seconds)
{
    *ret = (struct rw_result){.end = RW_END_HANG};
    snprintf(ret->text, sizeof ret->text, "it did not come back in %.1f s of the processor's time",
             seconds);
    ret->key = rw_key_of(rule) ^ 1;
}

static struct wb_error *try_once(const struct rw_fuzz_options *options, struct fuzz_shared *shared,
                                 const char *log, struct rw_result *ret)
{
    struct fuzz_child child = {.pid = start_trial(options, shared, log)};
    if (child.pid < 0)
        return wb_error_sys(errno, "cannot start a process");
    double most = options->input_seconds > 0 ? options->input_seconds : USUAL_SECONDS;
    int status;
    bool late = false;
    while (waitpid(child.pid, &status, WNOHANG) != child.pid) {
        late = late || fuzz_child_time(&child) > most;
        if (late)
            kill(child.pid, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    kill(-child.pid, SIGKILL);
    if (late) {
        struct wb_arena arena = {0};
        note_hang(ret, rw_fuzz_rule((struct wb_bytes){shared->input, shared->size}, &arena), most);
        wb_arena_free(&arena);
        return NULL;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == FUZZ_CANNOT)
        return wb_error_new(WB_E_STATE, "%s", shared->result.text);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        *ret = shared->result;
    else
        fuzz_result_of_death(shared, status, log, ret);
    return NULL;
}

struct wb_error *rw_fuzz_replay(const struct rw_fuzz_options *options, struct wb_bytes file,
                                struct rw_result *ret)
{
    char folder[] = "/tmp/cryo-replay-XXXXXX", log[100];
    struct fuzz_shared *shared;
    struct rw_fuzz_options here = *options;
    if (file.size > FUZZ_INPUT_MOST)
        return wb_error_new(WB_E_LIMIT, "the file has more than %d bytes", FUZZ_INPUT_MOST);
    WB_TRY(fuzz_share(&shared));
    memcpy(shared->input, file.at, file.size);
    shared->size = (uint32_t)file.size;
    here.out = folder;
    struct wb_error *err = fuzz_store_begin(folder);
    if (err == NULL) {
        snprintf(log, sizeof log, "%s/replay.log", folder);
        err = try_once(&here, shared, log, ret);
        fuzz_store_end(folder);
    }
    fuzz_unshare(shared);
    return err;
}

// ---- findings

static bool is_known(const struct run *r, uint64_t key)
{
    for (size_t i = 0; i < r->finding_count; i++)
        if (r->findings[i].result.key == key)
            return true;
    return false;
}

// A node that died says little of where: what is wrong with the file tells more.
static uint64_t identity(const struct run *r, struct wb_bytes file, const struct rw_result *result)
{
    struct wb_arena arena = {0};
    uint64_t key = result->key;
    if (r->isolated && result->end != RW_END_DISPUTE)
        key = key * 31 + rw_key_of(rw_fuzz_rule(file, &arena));
    wb_arena_free(&arena);
    return key;
}

struct same {
    struct run *run;
    struct fuzz_shared *shared;
    uint64_t key;
    char log[4096];
};

static bool is_same(void *data, struct wb_bytes file)
{
    struct same *same = data;
    struct run *r = same->run;
    struct rw_result result = {0};
    if (file.size > FUZZ_INPUT_MOST)
        return false;
    if (r->isolated) {
        r->loader.run(r->loader.data, file, &result);
        return rw_end_is_finding(result.end) && identity(r, file, &result) == same->key;
    }
    memcpy(same->shared->input, file.at, file.size);
    same->shared->size = (uint32_t)file.size;
    same->shared->signal = same->shared->frame_count = 0;
    struct wb_error *err = try_once(r->options, same->shared, same->log, &result);
    bool is = err == NULL && result.key == same->key;
    wb_error_free(err);
    return is;
}

static struct wb_error *open_own_loader(struct run *r)
{
    return r->isolated && r->loader.run == NULL ? fuzz_open_loader(r->options, &r->loader) : NULL;
}

// There is an end to the whole run too, but something is tried in any case.
static double end_of_minimising(const struct run *r)
{
    double now = wb_now_seconds(), end = r->start + r->options->seconds;
    double until = now + (r->isolated ? ISOLATED_MINIMISE : MINIMISE_SECONDS);
    if (r->options->seconds > 0 && until > end)
        until = end > now + LEAST_MINIMISE ? end : now + LEAST_MINIMISE;
    return until;
}

static void minimise(struct run *r, struct wb_bytes file, uint64_t key, struct wb_text *ret)
{
    struct same *same = wb_push_array(r->arena, struct same, 1);
    same->run = r;
    same->key = key;
    snprintf(same->log, sizeof same->log, "%s/trial.log", r->options->out);
    struct wb_error *err = open_own_loader(r);
    if (err == NULL)
        err = fuzz_share(&same->shared);
    struct fuzz_trial trial = {.same = is_same, .data = same, .until = end_of_minimising(r)};
    if (err == NULL && is_same(same, file))
        fuzz_minimise(&trial, file, ret);
    else
        wb_text_put_bytes(ret, file.at, file.size);
    wb_error_free(err);
    fuzz_unshare(same->shared);
}

static void add_finding(struct run *r, struct wb_bytes file, const struct rw_result *result)
{
    struct wb_text text wb_auto_text = {0};
    if (is_known(r, result->key) || r->finding_count == MOST_FINDINGS)
        return;
    struct rw_finding *finding = &r->findings[r->finding_count++];
    *finding = (struct rw_finding){.result = *result, .size_before = file.size};
    snprintf(finding->name, sizeof finding->name, "%s-%08x", rw_end_name(result->end),
             (unsigned)(result->key ^ result->key >> 32));
    if (r->options->no_minimise)
        wb_text_put_bytes(&text, file.at, file.size);
    else
        minimise(r, file, result->key, &text);
    finding->size = text.size;
    finding->rule = rw_fuzz_rule(wb_text_bytes(&text), r->arena);
    wb_error_free(fuzz_store_finding(r->options, wb_text_bytes(&text), finding));
    if (r->watch->on_finding != NULL)
        r->watch->on_finding(r->watch->data, finding);
    r->over |= r->options->stop_at_first;
}

// A copy, because the worker's memory is used again.
static void take_finding(struct run *r, const struct rw_result *result)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_put_bytes(&text, r->shared->input, r->shared->size);
    struct rw_result copy = *result;
    copy.key = identity(r, wb_text_bytes(&text), result);
    add_finding(r, wb_text_bytes(&text), &copy);
}

// ---- time

static struct rw_fuzz_progress progress_of(const struct run *r)
{
    const struct fuzz_shared *s = r->shared;
    double passed = wb_now_seconds() - r->start;
    struct rw_fuzz_progress progress = {
        .now = {.seconds = r->before.seconds + passed,
                .execs = r->before.execs + s->execs,
                .loaded = r->before.loaded + s->loaded,
                .corpus = s->corpus,
                .findings = r->finding_count,
                .edges = s->edges},
        .left = r->options->seconds > 0 ? r->options->seconds - passed : -1,
        .speed = r->speed,
        .edges_all = r->isolated ? 0 : rw_cover_edges()};
    return progress;
}

// Every other sample: a folder may be gone on with for ever.
static void thin_out(struct run *r)
{
    r->sample_count /= 2;
    for (size_t i = 0; i < r->sample_count; i++)
        r->samples[i] = r->samples[2 * i + 1];
}

static void sample(struct run *r)
{
    if (r->sample_count == MOST_SAMPLES)
        thin_out(r);
    r->samples[r->sample_count++] = progress_of(r).now;
    r->sampled = wb_now_seconds();
    fuzz_store_state(r->options->out, r->samples, r->sample_count);
}

static void tick(struct run *r)
{
    double now = wb_now_seconds();
    if (now - r->last_tick > 1) {
        r->speed = (double)(r->shared->execs - r->last_execs) / (now - r->last_tick);
        r->last_execs = r->shared->execs;
        r->last_tick = now;
    }
    if (now - r->sampled > r->sample_step)
        sample(r);
    struct rw_fuzz_progress progress = progress_of(r);
    if (r->watch->on_progress != NULL)
        r->watch->on_progress(r->watch->data, &progress);
    if (r->options->interrupted != NULL && *r->options->interrupted != 0)
        r->over = r->interrupted = true;
    if (r->options->seconds > 0 && now - r->start >= r->options->seconds)
        r->over = true;
}

// The same input for too long, of the worker's own time.
static bool is_stuck(struct run *r)
{
    if (r->shared->busy == 0 || r->shared->execs != r->stuck_execs) {
        r->stuck_execs = r->shared->execs;
        r->stuck_since = -1;
        return false;
    }
    double used = fuzz_child_time(&r->child);
    if (r->stuck_since < 0)
        r->stuck_since = used;
    return used - r->stuck_since > (r->isolated ? ISOLATED_SECONDS : r->input_seconds);
}

// ---- the worker

static struct wb_error *start_worker(struct run *r)
{
    r->stuck_since = -1;
    r->shared->frame_count = 0;
    return fuzz_child_start(&r->worker, r->log, &r->child);
}

// An input has ended the worker: the next one goes on behind it.
static struct wb_error *go_on(struct run *r, const struct rw_result *result)
{
    r->shared->execs++;
    take_finding(r, result);
    return r->over ? NULL : start_worker(r);
}

static struct wb_error *worker_ended(struct run *r, int status)
{
    struct rw_result result;
    fuzz_child_bury(&r->child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        r->over = true;
        return NULL;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == FUZZ_CANNOT)
        return wb_error_new(WB_E_STATE, "the worker cannot work: see %s", r->log);
    fuzz_result_of_death(r->shared, status, r->log, &result);
    return go_on(r, &result);
}

static struct wb_error *worker_hangs(struct run *r)
{
    struct rw_result result;
    int status;
    kill(r->child.pid, SIGKILL);
    waitpid(r->child.pid, &status, 0);
    fuzz_child_bury(&r->child);
    struct wb_bytes input = {r->shared->input, r->shared->size};
    note_hang(&result, rw_fuzz_rule(input, r->arena), r->input_seconds);
    return go_on(r, &result);
}

static struct wb_error *step(struct run *r)
{
    struct pollfd told = {.fd = r->child.tell, .events = POLLIN};
    char byte;
    int status;
    if (poll(&told, 1, TICK) > 0 && (told.revents & POLLIN) != 0 &&
        read(r->child.tell, &byte, 1) == 1) {
        take_finding(r, &r->shared->result);
        if (write(r->child.answer, &byte, 1) != 1)
            return NULL;  // it is dead: seen below the next time
    }
    if (waitpid(r->child.pid, &status, WNOHANG) == r->child.pid)
        WB_TRY(worker_ended(r, status));
    else if (is_stuck(r))
        WB_TRY(worker_hangs(r));
    tick(r);
    return NULL;
}

static struct wb_error *prepare(struct run *r)
{
    WB_TRY(fuzz_store_open(r->options->out));
    WB_TRY(fuzz_share(&r->shared));
    snprintf(r->log, sizeof r->log, "%s/worker.log", r->options->out);
    r->sample_count = fuzz_load_state(r->options->out, r->samples, MOST_SAMPLES);
    if (r->sample_count > 0)
        r->before = r->samples[r->sample_count - 1];
    r->finding_count = fuzz_load_findings(r->options->out, r->arena, r->findings, MOST_FINDINGS);
    r->sample_step = r->options->seconds > 0 ? r->options->seconds / SAMPLES_A_RUN : 5;
    r->sample_step = r->sample_step < 0.5 ? 0.5 : r->sample_step;
    r->worker =
        (struct fuzz_worker){.options = r->options, .shared = r->shared, .round = r->before.execs};
    r->isolated = strcmp(r->options->loader, "core") != 0;
    r->input_seconds = r->options->input_seconds > 0 ? r->options->input_seconds : USUAL_SECONDS;
    r->start = r->last_tick = wb_now_seconds();
    return NULL;
}

static struct wb_error *run(struct run *r)
{
    signal(SIGPIPE, SIG_IGN);
    WB_TRY(prepare(r));
    sample(r);
    WB_TRY(start_worker(r));
    struct wb_error *err = NULL;
    while (!r->over && err == NULL)
        err = step(r);
    fuzz_child_end(&r->child, r->shared);
    rw_loader_close(&r->loader);
    sample(r);
    return err;
}

struct wb_error *rw_fuzz(const struct rw_fuzz_options *options, const struct rw_fuzz_watch *watch,
                         struct wb_arena *arena, struct rw_fuzz_report *ret)
{
    struct run *r = wb_push_array(arena, struct run, 1);
    r->options = options;
    r->watch = watch;
    r->arena = arena;
    struct wb_error *err = run(r);
    if (err == NULL)
        *ret = (struct rw_fuzz_report){.last = progress_of(r),
                                       .findings = r->findings,
                                       .finding_count = r->finding_count,
                                       .samples = r->samples,
                                       .sample_count = r->sample_count,
                                       .was_interrupted = r->interrupted};
    fuzz_unshare(r->shared);
    return err;
}
