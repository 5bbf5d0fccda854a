#include "inspector/jam.h"

#include <inttypes.h>
#include <stdlib.h>

// A queue that long is full enough to be told of when nobody waits for its owner's answer.
enum { FULL = 100 };

static const char *const names[] = {
#define INSP_JAM(name, text, help) text,
#include "inspector/jams.def"
#undef INSP_JAM
};
static const char *const helps[] = {
#define INSP_JAM(name, text, help) help,
#include "inspector/jams.def"
#undef INSP_JAM
};

const char *insp_jam_name(enum insp_jam_kind kind)
{
    return names[kind];
}

const char *insp_jam_help(enum insp_jam_kind kind)
{
    return helps[kind];
}

// Everything in the queue was skipped when the last message was.
static bool skipped_all(struct insp_session *s, const struct tgt_proc *p)
{
    struct wb_arena arena = {0};
    struct tgt_messages last = {0};
    if (p->status != TGT_WAITING || p->messages == 0)
        return false;
    wb_error_free(
        tgt_list_messages(s->t, p->pid, (struct tgt_range){p->messages - 1, 1}, &arena, &last));
    bool all = last.count == 1 && last.at[0].seen == TGT_SKIPPED;
    wb_arena_free(&arena);
    return all;
}

// A running process: is the innermost that it does C code of a BIF or NIF?
static bool in_native(struct insp_session *s, const struct tgt_proc *p)
{
    struct wb_arena arena = {0};
    struct tgt_frames frames = {0};
    wb_error_free(tgt_list_frames(s->t, p->pid, &arena, &frames));
    bool native = frames.count > 0 && frames.at[0].native;
    wb_arena_free(&arena);
    return native;
}

// Where behaviours wait for what comes next.
static bool is_idle(const struct tgt_proc *p)
{
    static const char *const loops[][2] = {{"gen_server", "loop"},
                                           {"gen_statem", "loop_receive"},
                                           {"gen_event", "fetch_msg"},
                                           {"gen_server", "loop_hibernate"},
                                           {"gen_statem", "loop_receive_result"}};
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++)
        if (insp_mfa_is(&p->current->mfa, loops[i][0], loops[i][1]))
            return true;
    return false;
}

static enum insp_jam_kind kind_of(struct insp_session *s, const struct tgt_proc *p, bool skipped)
{
    switch (p->status) {
    case TGT_SUSPENDED:
        return INSP_JAM_SUSPENDED;
    case TGT_RUNNING:
        return in_native(s, p) ? INSP_JAM_NATIVE : INSP_JAM_RUNNING;
    case TGT_RUNNABLE:
        return INSP_JAM_BUSY;
    case TGT_COLLECTING:
    case TGT_EXITING:
        return INSP_JAM_HALFWAY;
    case TGT_WAITING:
    case TGT_STATUS_COUNT:
        break;
    }
    if (skipped && !is_idle(p))
        return p->messages >= FULL ? INSP_JAM_SKIPPING : INSP_JAM_RECEIVING;
    return is_idle(p) ? INSP_JAM_IDLE : INSP_JAM_RECEIVING;
}

// Is row the end of a chain that is worth telling?
static bool judge(struct insp_session *s, const struct insp_waits *waits, size_t row,
                  struct insp_jam *ret)
{
    const struct insp_wait *w = &waits->at[row];
    const struct tgt_proc *p = w->proc;
    bool head = w->cycle && w->root == row, end = w->callee == waits->procs.count;
    *ret = (struct insp_jam){.culprit = row, .waiting = w->held, .first = w->first};
    if (head) {
        ret->kind = INSP_JAM_CYCLE;
        ret->cycle = w->depth;
        ret->waiting -= w->depth;
        return true;
    }
    bool full = p->messages >= FULL && p->status == TGT_WAITING;
    if (!end || (w->callers == 0 && p->status != TGT_SUSPENDED && !full))
        return false;
    bool skipped = skipped_all(s, p);
    ret->kind = kind_of(s, p, skipped);
    ret->scanned = skipped ? p->messages : 0;
    if (ret->kind == INSP_JAM_SUSPENDED)
        ret->by = insp_suspended_by(s, p->pid);
    return w->callers > 0 || ret->kind == INSP_JAM_SUSPENDED || ret->kind == INSP_JAM_SKIPPING;
}

static int by_weight(const void *a, const void *b)
{
    const struct insp_jam *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->waiting != y->waiting)
        return x->waiting > y->waiting ? -1 : 1;
    return (x->culprit > y->culprit) - (x->culprit < y->culprit);
}

struct wb_error *insp_jams_read(struct insp_session *s, struct wb_arena *arena,
                                struct insp_jams *ret)
{
    struct insp_jams jams = {0};
    WB_TRY(insp_waits_read(s, arena, &jams.waits));
    size_t count = jams.waits.procs.count;
    jams.at = wb_push_array(arena, struct insp_jam, count + 1);
    for (size_t i = 0; i < count; i++) {
        jams.count += judge(s, &jams.waits, i, &jams.at[jams.count]);
        if (!insp_go_on(s, i, count))
            return insp_stopped();
    }
    qsort(jams.at, jams.count, sizeof *jams.at, by_weight);
    *ret = jams;
    return NULL;
}

void insp_jam_who(struct insp_session *s, const struct tgt_proc *proc, struct wb_text *ret)
{
    if (proc->name.size > 0) {
        beam_print_atom(proc->name, ret);
        wb_text_put_char(ret, ' ');
    }
    insp_print_pid(s, proc->pid, ret);
}

static void put_cycle(struct insp_session *s, const struct insp_jams *jams,
                      const struct insp_jam *jam, struct wb_text *ret)
{
    enum { MOST = 12 };
    size_t at = jam->culprit;
    for (size_t i = 0; i < jam->cycle && i < MOST; i++) {
        insp_jam_who(s, jams->waits.at[at].proc, ret);
        wb_text_put(ret, " -> ");
        at = jams->waits.at[at].callee;
    }
    if (jam->cycle > MOST)
        wb_text_printf(ret, "%zu more -> ", jam->cycle - MOST);
    insp_jam_who(s, jams->waits.at[jam->culprit].proc, ret);
}

static void put_suspender(struct insp_session *s, struct tgt_pid by, struct wb_text *ret)
{
    const struct tgt_proc *proc = by.id != 0 ? insp_proc_find(s, by) : NULL;
    wb_text_put(ret, " by ");
    if (proc != NULL)
        insp_jam_who(s, proc, ret);
    else if (by.id != 0)
        insp_print_pid(s, by, ret);
    else
        wb_text_put(ret,
                    "the runtime: it waits for all schedulers, or for a port or node to take more");
}

void insp_jam_verdict(struct insp_session *s, const struct insp_jams *jams,
                      const struct insp_jam *jam, struct wb_text *ret)
{
    const struct tgt_proc *p = jams->waits.at[jam->culprit].proc;
    if (jam->kind == INSP_JAM_CYCLE) {
        put_cycle(s, jams, jam, ret);
        wb_text_printf(ret, ": %s", helps[jam->kind]);
        return;
    }
    insp_jam_who(s, p, ret);
    wb_text_printf(ret, " in ");
    insp_print_mfa(&p->current->mfa, ret);
    wb_text_printf(ret, ": %s", helps[jam->kind]);
    if (jam->kind == INSP_JAM_SUSPENDED)
        put_suspender(s, jam->by, ret);
    if (jam->scanned > 0)
        wb_text_printf(ret, " (scanned %" PRIu64 ", none matched)", jam->scanned);
    else if (p->messages > 0)
        wb_text_printf(ret, " (%" PRIu64 " in its queue)", p->messages);
}
