// lists.c - commands that list tables.
#include <inttypes.h>
#include <string.h>

#include "inspector/commands/command_priv.h"

static const struct tgt_pid nobody = {0};

#define COMMAND(name, aliases, arguments, section, needs, repeats, help)
#define LIST(name, aliases, needs, help)                                       \
    struct wb_error *insp_cmd_##name(struct insp_context *c, const char *rest, \
                                     struct insp_out *out)                     \
    {                                                                          \
        return insp_list(c, INSP_TABLE_##name, nobody, rest, out);             \
    }
#include "inspector/commands.def"
#undef COMMAND

struct wb_error *insp_cmd_regs(struct insp_context *c, const char *rest, struct insp_out *out)
{
    WB_TRY(insp_nothing_more(rest));
    return insp_list(c, INSP_TABLE_procs, nobody, "where name ~ \".\" sort name", out);
}

struct wb_error *insp_cmd_waits(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const char *behind = rest;
    if (wb_bytes_equal(insp_word(&behind), wb_bytes_of("jams")))
        return insp_cmd_jams(c, behind, out);
    return insp_list(c, INSP_TABLE_waits, nobody, rest, out);
}

static struct wb_error *put_atom_count(struct insp_context *c, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_atoms atoms = {0};
    struct wb_error *err = tgt_list_atoms(c->s->t, &arena, &atoms);
    wb_arena_free(&arena);
    WB_TRY(err);
    if (out->is_json) {
        wb_json_key(&out->json, "count");
        wb_json_number(&out->json, atoms.count);
        wb_json_key(&out->json, "limit");
        if (atoms.limit > 0)
            wb_json_number(&out->json, atoms.limit);
        else
            wb_json_null(&out->json);
    } else if (atoms.limit > 0) {
        insp_out_line(out, "%zu atoms, %" PRIu64 " may be", atoms.count, atoms.limit);
    } else {
        insp_out_line(out, "%zu atoms", atoms.count);
    }
    return NULL;
}

struct wb_error *insp_cmd_atoms(struct insp_context *c, const char *rest, struct insp_out *out)
{
    if (*rest == '\0' || out->is_json)
        WB_TRY(put_atom_count(c, out));
    return insp_list(c, INSP_TABLE_atoms, nobody, rest, out);
}

struct wb_error *insp_cmd_assert(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct insp_command *command;
    const char *behind = "";
    WB_TRY(insp_command_parse(rest, &command, &behind));
    if (command == NULL || strcmp(command->section, "look") != 0)
        return wb_error_new(WB_E_BAD_DATA, "assert what? A list, as procs where messages > 1000");
    WB_TRY(insp_assert(c, rest, out));
    if (c->found == 0)
        return NULL;
    return wb_error_new(WB_E_STATE, "found %" PRIu64 ": %s", c->found, rest);
}

// `mail to db`, `mail of db`, `mail db`.
struct wb_error *insp_cmd_mail(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    WB_TRY(insp_rest_proc(c, &rest, &proc));
    struct tgt_pid pid = proc->pid;
    if (!out->is_json) {
        struct wb_text who wb_auto_text = {0};
        insp_print_pid(c->s, pid, &who);
        insp_out_line(out, "%s %.*s: %" PRIu64 " messages", wb_text_string(&who),
                      (int)proc->name.size, (const char *)proc->name.at, proc->messages);
    }
    return insp_list(c, INSP_TABLE_mail, pid, rest, out);
}

struct wb_error *insp_cmd_links(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    WB_TRY(insp_word_proc(c, &rest, &proc));
    return insp_list(c, INSP_TABLE_links, proc->pid, rest, out);
}

static void print_rows(struct insp_context *c, const struct tgt_terms *rows, struct insp_out *out)
{
    if (out->is_json) {
        wb_json_key(&out->json, "rows");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < rows->count; i++) {
        struct wb_text text wb_auto_text = {0};
        if (out->is_json) {
            insp_term_json(c->s, rows->at[i], &out->json);
            continue;
        }
        if (i >= c->s->set.rows)
            break;
        insp_print_term(c->s, rows->at[i], insp_print_how(c->s, 0, c->s->set.width), &text);
        insp_out_line(out, "%s", wb_text_string(&text));
    }
    if (out->is_json)
        wb_json_end_list(&out->json);
    else if (rows->count > c->s->set.rows)
        insp_out_line(out, "... and %zu more (set rows N shows more)",
                      rows->count - c->s->set.rows);
}

static struct wb_error *print_table(struct insp_context *c, struct wb_bytes name,
                                    struct wb_arena *arena, struct insp_out *out)
{
    struct tgt_tables tables;
    struct tgt_terms rows;
    WB_TRY(tgt_list_tables(c->s->t, arena, &tables));
    for (size_t i = 0; i < tables.count; i++) {
        if (!wb_bytes_equal(tables.at[i].name, name))
            continue;
        if (insp_hides(c->s, tables.at[i].owner))
            return wb_error_new(WB_E_STATE,
                                "the owner of this table is sensitive: its rows are not "
                                "shown (--show-sensitive, and set sensitive on)");
        WB_TRY(tgt_list_rows(c->s->t, tables.at[i].id, arena, &rows));
        print_rows(c, &rows, out);
        return NULL;
    }
    return wb_error_new(WB_E_NOT_FOUND, "there is no table %.*s", (int)name.size,
                        (const char *)name.at);
}

struct wb_error *insp_cmd_ets(struct insp_context *c, const char *rest, struct insp_out *out)
{
    if (*rest == '\0' || insp_word_is_clause(rest))
        return insp_list(c, INSP_TABLE_ets, nobody, rest, out);
    struct wb_arena arena = {0};
    struct wb_bytes name = insp_word(&rest);
    struct wb_error *err = insp_nothing_more(rest);
    if (err == NULL)
        err = print_table(c, name, &arena, out);
    wb_arena_free(&arena);
    return err;
}
