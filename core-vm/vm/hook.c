#include "core-vm/vm/hook.h"

#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/sched.h"
#include "core-vm/vm/scratch.h"
#include "core-vm/vm/values.h"
#include "core-vm/vm/watch.h"

const char *vm_event_name(enum vm_event event)
{
    static const char *const names[] = {
#define VM_EVENT(name, text) text,
#include "core-vm/vm/events.def"
#undef VM_EVENT
    };
    return (unsigned)event < VM_EVENT_COUNT ? names[event] : "";
}

void vm_set_hooks(struct vm *vm, struct vm_hooks *hooks)
{
    vm->hooks = VM_HOOKS ? hooks : NULL;
    vm->table = vm->hooks == NULL ? vm_plain_table : vm_watched_table;
}

void vm_report(struct vm *vm, const struct vm_event_info *info)
{
    struct vm_hooks *hooks = vm->hooks;
    if (hooks == NULL || (hooks->events >> info->event & 1) == 0)
        return;
    struct vm_event_info full = *info;
    const struct vm_proc *proc = vm_root(vm)->cpu.proc;
    if (full.pid == 0 && proc != NULL)
        full.pid = vm_pid_number(proc->pid);
    if (full.ip == 0 && proc != NULL)
        full.ip = proc->ip;
    vm_root(vm)->look.epoch++;
    if (hooks->on_event(hooks->data, vm, &full) == VM_FREEZE)
        vm->freeze = 1;
}

void vm_report_of(struct vm *vm, enum vm_event event, vm_term term, uint64_t other,
                  uint64_t message)
{
    vm_report(vm, &(struct vm_event_info){
                      .event = event, .term = term, .other = other, .message = message});
}

// The VM was frozen at this instruction, after it had been reported.
static bool was_reported(struct vm_root *root, const struct vm_proc *proc)
{
    bool was = root->look.reported == proc->ip && root->look.reported_pid == proc->pid;
    root->look.reported = 0;
    return was;
}

bool vm_report_instruction(struct vm_cpu *c, enum vm_event event, vm_term term)
{
    struct vm *vm = c->vm;
    struct vm_root *root = vm_root(vm);
    if (vm->freeze)
        return true;
    root->look.instructions++;
    if (was_reported(root, c->proc))
        return false;
    vm_report_of(vm, VM_EVENT_INSTRUCTION, VM_NONE, 0, 0);
    if (event != VM_EVENT_INSTRUCTION)
        vm_report_of(vm, event, term, 0, 0);
    if (!vm->freeze)
        return false;
    root->look.reported = c->proc->ip;
    root->look.reported_pid = c->proc->pid;
    return true;
}

static struct wb_error *find_proc(const struct vm *vm, uint64_t pid, struct vm_proc **ret)
{
    *ret = vm_proc_find(vm, vm_pid(pid));
    if (*ret == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no process <0.%llu.%llu>",
                            (unsigned long long)(pid & 0xFFFFFFF), (unsigned long long)(pid >> 28));
    return NULL;
}

static struct wb_error *find_message(const struct vm *vm, const struct vm_proc *proc, uint64_t id,
                                     struct vm_message **ret)
{
    for (uint64_t at = proc->mailbox.first; at != 0; at = (*ret)->next) {
        *ret = vm_at(vm, at);
        if ((*ret)->id == id)
            return NULL;
    }
    return wb_error_new(WB_E_NOT_FOUND, "there is no message %llu in that queue",
                        (unsigned long long)id);
}

// Its x0 holds a term of the message that it looks at: the queue must stay as it is.
static struct wb_error *check_not_looking(const struct vm_proc *proc)
{
    if ((proc->flags & VM_PROC_FRAGILE) != 0)
        return wb_error_new(WB_E_STATE,
                            "the process is looking at its queue just now: step on first");
    return NULL;
}

struct wb_error *vm_inject(struct vm *vm, uint64_t to_pid, const struct beam_value *term)
{
    struct vm_proc *to = NULL;
    struct vm_scratch scratch;
    WB_TRY(find_proc(vm, to_pid, &to));
    WB_TRY(vm_scratch_begin(vm, &scratch));
    vm_term made = vm_term_of_value(&vm_root(vm)->cpu, term);
    bool sent = made != VM_NONE && vm_send_to(vm, to, VM_AM(system), made);
    vm_scratch_end(vm, &scratch);
    vm_root(vm)->look.epoch++;
    if (!sent)
        return wb_error_new(WB_E_LIMIT, "the message does not fit into the VM");
    return NULL;
}

struct wb_error *vm_drop_message(struct vm *vm, uint64_t pid, uint64_t message_id)
{
    struct vm_proc *proc = NULL;
    struct vm_message *message = NULL;
    WB_TRY(find_proc(vm, pid, &proc));
    WB_TRY(find_message(vm, proc, message_id, &message));
    WB_TRY(check_not_looking(proc));
    vm_mailbox_remove(vm, proc, message);
    vm_root(vm)->look.epoch++;
    return NULL;
}

struct wb_error *vm_move_message(struct vm *vm, uint64_t pid, uint64_t message_id,
                                 uint64_t before_id)
{
    struct vm_proc *proc = NULL;
    struct vm_message *message = NULL, *before = NULL;
    WB_TRY(find_proc(vm, pid, &proc));
    WB_TRY(find_message(vm, proc, message_id, &message));
    if (before_id != 0)
        WB_TRY(find_message(vm, proc, before_id, &before));
    WB_TRY(check_not_looking(proc));
    vm_mailbox_move(vm, proc, message, before);
    vm_root(vm)->look.epoch++;
    return NULL;
}

struct wb_error *vm_kill(struct vm *vm, uint64_t pid)
{
    struct vm_proc *proc = NULL;
    WB_TRY(find_proc(vm, pid, &proc));
    vm_exit_signal(vm, proc, VM_AM(system), VM_AM(kill), false);
    vm_root(vm)->look.epoch++;
    return NULL;
}

static uint64_t count_users(struct vm *vm, const struct vm_module_code *code)
{
    uint64_t slot = 0, count = 0;
    for (struct vm_proc *proc; (proc = vm_proc_next(vm, &slot)) != NULL;)
        count += vm_proc_uses_code(vm, proc, code);
    return count;
}

static void kill_users(struct vm *vm, const struct vm_module_code *code)
{
    uint64_t slot = 0;
    for (struct vm_proc *proc; (proc = vm_proc_next(vm, &slot)) != NULL;)
        if (vm_proc_uses_code(vm, proc, code))
            vm_exit_signal(vm, proc, VM_AM(system), VM_AM(kill), false);
}

struct wb_error *vm_purge(struct vm *vm, struct wb_bytes name, bool kill, uint64_t *users)
{
    vm_term atom = vm_atom_existing(vm, name);
    struct vm_module *module = atom != VM_NONE ? vm_module_find(vm, atom) : NULL;
    if (module == NULL || module->old == 0)
        return wb_error_new(WB_E_NOT_FOUND, "there is no old version of %.*s", (int)name.size,
                            (const char *)name.at);
    const struct vm_module_code *old = vm_at(vm, module->old);
    if (kill)
        kill_users(vm, old);
    *users = count_users(vm, old);
    if (*users == 0)
        vm_module_purge(vm, module);
    vm_root(vm)->look.epoch++;
    return NULL;
}
