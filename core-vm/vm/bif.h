// bif.h - functions of the language written in C: the table of them.
//
// To add one: a row in the bif_*.def of its subject, a function of type vm_bif_fn in the .c beside
// it, a line in a test program. BIF(module, name, arity, kind, function); names are atoms' texts:
//
//   GUARD  allowed in guards: total, no side effect
//   PURE   only looks at its arguments; may allocate
//   WORLD  asks the environment (clock, random, input): recorded and replayed
//   PROC   acts on processes, tables or code
#ifndef VM_BIF_H
#define VM_BIF_H

#include "core-vm/vm/cpu.h"

enum vm_bif_kind { VM_BIF_GUARD, VM_BIF_PURE, VM_BIF_WORLD, VM_BIF_PROC };

struct vm_bif {
    const char *module, *name;
    uint8_t arity;
    enum vm_bif_kind kind;
    vm_bif_fn *run;
};

// Rows 1 to vm_bif_count(); row 0 is none.
extern const struct vm_bif vm_bifs[];
const struct vm_bif *vm_bif_at(uint32_t index);
uint32_t vm_bif_count(void);

#define BIF(module, name, arity, kind, function) vm_bif_fn function;
#include "core-vm/vm/bifs.def"
#undef BIF

#endif
