#include "core-vm/format/module.h"

#include <string.h>

#include "core-vm/format/etf.h"
#include "core-vm/format/inflate_priv.h"
#include "core-vm/format/md5.h"
#include "core-vm/format/module_priv.h"
#include "core-vm/format/number_priv.h"
#include "core-vm/format/utf8_priv.h"

enum { MAX_ATOM = 255, MAX_ARITY = 255, LAMBDA_SIZE = 24, EXPORT_SIZE = 12, OLD_UNIQ_AT = 20 };
enum { CODE_HEADER = 16, MAX_LABELS = 1 << 24 };

static size_t read_atom_size(struct wb_reader *r, bool wide)
{
    if (!wide)
        return wb_read_u8(r);
    struct beam_number size = beam_number_read(r);
    if (size.tag != 0 || size.big)
        r->bad = true;
    return (size_t)size.value;
}

static struct wb_error *read_atoms(struct wb_bytes data, struct wb_arena *arena,
                                   struct beam_module *module)
{
    struct wb_reader r = {.rest = data};
    int32_t count = (int32_t)wb_read_u32(&r);
    bool wide = count < 0;
    size_t atoms = wide ? (size_t) - (int64_t)count : (size_t)count;
    if (r.bad || atoms == 0 || atoms > r.rest.size)
        return wb_error_new(WB_E_BAD_DATA, "%zu atoms do not fit in their table", atoms);
    module->atoms.at = wb_push_array(arena, struct wb_bytes, atoms + 1);
    module->atoms.count = (uint32_t)atoms + 1;
    module->atoms.wide = wide;
    for (size_t i = 1; i <= atoms; i++) {
        struct wb_bytes text = wb_read_bytes(&r, read_atom_size(&r, wide));
        if (r.bad)
            return wb_error_new(WB_E_BAD_DATA, "atom %zu is cut short", i);
        if (beam_utf8_count(text) > MAX_ATOM)
            return wb_error_new(WB_E_BAD_DATA, "atom %zu is not UTF-8 or too long", i);
        module->atoms.at[i] = text;
    }
    module->name = module->atoms.at[1];
    return NULL;
}

static bool is_atom(const struct beam_module *module, uint32_t atom)
{
    return atom > 0 && atom < module->atoms.count;
}

// A table of `size` bytes an entry; the reader stands behind its count.
static struct wb_error *open_table(struct wb_bytes data, size_t size, const char *what,
                                   struct wb_reader *r, uint32_t *count)
{
    *r = (struct wb_reader){.rest = data};
    *count = wb_read_u32(r);
    if (r->bad || *count > r->rest.size / size)
        return wb_error_new(WB_E_BAD_DATA, "%u %s do not fit in their table", *count, what);
    return NULL;
}

static struct wb_error *read_imports(struct wb_bytes data, struct wb_arena *arena,
                                     struct beam_module *module)
{
    struct wb_reader r;
    uint32_t count;
    WB_TRY(open_table(data, EXPORT_SIZE, "imports", &r, &count));
    module->imports.at = wb_push_array(arena, struct beam_import, count);
    module->imports.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct beam_import *import = &module->imports.at[i];
        import->module = wb_read_u32(&r);
        import->function = wb_read_u32(&r);
        import->arity = wb_read_u32(&r);
        if (!is_atom(module, import->module) || !is_atom(module, import->function) ||
            import->arity > MAX_ARITY)
            return wb_error_new(WB_E_BAD_DATA, "import %u is damaged", i);
    }
    return NULL;
}

static struct wb_error *read_exports(struct wb_bytes data, struct wb_arena *arena,
                                     const struct beam_module *module, struct beam_export **at,
                                     uint32_t *ret)
{
    struct wb_reader r;
    uint32_t count;
    WB_TRY(open_table(data, EXPORT_SIZE, "exports", &r, &count));
    *at = wb_push_array(arena, struct beam_export, count);
    *ret = count;
    for (uint32_t i = 0; i < count; i++) {
        struct beam_export *export = &(*at)[i];
        export->function = wb_read_u32(&r);
        export->arity = wb_read_u32(&r);
        export->label = wb_read_u32(&r);
        if (!is_atom(module, export->function) || export->arity > MAX_ARITY)
            return wb_error_new(WB_E_BAD_DATA, "export %u is damaged", i);
    }
    return NULL;
}

static struct wb_error *read_lambdas(struct wb_bytes data, struct wb_arena *arena,
                                     struct beam_module *module)
{
    struct wb_reader r;
    uint32_t count;
    WB_TRY(open_table(data, LAMBDA_SIZE, "funs", &r, &count));
    module->lambdas.at = wb_push_array(arena, struct beam_lambda, count);
    module->lambdas.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct beam_lambda *lambda = &module->lambdas.at[i];
        lambda->function = wb_read_u32(&r);
        lambda->arity = wb_read_u32(&r);
        lambda->label = wb_read_u32(&r);
        lambda->index = wb_read_u32(&r);
        lambda->num_free = wb_read_u32(&r);
        lambda->old_uniq = wb_read_u32(&r);
        if (!is_atom(module, lambda->function) || lambda->arity > MAX_ARITY ||
            lambda->num_free > lambda->arity)
            return wb_error_new(WB_E_BAD_DATA, "fun %u is damaged", i);
    }
    return NULL;
}

static struct wb_error *read_code_header(struct wb_bytes data, struct beam_module *module)
{
    struct wb_reader r = {.rest = data};
    uint32_t size = wb_read_u32(&r);
    struct wb_reader header = {.rest = wb_read_bytes(&r, size)};
    module->code.format = wb_read_u32(&header);
    module->code.highest_op = wb_read_u32(&header);
    module->code.labels = wb_read_u32(&header);
    module->code.functions = wb_read_u32(&header);
    module->code.more = header.rest;
    module->code.bytes = r.rest;
    if (r.bad || header.bad)
        return wb_error_new(WB_E_BAD_DATA, "the header of the code is cut short");
    if (module->code.format != 0)
        return wb_error_new(WB_E_UNSUPPORTED, "code of format %u", module->code.format);
    if (module->code.labels > MAX_LABELS || module->code.labels / 8 > r.rest.size)
        return wb_error_new(WB_E_BAD_DATA, "%u labels do not fit in the code", module->code.labels);
    return NULL;
}

// The term of Attr and CInf is checked, and kept in its external form.
static struct wb_error *check_term(struct wb_bytes data, struct wb_arena *arena)
{
    struct wb_mark mark = wb_arena_mark(arena);
    struct beam_value value;
    struct wb_error *err = data.size > 0 ? beam_etf_read(data, arena, NULL, &value) : NULL;
    wb_arena_rewind(arena, mark);
    return err;
}

static struct wb_bytes chunk_data(const struct beam_module *module, const char *name)
{
    const struct beam_chunk *chunk = beam_chunks_find(&module->chunks, name);
    return chunk != NULL ? chunk->data : (struct wb_bytes){0};
}

static struct wb_error *need(const struct beam_module *module, const char *name)
{
    if (chunk_data(module, name).size > 0)
        return NULL;
    if (strcmp(name, "AtU8") == 0 && chunk_data(module, "Atom").size > 0)
        return wb_error_new(WB_E_UNSUPPORTED, "compiled by OTP 20 or older: compile it again");
    return wb_error_new(WB_E_BAD_DATA, "chunk %s is missing or empty", name);
}

// Versions are told apart by these chunks; old_uniq is derived from the digest, so it counts as 0.
static void digest(struct beam_module *module)
{
    static const char *const names[] = {"AtU8", "Code", "StrT", "ImpT", "ExpT",
                                        "FunT", "LitT", "Meta", "Recs", "DbgB"};
    static const uint8_t zeros[LAMBDA_SIZE - OLD_UNIQ_AT];
    struct beam_md5 md5;
    beam_md5_init(&md5);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct wb_reader r = {.rest = chunk_data(module, names[i])};
        if (strcmp(names[i], "FunT") == 0) {
            beam_md5_add(&md5, wb_read_bytes(&r, 4));
            while (r.rest.size >= LAMBDA_SIZE) {
                beam_md5_add(&md5, wb_read_bytes(&r, OLD_UNIQ_AT));
                (void)wb_read_u32(&r);
                beam_md5_add(&md5, (struct wb_bytes){zeros, sizeof zeros});
            }
        }
        beam_md5_add(&md5, r.rest);
    }
    beam_md5_end(&md5, module->md5);
}

static struct wb_error *read_tables(struct beam_module *module, struct wb_arena *arena)
{
    WB_TRY(read_atoms(chunk_data(module, "AtU8"), arena, module));
    WB_TRY(read_code_header(chunk_data(module, "Code"), module));
    WB_TRY(read_imports(chunk_data(module, "ImpT"), arena, module));
    WB_TRY(read_exports(chunk_data(module, "ExpT"), arena, module, &module->exports.at,
                        &module->exports.count));
    module->strings = chunk_data(module, "StrT");
    struct wb_bytes locals = chunk_data(module, "LocT"), lambdas = chunk_data(module, "FunT");
    if (locals.size > 0)
        WB_TRY(read_exports(locals, arena, module, &module->locals.at, &module->locals.count));
    return lambdas.size > 0 ? read_lambdas(lambdas, arena, module) : NULL;
}

static struct wb_error *read_pools(struct beam_module *module, struct wb_arena *arena)
{
    struct wb_bytes literals = chunk_data(module, "LitT"), lines = chunk_data(module, "Line"),
                    types = chunk_data(module, "Type");
    if (literals.size > 0)
        WB_TRY(beam_read_literals(literals, arena, module));
    if (lines.size > 0)
        WB_TRY(beam_read_lines(lines, arena, module));
    if (types.size > 0)
        WB_TRY(beam_read_types(types, arena, module));
    module->attributes = chunk_data(module, "Attr");
    module->compile_info = chunk_data(module, "CInf");
    module->meta = chunk_data(module, "Meta");
    WB_TRY(check_term(module->attributes, arena));
    return check_term(module->compile_info, arena);
}

struct wb_error *beam_module_read(struct wb_bytes file, struct wb_arena *arena,
                                  struct beam_module *ret)
{
    struct beam_module module = {0};
    WB_TRY(beam_gunzip(file, arena, &file));
    WB_TRY(beam_chunks_read(file, arena, &module.chunks));
    static const char *const needed[] = {"AtU8", "Code", "ImpT", "ExpT"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        WB_TRY(need(&module, needed[i]));
    WB_TRY(read_tables(&module, arena));
    WB_TRY(read_pools(&module, arena));
    digest(&module);
    *ret = module;
    return NULL;
}

struct wb_bytes beam_module_atom(const struct beam_module *module, uint64_t atom)
{
    return atom < module->atoms.count ? module->atoms.at[atom] : (struct wb_bytes){0};
}
