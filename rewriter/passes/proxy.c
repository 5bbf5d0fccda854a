// proxy.c - a module that stands before another and forwards every call.
#include "rewriter/pass.h"

struct proxy {
    struct wb_bytes target, handler;  // handler: size 0: none
};

// TARGET:fun(...)
static void put_forward(struct rw_unit *unit, struct rw_function *f, const struct proxy *proxy)
{
    uint32_t import = rw_import(unit, rw_atom(unit, proxy->target), f->name, f->arity);
    rw_insert(unit, f, NULL, OP_call_ext_only, rw_ops(RW_U(f->arity), RW_U(import)));
}

// HANDLER:call(TARGET, fun, [...])
static void put_handled(struct rw_unit *unit, struct rw_function *f, const struct proxy *proxy)
{
    uint32_t call =
        rw_import(unit, rw_atom(unit, proxy->handler), rw_atom(unit, wb_bytes_of("call")), 3);
    rw_insert_args(unit, f, NULL, f->arity, f->arity + 2);
    rw_insert_mfa(unit, f, rw_atom(unit, proxy->target), f->arity + 2);
    rw_insert(unit, f, NULL, OP_call_ext_only, rw_ops(RW_U(3), RW_U(call)));
}

static void replace_body(struct rw_unit *unit, struct rw_function *f, const struct proxy *proxy)
{
    while (f->last != f->entry)
        rw_remove(unit, f, f->last);
    if (proxy->handler.size > 0)
        put_handled(unit, f, proxy);
    else
        put_forward(unit, f, proxy);
}

struct wb_error *rw_pass_proxy(struct rw_unit *unit, struct rw_run *run)
{
    struct wb_bytes parts[2];
    rw_option_parts(run->option, parts, 2);
    struct proxy proxy = {parts[0], parts[1]};
    if (proxy.target.size == 0)
        return wb_error_new(WB_E_NOT_FOUND, "say who is called: proxy=TARGET");
    if (wb_bytes_equal(proxy.target, unit->module.name))
        return wb_error_new(WB_E_STATE, "a proxy of its own name would call itself for ever");
    for (struct rw_function *f = unit->first, *next; f != NULL; f = next) {
        next = f->next;
        if (f->entry == NULL || !rw_exported(unit, f->name, f->arity))
            rw_function_remove(unit, f);
        else if (!rw_is_module_info(unit, f))
            replace_body(unit, f, &proxy);
    }
    unit->module.lambdas.count = 0;
    static const char *const chunks[] = {"FunT", "Dbgi", "Docs", "DbgB", "Recs", "ExCk", "Abst"};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
        rw_chunk(unit, chunks[i], (struct wb_bytes){0});
    return rw_unit_tidy(unit);
}
