// fuzz_dump.c - crash dumps that may say anything.
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/look_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST_PROCESSES = 50 };
    static const char start[] = "=erl_crash_dump:";
    // Anything else is another kind of file.
    if (size >= sizeof start - 1 && memcmp(data, start, sizeof start - 1) == 0)
        (void)look_at_dump((struct wb_bytes){data, size}, MOST_PROCESSES);
    return 0;
}
