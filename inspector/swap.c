#include "inspector/swap.h"

#include <inttypes.h>

#include "core-vm/format/code.h"

struct wb_error *insp_module_of(struct insp_session *s, struct wb_bytes name,
                                struct wb_arena *arena, struct tgt_module *ret)
{
    struct tgt_modules modules;
    WB_TRY(tgt_list_modules(s->t, arena, &modules));
    for (size_t i = 0; i < modules.count; i++) {
        const struct tgt_module *module = &modules.at[i];
        if (module->old || !wb_bytes_equal(module->name, name))
            continue;
        if (module->beam.size == 0)
            return wb_error_new(WB_E_UNSUPPORTED, "this target keeps no file of %.*s",
                                (int)name.size, (const char *)name.at);
        *ret = *module;
        return NULL;
    }
    return wb_error_new(WB_E_NOT_FOUND, "no module %.*s is loaded; modules lists them",
                        (int)name.size, (const char *)name.at);
}

// How many processes run the old version of a module.
static struct wb_error *count_users(struct insp_session *s, struct wb_bytes module, uint64_t *ret)
{
    struct wb_arena arena = {0};
    struct insp_rows rows;
    const struct insp_table *table = insp_table_at(INSP_TABLE_oldcode);
    int field = insp_field_find(table, wb_bytes_of("module"));
    uint64_t count = 0;
    struct wb_error *err = insp_rows_open(table, s, (struct tgt_pid){0}, &arena, &rows);
    if (err == NULL) {
        for (size_t i = 0; i < rows.count; i++)
            count += wb_bytes_equal(insp_cell(&rows, i, (unsigned)field).text, module);
        insp_rows_close(&rows);
        *ret = count;
    }
    wb_arena_free(&arena);
    return err;
}

static struct wb_error *in_use(struct wb_bytes module, uint64_t users)
{
    int size = (int)module.size;
    const char *at = (const char *)module.at;
    return wb_error_new(WB_E_STATE,
                        "%" PRIu64 " process%s the old version of %.*s: oldcode says who; "
                        "purge %.*s kill ends %s",
                        users, users == 1 ? " still runs" : "es still run", size, at, size, at,
                        users == 1 ? "it" : "them");
}

// Make room for a version that becomes old.
static struct wb_error *make_room(struct insp_session *s, struct wb_bytes module)
{
    uint64_t users = 0;
    struct wb_error *err = tgt_purge_code(s->t, module, false, &users);
    if (err != NULL && err->code == WB_E_NOT_FOUND) {
        wb_error_free(err);
        err = NULL;
    }
    WB_TRY(err);
    return users == 0 ? NULL : in_use(module, users);
}

// Such a function runs in a process before the others of its module may be called.
static bool has_on_load(const struct beam_code *code)
{
    for (uint32_t i = 0; i < code->ins.count; i++)
        if (code->ins.at[i].op == OP_on_load)
            return true;
    return false;
}

static struct wb_error *load(struct insp_session *s, struct wb_bytes file, const char *source,
                             struct wb_arena *arena, struct wb_bytes *name)
{
    struct beam_module module;
    struct beam_code code;
    WB_TRY(beam_module_read(file, arena, &module));
    WB_TRY(beam_code_read(&module, arena, &code));
    if (has_on_load(&code))
        return wb_error_new(WB_E_UNSUPPORTED,
                            "%.*s has an on_load function: only a program's own process can load "
                            "it",
                            (int)module.name.size, (const char *)module.name.at);
    WB_TRY(make_room(s, module.name));
    WB_TRY(tgt_load_code(s->t, file, source));
    *name = module.name;
    return NULL;
}

static void say_loaded(struct wb_bytes module, uint64_t users, struct insp_out *out)
{
    int size = (int)module.size;
    const char *at = (const char *)module.at;
    if (out->is_json) {
        insp_out_say(out, "done", "loaded %.*s", size, at);
        insp_out_number(out, "in_old_code", users);
    } else if (users == 0) {
        insp_out_line(out, "loaded %.*s", size, at);
    } else {
        insp_out_line(out, "loaded %.*s; %" PRIu64 " process%s in the version before it", size, at,
                      users, users == 1 ? " goes on" : "es go on");
    }
}

struct wb_error *insp_swap(struct insp_session *s, struct wb_bytes file, const char *source,
                           struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct wb_bytes module = {0};
    uint64_t users = 0;
    struct wb_error *err = load(s, file, source, &arena, &module);
    s->control.breakpoints.stale = true;
    if (err == NULL)
        err = count_users(s, module, &users);
    if (err == NULL)
        say_loaded(module, users, out);
    wb_arena_free(&arena);
    return err;
}

struct wb_error *insp_purge(struct insp_session *s, struct wb_bytes module, bool kill,
                            struct insp_out *out)
{
    uint64_t users = 0, before = 0;
    if (kill)
        WB_TRY(count_users(s, module, &before));
    WB_TRY(tgt_purge_code(s->t, module, kill, &users));
    s->control.breakpoints.stale = true;
    if (users != 0 && kill)
        return wb_error_new(WB_E_STATE,
                            "%" PRIu64 " of the processes end%s when the target runs on: purge "
                            "again then",
                            users, users == 1 ? "s" : "");
    if (users != 0)
        return in_use(module, users);
    insp_out_say(out, "done", "purged %.*s%s", (int)module.size, (const char *)module.at,
                 before > 0 ? ", and killed those who ran it" : "");
    return NULL;
}
