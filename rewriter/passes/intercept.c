// intercept.c - calls of exported functions go through a module of the user's.
//
//     before(Mod, Fun, Args)          is called first; what it gives is not looked at
//     'after'(Mod, Fun, Args, Result) is called with the result, and gives the one to return
//     around(Mod, Fun, Args, Original)  is called instead; Original is a fun over the function
//
// Calls inside the module do not pass the export and are not seen.
#include "rewriter/pass.h"

enum { SPARE = 6 };  // registers between the arguments and what is built of them

// Bodies; `user`: the import of the function that is called.

static void put_before(struct rw_unit *unit, struct rw_function *f,
                       const struct rw_function *original, const void *user)
{
    const uint32_t *before = user;
    uint32_t list = f->arity + SPARE;
    rw_insert_save(unit, f, list);
    rw_insert_mfa(unit, f, 1, list);
    rw_insert(unit, f, NULL, OP_call_ext, rw_ops(RW_U(3), RW_U(*before)));
    rw_insert_pass_on(unit, f, original);
}

static void put_after(struct rw_unit *unit, struct rw_function *f,
                      const struct rw_function *original, const void *user)
{
    const uint32_t *after = user;
    uint32_t n = f->arity;
    rw_insert_args(unit, f, NULL, n, n + SPARE);
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(n + SPARE), RW_X(n)));
    rw_insert(unit, f, NULL, OP_allocate, rw_ops(RW_U(1), RW_U(n + 1)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(n), RW_Y(0)));
    rw_insert(unit, f, NULL, OP_call, rw_ops(RW_U(n), RW_F(original->entry_label)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(0), RW_X(3)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_Y(0), RW_X(2)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_A(f->name), RW_X(1)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_A(1), RW_X(0)));
    rw_insert(unit, f, NULL, OP_call_ext_last, rw_ops(RW_U(4), RW_U(*after), RW_U(1)));
}

static void put_around(struct rw_unit *unit, struct rw_function *f,
                       const struct rw_function *original, const void *user)
{
    const uint32_t *around = user;
    static const struct beam_operand one_fun[] = {{.tag = BEAM_TAG_U, .value = BEAM_ALLOC_FUNS},
                                                  {.tag = BEAM_TAG_U, .value = 1}};
    uint32_t n = f->arity, list = n + SPARE, fun = list + 1;
    rw_insert_args(unit, f, NULL, n, list);
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(list), RW_X(0)));
    struct beam_operand need = {.tag = BEAM_TAG_ALLOC, .extra = 2, .list = one_fun};
    rw_insert(unit, f, NULL, OP_test_heap, rw_ops(need, RW_U(1)));
    rw_insert(unit, f, NULL, OP_make_fun3,
              rw_ops(RW_U(rw_lambda(unit, original, 0)), RW_X(fun), rw_list(NULL, 0)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(0), RW_X(list)));
    rw_insert(unit, f, NULL, OP_move, rw_ops(RW_X(fun), RW_X(3)));
    rw_insert_mfa(unit, f, 1, list);
    rw_insert(unit, f, NULL, OP_call_ext_only, rw_ops(RW_U(4), RW_U(*around)));
}

static const struct kind {
    const char *name;
    uint32_t arity;
    rw_body_fn *body;
} kinds[] = {{"before", 3, put_before}, {"after", 4, put_after}, {"around", 4, put_around}};

static const struct kind *find_kind(struct wb_bytes name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (wb_bytes_equal(name, wb_bytes_of(kinds[i].name)))
            return &kinds[i];
    return NULL;
}

struct wb_error *rw_pass_intercept(struct rw_unit *unit, struct rw_run *run)
{
    struct wb_bytes parts[3];
    struct rw_pattern pattern;
    rw_option_parts(run->option, parts, 3);
    const struct kind *kind = find_kind(parts[0]);
    if (kind == NULL || parts[1].size == 0)
        return wb_error_new(WB_E_NOT_FOUND,
                            "say how and who: intercept=before|after|around@MODULE[@PATTERN]");
    WB_TRY(rw_pattern_read(parts[2], &pattern));
    uint32_t module = rw_atom(unit, parts[1]);
    uint32_t import = rw_import(unit, module, rw_atom(unit, parts[0]), kind->arity);
    unsigned done = rw_stand_before_all(unit, &pattern, UINT8_MAX - SPARE, kind->body, &import);
    rw_note(run, "%u functions intercepted", done);
    return NULL;
}
