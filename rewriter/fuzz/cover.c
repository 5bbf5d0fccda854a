#include "rewriter/fuzz/cover.h"

#include <stdbool.h>
#include <string.h>

#if RW_COVERAGE

#if defined(__clang__)

// Counters are linked into one piece; clang tells of it once for every object file.
static uint8_t *counters;
static size_t counter_count;

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop)
{
    counters = start;
    counter_count = (size_t)(stop - start);
}

#else

// gcc only says that a block was entered: by its address, folded.
enum { FOLDED = 1 << 16 };
static uint8_t counters[FOLDED];
static const size_t counter_count = FOLDED;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    counters[(pc ^ pc >> 16) % FOLDED]++;
}

#endif

size_t rw_cover_edges(void)
{
    return counter_count;
}

void rw_cover_clear(void)
{
    memset(counters, 0, counter_count);
}

static uint8_t class_of(uint8_t times)
{
    return times == 1 ? 1 : times < 4 ? 2 : times < 16 ? 4 : times < 128 ? 8 : 16;
}

struct rw_cover_news rw_cover_add(uint8_t *seen)
{
    struct rw_cover_news news = {0};
    for (size_t i = 0; i < counter_count; i++) {
        uint64_t eight;
        if (i % 8 == 0 && i + 8 <= counter_count) {
            memcpy(&eight, counters + i, sizeof eight);
            if (eight == 0) {
                i += 7;
                continue;
            }
        }
        uint8_t times = counters[i];
        if (times == 0)
            continue;
        uint8_t class = class_of(times);
        news.edges += seen[i] == 0;
        news.classes += seen[i] != 0 && (seen[i] & class) == 0;
        seen[i] |= class;
    }
    return news;
}

#else

size_t rw_cover_edges(void)
{
    return 0;
}

void rw_cover_clear(void)
{
}

struct rw_cover_news rw_cover_add(uint8_t *seen)
{
    (void)seen;
    return (struct rw_cover_news){0};
}

#endif
