// custom.c - libFuzzer's changes of a .beam file are ours: chunks, instructions, rules.
#include <string.h>

#include "rewriter/fuzz/mutate.h"
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

// One in eight is left to libFuzzer, whose dictionary and comparisons know other things.
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    struct rw_mutate m = {.random = rw_random_of(seed)};
    struct wb_text text wb_auto_text = {0};
    struct wb_bytes file = {data, size};
    if (size == 0 || rw_one_in(&m.random, 8))
        return LLVMFuzzerMutate(data, size, most);
    rw_mutate_begin(&m, file, file);
    rw_mutate_any(&m, &text);
    rw_mutate_done(&m);
    size_t made = text.size < most ? text.size : most;
    if (made > 0)
        memcpy(data, text.at, made);
    return made;
}
