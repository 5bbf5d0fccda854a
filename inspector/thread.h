// thread.h - the thread of the runtime that runs a process, and what it does in native code.
#ifndef INSPECTOR_THREAD_H
#define INSPECTOR_THREAD_H

#include "inspector/session.h"

// False: no thread runs it, or the target does not know its threads.
bool insp_thread_of(struct insp_session *s, struct tgt_pid pid, struct wb_arena *arena,
                    struct tgt_thread *ret);

#endif
