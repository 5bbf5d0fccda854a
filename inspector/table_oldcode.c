// Which processes still run old code: they would be killed when it is purged.
//
// As erlang:check_process_code/2 sees it: the place where a process goes on, or one it returns to,
// is in a version of a module that was replaced.
#include <stdlib.h>

#include "inspector/table_priv.h"

enum field { MODULE, PID, NAME, FRAMES, FUNCTION, AT };

static const struct insp_field fields[] = {
    [MODULE] = {"module", "MODULE", INSP_NAME, 20, INSP_SHOWN, "that was replaced"},
    [PID] = {"pid", "PID", INSP_PID, 11, INSP_SHOWN, "the process that runs its old version"},
    [NAME] = {"name", "NAME", INSP_NAME, 16, INSP_SHOWN, "its registered name"},
    [FRAMES] = {"frames", "FRAMES", INSP_NUMBER, 6, INSP_SHOWN,
                "frames of its stack in the old version"},
    [FUNCTION] = {"function", "FUNCTION", INSP_MFA, -20, INSP_SHOWN,
                  "the innermost of these functions"},
    [AT] = {"at", "AT", INSP_PLACE, 18, INSP_SHOWN, "file and line in the old version"},
};

struct user {
    const struct tgt_module *module;
    const struct tgt_proc *proc;
    uint64_t frames;
    struct tgt_place place;
};
struct users {
    struct wb_arena *arena;
    struct tgt_module *old;  // in order of start
    size_t old_count;
    struct user *at;
    size_t count, capacity;
};

static int by_start(const void *a, const void *b)
{
    const struct tgt_module *x = a, *y = b;
    return (x->start.at > y->start.at) - (x->start.at < y->start.at);
}

static struct wb_error *take_old(struct insp_session *s, struct users *users)
{
    struct tgt_modules modules;
    WB_TRY(tgt_list_modules(s->t, users->arena, &modules));
    users->old = wb_push_array(users->arena, struct tgt_module, modules.count);
    for (size_t i = 0; i < modules.count; i++) {
        if (!modules.at[i].old)
            continue;
        if (modules.at[i].start.at == 0)
            return wb_error_new(WB_E_UNSUPPORTED,
                                "this target (%s) does not say where old code is, only of which "
                                "modules there is some: modules where old = true",
                                tgt_info(s->t)->kind);
        users->old[users->old_count++] = modules.at[i];
    }
    if (users->old_count > 1)
        qsort(users->old, users->old_count, sizeof *users->old, by_start);
    return NULL;
}

static const struct tgt_module *old_at(const struct users *users, struct tgt_addr ip)
{
    size_t low = 0, high = users->old_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (users->old[middle].start.at <= ip.at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct tgt_module *module = &users->old[low - 1];
    return ip.at - module->start.at < module->code_bytes ? module : NULL;
}

static struct user *user_of(struct users *users, size_t first, const struct tgt_module *module)
{
    for (size_t i = first; i < users->count; i++)
        if (users->at[i].module == module)
            return &users->at[i];
    if (users->count == users->capacity) {
        size_t capacity = users->capacity != 0 ? 2 * users->capacity : 16;
        struct user *grown = wb_push_array(users->arena, struct user, capacity);
        for (size_t i = 0; i < users->count; i++)
            grown[i] = users->at[i];
        users->at = grown;
        users->capacity = capacity;
    }
    users->at[users->count] = (struct user){.module = module};
    return &users->at[users->count++];
}

static void take_frames(struct users *users, const struct tgt_proc *proc,
                        const struct tgt_frames *frames)
{
    size_t first = users->count;
    for (size_t i = 0; i < frames->count; i++) {
        const struct tgt_module *module = old_at(users, frames->at[i].ip);
        if (module == NULL)
            continue;
        struct user *user = user_of(users, first, module);
        if (user->frames++ == 0) {
            user->proc = proc;
            user->place = frames->at[i].place;
        }
    }
}

// Frames are kept where one is in old code.
static void look_at(struct insp_session *s, const struct tgt_proc *proc, struct users *users)
{
    struct tgt_frames frames;
    struct wb_mark mark = wb_arena_mark(users->arena);
    size_t before = users->count;
    struct wb_error *err = tgt_list_frames(s->t, proc->pid, users->arena, &frames);
    if (err == NULL)
        take_frames(users, proc, &frames);
    if (users->count == before)
        wb_arena_rewind(users->arena, mark);
    wb_error_free(err);
}

static struct wb_error *oldcode_open(struct insp_session *s, struct tgt_pid of,
                                     struct wb_arena *arena, struct insp_rows *ret)
{
    (void)of;
    struct tgt_procs procs = {0};
    struct users *users = wb_push(arena, sizeof *users, alignof(struct users));
    users->arena = arena;
    WB_TRY(take_old(s, users));
    // Without old code nobody can be in it: stacks need not be read.
    if (users->old_count > 0)
        WB_TRY(insp_procs(s, &procs));
    for (size_t i = 0; i < procs.count; i++) {
        if (!insp_go_on(s, i, procs.count))
            return insp_stopped();
        look_at(s, &procs.at[i], users);
    }
    ret->data = users;
    ret->count = users->count;
    return NULL;
}

static struct insp_cell oldcode_cell(struct insp_rows *rows, size_t row, unsigned field)
{
    const struct users *users = rows->data;
    const struct user *user = &users->at[row];
    switch ((enum field)field) {
    case MODULE:
        return insp_atom(user->module->name);
    case PID:
        return insp_pid(user->proc->pid);
    case NAME:
        return insp_atom(user->proc->name);
    case FRAMES:
        return insp_number(user->frames);
    case FUNCTION:
        return insp_mfa(&user->place.mfa);
    case AT:
        return insp_place(&user->place);
    }
    return insp_none();
}

const struct insp_table insp_table_oldcode = {
    .name = "oldcode",
    .help = "processes that still run old code",
    .fields = fields,
    .field_count = INSP_COUNT(fields),
    .pattern_field = -1,
    .pid_field = PID,
    .needs = TGT_CAN_LOOK,
    .open = oldcode_open,
    .cell = oldcode_cell,
};
