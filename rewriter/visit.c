#include "rewriter/visit.h"

struct visit {
    const struct rw_visitor *visitor;
    struct wb_text *out;
};

static void visit_ins(void *user, const struct beam_ins *ins)
{
    struct visit *v = user;
    const struct rw_visitor *visitor = v->visitor;
    bool keep = true;
    if (ins->op == OP_func_info && visitor->function != NULL)
        visitor->function(visitor->user, (uint32_t)ins->operand[1].value,
                          (uint32_t)ins->operand[2].value);
    if (visitor->ins != NULL)
        keep = visitor->ins(visitor->user, ins, v->out);
    if (keep && v->out != NULL)
        beam_ins_write(ins, v->out);
}

static struct wb_error *visit(struct wb_bytes file, struct visit *v, struct wb_arena *arena,
                              struct beam_module *module, struct wb_bytes *after)
{
    WB_TRY(beam_module_read(file, arena, module));
    if (v->visitor->module != NULL)
        v->visitor->module(v->visitor->user, module);
    return beam_code_walk(module->code.bytes, visit_ins, v, after);
}

struct wb_error *rw_visit(struct wb_bytes file, const struct rw_visitor *visitor)
{
    struct wb_arena arena = {0};
    struct beam_module module;
    struct wb_bytes after;
    struct visit v = {.visitor = visitor};
    struct wb_error *err = visit(file, &v, &arena, &module, &after);
    wb_arena_free(&arena);
    return err;
}

struct wb_error *rw_copy(struct wb_bytes file, const struct rw_visitor *visitor,
                         struct wb_text *text)
{
    struct wb_arena arena = {0};
    struct wb_text code wb_auto_text = {0};
    struct beam_module module;
    struct wb_bytes after;
    struct visit v = {.visitor = visitor, .out = &code};
    struct wb_error *err = visit(file, &v, &arena, &module, &after);
    if (err == NULL) {
        wb_text_put_bytes(&code, after.at, after.size);
        module.code.bytes = wb_text_bytes(&code);
        beam_module_write(&module, NULL, text);
    }
    wb_arena_free(&arena);
    return err;
}
