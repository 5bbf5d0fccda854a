// clock.h - how late it is by the clock that never steps back (CLOCK_MONOTONIC).
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t wb_now_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline double wb_now_seconds(void)
{
    return (double)wb_now_ns() / 1e9;
}

#endif
