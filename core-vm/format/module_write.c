#include <string.h>

#include "core-vm/format/code.h"
#include "core-vm/format/inflate_priv.h"
#include "core-vm/format/module.h"
#include "core-vm/format/number_priv.h"

enum { TAG_U = 0, TAG_I = 1, TAG_A = 2 };

// Appends a chunk's data; false: there is nothing to write, or it is better left as it is.
typedef bool write_fn(const struct beam_module *module, const struct beam_code *code,
                      struct wb_text *text);

static bool write_atoms(const struct beam_module *module, const struct beam_code *code,
                        struct wb_text *text)
{
    uint32_t count = module->atoms.count - 1;
    (void)code;
    wb_text_put_u32(text, module->atoms.wide ? -count : count);
    for (uint32_t i = 1; i <= count; i++) {
        struct wb_bytes atom = module->atoms.at[i];
        if (module->atoms.wide)
            beam_number_write(text, TAG_U, (int64_t)atom.size, 0);
        else
            wb_text_put_char(text, (char)atom.size);
        wb_text_put_bytes(text, atom.at, atom.size);
    }
    return true;
}

void beam_code_chunk_write(const struct beam_module *module, const struct beam_code *code,
                           struct wb_text *text)
{
    wb_text_put_u32(text, 16 + (uint32_t)module->code.more.size);
    wb_text_put_u32(text, module->code.format);
    wb_text_put_u32(text, module->code.highest_op);
    wb_text_put_u32(text, module->code.labels);
    wb_text_put_u32(text, module->code.functions);
    wb_text_put_bytes(text, module->code.more.at, module->code.more.size);
    if (code != NULL)
        beam_code_write(code, text);
    else
        wb_text_put_bytes(text, module->code.bytes.at, module->code.bytes.size);
}

static bool write_code(const struct beam_module *module, const struct beam_code *code,
                       struct wb_text *text)
{
    beam_code_chunk_write(module, code, text);
    return true;
}

static bool write_imports(const struct beam_module *module, const struct beam_code *code,
                          struct wb_text *text)
{
    (void)code;
    wb_text_put_u32(text, module->imports.count);
    for (uint32_t i = 0; i < module->imports.count; i++) {
        wb_text_put_u32(text, module->imports.at[i].module);
        wb_text_put_u32(text, module->imports.at[i].function);
        wb_text_put_u32(text, module->imports.at[i].arity);
    }
    return true;
}

static bool put_exports(const struct beam_export *at, uint32_t count, struct wb_text *text)
{
    wb_text_put_u32(text, count);
    for (uint32_t i = 0; i < count; i++) {
        wb_text_put_u32(text, at[i].function);
        wb_text_put_u32(text, at[i].arity);
        wb_text_put_u32(text, at[i].label);
    }
    return true;
}

static bool write_exports(const struct beam_module *module, const struct beam_code *code,
                          struct wb_text *text)
{
    (void)code;
    return put_exports(module->exports.at, module->exports.count, text);
}

static bool write_locals(const struct beam_module *module, const struct beam_code *code,
                         struct wb_text *text)
{
    (void)code;
    return put_exports(module->locals.at, module->locals.count, text) && module->locals.count > 0;
}

static bool write_lambdas(const struct beam_module *module, const struct beam_code *code,
                          struct wb_text *text)
{
    (void)code;
    wb_text_put_u32(text, module->lambdas.count);
    for (uint32_t i = 0; i < module->lambdas.count; i++) {
        const struct beam_lambda *lambda = &module->lambdas.at[i];
        wb_text_put_u32(text, lambda->function);
        wb_text_put_u32(text, lambda->arity);
        wb_text_put_u32(text, lambda->label);
        wb_text_put_u32(text, lambda->index);
        wb_text_put_u32(text, lambda->num_free);
        wb_text_put_u32(text, lambda->old_uniq);
    }
    return module->lambdas.count > 0;
}

static void put_literals(const struct beam_module *module, struct wb_text *raw)
{
    wb_text_put_u32(raw, module->literals.count);
    for (uint32_t i = 0; i < module->literals.count; i++) {
        struct wb_bytes etf = module->literals.at[i].etf;
        wb_text_put_u32(raw, (uint32_t)etf.size);
        wb_text_put_bytes(raw, etf.at, etf.size);
    }
}

static void pack_literals(const struct beam_module *module, struct wb_bytes raw,
                          struct wb_text *text)
{
    if (module->literals.packed) {
        wb_text_put_u32(text, (uint32_t)raw.size);
        beam_deflate(raw, text);
        return;
    }
    wb_text_put_u32(text, 0);
    wb_text_put_bytes(text, raw.at, raw.size);
}

void beam_literals_write(const struct beam_module *module, struct wb_text *text)
{
    struct wb_text raw wb_auto_text = {0};
    put_literals(module, &raw);
    pack_literals(module, wb_text_bytes(&raw), text);
}

// A table that did not change keeps its compressed form, whoever compressed it.
static bool write_literals(const struct beam_module *module, const struct beam_code *code,
                           struct wb_text *text)
{
    struct wb_text raw wb_auto_text = {0};
    (void)code;
    put_literals(module, &raw);
    if (module->literals.count == 0 || wb_bytes_equal(wb_text_bytes(&raw), module->literals.raw))
        return false;
    pack_literals(module, wb_text_bytes(&raw), text);
    return true;
}

static bool write_lines(const struct beam_module *module, const struct beam_code *code,
                        struct wb_text *text)
{
    uint32_t count = module->lines.count, file = 0;
    (void)code;
    if (count == 0)
        return false;
    wb_text_put_u32(text, 0);
    wb_text_put_u32(text, module->lines.flags);
    wb_text_put_u32(text, module->lines.instructions);
    wb_text_put_u32(text, count - 1);
    wb_text_put_u32(text, module->lines.file_count - 1);
    for (uint32_t i = 1; i < count; i++) {
        const struct beam_line *line = &module->lines.at[i];
        if (line->file != file)
            beam_number_write(text, TAG_A, line->file, 0);
        beam_number_write(text, TAG_I, line->line, 0);
        file = line->file;
    }
    for (uint32_t i = 1; i < module->lines.file_count; i++) {
        wb_text_put_u16(text, (uint16_t)module->lines.files[i].size);
        wb_text_put_bytes(text, module->lines.files[i].at, module->lines.files[i].size);
    }
    return true;
}

static bool write_types(const struct beam_module *module, const struct beam_code *code,
                        struct wb_text *text)
{
    bool both = module->types.version == 1;
    (void)code;
    if (!module->types.understood)
        return false;
    wb_text_put_u32(text, module->types.version);
    wb_text_put_u32(text, module->types.count);
    for (uint32_t i = 0; i < module->types.count; i++) {
        const struct beam_type *type = &module->types.at[i];
        wb_text_put_u16(text, type->bits);
        if (type->has_min || both)
            wb_text_put_u64(text, type->has_min ? (uint64_t)type->min : 0);
        if (type->has_max || both)
            wb_text_put_u64(text, type->has_max ? (uint64_t)type->max : UINT64_MAX);
        if (type->has_unit)
            wb_text_put_char(text, (char)type->unit);
    }
    return true;
}

static bool put_bytes(struct wb_bytes bytes, struct wb_text *text)
{
    wb_text_put_bytes(text, bytes.at, bytes.size);
    return bytes.size > 0;
}

static bool write_strings(const struct beam_module *module, const struct beam_code *code,
                          struct wb_text *text)
{
    (void)code;
    return put_bytes(module->strings, text);
}

static bool write_attributes(const struct beam_module *module, const struct beam_code *code,
                             struct wb_text *text)
{
    (void)code;
    return put_bytes(module->attributes, text);
}

static bool write_compile_info(const struct beam_module *module, const struct beam_code *code,
                               struct wb_text *text)
{
    (void)code;
    return put_bytes(module->compile_info, text);
}

static bool write_meta(const struct beam_module *module, const struct beam_code *code,
                       struct wb_text *text)
{
    (void)code;
    return put_bytes(module->meta, text);
}

static const struct {
    const char *name;
    write_fn *write;
} writers[] = {
    {"AtU8", write_atoms},        {"Code", write_code},    {"StrT", write_strings},
    {"ImpT", write_imports},      {"ExpT", write_exports}, {"FunT", write_lambdas},
    {"LitT", write_literals},     {"LocT", write_locals},  {"Attr", write_attributes},
    {"CInf", write_compile_info}, {"Line", write_lines},   {"Type", write_types},
    {"Meta", write_meta},
};
enum { WRITERS = sizeof writers / sizeof *writers };

// Chunks of the same file with new data where we have any; returns how many.
static size_t renew(const struct beam_module *module, const struct beam_code *code,
                    struct wb_text *data, struct beam_chunks *chunks)
{
    for (size_t i = 0; i < WRITERS; i++) {
        struct beam_chunk *chunk = beam_chunks_find(chunks, writers[i].name);
        if (!writers[i].write(module, code, &data[i]))
            continue;
        if (chunk == NULL) {
            chunk = &chunks->at[chunks->count++];
            memcpy(chunk->name, writers[i].name, 4);
        }
        if (!wb_bytes_equal(chunk->data, wb_text_bytes(&data[i])))
            beam_chunk_set(chunk, wb_text_bytes(&data[i]));
    }
    return chunks->count;
}

static size_t total_of(const struct beam_chunks *chunks)
{
    size_t total = 0;
    for (size_t i = 0; i < chunks->count; i++)
        total += chunks->at[i].data.size + chunks->at[i].padding.size;
    return total;
}

void beam_module_write(const struct beam_module *module, const struct beam_code *code,
                       struct wb_text *text)
{
    struct wb_text data[WRITERS] = {0};
    struct wb_arena arena = {0};
    struct beam_chunks chunks = module->chunks;
    chunks.at = wb_push_array(&arena, struct beam_chunk, chunks.count + WRITERS);
    memcpy(chunks.at, module->chunks.at, chunks.count * sizeof *chunks.at);
    if (renew(module, code, data, &chunks) != module->chunks.count ||
        total_of(&chunks) != total_of(&module->chunks))
        beam_chunks_measure(&chunks);
    beam_chunks_write(&chunks, text);
    for (size_t i = 0; i < WRITERS; i++)
        wb_text_free(&data[i]);
    wb_arena_free(&arena);
}
