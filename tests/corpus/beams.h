// beams.h - the .beam files that a program of the tests looks at: PROGRAM [-s STEP] PATH...
#ifndef TESTS_BEAMS_H
#define TESTS_BEAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "core-vm/base/bytes.h"

// `file` is mapped for the time of the call.
typedef void beams_fn(void *data, const char *path, struct wb_bytes file);

// Call `fn` with every STEPth file, in the order of their names; folders are searched to the
// bottom. How many could not be read is added to *unread, and each is told. False: the arguments
// are wrong, which was said.
bool beams_each(int argc, char **argv, beams_fn *fn, void *data, size_t *unread);

#endif
