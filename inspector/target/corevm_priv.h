// corevm_priv.h - the core VM as a target: what its files share.
#ifndef TARGET_COREVM_PRIV_H
#define TARGET_COREVM_PRIV_H

#include "core-vm/vm/hook.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/vm.h"
#include "core-vm/vm/world.h"
#include "inspector/target/target_impl.h"

// Places in a long queue, so that a jump into it does not walk all of it.
enum { COREVM_MARKS = 64, COREVM_QUEUES = 4, COREVM_STRIDE = 32768 };
struct corevm_marks {
    uint64_t epoch, pid, used;  // used: when, to find the one to give up
    struct vm_look_cursor at[COREVM_MARKS];
    size_t count;
};

struct corevm {
    struct tgt base;  // first member
    struct vm *vm;
    struct vm_system_world *system;
    struct vm_world outside;   // the operating system: ours hands on to it
    const char *const *paths;  // searched for modules
    size_t path_count;
    struct wb_arena arena;       // names and paths, as long as the target
    struct wb_text said, taken;  // what the program wrote; what was handed out of it
    struct corevm_marks marks[COREVM_QUEUES];
    uint64_t uses;
    const struct tgt_run *run;  // under way
    bool paused;                // our clock's sleep made the run come back
    bool halted;
    struct tgt_stop last;
    char slogan[120];
};

// The world of a VM that is looked at: as the operating system is, but what the program writes is
// kept, there is no input, and sleeping gives the control back.
struct vm_world corevm_world(struct corevm *c);

extern const struct tgt_ops corevm_ops;

static inline struct tgt_pid corevm_pid(uint64_t pid)
{
    if (pid == 0)
        return (struct tgt_pid){0};
    return tgt_pid_make((uint32_t)(pid & 0xFFFFFFF), (uint32_t)(pid >> 28));
}
static inline uint64_t corevm_number(struct tgt_pid pid)
{
    return (uint64_t)tgt_pid_serial(pid) << 28 | tgt_pid_number(pid);
}

#endif
