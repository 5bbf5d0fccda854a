#include <stdlib.h>
#include <string.h>

#include "core-vm/format/etf.h"
#include "rewriter/unit_priv.h"

enum { FIRST_SLOTS = 64, FIRST_ROOM = 16, ANY_TYPE = 0x1fff, LITERAL_MINOR = 2 };

void *rw_grow(struct wb_arena *arena, void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = count < FIRST_ROOM ? FIRST_ROOM : count * 2;
    void *more = wb_push_many(arena, *room, size, alignof(max_align_t));
    if (count > 0)
        memcpy(more, at, count * size);
    return more;
}

// What a pool is asked for.
struct key {
    struct wb_bytes bytes;  // atom, literal
    uint32_t a, b, c;       // import: module, function, arity; line: file, line
    struct beam_type type;
};

struct kind {
    struct rw_index *index;
    uint32_t first, count;  // entries
    struct key (*key)(const struct rw_unit *unit, uint32_t entry);
    bool (*same)(const struct key *a, const struct key *b);
};

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_key(const struct key *key)
{
    uint64_t hash = mix(mix(key->bytes.size, key->a), (uint64_t)key->b << 32 | key->c);
    const uint8_t *at = key->bytes.at;
    size_t left = key->bytes.size;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = mix(hash, word);
    }
    for (; left > 0; left--, at++)
        hash = mix(hash, *at);
    hash = mix(hash, key->type.bits);
    return mix(hash, (uint64_t)key->type.min ^ (uint64_t)key->type.max << 1 ^ key->type.unit);
}

static bool same_bytes(const struct key *a, const struct key *b)
{
    return wb_bytes_equal(a->bytes, b->bytes);
}

static bool same_numbers(const struct key *a, const struct key *b)
{
    return a->a == b->a && a->b == b->b && a->c == b->c;
}

static bool same_type(const struct key *a, const struct key *b)
{
    const struct beam_type *s = &a->type, *t = &b->type;
    return s->bits == t->bits && s->has_min == t->has_min && s->has_max == t->has_max &&
           s->has_unit == t->has_unit && s->min == t->min && s->max == t->max && s->unit == t->unit;
}

static struct key atom_key(const struct rw_unit *unit, uint32_t entry)
{
    return (struct key){.bytes = unit->module.atoms.at[entry]};
}

static struct key import_key(const struct rw_unit *unit, uint32_t entry)
{
    const struct beam_import *import = &unit->module.imports.at[entry];
    return (struct key){.a = import->module, .b = import->function, .c = import->arity};
}

static struct key literal_key(const struct rw_unit *unit, uint32_t entry)
{
    return (struct key){.bytes = unit->module.literals.at[entry].etf};
}

static struct key line_key(const struct rw_unit *unit, uint32_t entry)
{
    const struct beam_line *line = &unit->module.lines.at[entry];
    return (struct key){.a = line->file, .b = line->line};
}

static struct key type_key(const struct rw_unit *unit, uint32_t entry)
{
    return (struct key){.type = unit->module.types.at[entry]};
}

// The slot of that key, or the empty one where it would be.
static uint32_t *find_slot(const struct rw_unit *unit, const struct kind *kind,
                           const struct key *key)
{
    size_t mask = kind->index->slots - 1;
    for (size_t i = hash_key(key) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &kind->index->slot[i];
        if (*slot == 0)
            return slot;
        struct key there = kind->key(unit, *slot - 1);
        if (kind->same(key, &there))
            return slot;
    }
}

static void put_entry(const struct rw_unit *unit, const struct kind *kind, uint32_t entry)
{
    struct key key = kind->key(unit, entry);
    uint32_t *slot = find_slot(unit, kind, &key);
    if (*slot != 0)
        return;
    *slot = entry + 1;
    kind->index->count++;
}

// All entries, in a table that is at most half full.
static void make_index(const struct rw_unit *unit, const struct kind *kind)
{
    size_t slots = FIRST_SLOTS;
    while (slots < 4 * ((size_t)kind->count + 1))
        slots *= 2;
    free(kind->index->slot);
    *kind->index = (struct rw_index){.slot = calloc(slots, sizeof(uint32_t)), .slots = slots};
    if (kind->index->slot == NULL)
        wb_die_no_memory(slots * sizeof(uint32_t));
    for (uint32_t i = kind->first; i < kind->count; i++)
        put_entry(unit, kind, i);
}

// The entry with that content, or UINT32_MAX.
static uint32_t find_entry(const struct rw_unit *unit, const struct kind *kind,
                           const struct key *key)
{
    if (kind->index->slots < 2 * ((size_t)kind->index->count + 1))
        make_index(unit, kind);
    return *find_slot(unit, kind, key) - 1;
}

struct wb_bytes rw_copy_bytes(struct wb_arena *arena, struct wb_bytes bytes)
{
    uint8_t *at = wb_push_array(arena, uint8_t, bytes.size + 1);
    if (bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
    return (struct wb_bytes){at, bytes.size};
}

static struct kind atoms_of(const struct rw_unit *unit)
{
    return (struct kind){&unit->pool->atom, 1, unit->module.atoms.count, atom_key, same_bytes};
}

uint32_t rw_find_atom(const struct rw_unit *unit, struct wb_bytes text)
{
    struct kind kind = atoms_of(unit);
    uint32_t entry = find_entry(unit, &kind, &(struct key){.bytes = text});
    return entry != UINT32_MAX ? entry : 0;
}

uint32_t rw_atom(struct rw_unit *unit, struct wb_bytes text)
{
    struct beam_module *module = &unit->module;
    uint32_t entry = rw_find_atom(unit, text);
    if (entry != 0)
        return entry;
    module->atoms.at = rw_grow(&unit->arena, module->atoms.at, module->atoms.count,
                               &unit->pool->atoms, sizeof *module->atoms.at);
    module->atoms.at[module->atoms.count++] = rw_copy_bytes(&unit->arena, text);
    if (text.size > UINT8_MAX)
        module->atoms.wide = true;
    unit->changed = true;
    struct kind kind = atoms_of(unit);
    put_entry(unit, &kind, module->atoms.count - 1);
    return module->atoms.count - 1;
}

uint32_t rw_import(struct rw_unit *unit, uint32_t module_name, uint32_t function, uint32_t arity)
{
    struct beam_module *module = &unit->module;
    struct kind kind = {&unit->pool->import, 0, module->imports.count, import_key, same_numbers};
    struct key key = {.a = module_name, .b = function, .c = arity};
    uint32_t entry = find_entry(unit, &kind, &key);
    if (entry != UINT32_MAX)
        return entry;
    module->imports.at = rw_grow(&unit->arena, module->imports.at, module->imports.count,
                                 &unit->pool->imports, sizeof *module->imports.at);
    module->imports.at[module->imports.count++] =
        (struct beam_import){module_name, function, arity};
    unit->changed = true;
    put_entry(unit, &kind, module->imports.count - 1);
    return module->imports.count - 1;
}

static struct kind literals_of(const struct rw_unit *unit)
{
    return (struct kind){&unit->pool->literal, 0, unit->module.literals.count, literal_key,
                         same_bytes};
}

// The literal of these bytes, or UINT32_MAX.
static uint32_t find_literal(const struct rw_unit *unit, struct wb_bytes etf)
{
    struct kind kind = literals_of(unit);
    return find_entry(unit, &kind, &(struct key){.bytes = etf});
}

uint32_t rw_literal_etf(struct rw_unit *unit, struct wb_bytes etf, const struct beam_value *value)
{
    struct beam_module *module = &unit->module;
    uint32_t entry = find_literal(unit, etf);
    if (entry != UINT32_MAX)
        return entry;
    module->literals.at = rw_grow(&unit->arena, module->literals.at, module->literals.count,
                                  &unit->pool->literals, sizeof *module->literals.at);
    if (module->literals.count == 0 && module->literals.raw.size == 0)
        module->literals.packed = module->code.highest_op < OP_executable_line + 1;
    module->literals.at[module->literals.count++] = (struct beam_literal){etf, value};
    unit->changed = true;
    struct kind kind = literals_of(unit);
    put_entry(unit, &kind, module->literals.count - 1);
    return module->literals.count - 1;
}

uint32_t rw_literal(struct rw_unit *unit, const struct beam_value *value)
{
    struct wb_text etf wb_auto_text = {0};
    wb_error_free(beam_etf_write_minor(value, LITERAL_MINOR, &etf));
    uint32_t entry = find_literal(unit, wb_text_bytes(&etf));
    if (entry != UINT32_MAX)
        return entry;
    // Decoded anew, so that nothing of the caller's is kept.
    struct beam_value *copy = wb_push_array(&unit->arena, struct beam_value, 1);
    struct wb_bytes mine = rw_copy_bytes(&unit->arena, wb_text_bytes(&etf));
    wb_error_free(beam_etf_read(mine, &unit->arena, NULL, copy));
    return rw_literal_etf(unit, mine, copy);
}

// A module without types gets a table of the version that its other instructions are of; entry 0 is
// always "any".
void rw_start_types(struct rw_unit *unit)
{
    struct beam_module *module = &unit->module;
    uint32_t newest = module->code.highest_op;
    if (module->types.version != 0)
        return;
    module->types.version = newest >= OP_executable_line ? 3 : newest >= OP_update_record ? 2 : 1;
    module->types.understood = true;
    module->types.at = rw_grow(&unit->arena, NULL, 0, &unit->pool->types, sizeof *module->types.at);
    module->types.at[module->types.count++] = (struct beam_type){.bits = ANY_TYPE};
}

uint32_t rw_type(struct rw_unit *unit, struct beam_type type)
{
    struct beam_module *module = &unit->module;
    rw_start_types(unit);
    struct kind kind = {&unit->pool->type, 0, module->types.count, type_key, same_type};
    uint32_t entry = find_entry(unit, &kind, &(struct key){.type = type});
    if (entry != UINT32_MAX)
        return entry;
    module->types.at = rw_grow(&unit->arena, module->types.at, module->types.count,
                               &unit->pool->types, sizeof *module->types.at);
    module->types.at[module->types.count++] = type;
    unit->changed = true;
    put_entry(unit, &kind, module->types.count - 1);
    return module->types.count - 1;
}

static struct wb_bytes own_file(struct rw_unit *unit)
{
    struct wb_text name wb_auto_text = {0};
    wb_text_put_bytes(&name, unit->module.name.at, unit->module.name.size);
    wb_text_put(&name, ".erl");
    return rw_copy_bytes(&unit->arena, wb_text_bytes(&name));
}

// A module without a line table gets one.
void rw_start_lines(struct rw_unit *unit)
{
    struct beam_module *module = &unit->module;
    if (module->lines.count > 0)
        return;
    unit->pool->lines = unit->pool->files = 0;
    module->lines.at = rw_grow(&unit->arena, NULL, 0, &unit->pool->lines, sizeof *module->lines.at);
    module->lines.files =
        rw_grow(&unit->arena, NULL, 0, &unit->pool->files, sizeof *module->lines.files);
    module->lines.count = module->lines.file_count = 1;
    module->lines.files[0] = own_file(unit);
}

uint32_t rw_file(struct rw_unit *unit, struct wb_bytes file)
{
    struct beam_module *module = &unit->module;
    rw_start_lines(unit);
    if (file.size == 0)
        return 0;
    for (uint32_t i = 1; i < module->lines.file_count; i++)
        if (wb_bytes_equal(module->lines.files[i], file))
            return i;
    module->lines.files = rw_grow(&unit->arena, module->lines.files, module->lines.file_count,
                                  &unit->pool->files, sizeof *module->lines.files);
    module->lines.files[module->lines.file_count++] = rw_copy_bytes(&unit->arena, file);
    unit->changed = true;
    return module->lines.file_count - 1;
}

uint32_t rw_line(struct rw_unit *unit, struct wb_bytes file, uint32_t line)
{
    struct beam_module *module = &unit->module;
    if (line == 0 && file.size == 0)
        return 0;
    rw_start_lines(unit);
    struct kind kind = {&unit->pool->line, 1, module->lines.count, line_key, same_numbers};
    struct key key = {.a = rw_file(unit, file), .b = line};
    uint32_t entry = find_entry(unit, &kind, &key);
    if (entry != UINT32_MAX)
        return entry;
    module->lines.at = rw_grow(&unit->arena, module->lines.at, module->lines.count,
                               &unit->pool->lines, sizeof *module->lines.at);
    module->lines.at[module->lines.count++] = (struct beam_line){key.a, line};
    unit->changed = true;
    put_entry(unit, &kind, module->lines.count - 1);
    return module->lines.count - 1;
}

uint32_t rw_string(struct rw_unit *unit, struct wb_bytes bytes)
{
    struct beam_module *module = &unit->module;
    const uint8_t *found =
        bytes.size > 0 && bytes.size <= module->strings.size
            ? memmem(module->strings.at, module->strings.size, bytes.at, bytes.size)
            : NULL;
    if (found != NULL)
        return (uint32_t)(found - module->strings.at);
    struct wb_text *pool = &unit->pool->strings;
    if (pool->size == 0)
        wb_text_put_bytes(pool, module->strings.at, module->strings.size);
    uint32_t offset = (uint32_t)pool->size;
    wb_text_put_bytes(pool, bytes.at, bytes.size);
    module->strings = wb_text_bytes(pool);
    unit->changed = unit->changed || bytes.size > 0;
    return offset;
}

uint32_t rw_lambda(struct rw_unit *unit, const struct rw_function *function, uint32_t num_free)
{
    struct beam_module *module = &unit->module;
    for (uint32_t i = 0; i < module->lambdas.count; i++)
        if (module->lambdas.at[i].label == function->entry_label &&
            module->lambdas.at[i].num_free == num_free)
            return i;
    module->lambdas.at = rw_grow(&unit->arena, module->lambdas.at, module->lambdas.count,
                                 &unit->pool->lambdas, sizeof *module->lambdas.at);
    module->lambdas.at[module->lambdas.count] = (struct beam_lambda){
        .function = function->name,
        .arity = function->arity,
        .label = function->entry_label,
        .index = module->lambdas.count,
        .num_free = num_free,
    };
    unit->changed = true;
    return module->lambdas.count++;
}

uint32_t rw_label(struct rw_unit *unit)
{
    unit->changed = true;
    return unit->module.code.labels++;
}

bool rw_pool_is_unique(const struct rw_unit *unit)
{
    const struct beam_module *m = &unit->module;
    const struct kind kinds[] = {
        {&unit->pool->atom, 1, m->atoms.count, atom_key, same_bytes},
        {&unit->pool->import, 0, m->imports.count, import_key, same_numbers},
        {&unit->pool->literal, 0, m->literals.count, literal_key, same_bytes},
        {&unit->pool->line, m->lines.count > 0, m->lines.count, line_key, same_numbers},
        {&unit->pool->type, 0, m->types.count, type_key, same_type},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        make_index(unit, &kinds[i]);
        if (kinds[i].index->count != kinds[i].count - kinds[i].first)
            return false;
    }
    return true;
}

static void forget(struct rw_index *index)
{
    free(index->slot);
    *index = (struct rw_index){0};
}

void rw_pool_forget(struct rw_pool *pool)
{
    forget(&pool->atom);
    forget(&pool->import);
    forget(&pool->literal);
    forget(&pool->line);
    forget(&pool->type);
    free(pool->at_label);
    pool->at_label = NULL;
}

void rw_pool_free(struct rw_pool *pool)
{
    rw_pool_forget(pool);
    wb_text_free(&pool->strings);
    free(pool);
}
