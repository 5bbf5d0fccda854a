// breakpoint.h - places, exceptions and messages at which a target is to stop.
#ifndef INSPECTOR_BREAKPOINT_H
#define INSPECTOR_BREAKPOINT_H

#include "inspector/pattern.h"
#include "inspector/target/target.h"

enum insp_break_kind { INSP_BREAK_CODE, INSP_BREAK_EXCEPTION, INSP_BREAK_MESSAGE };

// What to stop at. Texts live on the breakpoint's own arena once it was added.
struct insp_break {
    unsigned number;  // 1, 2, ...
    enum insp_break_kind kind;
    char text[120];  // as the user wrote it
    bool temporary;  // goes when it was hit
    uint64_t hits;
    struct tgt_find find;         // CODE
    struct insp_pattern pattern;  // MESSAGE; EXCEPTION when root is not NULL
    struct tgt_pid to;            // MESSAGE: only to this process; none: to anybody
    struct tgt_pid only;          // CODE: only in this process
    size_t place_count;           // CODE: instructions it stands for, 0: code not loaded yet
    struct wb_arena arena;
};

// An instruction some breakpoint stands at.
struct insp_break_ip {
    uint64_t ip;
    size_t index;  // into at
};

struct insp_breakpoints {
    struct insp_break *at;  // in order of number
    size_t count, capacity;
    unsigned last_number;
    struct insp_break_ip *ips;  // in order of ip
    size_t ip_count;
    bool stale;  // ips must be looked up again: breakpoints changed, code was loaded
};

// What users write: "mod:fun/arity", "mod:fun", "mod:line", "mod", "file.erl:line".
WB_MUST_CHECK struct wb_error *insp_location_read(const char *text, struct wb_arena *arena,
                                                  struct tgt_find *ret);
// "LOCATION", "exception [PATTERN]", "message PATTERN [to PID]": `to` in breaks is filled by the
// caller, who knows names; *to_name is its text, size 0 when there is none.
WB_MUST_CHECK struct wb_error *insp_break_read(const char *text, struct wb_arena *arena,
                                               struct insp_break *ret, struct wb_bytes *to_name);

// Takes what insp_break_read made, with its arena. Returns its number.
unsigned insp_breakpoints_add(struct insp_breakpoints *b, const struct insp_break *add);
// Delete one by number. False: there is none.
bool insp_breakpoints_delete(struct insp_breakpoints *b, unsigned number);
void insp_breakpoints_free(struct insp_breakpoints *b);

// Look the instructions up again if need be.
WB_MUST_CHECK struct wb_error *insp_breakpoints_resolve(struct insp_breakpoints *b, struct tgt *t);
// Events needed to notice all of them: set of TGT_BIT.
uint64_t insp_breakpoints_events(const struct insp_breakpoints *b);
// The breakpoint this event hits, NULL: none. Counts the hit.
struct insp_break *insp_breakpoints_hit(struct insp_breakpoints *b, struct tgt *t,
                                        const struct tgt_event_info *info);

#endif
