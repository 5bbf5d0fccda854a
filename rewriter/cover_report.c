#include "core-vm/format/etf.h"
#include "rewriter/cover.h"
#include "rewriter/unit_priv.h"

// The source's name stands in the chunk CInf, {source, Name}; else it is NAME.erl.
static struct wb_bytes find_source(const struct beam_module *module, struct wb_arena *arena)
{
    struct beam_value info;
    struct wb_text text wb_auto_text = {0};
    struct wb_error *err = module->compile_info.size > 0
                               ? beam_etf_read(module->compile_info, arena, NULL, &info)
                               : wb_error_new(WB_E_NOT_FOUND, "no source");
    bool list = err == NULL && info.kind == BEAM_CONS;
    wb_error_free(err);
    for (size_t i = 0; list && i + 1 < info.part.count; i++) {
        const struct beam_value *pair = &info.part.at[i];
        bool source = pair->kind == BEAM_TUPLE && pair->part.count == 2 &&
                      pair->part.at[0].kind == BEAM_ATOM && pair->part.at[1].kind == BEAM_CONS &&
                      wb_bytes_equal(pair->part.at[0].text, wb_bytes_of("source"));
        for (size_t k = 0; source && k + 1 < pair->part.at[1].part.count; k++)
            wb_text_put_utf8(&text, (uint32_t)pair->part.at[1].part.at[k].small);
    }
    if (text.size == 0) {
        wb_text_put_bytes(&text, module->name.at, module->name.size);
        wb_text_put(&text, ".erl");
    }
    return rw_copy_bytes(arena, wb_text_bytes(&text));
}

struct wb_error *rw_covered_read(struct wb_bytes file, struct wb_arena *arena,
                                 struct rw_covered *ret)
{
    struct beam_module module;
    WB_TRY(beam_module_read(file, arena, &module));
    const struct beam_chunk *chunk = beam_chunks_find(&module.chunks, "CryC");
    if (chunk == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "the module does not count its lines: see pass cover");
    struct wb_reader r = {.rest = chunk->data};
    uint32_t version = wb_read_u32(&r), count = wb_read_u32(&r);
    if (r.bad || version != 1 || count > r.rest.size / 4)
        return wb_error_new(WB_E_BAD_DATA, "chunk CryC is damaged");
    uint32_t *line = wb_push_array(arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        line[i] = wb_read_u32(&r);
    *ret = (struct rw_covered){.module = module.name,
                               .source = find_source(&module, arena),
                               .line = line,
                               .calls = wb_push_array(arena, uint64_t, count),
                               .count = count};
    return NULL;
}

static struct wb_error *add_counts(struct rw_covered *covered, const struct beam_value *counts)
{
    size_t count = counts->kind == BEAM_CONS ? counts->part.count - 1 : 0;
    if (count != covered->count)
        return wb_error_new(WB_E_BAD_DATA, "%zu counts for the %zu lines of %.*s", count,
                            covered->count, (int)covered->module.size,
                            (const char *)covered->module.at);
    for (size_t i = 0; i < count; i++)
        if (counts->part.at[i].kind == BEAM_SMALL)
            covered->calls[i] += (uint64_t)counts->part.at[i].small;
    return NULL;
}

static struct wb_error *add_dump(struct rw_covered *covered, const struct beam_value *dump)
{
    size_t count = dump->kind == BEAM_CONS ? dump->part.count - 1 : 0;
    for (size_t i = 0; i < count; i++) {
        const struct beam_value *pair = &dump->part.at[i];
        bool good =
            pair->kind == BEAM_TUPLE && pair->part.count == 2 && pair->part.at[0].kind == BEAM_ATOM;
        if (!good)
            return wb_error_new(WB_E_BAD_DATA, "the counts are no list of {Module, Counts}");
        if (wb_bytes_equal(pair->part.at[0].text, covered->module))
            WB_TRY(add_counts(covered, &pair->part.at[1]));
    }
    return NULL;
}

struct wb_error *rw_covered_add(struct rw_covered *covered, struct wb_bytes dump)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = beam_etf_read(dump, &arena, NULL, &value);
    if (err == NULL)
        err = add_dump(covered, &value);
    wb_arena_free(&arena);
    return err;
}

// Lines that were run, of how many.
static size_t hits(const struct rw_covered *covered, size_t *lines)
{
    size_t hit = 0;
    *lines = 0;
    for (size_t i = 0; i < covered->count; i++) {
        *lines += covered->line[i] != 0;
        hit += covered->line[i] != 0 && covered->calls[i] > 0;
    }
    return hit;
}

void rw_covered_text(const struct rw_covered *covered, struct wb_text *text)
{
    size_t lines, hit = hits(covered, &lines);
    wb_text_printf(text, "%.*s: %zu of %zu lines\n", (int)covered->module.size,
                   (const char *)covered->module.at, hit, lines);
    for (size_t i = 0; i < covered->count; i++)
        if (covered->line[i] != 0)
            wb_text_printf(text, "%8u %10llu\n", covered->line[i],
                           (unsigned long long)covered->calls[i]);
}

// The format of lcov's tracefiles: geninfo(1).
void rw_covered_lcov(const struct rw_covered *covered, struct wb_text *text)
{
    size_t lines, hit = hits(covered, &lines);
    wb_text_printf(text, "TN:\nSF:%.*s\n", (int)covered->source.size,
                   (const char *)covered->source.at);
    for (size_t i = 0; i < covered->count; i++)
        if (covered->line[i] != 0)
            wb_text_printf(text, "DA:%u,%llu\n", covered->line[i],
                           (unsigned long long)covered->calls[i]);
    wb_text_printf(text, "LF:%zu\nLH:%zu\nend_of_record\n", lines, hit);
}

void rw_covered_json(const struct rw_covered *covered, struct wb_json *json)
{
    wb_json_object(json);
    wb_json_key_string(json, "module", covered->module);
    wb_json_key_string(json, "source", covered->source);
    wb_json_key(json, "lines");
    wb_json_list(json);
    for (size_t i = 0; i < covered->count; i++) {
        if (covered->line[i] == 0)
            continue;
        wb_json_object(json);
        wb_json_key_number(json, "line", covered->line[i]);
        wb_json_key_number(json, "calls", covered->calls[i]);
        wb_json_end_object(json);
    }
    wb_json_end_list(json);
    wb_json_end_object(json);
}
