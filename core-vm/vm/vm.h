// vm.h - the core VM as a library: make one, load code, spawn, run, throw away.
//
// No globals: as many VMs as you like, each used by one thread at a time. A VM's whole state is one
// image that can be saved and opened. See hook.h for stopping it, introspect.h for looking into it.
#ifndef VM_VM_H
#define VM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"
#include "core-vm/base/text.h"
#include "core-vm/format/value.h"
#include "core-vm/vm/world.h"

struct vm;

// Zeros mean the default in brackets. Exceeding one is an error of the program in the VM
// (system_limit), never ours.
struct vm_options {
    uint64_t reserve;         // bytes of address space [64 GiB, or what can be had]
    uint64_t max_memory;      // bytes of heaps, messages, tables [half of reserve]
    uint64_t max_atoms;       // [1048576]
    uint64_t max_processes;   // [262144]
    uint64_t max_messages;    // undelivered, in all [no limit]
    uint64_t max_reductions;  // in all [no limit]
    bool virtual_time;        // time stands still while anybody can run and jumps to the next timer
                              // otherwise
    uint64_t seed;            // of everything random when virtual_time is set or the policy asks
    bool keep_beam;           // keep copies of loaded .beam files in the image, for those who look
    bool checked;             // run every instruction in its checked form, proved or not
};

// Who runs next. `pick` gets the number of runnable processes of the highest priority that has any
// and returns 0 <= index < count; NULL pick: first come first served with priorities as OTP's.
struct vm_policy {
    uint64_t (*pick)(void *data, struct vm *vm, uint64_t count);
    void *data;
};

WB_MUST_CHECK struct wb_error *vm_new(const struct vm_options *options,
                                      const struct vm_world *world, struct vm **ret);
void vm_free(struct vm *vm);
void vm_set_policy(struct vm *vm, const struct vm_policy *policy);
// Round robin with a seed: any order of runnable processes, the same for the same seed.
struct vm_policy vm_policy_random(uint64_t seed);

// Load a .beam file. Parsed, verified, translated; nothing changes on error.
WB_MUST_CHECK struct wb_error *vm_load(struct vm *vm, struct wb_bytes beam_file,
                                       const char *source);
// Start module:function(args...) as a process. Its pid's number in *ret.
WB_MUST_CHECK struct wb_error *vm_spawn(struct vm *vm, const char *module, const char *function,
                                        const struct beam_value *args, size_t arg_count,
                                        uint64_t *ret);

enum vm_stop {
    VM_STOP_BUDGET,  // reductions used up
    VM_STOP_IDLE,    // all wait, no timer is armed, nothing will ever happen (without outside help)
    VM_STOP_HALTED,  // the program called halt: vm_halt_status
    VM_STOP_FROZEN,  // a hook froze it
    VM_STOP_INTERRUPTED,  // vm_interrupt
    VM_STOP_LIMIT,        // options.max_reductions
};
// Run until the budget (reductions; 0: none) is used up or something else stops it.
enum vm_stop vm_run(struct vm *vm, uint64_t budget);
// Make vm_run come back soon (within one slice). May be called from a signal handler or another
// thread.
void vm_interrupt(struct vm *vm);
int vm_halt_status(const struct vm *vm);
// What halt was called with as text ("" if none).
const char *vm_halt_slogan(const struct vm *vm);
uint64_t vm_alive(const struct vm *vm);  // number of processes

// Remember the state of a VM, and go back to it as often as one wants: costs a copy of the bytes
// that were in use when it was remembered. What the world was told is not taken back.
struct vm_kept;
struct vm_kept *vm_keep(const struct vm *vm);
void vm_rewind(struct vm *vm, const struct vm_kept *kept);
void vm_kept_free(struct vm_kept *kept);

// The whole state, compressed, appended to *out; and a VM made from it.
WB_MUST_CHECK struct wb_error *vm_save(const struct vm *vm, struct wb_text *out);
WB_MUST_CHECK struct wb_error *vm_open(struct wb_bytes image, const struct vm_world *world,
                                       struct vm **ret);

#endif
