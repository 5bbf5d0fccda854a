// target_corevm.c - looking at a core VM that lives in this process.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/target/corevm_priv.h"
#include "inspector/target/places.h"

static struct corevm *self(struct tgt *t)
{
    return (struct corevm *)t;
}

static const struct vm *vm_of(const struct tgt *t)
{
    return ((const struct corevm *)t)->vm;
}

static uint64_t corevm_epoch(const struct tgt *t)
{
    return vm_look_epoch(vm_of(t));
}

// Times are counted from when the VM began.
static uint64_t since(const struct vm *vm, uint64_t time)
{
    uint64_t began = vm_look_began(vm);
    return time > began ? time - began : 0;
}

static struct tgt_mfa mfa_of(const struct vm_look_mfa *m)
{
    return (struct tgt_mfa){m->module, m->function, m->arity};
}

static struct tgt_place place_of(const struct vm_look_mfa *m, struct wb_bytes file, uint32_t line)
{
    return (struct tgt_place){.mfa = mfa_of(m), .file = file, .line = line};
}

static enum tgt_status status_of(const char *status)
{
    for (int i = 0; i < TGT_STATUS_COUNT; i++)
        if (strcmp(status, tgt_status_name((enum tgt_status)i)) == 0)
            return (enum tgt_status)i;
    return TGT_WAITING;
}

static uint8_t priority_of(const char *name)
{
    for (uint8_t i = TGT_MAX; i <= TGT_LOW; i++)
        if (strcmp(tgt_priority_name(i), name) == 0)
            return i;
    return TGT_NORMAL;
}

static uint8_t wait_of(const char *name)
{
    for (uint8_t i = TGT_RECEIVE; i <= TGT_RECEIVE_AFTER; i++)
        if (strcmp(tgt_wait_name(i), name) == 0)
            return i;
    return TGT_NO_WAIT;
}

static struct tgt_proc proc_of(const struct vm *vm, const struct vm_look_proc *p,
                               struct tgt_places *places, struct wb_arena *arena)
{
    const struct tgt_mfa initial = mfa_of(&p->initial);
    const struct tgt_place current = place_of(&p->current, p->file, p->line);
    struct tgt_proc proc = {
        .pid = corevm_pid(p->pid),
        .status = status_of(p->status),
        .priority = priority_of(p->priority),
        .trap_exit = p->trap_exit,
        .sensitive = p->sensitive,
        .system = p->system,
        .name = p->name,
        .label = {p->label},
        .initial = tgt_mfa_keep(places, &initial, arena),
        .current = tgt_place_keep(places, &current, arena),
        .reductions = p->reductions,
        .messages = p->messages,
        .heap_words = p->heap_words,
        .stack_words = p->stack_words,
        .memory = p->memory,
        .parent = corevm_pid(p->parent),
        .group_leader = corevm_pid(p->group_leader),
        .links = wb_push_array(arena, struct tgt_pid, p->link_count),
        .link_count = p->link_count,
        .serial = p->serial,
        .last_received = p->last_received,
        .wake_at = p->wake_at != 0 ? since(vm, p->wake_at) : 0,
        .wait = wait_of(p->wait),
    };
    for (size_t i = 0; i < p->link_count; i++)
        proc.links[i] = corevm_pid(p->links[i]);
    return proc;
}

static struct wb_error *corevm_list_procs(struct tgt *t, struct wb_arena *arena,
                                          struct tgt_procs *ret)
{
    struct vm_look_procs procs;
    struct tgt_places places = {0};
    WB_TRY(vm_look_procs(vm_of(t), arena, &procs));
    struct tgt_proc *at = wb_push_array(arena, struct tgt_proc, procs.count);
    for (size_t i = 0; i < procs.count; i++)
        at[i] = proc_of(vm_of(t), &procs.at[i], &places, arena);
    *ret = (struct tgt_procs){at, procs.count};
    return NULL;
}

static struct wb_error *corevm_read_proc(struct tgt *t, struct tgt_pid pid, struct wb_arena *arena,
                                         struct tgt_proc *ret)
{
    struct vm_look_proc proc;
    struct tgt_places places = {0};
    WB_TRY(vm_look_proc(vm_of(t), corevm_number(pid), arena, &proc));
    *ret = proc_of(vm_of(t), &proc, &places, arena);
    return NULL;
}

static struct tgt_frame frame_of(const struct vm_look_frame *f, struct wb_arena *arena)
{
    struct tgt_frame frame = {
        .place = place_of(&f->mfa, f->file, f->line),
        .ip = {f->ip},
        .ins = f->ins,
        .slots = wb_push_array(arena, struct tgt_slot, f->slot_count),
        .slot_count = f->slot_count,
    };
    for (size_t i = 0; i < f->slot_count; i++)
        frame.slots[i] = (struct tgt_slot){.kind = f->slots[i].kind,
                                           .number = f->slots[i].number,
                                           .catch_tag = f->slots[i].catch_tag,
                                           .term = {f->slots[i].term}};
    return frame;
}

static struct wb_error *corevm_list_frames(struct tgt *t, struct tgt_pid pid,
                                           struct wb_arena *arena, struct tgt_frames *ret)
{
    struct vm_look_frames frames;
    WB_TRY(vm_look_frames(vm_of(t), corevm_number(pid), arena, &frames));
    struct tgt_frame *at = wb_push_array(arena, struct tgt_frame, frames.count);
    for (size_t i = 0; i < frames.count; i++)
        at[i] = frame_of(&frames.at[i], arena);
    *ret = (struct tgt_frames){at, frames.count};
    return NULL;
}

// The marks of a queue at the present epoch; those not used longest make room.
static struct corevm_marks *marks_of(struct corevm *c, uint64_t pid)
{
    uint64_t epoch = vm_look_epoch(c->vm);
    struct corevm_marks *oldest = &c->marks[0], *found = NULL;
    for (size_t i = 0; i < COREVM_QUEUES; i++) {
        struct corevm_marks *marks = &c->marks[i];
        if (marks->epoch == epoch && marks->pid == pid)
            found = marks;
        if (marks->used < oldest->used)
            oldest = marks;
    }
    if (found == NULL) {
        *oldest = (struct corevm_marks){.epoch = epoch, .pid = pid};
        found = oldest;
    }
    found->used = ++c->uses;
    return found;
}

// The last mark that is not behind `first`, having walked as far as that and left marks on the way.
static struct wb_error *nearest(struct corevm *c, struct corevm_marks *marks, uint64_t first,
                                struct vm_look_cursor *ret)
{
    struct wb_arena arena = {0};
    struct vm_look_messages none;
    struct wb_error *err = NULL;
    uint64_t reach = marks->count > 0 ? marks->at[marks->count - 1].index : 0;
    while (err == NULL && marks->count < COREVM_MARKS && reach + COREVM_STRIDE <= first) {
        struct vm_look_cursor cursor = {0};
        if (marks->count > 0)
            cursor = marks->at[marks->count - 1];
        reach += COREVM_STRIDE;
        err = vm_look_messages_from(c->vm, marks->pid, &cursor, reach, 0, &arena, &none);
        marks->at[marks->count++] = cursor;
    }
    wb_arena_free(&arena);
    *ret = (struct vm_look_cursor){0};
    for (size_t i = 0; i < marks->count && marks->at[i].index <= first; i++)
        *ret = marks->at[i];
    return err;
}

static struct wb_error *corevm_list_messages(struct tgt *t, struct tgt_pid pid,
                                             struct tgt_range range, struct wb_arena *arena,
                                             struct tgt_messages *ret)
{
    struct vm_look_messages list;
    struct vm_look_cursor cursor;
    struct corevm *c = self(t);
    WB_TRY(nearest(c, marks_of(c, corevm_number(pid)), range.first, &cursor));
    WB_TRY(vm_look_messages_from(c->vm, corevm_number(pid), &cursor, range.first, range.count,
                                 arena, &list));
    struct tgt_message *at = wb_push_array(arena, struct tgt_message, list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct vm_look_message *m = &list.at[i];
        at[i] = (struct tgt_message){
            .id = m->id,
            .cause = m->cause,
            .to = pid,
            .sender = corevm_pid(m->sender),
            .position = range.first + i,
            .term = {m->term},
            .words = m->words,
            .time = since(vm_of(t), m->time),
            .seen = m->skipped ? TGT_SKIPPED : TGT_UNSEEN,
            .kind = "message",
            .sent_from = place_of(&m->sent_from, m->file, m->line),
        };
    }
    *ret = (struct tgt_messages){at, list.count};
    return NULL;
}

static struct wb_error *corevm_list_modules(struct tgt *t, struct wb_arena *arena,
                                            struct tgt_modules *ret)
{
    struct vm_look_modules list;
    WB_TRY(vm_look_modules(vm_of(t), arena, &list));
    struct tgt_module *at = wb_push_array(arena, struct tgt_module, list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct vm_look_module *m = &list.at[i];
        at[i] = (struct tgt_module){
            .name = m->name,
            .source = m->source,
            .start.at = m->start,
            .code_bytes = m->code_bytes,
            .literal_bytes = m->literal_bytes,
            .serial = m->serial,
            .old = m->old,
            .beam = m->beam,
        };
    }
    *ret = (struct tgt_modules){at, list.count};
    return NULL;
}

static struct wb_error *corevm_read_term(struct tgt *t, struct tgt_term term,
                                         struct tgt_limits limits, struct wb_arena *arena,
                                         struct beam_value *ret)
{
    return vm_look_term(vm_of(t), term.bits, limits.depth, limits.length, arena, ret);
}

static void corevm_close(struct tgt *t)
{
    struct corevm *c = self(t);
    vm_free(c->vm);
    vm_system_world_free(c->system);
    wb_arena_free(&c->arena);
    wb_text_free(&c->said);
    wb_text_free(&c->taken);
    free(c);
}

static struct wb_error *corevm_list_monitors(struct tgt *t, struct tgt_pid pid,
                                             struct wb_arena *arena, struct tgt_monitors *ret)
{
    struct vm_look_monitors list;
    WB_TRY(vm_look_monitors(vm_of(t), corevm_number(pid), arena, &list));
    struct tgt_monitor *at = wb_push_array(arena, struct tgt_monitor, list.count);
    for (size_t i = 0; i < list.count; i++)
        at[i] = (struct tgt_monitor){
            .ref = {list.at[i].ref},
            .pid = corevm_pid(list.at[i].pid),
            .monitored_by = list.at[i].monitored_by,
        };
    *ret = (struct tgt_monitors){at, list.count};
    return NULL;
}

static struct wb_error *corevm_read_dictionary(struct tgt *t, struct tgt_pid pid,
                                               struct wb_arena *arena, struct beam_value *ret)
{
    return vm_look_dictionary(vm_of(t), corevm_number(pid), arena, ret);
}

static struct wb_error *corevm_list_timers(struct tgt *t, struct wb_arena *arena,
                                           struct tgt_timers *ret)
{
    struct vm_look_timers list;
    WB_TRY(vm_look_timers(vm_of(t), arena, &list));
    struct tgt_timer *at = wb_push_array(arena, struct tgt_timer, list.count);
    for (size_t i = 0; i < list.count; i++)
        at[i] = (struct tgt_timer){.at = since(vm_of(t), list.at[i].at),
                                   .pid = corevm_pid(list.at[i].pid),
                                   .term = {list.at[i].term},
                                   .ref = {list.at[i].ref}};
    *ret = (struct tgt_timers){at, list.count};
    return NULL;
}

static struct wb_error *corevm_list_atoms(struct tgt *t, struct wb_arena *arena,
                                          struct tgt_atoms *ret)
{
    struct vm_look_atoms list;
    WB_TRY(vm_look_atoms(vm_of(t), arena, &list));
    *ret = (struct tgt_atoms){.at = list.at, .count = list.count, .limit = list.limit};
    return NULL;
}

static struct wb_error *corevm_list_tables(struct tgt *t, struct wb_arena *arena,
                                           struct tgt_tables *ret)
{
    struct vm_look_tables list;
    WB_TRY(vm_look_tables(vm_of(t), arena, &list));
    struct tgt_table *at = wb_push_array(arena, struct tgt_table, list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct vm_look_table *m = &list.at[i];
        at[i] = (struct tgt_table){
            .id = m->id,
            .name = m->name,
            .type = m->type,
            .access = m->access,
            .owner = corevm_pid(m->owner),
            .size = m->size,
            .words = m->words,
            .key = m->key,
        };
    }
    *ret = (struct tgt_tables){at, list.count};
    return NULL;
}

static struct wb_error *corevm_list_rows(struct tgt *t, uint64_t table, struct wb_arena *arena,
                                         struct tgt_terms *ret)
{
    uint64_t *words;
    size_t count;
    WB_TRY(vm_look_rows(vm_of(t), table, arena, &words, &count));
    struct tgt_term *at = wb_push_array(arena, struct tgt_term, count);
    for (size_t i = 0; i < count; i++)
        at[i].bits = words[i];
    *ret = (struct tgt_terms){at, count};
    return NULL;
}

static struct wb_error *corevm_find_code(struct tgt *t, const struct tgt_find *find,
                                         struct wb_arena *arena, struct tgt_addrs *ret)
{
    struct vm_look_find look = {find->module, find->function, find->arity, find->line};
    struct vm_look_ips ips;
    WB_TRY(vm_look_code(vm_of(t), &look, arena, &ips));
    struct tgt_addr *at = wb_push_array(arena, struct tgt_addr, ips.count);
    for (size_t i = 0; i < ips.count; i++)
        at[i].at = ips.at[i];
    *ret = (struct tgt_addrs){at, ips.count};
    return NULL;
}

static struct wb_error *corevm_read_place(struct tgt *t, struct tgt_addr ip, struct wb_arena *arena,
                                          struct tgt_place *ret)
{
    struct vm_look_place place;
    WB_TRY(vm_look_place(vm_of(t), ip.at, arena, &place));
    *ret = place_of(&place.mfa, place.file, place.line);
    return NULL;
}

static struct wb_error *corevm_read_clock(struct tgt *t, uint64_t *ret)
{
    *ret = since(vm_of(t), vm_look_now(vm_of(t)));
    return NULL;
}

static struct wb_error *corevm_load_code(struct tgt *t, struct wb_bytes file, const char *source)
{
    return vm_load(self(t)->vm, file, source);
}

static struct wb_error *corevm_purge_code(struct tgt *t, struct wb_bytes module, bool kill,
                                          uint64_t *users)
{
    return vm_purge(self(t)->vm, module, kill, users);
}

static struct wb_error *corevm_save(struct tgt *t, struct wb_write *file,
                                    const struct tgt_watch *watch)
{
    struct wb_text image wb_auto_text = {0};
    WB_TRY(vm_save(vm_of(t), &image));
    if (watch != NULL && !watch->go_on(watch->data, image.size, image.size))
        return wb_error_new(WB_E_STATE, "interrupted: nothing was saved");
    return wb_write_put(file, wb_text_bytes(&image));
}

// Bit sets and numbers of events, theirs and ours.
static const uint8_t events[VM_EVENT_COUNT] = {
#define VM_EVENT(name, text) [VM_EVENT_##name] = TGT_EVENT_##name,
#include "core-vm/vm/events.def"
#undef VM_EVENT
};

static uint64_t events_of(uint64_t set)
{
    uint64_t theirs = 0;
    for (unsigned i = 0; i < VM_EVENT_COUNT; i++)
        if ((set >> events[i] & 1) != 0)
            theirs |= UINT64_C(1) << i;
    return theirs;
}

static enum vm_verdict on_event(void *data, struct vm *vm, const struct vm_event_info *info)
{
    struct corevm *c = data;
    (void)vm;
    struct tgt_event_info ours = {
        .event = (enum tgt_event)events[info->event],
        .pid = corevm_pid(info->pid),
        .other = corevm_pid(info->other),
        .ip = {info->ip},
        .term = {info->term},
        .message = info->message,
    };
    return c->run->on_event(c->run->data, &c->base, &ours) ? VM_FREEZE : VM_GO_ON;
}

static enum tgt_why why_of(struct corevm *c, enum vm_stop stop)
{
    switch (stop) {
    case VM_STOP_BUDGET:
        return TGT_BUDGET;
    case VM_STOP_IDLE:
        return TGT_IDLE;
    case VM_STOP_HALTED:
        return TGT_HALTED;
    case VM_STOP_FROZEN:
        return TGT_FROZEN;
    case VM_STOP_INTERRUPTED:
        return c->paused ? TGT_BUDGET : TGT_INTERRUPTED;
    case VM_STOP_LIMIT:
        return TGT_LIMIT;
    }
    return TGT_INTERRUPTED;
}

static struct wb_error *corevm_run(struct tgt *t, const struct tgt_run *run, struct tgt_stop *ret)
{
    struct corevm *c = self(t);
    struct vm_hooks hooks = {.events = events_of(run->events), .on_event = on_event, .data = c};
    if (!c->halted) {
        c->run = run;
        c->paused = false;
        if (run->events != 0)
            vm_set_hooks(c->vm, &hooks);
        c->last = (struct tgt_stop){.why = why_of(c, vm_run(c->vm, run->budget))};
        vm_set_hooks(c->vm, NULL);
        c->run = NULL;
    }
    if (c->last.why == TGT_HALTED && !c->halted) {
        c->halted = true;
        c->last.status = vm_halt_status(c->vm);
        snprintf(c->slogan, sizeof c->slogan, "%s", vm_halt_slogan(c->vm));
        c->last.slogan = c->slogan;
    }
    *ret = c->last;
    return NULL;
}

static void corevm_interrupt(struct tgt *t)
{
    vm_interrupt(self(t)->vm);
}

static uint64_t corevm_line_key(const struct tgt *t, struct tgt_addr ip)
{
    return vm_look_line_key(vm_of(t), ip.at);
}

static uint64_t corevm_depth_mark(const struct tgt *t, struct tgt_pid pid)
{
    return vm_look_depth_mark(vm_of(t), corevm_number(pid));
}

static int corevm_depth_compare(const struct tgt *t, struct tgt_pid pid, uint64_t mark)
{
    return vm_look_depth_compare(vm_of(t), corevm_number(pid), mark);
}

static struct tgt_addr corevm_ip_of(const struct tgt *t, struct tgt_pid pid)
{
    return (struct tgt_addr){vm_look_ip(vm_of(t), corevm_number(pid))};
}

static struct wb_bytes corevm_take_output(struct tgt *t)
{
    struct corevm *c = self(t);
    struct wb_text swap = c->taken;
    c->taken = c->said;
    c->said = swap;
    wb_text_cut(&c->said, 0);
    return wb_text_bytes(&c->taken);
}

static struct wb_error *corevm_inject(struct tgt *t, struct tgt_pid to,
                                      const struct beam_value *term)
{
    return vm_inject(self(t)->vm, corevm_number(to), term);
}

static struct wb_error *corevm_drop(struct tgt *t, struct tgt_pid pid, uint64_t message)
{
    return vm_drop_message(self(t)->vm, corevm_number(pid), message);
}

static struct wb_error *corevm_move(struct tgt *t, struct tgt_pid pid, uint64_t message,
                                    uint64_t before)
{
    return vm_move_message(self(t)->vm, corevm_number(pid), message, before);
}

static struct wb_error *corevm_kill(struct tgt *t, struct tgt_pid pid)
{
    return vm_kill(self(t)->vm, corevm_number(pid));
}

static const struct tgt_run_ops run_ops = {
    .run = corevm_run,
    .interrupt = corevm_interrupt,
    .line_key = corevm_line_key,
    .depth_mark = corevm_depth_mark,
    .depth_compare = corevm_depth_compare,
    .ip_of = corevm_ip_of,
    .take_output = corevm_take_output,
};

static const struct tgt_edit_ops edit_ops = {
    .inject = corevm_inject,
    .drop = corevm_drop,
    .move = corevm_move,
    .kill = corevm_kill,
};

const struct tgt_ops corevm_ops = {
    .epoch = corevm_epoch,
    .list_procs = corevm_list_procs,
    .read_proc = corevm_read_proc,
    .list_frames = corevm_list_frames,
    .list_messages = corevm_list_messages,
    .list_modules = corevm_list_modules,
    .read_term = corevm_read_term,
    .close = corevm_close,
    .list_monitors = corevm_list_monitors,
    .read_dictionary = corevm_read_dictionary,
    .list_timers = corevm_list_timers,
    .list_atoms = corevm_list_atoms,
    .list_tables = corevm_list_tables,
    .list_rows = corevm_list_rows,
    .find_code = corevm_find_code,
    .read_place = corevm_read_place,
    .read_clock = corevm_read_clock,
    .load_code = corevm_load_code,
    .purge_code = corevm_purge_code,
    .save = corevm_save,
    .run = &run_ops,
    .edit = &edit_ops,
};
