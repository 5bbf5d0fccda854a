// boot.h - what runs before a program does: the modules of core-vm/lib, and through them the
// processes that stand for OTP's init, user, standard_error, code_server and logger.
#ifndef VM_BOOT_H
#define VM_BOOT_H

#include "core-vm/vm/vm.h"

// A program as `erl -s Module Function Args` starts it.
struct vm_boot {
    const char *module, *function;  // function NULL: start
    const char *const *args;        // no arguments: function/0, else function(list of atoms)
    size_t arg_count;
};

// Load the library into a new VM and start its first process, which starts everything else when the
// VM runs, then the program. The VM halts when the program's function returns (status 0) or fails
// (status 1, with what OTP's init says).
WB_MUST_CHECK struct wb_error *vm_boot(struct vm *vm, const struct vm_boot *boot);

#endif
