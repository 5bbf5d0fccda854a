// copy.h - a copy of another process's memory, taken while it stands still.
//
// What is wanted is asked for first and fetched then, many pages with one call and by several
// threads at once: the process stands still until the last of it has come. What was not fetched by
// the deadline is not in the copy.
#ifndef OTP_COPY_H
#define OTP_COPY_H

#include <sys/types.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "inspector/target/otp/memory.h"

// A line of /proc/PID/maps.
struct otp_map {
    uint64_t start, end, offset, inode;
    bool readable, writable, executable;
    const char *path;  // "": anonymous
};
struct otp_maps {
    struct otp_map *at;
    size_t count;
};
WB_MUST_CHECK struct wb_error *otp_maps_read(pid_t pid, struct wb_arena *arena,
                                             struct otp_maps *ret);

// May it hold terms, code or tables that are not in a file?
bool otp_map_is_wanted(const struct otp_map *map);

// A mapping that may hold terms, code or tables: what we have of its pages, and what we asked for.
struct otp_region {
    uint64_t start, end;
    bool executable;
    uint32_t *slot;    // of each page: where in the buffer, from 1; 0: not there
    uint64_t *wanted;  // a bit a page
    size_t low, high;  // the words of `wanted` that may hold a bit: [low, high)
};

// Memory that is there before it is used: a page fault costs more than copying the page, and is not
// to be paid for while a process stands still.
struct otp_ready {
    void *at;  // mapped; NULL: none could be had
    size_t size;
};
struct otp_ready otp_ready_make(size_t size);
void otp_ready_done(struct otp_ready *ready);

// Neighbouring pages, to be fetched into neighbouring slots.
struct otp_run {
    struct otp_region *region;
    size_t page, count;
    uint32_t slot;
};

struct otp_copy {
    pid_t pid;
    uint8_t *buffer;  // mapped; segments point into it
    size_t room, used;
    struct otp_region *region;  // malloc'd, sorted by start
    size_t region_count, hint;
    struct otp_ready index;  // slots and wanted bits of the regions
    struct otp_ready pages;  // entries of pagemap
    struct otp_ready runs;   // what is being fetched
    size_t run_count;
    struct otp_crew *crew;  // NULL: we fetch alone
    uint64_t deadline;      // ns of otp_now; 0: none
    uint64_t copied;        // bytes we have
    bool cut;               // not all that was asked for came: the deadline, or no room
};
// Get room for the copy before the process is stopped: about as much as it has in memory.
WB_MUST_CHECK struct wb_error *otp_copy_prepare(pid_t pid, struct otp_copy *ret);
// What there may be to copy: to be called once the process stands still.
WB_MUST_CHECK struct wb_error *otp_copy_begin(struct otp_copy *copy, const struct otp_maps *maps);
// Ask for bytes that may not be there at all; for the pages of a range that are in memory.
void otp_copy_want(struct otp_copy *copy, uint64_t at, uint64_t size);
void otp_copy_want_present(struct otp_copy *copy, int pagemap, uint64_t start, uint64_t end);
// Get what was asked for since the last time.
void otp_copy_fetch(struct otp_copy *copy);
// Get everything else that is in memory; of what is executable only if `code`.
void otp_copy_fetch_rest(struct otp_copy *copy, int pagemap, bool code);
// Bytes we have got: false, and nothing copied, if not all of them.
bool otp_copy_read(struct otp_copy *copy, uint64_t at, void *to, size_t size);
// The same in place, where it lies in one piece. NULL: it does not, or is not all there.
const void *otp_copy_view(struct otp_copy *copy, uint64_t at, size_t size);
// All that we have, as segments that point into the copy.
void otp_copy_give(const struct otp_copy *copy, struct otp_memory *memory);
// Forget what was copied: otp_copy_begin may be called again.
void otp_copy_forget(struct otp_copy *copy);
void otp_copy_done(struct otp_copy *copy);

#endif
