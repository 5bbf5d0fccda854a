#include "rewriter/unit.h"

#include <stdlib.h>
#include <string.h>

#include "core-vm/format/verify.h"
#include "rewriter/unit_priv.h"

enum { UNIQ_BITS = 27 };

uint32_t rw_old_uniq(const struct beam_module *module)
{
    const uint8_t *md5 = module->md5;
    uint32_t word =
        (uint32_t)md5[0] << 24 | (uint32_t)md5[1] << 16 | (uint32_t)md5[2] << 8 | md5[3];
    return word >> (32 - UNIQ_BITS);
}

static bool is_line(uint8_t op)
{
    return op == OP_line || op == OP_executable_line;
}

static void make_function(struct rw_unit *unit, const struct beam_function *function,
                          struct rw_ins *ins)
{
    struct rw_function *mine = wb_push_array(&unit->arena, struct rw_function, 1);
    *mine = (struct rw_function){
        .name = function->name,
        .arity = function->arity,
        .entry_label = function->entry_label,
        .first = &ins[function->first],
        .last = &ins[function->end - 1],
        .info = &ins[function->info],
        .entry = function->entry != BEAM_NO_INS ? &ins[function->entry] : NULL,
    };
    mine->first->prev = NULL;
    mine->last->next = NULL;
    rw_function_link(unit, mine);
}

static void make_lists(struct rw_unit *unit, const struct beam_code *code)
{
    uint32_t count = code->ins.count;
    struct rw_ins *ins = wb_push_array(&unit->arena, struct rw_ins, count);
    uint32_t lines = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct beam_ins *from = &code->ins.at[i];
        ins[i] = (struct rw_ins){.next = i + 1 < count ? &ins[i + 1] : NULL,
                                 .prev = i > 0 ? &ins[i - 1] : NULL,
                                 .operand = from->operand,
                                 .op = from->op,
                                 .count = from->count};
        lines += is_line(from->op);
    }
    uint32_t head = code->functions.count > 0 ? code->functions.at[0].first : count;
    if (head > 0) {
        unit->before = ins;
        ins[head - 1].next = NULL;
    }
    for (uint32_t i = 0; i < code->functions.count; i++)
        make_function(unit, &code->functions.at[i], ins);
    unit->extra_functions = (int64_t)unit->module.code.functions - code->functions.count;
    unit->extra_lines = (int64_t)unit->module.lines.instructions - lines;
    unit->ended = code->ended;
    unit->after = code->after;
}

static struct rw_unit *make_unit(void)
{
    struct rw_unit *unit = calloc(1, sizeof *unit);
    struct rw_pool *pool = calloc(1, sizeof *pool);
    if (unit == NULL || pool == NULL)
        wb_die_no_memory(sizeof *unit + sizeof *pool);
    unit->pool = pool;
    return unit;
}

struct wb_error *rw_unit_open(struct wb_bytes file, struct rw_unit **ret)
{
    struct rw_unit *unit = make_unit();
    struct beam_code code;
    struct wb_error *err = beam_module_read(file, &unit->arena, &unit->module);
    if (err == NULL)
        err = beam_code_read(&unit->module, &unit->arena, &code);
    if (err != NULL) {
        rw_unit_free(unit);
        return err;
    }
    make_lists(unit, &code);
    *ret = unit;
    return NULL;
}

// A module as small as OTP takes it.
struct wb_error *rw_unit_new(struct wb_bytes name, struct rw_unit **ret)
{
    static const char *const chunks[] = {"AtU8", "Code", "StrT", "ImpT", "ExpT"};
    enum { CHUNKS = sizeof chunks / sizeof *chunks };
    if (name.size == 0 || name.size > UINT8_MAX)
        return wb_error_new(WB_E_LIMIT, "a module's name has 1 to 255 bytes");
    struct rw_unit *unit = make_unit();
    struct beam_module *module = &unit->module;
    module->chunks.at = wb_push_array(&unit->arena, struct beam_chunk, CHUNKS);
    module->chunks.count = CHUNKS;
    for (size_t i = 0; i < CHUNKS; i++)
        memcpy(module->chunks.at[i].name, chunks[i], 4);
    module->atoms.at = rw_grow(&unit->arena, NULL, 0, &unit->pool->atoms, sizeof *module->atoms.at);
    module->atoms.count = 1;
    module->code.labels = 1;
    module->code.highest_op = OP_swap;
    (void)rw_atom(unit, name);
    module->name = module->atoms.at[1];
    unit->ended = true;
    *ret = unit;
    return NULL;
}

void rw_unit_free(struct rw_unit *unit)
{
    if (unit == NULL)
        return;
    rw_pool_free(unit->pool);
    wb_arena_free(&unit->arena);
    free(unit);
}

static uint32_t count_ins(const struct rw_unit *unit)
{
    uint32_t count = 0;
    for (const struct rw_ins *ins = unit->before; ins != NULL; ins = ins->next)
        count++;
    for (const struct rw_function *f = unit->first; f != NULL; f = f->next)
        for (const struct rw_ins *ins = f->first; ins != NULL; ins = ins->next)
            count++;
    return count;
}

struct builder {
    struct beam_module *module;
    struct beam_code *code;
    uint32_t lines;
};

static void build_ins(struct builder *b, const struct rw_ins *ins)
{
    uint32_t at = b->code->ins.count++;
    b->code->ins.at[at] = (struct beam_ins){ins->operand, 0, ins->op, ins->count};
    if (ins->op > b->module->code.highest_op)
        b->module->code.highest_op = ins->op;
    b->lines += is_line(ins->op);
    if (ins->op != OP_label)
        return;
    uint64_t label = ins->operand[0].value;
    if (label < b->code->labels.count && b->code->labels.at[label] == BEAM_NO_INS)
        b->code->labels.at[label] = at;
}

static void build_function(struct builder *b, const struct rw_function *function)
{
    struct beam_function *mine = &b->code->functions.at[b->code->functions.count++];
    *mine = (struct beam_function){.name = function->name,
                                   .arity = function->arity,
                                   .entry_label = function->entry_label,
                                   .first = b->code->ins.count,
                                   .entry = BEAM_NO_INS};
    for (const struct rw_ins *ins = function->first; ins != NULL; ins = ins->next) {
        if (ins == function->info)
            mine->info = b->code->ins.count;
        else if (ins == function->entry)
            mine->entry = b->code->ins.count;
        else if (mine->info == 0 && ins->op == OP_label)
            mine->info_label = (uint32_t)ins->operand[0].value;
        else if (mine->info == 0 && ins->op == OP_line)
            mine->line = (uint32_t)ins->operand[0].value;
        build_ins(b, ins);
    }
    mine->end = b->code->ins.count;
}

void rw_unit_build(const struct rw_unit *unit, struct wb_arena *arena, struct beam_module *module,
                   struct beam_code *code)
{
    struct builder b = {.module = module, .code = code};
    *module = unit->module;
    *code = (struct beam_code){.ended = unit->ended, .after = unit->after};
    code->ins.at = wb_push_array(arena, struct beam_ins, count_ins(unit));
    code->functions.at = wb_push_array(arena, struct beam_function, unit->functions);
    code->labels.count = module->code.labels;
    code->labels.at = wb_push_array(arena, uint32_t, code->labels.count);
    memset(code->labels.at, 0xff, code->labels.count * sizeof *code->labels.at);
    for (const struct rw_ins *ins = unit->before; ins != NULL; ins = ins->next)
        build_ins(&b, ins);
    for (const struct rw_function *f = unit->first; f != NULL; f = f->next)
        build_function(&b, f);
    module->code.functions = (uint32_t)(unit->extra_functions + unit->functions);
    module->lines.instructions = (uint32_t)(unit->extra_lines + b.lines);
}

static struct wb_error *check_sizes(const struct beam_module *module)
{
    for (uint32_t i = 1; i < module->atoms.count; i++)
        if (module->atoms.at[i].size > UINT8_MAX && !module->atoms.wide)
            return wb_error_new(WB_E_LIMIT, "atom %u is too long for this format", i);
    for (uint32_t i = 1; i < module->lines.file_count; i++)
        if (module->lines.files[i].size > UINT16_MAX)
            return wb_error_new(WB_E_LIMIT, "the name of source file %u is too long", i);
    return NULL;
}

// The funs of a module carry a part of its digest, and the digest is that of the module without it:
// funs that had the old one get the new one.
static struct wb_error *renew_uniq(const struct rw_unit *unit, struct wb_arena *arena,
                                   struct beam_module *module, const struct beam_code *code)
{
    struct wb_text text wb_auto_text = {0};
    struct beam_module again;
    uint32_t count = module->lambdas.count, was = rw_old_uniq(&unit->module);
    beam_module_write(module, code, &text);
    WB_TRY(beam_module_read(wb_text_bytes(&text), arena, &again));
    struct beam_lambda *at = wb_push_array(arena, struct beam_lambda, count);
    memcpy(at, module->lambdas.at, count * sizeof *at);
    for (uint32_t i = 0; i < count; i++)
        if (at[i].old_uniq == was || at[i].old_uniq == 0)
            at[i].old_uniq = rw_old_uniq(&again);
    module->lambdas.at = at;
    return NULL;
}

static struct wb_error *emit(const struct rw_unit *unit, struct wb_arena *arena,
                             struct wb_text *text)
{
    struct beam_module module;
    struct beam_code code;
    rw_unit_build(unit, arena, &module, &code);
    WB_TRY(check_sizes(&module));
    if (unit->changed && module.lambdas.count > 0)
        WB_TRY(renew_uniq(unit, arena, &module, &code));
    beam_module_write(&module, &code, text);
    return NULL;
}

struct wb_error *rw_unit_emit(const struct rw_unit *unit, struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct wb_error *err = emit(unit, &arena, text);
    wb_arena_free(&arena);
    return err;
}

struct wb_error *rw_first_fault(const struct beam_module *module, const struct beam_code *code,
                                const struct beam_verdict *verdict, enum beam_rule except)
{
    size_t at = 0;
    while (at < verdict->faults.count && verdict->faults.at[at].rule == except)
        at++;
    if (at == verdict->faults.count)
        return NULL;
    const struct beam_fault *fault = &verdict->faults.at[at];
    struct wb_bytes name = {0};
    uint32_t arity = 0;
    if (fault->function != BEAM_NO_INS) {
        name = beam_module_atom(module, code->functions.at[fault->function].name);
        arity = code->functions.at[fault->function].arity;
    }
    return wb_error_new(WB_E_BAD_DATA, "%zu faults: rule %s in %.*s/%u: %s", verdict->faults.count,
                        beam_rule_name(fault->rule), (int)name.size, (const char *)name.at, arity,
                        fault->text);
}

struct wb_error *rw_verify(struct wb_bytes file, struct wb_arena *arena, struct beam_module *module,
                           struct beam_code *code, struct beam_verdict *ret)
{
    WB_TRY(beam_module_read(file, arena, module));
    WB_TRY(beam_code_read(module, arena, code));
    beam_verify(module, code, arena, ret);
    return NULL;
}

static struct wb_error *prove(struct wb_bytes file, struct wb_arena *arena)
{
    struct beam_module module;
    struct beam_code code;
    struct beam_verdict verdict;
    WB_TRY(rw_verify(file, arena, &module, &code, &verdict));
    return rw_first_fault(&module, &code, &verdict, BEAM_RULES);
}

struct wb_error *rw_prove(struct wb_bytes file)
{
    struct wb_arena arena = {0};
    struct wb_error *err = prove(file, &arena);
    wb_arena_free(&arena);
    return err;
}
