// hook.h - stopping a VM where one wants: steps, breakpoints, events. Costs nothing when not used:
// while hooks are set the VM runs on its watched operation table, otherwise on the plain one.
#ifndef VM_HOOK_H
#define VM_HOOK_H

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "core-vm/format/value.h"

struct vm;

enum vm_event {
#define VM_EVENT(name, text) VM_EVENT_##name,
#include "core-vm/vm/events.def"
#undef VM_EVENT
    VM_EVENT_COUNT,
};
const char *vm_event_name(enum vm_event event);

// What happened, to whom. Terms are words of the VM: read them with introspect.h while it stands
// still.
struct vm_event_info {
    enum vm_event event;
    uint64_t pid;      // number of the process it happened in; 0: none
    uint64_t ip;       // offset of the instruction
    uint64_t term;     // message, reason, value returned, name; 0: none
    uint64_t other;    // pid number of the other side (receiver, child, linked); 0: none
    uint64_t message;  // id of the message; 0: none
};

enum vm_verdict { VM_GO_ON, VM_FREEZE };

// Called for each event whose bit is in `events` (1 << VM_EVENT_x). INSTRUCTION, CALL and RETURN
// come before they take effect; the others right after, at the next instruction boundary. Must not
// run the VM; may read it.
struct vm_hooks {
    uint64_t events;
    enum vm_verdict (*on_event)(void *data, struct vm *vm, const struct vm_event_info *info);
    void *data;
};
// NULL: none. Takes effect at once (in the middle of a run: at the next call). `hooks` must outlive
// its use.
void vm_set_hooks(struct vm *vm, struct vm_hooks *hooks);

// While frozen: change what is in flight. NOT_FOUND if there is no such process or message.
WB_MUST_CHECK struct wb_error *vm_inject(struct vm *vm, uint64_t to_pid,
                                         const struct beam_value *term);
WB_MUST_CHECK struct wb_error *vm_drop_message(struct vm *vm, uint64_t pid, uint64_t message_id);
// Put a queued message before another one of the same queue (0: last).
WB_MUST_CHECK struct wb_error *vm_move_message(struct vm *vm, uint64_t pid, uint64_t message_id,
                                               uint64_t before_id);
WB_MUST_CHECK struct wb_error *vm_kill(struct vm *vm, uint64_t pid);
// Throw away a module's old version, unless somebody runs it: *users says how many processes do.
// `kill`: they are killed first, and only those count that have not ended yet. NOT_FOUND: there is
// no old version.
WB_MUST_CHECK struct wb_error *vm_purge(struct vm *vm, struct wb_bytes module, bool kill,
                                        uint64_t *users);

#endif
