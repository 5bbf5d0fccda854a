// native.h - whose machine code a thread is in, and who called it: the files a process has mapped,
// and stacks unwound through them.
#ifndef OTP_NATIVE_H
#define OTP_NATIVE_H

#include "inspector/target/otp/copy.h"
#include "inspector/target/otp/object.h"
#include "inspector/target/target_types.h"

// Set root and maps; the files are opened when first needed, on `arena`.
struct otp_natives {
    const char *root;  // below which the process's files are found besides here; "": nowhere else
    struct otp_maps maps;
    struct wb_arena arena;
    struct otp_object **object;  // malloc'd
    size_t count, capacity;
};
void otp_natives_done(struct otp_natives *natives);

// Where following a thread's stack through code of files has ended: the registers are those of the
// first frame that is of no file (the JIT's), or of the last that was found.
struct otp_followed {
    struct otp_registers end;
    size_t count;               // of frames
    struct tgt_native *frames;  // innermost first; NULL: nobody has asked for them
    const uint64_t *pc;         // then, in the function of each
};
// Follow it, once; `frames`: they are wanted too, with their names. Valid as long as natives.
const struct otp_followed *otp_follow(struct otp_natives *natives, struct otp_memory *memory,
                                      struct otp_cpu *cpu, bool frames);
// Bytes that a file has where it is mapped, for memory that only the file has. False: not all
// there.
bool otp_native_read(struct otp_natives *natives, struct otp_memory *memory, uint64_t at, void *to,
                     size_t size);
// Is one of the frames that a thread is in of the function `name`?
bool otp_is_inside(struct otp_natives *natives, struct otp_memory *memory, struct otp_cpu *cpu,
                   const char *name);
// Is this address in code of a file?
bool otp_is_native(const struct otp_natives *natives, uint64_t at);

#endif
