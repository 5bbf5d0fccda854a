#include <stdlib.h>
#include <string.h>

#include "rewriter/unit_priv.h"

struct beam_operand rw_list(const struct beam_operand *list, uint32_t count)
{
    return (struct beam_operand){.tag = BEAM_TAG_LIST, .extra = count, .list = list};
}

struct beam_operand rw_copy_operand(struct wb_arena *arena, const struct beam_operand *operand)
{
    struct beam_operand copy = *operand;
    bool list = copy.tag == BEAM_TAG_LIST || copy.tag == BEAM_TAG_ALLOC;
    if (list) {
        struct beam_operand *at = wb_push_array(arena, struct beam_operand, copy.extra);
        for (uint32_t i = 0; i < copy.extra; i++)
            at[i] = rw_copy_operand(arena, &operand->list[i]);
        copy.list = at;
    } else if (copy.tag == BEAM_TAG_BIG) {
        copy.bytes = rw_copy_bytes(arena, (struct wb_bytes){operand->bytes, copy.extra}).at;
    }
    return copy;
}

static const struct beam_operand *copy_operands(struct rw_unit *unit, unsigned count,
                                                const struct beam_operand *operand)
{
    struct beam_operand *at = wb_push_array(&unit->arena, struct beam_operand, count);
    for (unsigned i = 0; i < count; i++)
        at[i] = rw_copy_operand(&unit->arena, &operand[i]);
    return at;
}

static void link_between(struct rw_function *function, struct rw_ins *first, struct rw_ins *last,
                         struct rw_ins *at)
{
    struct rw_ins *before = at != NULL ? at->prev : function->last;
    first->prev = before;
    last->next = at;
    if (before != NULL)
        before->next = first;
    else
        function->first = first;
    if (at != NULL)
        at->prev = last;
    else
        function->last = last;
}

static void unlink_all(struct rw_function *function, struct rw_ins *first, struct rw_ins *last)
{
    if (first->prev != NULL)
        first->prev->next = last->next;
    else
        function->first = last->next;
    if (last->next != NULL)
        last->next->prev = first->prev;
    else
        function->last = first->prev;
    first->prev = last->next = NULL;
}

struct rw_ins *rw_insert(struct rw_unit *unit, struct rw_function *function, struct rw_ins *at,
                         uint8_t op, const struct beam_operand *operand)
{
    struct rw_ins *ins = wb_push_array(&unit->arena, struct rw_ins, 1);
    rw_set_op(unit, ins, op, operand);
    link_between(function, ins, ins, at);
    return ins;
}

struct rw_ins *rw_append(struct rw_unit *unit, struct rw_function *function, uint8_t op,
                         const struct beam_operand *operand)
{
    struct rw_ins *ins = wb_push_array(&unit->arena, struct rw_ins, 1);
    ins->op = op;
    ins->count = beam_op_info(op)->arity;
    ins->operand = operand;
    link_between(function, ins, ins, NULL);
    return ins;
}

void rw_remove(struct rw_unit *unit, struct rw_function *function, struct rw_ins *ins)
{
    unlink_all(function, ins, ins);
    unit->changed = true;
}

void rw_move(struct rw_unit *unit, struct rw_function *from, struct rw_ins *first,
             struct rw_ins *last, struct rw_function *to, struct rw_ins *at)
{
    unlink_all(from, first, last);
    link_between(to, first, last, at);
    unit->changed = true;
}

void rw_set_op(struct rw_unit *unit, struct rw_ins *ins, uint8_t op,
               const struct beam_operand *operand)
{
    ins->op = op;
    ins->count = beam_op_info(op)->arity;
    ins->operand = copy_operands(unit, ins->count, operand);
    unit->changed = true;
}

void rw_set_operand(struct rw_unit *unit, struct rw_ins *ins, unsigned index,
                    struct beam_operand operand)
{
    struct beam_operand *at = wb_push_array(&unit->arena, struct beam_operand, ins->count);
    memcpy(at, ins->operand, ins->count * sizeof *at);
    at[index] = rw_copy_operand(&unit->arena, &operand);
    ins->operand = at;
    unit->changed = true;
}

// Functions changed: who is entered where must be looked up anew.
static void forget_labels(struct rw_unit *unit)
{
    free(unit->pool->at_label);
    unit->pool->at_label = NULL;
    unit->changed = true;
}

static void add_entry(struct rw_unit *unit, struct beam_export **at, uint32_t *count, size_t *room,
                      const struct rw_function *function)
{
    *at = rw_grow(&unit->arena, *at, *count, room, sizeof **at);
    (*at)[(*count)++] =
        (struct beam_export){function->name, function->arity, function->entry_label};
    unit->changed = true;
}

static void drop_entries(struct rw_unit *unit, struct beam_export *at, uint32_t *count,
                         uint32_t label)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (at[i].label != label)
            at[kept++] = at[i];
    unit->changed = unit->changed || kept != *count;
    *count = kept;
}

static void add_local(struct rw_unit *unit, const struct rw_function *function)
{
    struct beam_module *module = &unit->module;
    if (module->locals.count > 0)
        add_entry(unit, &module->locals.at, &module->locals.count, &unit->pool->locals, function);
}

void rw_function_link(struct rw_unit *unit, struct rw_function *function)
{
    function->prev = unit->last;
    if (unit->last != NULL)
        unit->last->next = function;
    else
        unit->first = function;
    unit->last = function;
    unit->functions++;
}

struct rw_function *rw_function_add(struct rw_unit *unit, uint32_t name, uint32_t arity)
{
    struct rw_function *function = wb_push_array(&unit->arena, struct rw_function, 1);
    uint32_t info_label = rw_label(unit);
    *function = (struct rw_function){.name = name, .arity = arity};
    function->entry_label = rw_label(unit);
    rw_insert(unit, function, NULL, OP_label, rw_ops(RW_U(info_label)));
    function->info =
        rw_insert(unit, function, NULL, OP_func_info, rw_ops(RW_A(1), RW_A(name), RW_U(arity)));
    function->entry =
        rw_insert(unit, function, NULL, OP_label, rw_ops(RW_U(function->entry_label)));
    rw_function_link(unit, function);
    add_local(unit, function);
    forget_labels(unit);
    return function;
}

// OTP reads LocT only when it is asked to; an empty one is left out, as compilers do.
static void drop_empty_locals(struct rw_unit *unit)
{
    if (unit->module.locals.count == 0 && beam_chunks_find(&unit->module.chunks, "LocT") != NULL)
        rw_chunk(unit, "LocT", (struct wb_bytes){0});
}

void rw_function_remove(struct rw_unit *unit, struct rw_function *function)
{
    struct beam_module *module = &unit->module;
    if (function->prev != NULL)
        function->prev->next = function->next;
    else
        unit->first = function->next;
    if (function->next != NULL)
        function->next->prev = function->prev;
    else
        unit->last = function->prev;
    unit->functions--;
    drop_entries(unit, module->exports.at, &module->exports.count, function->entry_label);
    drop_entries(unit, module->locals.at, &module->locals.count, function->entry_label);
    drop_empty_locals(unit);
    forget_labels(unit);
}

static void rename_entries(struct beam_export *at, uint32_t count, uint32_t label, uint32_t name)
{
    for (uint32_t i = 0; i < count; i++)
        if (at[i].label == label)
            at[i].function = name;
}

void rw_function_rename(struct rw_unit *unit, struct rw_function *function, uint32_t name)
{
    struct beam_module *module = &unit->module;
    function->name = name;
    rw_set_operand(unit, function->info, 1, RW_A(name));
    rename_entries(module->exports.at, module->exports.count, function->entry_label, name);
    rename_entries(module->locals.at, module->locals.count, function->entry_label, name);
    for (uint32_t i = 0; i < module->lambdas.count; i++)
        if (module->lambdas.at[i].label == function->entry_label)
            module->lambdas.at[i].function = name;
}

struct rw_function *rw_function_find(const struct rw_unit *unit, uint32_t name, uint32_t arity)
{
    for (struct rw_function *f = unit->first; f != NULL; f = f->next)
        if (f->name == name && f->arity == arity)
            return f;
    return NULL;
}

struct rw_function *rw_function_at(const struct rw_unit *unit, uint64_t label)
{
    struct rw_pool *pool = unit->pool;
    if (pool->at_label == NULL) {
        pool->labels = unit->module.code.labels;
        pool->at_label = calloc(pool->labels + 1, sizeof(struct rw_function *));
        if (pool->at_label == NULL)
            wb_die_no_memory(pool->labels * sizeof(struct rw_function *));
        for (struct rw_function *f = unit->first; f != NULL; f = f->next)
            if (f->entry_label < pool->labels)
                pool->at_label[f->entry_label] = f;
        pool->at_label[0] = NULL;
    }
    return label < pool->labels ? pool->at_label[label] : NULL;
}

static struct beam_export *find_export(const struct rw_unit *unit, uint32_t name, uint32_t arity)
{
    const struct beam_module *module = &unit->module;
    for (uint32_t i = 0; i < module->exports.count; i++)
        if (module->exports.at[i].function == name && module->exports.at[i].arity == arity)
            return &module->exports.at[i];
    return NULL;
}

bool rw_exported(const struct rw_unit *unit, uint32_t name, uint32_t arity)
{
    return find_export(unit, name, arity) != NULL;
}

void rw_export(struct rw_unit *unit, const struct rw_function *function)
{
    struct beam_module *module = &unit->module;
    struct beam_export *export = find_export(unit, function->name, function->arity);
    drop_entries(unit, module->locals.at, &module->locals.count, function->entry_label);
    if (export == NULL)
        add_entry(unit, &module->exports.at, &module->exports.count, &unit->pool->exports,
                  function);
    else
        export->label = function->entry_label;
    drop_empty_locals(unit);
    unit->changed = true;
}

void rw_unexport(struct rw_unit *unit, uint32_t name, uint32_t arity)
{
    struct beam_module *module = &unit->module;
    struct beam_export *export = find_export(unit, name, arity);
    if (export == NULL)
        return;
    const struct rw_function *function = rw_function_at(unit, export->label);
    memmove(export, export + 1,
            (size_t)(&module->exports.at[module->exports.count] - (export + 1)) * sizeof *export);
    module->exports.count--;
    if (function != NULL)
        add_local(unit, function);
    unit->changed = true;
}

void rw_chunk(struct rw_unit *unit, const char *name, struct wb_bytes data)
{
    struct beam_chunks *chunks = &unit->module.chunks;
    struct beam_chunk *chunk = beam_chunks_find(chunks, name);
    unit->changed = true;
    if (data.size == 0) {
        for (; chunk != NULL; chunk = beam_chunks_find(chunks, name)) {
            size_t behind = (size_t)(&chunks->at[chunks->count] - (chunk + 1));
            memmove(chunk, chunk + 1, behind * sizeof *chunk);
            chunks->count--;
        }
    } else if (chunk == NULL) {
        struct beam_chunk *at = wb_push_array(&unit->arena, struct beam_chunk, chunks->count + 1);
        if (chunks->count > 0)
            memcpy(at, chunks->at, chunks->count * sizeof *at);
        chunk = &at[chunks->count++];
        memcpy(chunk->name, name, 4);
        chunks->at = at;
    }
    if (data.size > 0)
        beam_chunk_set(chunk, data);
    beam_chunks_measure(chunks);
}
