// ets.h - tables of rows that processes share: hash tables and ordered sets, in the data pool.
//
// A row holds its own copy of its tuple. Hash tables grow and shrink by one bucket at a time
// (Litwin 1980, as OTP's do, so that rows come in a similar order); ordered sets are treaps (Aragon
// and Seidel 1989) whose priorities come from a counter, so that they are the same in every run.
#ifndef VM_ETS_H
#define VM_ETS_H

#include "core-vm/vm/relation.h"

enum vm_ets_type { VM_ETS_SET, VM_ETS_ORDERED_SET, VM_ETS_BAG, VM_ETS_DUPLICATE_BAG };
enum vm_ets_access { VM_ETS_PUBLIC, VM_ETS_PROTECTED, VM_ETS_PRIVATE };

struct vm_ets_row {
    uint64_t next;     // offset: hash: of the next in its bucket; ordered: left child
    uint64_t right;    // ordered: right child
    uint64_t order;    // hash of its key; ordered: priority in the treap
    uint64_t deleted;  // it is gone, but somebody has fixed the table
    uint64_t off_heap, words;
    vm_term term;
    vm_term at[];
};

struct vm_ets {
    vm_term ref_header;  // with `ref` behind it, a reference as heaps have them
    struct vm_ref ref;
    vm_term name;
    bool named;
    enum vm_ets_type type;
    enum vm_ets_access access;
    uint32_t keypos;
    vm_term owner, heir;  // pids; heir VM_NONE: none
    uint64_t owner_at;    // offset of its struct vm_proc
    uint64_t heir_data;   // offset of a vm_box
    uint64_t size;        // rows that are not deleted
    uint64_t words;       // of all rows
    uint64_t active;      // hash: buckets in use
    struct vm_table buckets;
    uint64_t root, serial;    // ordered
    struct vm_table fixers;   // index: pid -> how often it has fixed the table
    uint64_t fixed, deleted;  // number of fixers; of rows marked deleted
    uint64_t next, prev;      // others of its owner
    uint64_t read_concurrency, write_concurrency, decentralized;
    vm_term compressed;
};

// By reference or name. NULL: none.
struct vm_ets *vm_ets_find(const struct vm *vm, vm_term id);
// All, in a reproducible order: begin with *place = 0; NULL: no more.
struct vm_ets *vm_ets_next_table(const struct vm *vm, uint64_t *place);
// A table of nobody's yet: the caller fills in type, access, keypos, name; then vm_ets_publish
// makes it findable and the owner's. NULL, false: out of memory.
struct vm_ets *vm_ets_new(struct vm *vm);
bool vm_ets_publish(struct vm *vm, struct vm_ets *table, struct vm_proc *owner);
bool vm_ets_rename(struct vm *vm, struct vm_ets *table, vm_term name);
void vm_ets_own(struct vm *vm, struct vm_ets *table, struct vm_proc *owner);
void vm_ets_disown(struct vm *vm, struct vm_ets *table);
void vm_ets_free(struct vm *vm, struct vm_ets *table);
// A process ends: its tables go to their heirs or away; its fixations end.
void vm_ets_owner_gone(struct vm *vm, struct vm_proc *proc);
// {'ETS-TRANSFER', Table, From, Data} to the new owner.
bool vm_ets_send_transfer(struct vm *vm, const struct vm_ets *table, vm_term from,
                          struct vm_proc *to, vm_term data);

// Rows. A tuple's key; two keys being one as the table's type says.
static inline vm_term vm_ets_key(const char *base, const struct vm_ets *table, vm_term tuple)
{
    return vm_boxed_at(base, tuple)[table->keypos];
}
bool vm_ets_same_key(const struct vm *vm, const struct vm_ets *table, vm_term a, vm_term b);
// The first row with this key, NULL: none; the next one with the same key (bags).
struct vm_ets_row *vm_ets_first_of(const struct vm *vm, const struct vm_ets *table, vm_term key);
// The same, though it may be deleted (while the table is fixed).
struct vm_ets_row *vm_ets_any_of(const struct vm *vm, const struct vm_ets *table, vm_term key);
struct vm_ets_row *vm_ets_next_of(const struct vm *vm, const struct vm_ets *table,
                                  const struct vm_ets_row *row);
// Put a tuple in, in place of what its type says it replaces. False: out of memory.
bool vm_ets_insert(struct vm *vm, struct vm_ets *table, vm_term tuple);
// Another tuple with the same key for a row of a set or ordered set.
bool vm_ets_replace(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row, vm_term tuple);
void vm_ets_delete_row(struct vm *vm, struct vm_ets *table, struct vm_ets_row *row);
void vm_ets_delete_all(struct vm *vm, struct vm_ets *table);

// In the order of the table (ordered sets: of keys). NULL: no more.
struct vm_ets_row *vm_ets_begin(const struct vm *vm, const struct vm_ets *table);
struct vm_ets_row *vm_ets_after(const struct vm *vm, const struct vm_ets *table,
                                const struct vm_ets_row *row);
// Hash tables: the number of a row's bucket; the first row in that bucket or a later one.
uint64_t vm_ets_slot_of(const struct vm_ets *table, const struct vm_ets_row *row);
struct vm_ets_row *vm_ets_from_slot(const struct vm *vm, const struct vm_ets *table, uint64_t slot);
// Backwards, for ordered sets only.
struct vm_ets_row *vm_ets_end(const struct vm *vm, const struct vm_ets *table);
struct vm_ets_row *vm_ets_before(const struct vm *vm, const struct vm_ets *table,
                                 const struct vm_ets_row *row);
// Ordered sets: the first row whose key is greater (less) than this one, which need not be there.
struct vm_ets_row *vm_ets_above(const struct vm *vm, const struct vm_ets *table, vm_term key);
struct vm_ets_row *vm_ets_below(const struct vm *vm, const struct vm_ets *table, vm_term key);

// Between these, deleted rows stay in place, so that walking on from them works.
bool vm_ets_fix(struct vm *vm, struct vm_ets *table, vm_term pid);
void vm_ets_unfix(struct vm *vm, struct vm_ets *table, vm_term pid);

#endif
