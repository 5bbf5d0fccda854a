#include "inspector/thread.h"

// Only who runs, or was caught at what the runtime does for it, can have a thread.
static bool may_run(const struct tgt_proc *proc)
{
    return proc != NULL && (proc->status == TGT_RUNNING || proc->status == TGT_COLLECTING ||
                            proc->status == TGT_EXITING);
}

bool insp_thread_of(struct insp_session *s, struct tgt_pid pid, struct wb_arena *arena,
                    struct tgt_thread *ret)
{
    struct tgt_threads threads = {0};
    if (!tgt_can(s->t, TGT_CAN_THREADS) || !may_run(insp_proc_find(s, pid)))
        return false;
    struct wb_error *err = tgt_list_threads(s->t, arena, &threads);
    wb_error_free(err);
    for (size_t i = 0; err == NULL && i < threads.count; i++)
        if (threads.at[i].pid.id == pid.id) {
            *ret = threads.at[i];
            return true;
        }
    return false;
}
