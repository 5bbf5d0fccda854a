// object.h - a file of machine code that a process has mapped: its symbols, its frames, its lines.
#ifndef OTP_OBJECT_H
#define OTP_OBJECT_H

#include "inspector/target/otp/cfi.h"
#include "inspector/target/otp/elf.h"
#include "inspector/target/otp/lines.h"

struct otp_object {
    const char *path;             // as the process calls it
    struct wb_bytes file, debug;  // mapped; size 0: not there. debug: its symbols, kept apart
    bool borrowed;                // file is not mapped by us
    struct otp_elf elf;
    const struct otp_symbol **symbol;  // functions, by address
    size_t symbol_count;
    struct otp_cfi eh_frame, debug_frame;
    const char *lines_path;  // the file that has lines, if any has
    struct otp_lines *lines;
    bool lines_tried;
};

// Where a file is looked for: below `root` (a container's, "/proc/12/root"), then here.
struct otp_file_name {
    const char *root, *path;
    uint64_t inode;  // it must have; 0: any
};
// Open a file and what belongs to it: by its build-id or debug link under /usr/lib/debug. A file
// that is gone, another one by now, or damaged, has what is whole of it, perhaps nothing.
void otp_object_open(const struct otp_file_name *name, struct wb_arena *arena,
                     struct otp_object *ret);
// The same of bytes that lie in memory.
void otp_object_of(const char *path, struct wb_bytes bytes, struct wb_arena *arena,
                   struct otp_object *ret);
void otp_object_close(struct otp_object *object);

// The file's own address of what lies at an offset of it; 0: nothing that is run.
uint64_t otp_object_address(const struct otp_object *object, uint64_t offset);
// The function an address is in, NULL: none is known.
const struct otp_symbol *otp_object_symbol(const struct otp_object *object, uint64_t at);
// Its line of source. False: not known.
bool otp_object_line(struct otp_object *object, uint64_t at, struct wb_arena *arena,
                     struct otp_line *ret);
// Where a file is; NULL: it is not there, or another one by now. The path lies on arena.
const char *otp_find_file(const struct otp_file_name *name, struct wb_arena *arena);
// The file with debug information of a program: itself, or what its build-id or debug link names.
// NULL: there is none. The path lies on arena.
const char *otp_debug_file(const struct otp_file_name *name, struct wb_arena *arena);

#endif
