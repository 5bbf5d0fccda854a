// pass.h - what can be done to a unit by name: `cryo rewrite --pass NAME[=OPTION]`.
//
// To add a pass: a file passes/NAME.c with a function of type rw_pass_fn, a row in passes.def, the
// file in meson.build, and a test in tests/unit/check_pass.c. The function changes the unit and no
// more: that the result can be read and verifies is proved by rw_passes_run behind it. What it
// cannot do with a function it leaves as it is and says so by rw_note.
//
// Passes run by stage: first those that rewrite what is there, then those that only look, then
// those that insert, last those that tidy; in a stage in the order in which they were asked for.
#ifndef REWRITER_PASS_H
#define REWRITER_PASS_H

#include "rewriter/unit.h"

enum rw_stage { RW_STAGE_REWRITE, RW_STAGE_ANALYSE, RW_STAGE_INSERT, RW_STAGE_TIDY };

// What the run of a pass has beside the unit.
struct rw_run {
    const char *option;     // behind the =; NULL: none
    struct wb_text *notes;  // lines for the user; NULL: nobody reads them
};

typedef struct wb_error *rw_pass_fn(struct rw_unit *unit, struct rw_run *run);

struct rw_pass {
    const char *name, *option, *help;
    enum rw_stage stage;
    rw_pass_fn *run;
};

// All of them: *count rows, in the order of passes.def.
const struct rw_pass *rw_passes(int *count);
const struct rw_pass *rw_pass_find(struct wb_bytes name);
const char *rw_stage_name(enum rw_stage stage);

// Run passes given as NAME or NAME=OPTION, each on what the one before left, and prove each result.
// The error names the pass.
WB_MUST_CHECK struct wb_error *rw_passes_run(struct rw_unit *unit, const char *const *passes,
                                             int count, struct wb_text *notes);
// What passes make of a file.
WB_MUST_CHECK struct wb_error *rw_rewrite(struct wb_bytes file, const char *const *passes,
                                          int count, struct wb_text *ret, struct wb_text *notes);

// For passes.
void rw_note(struct rw_run *run, const char *fmt, ...) WB_PRINTF(2, 3);

// Functions by pattern, mod:fun/arity: each part may be *, or end in one.
struct rw_pattern {
    struct wb_bytes module, function, arity;
};
WB_MUST_CHECK struct wb_error *rw_pattern_read(struct wb_bytes text, struct rw_pattern *ret);
// Of the exported functions; module_info only if it is named without a star.
bool rw_pattern_matches(const struct rw_pattern *pattern, const struct rw_unit *unit,
                        const struct rw_function *function);
bool rw_is_module_info(const struct rw_unit *unit, const struct rw_function *function);
// Parts of an option, A@B@C; parts that are not there are empty.
void rw_option_parts(const char *option, struct wb_bytes *parts, int count);

// Before `at`: x[to] = the list of x0 .. x[arity-1], which stay as they are. to >= arity.
void rw_insert_args(struct rw_unit *unit, struct rw_function *function, struct rw_ins *at,
                    uint32_t arity, uint32_t to);
// At the end: x0 = the module, x1 = the function's name, x2 = what is in x[args].
void rw_insert_mfa(struct rw_unit *unit, struct rw_function *function, uint32_t module,
                   uint32_t args);
// The body of a function that goes on to another one of its arity: x0 .. x[arity-1] go to the
// stack, their list to x[to]; behind what is put in then, they come back and are passed on.
void rw_insert_save(struct rw_unit *unit, struct rw_function *function, uint32_t to);
void rw_insert_pass_on(struct rw_unit *unit, struct rw_function *function,
                       const struct rw_function *original);
// Put another function in front of this one, which goes on under the name "-NAME/ARITY-original-":
// it has the name and the export, and its body is to be written.
struct rw_function *rw_stand_before(struct rw_unit *unit, struct rw_function *function);
// Put one in front of each that matches and has at most that many arguments, and have its body
// written. How many that were.
typedef void rw_body_fn(struct rw_unit *unit, struct rw_function *front,
                        const struct rw_function *original, const void *user);
unsigned rw_stand_before_all(struct rw_unit *unit, const struct rw_pattern *pattern, uint32_t most,
                             rw_body_fn *body, const void *user);

#define PASS(name, option, stage, help, function) rw_pass_fn function;
#include "rewriter/passes.def"
#undef PASS

#endif
