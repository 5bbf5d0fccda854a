// fuzz_module.c - .beam files that may say anything.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/try_module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)try_module((struct wb_bytes){data, size});
    return 0;
}
