#include "core-vm/vm/report.h"

#include "core-vm/base/arena.h"
#include "core-vm/format/print.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/introspect.h"
#include "core-vm/vm/mailbox.h"
#include "core-vm/vm/map.h"
#include "core-vm/vm/register.h"
#include "core-vm/vm/vm_impl.h"

enum { DEEPEST = 10000, STANDARD_ERROR = 2 };

void vm_print_term(const struct vm *vm, vm_term term, bool wrapped, struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = vm_look_term(vm, term, DEEPEST, SIZE_MAX, &arena, &value);
    if (err == NULL)
        beam_print(&value, wrapped ? BEAM_PRINT_P : BEAM_PRINT_0P, text);
    wb_error_free(err);
    wb_arena_free(&arena);
}

void vm_write(struct vm *vm, int fd, const struct wb_text *text)
{
    if (vm->world.write != NULL && text->size > 0)
        vm->world.write(vm->world.data, fd, wb_text_bytes(text));
}

static void write_crash(struct vm_cpu *c, vm_term reason)
{
    struct wb_text text wb_auto_text = {0};
    wb_text_put(&text, "Error in process ");
    vm_print_term(c->vm, c->proc->pid, false, &text);
    wb_text_put(&text, " with exit value:\n");
    vm_print_term(c->vm, reason, true, &text);
    wb_text_put_char(&text, '\n');
    vm_write(c->vm, STANDARD_ERROR, &text);
}

// #{error_logger => #{emulator => true, tag => error}, gl => .., pid => .., time => ..}
static vm_term metadata(struct vm_cpu *c)
{
    vm_term inner[4] = {VM_AM(emulator), VM_AM(true), VM_AM(tag), VM_AM(error)};
    vm_term outer[8] = {VM_AM(error_logger), vm_map_of(c, inner, 2),
                        VM_AM(gl),           c->proc->group_leader,
                        VM_AM(pid),          c->proc->pid,
                        VM_AM(time),         vm_make_integer(c, vm_system_now(c->vm) / 1000)};
    return outer[1] == VM_NONE || outer[7] == VM_NONE ? VM_NONE : vm_map_of(c, outer, 4);
}

static bool log_crash(struct vm_cpu *c, struct vm_proc *logger, vm_term reason)
{
    static const char format[] = "Error in process ~p with exit value:~n~p~n";
    vm_term args[2] = {c->proc->pid, reason};
    vm_term event[5] = {VM_AM(log), VM_AM(error), vm_make_string(c, wb_bytes_of(format), VM_NIL),
                        vm_make_list_of(c, args, 2, VM_NIL), metadata(c)};
    for (unsigned i = 0; i < 5; i++)
        if (event[i] == VM_NONE)
            return false;
    vm_term message = vm_make_tuple(c, 5, event);
    return message != VM_NONE && vm_send_to(c->vm, logger, c->proc->pid, message);
}

void vm_report_crash(struct vm_cpu *c, vm_term reason)
{
    struct vm_proc *logger = vm_registered(c->vm, VM_AM(logger));
    if (logger == NULL || !log_crash(c, logger, reason))
        write_crash(c, reason);
}
