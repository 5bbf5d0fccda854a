// fuzz_priv.h - the parts of a run: what worker and watcher share, the corpus, the folder.
#ifndef REWRITER_FUZZ_FUZZ_PRIV_H
#define REWRITER_FUZZ_FUZZ_PRIV_H

#include <stdatomic.h>
#include <sys/types.h>

#include "rewriter/fuzz/fuzz.h"

enum { FUZZ_INPUT_MOST = 1 << 20, FUZZ_FRAMES = 24, FUZZ_PAIRS = 1 << 16 };
// The exit status of a process of ours that cannot begin.
enum { FUZZ_CANNOT = 99 };

// Memory that the worker and the one who watches it both see. It is larger by a byte for each edge.
struct fuzz_shared {
    _Atomic uint64_t execs, loaded, corpus, edges;
    _Atomic uint32_t busy;  // an input is being fed
    _Atomic uint32_t stop;
    uint32_t size;    // of the input
    uint32_t seeded;  // the corpus was read
    int signal;       // a crash of the worker, told by itself
    int frame_count;
    uint64_t frame[FUZZ_FRAMES];
    struct rw_result result;    // of a finding that a loader survived
    uint8_t pairs[FUZZ_PAIRS];  // instructions that followed each other in files that loaded; keys
    uint8_t input[FUZZ_INPUT_MOST];
    uint8_t edge[];
};

struct fuzz_worker {
    const struct rw_fuzz_options *options;
    struct fuzz_shared *shared;
    int tell, answer;  // pipes: a byte when there is a finding; a byte to go on
    uint64_t round;    // how often a worker was started
    uint64_t runs;     // inputs left; 0: no limit
};

// The worker's whole life; called in a process of its own.
_Noreturn void fuzz_work(const struct fuzz_worker *worker);
// The loader that a run feeds.
WB_MUST_CHECK struct wb_error *fuzz_open_loader(const struct rw_fuzz_options *options,
                                                struct rw_loader *ret);

// ---- processes (child.c)

struct fuzz_child {
    pid_t pid;
    int tell, answer;
};
// Start a worker whose output goes to a file. It ends when this process does.
WB_MUST_CHECK struct wb_error *fuzz_child_start(struct fuzz_worker *worker, const char *log,
                                                struct fuzz_child *ret);
// End it and all it started, by force if it does not end by itself.
void fuzz_child_end(struct fuzz_child *child, struct fuzz_shared *shared);
// End what it started; it has ended itself.
void fuzz_child_bury(struct fuzz_child *child);
// Processor time it has used, seconds.
double fuzz_child_time(const struct fuzz_child *child);
// After a fork: ends with its parent, is a group of its own, writes into a file only.
void fuzz_become_child(const char *log);
// Crashes of this process are noted in `shared` before it dies.
void fuzz_note_crashes(struct fuzz_shared *shared);
WB_MUST_CHECK struct wb_error *fuzz_share(struct fuzz_shared **ret);
void fuzz_unshare(struct fuzz_shared *shared);
// What a dead worker left: how it died, and where.
void fuzz_result_of_death(const struct fuzz_shared *shared, int status, const char *log,
                          struct rw_result *ret);

// ---- the corpus (corpus.c)

struct fuzz_input {
    uint8_t *at;
    size_t size;
};
struct fuzz_corpus {
    struct fuzz_input *at;
    size_t count, capacity;
};
void fuzz_corpus_add(struct fuzz_corpus *corpus, struct wb_bytes file);
// Every file of a folder and the folders in it, in order of names, as long as they are small.
void fuzz_corpus_read(struct fuzz_corpus *corpus, const char *folder);
void fuzz_corpus_free(struct fuzz_corpus *corpus);

// ---- the folder (store.c)

// Make the folder and those in it.
WB_MUST_CHECK struct wb_error *fuzz_store_open(const char *out);
// A folder in /tmp for a moment: `path` ends in XXXXXX. Take it away with all that is in it.
WB_MUST_CHECK struct wb_error *fuzz_store_begin(char *path);
void fuzz_store_end(char *path);
// OUT/corpus/KEY
void fuzz_store_input(const char *out, struct wb_bytes file);
// OUT/state: samples of all runs.
void fuzz_store_state(const char *out, const struct rw_fuzz_sample *samples, size_t count);
size_t fuzz_load_state(const char *out, struct rw_fuzz_sample *ret, size_t most);
// OUT/findings/NAME.beam and NAME.txt.
WB_MUST_CHECK struct wb_error *fuzz_store_finding(const struct rw_fuzz_options *options,
                                                  struct wb_bytes file,
                                                  const struct rw_finding *finding);
// Those that are there already.
size_t fuzz_load_findings(const char *out, struct wb_arena *arena, struct rw_finding *ret,
                          size_t most);

// ---- smaller (minimise.c)

// Feeds an input, as minimising wants: the same key again?
struct fuzz_trial {
    bool (*same)(void *data, struct wb_bytes file);
    void *data;
    double until;  // wb_now_seconds() at which to stop trying
};
// Put the smallest file found with which the trial is still the same in *ret.
void fuzz_minimise(const struct fuzz_trial *trial, struct wb_bytes file, struct wb_text *ret);

#endif
