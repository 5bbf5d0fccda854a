// cpu.h - the running process's registers, the root of the image, and how operations and BIFs are
// called.
#ifndef VM_CPU_H
#define VM_CPU_H

#include "core-vm/vm/atom.h"
#include "core-vm/vm/code.h"
#include "core-vm/vm/image.h"
#include "core-vm/vm/proc.h"
#include "core-vm/vm/term.h"

#define VM_SLOW      __attribute__((noinline, cold))
#define VM_LIKELY(x) __builtin_expect(!!(x), 1)
#define VM_RARE(x)   __builtin_expect(!!(x), 0)

struct vm;
struct vm_cpu;

// An operation: code of one internal instruction. `sp` is the stack's top (y0 is sp[0] when a frame
// of n slots is allocated, sp[n] the return address: offset of an instruction); `hp` the heap's;
// `table` the operation table in use. Operations end with VM_NEXT or another jump of op_priv.h,
// never by falling off.
#define VM_UNUSED __attribute__((unused))
#define VM_OP_PARAMS                                                            \
    struct vm_cpu *c, const struct vm_ins *ip VM_UNUSED, vm_term *sp VM_UNUSED, \
        vm_term *hp VM_UNUSED, char *base VM_UNUSED, const struct vm_op *table VM_UNUSED
struct vm_op {
    void (*run)(VM_OP_PARAMS);
};

// A BIF: arguments in, a term out. VM_NONE out: look at c->outcome. It never moves a term: memory
// comes from vm_alloc (heap.h), which never collects; so locals may hold terms throughout.
typedef vm_term vm_bif_fn(struct vm_cpu *c, const vm_term *args);

// Why an operation chain or a BIF came back without a result.
enum vm_outcome {
    VM_OUTCOME_NONE,
    VM_OUTCOME_ERROR,  // c->proc->exception is set: find a handler
    VM_OUTCOME_YIELD,  // out of reductions: run again later, from the same BIF call
    VM_OUTCOME_WAIT,   // waiting for a message or timer; a BIF is called again when one comes
    VM_OUTCOME_TRAP,  // BIF: call c->trap_export with c->trap_arity arguments in c->x instead (tail
                      // call)
    VM_OUTCOME_EXIT,  // the process has ended
    VM_OUTCOME_FROZEN,  // a hook wants everything to stop here
    VM_OUTCOME_SWITCH,  // BIF: it has put a new ip, sp, live and x registers in place (hibernate);
                        // leave them alone and return to the scheduler
};

// The binary that bs_put instructions fill, as long as its process runs without a collection.
struct vm_building {
    uint64_t at;             // offset of its bytes
    uint64_t position, end;  // bits
    vm_term pid;
    uint64_t collections;
};

enum { VM_RESERVED_STACK = 16 };  // words always free between htop and sp

// Where the loop of builds without tail calls goes on.
struct vm_cpu_next {
    const struct vm_ins *ip;
    vm_term *sp, *hp;
    const struct vm_op *table;
};

struct vm_cpu {
    vm_term x[VM_X_REGS];
    double f[VM_F_REGS];
    int64_t reds;   // left in this slice; below 0 the process yields
    int64_t slice;  // what it began with
    enum vm_outcome outcome;
    uint64_t call_ip;  // offset of the instruction that called the BIF: who sent, where it failed
    uint64_t trap_export;  // offset of struct vm_export
    uint32_t trap_arity;
    struct vm_building building;
    uint32_t bif_arity;  // arguments of the BIF running now (for stack traces)
    // Addresses of this process (the operating system's): set while running, zero in a saved image.
    struct vm *vm;
    struct vm_proc *proc;
    char *base;
    struct vm_cpu_next next;
};

// A table of offsets that grows: `at` is the offset of `capacity` uint64_t.
struct vm_table {
    uint64_t at, count, capacity;
};

struct vm_limits {
    uint64_t atoms, processes, messages,
        memory;              // memory in bytes: image bytes in blocks of the data pool
    uint64_t process_words;  // of one heap
    uint64_t reductions;     // in all; 0: no limit
    uint64_t seed;           // the rest of vm_options that outlives a saved image
    bool keep_beam, checked;
};

// The whole VM: what lies at the image's start. Each member has one owner (file in comment).
struct vm_root {
    struct vm_image_head image;  // image.c
    struct vm_cpu cpu;
    struct vm_limits limits;
    struct {
        struct vm_table texts;  // index -> offset of struct vm_atom_text
        struct vm_table buckets;
    } atoms;  // atom.c
    struct {
        struct vm_table exports, lambdas,
            modules;             // hash buckets (exports, lambdas), by name (modules)
        struct vm_table blocks;  // where versions' code is, by address: module.c
        uint64_t first_module, last_module, load_count;
        uint64_t stop;  // offset of shared stub instructions: see load.c
    } code;             // export.c module.c load.c
    struct {
        struct vm_table slots;  // pid number's low bits -> offset of struct vm_proc, or 0
        uint64_t alive, spawned, next_slot;
        uint64_t first[VM_PRIORITY_COUNT], last[VM_PRIORITY_COUNT];  // run queues
        uint64_t queued, switches;
        uint64_t current;            // offset of the process that runs or was frozen while running
        uint64_t random;             // state of the seeded random policy
        uint64_t dying, last_dying;  // offsets: processes whose end others have yet to hear of
        uint64_t slice_left;         // reductions `current` may still do when the run goes on
        uint64_t reductions;         // done by all, the living and the dead
        bool reaping, frozen, random_policy;
    } procs;  // sched.c proc.c exit.c
    struct {
        struct vm_table by_ref;  // monitors, aliases, timers, prepared code
    } relations;                 // relation.c
    struct {
        uint64_t next_message, next_ref, next_unique, next_monotonic_unique, messages;
    } counters;
    struct {
        struct vm_table names;  // registered names
    } names;                    // register.c
    struct {
        struct vm_table heap;  // binary heap of offsets of struct vm_timer, soonest first
        uint64_t serial;
    } timers;  // timer.c
    struct {
        struct vm_table by_id, by_name;
        uint64_t next_id, count;
    } ets;                    // ets.c
    struct vm_table atomics;  // reference -> array: bif_atomics.c
    struct {
        struct vm_table buckets;
        uint64_t count;
    } persistent;  // persistent.c
    struct {
        uint64_t virtual_now;  // ns, when time is virtual
        uint64_t offset;       // ns: system time - monotonic time
        uint64_t back;         // ns: monotonic time - what the world's clock says
        uint64_t unread;       // reductions since the clock was read
        uint64_t began;        // ns: when the VM was made
        uint64_t latest;       // ns: what vm_now said last
        uint64_t last_now;     // microseconds: what erlang:now gave last
        uint64_t random;       // state of the generator, when time is virtual
        bool is_virtual, started;
    } clock;  // clock.c
    struct {
        uint64_t runtime, wall_clock, reductions, exact_reductions;  // what was said last
        uint64_t collections;
    } statistics;          // bif_system_info.c
    uint64_t environment;  // offset of a vm_box: list of {Name, Value | false} changed by programs
    struct {
        bool requested;
        int32_t status;
        uint64_t slogan;  // offset of a zero-terminated text, 0: none
    } halt;
    struct {
        uint64_t epoch;         // grows whenever anything may have changed
        uint64_t instructions;  // run on the watched table
        uint64_t reported;      // offset of the instruction that was reported and froze the VM
        vm_term reported_pid;   // ... of this process
    } look;
};

// Host side of a VM (vm_impl.h has the struct): these two are all that most code needs.
static inline struct vm_root *vm_root_of(const char *base)
{
    return (struct vm_root *)(uintptr_t)base;
}

// Raise: set the exception and the outcome, return VM_NONE. The trace is added by the caller of the
// BIF.
vm_term vm_raise(struct vm_cpu *c, vm_term class, vm_term reason);
static inline vm_term vm_error(struct vm_cpu *c, vm_term reason)
{
    return vm_raise(c, VM_AM(error), reason);
}
static inline vm_term vm_badarg(struct vm_cpu *c)
{
    return vm_error(c, VM_AM(badarg));
}
static inline vm_term vm_badarith(struct vm_cpu *c)
{
    return vm_error(c, VM_AM(badarith));
}
// Raised by the instruction at call_ip, with {error_info, info} (a map) in its place in the trace.
vm_term vm_error_info(struct vm_cpu *c, vm_term reason, vm_term info);
static inline vm_term vm_system_limit(struct vm_cpu *c)
{
    return vm_error(c, VM_AM(system_limit));
}
static inline vm_term vm_bool(bool b)
{
    return b ? VM_AM(true) : VM_AM(false);
}

#endif
