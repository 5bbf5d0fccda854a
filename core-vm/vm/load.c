#include <stdlib.h>
#include <string.h>

#include "core-vm/base/cleanup.h"
#include "core-vm/format/etf.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/code_priv.h"
#include "core-vm/vm/library.h"
#include "core-vm/vm/load_priv.h"
#include "core-vm/vm/module.h"
#include "core-vm/vm/table.h"
#include "core-vm/vm/values.h"
#include "core-vm/vm/watch.h"

// A module on its way in: what was read of the file, the translation, and the version being made.
struct loading {
    struct vm_load l;
    struct wb_arena arena;
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    struct wb_bytes file;
    const char *source;
    uint32_t first_file;       // literals: names of the source files
    uint32_t first_attribute;  // attributes, compile info, source
    vm_term *terms;            // of the literals
    uint64_t made;             // offset of struct vm_module_code
    uint64_t export_count;
    uint64_t exports;  // offset of the offsets of the module's exports
};

static void loading_done(struct loading *loading)
{
    free(loading->l.words.at);
    free(loading->l.words.ins);
    free(loading->l.fixes.at);
    free(loading->l.literals.at);
    wb_arena_free(&loading->arena);
}

static struct wb_error *no_room(void)
{
    return wb_error_new(WB_E_LIMIT, "the VM has no room for more code");
}

// ---- reading

static struct wb_error *refuse(const struct beam_verdict *verdict)
{
    const struct beam_fault *first = &verdict->faults.at[0];
    if (first->ins == BEAM_NO_INS)
        return wb_error_new(WB_E_BAD_DATA, "not safe to run: %s", first->text);
    return wb_error_new(WB_E_BAD_DATA, "not safe to run: instruction %u: %s", first->ins,
                        first->text);
}

static struct wb_error *read_file(struct loading *loading)
{
    WB_TRY(beam_module_read(loading->file, &loading->arena, &loading->module));
    WB_TRY(beam_code_read(&loading->module, &loading->arena, &loading->code));
    beam_verify(&loading->module, &loading->code, &loading->arena, &loading->verdict);
    if (loading->verdict.faults.count > 0)
        return refuse(&loading->verdict);
    return NULL;
}

static struct wb_error *make_atoms(struct vm_load *l)
{
    l->atoms = wb_push_array(l->arena, vm_term, l->module->atoms.count);
    l->atoms[0] = VM_NIL;
    for (uint32_t i = 1; i < l->module->atoms.count; i++) {
        l->atoms[i] = vm_atom_of(l->vm, l->module->atoms.at[i]);
        if (l->atoms[i] == VM_NONE)
            return wb_error_new(WB_E_LIMIT, "the VM has no room for more atoms");
    }
    return NULL;
}

static struct wb_error *make_imports(struct vm_load *l)
{
    l->imports = wb_push_array(l->arena, uint64_t, l->module->imports.count);
    for (uint32_t i = 0; i < l->module->imports.count; i++) {
        const struct beam_import *import = &l->module->imports.at[i];
        const struct vm_export *export = vm_export_of(l->vm, l->atoms[import->module],
                                                      l->atoms[import->function], import->arity);
        if (export == NULL)
            return no_room();
        l->imports[i] = vm_offset(l->vm, export);
    }
    return NULL;
}

static struct wb_error *make_lambda(struct vm_load *l, uint32_t i)
{
    const struct beam_lambda *from = &l->module->lambdas.at[i];
    if (from->num_free > from->arity || from->arity > VM_MAX_ARGUMENTS)
        return wb_error_new(WB_E_BAD_DATA, "fun %u has an arity that cannot be", i);
    struct vm_lambda_key key = {.module = l->atoms[1], .index = from->index};
    memcpy(key.uniq, l->module->md5, sizeof key.uniq);
    struct vm_lambda *lambda = vm_lambda_of(l->vm, &key);
    if (lambda == NULL)
        return no_room();
    lambda->function = l->atoms[from->function];
    lambda->arity = from->arity - from->num_free;
    lambda->free_count = from->num_free;
    lambda->old_uniq = from->old_uniq;
    l->lambdas[i] = vm_offset(l->vm, lambda);
    return NULL;
}

static struct wb_error *make_lambdas(struct vm_load *l)
{
    l->lambdas = wb_push_array(l->arena, uint64_t, l->module->lambdas.count);
    for (uint32_t i = 0; i < l->module->lambdas.count; i++)
        WB_TRY(make_lambda(l, i));
    return NULL;
}

// ---- literals: those of the file, then what loading itself needs

// A list of characters; UTF-8.
static struct beam_value string_value(struct wb_arena *arena, struct wb_bytes text)
{
    struct beam_value *part = wb_push_array(arena, struct beam_value, text.size + 1);
    size_t count = 0;
    for (size_t i = 0; i < text.size;) {
        unsigned lead = text.at[i], more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0;
        uint32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
        for (i++; more > 0 && i < text.size; more--, i++)
            point = point << 6 | (text.at[i] & 0x3F);
        part[count++] = (struct beam_value){.kind = BEAM_SMALL, .small = point};
    }
    part[count] = (struct beam_value){.kind = BEAM_NIL};
    if (count == 0)
        return part[0];
    return (struct beam_value){.kind = BEAM_CONS, .part = {.at = part, .count = count + 1}};
}

static struct wb_error *add_term(struct loading *loading, struct wb_bytes etf)
{
    struct beam_value value = {.kind = BEAM_NIL};
    if (etf.size > 0)
        WB_TRY(beam_etf_read(etf, &loading->arena, NULL, &value));
    vm_load_literal(&loading->l, &value);
    return NULL;
}

static void add_file_literals(struct vm_load *l)
{
    for (uint32_t i = 0; i < l->module->literals.count; i++)
        vm_load_literal(l, l->module->literals.at[i].value);
}

static struct wb_error *add_own_literals(struct loading *loading)
{
    struct vm_load *l = &loading->l;
    loading->first_file = l->literals.count;
    for (uint32_t i = 0; i < l->module->lines.file_count; i++) {
        struct beam_value name = string_value(&loading->arena, l->module->lines.files[i]);
        vm_load_literal(l, &name);
    }
    loading->first_attribute = l->literals.count;
    WB_TRY(add_term(loading, l->module->attributes));
    WB_TRY(add_term(loading, l->module->compile_info));
    struct wb_bytes path = wb_bytes_of(loading->source == NULL ? "" : loading->source);
    struct beam_value source = string_value(&loading->arena, path);
    vm_load_literal(l, &source);
    return NULL;
}

// ---- the version: blocks of the code pool

static struct vm_module_code *made(const struct loading *loading)
{
    return vm_at(loading->l.vm, loading->made);
}

// A block with room for count elements; an empty one has no block. False: no room.
static bool make_block(struct vm *vm, uint64_t count, size_t size, uint64_t *ret)
{
    *ret = 0;
    if (count == 0)
        return true;
    *ret = vm_image_alloc(&vm->image, VM_POOL_CODE, count * size);
    return *ret != 0;
}

static bool make_blocks(struct loading *loading)
{
    struct vm_load *l = &loading->l;
    struct vm *vm = l->vm;
    struct vm_module_code *m = made(loading);
    m->code_size = l->words.count * sizeof(uint64_t) + l->module->strings.size;
    m->fun_size = l->module->lambdas.count * VM_FUN_WORDS * sizeof(vm_term);
    m->function_count = l->function_count;
    m->line_count = l->lines.count;
    m->file_count = l->module->lines.file_count;
    m->ip_count = l->words.count;
    m->beam_size = vm->options.keep_beam ? loading->file.size : 0;
    return make_block(vm, m->code_size, 1, &m->code) && make_block(vm, m->fun_size, 1, &m->funs) &&
           make_block(vm, m->function_count, sizeof(struct vm_function), &m->functions) &&
           make_block(vm, m->line_count, sizeof(struct vm_line), &m->lines) &&
           make_block(vm, m->file_count, sizeof(vm_term), &m->files) &&
           make_block(vm, m->ip_count, sizeof(uint32_t), &m->ip_to_ins) &&
           make_block(vm, m->beam_size, 1, &m->beam) &&
           make_block(vm, l->module->exports.count + 1u, sizeof(uint64_t), &loading->exports);
}

static uint64_t address(const struct loading *loading, uint32_t word)
{
    return made(loading)->code + (uint64_t)word * sizeof(uint64_t);
}

// The funs without free variables: heap objects, made once.
static void fill_funs(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    vm_term *at = vm_at(l->vm, made(loading)->funs);
    for (uint32_t i = 0; i < l->module->lambdas.count; i++, at += VM_FUN_WORDS) {
        at[0] = VM_HEADER(VM_FUN, VM_FUN_WORDS - 1);
        at[1] = l->lambdas[i];
        at[2] = l->module->lambdas.at[i].arity;
        at[3] = vm_pid(0);
    }
}

static struct wb_error *apply_fix(struct loading *loading, const struct vm_fix *fix)
{
    struct vm_load *l = &loading->l;
    uint64_t *word = &l->words.at[fix->at];
    switch (fix->kind) {
    case VM_FIX_LITERAL:
        *word = loading->terms[fix->to];
        return NULL;
    case VM_FIX_STRING:
        *word += address(loading, l->words.count);
        return NULL;
    case VM_FIX_FUN:
        *word = (made(loading)->funs + fix->to * VM_FUN_WORDS * sizeof(vm_term)) | VM_TAG_BOXED;
        return NULL;
    case VM_FIX_JUMP:
    case VM_FIX_LABEL:
        break;
    }
    if (fix->to >= l->code->labels.count || l->labels[fix->to] == VM_NO_WORD)
        return wb_error_new(WB_E_BAD_DATA, "label %u is nowhere", fix->to);
    int64_t distance = (int64_t)l->labels[fix->to] - (int64_t)fix->start;
    if (fix->kind == VM_FIX_LABEL)
        *word = (uint64_t)distance;
    else
        *word = (*word & UINT32_MAX) | (uint64_t)distance << 32;
    return NULL;
}

static struct wb_error *fill_code(struct loading *loading)
{
    struct vm_load *l = &loading->l;
    struct vm_module_code *m = made(loading);
    for (uint32_t i = 0; i < l->fixes.count; i++)
        WB_TRY(apply_fix(loading, &l->fixes.at[i]));
    size_t bytes = l->words.count * sizeof(uint64_t);
    memcpy(vm_at(l->vm, m->code), l->words.at, bytes);
    if (l->module->strings.size > 0)
        memcpy(vm_at(l->vm, m->code + bytes), l->module->strings.at, l->module->strings.size);
    memcpy(vm_at(l->vm, m->ip_to_ins), l->words.ins, l->words.count * sizeof(uint32_t));
    return NULL;
}

static void fill_functions(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    struct vm_function *to = vm_at(l->vm, made(loading)->functions);
    for (uint32_t i = 0; i < l->function_count; i++) {
        const struct beam_function *from = &l->code->functions.at[i];
        bool last = i + 1 == l->function_count;
        uint32_t end = last ? l->words.count : l->functions[i + 1];
        to[i] =
            (struct vm_function){.start = address(loading, l->functions[i]),
                                 .end = address(loading, end),
                                 .entry = address(loading, l->functions[i] + VM_FUNC_INFO_WORDS),
                                 .name = l->atoms[from->name],
                                 .arity = from->arity};
    }
}

static void fill_lines(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    struct vm_line *to = vm_at(l->vm, made(loading)->lines);
    for (uint32_t i = 0; i < l->lines.count; i++)
        to[i] = (struct vm_line){.address = address(loading, l->lines.at[i].at),
                                 .file = l->lines.at[i].file,
                                 .line = l->lines.at[i].line};
}

static void fill_rest(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    struct vm_module_code *m = made(loading);
    vm_term *file = vm_at(l->vm, m->files);
    for (uint64_t i = 0; i < m->file_count; i++)
        file[i] = loading->terms[loading->first_file + i];
    m->attributes = loading->terms[loading->first_attribute];
    m->compile_info = loading->terms[loading->first_attribute + 1];
    m->source = loading->terms[loading->first_attribute + 2];
    memcpy(m->md5, l->module->md5, sizeof m->md5);
    if (m->beam_size > 0)
        memcpy(vm_at(l->vm, m->beam), loading->file.at, m->beam_size);
    if (l->on_load != VM_NO_WORD)
        m->on_load = address(loading, l->on_load);
}

// The word where a function's label leads; it must be the entry of one.
static struct wb_error *entry_of(const struct loading *loading, uint64_t label, uint64_t *ret)
{
    const struct vm_load *l = &loading->l;
    if (label >= l->code->labels.count || l->labels[label] == VM_NO_WORD)
        return wb_error_new(WB_E_BAD_DATA, "label %llu is nowhere", (unsigned long long)label);
    *ret = address(loading, l->labels[label]);
    return NULL;
}

// Whether exported or not, an on_load function is called from outside.
static struct wb_error *add_on_load(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    loading->export_count = l->module->exports.count;
    if (l->on_load == VM_NO_WORD)
        return NULL;
    const struct vm_export *e =
        vm_export_of(l->vm, l->atoms[1], vm_atom_named(l->vm, VM_ON_LOAD_NAME), 0);
    if (e == NULL)
        return no_room();
    uint64_t *export = vm_at(l->vm, loading->exports);
    export[loading->export_count++] = vm_offset(l->vm, e);
    return NULL;
}

// All exports and lambdas exist and lead to functions.
static struct wb_error *check_entries(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    uint64_t *export = vm_at(l->vm, loading->exports), entry;
    for (uint32_t i = 0; i < l->module->exports.count; i++) {
        const struct beam_export *from = &l->module->exports.at[i];
        const struct vm_export *e =
            vm_export_of(l->vm, l->atoms[1], l->atoms[from->function], from->arity);
        if (e == NULL)
            return no_room();
        export[i] = vm_offset(l->vm, e);
        WB_TRY(entry_of(loading, from->label, &entry));
    }
    for (uint32_t i = 0; i < l->module->lambdas.count; i++)
        WB_TRY(entry_of(loading, l->module->lambdas.at[i].label, &entry));
    return add_on_load(loading);
}

// ---- from here on nothing can fail

static void set_exported(struct loading *loading, uint64_t entry)
{
    struct vm_module_code *m = made(loading);
    struct vm_function *f = vm_at(loading->l.vm, m->functions);
    for (uint64_t low = 0, high = m->function_count; low < high;) {
        uint64_t middle = (low + high) / 2;
        if (f[middle].entry == entry)
            f[middle].exported = true;
        if (f[middle].entry <= entry)
            low = middle + 1;
        else
            high = middle;
    }
}

static void mark_exported(struct loading *loading)
{
    const struct vm_load *l = &loading->l;
    for (uint32_t i = 0; i < l->module->exports.count; i++)
        set_exported(loading, address(loading, l->labels[l->module->exports.at[i].label]));
}

// Nothing but its on_load function may be called before that has returned.
static void begin_on_load(struct loading *loading, struct vm_module *module)
{
    const uint64_t *export = vm_at(loading->l.vm, loading->exports);
    struct vm_export *e = vm_at(loading->l.vm, export[loading->export_count - 1]);
    e->address = made(loading)->on_load;
    module->on_load_pending = true;
    module->on_load_by = VM_NONE;
}

static void commit(struct loading *loading, struct vm_module *module)
{
    const struct vm_load *l = &loading->l;
    if (module->current != 0)
        vm_module_delete(l->vm, module);
    module->current = loading->made;
    vm_block_add(l->vm, module, loading->made);
    module->exports = loading->exports;
    module->export_count = loading->export_count;
    for (uint32_t i = 0; i < l->module->lambdas.count; i++) {
        struct vm_lambda *lambda = vm_at(l->vm, l->lambdas[i]);
        lambda->address = address(loading, l->labels[l->module->lambdas.at[i].label]);
    }
    mark_exported(loading);
    if (l->on_load != VM_NO_WORD)
        begin_on_load(loading, module);
    else
        vm_module_activate(l->vm, module);
    made(loading)->serial = (uint32_t)++vm_root(l->vm)->code.load_count;
}

// ---- the whole

static struct wb_error *translate(struct loading *loading)
{
    struct vm_load *l = &loading->l;
    WB_TRY(make_atoms(l));
    WB_TRY(make_imports(l));
    WB_TRY(make_lambdas(l));
    l->labels = wb_push_array(l->arena, uint32_t, l->code->labels.count);
    memset(l->labels, 0xFF, l->code->labels.count * sizeof *l->labels);
    l->loops = wb_push_array(l->arena, bool, l->code->labels.count);
    l->functions = wb_push_array(l->arena, uint32_t, l->code->functions.count);
    l->lines.at = wb_push_array(l->arena, struct vm_load_line, l->code->ins.count + 1);
    add_file_literals(l);
    vm_load_translate(l);
    if (l->error != NULL)
        return l->error;
    return add_own_literals(loading);
}

static struct wb_error *build(struct loading *loading)
{
    struct vm_load *l = &loading->l;
    struct vm_literals literals;
    loading->made = vm_image_alloc(&l->vm->image, VM_POOL_CODE, sizeof(struct vm_module_code));
    if (loading->made == 0)
        return no_room();
    *made(loading) = (struct vm_module_code){0};
    loading->terms = wb_push_array(l->arena, vm_term, l->literals.count);
    WB_TRY(vm_literals_new(l->vm, l->literals.at, l->literals.count, loading->terms, &literals));
    made(loading)->literals = literals.at;
    made(loading)->literal_size = literals.size;
    if (!make_blocks(loading) || !vm_block_reserve(l->vm))
        return no_room();
    fill_funs(loading);
    WB_TRY(fill_code(loading));
    fill_functions(loading);
    fill_lines(loading);
    fill_rest(loading);
    return check_entries(loading);
}

static struct wb_error *load(struct loading *loading, struct vm_module **ret)
{
    struct vm_load *l = &loading->l;
    WB_TRY(read_file(loading));
    vm_term name = vm_atom_of(l->vm, loading->module.name);
    *ret = name == VM_NONE ? NULL : vm_module_of(l->vm, name);
    if (*ret == NULL)
        return no_room();
    if ((*ret)->current != 0 && (*ret)->old != 0)
        return wb_error_new(WB_E_STATE, "there is an old version already: purge it first");
    WB_TRY(translate(loading));
    return build(loading);
}

struct wb_error *vm_load_beam(struct vm *vm, struct wb_bytes file, const char *source,
                              vm_term *name)
{
    struct loading loading = {
        .l = {.vm = vm, .on_load = VM_NO_WORD}, .file = file, .source = source};
    loading.l.arena = &loading.arena;
    loading.l.module = &loading.module;
    loading.l.code = &loading.code;
    loading.l.verdict = &loading.verdict;
    struct vm_module *module = NULL;
    struct wb_error *err = load(&loading, &module);
    if (err == NULL) {
        commit(&loading, module);
        *name = module->name;
        if (vm_watches(vm, VM_EVENT_LOAD))
            vm_report_of(vm, VM_EVENT_LOAD, module->name, 0, 0);
    } else {
        vm_module_code_free(vm, loading.made, true);
        if (loading.exports != 0)
            vm_image_release(&vm->image, loading.exports);
    }
    loading_done(&loading);
    return err;
}

struct wb_error *vm_load(struct vm *vm, struct wb_bytes beam_file, const char *source)
{
    vm_term name;
    vm_root(vm)->look.epoch++;
    return vm_load_beam(vm, beam_file, source, &name);
}

struct wb_error *vm_load_library(struct vm *vm, const char *name)
{
    for (const struct vm_library_file *file = vm_library; file->module != NULL; file++)
        if (strcmp(file->module, name) == 0)
            return vm_load(vm, file->beam, NULL);
    return wb_error_new(WB_E_NOT_FOUND, "there is no module %s in the library", name);
}

static bool is_in_library(const char *name)
{
    for (const struct vm_library_file *file = vm_library; file->module != NULL; file++)
        if (strcmp(file->module, name) == 0)
            return true;
    return false;
}

struct wb_error *vm_load_named(struct vm *vm, vm_term name)
{
    struct wb_text text wb_auto_text = {0};
    struct wb_bytes file = {0}, atom = vm_atom_text(vm, name);
    const char *path = NULL;
    vm_term loaded;
    wb_text_put_bytes(&text, atom.at, atom.size);
    if (is_in_library(wb_text_string(&text)))
        return vm_load_library(vm, wb_text_string(&text));
    if (vm->world.find_module == NULL || memchr(atom.at, 0, atom.size) != NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no module %s", wb_text_string(&text));
    WB_TRY(vm->world.find_module(vm->world.data, wb_text_string(&text), &file, &path));
    struct wb_error *err = vm_load_beam(vm, file, path, &loaded);
    if (err != NULL)
        return wb_error_while(err, "loading %s", wb_text_string(&text));
    if (loaded != name)
        return wb_error_new(WB_E_BAD_DATA, "%s holds another module", path);
    return NULL;
}
