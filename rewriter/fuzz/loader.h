// loader.h - whatever takes a .beam file and says yes or no: what the fuzzer feeds.
//
// To add one: a file loader_NAME.c with an open function that fills a struct rw_loader, and a row
// in rw_loader_open.
#ifndef REWRITER_FUZZ_LOADER_H
#define REWRITER_FUZZ_LOADER_H

#include <stdbool.h>

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

enum rw_end {
    RW_END_REFUSED,
    RW_END_LOADED,   // and what was called came back within its limits
    RW_END_CRASH,    // the loader, or what it loaded, ended its process
    RW_END_HANG,     // it did not come back in time
    RW_END_DISPUTE,  // the verifier and the loader, or two readers, do not agree
};

static inline bool rw_end_is_finding(enum rw_end end)
{
    return end >= RW_END_CRASH;
}
const char *rw_end_name(enum rw_end end);

struct rw_result {
    enum rw_end end;
    uint64_t key;      // equal for what happened alike: what was said, without numbers; the stack
    char text[240];    // what was said
    char stack[1500];  // of a crash, innermost first, a line a frame; else empty
};

struct rw_loader_options {
    const char *name;    // as on the command line
    const char *folder;  // where a loader may leave files
    double seconds;      // that one input may take
    bool run;            // call what was loaded
};

struct rw_loader {
    void *data;
    bool isolated;  // it outlives what it is fed: `run` itself gives CRASH and HANG
    void (*run)(void *data, struct wb_bytes file, struct rw_result *ret);
    void (*close)(void *data);
};

// core, otp, beam_lib, cmd:PROGRAM. NOT_FOUND: there is no such loader.
WB_MUST_CHECK struct wb_error *rw_loader_open(const struct rw_loader_options *options,
                                              struct rw_loader *ret);
void rw_loader_close(struct rw_loader *loader);

// A key of text in which numbers do not count.
uint64_t rw_key_of(const char *text);

#endif
