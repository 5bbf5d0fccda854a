// look_priv.h - reading an image that may be damaged: every offset is checked, every walk is
// bounded.
#ifndef VM_LOOK_PRIV_H
#define VM_LOOK_PRIV_H

#include "core-vm/vm/introspect.h"
#include "core-vm/vm/relation.h"
#include "core-vm/vm/vm_impl.h"

// `count` things of `size` bytes at an offset; NULL: they do not lie in a pool.
const void *vm_peek(const struct vm *vm, uint64_t offset, uint64_t count, size_t size);
#define VM_PEEK(vm, offset, type) ((const type *)vm_peek((vm), (offset), 1, sizeof(type)))

// Text of what should be an atom; size 0: it is none.
struct wb_bytes vm_look_atom(const struct vm *vm, vm_term atom);

// A list of characters (of a file's name, up to some length) as UTF-8.
struct wb_bytes vm_look_text(const struct vm *vm, vm_term list, struct wb_arena *arena);

// Where code is, made once for many questions. Code that is not sound is left out.
struct vm_look_range {
    uint64_t start, end;
    vm_term module;
    const struct vm_module_code *code;
    const struct vm_function *functions;
    const struct vm_line *lines;
    const vm_term *files;
    const uint32_t *ins;
};
struct vm_look_map {
    struct vm_look_range *at;  // in order of start
    size_t count;
};
void vm_look_map_init(const struct vm *vm, struct wb_arena *arena, struct vm_look_map *ret);

struct vm_look_spot {
    const struct vm_look_range *range;  // NULL: no module's code
    const struct vm_function *function;
    struct vm_look_mfa mfa;
    struct wb_bytes file;
    uint32_t line, ins;
    uint64_t ip;  // of the instruction's first word
};
// A return address: one word before it is in the instruction that called.
void vm_look_spot(const struct vm *vm, const struct vm_look_map *map, uint64_t ip,
                  struct wb_arena *arena, struct vm_look_spot *ret);

// The process of a pid's number, dying ones included; NULL: none.
const struct vm_proc *vm_look_find(const struct vm *vm, uint64_t pid);
WB_MUST_CHECK struct wb_error *vm_look_no_process(uint64_t pid);

// Registers that matter before generic instruction `ins` of the .beam file: bit n is x register n.
// `waited`: its receive has begun to wait, which no register lives through. False: that cannot be
// told.
enum { VM_LOOK_LIVE_REGS = 64 };
bool vm_look_live(struct wb_bytes beam, uint32_t ins, bool waited, uint64_t *ret);

#endif
