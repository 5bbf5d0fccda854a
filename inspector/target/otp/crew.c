#include "inspector/target/otp/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "inspector/target/otp/freeze.h"

enum { MOST_HELPERS = 3 };

struct otp_crew {
    pthread_t helper[MOST_HELPERS];
    size_t helper_count;
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    // Under the lock.
    otp_crew_fn *work;  // NULL: nothing to do
    void *data;
    size_t count, busy;  // parts; helpers at work
    bool quit;
    atomic_size_t next;  // part that nobody has taken yet
};

static void take_parts(struct otp_crew *crew, otp_crew_fn *work, void *data, size_t count)
{
    for (;;) {
        size_t part = atomic_fetch_add(&crew->next, 1);
        if (part >= count)
            return;
        work(data, part);
    }
}

static void *help(void *arg)
{
    struct otp_crew *crew = arg;
    // It works only while a process stands still and waits for us.
    otp_hurry();
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (crew->work == NULL && !crew->quit)
            pthread_cond_wait(&crew->wake, &crew->lock);
        if (crew->quit)
            break;
        otp_crew_fn *work = crew->work;
        void *data = crew->data;
        size_t count = crew->count;
        crew->busy++;
        pthread_mutex_unlock(&crew->lock);
        take_parts(crew, work, data, count);
        pthread_mutex_lock(&crew->lock);
        if (crew->work == work)
            crew->work = NULL;
        if (--crew->busy == 0)
            pthread_cond_signal(&crew->idle);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void start_helpers(struct otp_crew *crew, size_t count)
{
    sigset_t all, before;
    sigfillset(&all);
    // Signals are for the thread that talks to the user.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (crew->helper_count < count &&
           pthread_create(&crew->helper[crew->helper_count], NULL, help, crew) == 0)
        crew->helper_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct otp_crew *otp_crew_new(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 2)
        return NULL;
    struct otp_crew *crew = calloc(1, sizeof *crew);
    if (crew == NULL)
        return NULL;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->wake, NULL);
    pthread_cond_init(&crew->idle, NULL);
    start_helpers(crew, processors - 1 < MOST_HELPERS ? (size_t)processors - 1 : MOST_HELPERS);
    return crew;
}

void otp_crew_do(struct otp_crew *crew, otp_crew_fn *work, void *data, size_t count)
{
    if (crew == NULL || crew->helper_count == 0 || count < 2) {
        for (size_t i = 0; i < count; i++)
            work(data, i);
        return;
    }
    pthread_mutex_lock(&crew->lock);
    crew->work = work;
    crew->data = data;
    crew->count = count;
    atomic_store(&crew->next, 0);
    pthread_cond_broadcast(&crew->wake);
    pthread_mutex_unlock(&crew->lock);
    take_parts(crew, work, data, count);
    pthread_mutex_lock(&crew->lock);
    crew->work = NULL;  // who wakes up only now has nothing to do
    while (crew->busy > 0)
        pthread_cond_wait(&crew->idle, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

void otp_crew_free(struct otp_crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->quit = true;
    pthread_cond_broadcast(&crew->wake);
    pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->helper_count; i++)
        pthread_join(crew->helper[i], NULL);
    pthread_mutex_destroy(&crew->lock);
    pthread_cond_destroy(&crew->wake);
    pthread_cond_destroy(&crew->idle);
    free(crew);
}
