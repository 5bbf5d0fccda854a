// unpack.h - crash dumps that somebody has packed with gzip.
#ifndef DUMP_UNPACK_H
#define DUMP_UNPACK_H

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

// Is the file a crash dump packed by gzip?
bool dump_is_packed(const char *path);
// Map a dump, packed or not. A packed one is unpacked first, to a file without a name in $TMPDIR
// (/var/tmp): dumps are larger than memory. Of a damaged one all before the damage is there.
// Give it back with wb_file_unmap.
WB_MUST_CHECK struct wb_error *dump_map(const char *path, struct wb_bytes *ret);

#endif
