// look_dump.h - every question to a crash dump or an image: what fuzz_dump.c, fuzz_image.c and
// mangle_*.c run.
#ifndef FUZZ_LOOK_DUMP_H
#define FUZZ_LOOK_DUMP_H

#include "core-vm/base/bytes.h"

// Open the bytes as a target and ask it everything; of at most `most` processes also their stacks,
// queues, monitors and dictionaries. Returns how many processes it lists, 0 also when it cannot be
// opened.
size_t look_at_dump(struct wb_bytes file, size_t most);
// The same of a file that is there, and of these processes as well (0: none), where they are.
struct look_pids {
    const uint64_t *id;
    size_t count;
};
size_t look_at_file(const char *path, size_t most, struct look_pids pids);

#endif
