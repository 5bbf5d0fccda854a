// dump.h - everything about processes in one answer: what they are, their queues, their stacks.
#ifndef INSPECTOR_DUMP_H
#define INSPECTOR_DUMP_H

#include "inspector/command.h"

// Of the processes given (pids or names), or of all when count is 0. Between insp_out_begin and
// insp_out_end, or into an out whose JSON object the caller opened.
WB_MUST_CHECK struct wb_error *insp_dump(struct insp_context *c, const char *const *procs,
                                         size_t count, struct insp_out *out);

#endif
