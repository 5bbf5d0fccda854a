// cover.h - which edges of the control flow an input took, in builds that count them
// (-Dcoverage=true; clang's inline-8bit-counters or gcc's trace-pc).
#ifndef REWRITER_FUZZ_COVER_H
#define REWRITER_FUZZ_COVER_H

#include <stddef.h>
#include <stdint.h>

// 0: this build counts nothing.
size_t rw_cover_edges(void);
void rw_cover_clear(void);

// What has been seen so far: a byte an edge, a bit for each class of how often (1, 2-3, 4-15,
// 16-127, more). Adds what was taken since rw_cover_clear, and says how much of it is new.
struct rw_cover_news {
    uint32_t edges;    // never taken before
    uint32_t classes;  // taken before, but never so often
};
struct rw_cover_news rw_cover_add(uint8_t *seen);

#endif
