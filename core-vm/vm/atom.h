// atom.h - the atom table: texts (UTF-8) to numbers and back.
#ifndef VM_ATOM_H
#define VM_ATOM_H

#include "core-vm/base/bytes.h"
#include "core-vm/vm/term.h"

struct vm;

enum vm_atom_name {
#define VM_ATOM(name, text) VM_ATOM_##name,
#include "core-vm/vm/atoms.def"
#undef VM_ATOM
    VM_ATOM_COUNT,
};

// The term of an atom of atoms.def.
#define VM_AM(name) (((vm_term)VM_ATOM_##name << 6) | VM_ATOM_TAG)

// The atom of a text, made if it is new. VM_NONE: the table is full, or the text is longer than 255
// code points.
vm_term vm_atom_of(struct vm *vm, struct wb_bytes text);
vm_term vm_atom_named(struct vm *vm, const char *text);
// The atom of a text if there is one, else VM_NONE.
vm_term vm_atom_existing(const struct vm *vm, struct wb_bytes text);
// Its text; points into the image, valid as long as the VM.
struct wb_bytes vm_atom_text(const struct vm *vm, vm_term atom);
// The hash of its text that OTP's phash2 and phash are made of (28 bits).
uint32_t vm_atom_hash(const struct vm *vm, vm_term atom);
// Number of atoms now.
uint32_t vm_atom_count(const struct vm *vm);

#endif
