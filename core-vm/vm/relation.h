// relation.h - what ties processes together: links, monitors, aliases, suspensions.
//
// Everything is in the data pool. A link or monitor is one block with two sides, each on the list
// of one process, so that either end can take it away at once. Monitors and aliases are found by
// their reference through root->relations.by_ref.
#ifndef VM_RELATION_H
#define VM_RELATION_H

#include "core-vm/vm/cpu.h"

// A reference as the two raw words behind its header.
struct vm_ref {
    uint64_t word[2];
};

// On a list of `owner`: proc->links (links), proc->monitors (monitors it made, suspensions) or
// proc->monitored_by.
struct vm_side {
    uint64_t next,
        prev;        // offsets of struct vm_side; next 0: last; the first one's prev is the last
    vm_term owner;   // pid; VM_NONE: nobody (a monitor of no process)
    uint64_t which;  // index in its relation
};

enum vm_relation_kind { VM_LINK, VM_MONITOR, VM_SUSPENSION };
enum { VM_HERE, VM_THERE };  // sides: who made the monitor, who is watched; links: either

struct vm_relation {
    uint64_t kind;  // enum vm_relation_kind
    struct vm_side side[2];
    vm_term ref_header;  // monitors: with `ref` behind it, a reference as heaps have them
    struct vm_ref ref;
    vm_term name;    // a monitor by registered name: that atom, else VM_NONE
    uint64_t tag;    // offset of a vm_box to stand for 'DOWN', 0: none
    uint64_t alias;  // offset of struct vm_alias that goes with it, 0: none
    uint64_t count;  // suspensions: how many times
};

enum vm_alias_kind {
    VM_ALIAS_EXPLICIT,   // until unalias
    VM_ALIAS_DEMONITOR,  // until the monitor goes, by demonitor or DOWN
    VM_ALIAS_REPLY,      // ... or until a message came through it
};
struct vm_alias {
    uint64_t kind;  // enum vm_alias_kind
    uint64_t next, prev;
    vm_term owner;  // pid
    struct vm_ref ref;
    uint64_t monitor;  // offset of the relation it goes with, 0: none
};

struct vm_ref vm_ref_of(const char *base, vm_term ref);
// A reference's words at *hp (three of them are written); moves *hp on.
vm_term vm_ref_put(const char *base, struct vm_ref ref, vm_term **hp);
enum { VM_REF_WORDS = 3 };
// Keys of root->relations.by_ref: a monitor and an alias may share a reference.
enum vm_ref_kind { VM_REF_MONITOR, VM_REF_ALIAS, VM_REF_TIMER, VM_REF_PREPARED, VM_REF_KINDS };
static inline uint64_t vm_ref_key(struct vm_ref ref, enum vm_ref_kind kind)
{
    return ref.word[0] * VM_REF_KINDS + kind + 1;
}

static inline struct vm_relation *vm_relation_of(const char *base, uint64_t side)
{
    const struct vm_side *at = (const struct vm_side *)(uintptr_t)(base + side);
    return (struct vm_relation *)(uintptr_t)(base + side - offsetof(struct vm_relation, side) -
                                             at->which * sizeof *at);
}

// Links. Making one that is there, or taking one that is not, is fine. False: out of memory.
bool vm_link(struct vm *vm, struct vm_proc *a, struct vm_proc *b);
// True: they were linked.
bool vm_unlink(struct vm *vm, struct vm_proc *a, struct vm_proc *b);

// `by` watches `whom`; NULL: out of memory. The caller fills in name, tag and alias.
struct vm_relation *vm_monitor(struct vm *vm, struct vm_proc *by, struct vm_proc *whom,
                               struct vm_ref ref);
struct vm_relation *vm_monitor_find(const struct vm *vm, struct vm_ref ref);  // NULL: none
// Take a relation of any kind away, and the alias that goes with it.
void vm_relation_free(struct vm *vm, struct vm_relation *relation);

// What `by` did to suspend `whom`, made when asked for; NULL: nothing, or out of memory.
struct vm_relation *vm_suspension(struct vm *vm, struct vm_proc *by, struct vm_proc *whom,
                                  bool make);

// {'DOWN', Ref, process, Whom, Reason} (or with the monitor's tag) to who made the monitor.
void vm_send_down(struct vm *vm, struct vm_proc *to, const struct vm_relation *monitor,
                  vm_term reason);

// NULL: out of memory.
struct vm_alias *vm_alias_new(struct vm *vm, struct vm_proc *owner, struct vm_ref ref,
                              enum vm_alias_kind kind);
struct vm_alias *vm_alias_find(const struct vm *vm, struct vm_ref ref);  // NULL: not active
void vm_alias_free(struct vm *vm, struct vm_alias *alias);

#endif
