#include "rewriter/pass.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct rw_pass passes[] = {
#define PASS(pass_name, pass_option, pass_stage, pass_help, function) \
    {pass_name, pass_option, pass_help, RW_STAGE_##pass_stage, function},
#include "rewriter/passes.def"
#undef PASS
};
enum { PASSES = sizeof passes / sizeof *passes };

const struct rw_pass *rw_passes(int *count)
{
    *count = PASSES;
    return passes;
}

const struct rw_pass *rw_pass_find(struct wb_bytes name)
{
    for (size_t i = 0; i < PASSES; i++)
        if (wb_bytes_equal(name, wb_bytes_of(passes[i].name)))
            return &passes[i];
    return NULL;
}

const char *rw_stage_name(enum rw_stage stage)
{
    static const char *const names[] = {"rewrite", "analyse", "insert", "tidy"};
    return names[stage];
}

void rw_note(struct rw_run *run, const char *fmt, ...)
{
    char line[300];
    va_list args;
    if (run->notes == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    wb_text_put(run->notes, line);
    wb_text_put(run->notes, "\n");
}

// *file: what it leaves, which is proved.
static struct wb_error *run_pass(struct rw_unit *unit, const struct rw_pass *pass,
                                 const char *option, struct wb_text *notes, struct wb_text *file)
{
    struct rw_run run = {.option = option, .notes = notes};
    struct wb_error *err = pass->run(unit, &run);
    wb_text_cut(file, 0);
    if (err == NULL)
        err = rw_unit_emit(unit, file);
    if (err == NULL)
        err = rw_prove(wb_text_bytes(file));
    return err != NULL ? wb_error_while(err, "pass %s", pass->name) : NULL;
}

static struct wb_error *find_pass(const char *text, const struct rw_pass **ret, const char **option)
{
    const char *equals = strchr(text, '=');
    size_t size = equals != NULL ? (size_t)(equals - text) : strlen(text);
    *option = equals != NULL ? equals + 1 : NULL;
    *ret = rw_pass_find((struct wb_bytes){(const uint8_t *)text, size});
    if (*ret != NULL)
        return NULL;
    return wb_error_new(WB_E_NOT_FOUND,
                        "there is no pass %.*s; cryo rewrite --list says which there are",
                        (int)size, text);
}

// *file: what the last one leaves.
static struct wb_error *run_all(struct rw_unit *unit, const char *const *texts, int count,
                                struct wb_text *notes, struct wb_text *file)
{
    const struct rw_pass *pass;
    const char *option;
    for (int i = 0; i < count; i++)
        WB_TRY(find_pass(texts[i], &pass, &option));
    for (int stage = RW_STAGE_REWRITE; stage <= RW_STAGE_TIDY; stage++) {
        for (int i = 0; i < count; i++) {
            WB_TRY(find_pass(texts[i], &pass, &option));
            if ((int)pass->stage == stage)
                WB_TRY(run_pass(unit, pass, option, notes, file));
        }
    }
    return NULL;
}

struct wb_error *rw_passes_run(struct rw_unit *unit, const char *const *texts, int count,
                               struct wb_text *notes)
{
    struct wb_text file wb_auto_text = {0};
    return run_all(unit, texts, count, notes, &file);
}

struct wb_error *rw_rewrite(struct wb_bytes file, const char *const *texts, int count,
                            struct wb_text *ret, struct wb_text *notes)
{
    struct rw_unit *unit;
    WB_TRY(rw_unit_open(file, &unit));
    struct wb_error *err =
        count > 0 ? run_all(unit, texts, count, notes, ret) : rw_unit_emit(unit, ret);
    rw_unit_free(unit);
    return err;
}

void rw_option_parts(const char *option, struct wb_bytes *parts, int count)
{
    const char *at = option != NULL ? option : "";
    for (int i = 0; i < count; i++) {
        const char *end = i + 1 < count ? strchr(at, '@') : NULL;
        size_t size = end != NULL ? (size_t)(end - at) : strlen(at);
        parts[i] = (struct wb_bytes){(const uint8_t *)at, size};
        at += size + (end != NULL);
    }
}

struct wb_error *rw_pattern_read(struct wb_bytes text, struct rw_pattern *ret)
{
    const uint8_t *colon = text.size > 0 ? memchr(text.at, ':', text.size) : NULL;
    const uint8_t *slash = text.size > 0 ? memrchr(text.at, '/', text.size) : NULL;
    if (text.size == 0) {
        *ret = (struct rw_pattern){wb_bytes_of("*"), wb_bytes_of("*"), wb_bytes_of("*")};
        return NULL;
    }
    if (colon == NULL || slash == NULL || slash < colon)
        return wb_error_new(WB_E_BAD_DATA, "%.*s is no pattern as mod:fun/arity, *:*/*",
                            (int)text.size, (const char *)text.at);
    ret->module = (struct wb_bytes){text.at, (size_t)(colon - text.at)};
    ret->function = (struct wb_bytes){colon + 1, (size_t)(slash - colon - 1)};
    ret->arity = (struct wb_bytes){slash + 1, text.size - (size_t)(slash + 1 - text.at)};
    return NULL;
}

static bool matches(struct wb_bytes pattern, struct wb_bytes text)
{
    if (pattern.size > 0 && pattern.at[pattern.size - 1] == '*')
        return text.size >= pattern.size - 1 && memcmp(text.at, pattern.at, pattern.size - 1) == 0;
    return wb_bytes_equal(pattern, text);
}

bool rw_is_module_info(const struct rw_unit *unit, const struct rw_function *function)
{
    return wb_bytes_equal(beam_module_atom(&unit->module, function->name),
                          wb_bytes_of("module_info"));
}

bool rw_pattern_matches(const struct rw_pattern *pattern, const struct rw_unit *unit,
                        const struct rw_function *function)
{
    char arity[12];
    struct wb_bytes name = beam_module_atom(&unit->module, function->name);
    int digits = snprintf(arity, sizeof arity, "%u", function->arity);
    if (function->entry == NULL || !rw_exported(unit, function->name, function->arity))
        return false;
    if (rw_is_module_info(unit, function) && !wb_bytes_equal(pattern->function, name))
        return false;
    return matches(pattern->module, unit->module.name) && matches(pattern->function, name) &&
           matches(pattern->arity, (struct wb_bytes){(const uint8_t *)arity, (size_t)digits});
}

void rw_insert_args(struct rw_unit *unit, struct rw_function *function, struct rw_ins *at,
                    uint32_t arity, uint32_t to)
{
    if (arity > 0)
        rw_insert(unit, function, at, OP_test_heap, rw_ops(RW_U(2 * arity), RW_U(arity)));
    rw_insert(unit, function, at, OP_move, rw_ops(RW_NIL, RW_X(to)));
    for (uint32_t i = arity; i > 0; i--)
        rw_insert(unit, function, at, OP_put_list, rw_ops(RW_X(i - 1), RW_X(to), RW_X(to)));
}

static void put(struct rw_unit *unit, struct rw_function *function, uint8_t op,
                const struct beam_operand *operand)
{
    rw_insert(unit, function, NULL, op, operand);
}

void rw_insert_mfa(struct rw_unit *unit, struct rw_function *function, uint32_t module,
                   uint32_t args)
{
    put(unit, function, OP_move, rw_ops(RW_X(args), RW_X(2)));
    put(unit, function, OP_move, rw_ops(RW_A(function->name), RW_X(1)));
    put(unit, function, OP_move, rw_ops(RW_A(module), RW_X(0)));
}

void rw_insert_save(struct rw_unit *unit, struct rw_function *function, uint32_t to)
{
    uint32_t n = function->arity;
    put(unit, function, OP_allocate, rw_ops(RW_U(n), RW_U(n)));
    for (uint32_t i = 0; i < n; i++)
        put(unit, function, OP_move, rw_ops(RW_X(i), RW_Y(i)));
    rw_insert_args(unit, function, NULL, n, to);
}

void rw_insert_pass_on(struct rw_unit *unit, struct rw_function *function,
                       const struct rw_function *original)
{
    uint32_t n = function->arity;
    for (uint32_t i = 0; i < n; i++)
        put(unit, function, OP_move, rw_ops(RW_Y(i), RW_X(i)));
    put(unit, function, OP_call_last, rw_ops(RW_U(n), RW_F(original->entry_label), RW_U(n)));
}

static bool is_taken(const struct rw_unit *unit, struct wb_bytes name, uint32_t arity)
{
    uint32_t atom = rw_find_atom(unit, name);
    return atom != 0 && rw_function_find(unit, atom, arity) != NULL;
}

struct rw_function *rw_stand_before(struct rw_unit *unit, struct rw_function *function)
{
    struct wb_text name wb_auto_text = {0};
    struct wb_bytes old = beam_module_atom(&unit->module, function->name);
    uint32_t atom = function->name, arity = function->arity;
    for (unsigned times = 0; times == 0 || is_taken(unit, wb_text_bytes(&name), arity); times++) {
        wb_text_cut(&name, 0);
        wb_text_printf(&name, "-%.*s/%u-original-", (int)old.size, (const char *)old.at, arity);
        if (times > 0)
            wb_text_printf(&name, "%u-", times);
    }
    rw_unexport(unit, atom, arity);
    rw_function_rename(unit, function, rw_atom(unit, wb_text_bytes(&name)));
    struct rw_function *front = rw_function_add(unit, atom, arity);
    rw_export(unit, front);
    return front;
}

unsigned rw_stand_before_all(struct rw_unit *unit, const struct rw_pattern *pattern, uint32_t most,
                             rw_body_fn *body, const void *user)
{
    unsigned count = 0;
    struct rw_function *last = unit->last;  // behind it are those that were put in
    for (struct rw_function *f = unit->first; f != NULL; f = f == last ? NULL : f->next) {
        if (!rw_pattern_matches(pattern, unit, f) || f->arity > most)
            continue;
        body(unit, rw_stand_before(unit, f), f, user);
        count++;
    }
    return count;
}
