// words.c - reading what stands behind a command, and listing tables: what the commands share.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspector/commands/command_priv.h"

enum { SCAN_SLICE = 20000 };

struct wb_bytes insp_word(const char **rest)
{
    const char *at = *rest + strspn(*rest, " \t");
    size_t size = 0;
    if (*at == '\'') {  // a quoted name may have blanks in it
        const char *end = strchr(at + 1, '\'');
        size = end != NULL ? (size_t)(end + 1 - at) : strlen(at);
    } else {
        size = strcspn(at, " \t");
    }
    *rest = at + size + strspn(at + size, " \t");
    return (struct wb_bytes){(const uint8_t *)at, size};
}

struct wb_bytes insp_word_atom(const char **rest)
{
    struct wb_bytes word = insp_word(rest);
    if (word.size < 2 || word.at[0] != '\'' || word.at[word.size - 1] != '\'')
        return word;
    return (struct wb_bytes){word.at + 1, word.size - 2};
}

struct wb_error *insp_ask(struct insp_context *c, enum insp_request_kind kind, const char *text)
{
    if (strlen(text) >= sizeof c->request.text)
        return wb_error_new(WB_E_LIMIT, "this is too long: at most %zu bytes",
                            sizeof c->request.text - 1);
    c->request.kind = kind;
    memcpy(c->request.text, text, strlen(text) + 1);
    return NULL;
}

struct wb_error *insp_word_number(const char **rest, uint64_t initial, uint64_t *ret)
{
    struct wb_bytes word = insp_word(rest);
    uint64_t number = 0;
    if (word.size == 0) {
        *ret = initial;
        return NULL;
    }
    for (size_t i = 0; i < word.size; i++) {
        if (!isdigit(word.at[i]) || i >= 18)
            return wb_error_new(WB_E_BAD_DATA, "'%.*s' is not a number", (int)word.size,
                                (const char *)word.at);
        number = number * 10 + (uint64_t)(word.at[i] - '0');
    }
    *ret = number;
    return NULL;
}

struct wb_error *insp_word_message(const char **rest, uint64_t *ret)
{
    *rest += strspn(*rest, " \t");
    *rest += **rest == '#';
    if (!isdigit((unsigned char)**rest))
        return wb_error_new(WB_E_BAD_DATA, "which message? Its id is a number, as flight lists it");
    return insp_word_number(rest, 0, ret);
}

bool insp_word_is_clause(const char *rest)
{
    static const char *const clauses[] = {"where", "group", "sort", "limit", "show"};
    struct wb_bytes word = insp_word(&rest);
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
        if (wb_bytes_equal(word, wb_bytes_of(clauses[i])))
            return true;
    return false;
}

struct wb_error *insp_word_proc(struct insp_context *c, const char **rest,
                                const struct tgt_proc **ret)
{
    struct wb_bytes word = {0};
    const struct tgt_proc *proc;
    if (!insp_word_is_clause(*rest))
        word = insp_word(rest);
    WB_TRY(insp_proc_of(c->s, word, &proc));
    insp_select(c->s, proc->pid);
    *ret = proc;
    return NULL;
}

struct wb_error *insp_rest_proc(struct insp_context *c, const char **rest,
                                const struct tgt_proc **ret)
{
    const char *behind = *rest;
    struct wb_bytes word = insp_word(&behind);
    if (wb_bytes_equal(word, wb_bytes_of("to")) || wb_bytes_equal(word, wb_bytes_of("of")))
        *rest = behind;
    return insp_word_proc(c, rest, ret);
}

struct wb_error *insp_nothing_more(const char *rest)
{
    if (*rest == '\0')
        return NULL;
    return wb_error_new(WB_E_BAD_DATA, "'%.60s' is one thing too many here", rest);
}

static struct wb_error *scan(struct insp_context *c, const struct insp_query *query,
                             struct insp_rows *rows, struct insp_out *out)
{
    struct wb_error *err = NULL;
    struct insp_run *run = insp_run_new(query, rows);
    const struct insp_result *result = insp_run_result(run);
    while (!insp_run_step(run, SCAN_SLICE) && insp_go_on(c->s, result->scanned, result->total))
        continue;
    c->listed = true;
    c->found = query->by_count > 0 ? result->group_count : result->count;
    if (result->done)
        insp_out_result(out, query, rows, result);
    else
        err = insp_stopped();
    insp_run_free(run);
    return err;
}

struct wb_error *insp_list(struct insp_context *c, enum insp_table_name name, struct tgt_pid of,
                           const char *rest, struct insp_out *out)
{
    struct wb_arena arena = {0};
    const struct insp_table *table = insp_table_at(name);
    struct insp_rows rows = {0};
    struct insp_query query;
    struct wb_error *err = insp_query_read(table, rest, &arena, &query);
    if (err == NULL)
        err = insp_rows_open(table, c->s, of, &arena, &rows);
    if (err == NULL)
        err = scan(c, &query, &rows, out);
    insp_rows_close(&rows);
    wb_arena_free(&arena);
    return err;
}
