// find.c - where a term is: in queues, stacks, dictionaries and tables of every target.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspector/commands/command_priv.h"
#include "inspector/pattern.h"

enum place { MAIL = 1, STACKS = 2, DICT = 4, ETS = 8, EVERYWHERE = 15 };
enum { WINDOW = 1024, MOST_NESTING = 200 };

struct search {
    struct insp_context *c;
    struct insp_out *out;
    struct insp_pattern pattern;
    struct tgt_limits limits;
    uint64_t found, looked;
    uint64_t done, all;  // processes and tables
};

static bool goes_on(struct search *s)
{
    return insp_go_on(s->c->s, s->done, s->all);
}

// Does the pattern match the term, or anything in it?
static bool matches(const struct insp_pattern *pattern, const struct beam_value *value,
                    unsigned depth)
{
    if (insp_pattern_match(pattern, value, NULL))
        return true;
    bool parts = value->kind == BEAM_CONS || value->kind == BEAM_TUPLE || value->kind == BEAM_MAP;
    if (!parts || depth == MOST_NESTING)
        return false;
    for (size_t i = 0; i < value->part.count; i++)
        if (matches(pattern, &value->part.at[i], depth + 1))
            return true;
    return false;
}

static void json_text(struct wb_json *json, const char *key, struct wb_bytes text)
{
    wb_json_key(json, key);
    if (text.size > 0)
        wb_json_string(json, text);
    else
        wb_json_null(json);
}

// A hit: `where` and `place` say where it lies, proc whose it is.
static void report(struct search *s, const char *where, const struct tgt_proc *proc,
                   const char *place, const struct beam_value *value)
{
    struct wb_text pid wb_auto_text = {0}, term wb_auto_text = {0};
    struct insp_session *session = s->c->s;
    if (s->found++ >= session->set.rows)
        return;
    if (proc != NULL)
        insp_print_pid(session, proc->pid, &pid);
    beam_print(value, insp_print_how(session, 0, 0), &term);
    if (s->out->is_json) {
        struct wb_json *json = &s->out->json;
        wb_json_object(json);
        json_text(json, "where", wb_bytes_of(where));
        json_text(json, "pid", wb_text_bytes(&pid));
        json_text(json, "name", proc != NULL ? proc->name : (struct wb_bytes){0});
        json_text(json, "place", wb_bytes_of(place));
        json_text(json, "term", wb_text_bytes(&term));
        wb_json_end_object(json);
        return;
    }
    insp_out_line(s->out, "%-5s %s%s%.*s  %s\n      %s", where, wb_text_string(&pid),
                  proc != NULL && proc->name.size > 0 ? " " : "",
                  proc != NULL ? (int)proc->name.size : 0,
                  proc != NULL && proc->name.size > 0 ? (const char *)proc->name.at : "", place,
                  wb_text_string(&term));
}

static void look(struct search *s, struct tgt_term term, const char *where,
                 const struct tgt_proc *proc, const char *place)
{
    struct wb_arena arena = {0};
    struct beam_value value;
    if (term.bits == 0)
        return;
    s->looked++;
    struct wb_error *err = tgt_read_term(s->c->s->t, term, s->limits, &arena, &value);
    if (err == NULL && matches(&s->pattern, &value, 0))
        report(s, where, proc, place, &value);
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void find_in_mail(struct search *s, const struct tgt_proc *proc)
{
    char place[64];
    for (uint64_t first = 0; first < proc->messages && goes_on(s); first += WINDOW) {
        struct wb_arena arena = {0};
        struct tgt_messages part = {0};
        wb_error_free(tgt_list_messages(s->c->s->t, proc->pid, (struct tgt_range){first, WINDOW},
                                        &arena, &part));
        for (size_t i = 0; i < part.count; i++) {
            snprintf(place, sizeof place, "position %" PRIu64 ", %s", part.at[i].position,
                     insp_seen_name(part.at[i].seen));
            look(s, part.at[i].term, "mail", proc, place);
        }
        bool more = part.count == WINDOW;
        wb_arena_free(&arena);
        if (!more)
            return;
    }
}

static void find_in_stack(struct search *s, const struct tgt_proc *proc)
{
    struct wb_arena arena = {0};
    struct tgt_frames frames = {0};
    wb_error_free(tgt_list_frames(s->c->s->t, proc->pid, &arena, &frames));
    for (size_t i = 0; i < frames.count; i++)
        for (size_t k = 0; k < frames.at[i].slot_count; k++) {
            const struct tgt_slot *slot = &frames.at[i].slots[k];
            struct wb_text place wb_auto_text = {0};
            if (slot->catch_tag || slot->kind == 'f')
                continue;
            wb_text_printf(&place, "%c%" PRIu32 " of frame %zu, ", slot->kind, slot->number, i);
            insp_print_mfa(&frames.at[i].place.mfa, &place);
            look(s, slot->term, "stack", proc, wb_text_string(&place));
        }
    wb_arena_free(&arena);
}

static void find_in_dictionary(struct search *s, const struct tgt_proc *proc)
{
    struct wb_arena arena = {0};
    struct beam_value dict;
    if (!tgt_can(s->c->s->t, TGT_CAN_DICTIONARY))
        return;
    struct wb_error *err = tgt_read_dictionary(s->c->s->t, proc->pid, &arena, &dict);
    for (size_t i = 0; err == NULL && dict.kind == BEAM_CONS && i + 1 < dict.part.count; i++) {
        const struct beam_value *pair = &dict.part.at[i];
        bool whole = pair->kind == BEAM_TUPLE && pair->part.count == 2;
        if (pair->kind == BEAM_UNREAD)
            look(s, (struct tgt_term){pair->bits}, "dict", proc, "");
        else if (whole && pair->part.at[1].kind == BEAM_UNREAD)
            look(s, (struct tgt_term){pair->part.at[1].bits}, "dict", proc, "value");
        else if (++s->looked > 0 && matches(&s->pattern, pair, 0))
            report(s, "dict", proc, "", pair);
    }
    wb_error_free(err);
    wb_arena_free(&arena);
}

static void find_in_table(struct search *s, const struct tgt_table *table)
{
    struct wb_arena arena = {0};
    struct tgt_terms rows = {0};
    struct wb_text place wb_auto_text = {0};
    const struct tgt_proc *owner = insp_proc_find(s->c->s, table->owner);
    if (insp_hides(s->c->s, table->owner))
        return;
    wb_text_put(&place, "table ");
    beam_print_atom(table->name, &place);
    wb_error_free(tgt_list_rows(s->c->s->t, table->id, &arena, &rows));
    for (size_t i = 0; i < rows.count && goes_on(s); i++)
        look(s, rows.at[i], "ets", owner, wb_text_string(&place));
    wb_arena_free(&arena);
}

static void list_tables(struct search *s, struct wb_arena *arena, struct tgt_tables *ret)
{
    *ret = (struct tgt_tables){0};
    if (tgt_can(s->c->s->t, TGT_CAN_TABLES) && tgt_can(s->c->s->t, TGT_CAN_ROWS))
        wb_error_free(tgt_list_tables(s->c->s->t, arena, ret));
}

static struct wb_error *read_places(struct insp_lexer *lexer, unsigned *ret)
{
    static const struct {
        const char *name;
        unsigned places;
    } rows[] = {{"mail", MAIL},           {"stacks", STACKS}, {"stack", STACKS},
                {"heaps", STACKS | DICT}, {"dict", DICT},     {"ets", ETS}};
    *ret = 0;
    if (lexer->token.kind == INSP_END) {
        *ret = EVERYWHERE;
        return NULL;
    }
    if (!insp_lex_word(lexer, "in"))
        return insp_lex_error(lexer, "in mail, stacks, dict, ets");
    do {
        unsigned before = *ret;
        WB_TRY(insp_lex_next(lexer));
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            if (insp_lex_word(lexer, rows[i].name))
                *ret |= rows[i].places;
        if (*ret == before)
            return insp_lex_error(lexer, "mail, stacks, heaps, dict or ets");
        WB_TRY(insp_lex_next(lexer));
    } while (insp_lex_is(lexer, ","));
    return lexer->token.kind == INSP_END ? NULL : insp_lex_error(lexer, "the end");
}

static struct wb_error *find(struct search *s, unsigned places, struct wb_arena *arena)
{
    struct tgt_procs procs;
    struct tgt_tables tables = {0};
    struct insp_session *session = s->c->s;
    WB_TRY(insp_procs(session, &procs));
    if ((places & ETS) != 0)
        list_tables(s, arena, &tables);
    s->all = procs.count + tables.count;
    for (size_t i = 0; i < procs.count && goes_on(s); i++, s->done++) {
        if (insp_hides(session, procs.at[i].pid))
            continue;
        if ((places & MAIL) != 0)
            find_in_mail(s, &procs.at[i]);
        if ((places & STACKS) != 0)
            find_in_stack(s, &procs.at[i]);
        if ((places & DICT) != 0)
            find_in_dictionary(s, &procs.at[i]);
    }
    for (size_t i = 0; i < tables.count && goes_on(s); i++, s->done++)
        find_in_table(s, &tables.at[i]);
    return session->interrupted != 0 ? insp_stopped() : NULL;
}

struct wb_error *insp_cmd_find(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    struct insp_lexer lexer;
    struct search s = {.c = c, .out = out, .limits = insp_limits(c->s)};
    unsigned places = 0;
    struct wb_error *err = insp_lex_begin(rest, &arena, &lexer);
    if (err == NULL)
        err = insp_pattern_parse(&lexer, &s.pattern);
    if (err == NULL)
        err = read_places(&lexer, &places);
    if (out->is_json && err == NULL) {
        wb_json_key(&out->json, "found");
        wb_json_list(&out->json);
    }
    bool listing = err == NULL;
    if (err == NULL)
        err = find(&s, places, &arena);
    if (out->is_json && listing)
        wb_json_end_list(&out->json);
    if (!out->is_json && s.found > c->s->set.rows)
        insp_out_line(out, "... and %" PRIu64 " more (set rows N shows more)",
                      s.found - c->s->set.rows);
    if (listing && out->is_json)
        insp_out_number(out, "searched", s.looked);
    else if (listing)
        insp_out_line(out, "found in %" PRIu64 " of %" PRIu64 " terms", s.found, s.looked);
    c->listed = listing;
    c->found = s.found;
    wb_arena_free(&arena);
    return err;
}
