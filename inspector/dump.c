#include "inspector/dump.h"

#include "inspector/commands/command_priv.h"

static const struct tgt_pid nobody = {0};

static struct wb_error *json_messages(struct insp_context *c, struct tgt_pid pid,
                                      struct wb_arena *arena, struct wb_json *json)
{
    struct insp_rows rows = {0};
    WB_TRY(insp_rows_open(insp_table_at(INSP_TABLE_mail), c->s, pid, arena, &rows));
    wb_json_key(json, "queue");
    wb_json_list(json);
    for (size_t i = 0; i < rows.count; i++)
        insp_row_json(&rows, i, json);
    wb_json_end_list(json);
    insp_rows_close(&rows);
    return NULL;
}

static struct wb_error *json_frames(struct insp_context *c, struct tgt_pid pid,
                                    struct wb_arena *arena, struct insp_out *out)
{
    struct tgt_frames frames;
    insp_select(c->s, pid);
    WB_TRY(tgt_list_frames(c->s->t, pid, arena, &frames));
    insp_out_natives(c, out, pid);
    wb_json_key(&out->json, "frames");
    wb_json_list(&out->json);
    for (size_t i = 0; i < frames.count; i++)
        insp_out_frame(c, out, &frames.at[i], i, true);
    wb_json_end_list(&out->json);
    return NULL;
}

static struct wb_error *json_links(struct insp_context *c, struct tgt_pid pid,
                                   struct wb_arena *arena, struct wb_json *json)
{
    struct insp_rows rows = {0};
    WB_TRY(insp_rows_open(insp_table_at(INSP_TABLE_links), c->s, pid, arena, &rows));
    wb_json_key(json, "ties");
    wb_json_list(json);
    for (size_t i = 0; i < rows.count; i++)
        insp_row_json(&rows, i, json);
    wb_json_end_list(json);
    insp_rows_close(&rows);
    return NULL;
}

// What could not be read is said in its place: the rest of the dump goes on.
static void json_failure(struct wb_error *err, const char *key, struct wb_json *json)
{
    if (err != NULL) {
        wb_json_key(json, key);
        wb_json_text(json, err->text);
    }
    wb_error_free(err);
}

static void json_process(struct insp_context *c, struct insp_rows *procs, size_t row,
                         struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct wb_json *json = &out->json;
    unsigned field = (unsigned)procs->table->pid_field;
    struct tgt_pid pid = insp_cell(procs, row, field).pid;
    wb_json_object(json);
    for (unsigned i = 0; i < procs->table->field_count; i++) {
        if (procs->table->fields[i].show == INSP_ASKED)
            continue;
        wb_json_key(json, procs->table->fields[i].name);
        insp_cell_json(c->s, insp_cell(procs, row, i), json);
    }
    json_failure(json_messages(c, pid, &arena, json), "queue_error", json);
    json_failure(json_frames(c, pid, &arena, out), "frames_error", json);
    json_failure(json_links(c, pid, &arena, json), "ties_error", json);
    wb_json_end_object(json);
    wb_arena_free(&arena);
}

static void text_process(struct insp_context *c, struct insp_rows *procs, size_t row,
                         struct insp_out *out)
{
    struct wb_text pid wb_auto_text = {0};
    unsigned field = (unsigned)procs->table->pid_field;
    insp_print_pid(c->s, insp_cell(procs, row, field).pid, &pid);
    insp_out_line(out, "%s", "");
    struct wb_error *err = insp_cmd_mail(c, wb_text_string(&pid), out);
    if (err == NULL)
        err = insp_cmd_stack(c, wb_text_string(&pid), out);
    if (err != NULL)
        insp_out_line(out, "%s", err->text);
    wb_error_free(err);
}

// The rows of the processes named; *count of them.
static struct wb_error *choose(struct insp_context *c, const char *const *names, size_t count,
                               size_t *rows)
{
    struct tgt_procs procs;
    for (size_t i = 0; i < count; i++) {
        const struct tgt_proc *proc;
        WB_TRY(insp_proc_of(c->s, wb_bytes_of(names[i]), &proc));
        WB_TRY(insp_procs(c->s, &procs));
        rows[i] = (size_t)(proc - procs.at);
    }
    return NULL;
}

static void dump_rows(struct insp_context *c, struct insp_rows *procs, const size_t *chosen,
                      size_t count, struct insp_out *out)
{
    if (out->is_json) {
        wb_json_key(&out->json, "processes");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < count; i++) {
        size_t row = chosen != NULL ? chosen[i] : i;
        if (out->is_json)
            json_process(c, procs, row, out);
        else
            text_process(c, procs, row, out);
    }
    if (out->is_json)
        wb_json_end_list(&out->json);
}

static void dump_head(struct insp_context *c, struct insp_out *out)
{
    const struct tgt_info *info = tgt_info(c->s->t);
    uint64_t now = 0;
    if (!out->is_json)
        return;
    wb_json_key(&out->json, "version");
    wb_json_number(&out->json, INSP_OUT_VERSION);
    wb_json_key(&out->json, "target");
    wb_json_object(&out->json);
    wb_json_key(&out->json, "name");
    wb_json_text(&out->json, info->name);
    wb_json_key(&out->json, "kind");
    wb_json_text(&out->json, info->kind);
    wb_json_key(&out->json, "release");
    wb_json_text(&out->json, info->release);
    if (tgt_can(c->s->t, TGT_CAN_CLOCK)) {
        wb_error_free(tgt_read_clock(c->s->t, &now));
        wb_json_key(&out->json, "clock");
        wb_json_number(&out->json, now);
    }
    wb_json_end_object(&out->json);
}

struct wb_error *insp_dump(struct insp_context *c, const char *const *names, size_t count,
                           struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct insp_rows procs = {0};
    size_t *chosen = wb_push_array(&arena, size_t, count + 1);
    dump_head(c, out);
    struct wb_error *err = choose(c, names, count, chosen);
    if (err == NULL && !out->is_json && count == 0)
        err = insp_list(c, INSP_TABLE_procs, nobody, "", out);
    if (err == NULL)
        err = insp_rows_open(insp_table_at(INSP_TABLE_procs), c->s, nobody, &arena, &procs);
    if (err == NULL)
        dump_rows(c, &procs, count > 0 ? chosen : NULL, count > 0 ? count : procs.count, out);
    insp_rows_close(&procs);
    wb_arena_free(&arena);
    return err;
}
