// machine.h - the processor's instructions around an address of a target, as text (Capstone).
#ifndef INSPECTOR_MACHINE_H
#define INSPECTOR_MACHINE_H

#include "inspector/session.h"

struct insp_instruction {
    struct tgt_addr at;
    unsigned size;
    const char *text;  // "mov rax, rbx"
};
struct insp_instructions {
    struct insp_instruction *at;
    size_t count;
};
// Instructions from `start` on, which is one's beginning (0: not known, it is guessed), up to some
// behind `ip`: so many before it, and from it on, at most. `ip` may be within one: what is called
// returns behind the call, and the byte before that is what frames have. NOT_FOUND: no memory is
// there. UNSUPPORTED: built without Capstone.
struct insp_machine_range {
    struct tgt_addr start, ip;
    size_t before, behind;
};
WB_MUST_CHECK struct wb_error *insp_machine_read(struct insp_session *s,
                                                 const struct insp_machine_range *range,
                                                 struct wb_arena *arena,
                                                 struct insp_instructions *ret);

#endif
