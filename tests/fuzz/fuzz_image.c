// fuzz_image.c - images that may say anything, as they are and with checksums that fit.
#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "inspector/target/image/image.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/look_dump.h"
#include "tests/fuzz/look_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST_PROCESSES = 20 };
    // Anything else is another kind of file.
    if (size < sizeof IMG_MAGIC - 1 || memcmp(data, IMG_MAGIC, sizeof IMG_MAGIC - 1) != 0)
        return 0;
    (void)look_at_dump((struct wb_bytes){data, size}, MOST_PROCESSES);
    uint8_t *copy wb_auto_free = malloc(size);
    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    mend_image(copy, size);
    (void)look_at_dump((struct wb_bytes){copy, size}, MOST_PROCESSES);
    return 0;
}
