// trace.c - every call of an exported function is said before it is made.
#include "rewriter/pass.h"

enum { SPARE = 4 };

static void put_call(struct rw_unit *unit, struct rw_function *f, struct wb_bytes module)
{
    uint32_t list = f->arity + SPARE, import;
    if (module.size > 0) {
        import = rw_import(unit, rw_atom(unit, module), rw_atom(unit, wb_bytes_of("trace")), 3);
        rw_insert_mfa(unit, f, 1, list);
        rw_insert(unit, f, NULL, OP_call_ext, rw_ops(RW_U(3), RW_U(import)));
        return;
    }
    import = rw_import(unit, rw_atom(unit, wb_bytes_of("erlang")),
                       rw_atom(unit, wb_bytes_of("display")), 1);
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(list), RW_X(0)));
    rw_insert(unit, f, NULL, OP_test_heap, rw_ops(RW_U(4), RW_U(1)));
    const struct beam_operand parts[] = {RW_A(1), RW_A(f->name), RW_X(0)};
    rw_insert(unit, f, NULL, OP_put_tuple2, rw_ops(RW_X(0), rw_list(parts, 3)));
    rw_insert(unit, f, NULL, OP_call_ext, rw_ops(RW_U(1), RW_U(import)));
}

static void put_body(struct rw_unit *unit, struct rw_function *front,
                     const struct rw_function *original, const void *user)
{
    const struct wb_bytes *module = user;
    rw_insert_save(unit, front, front->arity + SPARE);
    put_call(unit, front, *module);
    rw_insert_pass_on(unit, front, original);
}

struct wb_error *rw_pass_trace(struct rw_unit *unit, struct rw_run *run)
{
    struct wb_bytes parts[2];
    struct rw_pattern pattern;
    rw_option_parts(run->option, parts, 2);
    WB_TRY(rw_pattern_read(parts[1], &pattern));
    unsigned done = rw_stand_before_all(unit, &pattern, UINT8_MAX - SPARE, put_body, &parts[0]);
    rw_note(run, "%u functions traced", done);
    return NULL;
}
