// inflate_priv.h - compression (zlib): the only place that knows how.
#ifndef FORMAT_INFLATE_PRIV_H
#define FORMAT_INFLATE_PRIV_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

// Decompress a zlib stream that must give exactly `size` bytes. *used: how much of `packed` it
// took.
WB_MUST_CHECK struct wb_error *beam_inflate(struct wb_bytes packed, size_t size,
                                            struct wb_arena *arena, size_t *used,
                                            struct wb_bytes *ret);

// Append a zlib stream of `bytes`, at the level that OTP uses.
void beam_deflate(struct wb_bytes bytes, struct wb_text *text);

// A whole gzip file, whose size is told by its end; what does not begin as one is given back as it
// is.
WB_MUST_CHECK struct wb_error *beam_gunzip(struct wb_bytes file, struct wb_arena *arena,
                                           struct wb_bytes *ret);

#endif
