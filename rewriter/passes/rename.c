// rename.c - another name for the module or a function.
#include <stdlib.h>
#include <string.h>

#include "rewriter/pass.h"
#include "rewriter/refs.h"
#include "rewriter/unit_priv.h"

// The lines that were in the module's own file are still in it.
static void keep_source(struct rw_unit *unit)
{
    struct beam_module *module = &unit->module;
    uint32_t own = 0;
    for (uint32_t i = 1; i < module->lines.count; i++) {
        if (module->lines.at[i].file != 0)
            continue;
        if (own == 0)
            own = rw_file(unit, module->lines.files[0]);
        module->lines.at[i].file = own;
    }
}

static struct wb_error *rename_module(struct rw_unit *unit, struct wb_bytes name)
{
    struct beam_module *module = &unit->module;
    uint32_t old = rw_find_atom(unit, name);
    if (old == 1)
        return NULL;
    if (old != 0)
        return wb_error_new(WB_E_STATE, "the module uses the atom %.*s for something else",
                            (int)name.size, (const char *)name.at);
    if (name.size == 0 || name.size > UINT8_MAX)
        return wb_error_new(WB_E_LIMIT, "a module's name has 1 to 255 bytes");
    keep_source(unit);
    // Everybody's handle of the module's own name means the new one from now on.
    uint32_t added = rw_atom(unit, name);
    module->name = module->atoms.at[1] = module->atoms.at[added];
    module->atoms.count--;
    rw_pool_forget(unit->pool);
    return NULL;
}

static uint64_t to_old(void *user, enum rw_pool_kind kind, uint64_t handle)
{
    const uint32_t *old = user;
    return kind == RW_ATOM && handle == 1 ? *old : handle;
}

// The atom stays what it was where it is data: the tag of a record, the name of a process. What the
// module says of itself is of the new name.
static void keep_data(struct rw_unit *unit, uint32_t old)
{
    for (struct rw_function *f = unit->first; f != NULL; f = f->next) {
        if (rw_is_module_info(unit, f))
            continue;
        for (struct rw_ins *ins = f->first; ins != NULL; ins = ins->next)
            if (ins->op != OP_func_info)
                ins->operand = rw_refs(ins->op, ins->operand, &unit->arena, to_old, &old);
    }
}

static struct wb_error *rename_code(struct rw_unit *unit, struct wb_bytes name)
{
    struct wb_bytes old = unit->module.name;
    WB_TRY(rename_module(unit, name));
    keep_data(unit, rw_atom(unit, old));
    return NULL;
}

static struct wb_error *rename_function(struct rw_unit *unit, struct wb_bytes from,
                                        struct wb_bytes to)
{
    const uint8_t *slash = memrchr(from.at, '/', from.size);
    uint32_t arity = (uint32_t)strtoul((const char *)slash + 1, NULL, 10);
    uint32_t name = rw_find_atom(unit, (struct wb_bytes){from.at, (size_t)(slash - from.at)});
    struct rw_function *f = name != 0 ? rw_function_find(unit, name, arity) : NULL;
    if (f == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no function %.*s", (int)from.size,
                            (const char *)from.at);
    uint32_t atom = rw_atom(unit, to);
    if (rw_function_find(unit, atom, arity) != NULL)
        return wb_error_new(WB_E_STATE, "there is a function %.*s/%u already", (int)to.size,
                            (const char *)to.at, arity);
    rw_function_rename(unit, f, atom);
    return NULL;
}

struct wb_error *rw_pass_rename(struct rw_unit *unit, struct rw_run *run)
{
    if (run->option == NULL || run->option[0] == '\0')
        return wb_error_new(WB_E_NOT_FOUND, "say the new name: rename=NEW or rename=FUN/ARITY:NEW");
    struct wb_bytes option = wb_bytes_of(run->option), parts[2];
    rw_option_parts(run->option, parts, 2);
    if (wb_bytes_equal(parts[1], wb_bytes_of("code")))
        return rename_code(unit, parts[0]);
    const uint8_t *colon = memrchr(option.at, ':', option.size);
    struct wb_bytes from = {option.at, colon != NULL ? (size_t)(colon - option.at) : 0};
    if (colon == NULL || memrchr(from.at, '/', from.size) == NULL)
        return rename_module(unit, option);
    return rename_function(unit, from, (struct wb_bytes){colon + 1, option.size - from.size - 1});
}
