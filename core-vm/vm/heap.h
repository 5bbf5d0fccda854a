// heap.h - terms in memory: allocating them, measuring and copying them, collecting garbage.
#ifndef VM_HEAP_H
#define VM_HEAP_H

#include "core-vm/vm/cpu.h"
#include "core-vm/vm/debug.h"

// Bytes of a large binary, shared by all VM_REFC_BIN objects that name it. In the data pool.
struct vm_binary {
    uint64_t references;
    uint64_t size, capacity;  // bytes
    uint8_t bytes[];
};

// Binaries up to this size live in heaps (as in OTP).
enum { VM_HEAP_BIN_LIMIT = 64 };
// Bytes of new large binaries that call for a collection, at least.
enum { VM_OFF_HEAP_LIMIT = 1 << 20 };

// `words` words for terms of the running process, on its heap or, when that is full, in a fragment.
// Never moves a term. Off-heap objects made there go to c->proc's list by vm_off_heap_link.
// NULL: over the limit; an exception (system_limit) is set, return VM_NONE.
vm_term *vm_alloc(struct vm_cpu *c, size_t words);
// True when so much was allocated outside the heap that the running process should collect soon:
// whoever called a BIF asks, and if so calls vm_collect(c, 0, live) where moving terms is possible.
static inline bool vm_collect_is_due(const struct vm_proc *proc)
{
    return (VM_HOSTILE && proc->fragments != 0) ||
           proc->fragment_words * sizeof(vm_term) > proc->hend - proc->heap ||
           proc->off_heap_bytes > proc->off_heap_limit;
}
// True when the stack top `sp` and the heap top `hp` have not `words` words between them besides
// the reserve: vm_collect(c, words, live) makes room.
static inline bool vm_heap_is_short(const vm_term *sp, const vm_term *hp, size_t words)
{
    return VM_HOSTILE || (size_t)(sp - hp) < words + VM_RESERVED_STACK;
}

// Make terms of the running process. VM_NONE: out of memory, exception set.
vm_term vm_make_integer(struct vm_cpu *c, int64_t n);
vm_term vm_make_unsigned(struct vm_cpu *c, uint64_t n);
vm_term vm_make_float(struct vm_cpu *c, double d);
vm_term vm_make_tuple(struct vm_cpu *c, size_t size, const vm_term *elements);
vm_term vm_make_cons(struct vm_cpu *c, vm_term head, vm_term tail);
// The list of count terms ending in tail.
vm_term vm_make_list_of(struct vm_cpu *c, const vm_term *terms, size_t count, vm_term tail);
// A list of bytes (Latin-1 characters), of code points of UTF-8 text.
vm_term vm_make_string(struct vm_cpu *c, struct wb_bytes text, vm_term tail);
vm_term vm_make_utf8_string(struct vm_cpu *c, struct wb_bytes text, vm_term tail);
// A binary with room for `size` bytes; `at` may be NULL (contents undefined, get them by
// vm_binary_bytes).
vm_term vm_make_binary(struct vm_cpu *c, const uint8_t *at, size_t size);
// The same, on the heap whatever its size.
vm_term vm_make_heap_binary(struct vm_cpu *c, const uint8_t *bytes, size_t size);
// Bytes for a large binary with one reference, owned by the caller until vm_make_refc makes a term
// of them (on error that drops them). NULL: out of memory, exception set.
struct vm_binary *vm_binary_new(struct vm_cpu *c, size_t size, size_t capacity);
vm_term vm_make_refc(struct vm_cpu *c, struct vm_binary *binary);
// Take one reference from the struct vm_binary at this offset.
void vm_binary_drop(struct vm *vm, uint64_t offset);
// Bits [start, start+bits) of a bit string (any kind), sharing its bytes; whole bytes that begin at
// a byte and are few are copied.
vm_term vm_make_sub_binary(struct vm_cpu *c, vm_term bitstring, uint64_t start, uint64_t bits);
// A new reference: raw words are the VM's counter of them and 0. A reference that leads somewhere
// (an alias) keeps what it leads to in the second word: vm_make_reference_to.
vm_term vm_make_reference(struct vm_cpu *c);
vm_term vm_make_reference_to(struct vm_cpu *c, uint64_t extra);
// Its numbers as programs see them (text, phash2, external format), least significant first;
// returns how many: 3, or 5 when the second raw word is not 0. Back: a reference of this node.
enum { VM_REFERENCE_WORDS = 5 };
unsigned vm_reference_words(const char *base, vm_term reference, uint32_t word[VM_REFERENCE_WORDS]);
vm_term vm_make_reference_of(struct vm_cpu *c, const uint32_t *word, unsigned count);

// A bit string's place: bytes, first bit within them, size in bits. The pointer is good until the
// next allocation of off-heap bytes at most; 0 bits for what is no bit string.
struct vm_bits {
    uint8_t *at;     // byte that holds the first bit
    unsigned start;  // 0..7
    uint64_t bits;
};
struct vm_bits vm_bits_of(const char *base, vm_term bitstring);
static inline struct vm_binary *vm_refc_binary(const char *base, vm_term refc)
{
    return (struct vm_binary *)(uintptr_t)(base + vm_boxed_at(base, refc)[2]);
}
// The bytes of a binary (whole bytes); copied to `room` (which must have space for them) only if
// they do not begin at a byte.
const uint8_t *vm_binary_bytes(const char *base, vm_term binary, uint8_t *room);

// Put a new VM_REFC_BIN object on the running process's list of them / on the list at *first.
void vm_off_heap_link(struct vm_cpu *c, vm_term *header);
// Drop the references of a list of off-heap objects (its memory is about to be freed).
void vm_off_heap_drop(struct vm *vm, uint64_t first);

// Words a copy of the term takes; literals count nothing (they are not copied). Any depth.
size_t vm_flat_words(const struct vm *vm, vm_term t);
// Copy the term to *hp, moving it on; refc binaries gain a reference and join *off_heap. Any depth.
// The place must have vm_flat_words words.
vm_term vm_copy(struct vm *vm, vm_term t, vm_term **hp, uint64_t *off_heap);
// As these two, copying literals as well (for what outlives a module).
size_t vm_flat_words_all(const struct vm *vm, vm_term t);
vm_term vm_copy_all(struct vm *vm, vm_term t, vm_term **hp, uint64_t *off_heap);

// A block of the data pool that holds one copied term and nothing else: ETS rows, timers' messages,
// dictionaries of names.
struct vm_box {
    uint64_t words, off_heap;
    vm_term term;
    vm_term at[];
};
// Offset of the block, 0: out of memory.
uint64_t vm_box_new(struct vm *vm, vm_term t);
void vm_box_free(struct vm *vm, uint64_t box);

// Collect the running process's garbage so that `need` words are free between htop and sp. Roots:
// the first `live` x registers, the stack, the dictionary, the exception and everything else proc.h
// holds. proc->htop and proc->sp must be true; they are new afterwards. False: over a limit: an
// exception is set, or the process has ended by its max_heap_size; c->outcome says which
// (VM_LEAVE).
bool vm_collect(struct vm_cpu *c, size_t need, unsigned live);
// Move all generations and fragments into one heap.
bool vm_collect_all(struct vm_cpu *c, size_t need, unsigned live);
// The same for any process that is not running: its roots are its saved x registers. False: no
// memory; nothing changed.
bool vm_collect_other(struct vm *vm, struct vm_proc *proc);

// Heap and stack of a new process / all memory of a dead one (heaps, fragments, messages,
// dictionary).
bool vm_heap_init(struct vm *vm, struct vm_proc *proc, size_t min_words);
void vm_heap_done(struct vm *vm, struct vm_proc *proc);

// True if t's words lie in the code pool: never moved, never copied.
static inline bool vm_is_literal(const char *base, vm_term t)
{
    return t < vm_root_of(base)->image.data_start;
}

// Walking lists: length of a proper list, -1 if it is improper or not a list.
int64_t vm_list_length(const char *base, vm_term list);

#endif
