// library.h - the Erlang modules that are part of the VM (core-vm/lib), as bytes of .beam files.
#ifndef VM_LIBRARY_H
#define VM_LIBRARY_H

#include "core-vm/base/bytes.h"

struct vm_library_file {
    const char *module;  // NULL: no more
    struct wb_bytes beam;
};

extern const struct vm_library_file vm_library[];

#endif
