// world.h - the only door between a VM and everything not determined by the program.
//
// All that a program can learn from outside comes through these, so that a recording can log them
// and a replay can answer. NULL members: the VM behaves as if there were nothing there (no files,
// no input, output thrown away, clock at zero).
#ifndef VM_WORLD_H
#define VM_WORLD_H

#include "core-vm/base/arena.h"
#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

struct vm_world {
    void *data;                              // handed to each
    uint64_t (*monotonic)(void *data);       // ns
    int64_t (*system)(void *data);           // ns since 1970
    void (*sleep)(void *data, uint64_t ns);  // nobody can run for so long, or until input comes
    void (*random)(void *data, void *to, size_t size);
    // Standard output (fd 1), error (2): all of it is written.
    void (*write)(void *data, int fd, struct wb_bytes bytes);
    // Up to `size` bytes of standard input; 0: end. Blocks.
    size_t (*read)(void *data, void *to, size_t size);
    // The .beam file of a module; bytes stay valid until the next call. NOT_FOUND when there is
    // none.
    struct wb_error *(*find_module)(void *data, const char *name, struct wb_bytes *ret,
                                    const char **path);
    // The folders where find_module looks, in order; NULL: there are not so many.
    const char *(*code_path)(void *data, size_t index);
    // A file's contents on arena, for file:read_file and friends.
    struct wb_error *(*read_file)(void *data, const char *path, struct wb_arena *arena,
                                  struct wb_bytes *ret);
    const char *(*getenv)(void *data, const char *name);  // NULL: not set
    // "NAME=VALUE" of the variables in any order; NULL: there are not so many.
    const char *(*environment)(void *data, size_t index);
};

// The operating system as it is. `paths`: folders with .beam files, searched in order; both must
// outlive the VM.
// Output that goes to no terminal is kept back until much has come together, the VM sleeps or
// reads, something goes to fd 2, or vm_system_world_free.
struct vm_system_world;
struct vm_system_world *vm_system_world_new(const char *const *paths, size_t count);
void vm_system_world_free(struct vm_system_world *world);
struct vm_world vm_system_world_of(struct vm_system_world *world);
// Folders with an installed OTP's and Elixir's .beam files (ebin of each application), on arena.
WB_MUST_CHECK struct wb_error *vm_find_otp(struct wb_arena *arena, const char *const **ret,
                                           size_t *count);

#endif
