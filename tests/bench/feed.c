// feed.c - how often a second of the processor the core loader takes a file: parsed, verified,
// loaded, thrown away; and how fast files are changed.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core-vm/base/file.h"
#include "rewriter/fuzz/loader.h"
#include "rewriter/fuzz/mutate.h"

#define SECONDS 1.5
enum { A_TIME = 256 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double feed(struct rw_loader *loader, struct wb_bytes file, enum rw_end *end)
{
    struct rw_result result = {0};
    double start = now(), passed = 0;
    for (uint64_t n = 0;; n += A_TIME) {
        passed = now() - start;
        if (passed > SECONDS) {
            *end = result.end;
            return (double)n / passed;
        }
        for (int i = 0; i < A_TIME; i++)
            loader->run(loader->data, file, &result);
    }
}

static double feed_changed(struct rw_loader *loader, struct wb_bytes file)
{
    struct rw_mutate m = {.random = rw_random_of(1)};
    struct wb_text text wb_auto_text = {0};
    struct rw_result result;
    double start = now(), passed = 0;
    uint64_t n = 0;
    for (; passed < SECONDS; n += A_TIME) {
        rw_mutate_begin(&m, file, file);
        for (int i = 0; i < A_TIME; i++) {
            rw_mutate_any(&m, &text);
            loader->run(loader->data, wb_text_bytes(&text), &result);
        }
        passed = now() - start;
    }
    rw_mutate_done(&m);
    return (double)n / passed;
}

static struct wb_error *measure(struct rw_loader *loader, const char *path)
{
    struct wb_bytes file wb_auto_unmap = {0};
    enum rw_end end;
    WB_TRY(wb_file_map(path, &file));
    double as_is = feed(loader, file, &end), changed = feed_changed(loader, file);
    const char *name = strrchr(path, '/');
    printf("%s %zu %s %.0f %.0f\n", name != NULL ? name + 1 : path, file.size, rw_end_name(end),
           as_is, changed);
    return NULL;
}

int main(int count, char **args)
{
    struct rw_loader loader;
    struct rw_loader_options options = {.name = "core", .folder = "."};
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, 1 << 28);
    struct wb_error *err = rw_loader_open(&options, &loader);
    for (int i = 1; i < count && err == NULL; i++)
        err = measure(&loader, args[i]);
    if (err != NULL) {
        fprintf(stderr, "feed: %s\n", err->text);
        return EXIT_FAILURE;
    }
    rw_loader_close(&loader);
    return EXIT_SUCCESS;
}
