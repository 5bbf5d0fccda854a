// verdict.h - what the verifier says of files, for people and for tools: text, JSON lines, SARIF.
//
// Formats: docs/cryo.schema.json for JSON; SARIF 2.1.0 (OASIS), one run, all of it at the end.
#ifndef REWRITER_VERDICT_H
#define REWRITER_VERDICT_H

#include "core-vm/base/json.h"
#include "core-vm/base/text.h"
#include "core-vm/format/verify.h"

enum rw_verdict_form { RW_VERDICT_TEXT, RW_VERDICT_JSON, RW_VERDICT_SARIF };

// What was looked at so far.
struct rw_verdict_sum {
    uint64_t files, unreadable, bytes;
    uint64_t broken_files, broken;                                // files with faults; faults
    uint64_t functions, functions_proved, functions_with_claims;  // the last: and their claims, too
    uint64_t instructions, demands, demands_proved;
    uint64_t unproved;  // instructions
    uint64_t claims, claims_proved;
};

// One file and what is said of it; all of it is the caller's.
struct rw_verdict_file {
    const char *path;
    struct wb_bytes bytes;
    const struct beam_module *module;
    const struct beam_code *code;
    const struct beam_verdict *verdict;
};

struct rw_verdict {
    enum rw_verdict_form form;
    bool quiet;            // text: the sums only
    struct wb_text *text;  // what is said goes to its end; the caller may cut it after each file
    struct wb_json json;   // of SARIF, which is one object
    struct rw_verdict_sum sum;
};

void rw_verdict_begin(struct rw_verdict *r, const char *version);
void rw_verdict_file(struct rw_verdict *r, const struct rw_verdict_file *file);
void rw_verdict_unreadable(struct rw_verdict *r, const char *path, const char *why);
// With the time that verifying took.
void rw_verdict_end(struct rw_verdict *r, double seconds);

// One rule's page as Markdown, or all of them (NULL). False: there is no such rule.
bool rw_verdict_explain(const char *name, struct wb_text *text);

#endif
