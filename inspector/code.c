#include "inspector/code.h"

#include <stdio.h>
#include <string.h>

#include "core-vm/base/file.h"
#include "core-vm/format/dis.h"
#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"

enum { PATH_SIZE = 1024 };

void insp_code_cache_free(struct insp_code_cache *cache)
{
    wb_file_unmap(&cache->code.source_file);
    wb_arena_free(&cache->arena);
    *cache = (struct insp_code_cache){0};
}

static const char *keep_path(struct wb_arena *arena, const char *path)
{
    char *copy = wb_push(arena, strlen(path) + 1, 1);
    strcpy(copy, path);
    return copy;
}

static bool try_source(struct insp_code_cache *cache, const char *path)
{
    struct wb_error *err = wb_file_map(path, &cache->code.source_file);
    wb_error_free(err);
    if (err == NULL)
        cache->code.source_path = keep_path(&cache->arena, path);
    return err == NULL;
}

// {source, "/path/name.erl"} of the compile info.
static bool compiled_from(struct insp_code_cache *cache, char path[PATH_SIZE])
{
    struct beam_value info;
    struct wb_bytes etf = cache->code.module.compile_info;
    struct wb_error *err = etf.size > 0 ? beam_etf_read(etf, &cache->arena, NULL, &info)
                                        : wb_error_new(WB_E_NOT_FOUND, "no compile info");
    wb_error_free(err);
    for (size_t i = 0; err == NULL && info.kind == BEAM_CONS && i < info.part.count; i++) {
        const struct beam_value *pair = &info.part.at[i];
        if (pair->kind != BEAM_TUPLE || pair->part.count != 2 ||
            pair->part.at[0].kind != BEAM_ATOM || pair->part.at[1].kind != BEAM_CONS ||
            !wb_bytes_equal(pair->part.at[0].text, wb_bytes_of("source")))
            continue;
        size_t size = 0;
        const struct beam_value *list = &pair->part.at[1];
        for (size_t c = 0; c + 1 < list->part.count && size + 1 < PATH_SIZE; c++)
            if (list->part.at[c].kind == BEAM_SMALL)
                path[size++] = (char)list->part.at[c].small;
        path[size] = '\0';
        return true;
    }
    return false;
}

// Beside the .beam file, in ../src of it, where the compiler found it, or here.
static void find_source(struct insp_code_cache *cache, struct wb_bytes beam_path)
{
    char path[PATH_SIZE];
    const struct beam_module *m = &cache->code.module;
    if (m->lines.count == 0 || m->lines.file_count == 0)
        return;
    struct wb_bytes file = m->lines.files[0];
    for (size_t i = file.size; i-- > 0;)
        if (file.at[i] == '/') {
            file = (struct wb_bytes){file.at + i + 1, file.size - i - 1};
            break;
        }
    size_t folder = beam_path.size;
    while (folder > 0 && beam_path.at[folder - 1] != '/')
        folder--;
    static const char *const between[] = {"", "../src/"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%.*s%s%.*s", (int)folder, (const char *)beam_path.at,
                 between[i], (int)file.size, (const char *)file.at);
        if (try_source(cache, path))
            return;
    }
    if (compiled_from(cache, path))
        try_source(cache, path);
}

static void split_source(struct insp_code_cache *cache)
{
    struct insp_code *code = &cache->code;
    const char *at = (const char *)code->source_file.at;
    size_t size = code->source_file.size, count = 1;
    for (size_t i = 0; i < size; i++)
        count += at[i] == '\n';
    code->source_lines = wb_push_array(&cache->arena, const char *, count + 1);
    code->source_lines[code->source_count++] = at;
    for (size_t i = 0; i < size; i++)
        if (at[i] == '\n')
            code->source_lines[code->source_count++] = at + i + 1;
}

static struct wb_error *load(struct insp_code_cache *cache, const struct tgt_module *module)
{
    struct wb_bytes bytes = module->beam, file wb_auto_unmap = {0};
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%.*s", (int)module->source.size, (const char *)module->source.at);
    if (bytes.size == 0 && path[0] != '\0') {
        WB_TRY(wb_file_map(path, &file));
        bytes = file;
    }
    if (bytes.size == 0)
        return wb_error_new(WB_E_UNSUPPORTED, "the target keeps no file of %.*s",
                            (int)module->name.size, (const char *)module->name.at);
    uint8_t *copy = wb_push(&cache->arena, bytes.size, 1);
    memcpy(copy, bytes.at, bytes.size);
    WB_TRY(
        beam_module_read((struct wb_bytes){copy, bytes.size}, &cache->arena, &cache->code.module));
    WB_TRY(beam_code_read(&cache->code.module, &cache->arena, &cache->code.code));
    cache->code.name = cache->code.module.name;
    find_source(cache, module->source);
    if (cache->code.source_path != NULL)
        split_source(cache);
    return NULL;
}

static struct wb_error *find_module(struct insp_session *s, struct wb_bytes name,
                                    struct wb_arena *arena, struct tgt_module *ret)
{
    struct tgt_modules modules;
    WB_TRY(tgt_list_modules(s->t, arena, &modules));
    for (size_t i = 0; i < modules.count; i++)
        if (!modules.at[i].old && wb_bytes_equal(modules.at[i].name, name)) {
            *ret = modules.at[i];
            return NULL;
        }
    return wb_error_new(WB_E_NOT_FOUND, "no module %.*s is loaded", (int)name.size,
                        (const char *)name.at);
}

struct wb_error *insp_code_read(struct insp_session *s, struct insp_code_cache *cache,
                                struct wb_bytes name, const struct insp_code **ret)
{
    struct wb_arena arena = {0};
    struct tgt_module module;
    struct wb_error *err = find_module(s, name, &arena, &module);
    bool same = err == NULL && cache->loaded && cache->serial == module.serial &&
                wb_bytes_equal(cache->code.name, name);
    if (err == NULL && !same) {
        insp_code_cache_free(cache);
        err = load(cache, &module);
        cache->loaded = err == NULL;
        cache->serial = module.serial;
    }
    wb_arena_free(&arena);
    WB_TRY(err);
    *ret = &cache->code;
    return NULL;
}

uint32_t insp_code_find(const struct insp_code *code, struct wb_bytes function, int arity)
{
    for (uint32_t i = 0; i < code->code.functions.count; i++) {
        const struct beam_function *f = &code->code.functions.at[i];
        if (wb_bytes_equal(beam_module_atom(&code->module, f->name), function) &&
            (arity < 0 || f->arity == (uint32_t)arity))
            return f->info;
    }
    return BEAM_NO_INS;
}

static struct wb_bytes last_part(struct wb_bytes path)
{
    for (size_t i = path.size; i-- > 0;)
        if (path.at[i] == '/')
            return (struct wb_bytes){path.at + i + 1, path.size - i - 1};
    return path;
}

// Compilers that were given a path call the module's own source by that path.
static bool is_own(const struct beam_module *module, uint32_t file)
{
    return file == 0 ||
           (file < module->lines.file_count && wb_bytes_equal(last_part(module->lines.files[file]),
                                                              last_part(module->lines.files[0])));
}

// The line a `line` instruction names; 0: none.
static uint32_t line_named(const struct insp_code *code, const struct beam_ins *ins)
{
    if (ins->op != OP_line || ins->count == 0 || ins->operand[0].value >= code->module.lines.count)
        return 0;
    const struct beam_line *line = &code->module.lines.at[ins->operand[0].value];
    return is_own(&code->module, line->file) ? line->line : 0;
}

uint32_t insp_code_line_of(const struct insp_code *code, uint32_t ins)
{
    const struct beam_function *f = beam_code_function_at(&code->code, ins);
    for (uint32_t i = ins + 1; f != NULL && i-- > f->first;)
        if (code->code.ins.at[i].op == OP_line)
            return line_named(code, &code->code.ins.at[i]);
    return 0;
}

void insp_code_function(const struct insp_code *code, uint32_t ins, struct wb_arena *arena,
                        struct insp_code_lines *ret)
{
    const struct beam_function *f = beam_code_function_at(&code->code, ins);
    *ret = (struct insp_code_lines){0};
    if (f == NULL)
        return;
    ret->at = wb_push_array(arena, struct insp_code_line, (size_t)(f->end - f->first) * 2 + 1);
    ret->at[ret->count++] = (struct insp_code_line){INSP_CODE_TITLE, f->info, 0};
    uint32_t line = 0;
    for (uint32_t i = f->first; i < f->end; i++) {
        const struct beam_ins *at = &code->code.ins.at[i];
        uint32_t named = line_named(code, at);
        if (named != 0 && named != line && named <= code->source_count)
            ret->at[ret->count++] = (struct insp_code_line){INSP_CODE_SOURCE, i, named};
        line = named != 0 ? named : line;
        if (at->op != OP_line)
            ret->at[ret->count++] = (struct insp_code_line){INSP_CODE_INS, i, line};
    }
}

struct wb_bytes insp_source_line(const struct insp_code *code, uint32_t line)
{
    if (line == 0 || line > code->source_count)
        return (struct wb_bytes){0};
    const char *end = (const char *)code->source_file.at + code->source_file.size;
    const char *at = code->source_lines[line - 1];
    size_t size = 0;
    while (at + size < end && at[size] != '\n' && at[size] != '\r')
        size++;
    return (struct wb_bytes){(const uint8_t *)at, size};
}

void insp_code_print(const struct insp_code *code, const struct insp_code_line *line,
                     struct wb_text *text)
{
    const struct beam_function *f = beam_code_function_at(&code->code, line->ins);
    struct wb_bytes source = insp_source_line(code, line->line);
    switch (line->kind) {
    case INSP_CODE_TITLE:
        beam_print_atom(beam_module_atom(&code->module, f != NULL ? f->name : 0), text);
        wb_text_printf(text, "/%u:", f != NULL ? f->arity : 0);
        return;
    case INSP_CODE_SOURCE:
        wb_text_printf(text, "%5u  %.*s", line->line, (int)source.size, (const char *)source.at);
        return;
    case INSP_CODE_INS:
        beam_dis_ins(&code->module, &code->code.ins.at[line->ins], text);
        return;
    }
}
