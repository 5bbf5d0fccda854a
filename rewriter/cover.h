// cover.h - which lines were run how often: what pass `cover` puts into a module, and the report.
//
// A module with probes counts in an array of counters, one a line, which is the persistent term
// {cryo_cover, Module}; it is made by the first probe that is met. Chunk CryC says which line each
// counter is for. RW_COVER_DUMP, evaluated in the node, is what the report is made of:
// term_to_binary([{Module, [Count]}]).
//
// Lines are those that OTP's cover counts and that have an instruction of their own in the code for
// certain: a body expression that calls something or calculates there. Lines that only build or
// match terms leave no trace in a .beam file of OTP 25, and are not in the report.
#ifndef REWRITER_COVER_H
#define REWRITER_COVER_H

#include "core-vm/base/json.h"
#include "rewriter/unit.h"

#define RW_COVER_DUMP                                                              \
    "term_to_binary([{M, [counters:get(C, I) || I <- lists:seq(1, maps:get(size, " \
    "counters:info(C)))]} || {{cryo_cover, M}, C} <- persistent_term:get()])"

// Lines of a source that are counted, sorted; on the arena. RW_LIFTED is added to those that are in
// a fun or a comprehension, which the compiler makes a function of its own. Without debug
// information: *known is false, and every line with an instruction is.
#define RW_LIFTED (UINT32_C(1) << 31)

struct rw_lines {
    uint32_t *at;
    size_t count;
    bool known;
};
WB_MUST_CHECK struct wb_error *rw_cover_lines(const struct beam_module *module,
                                              struct wb_arena *arena, struct rw_lines *ret);

// A module that has probes, and what they counted.
struct rw_covered {
    struct wb_bytes module, source;
    const uint32_t *line;  // 0: this counter is for none
    uint64_t *calls;
    size_t count;
};

// What chunk CryC of `file` says; calls are 0. NOT_FOUND: it has no probes. On the arena.
WB_MUST_CHECK struct wb_error *rw_covered_read(struct wb_bytes file, struct wb_arena *arena,
                                               struct rw_covered *ret);
// Add the counts that `dump` has for the module, if any.
WB_MUST_CHECK struct wb_error *rw_covered_add(struct rw_covered *covered, struct wb_bytes dump);
void rw_covered_text(const struct rw_covered *covered, struct wb_text *text);
void rw_covered_lcov(const struct rw_covered *covered, struct wb_text *text);
void rw_covered_json(const struct rw_covered *covered, struct wb_json *json);

#endif
