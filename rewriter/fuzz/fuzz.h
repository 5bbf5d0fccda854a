// fuzz.h - feed a loader with .beam files until time is up, and say what it did not like.
//
// A worker process changes files and feeds them; this process watches it, starts it again when it
// died, and writes what was found. Nothing outlives rw_fuzz. All that was learned lies in the
// folder `out`, so that the next run goes on where this one ended.
#ifndef REWRITER_FUZZ_FUZZ_H
#define REWRITER_FUZZ_FUZZ_H

#include <signal.h>

#include "core-vm/base/arena.h"
#include "core-vm/base/text.h"
#include "rewriter/fuzz/loader.h"

struct rw_fuzz_options {
    const char *loader;  // as rw_loader_open has it
    const char *corpus;  // folder of seeds, or NULL
    const char *out;     // folder for what is learned and found; made if it is not there
    double seconds;      // 0: until interrupted
    uint64_t runs;       // inputs to feed; 0: no limit
    uint64_t seed;
    double input_seconds;  // that one input may take; 0: 2 of the processor's time for core, 5 for
                           // a program, 10 for a node
    bool no_calls;         // load only
    bool stop_at_first;    // at the first finding
    bool no_minimise;      // keep findings as they were met
    const char *version;   // the program's, for reports; NULL: not said
    const volatile sig_atomic_t *interrupted;  // ends the run when it is not 0; may be NULL
};

// A moment of a run; figures are since `out` was made.
struct rw_fuzz_sample {
    double seconds;
    uint64_t execs, loaded, corpus, findings, edges;
};

struct rw_fuzz_progress {
    struct rw_fuzz_sample now;
    double left;         // seconds; negative: no limit
    double speed;        // inputs a second, lately
    uint64_t edges_all;  // 0: this build does not see the loader's coverage
};

// A way in which the loader failed, with the smallest input known for it.
struct rw_finding {
    char name[40];  // file: OUT/findings/NAME.beam
    struct rw_result result;
    const char *rule;          // what our verifier says of the input
    size_t size, size_before;  // of the input, and before it was made smaller
};

struct rw_fuzz_report {
    struct rw_fuzz_progress last;
    struct rw_finding *findings;  // of this run and those before it
    size_t finding_count;
    struct rw_fuzz_sample *samples;
    size_t sample_count;
    bool was_interrupted;
};

// Called about ten times a second, and with `finding` when there is a new one.
struct rw_fuzz_watch {
    void (*on_progress)(void *data, const struct rw_fuzz_progress *progress);
    void (*on_finding)(void *data, const struct rw_finding *finding);
    void *data;
};

WB_MUST_CHECK struct wb_error *rw_fuzz(const struct rw_fuzz_options *options,
                                       const struct rw_fuzz_watch *watch, struct wb_arena *arena,
                                       struct rw_fuzz_report *ret);

// Feed one file, in a process of its own; `out` is not asked for.
WB_MUST_CHECK struct wb_error *rw_fuzz_replay(const struct rw_fuzz_options *options,
                                              struct wb_bytes file, struct rw_result *ret);
// What our verifier says of a file: the rule it breaks first, "unreadable: ...", "unproved"
// (nothing is wrong, not all could be proved) or "accepted".
const char *rw_fuzz_rule(struct wb_bytes file, struct wb_arena *arena);

// What was found, for those who read reports: as JUnit's XML, as SARIF 2.1.0, and coverage over
// time as SVG.
void rw_report_junit(const struct rw_fuzz_options *options, const struct rw_fuzz_report *report,
                     struct wb_text *text);
void rw_report_sarif(const struct rw_fuzz_options *options, const struct rw_fuzz_report *report,
                     struct wb_text *text);
void rw_report_plot(const struct rw_fuzz_options *options, const struct rw_fuzz_report *report,
                    struct wb_text *text);

#endif
