// asan.h - whether the address sanitizer watches this build, and what it is told.
#ifndef BASE_ASAN_H
#define BASE_ASAN_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define WB_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WB_ASAN 1
#endif
#endif
#ifndef WB_ASAN
#define WB_ASAN 0
#endif

#if WB_ASAN
#include <sanitizer/asan_interface.h>
#endif

// From now on touching these bytes is reported. Nothing in other builds.
static inline void wb_poison(const void *at, size_t size)
{
#if WB_ASAN
    __asan_poison_memory_region(at, size);
#else
    (void)at;
    (void)size;
#endif
}

// These bytes may be touched again.
static inline void wb_unpoison(const void *at, size_t size)
{
#if WB_ASAN
    __asan_unpoison_memory_region(at, size);
#else
    (void)at;
    (void)size;
#endif
}

// Would touching this byte be reported?
static inline bool wb_is_poisoned(const void *at)
{
#if WB_ASAN
    return __asan_address_is_poisoned(at) != 0;
#else
    (void)at;
    return false;
#endif
}

#endif
