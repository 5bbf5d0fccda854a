// strip.c - take away what running does not need.
#include <string.h>

#include "rewriter/pass.h"

static bool is_needed(const char *name, bool lines)
{
    static const char *const needed[] = {"AtU8", "Code", "StrT", "ImpT", "ExpT", "FunT",
                                         "LitT", "Meta", "Recs", "Type", "Line"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (memcmp(needed[i], name, 4) == 0)
            return !lines || strcmp(needed[i], "Line") != 0;
    return false;
}

static void drop_lines(struct rw_unit *unit)
{
    for (struct rw_function *f = unit->first; f != NULL; f = f->next) {
        for (struct rw_ins *ins = f->first, *next; ins != NULL; ins = next) {
            next = ins->next;
            if (ins->op == OP_line)
                rw_remove(unit, f, ins);
        }
    }
    unit->module.lines.count = 0;
}

struct wb_error *rw_pass_strip(struct rw_unit *unit, struct rw_run *run)
{
    bool lines = run->option != NULL && strcmp(run->option, "lines") == 0;
    struct beam_chunks *chunks = &unit->module.chunks;
    if (run->option != NULL && !lines)
        return wb_error_new(WB_E_NOT_FOUND, "%s: the only option is lines", run->option);
    for (size_t i = 0; i < chunks->count;) {
        struct beam_chunk chunk = chunks->at[i];
        if (is_needed(chunk.name, lines))
            i++;
        else
            rw_chunk(unit, chunk.name, (struct wb_bytes){0});
    }
    unit->module.locals.count = 0;
    unit->module.attributes = unit->module.compile_info = (struct wb_bytes){0};
    if (lines)
        drop_lines(unit);
    return NULL;
}
