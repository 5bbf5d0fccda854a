// proc.c - the target and one process at a glance.
#include <inttypes.h>

#include "inspector/commands/command_priv.h"

static void count_procs(const struct tgt_procs *procs, uint64_t by_status[TGT_STATUS_COUNT],
                        uint64_t *messages)
{
    for (size_t i = 0; i < procs->count; i++) {
        by_status[procs->at[i].status]++;
        *messages += procs->at[i].messages;
    }
}

struct wb_error *insp_cmd_info(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_info *info = tgt_info(c->s->t);
    struct tgt_procs procs;
    uint64_t by_status[TGT_STATUS_COUNT] = {0}, messages = 0, now = 0;
    WB_TRY(insp_nothing_more(rest));
    WB_TRY(insp_procs(c->s, &procs));
    count_procs(&procs, by_status, &messages);
    insp_out_say(out, "target", "%s (%s%s%s)", info->name, info->kind,
                 info->release[0] != '\0' ? ", " : "", info->release);
    // What a program said when it died may have anything in it.
    for (size_t i = 0; i < info->fact_count && c->s->set.redact == 0; i++)
        insp_out_say(out, info->fact[i].name, out->is_json ? "%.0s%s" : "%s: %s",
                     info->fact[i].name, info->fact[i].value);
    insp_out_number(out, "processes", procs.count);
    for (int i = 0; i < TGT_STATUS_COUNT; i++)
        if (by_status[i] > 0)
            insp_out_number(out, tgt_status_name((enum tgt_status)i), by_status[i]);
    insp_out_number(out, "messages in flight", messages);
    if (tgt_can(c->s->t, TGT_CAN_CLOCK)) {
        WB_TRY(tgt_read_clock(c->s->t, &now));
        struct wb_text time wb_auto_text = {0};
        insp_print_time(now, &time);
        insp_out_say(out, "clock", out->is_json ? "%s" : "clock: %s", wb_text_string(&time));
    }
    return NULL;
}

struct wb_error *insp_cmd_proc(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    struct tgt_procs procs;
    struct insp_rows rows = {0};
    struct wb_arena arena = {0};
    WB_TRY(insp_word_proc(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    WB_TRY(insp_procs(c->s, &procs));
    size_t row = (size_t)(proc - procs.at);
    struct tgt_pid pid = proc->pid;
    struct wb_error *err =
        insp_rows_open(insp_table_at(INSP_TABLE_procs), c->s, (struct tgt_pid){0}, &arena, &rows);
    if (err == NULL)
        insp_out_row(out, "process", &rows, row);
    insp_rows_close(&rows);
    wb_arena_free(&arena);
    WB_TRY(err);
    insp_out_line(out, "%s", "");
    return insp_list(c, INSP_TABLE_links, pid, "", out);
}

// Keys and values may come as words that are still to be read.
static void print_part(struct insp_context *c, const struct beam_value *part, struct beam_print how,
                       struct wb_text *text)
{
    if (part->kind == BEAM_UNREAD)
        insp_print_term(c->s, (struct tgt_term){part->bits}, how, text);
    else
        beam_print(part, how, text);
}

static void print_pair(struct insp_context *c, const struct beam_value *pair, struct insp_out *out)
{
    struct wb_text key wb_auto_text = {0}, value wb_auto_text = {0};
    if (pair->kind != BEAM_TUPLE || pair->part.count != 2)
        return;
    print_part(c, &pair->part.at[0], insp_print_how(c->s, 0, 0), &key);
    print_part(c, &pair->part.at[1], insp_print_how(c->s, 4, c->s->set.width), &value);
    if (out->is_json) {
        wb_json_list(&out->json);
        wb_json_string(&out->json, wb_text_bytes(&key));
        wb_json_string(&out->json, wb_text_bytes(&value));
        wb_json_end_list(&out->json);
    } else {
        insp_out_line(out, "%s =>\n    %s", wb_text_string(&key), wb_text_string(&value));
    }
}

struct wb_error *insp_cmd_dict(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct tgt_proc *proc;
    struct wb_arena arena = {0};
    struct beam_value dict;
    WB_TRY(insp_word_proc(c, &rest, &proc));
    WB_TRY(insp_nothing_more(rest));
    if (insp_hides(c->s, proc->pid))
        return wb_error_new(WB_E_STATE, "this process is sensitive: its dictionary is not shown "
                                        "(--show-sensitive, and set sensitive on)");
    struct wb_error *err = tgt_read_dictionary(c->s->t, proc->pid, &arena, &dict);
    if (out->is_json && err == NULL) {
        wb_json_key(&out->json, "dictionary");
        wb_json_list(&out->json);
    }
    for (size_t i = 0; err == NULL && dict.kind == BEAM_CONS && i + 1 < dict.part.count; i++)
        print_pair(c, &dict.part.at[i], out);
    if (out->is_json && err == NULL)
        wb_json_end_list(&out->json);
    else if (err == NULL && dict.kind != BEAM_CONS)
        insp_out_line(out, "the dictionary is empty");
    wb_arena_free(&arena);
    return err;
}
