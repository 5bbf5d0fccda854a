// Exports and lambdas: hash tables in the code pool whose entries are never freed.
#include <string.h>

#include "core-vm/vm/bif.h"
#include "core-vm/vm/code_priv.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/op_priv.h"
#include "core-vm/vm/table.h"

enum { FIRST_BUCKETS = 256 };

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ (b << 32 | b >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t export_hash(vm_term module, vm_term function, uint32_t arity)
{
    return mix(module, function * 31 + arity);
}

static uint64_t lambda_hash(const struct vm_lambda_key *key)
{
    uint64_t uniq;
    memcpy(&uniq, key->uniq, sizeof uniq);
    return mix(key->module + key->index, uniq);
}

// The table's words are the heads of its buckets; count is the number of entries.
static uint64_t *bucket(const struct vm *vm, const struct vm_table *table, uint64_t hash)
{
    return &vm_table_words(vm, table)[hash & (table->capacity - 1)];
}

// Where an entry keeps its bucket's next, and its hash.
struct entry_kind {
    size_t next;
    uint64_t (*hash)(const struct vm *vm, uint64_t offset);
};

static uint64_t hash_of_export(const struct vm *vm, uint64_t offset)
{
    const struct vm_export *e = vm_at(vm, offset);
    return export_hash(e->module, e->function, e->arity);
}

static uint64_t hash_of_lambda(const struct vm *vm, uint64_t offset)
{
    const struct vm_lambda *lambda = vm_at(vm, offset);
    struct vm_lambda_key key = {.module = lambda->module, .index = lambda->index};
    memcpy(key.uniq, lambda->uniq, sizeof key.uniq);
    return lambda_hash(&key);
}

static const struct entry_kind exports_kind = {offsetof(struct vm_export, next), hash_of_export};
static const struct entry_kind lambdas_kind = {offsetof(struct vm_lambda, next), hash_of_lambda};

static uint64_t *next_of(const struct vm *vm, const struct entry_kind *kind, uint64_t offset)
{
    return vm_at(vm, offset + kind->next);
}

static void insert(struct vm *vm, struct vm_table *table, const struct entry_kind *kind,
                   uint64_t offset)
{
    uint64_t *head = bucket(vm, table, kind->hash(vm, offset));
    *next_of(vm, kind, offset) = *head;
    *head = offset;
    table->count++;
}

// Twice as many buckets. False: no memory, nothing changed.
static bool grow(struct vm *vm, struct vm_table *table, const struct entry_kind *kind)
{
    struct vm_table larger = {0};
    uint64_t capacity = table->capacity == 0 ? FIRST_BUCKETS : table->capacity * 2;
    if (!vm_table_reserve(vm, VM_POOL_CODE, &larger, capacity))
        return false;
    for (uint64_t i = 0; i < table->capacity; i++) {
        uint64_t at = vm_table_words(vm, table)[i];
        while (at != 0) {
            uint64_t next = *next_of(vm, kind, at);
            insert(vm, &larger, kind, at);
            at = next;
        }
    }
    vm_table_free(vm, table);
    *table = larger;
    return true;
}

// A new entry of `size` bytes, zeros, not yet inserted; 0: no memory.
static uint64_t entry_new(struct vm *vm, struct vm_table *table, const struct entry_kind *kind,
                          size_t size)
{
    if (table->count >= table->capacity && !grow(vm, table, kind))
        return 0;
    uint64_t offset = vm_image_alloc(&vm->image, VM_POOL_CODE, size);
    if (offset != 0)
        memset(vm_at(vm, offset), 0, size);
    return offset;
}

struct vm_export *vm_export_find(const struct vm *vm, vm_term module, vm_term function,
                                 uint32_t arity)
{
    const struct vm_table *table = &vm_root(vm)->code.exports;
    if (table->capacity == 0)
        return NULL;
    uint64_t at = *bucket(vm, table, export_hash(module, function, arity));
    while (at != 0) {
        struct vm_export *e = vm_at(vm, at);
        if (e->function == function && e->module == module && e->arity == arity)
            return e;
        at = e->next;
    }
    return NULL;
}

void vm_export_clear(struct vm *vm, struct vm_export *export)
{
    export->address = vm_offset(vm, export->stub);
}

struct vm_export *vm_export_of(struct vm *vm, vm_term module, vm_term function, uint32_t arity)
{
    struct vm_export *e = vm_export_find(vm, module, function, arity);
    if (e != NULL)
        return e;
    struct vm_table *table = &vm_root(vm)->code.exports;
    uint64_t offset = entry_new(vm, table, &exports_kind, sizeof *e);
    if (offset == 0)
        return NULL;
    e = vm_at(vm, offset);
    *e = (struct vm_export){.module = module, .function = function, .arity = arity};
    vm_ins_put(&e->stub[0], VM_OP_undefined, (uint16_t)arity);
    e->stub[1] = offset;
    vm_export_clear(vm, e);
    insert(vm, table, &exports_kind, offset);
    return e;
}

bool vm_export_is_defined(const struct vm *vm, const struct vm_export *export)
{
    const struct vm_ins *code = vm_at(vm, export->address);
    return code->op != VM_OP_undefined;
}

struct vm_export *vm_export_next(const struct vm *vm, uint64_t *place)
{
    const struct vm_table *table = &vm_root(vm)->code.exports;
    // Low half: the bucket; upper half: how many of it were given.
    uint64_t index = *place & UINT32_MAX, skip = *place >> 32;
    for (; index < table->capacity; index++, skip = 0) {
        uint64_t at = vm_table_words(vm, table)[index], seen = 0;
        while (at != 0 && seen < skip) {
            at = ((struct vm_export *)vm_at(vm, at))->next;
            seen++;
        }
        if (at != 0) {
            *place = index | (seen + 1) << 32;
            return vm_at(vm, at);
        }
    }
    return NULL;
}

struct vm_lambda *vm_lambda_of(struct vm *vm, const struct vm_lambda_key *key)
{
    struct vm_table *table = &vm_root(vm)->code.lambdas;
    uint64_t at = table->capacity == 0 ? 0 : *bucket(vm, table, lambda_hash(key));
    for (; at != 0; at = ((struct vm_lambda *)vm_at(vm, at))->next) {
        struct vm_lambda *old = vm_at(vm, at);
        if (old->module == key->module && old->index == key->index &&
            memcmp(old->uniq, key->uniq, sizeof key->uniq) == 0)
            return old;
    }
    uint64_t offset = entry_new(vm, table, &lambdas_kind, sizeof(struct vm_lambda));
    if (offset == 0)
        return NULL;
    struct vm_lambda *lambda = vm_at(vm, offset);
    *lambda = (struct vm_lambda){.module = key->module, .index = key->index};
    memcpy(lambda->uniq, key->uniq, sizeof lambda->uniq);
    insert(vm, table, &lambdas_kind, offset);
    return lambda;
}

void vm_lambdas_move(struct vm *vm, uint64_t start, uint64_t end, uint64_t to)
{
    const struct vm_table *table = &vm_root(vm)->code.lambdas;
    for (uint64_t i = 0; i < table->capacity; i++) {
        uint64_t at = vm_table_words(vm, table)[i];
        while (at != 0) {
            struct vm_lambda *lambda = vm_at(vm, at);
            if (lambda->address >= start && lambda->address < end)
                lambda->address = to == 0 ? 0 : lambda->address - start + to;
            at = lambda->next;
        }
    }
}

// ---- what every VM begins with

// Functions that are instructions: erlang:apply/2 and /3.
static bool define_apply(struct vm *vm, uint32_t arity, enum vm_op_name op)
{
    struct vm_export *e = vm_export_of(vm, VM_AM(erlang), VM_AM(apply), arity);
    if (e == NULL)
        return false;
    vm_ins_put(&e->stub[0], op, (uint16_t)arity);
    return true;
}

static bool define_bif(struct vm *vm, uint32_t index)
{
    const struct vm_bif *bif = vm_bif_at(index);
    vm_term module = vm_atom_named(vm, bif->module), name = vm_atom_named(vm, bif->name);
    struct vm_export *e =
        module == VM_NONE || name == VM_NONE ? NULL : vm_export_of(vm, module, name, bif->arity);
    if (e == NULL)
        return false;
    e->bif = index;
    vm_ins_put(&e->stub[0], VM_OP_bif_body, bif->arity);
    e->stub[1] = index;
    e->stub[2] = vm_offset(vm, e);
    return true;
}

bool vm_code_init(struct vm *vm)
{
    struct vm_root *root = vm_root(vm);
    root->code.stop = vm_image_alloc(&vm->image, VM_POOL_CODE, 2 * sizeof(uint64_t));
    if (root->code.stop == 0)
        return false;
    uint64_t *stop = vm_at(vm, root->code.stop);
    vm_ins_put(&stop[0], VM_OP_process_end, 0);
    vm_ins_put(&stop[1], VM_OP_on_load_done, 0);
    for (uint32_t i = 1; i <= vm_bif_count(); i++)
        if (!define_bif(vm, i))
            return false;
    return define_apply(vm, 2, VM_OP_apply_fun_only) && define_apply(vm, 3, VM_OP_apply_list_only);
}

vm_term vm_trap(struct vm_cpu *c, const char *module, const char *function, const vm_term *args,
                uint32_t arity)
{
    vm_term m = vm_atom_named(c->vm, module), f = vm_atom_named(c->vm, function);
    const struct vm_export *export =
        m == VM_NONE || f == VM_NONE ? NULL : vm_export_of(c->vm, m, f, arity);
    if (export == NULL)
        return vm_system_limit(c);
    // The arguments may be in these registers already.
    vm_term copy[8];
    for (uint32_t i = 0; i < arity && i < 8; i++)
        copy[i] = args[i];
    for (uint32_t i = 0; i < arity && i < 8; i++)
        c->x[i] = copy[i];
    c->trap_export = vm_offset(c->vm, export);
    c->trap_arity = arity;
    c->outcome = VM_OUTCOME_TRAP;
    return VM_NONE;
}
