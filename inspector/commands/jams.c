// jams.c - who holds others up: a verdict, with the stacks of the culprit and of one who waits.
#include <inttypes.h>

#include "inspector/commands/command_priv.h"
#include "inspector/jam.h"

enum { MOST_WAITING = 10, MOST_FRAMES = 30 };

static void put_stack(struct insp_context *c, const char *key, const char *title,
                      const struct tgt_proc *proc, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct tgt_frames frames = {0};
    wb_error_free(tgt_list_frames(c->s->t, proc->pid, &arena, &frames));
    insp_select(c->s, proc->pid);
    if (out->is_json) {
        wb_json_key(&out->json, key);
        wb_json_list(&out->json);
    } else {
        struct wb_text who wb_auto_text = {0};
        insp_jam_who(c->s, proc, &who);
        insp_out_line(out, "  %s %s:", title, wb_text_string(&who));
        insp_out_natives(c, out, proc->pid);
    }
    for (size_t i = 0; i < frames.count && (out->is_json || i < MOST_FRAMES); i++) {
        if (!out->is_json)
            wb_text_put(out->text, "   ");
        insp_out_frame(c, out, &frames.at[i], i, out->is_json);
    }
    if (out->is_json)
        wb_json_end_list(&out->json);
    else if (frames.count > MOST_FRAMES)
        insp_out_line(out, "    ... and %zu more frames", frames.count - MOST_FRAMES);
    wb_arena_free(&arena);
}

static void json_waiter(struct insp_context *c, const struct insp_waits *waits,
                        const struct insp_wait *w, struct wb_json *json)
{
    struct wb_text pid wb_auto_text = {0}, callee wb_auto_text = {0};
    insp_print_pid(c->s, w->proc->pid, &pid);
    insp_print_pid(c->s, waits->procs.at[w->callee].pid, &callee);
    wb_json_object(json);
    wb_json_key(json, "pid");
    wb_json_string(json, wb_text_bytes(&pid));
    wb_json_key(json, "name");
    if (w->proc->name.size > 0)
        wb_json_string(json, w->proc->name);
    else
        wb_json_null(json);
    wb_json_key(json, "for");
    wb_json_string(json, wb_text_bytes(&callee));
    wb_json_end_object(json);
}

static void text_waiter(struct insp_context *c, const struct insp_waits *waits,
                        const struct insp_wait *w, struct insp_out *out)
{
    struct wb_text line wb_auto_text = {0};
    insp_jam_who(c->s, w->proc, &line);
    wb_text_put(&line, " waits for ");
    insp_jam_who(c->s, waits->at[w->callee].proc, &line);
    if (w->asked == INSP_ASKED_QUEUED)
        wb_text_printf(&line, ": its request is in the queue, %s, behind %" PRIu64 " others",
                       insp_seen_name(w->seen), w->position);
    else if (w->asked == INSP_ASKED_TAKEN)
        wb_text_put(&line, ": its request was taken");
    insp_out_line(out, "  %s", wb_text_string(&line));
}

static void put_waiters(struct insp_context *c, const struct insp_jams *jams,
                        const struct insp_jam *jam, struct insp_out *out)
{
    const struct insp_waits *waits = &jams->waits;
    size_t shown = 0, total = jam->waiting + jam->cycle;
    size_t most = out->is_json ? c->s->set.rows : MOST_WAITING;
    if (out->is_json) {
        wb_json_key(&out->json, "waiters");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < waits->procs.count && shown < most; i++) {
        const struct insp_wait *w = &waits->at[i];
        if (w->root != jam->culprit || w->callee == waits->procs.count)
            continue;
        shown++;
        if (out->is_json)
            json_waiter(c, waits, w, &out->json);
        else
            text_waiter(c, waits, w, out);
    }
    if (out->is_json)
        wb_json_end_list(&out->json);
    else if (total > shown)
        insp_out_line(out, "  ... and %zu more wait", total - shown);
}

static void put_jam(struct insp_context *c, struct insp_rows *rows, size_t row,
                    struct insp_out *out)
{
    const struct insp_jams *jams = rows->data;
    const struct insp_jam *jam = &jams->at[row];
    const struct tgt_procs *procs = &jams->waits.procs;
    struct wb_text verdict wb_auto_text = {0};
    insp_jam_verdict(c->s, jams, jam, &verdict);
    if (out->is_json) {
        wb_json_object(&out->json);
        for (unsigned i = 0; i < rows->table->field_count; i++) {
            wb_json_key(&out->json, rows->table->fields[i].name);
            insp_cell_json(c->s, insp_cell(rows, row, i), &out->json);
        }
    } else {
        insp_out_line(out, "%s: %s", insp_jam_name(jam->kind), wb_text_string(&verdict));
    }
    put_waiters(c, jams, jam, out);
    if (out->is_json)
        insp_out_natives(c, out, procs->at[jam->culprit].pid);
    put_stack(c, "frames", "stack of", &procs->at[jam->culprit], out);
    if (jam->first < procs->count)
        put_stack(c, "first_frames", "stack of who waits,", &procs->at[jam->first], out);
    if (out->is_json)
        wb_json_end_object(&out->json);
    else
        insp_out_line(out, "%s", "");
}

static void put_jams(struct insp_context *c, struct insp_rows *rows,
                     const struct insp_result *result, struct insp_out *out)
{
    struct tgt_pid before = c->s->pid;
    size_t frame = c->s->frame;
    if (out->is_json) {
        wb_json_key(&out->json, "jams");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; i < result->count && i < c->s->set.rows; i++)
        put_jam(c, rows, insp_result_row(result, i), out);
    if (out->is_json)
        wb_json_end_list(&out->json);
    else if (result->count == 0)
        insp_out_line(out, "nobody waits for anybody");
    insp_select(c->s, before);
    c->s->frame = frame;
}

struct wb_error *insp_cmd_jams(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    const struct insp_table *table = insp_table_at(INSP_TABLE_jams);
    struct insp_rows rows = {0};
    struct insp_query query;
    struct wb_error *err = insp_query_read(table, rest, &arena, &query);
    // Fields that are chosen, and groups, are a list as any other.
    if (err == NULL && (query.show_count > 0 || query.by_count > 0)) {
        wb_arena_free(&arena);
        return insp_list(c, INSP_TABLE_jams, (struct tgt_pid){0}, rest, out);
    }
    if (err == NULL)
        err = insp_rows_open(table, c->s, (struct tgt_pid){0}, &arena, &rows);
    if (err == NULL) {
        struct insp_run *run = insp_run_new(&query, &rows);
        insp_run_step(run, 0);
        c->listed = true;
        c->found = insp_run_result(run)->count;
        put_jams(c, &rows, insp_run_result(run), out);
        insp_run_free(run);
    }
    insp_rows_close(&rows);
    wb_arena_free(&arena);
    return err;
}
