#include <stdlib.h>

#include "rewriter/cas_priv.h"
#include "rewriter/unit_priv.h"

// A directive: reads what stands behind its word, and the end of the line.
typedef bool directive_fn(struct cas_reader *r);

static bool flag_line(struct cas_reader *r, bool *flag, bool value)
{
    *flag = value;
    return cas_end_line(r);
}

static bool number_line(struct cas_reader *r, uint32_t *ret)
{
    return cas_u32(r, ret) && cas_end_line(r);
}

static bool on_wide_atoms(struct cas_reader *r)
{
    return flag_line(r, &r->unit->module.atoms.wide, true);
}

static bool on_no_end(struct cas_reader *r)
{
    return flag_line(r, &r->unit->ended, false);
}

static bool on_plain_literals(struct cas_reader *r)
{
    return flag_line(r, &r->unit->module.literals.packed, false);
}

static bool on_highest_op(struct cas_reader *r)
{
    return number_line(r, &r->unit->module.code.highest_op);
}

static bool on_labels(struct cas_reader *r)
{
    return number_line(r, &r->unit->module.code.labels);
}

static bool on_line_flags(struct cas_reader *r)
{
    rw_start_lines(r->unit);
    return number_line(r, &r->unit->module.lines.flags);
}

static bool on_more_functions(struct cas_reader *r)
{
    return cas_i64(r, &r->unit->extra_functions) && cas_end_line(r);
}

static bool on_more_lines(struct cas_reader *r)
{
    return cas_i64(r, &r->unit->extra_lines) && cas_end_line(r);
}

static bool on_type_version(struct cas_reader *r)
{
    uint32_t version;
    if (!cas_u32(r, &version))
        return false;
    if (version < 1 || version > 4)
        return cas_wrong(r, r->at, "versions of types are 1 to 4");
    rw_start_types(r->unit);
    r->unit->module.types.version = version;
    return cas_end_line(r);
}

static bool read_term_line(struct cas_reader *r, struct wb_bytes *ret)
{
    struct beam_value value;
    return cas_read_term(r, CAS_CHUNK_MINOR, &value, ret) && cas_end_line(r);
}

static bool on_attributes(struct cas_reader *r)
{
    return read_term_line(r, &r->unit->module.attributes);
}

static bool on_compiled(struct cas_reader *r)
{
    return read_term_line(r, &r->unit->module.compile_info);
}

static bool on_meta(struct cas_reader *r)
{
    return read_term_line(r, &r->unit->module.meta);
}

static bool read_bytes(struct cas_reader *r, struct wb_bytes *ret)
{
    struct wb_text text wb_auto_text = {0};
    if (!cas_end_line(r) || !cas_base64_lines(r, &text))
        return false;
    *ret = rw_copy_bytes(&r->unit->arena, wb_text_bytes(&text));
    return cas_end_line(r);
}

static bool on_code_header(struct cas_reader *r)
{
    return read_bytes(r, &r->unit->module.code.more);
}

static bool on_after_end(struct cas_reader *r)
{
    return read_bytes(r, &r->unit->after);
}

static bool on_packed_literals(struct cas_reader *r)
{
    return read_bytes(r, &r->packed);
}

static bool read_chunk_name(struct cas_reader *r, char name[5])
{
    struct wb_bytes word;
    cas_skip(r);
    const uint8_t *at = r->at;
    if (cas_looks_at(r, "<<")) {
        if (!cas_read_string(r, &word))
            return false;
    } else {
        word = cas_word(r);
    }
    if (word.size != 4) {
        r->at = at;
        return cas_expected(r, "a chunk's name of four letters");
    }
    memcpy(name, word.at, 4);
    name[4] = '\0';
    return true;
}

static void add_chunk(struct cas_reader *r, const char *name, size_t *room, size_t *given_room)
{
    r->chunks.at = cas_more(r->chunks.at, r->chunks.count, room, sizeof *r->chunks.at);
    r->given = cas_more(r->given, r->chunks.count, given_room, sizeof *r->given);
    struct beam_chunk *chunk = &r->chunks.at[r->chunks.count];
    *chunk = (struct beam_chunk){0};
    memcpy(chunk->name, name, 4);
    r->given[r->chunks.count++] = false;
}

static bool on_chunks(struct cas_reader *r)
{
    size_t room = 0, given_room = 0;
    char name[5] = {0};
    if (r->chunks.count > 0)
        return cas_wrong(r, r->at, "chunks are listed already");
    for (cas_skip(r); !cas_at_end(r); cas_skip(r)) {
        if (!read_chunk_name(r, name))
            return false;
        add_chunk(r, name, &room, &given_room);
    }
    return cas_end_line(r);
}

static bool on_chunk(struct cas_reader *r)
{
    char name[5] = {0};
    struct wb_bytes data;
    cas_skip(r);
    const uint8_t *at = r->at;
    if (!read_chunk_name(r, name) || !read_bytes(r, &data))
        return false;
    for (size_t i = 0; i < r->chunks.count; i++)
        if (!r->given[i] && memcmp(r->chunks.at[i].name, name, 4) == 0) {
            beam_chunk_set(&r->chunks.at[i], data);
            r->given[i] = true;
            return true;
        }
    return cas_wrong(r, at, "chunk %s is not in the list of chunks", name);
}

// A section: indented lines.
static bool in_section(struct cas_reader *r)
{
    for (;;) {
        const uint8_t *line = r->at;
        cas_skip(r);
        if (r->at == r->end)
            return false;
        if (*r->at != '\n') {
            bool indented = *line == ' ' || *line == '\t';
            if (!indented)
                r->at = line;
            return indented;
        }
        r->at++;
    }
}

static bool on_atoms(struct cas_reader *r)
{
    if (!cas_end_line(r))
        return false;
    while (in_section(r)) {
        struct wb_bytes atom;
        if (!cas_atom_text(r, &atom) || !cas_end_line(r))
            return false;
        (void)rw_atom(r->unit, atom);
    }
    return true;
}

static bool on_imports(struct cas_reader *r)
{
    uint64_t import;
    if (!cas_end_line(r))
        return false;
    while (in_section(r))
        if (!cas_read_import(r, &import) || !cas_end_line(r))
            return false;
    return true;
}

static bool on_literals(struct cas_reader *r)
{
    if (!cas_end_line(r))
        return false;
    while (in_section(r)) {
        struct beam_value *value = wb_push_array(&r->unit->arena, struct beam_value, 1);
        struct wb_bytes etf;
        if (!cas_read_term(r, CAS_LITERAL_MINOR, value, &etf) || !cas_end_line(r))
            return false;
        (void)rw_literal_etf(r->unit, etf, value);
    }
    return true;
}

static bool on_files(struct cas_reader *r)
{
    if (!cas_end_line(r))
        return false;
    while (in_section(r)) {
        struct wb_bytes file;
        if (!cas_read_string(r, &file) || !cas_end_line(r))
            return false;
        rw_file(r->unit, file);
    }
    return true;
}

static bool on_lines(struct cas_reader *r)
{
    uint64_t line;
    if (!cas_end_line(r))
        return false;
    while (in_section(r))
        if (!cas_read_line_ref(r, &line) || !cas_end_line(r))
            return false;
    return true;
}

static bool on_types(struct cas_reader *r)
{
    if (!cas_end_line(r))
        return false;
    if (r->unit->module.types.version == 0)
        return cas_wrong(r, r->at, "type_version must stand before `types`");
    r->unit->module.types.count = 0;
    rw_pool_forget(r->unit->pool);
    while (in_section(r)) {
        struct beam_type type;
        if (!cas_read_type(r, &type) || !cas_end_line(r))
            return false;
        (void)rw_type(r->unit, type);
    }
    return true;
}

static bool on_strings(struct cas_reader *r)
{
    cas_skip(r);
    return cas_read_string(r, &r->unit->module.strings) && cas_end_line(r);
}

// NAME/ARITY [free N] [index N] [uniq N] [label @#N]
static bool read_entry(struct cas_reader *r, struct cas_entry *ret)
{
    struct cas_entry entry = {0};
    uint32_t number;
    if (!cas_read_name(r, &entry.name, &entry.arity))
        return false;
    for (cas_skip(r); !cas_at_end(r); cas_skip(r)) {
        if (cas_take_word(r, "free")) {
            if (!cas_u32(r, &entry.num_free))
                return false;
        } else if (cas_take_word(r, "index")) {
            entry.indexed = true;
            if (!cas_u32(r, &entry.index))
                return false;
        } else if (cas_take_word(r, "uniq")) {
            if (!cas_u32(r, &entry.uniq))
                return false;
        } else if (cas_take_word(r, "label")) {
            cas_skip(r);
            if (!cas_looks_at(r, "@#"))
                return cas_expected(r, "@# and a number");
            r->at += 2;
            if (!cas_u32(r, &number))
                return false;
            entry.label = number;
            entry.labelled = true;
        } else {
            return cas_expected(r, "free, index, uniq or label");
        }
    }
    *ret = entry;
    return cas_end_line(r);
}

static bool read_entries(struct cas_reader *r, struct cas_entry **at, size_t *count, size_t *room)
{
    if (!cas_end_line(r))
        return false;
    while (in_section(r)) {
        *at = cas_more(*at, *count, room, sizeof **at);
        if (!read_entry(r, &(*at)[*count]))
            return false;
        (*count)++;
    }
    return true;
}

static bool on_funs(struct cas_reader *r)
{
    return read_entries(r, &r->funs, &r->fun_count, &r->fun_room);
}

static bool on_exports(struct cas_reader *r)
{
    r->export_listed = true;
    return read_entries(r, &r->exports, &r->export_count, &r->export_room);
}

static bool on_locals(struct cas_reader *r)
{
    r->local_listed = true;
    return read_entries(r, &r->locals_listed, &r->listed_count, &r->listed_room);
}

static struct rw_ins *put_label(struct cas_reader *r, uint64_t named)
{
    struct beam_operand *operand = wb_push_array(&r->unit->arena, struct beam_operand, 1);
    *operand = RW_U(r->named[(uint32_t)named].number);
    return rw_append(r->unit, r->function, OP_label, operand);
}

static bool put_line(struct cas_reader *r)
{
    uint64_t line;
    if (!cas_read_line_ref(r, &line))
        return false;
    struct beam_operand *operand = wb_push_array(&r->unit->arena, struct beam_operand, 1);
    *operand = RW_U(line);
    rw_append(r->unit, r->function, OP_line, operand);
    return true;
}

static struct rw_ins *put_info(struct cas_reader *r)
{
    struct beam_operand *operand = wb_push_array(&r->unit->arena, struct beam_operand, 3);
    operand[0] = RW_A(1);
    operand[1] = RW_A(r->function->name);
    operand[2] = RW_U(r->function->arity);
    return rw_append(r->unit, r->function, OP_func_info, operand);
}

static bool put_head(struct cas_reader *r, uint32_t info, uint32_t start)
{
    if (!cas_define(r, CAS_NAMED | r->info, info))
        return false;
    put_label(r, r->info);
    if (cas_take_word(r, "line") && !put_line(r))
        return false;
    r->function->info = put_info(r);
    if (!cas_define(r, CAS_NAMED | r->start, start))
        return false;
    r->function->entry = put_label(r, r->start);
    return true;
}

static bool read_function(struct cas_reader *r, bool exported)
{
    struct wb_bytes name;
    uint32_t arity, info = 0, start = 0;
    if (!cas_read_name(r, &name, &arity))
        return false;
    struct rw_function *f = wb_push_array(&r->unit->arena, struct rw_function, 1);
    *f = (struct rw_function){.name = rw_atom(r->unit, name), .arity = arity};
    r->function = f;
    rw_function_link(r->unit, f);
    cas_names_enter(r, name, arity);
    if (exported) {
        r->exports = cas_more(r->exports, r->export_count, &r->export_room, sizeof *r->exports);
        r->exports[r->export_count++] = (struct cas_entry){
            .name = name, .arity = arity, .label = CAS_NAMED | r->start, .labelled = true};
    }
    if (cas_take_word(r, "labels") && (!cas_u32(r, &info) || !cas_u32(r, &start)))
        return false;
    bool raw = cas_take_word(r, "raw");
    if (!raw && !put_head(r, info, start))
        return false;
    return cas_need(r, ':') && cas_end_line(r);
}

static bool on_function(struct cas_reader *r)
{
    return read_function(r, false);
}

static bool on_exported(struct cas_reader *r)
{
    if (!cas_take_word(r, "function"))
        return cas_expected(r, "function");
    if (r->export_listed)
        return cas_wrong(r, r->at, "exports are listed already");
    return read_function(r, true);
}

static const struct {
    const char *name;
    directive_fn *read;
} directives[] = {
    {"function", on_function},
    {"exported", on_exported},
    {"chunks", on_chunks},
    {"chunk", on_chunk},
    {"attributes", on_attributes},
    {"compiled", on_compiled},
    {"meta", on_meta},
    {"highest_op", on_highest_op},
    {"labels", on_labels},
    {"type_version", on_type_version},
    {"line_flags", on_line_flags},
    {"wide_atoms", on_wide_atoms},
    {"plain_literals", on_plain_literals},
    {"packed_literals", on_packed_literals},
    {"no_end", on_no_end},
    {"after_end", on_after_end},
    {"code_header", on_code_header},
    {"more_functions", on_more_functions},
    {"more_lines", on_more_lines},
    {"atoms", on_atoms},
    {"imports", on_imports},
    {"literals", on_literals},
    {"files", on_files},
    {"lines", on_lines},
    {"types", on_types},
    {"strings", on_strings},
    {"funs", on_funs},
    {"exports", on_exports},
    {"locals", on_locals},
};

static bool read_directive(struct cas_reader *r)
{
    const uint8_t *at = r->at;
    struct wb_bytes word = cas_word(r);
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
        if (wb_bytes_equal(word, wb_bytes_of(directives[i].name)))
            return directives[i].read(r);
    r->at = at;
    return cas_expected(r, "a directive or a function");
}

static bool read_label_line(struct cas_reader *r)
{
    uint64_t named;
    uint32_t number = 0;
    if (!cas_read_label(r, &named))
        return false;
    if (cas_take(r, '=') && (!cas_need(r, '#') || !cas_u32(r, &number)))
        return false;
    if (!cas_define(r, named, number))
        return false;
    put_label(r, named);
    return cas_need(r, ':') && cas_end_line(r);
}

static uint8_t *find_op(struct cas_reader *r, struct wb_bytes name)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < name.size; i++)
        hash = hash * 31 + name.at[i];
    for (hash %= CAS_OP_SLOTS; r->op[hash] != 0; hash = (hash + 1) % CAS_OP_SLOTS)
        if (wb_bytes_equal(name, wb_bytes_of(beam_op_info(r->op[hash])->name)))
            break;
    return &r->op[hash];
}

static void learn_ops(struct cas_reader *r)
{
    for (unsigned op = 1; op <= BEAM_OP_LAST; op++) {
        const struct beam_op_info *info = beam_op_info((uint8_t)op);
        if (info->name != NULL && info->operands != NULL)
            *find_op(r, wb_bytes_of(info->name)) = (uint8_t)op;
    }
}

static bool read_ins_line(struct cas_reader *r)
{
    const uint8_t *at = r->at;
    uint8_t op = *find_op(r, cas_word(r));
    if (op == 0 || op == OP_label || op == OP_int_code_end) {
        r->at = at;
        return cas_expected(r, "an instruction or a label");
    }
    return cas_read_ins(r, op);
}

static bool read_line(struct cas_reader *r)
{
    const uint8_t *line = r->at;
    cas_skip(r);
    if (cas_at_end(r))
        return cas_end_line(r);
    if (r->at == line)
        return read_directive(r);
    if (r->function == NULL)
        return cas_expected(r, "a function before the first instruction");
    return *r->at == '@' ? read_label_line(r) : read_ins_line(r);
}

static bool read_module_line(struct cas_reader *r)
{
    struct wb_bytes name;
    for (cas_skip(r); r->at < r->end && *r->at == '\n'; cas_skip(r))
        r->at++;
    if (!cas_take_word(r, "module"))
        return cas_expected(r, "module and its name");
    cas_skip(r);
    const uint8_t *at = r->at;
    if (!cas_atom_text(r, &name))
        return false;
    struct wb_error *err = rw_unit_new(name, &r->unit);
    if (err != NULL) {
        cas_wrong(r, at, "%s", err->text);
        wb_error_free(err);
        return false;
    }
    return cas_end_line(r);
}

// What func_info and the label behind it are, in functions whose head was written out.
static void find_heads(struct rw_unit *unit)
{
    for (struct rw_function *f = unit->first; f != NULL; f = f->next) {
        for (struct rw_ins *ins = f->first; f->info == NULL && ins != NULL; ins = ins->next)
            if (ins->op == OP_func_info)
                f->info = ins;
        if (f->info != NULL && f->info->next != NULL && f->info->next->op == OP_label)
            f->entry = f->info->next;
        if (f->entry != NULL)
            f->entry_label = (uint32_t)f->entry->operand[0].value;
    }
}

static bool entry_label(struct cas_reader *r, struct cas_entry *entry)
{
    if (!entry->labelled)
        entry->label = cas_function_label(r, entry->name, entry->arity);
    return cas_resolve(r, &entry->label);
}

// Of marked functions, compilers list the last one first.
static bool finish_entries(struct cas_reader *r, struct cas_entry *from, size_t count, bool reverse,
                           struct beam_export *to)
{
    for (size_t i = 0; i < count; i++) {
        struct cas_entry *entry = &from[reverse ? count - 1 - i : i];
        if (!entry_label(r, entry))
            return false;
        to[i] = (struct beam_export){rw_atom(r->unit, entry->name), entry->arity,
                                     (uint32_t)entry->label};
    }
    return true;
}

static bool finish_exports(struct cas_reader *r)
{
    struct beam_module *m = &r->unit->module;
    m->exports.at = wb_push_array(&r->unit->arena, struct beam_export, r->export_count);
    m->exports.count = (uint32_t)r->export_count;
    r->unit->pool->exports = r->export_count;
    m->locals.at = wb_push_array(&r->unit->arena, struct beam_export, r->listed_count);
    m->locals.count = (uint32_t)r->listed_count;
    r->unit->pool->locals = r->listed_count;
    return finish_entries(r, r->exports, r->export_count, !r->export_listed, m->exports.at) &&
           finish_entries(r, r->locals_listed, r->listed_count, false, m->locals.at);
}

// A chunk that is listed, and whose bytes are not in the text.
static bool is_made(const struct cas_reader *r, const char *name)
{
    for (size_t i = 0; i < r->chunks.count; i++)
        if (!r->given[i] && memcmp(r->chunks.at[i].name, name, 4) == 0)
            return true;
    return false;
}

static int by_function(const void *a, const void *b)
{
    const struct beam_export *s = a, *t = b;
    if (s->function != t->function)
        return s->function < t->function ? -1 : 1;
    return s->arity < t->arity ? -1 : s->arity > t->arity;
}

static void make_locals(struct cas_reader *r)
{
    struct beam_module *m = &r->unit->module;
    size_t count = m->exports.count;
    struct beam_export *sorted = wb_push_array(&r->arena, struct beam_export, count + 1);
    if (count > 0)
        memcpy(sorted, m->exports.at, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_function);
    m->locals.at = wb_push_array(&r->unit->arena, struct beam_export, r->unit->functions);
    for (const struct rw_function *f = r->unit->last; f != NULL; f = f->prev) {
        struct beam_export key = {f->name, f->arity, f->entry_label};
        if (bsearch(&key, sorted, count, sizeof key, by_function) == NULL)
            m->locals.at[m->locals.count++] = key;
    }
    r->unit->pool->locals = m->locals.count;
}

static bool finish_funs(struct cas_reader *r)
{
    struct beam_module *m = &r->unit->module;
    m->lambdas.at = wb_push_array(&r->unit->arena, struct beam_lambda, r->fun_count);
    for (size_t i = 0; i < r->fun_count; i++) {
        struct cas_entry *fun = &r->funs[i];
        if (!entry_label(r, fun))
            return false;
        m->lambdas.at[i] = (struct beam_lambda){
            .function = rw_atom(r->unit, fun->name),
            .arity = fun->arity,
            .label = (uint32_t)fun->label,
            .index = fun->indexed ? fun->index : (uint32_t)i,
            .num_free = fun->num_free,
            .old_uniq = fun->uniq,
        };
    }
    m->lambdas.count = (uint32_t)r->fun_count;
    r->unit->pool->lambdas = r->fun_count;
    return true;
}

static void finish_chunks(struct cas_reader *r)
{
    struct beam_chunks *chunks = &r->unit->module.chunks;
    if (r->chunks.count == 0)
        return;
    chunks->at = wb_push_array(&r->unit->arena, struct beam_chunk, r->chunks.count);
    chunks->count = r->chunks.count;
    memcpy(chunks->at, r->chunks.at, r->chunks.count * sizeof *chunks->at);
    beam_chunks_measure(chunks);
}

// The table as another compressor made it stays, as long as it holds the same literals.
static void try_packed(struct cas_reader *r)
{
    struct wb_text text wb_auto_text = {0}, kept wb_auto_text = {0};
    struct beam_module *m = &r->unit->module, again;
    struct beam_chunk *chunk = beam_chunks_find(&m->chunks, "LitT");
    if (r->packed.size == 0 || chunk == NULL)
        return;
    bool packed = m->literals.packed;
    m->literals.packed = false;
    beam_literals_write(m, &text);
    m->literals.packed = packed;
    if (text.size < 4)
        return;
    m->literals.raw = rw_copy_bytes(&r->unit->arena,
                                    (struct wb_bytes){(const uint8_t *)text.at + 4, text.size - 4});
    beam_chunk_set(chunk, r->packed);
    beam_chunks_measure(&m->chunks);
    struct wb_error *err = rw_unit_emit(r->unit, &kept);
    if (err == NULL)
        err = beam_module_read(wb_text_bytes(&kept), &r->arena, &again);
    bool good = err == NULL && wb_bytes_equal(again.literals.raw, m->literals.raw);
    wb_error_free(err);
    if (good)
        return;
    m->literals.raw = (struct wb_bytes){0};
    beam_chunk_set(chunk, (struct wb_bytes){0});
}

static bool finish(struct cas_reader *r)
{
    struct beam_module *m = &r->unit->module;
    if (r->next_label > CAS_MOST_LABEL)
        return cas_wrong(r, r->at, "more than %d labels", CAS_MOST_LABEL);
    if (!cas_fix_all(r) || !finish_exports(r) || !finish_funs(r))
        return false;
    if (m->code.labels < r->next_label)
        m->code.labels = r->next_label;
    find_heads(r->unit);
    finish_chunks(r);
    if (is_made(r, "LocT") && !r->local_listed)
        make_locals(r);
    if (is_made(r, "Line"))
        rw_start_lines(r->unit);
    r->unit->changed = true;
    try_packed(r);
    return true;
}

static void read_all(struct cas_reader *r)
{
    learn_ops(r);
    r->next_label = 1;
    if (!read_module_line(r))
        return;
    while (r->at < r->end)
        if (!read_line(r))
            return;
    (void)finish(r);
}

struct wb_error *rw_cas_read(struct wb_bytes text, struct rw_unit **ret)
{
    struct cas_reader r = {.text = text, .at = text.at, .end = text.at + text.size};
    read_all(&r);
    free(r.stack);
    free(r.funs);
    free(r.exports);
    free(r.locals_listed);
    free(r.chunks.at);
    free(r.given);
    cas_names_free(&r);
    wb_arena_free(&r.arena);
    if (r.error != NULL) {
        rw_unit_free(r.unit);
        return r.error;
    }
    *ret = r.unit;
    return NULL;
}

struct wb_error *rw_cas_assemble(struct wb_bytes text, struct wb_text *file)
{
    struct rw_unit *unit;
    WB_TRY(rw_cas_read(text, &unit));
    struct wb_error *err = rw_unit_emit(unit, file);
    rw_unit_free(unit);
    return err;
}

struct wb_error *rw_cas_check(struct wb_bytes text, struct wb_bytes file)
{
    struct wb_text again wb_auto_text = {0};
    struct wb_error *err = rw_cas_assemble(text, &again);
    if (err != NULL)
        return wb_error_while(err, "reading what was written");
    if (wb_bytes_equal(wb_text_bytes(&again), file))
        return NULL;
    return wb_error_new(WB_E_UNSUPPORTED,
                        "the file says something in a form that its text cannot keep");
}
