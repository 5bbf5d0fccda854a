#include "rewriter/cas.h"

#include "core-vm/format/etf.h"
#include "core-vm/format/print.h"
#include "rewriter/cas_priv.h"
#include "rewriter/unit_priv.h"

static bool is_register_like(struct wb_bytes atom)
{
    size_t from = atom.size > 1 && (atom.at[0] == 'x' || atom.at[0] == 'y') ? 1
                  : atom.size > 2 && atom.at[0] == 'f' && atom.at[1] == 'r' ? 2
                                                                            : 0;
    for (size_t i = from; from > 0 && i < atom.size; i++)
        if (atom.at[i] < '0' || atom.at[i] > '9')
            return false;
    return from > 0;
}

// Every atom is printed once; most are met often. What would read as a register gets quotes.
static void print_atoms(struct cas_writer *w)
{
    uint32_t count = w->module->atoms.count;
    w->atoms = wb_push_array(&w->arena, struct wb_bytes, count);
    for (uint32_t i = 1; i < count; i++) {
        size_t before = w->atom_texts.size;
        struct wb_bytes atom = w->module->atoms.at[i];
        if (is_register_like(atom))
            wb_text_printf(&w->atom_texts, "'%.*s'", (int)atom.size, (const char *)atom.at);
        else
            beam_print_atom(atom, &w->atom_texts);
        w->atoms[i].size = w->atom_texts.size - before;
    }
    const uint8_t *at = wb_text_bytes(&w->atom_texts).at;
    for (uint32_t i = 1; i < count; i++) {
        w->atoms[i].at = at;
        at += w->atoms[i].size;
    }
}

// Nothing for what is no term: rw_cas_check says that the text does not keep it.
static void put_term_line(struct cas_writer *w, const char *name, struct wb_bytes etf)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    if (etf.size == 0)
        return;
    struct wb_error *err = beam_etf_read(etf, &arena, NULL, &value);
    if (err == NULL) {
        cas_put(w, name);
        cas_term(w, CAS_CHUNK_MINOR, etf, &value);
        cas_put(w, "\n");
    }
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void put_bytes(struct cas_writer *w, const char *name, struct wb_bytes bytes)
{
    cas_put(w, name);
    cas_put(w, "\n");
    cas_base64(bytes, true, w->out);
    cas_put(w, "end\n");
}

static void put_chunk_name(struct cas_writer *w, const struct beam_chunk *chunk)
{
    bool plain = true;
    for (int i = 0; i < 4; i++) {
        char c = chunk->name[i];
        plain = plain && (((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9'));
    }
    cas_put(w, " ");
    if (plain)
        wb_text_add(w->out, chunk->name, 4);
    else
        cas_string(w, (struct wb_bytes){(const uint8_t *)chunk->name, 4});
}

static void put_names(struct cas_writer *w, const struct beam_chunks *chunks)
{
    cas_put(w, "chunks");
    for (size_t i = 0; i < chunks->count; i++)
        put_chunk_name(w, &chunks->at[i]);
    cas_put(w, "\n");
}

static void put_count(struct cas_writer *w, const char *name, uint64_t count)
{
    cas_number(w, name, count);
    cas_put(w, "\n");
}

// What the headers say otherwise than the code has it.
static void put_head(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    uint8_t highest = OP_swap;
    cas_put(w, "module ");
    cas_atom(w, 1);
    cas_put(w, "\n");
    put_names(w, &m->chunks);
    if (m->atoms.wide)
        cas_put(w, "wide_atoms\n");
    for (const struct rw_function *f = w->unit->first; f != NULL; f = f->next)
        for (const struct rw_ins *ins = f->first; ins != NULL; ins = ins->next)
            highest = ins->op > highest ? ins->op : highest;
    if (highest != m->code.highest_op)
        put_count(w, "highest_op ", m->code.highest_op);
    if (m->code.labels != w->label_end || !w->implied[RW_LABEL])
        put_count(w, "labels ", m->code.labels);
    if (w->unit->extra_functions != 0)
        wb_text_printf(w->out, "more_functions %lld\n", (long long)w->unit->extra_functions);
    if (w->unit->extra_lines != 0)
        wb_text_printf(w->out, "more_lines %lld\n", (long long)w->unit->extra_lines);
    if (m->code.more.size > 0)
        put_bytes(w, "code_header", m->code.more);
    if (!w->unit->ended)
        cas_put(w, "no_end\n");
    if (w->unit->after.size > 0)
        put_bytes(w, "after_end", w->unit->after);
    if (m->lines.flags != 0)
        put_count(w, "line_flags ", m->lines.flags);
    if (m->literals.count > 0 && !m->literals.packed)
        cas_put(w, "plain_literals\n");
    if (m->types.understood)
        put_count(w, "type_version ", m->types.version);
    put_term_line(w, "attributes ", m->attributes);
    put_term_line(w, "compiled ", m->compile_info);
    put_term_line(w, "meta ", m->meta);
}

static void put_pools(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    if (!w->implied[RW_ATOM]) {
        cas_put(w, "\natoms\n");
        for (uint32_t i = 2; i < m->atoms.count; i++) {
            cas_put(w, "    ");
            cas_atom(w, i);
            cas_put(w, "\n");
        }
    }
    if (!w->implied[RW_IMPORT]) {
        cas_put(w, "\nimports\n");
        for (uint32_t i = 0; i < m->imports.count; i++) {
            cas_put(w, "    ");
            cas_atom(w, m->imports.at[i].module);
            cas_put(w, ":");
            cas_atom(w, m->imports.at[i].function);
            cas_number(w, "/", m->imports.at[i].arity);
            cas_put(w, "\n");
        }
    }
    if (!w->implied[RW_LITERAL]) {
        cas_put(w, "\nliterals\n");
        for (uint32_t i = 0; i < m->literals.count; i++) {
            cas_put(w, "    ");
            cas_term(w, CAS_LITERAL_MINOR, m->literals.at[i].etf, m->literals.at[i].value);
            cas_put(w, "\n");
        }
    }
}

static void put_line_files(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    if (m->lines.file_count <= 1)
        return;
    cas_put(w, "\nfiles\n");
    for (uint32_t i = 1; i < m->lines.file_count; i++) {
        cas_put(w, "    ");
        cas_string(w, m->lines.files[i]);
        cas_put(w, "\n");
    }
}

static void put_more_pools(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    if (!w->implied[RW_LINE]) {
        put_line_files(w);
        cas_put(w, "\nlines\n");
        for (uint32_t i = 1; i < m->lines.count; i++) {
            cas_put(w, "    ");
            cas_line(w, i);
            cas_put(w, "\n");
        }
    }
    if (!w->implied[RW_TYPE] && m->types.understood) {
        cas_put(w, "\ntypes\n");
        for (uint32_t i = 0; i < m->types.count; i++) {
            cas_put(w, "    ");
            cas_type(w, &m->types.at[i]);
            cas_put(w, "\n");
        }
    }
    if (m->strings.size > 0) {
        cas_put(w, "\nstrings ");
        cas_string(w, m->strings);
        cas_put(w, "\n");
    }
}

// Names that two functions have: calls name the second one's label by its number.
static void mark_doubles(struct cas_writer *w)
{
    size_t slots = 64;
    while (slots < 4 * ((size_t)w->unit->functions + 1))
        slots *= 2;
    const struct rw_function **slot = wb_push_array(&w->arena, const struct rw_function *, slots);
    for (const struct rw_function *f = w->unit->first; f != NULL; f = f->next) {
        size_t i = (f->name * 31 + f->arity) * (size_t)0x9e3779b1u & (slots - 1);
        while (slot[i] != NULL && (slot[i]->name != f->name || slot[i]->arity != f->arity))
            i = (i + 1) & (slots - 1);
        if (slot[i] == NULL)
            slot[i] = f;
        else if (f->entry_label < w->module->code.labels)
            w->labels[f->entry_label].local = 1;
    }
}

static const struct rw_function *function_of(const struct cas_writer *w, uint32_t label)
{
    if (label == 0 || label >= w->module->code.labels)
        return NULL;
    const struct cas_label *mine = &w->labels[label];
    return mine->role == CAS_START ? mine->function : NULL;
}

// Compilers list functions from the last to the first.
static bool is_in_order(const struct cas_writer *w, const struct beam_export *at, uint32_t count,
                        bool exported)
{
    uint32_t i = count;
    for (const struct rw_function *f = w->unit->first; f != NULL; f = f->next) {
        if (rw_exported(w->unit, f->name, f->arity) != exported)
            continue;
        if (i == 0 || at[i - 1].function != f->name || at[i - 1].arity != f->arity ||
            at[i - 1].label != f->entry_label)
            return false;
        i--;
    }
    return i == 0;
}

// The label, where the function of that name is not the only one or stands elsewhere.
static void put_entry_label(struct cas_writer *w, uint32_t name, uint32_t arity, uint32_t label)
{
    const struct rw_function *f = function_of(w, label);
    bool own = f != NULL && f->name == name && f->arity == arity && w->labels[label].local == 0;
    if (!own)
        cas_number(w, " label @#", label);
}

static void put_entries(struct cas_writer *w, const char *name, const struct beam_export *at,
                        uint32_t count)
{
    cas_put(w, "\n");
    cas_put(w, name);
    cas_put(w, "\n");
    for (uint32_t i = 0; i < count; i++) {
        cas_put(w, "    ");
        cas_atom(w, at[i].function);
        cas_number(w, "/", at[i].arity);
        put_entry_label(w, at[i].function, at[i].arity, at[i].label);
        cas_put(w, "\n");
    }
}

static void put_lambdas(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    uint32_t uniq = rw_old_uniq(m);
    if (m->lambdas.count > 0)
        cas_put(w, "\nfuns\n");
    for (uint32_t i = 0; i < m->lambdas.count; i++) {
        const struct beam_lambda *lambda = &m->lambdas.at[i];
        cas_put(w, "    ");
        cas_atom(w, lambda->function);
        cas_number(w, "/", lambda->arity);
        cas_number(w, " free ", lambda->num_free);
        if (lambda->index != i)
            cas_number(w, " index ", lambda->index);
        if (lambda->old_uniq != uniq)
            cas_number(w, " uniq ", lambda->old_uniq);
        put_entry_label(w, lambda->function, lambda->arity, lambda->label);
        cas_put(w, "\n");
    }
}

static bool is_op(const struct rw_ins *ins, enum beam_op op)
{
    return ins != NULL && ins->op == op;
}

static bool is_plain(const struct beam_operand *operand, enum beam_tag tag, uint64_t value)
{
    return operand->tag == tag && operand->value == value &&
           (operand->width[0] | operand->width[1] | operand->width[2]) == 0;
}

// Label, perhaps a line, func_info, label: how every compiler makes it.
static bool has_usual_head(const struct rw_function *f)
{
    const struct rw_ins *ins = f->first, *line = NULL;
    if (!is_op(ins, OP_label) || f->entry == NULL)
        return false;
    ins = ins->next;
    if (is_op(ins, OP_line)) {
        line = ins;
        ins = ins->next;
    }
    return ins == f->info && ins->next == f->entry && is_plain(&ins->operand[0], BEAM_TAG_A, 1) &&
           is_plain(&ins->operand[1], BEAM_TAG_A, f->name) && f->name != 0 &&
           is_plain(&ins->operand[2], BEAM_TAG_U, f->arity) &&
           (line == NULL || is_plain(&line->operand[0], BEAM_TAG_U, line->operand[0].value)) &&
           is_plain(&f->first->operand[0], BEAM_TAG_U, f->first->operand[0].value) &&
           is_plain(&f->entry->operand[0], BEAM_TAG_U, f->entry->operand[0].value);
}

static void put_label_line(struct cas_writer *w, const struct rw_ins *ins)
{
    uint64_t label = ins->operand[0].value;
    cas_put(w, "  ");
    cas_label(w, label);
    if (!w->implied[RW_LABEL])
        cas_number(w, "=#", label);
    cas_put(w, ":\n");
}

static void put_function(struct cas_writer *w, const struct rw_function *f, bool marked)
{
    const struct rw_ins *ins = f->first;
    bool usual = has_usual_head(f);
    w->function = f;
    cas_put(w, marked && rw_exported(w->unit, f->name, f->arity) ? "\nexported function "
                                                                 : "\nfunction ");
    cas_atom(w, f->name);
    cas_number(w, "/", f->arity);
    if (usual) {
        if (!w->implied[RW_LABEL]) {
            cas_number(w, " labels ", f->first->operand[0].value);
            cas_number(w, " ", f->entry_label);
        }
        if (is_op(f->first->next, OP_line)) {
            cas_put(w, " line ");
            cas_line(w, f->first->next->operand[0].value);
        }
        ins = f->entry->next;
    } else {
        cas_put(w, " raw");
    }
    cas_put(w, ":\n");
    for (; ins != NULL; ins = ins->next) {
        if (ins->op == OP_label) {
            put_label_line(w, ins);
            continue;
        }
        cas_put(w, "    ");
        cas_ins(w, ins);
        cas_put(w, "\n");
    }
}

static void put_chunks(struct cas_writer *w)
{
    const struct beam_chunks *chunks = &w->module->chunks;
    for (size_t i = 0; i < chunks->count; i++) {
        const struct beam_chunk *chunk = &chunks->at[i];
        if (cas_is_table(w->module, chunk))
            continue;
        cas_put(w, "\nchunk");
        put_chunk_name(w, chunk);
        put_bytes(w, "", chunk->data);
    }
}

// A compressed literal table that another compressor made.
static void put_packed(struct cas_writer *w)
{
    const struct beam_chunk *chunk = beam_chunks_find(&w->module->chunks, "LitT");
    struct wb_text again wb_auto_text = {0};
    if (chunk == NULL || !w->module->literals.packed || w->module->literals.count == 0)
        return;
    beam_literals_write(w->module, &again);
    if (!wb_bytes_equal(wb_text_bytes(&again), chunk->data))
        put_bytes(w, "\npacked_literals", chunk->data);
}

static struct wb_error *put_all(struct cas_writer *w)
{
    const struct beam_module *m = w->module;
    if (w->unit->before != NULL)
        return wb_error_new(WB_E_UNSUPPORTED,
                            "instructions before the first function have no text");
    if (!rw_pool_is_unique(w->unit))
        return wb_error_new(WB_E_UNSUPPORTED, "pools that have an entry twice have no text");
    print_atoms(w);
    cas_look(w);
    mark_doubles(w);
    put_head(w);
    put_pools(w);
    put_more_pools(w);
    bool marked = is_in_order(w, m->exports.at, m->exports.count, true);
    if (!marked)
        put_entries(w, "exports", m->exports.at, m->exports.count);
    if (m->locals.count > 0 && !is_in_order(w, m->locals.at, m->locals.count, false))
        put_entries(w, "locals", m->locals.at, m->locals.count);
    put_lambdas(w);
    for (const struct rw_function *f = w->unit->first; f != NULL; f = f->next)
        put_function(w, f, marked);
    put_packed(w);
    put_chunks(w);
    return NULL;
}

struct wb_error *rw_cas_write(const struct rw_unit *unit, struct wb_text *text)
{
    struct cas_writer w = {.unit = unit, .module = &unit->module, .out = text};
    struct wb_error *err = put_all(&w);
    wb_text_free(&w.atom_texts);
    wb_arena_free(&w.arena);
    return err;
}

struct wb_error *rw_cas_disassemble(struct wb_bytes file, struct wb_text *text)
{
    struct rw_unit *unit;
    WB_TRY(rw_unit_open(file, &unit));
    struct wb_error *err = rw_cas_write(unit, text);
    rw_unit_free(unit);
    return err;
}
