// look_dump.h - every question to a crash dump: what fuzz_dump.c and mangle_dump.c run.
#ifndef FUZZ_LOOK_DUMP_H
#define FUZZ_LOOK_DUMP_H

#include "core-vm/base/bytes.h"

// Open the bytes as a crash dump and ask it everything; of at most `most` processes also their
// stacks, queues, monitors and dictionaries. Returns how many processes it lists, 0 also when it is
// no dump.
size_t look_at_dump(struct wb_bytes file, size_t most);

#endif
