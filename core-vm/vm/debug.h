// debug.h - switches that make mistakes in the VM show themselves early; as they are in normal
// builds.
//
// VM_HOSTILE (meson option `hostile`): every chance to collect garbage is taken, so that each term
// moves as often as it can and a term that C code or an operation kept over a collection is wrong
// at once; vm_alloc gives every request a fragment of its own, so that code which counts on two
// requests being neighbours or on room in the heap fails; and memory that is given back is filled
// with VM_HOSTILE_FILL, which is no sound term. Programs must print the same, only later.
//
// In builds with the address sanitizer, blocks of the image that are free are poisoned, so that
// touching one is reported as it is for malloc.
#ifndef VM_DEBUG_H
#define VM_DEBUG_H

// VM_HOOKS 0 (meson option `hooks`): nothing of hook.h is asked for any more; only to measure what
// that costs a VM which nobody watches.
#ifndef VM_HOOKS
#define VM_HOOKS 1
#endif

#ifndef VM_HOSTILE
#define VM_HOSTILE 0
#endif

// Low bits say "boxed", and no image is that large.
#define VM_HOSTILE_FILL 0xDE

#endif
