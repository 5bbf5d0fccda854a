#include <string.h>

#include "rewriter/refs.h"
#include "rewriter/unit_priv.h"

// New numbers of what is named, in the order in which it is met; `old` of each new one.
struct renaming {
    uint32_t *to;   // by old number; 0: not met
    uint32_t *old;  // by new number
    uint32_t count, next;
};

struct tidy {
    struct rw_unit *unit;
    struct wb_arena arena;
    struct renaming pool[RW_POOLS];
};

static struct renaming start_renaming(struct tidy *t, uint32_t count, uint32_t first)
{
    struct renaming r = {.count = count, .next = first};
    r.to = wb_push_array(&t->arena, uint32_t, (size_t)count + 1);
    r.old = wb_push_array(&t->arena, uint32_t, (size_t)count + 1);
    return r;
}

static uint64_t meet(struct tidy *t, enum rw_pool_kind kind, uint64_t handle)
{
    struct renaming *r = &t->pool[kind];
    if (handle >= r->count)
        return handle;
    if (r->to[handle] == 0) {
        r->old[r->next] = (uint32_t)handle;
        r->to[handle] = ++r->next;  // one more, so that 0 is nothing
    }
    return r->to[handle] - 1;
}

// What must keep its number: atom 1, line 0, type 0.
static void keep(struct tidy *t, enum rw_pool_kind kind, uint32_t handle)
{
    struct renaming *r = &t->pool[kind];
    if (handle >= r->count)
        return;
    r->to[handle] = handle + 1;
    r->old[handle] = handle;
}

static uint64_t see(void *user, enum rw_pool_kind kind, uint64_t handle)
{
    struct tidy *t = user;
    if (kind == RW_LAMBDA || kind == RW_STRING)
        return handle;
    uint64_t mapped = meet(t, kind, handle);
    if (kind == RW_IMPORT && handle < t->unit->module.imports.count) {
        (void)meet(t, RW_ATOM, t->unit->module.imports.at[handle].module);
        (void)meet(t, RW_ATOM, t->unit->module.imports.at[handle].function);
    }
    return mapped;
}

static void see_labels(struct tidy *t)
{
    for (struct rw_function *f = t->unit->first; f != NULL; f = f->next)
        for (struct rw_ins *ins = f->first; ins != NULL; ins = ins->next)
            if (ins->op == OP_label)
                (void)meet(t, RW_LABEL, ins->operand[0].value);
}

static void map_ins(struct tidy *t, struct rw_ins *ins)
{
    for (; ins != NULL; ins = ins->next)
        ins->operand = rw_refs(ins->op, ins->operand, &t->unit->arena, see, t);
}

static void map_name(struct tidy *t, uint32_t *atom, uint32_t *label)
{
    *atom = (uint32_t)meet(t, RW_ATOM, *atom);
    *label = (uint32_t)meet(t, RW_LABEL, *label);
}

static void map_names(struct tidy *t)
{
    struct beam_module *module = &t->unit->module;
    for (struct rw_function *f = t->unit->first; f != NULL; f = f->next)
        map_name(t, &f->name, &f->entry_label);
    for (uint32_t i = 0; i < module->exports.count; i++)
        map_name(t, &module->exports.at[i].function, &module->exports.at[i].label);
    for (uint32_t i = 0; i < module->locals.count; i++)
        map_name(t, &module->locals.at[i].function, &module->locals.at[i].label);
    for (uint32_t i = 0; i < module->lambdas.count; i++)
        map_name(t, &module->lambdas.at[i].function, &module->lambdas.at[i].label);
    for (uint32_t i = 0; i < module->imports.count; i++) {
        struct beam_import *import = &module->imports.at[i];
        import->module = (uint32_t)meet(t, RW_ATOM, import->module);
        import->function = (uint32_t)meet(t, RW_ATOM, import->function);
    }
}

// The table in its new order; entries that nobody met go.
static void *sort_table(struct tidy *t, enum rw_pool_kind kind, const void *at, uint32_t *count,
                        size_t size)
{
    struct renaming *r = &t->pool[kind];
    char *sorted = wb_push_many(&t->unit->arena, (size_t)r->next + 1, size, alignof(max_align_t));
    for (uint32_t i = 0; i < r->next; i++)
        memcpy(sorted + i * size, (const char *)at + r->old[i] * size, size);
    *count = r->next;
    return sorted;
}

static void sort_tables(struct tidy *t)
{
    struct beam_module *m = &t->unit->module;
    struct rw_pool *pool = t->unit->pool;
    m->imports.at =
        sort_table(t, RW_IMPORT, m->imports.at, &m->imports.count, sizeof *m->imports.at);
    map_names(t);
    m->atoms.at = sort_table(t, RW_ATOM, m->atoms.at, &m->atoms.count, sizeof *m->atoms.at);
    m->literals.at =
        sort_table(t, RW_LITERAL, m->literals.at, &m->literals.count, sizeof *m->literals.at);
    if (m->lines.count > 0)
        m->lines.at = sort_table(t, RW_LINE, m->lines.at, &m->lines.count, sizeof *m->lines.at);
    if (m->types.understood)
        m->types.at = sort_table(t, RW_TYPE, m->types.at, &m->types.count, sizeof *m->types.at);
    m->code.labels = t->pool[RW_LABEL].next;
    pool->atoms = m->atoms.count;
    pool->imports = m->imports.count;
    pool->literals = m->literals.count;
    pool->lines = m->lines.count;
    pool->types = m->types.count;
}

static void start(struct tidy *t)
{
    const struct beam_module *m = &t->unit->module;
    t->pool[RW_ATOM] = start_renaming(t, m->atoms.count, 2);
    t->pool[RW_IMPORT] = start_renaming(t, m->imports.count, 0);
    t->pool[RW_LITERAL] = start_renaming(t, m->literals.count, 0);
    t->pool[RW_LINE] = start_renaming(t, m->lines.count, m->lines.count > 0 ? 1 : 0);
    t->pool[RW_TYPE] =
        start_renaming(t, m->types.understood ? m->types.count : 0, m->types.count > 0);
    t->pool[RW_LABEL] = start_renaming(t, m->code.labels, 1);
    keep(t, RW_ATOM, 0);
    keep(t, RW_ATOM, 1);
    keep(t, RW_LINE, 0);
    keep(t, RW_TYPE, 0);
    keep(t, RW_LABEL, 0);
}

// An empty literal table is none.
static void drop_empty(struct rw_unit *unit)
{
    if (unit->module.literals.count == 0 && beam_chunks_find(&unit->module.chunks, "LitT") != NULL)
        rw_chunk(unit, "LitT", (struct wb_bytes){0});
}

struct wb_error *rw_unit_tidy(struct rw_unit *unit)
{
    static const char *const unknown[] = {"DbgB", "Recs"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (beam_chunks_find(&unit->module.chunks, unknown[i]) != NULL)
            return wb_error_new(WB_E_UNSUPPORTED, "pools cannot be tidied: chunk %s names them too",
                                unknown[i]);
    struct tidy t = {.unit = unit};
    start(&t);
    see_labels(&t);
    map_ins(&t, unit->before);
    for (struct rw_function *f = unit->first; f != NULL; f = f->next)
        map_ins(&t, f->first);
    sort_tables(&t);
    drop_empty(unit);
    rw_pool_forget(unit->pool);
    unit->changed = true;
    wb_arena_free(&t.arena);
    return NULL;
}
