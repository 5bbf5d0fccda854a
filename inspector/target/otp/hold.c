#include "inspector/target/otp/hold.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "core-vm/base/arena.h"

struct otp_hold {
    pid_t pid;
    otp_frozen_fn *frozen;
    void *arg;
    uint64_t most;
    pthread_t keeper;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // Under the lock.
    bool ready, let_go;
    struct wb_error *err;  // until otp_hold_start hands it on
    uint64_t stopped, went_on;
};

// Until we are told, or the time is over.
static void wait_to_let_go(struct otp_hold *hold)
{
    uint64_t until = hold->stopped + hold->most;
    struct timespec end = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
    int status = 0;
    while (!hold->let_go && status != ETIMEDOUT)
        status = hold->most != 0 ? pthread_cond_timedwait(&hold->changed, &hold->lock, &end)
                                 : pthread_cond_wait(&hold->changed, &hold->lock);
}

static void *keep(void *arg)
{
    struct otp_hold *hold = arg;
    struct otp_freeze freeze = {0};
    struct wb_error *err = otp_freeze(hold->pid, &freeze);
    bool stands = err == NULL;
    if (stands)
        err = hold->frozen(hold->arg, &freeze);
    pthread_mutex_lock(&hold->lock);
    hold->err = err;
    hold->ready = true;
    hold->stopped = freeze.stopped_at;
    pthread_cond_broadcast(&hold->changed);
    if (err == NULL)
        wait_to_let_go(hold);
    pthread_mutex_unlock(&hold->lock);
    if (stands)
        otp_thaw(&freeze);
    otp_freeze_done(&freeze);
    pthread_mutex_lock(&hold->lock);
    hold->went_on = otp_now();
    pthread_cond_broadcast(&hold->changed);
    pthread_mutex_unlock(&hold->lock);
    return NULL;
}

static int start_keeper(struct otp_hold *hold)
{
    pthread_condattr_t clock;
    sigset_t all, before;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&hold->lock, NULL);
    pthread_cond_init(&hold->changed, &clock);
    pthread_condattr_destroy(&clock);
    sigfillset(&all);
    // Signals are for the thread that talks to the user.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&hold->keeper, NULL, keep, hold);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

struct wb_error *otp_hold_start(pid_t pid, otp_frozen_fn *frozen, void *arg, uint64_t most,
                                struct otp_hold **ret)
{
    struct otp_hold *hold = calloc(1, sizeof *hold);
    if (hold == NULL)
        wb_die_no_memory(sizeof *hold);
    hold->pid = pid;
    hold->frozen = frozen;
    hold->arg = arg;
    hold->most = most;
    int status = start_keeper(hold);
    if (status != 0) {
        free(hold);
        return wb_error_sys(status, "starting a thread that holds process %d", (int)pid);
    }
    pthread_mutex_lock(&hold->lock);
    while (!hold->ready)
        pthread_cond_wait(&hold->changed, &hold->lock);
    struct wb_error *err = hold->err;
    pthread_mutex_unlock(&hold->lock);
    if (err != NULL) {
        otp_hold_free(hold);
        return err;
    }
    *ret = hold;
    return NULL;
}

void otp_hold_times(struct otp_hold *hold, uint64_t *stopped, uint64_t *went_on)
{
    pthread_mutex_lock(&hold->lock);
    *stopped = hold->stopped;
    *went_on = hold->went_on;
    pthread_mutex_unlock(&hold->lock);
}

void otp_hold_let_go(struct otp_hold *hold)
{
    pthread_mutex_lock(&hold->lock);
    hold->let_go = true;
    pthread_cond_broadcast(&hold->changed);
    while (hold->went_on == 0)
        pthread_cond_wait(&hold->changed, &hold->lock);
    pthread_mutex_unlock(&hold->lock);
}

void otp_hold_free(struct otp_hold *hold)
{
    if (hold == NULL)
        return;
    otp_hold_let_go(hold);
    pthread_join(hold->keeper, NULL);
    pthread_mutex_destroy(&hold->lock);
    pthread_cond_destroy(&hold->changed);
    free(hold);
}
