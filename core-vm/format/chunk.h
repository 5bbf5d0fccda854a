// chunk.h - the container of a .beam file: "FOR1", a size, "BEAM", then named chunks (EA IFF 85).
#ifndef FORMAT_CHUNK_H
#define FORMAT_CHUNK_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"

struct beam_chunk {
    char name[5];
    struct wb_bytes data;
    struct wb_bytes padding;  // what fills the file up to a multiple of 4 behind it, as found
};

struct beam_chunks {
    struct beam_chunk *at;
    size_t count;
    uint32_t size;          // as the file's header has it
    struct wb_bytes after;  // bytes behind what the header counts; every reader ignores them
};

// Split `file` into chunks. They point into `file`, which must outlive them.
WB_MUST_CHECK struct wb_error *beam_chunks_read(struct wb_bytes file, struct wb_arena *arena,
                                                struct beam_chunks *ret);

// Append the file that `chunks` came from: every byte as it was, if nothing was changed. Who
// changes a chunk calls beam_chunk_set, and beam_chunks_measure before writing.
void beam_chunks_write(const struct beam_chunks *chunks, struct wb_text *text);

// The chunk of that name: the last one, as OTP's loader takes it. NULL: there is none.
struct beam_chunk *beam_chunks_find(const struct beam_chunks *chunks, const char *name);

// Give a chunk other data, which must outlive it, and zero padding.
void beam_chunk_set(struct beam_chunk *chunk, struct wb_bytes data);
// Make the size in the header right again.
void beam_chunks_measure(struct beam_chunks *chunks);

#endif
