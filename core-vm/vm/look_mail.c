// What waits in a process's queue, as others see it.
#include "core-vm/vm/look_priv.h"

// A place in a queue: the field that leads to the next message.
struct walk {
    const struct vm *vm;
    const struct vm_proc *proc;
    uint64_t field, index;
    bool unseen;  // the save pointer was passed
};

static struct walk walk_begin(const struct vm *vm, const struct vm_proc *proc)
{
    return (struct walk){.vm = vm, .proc = proc, .field = vm_offset(vm, &proc->mailbox.first)};
}

// NULL: the end, or what is no sound queue. *skipped: the current receive has passed it.
static const struct vm_message *walk_next(struct walk *w, bool *skipped)
{
    const uint64_t *field = VM_PEEK(w->vm, w->field, uint64_t);
    w->unseen |= w->field == w->proc->mailbox.save;
    // A cycle ends where the count says that the queue does.
    if (field == NULL || w->index >= w->proc->mailbox.count)
        return NULL;
    const struct vm_message *message = VM_PEEK(w->vm, *field, struct vm_message);
    if (message == NULL)
        return NULL;
    *skipped = !w->unseen;
    w->field = vm_offset(w->vm, &message->next);
    w->index++;
    return message;
}

static void fill(const struct vm *vm, const struct vm_message *message,
                 const struct vm_look_map *map, struct wb_arena *arena, struct vm_look_message *ret)
{
    struct vm_look_spot spot;
    vm_look_spot(vm, map, message->sent_from, arena, &spot);
    *ret = (struct vm_look_message){
        .id = message->id,
        .cause = message->cause,
        .sender = vm_is_local_pid(message->sender) ? vm_pid_number(message->sender) : 0,
        .term = message->term,
        .words = message->heap.used,
        .time = message->time,
        .sent_from = spot.mfa,
        .file = spot.file,
        .line = spot.line,
    };
}

static void take(struct walk *w, uint64_t count, struct wb_arena *arena,
                 struct vm_look_messages *ret)
{
    uint64_t left = w->proc->mailbox.count > w->index ? w->proc->mailbox.count - w->index : 0;
    uint64_t most = vm_root(w->vm)->counters.messages;
    count = count < left ? count : left;
    count = count < most ? count : most;
    *ret = (struct vm_look_messages){.at = wb_push_array(arena, struct vm_look_message, count + 1)};
    struct vm_look_map map;
    vm_look_map_init(w->vm, arena, &map);
    const struct vm_message *message = NULL;
    bool skipped = false;
    while (ret->count < count && (message = walk_next(w, &skipped)) != NULL) {
        fill(w->vm, message, &map, arena, &ret->at[ret->count]);
        ret->at[ret->count++].skipped = skipped;
    }
}

struct wb_error *vm_look_messages(const struct vm *vm, uint64_t pid, struct wb_arena *arena,
                                  struct vm_look_messages *ret)
{
    const struct vm_proc *proc = vm_look_find(vm, pid);
    if (proc == NULL)
        return vm_look_no_process(pid);
    struct walk w = walk_begin(vm, proc);
    take(&w, UINT64_MAX, arena, ret);
    return NULL;
}

struct wb_error *vm_look_messages_from(const struct vm *vm, uint64_t pid,
                                       struct vm_look_cursor *cursor, uint64_t first,
                                       uint64_t count, struct wb_arena *arena,
                                       struct vm_look_messages *ret)
{
    const struct vm_proc *proc = vm_look_find(vm, pid);
    if (proc == NULL)
        return vm_look_no_process(pid);
    struct walk w = walk_begin(vm, proc);
    bool same = cursor->at != 0 && cursor->epoch == vm_look_epoch(vm) && cursor->pid == pid &&
                cursor->index <= first;
    if (same) {
        w.field = cursor->at;
        w.index = cursor->index;
        w.unseen = cursor->unseen;
    }
    bool skipped = false;
    while (w.index < first && walk_next(&w, &skipped) != NULL)
        ;
    take(&w, count, arena, ret);
    *cursor = (struct vm_look_cursor){.epoch = vm_look_epoch(vm),
                                      .pid = pid,
                                      .index = w.index,
                                      .at = w.field,
                                      .unseen = w.unseen};
    return NULL;
}
