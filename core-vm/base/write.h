// write.h - a file written piece by piece: whoever reads it sees all of it or the old one.
//
// It grows under a temporary name beside the real one, and is moved into place when all of it has
// come to the disk.
#ifndef BASE_WRITE_H
#define BASE_WRITE_H

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

struct wb_write {
    const char *path;  // the caller's
    char *temporary;   // malloc'd
    int fd;
};

// `mode`: who may read it, as open(2) has it: 0600 where it has what others must not see.
WB_MUST_CHECK struct wb_error *wb_write_open(const char *path, unsigned mode, struct wb_write *ret);
WB_MUST_CHECK struct wb_error *wb_write_put(struct wb_write *file, struct wb_bytes bytes);
// Write over what stands at an offset already.
WB_MUST_CHECK struct wb_error *wb_write_over(struct wb_write *file, uint64_t offset,
                                             struct wb_bytes bytes);
// The end of every wb_write_open that worked: moves the file into place, or when `err` is an error
// takes away what was written. Returns err, or what went wrong now.
WB_MUST_CHECK struct wb_error *wb_write_close(struct wb_write *file, struct wb_error *err);

#endif
