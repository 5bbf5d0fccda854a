// trace.c - every call of an exported function is said before it is made.
#include "rewriter/pass.h"

enum { SPARE = 4 };

static void put_saved(struct rw_unit *unit, struct rw_function *f)
{
    uint32_t n = f->arity;
    rw_insert(unit, f, NULL, OP_allocate, rw_ops(RW_U(n), RW_U(n)));
    for (uint32_t i = 0; i < n; i++)
        rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(i), RW_Y(i)));
    rw_insert_args(unit, f, NULL, n, n + SPARE);
}

static void put_call(struct rw_unit *unit, struct rw_function *f, struct wb_bytes module)
{
    uint32_t list = f->arity + SPARE, import;
    if (module.size > 0) {
        import = rw_import(unit, rw_atom(unit, module), rw_atom(unit, wb_bytes_of("trace")), 3);
        rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(list), RW_X(2)));
        rw_insert(unit, f, NULL, OP_move, rw_ops(RW_A(f->name), RW_X(1)));
        rw_insert(unit, f, NULL, OP_move, rw_ops(RW_A(1), RW_X(0)));
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

static void put_rest(struct rw_unit *unit, struct rw_function *f,
                     const struct rw_function *original)
{
    uint32_t n = f->arity;
    for (uint32_t i = 0; i < n; i++)
        rw_insert(unit, f, NULL, OP_move, rw_ops(RW_Y(i), RW_X(i)));
    rw_insert(unit, f, NULL, OP_call_last, rw_ops(RW_U(n), RW_F(original->entry_label), RW_U(n)));
}

struct wb_error *rw_pass_trace(struct rw_unit *unit, struct rw_run *run)
{
    struct wb_bytes parts[2];
    struct rw_pattern pattern;
    unsigned done = 0;
    rw_option_parts(run->option, parts, 2);
    WB_TRY(rw_pattern_read(parts[1], &pattern));
    struct rw_function *last = unit->last;
    for (struct rw_function *f = unit->first; f != NULL; f = f == last ? NULL : f->next) {
        if (!rw_pattern_matches(&pattern, unit, f) || f->arity > UINT8_MAX - SPARE)
            continue;
        struct rw_function *front = rw_stand_before(unit, f);
        put_saved(unit, front);
        put_call(unit, front, parts[0]);
        put_rest(unit, front, f);
        done++;
    }
    rw_note(run, "%u functions traced", done);
    return NULL;
}
