// jam.h - what holds others up: the ends of the chains of wait.h, each with what it does.
//
// A still image cannot tell work from an endless loop, nor an answer that is late from one that
// never comes: a jam says what is seen, and how many wait for it.
#ifndef INSPECTOR_JAM_H
#define INSPECTOR_JAM_H

#include "inspector/wait.h"

// In order of how sure it is that nothing will go on by itself.
enum insp_jam_kind {
#define INSP_JAM(name, text, help) INSP_JAM_##name,
#include "inspector/jams.def"
#undef INSP_JAM
    INSP_JAM_COUNT
};
const char *insp_jam_name(enum insp_jam_kind kind);
const char *insp_jam_help(enum insp_jam_kind kind);

struct insp_jam {
    enum insp_jam_kind kind;
    size_t culprit;     // row of procs; in a cycle the first of its processes
    size_t waiting;     // how many are held up; in a cycle, without its own processes
    size_t first;       // one of those who wait for it directly; count: nobody does
    size_t cycle;       // processes in the cycle; 0: none
    uint64_t scanned;   // messages that its receive looked at, none of which matched
    struct tgt_pid by;  // SUSPENDED: who did it; none: not known
};
struct insp_jams {
    struct insp_waits waits;
    struct insp_jam *at;  // the worst first
    size_t count;
};

WB_MUST_CHECK struct wb_error *insp_jams_read(struct insp_session *s, struct wb_arena *arena,
                                              struct insp_jams *ret);
// One sentence: who does what.
void insp_jam_verdict(struct insp_session *s, const struct insp_jams *jams,
                      const struct insp_jam *jam, struct wb_text *ret);
// "name <0.1.0>".
void insp_jam_who(struct insp_session *s, const struct tgt_proc *proc, struct wb_text *ret);

#endif
