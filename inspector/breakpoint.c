#include "inspector/breakpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct wb_error *read_line(struct insp_lexer *l, struct tgt_find *ret)
{
    if (l->token.integer <= 0 || l->token.integer > UINT32_MAX || l->token.text.size != 0)
        return insp_lex_error(l, "a line number");
    ret->line = (uint32_t)l->token.integer;
    return insp_lex_next(l);
}

static struct wb_error *read_function(struct insp_lexer *l, struct tgt_find *ret)
{
    if (l->token.kind == INSP_INT)
        return read_line(l, ret);
    if (l->token.kind != INSP_ATOM)
        return insp_lex_error(l, "a function or a line number");
    ret->function = l->token.text;
    WB_TRY(insp_lex_next(l));
    if (!insp_lex_is(l, "/"))
        return NULL;
    WB_TRY(insp_lex_next(l));
    if (l->token.kind != INSP_INT || l->token.integer < 0 || l->token.integer > 255)
        return insp_lex_error(l, "an arity");
    ret->arity = (int)l->token.integer;
    return insp_lex_next(l);
}

static struct wb_error *parse_location(struct insp_lexer *l, struct tgt_find *ret)
{
    *ret = (struct tgt_find){.arity = -1};
    if (l->token.kind != INSP_ATOM && l->token.kind != INSP_VAR)
        return insp_lex_error(l, "mod:fun/arity or mod:line");
    ret->module = l->token.text;
    WB_TRY(insp_lex_next(l));
    if (insp_lex_is(l, ".")) {  // a file's name: foo.erl
        WB_TRY(insp_lex_next(l));
        if (!insp_lex_word(l, "erl"))
            return insp_lex_error(l, "'erl'");
        WB_TRY(insp_lex_next(l));
    }
    if (!insp_lex_is(l, ":"))
        return NULL;
    WB_TRY(insp_lex_next(l));
    return read_function(l, ret);
}

struct wb_error *insp_location_read(const char *text, struct wb_arena *arena, struct tgt_find *ret)
{
    struct insp_lexer lexer;
    struct tgt_find find;
    WB_TRY(insp_lex_begin(text, arena, &lexer));
    WB_TRY(parse_location(&lexer, &find));
    if (lexer.token.kind != INSP_END)
        return insp_lex_error(&lexer, "the end");
    *ret = find;
    return NULL;
}

static struct wb_error *read_message(struct insp_lexer *l, struct insp_break *ret,
                                     struct wb_bytes *to_name)
{
    WB_TRY(insp_lex_next(l));
    ret->kind = INSP_BREAK_MESSAGE;
    WB_TRY(insp_pattern_parse(l, &ret->pattern));
    if (!insp_lex_word(l, "to"))
        return NULL;
    WB_TRY(insp_lex_next(l));
    const char *rest = insp_lex_here(l);
    *to_name = wb_bytes_of(rest);
    while (l->token.kind != INSP_END)
        WB_TRY(insp_lex_next(l));
    return NULL;
}

static struct wb_error *read_exception(struct insp_lexer *l, struct insp_break *ret)
{
    WB_TRY(insp_lex_next(l));
    ret->kind = INSP_BREAK_EXCEPTION;
    return l->token.kind == INSP_END ? NULL : insp_pattern_parse(l, &ret->pattern);
}

// `message PATTERN` is a breakpoint on messages, `message:start/0` one on code.
static bool is_verb(const struct insp_lexer *l, const char *verb)
{
    return insp_lex_word(l, verb) && l->text[l->at] != ':';
}

struct wb_error *insp_break_read(const char *text, struct wb_arena *arena, struct insp_break *ret,
                                 struct wb_bytes *to_name)
{
    struct insp_lexer lexer;
    *to_name = (struct wb_bytes){0};
    *ret = (struct insp_break){0};
    snprintf(ret->text, sizeof ret->text, "%s", text);
    WB_TRY(insp_lex_begin(text, arena, &lexer));
    if (is_verb(&lexer, "message"))
        WB_TRY(read_message(&lexer, ret, to_name));
    else if (is_verb(&lexer, "exception"))
        WB_TRY(read_exception(&lexer, ret));
    else
        WB_TRY(parse_location(&lexer, &ret->find));
    return lexer.token.kind == INSP_END ? NULL : insp_lex_error(&lexer, "the end");
}

unsigned insp_breakpoints_add(struct insp_breakpoints *b, const struct insp_break *add)
{
    if (b->count == b->capacity) {
        size_t capacity = b->capacity != 0 ? b->capacity * 2 : 8;
        struct insp_break *at = realloc(b->at, capacity * sizeof *at);
        if (at == NULL)
            wb_die_no_memory(capacity * sizeof *at);
        b->at = at;
        b->capacity = capacity;
    }
    b->at[b->count] = *add;
    b->at[b->count].number = ++b->last_number;
    b->count++;
    b->stale = true;
    return b->last_number;
}

bool insp_breakpoints_delete(struct insp_breakpoints *b, unsigned number)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->at[i].number != number)
            continue;
        wb_arena_free(&b->at[i].arena);
        b->count--;
        memmove(&b->at[i], &b->at[i + 1], (b->count - i) * sizeof *b->at);
        b->stale = true;
        return true;
    }
    return false;
}

void insp_breakpoints_free(struct insp_breakpoints *b)
{
    for (size_t i = 0; i < b->count; i++)
        wb_arena_free(&b->at[i].arena);
    free(b->at);
    free(b->ips);
    *b = (struct insp_breakpoints){0};
}

static void add_ips(struct insp_breakpoints *b, size_t index, const struct tgt_addrs *found)
{
    if (found->count == 0)
        return;
    size_t size = (b->ip_count + found->count) * sizeof *b->ips;
    struct insp_break_ip *ips = realloc(b->ips, size);
    if (ips == NULL)
        wb_die_no_memory(size);
    b->ips = ips;
    for (size_t i = 0; i < found->count; i++)
        ips[b->ip_count++] = (struct insp_break_ip){found->at[i].at, index};
}

static int by_ip(const void *a, const void *b)
{
    const struct insp_break_ip *x = a, *y = b;
    return (x->ip > y->ip) - (x->ip < y->ip);
}

struct wb_error *insp_breakpoints_resolve(struct insp_breakpoints *b, struct tgt *t)
{
    if (!b->stale)
        return NULL;
    b->ip_count = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->at[i].kind != INSP_BREAK_CODE)
            continue;
        struct wb_arena arena = {0};
        struct tgt_addrs found;
        struct wb_error *err = tgt_find_code(t, &b->at[i].find, &arena, &found);
        if (err == NULL) {
            add_ips(b, i, &found);
            b->at[i].place_count = found.count;
        }
        wb_arena_free(&arena);
        WB_TRY(err);
    }
    if (b->ip_count > 1)
        qsort(b->ips, b->ip_count, sizeof *b->ips, by_ip);
    b->stale = false;
    return NULL;
}

uint64_t insp_breakpoints_events(const struct insp_breakpoints *b)
{
    static const uint64_t needs[] = {
        [INSP_BREAK_CODE] = TGT_BIT(INSTRUCTION) | TGT_BIT(LOAD),
        [INSP_BREAK_EXCEPTION] = TGT_BIT(EXCEPTION),
        [INSP_BREAK_MESSAGE] = TGT_BIT(DELIVER),
    };
    uint64_t events = 0;
    for (size_t i = 0; i < b->count; i++)
        events |= needs[b->at[i].kind];
    return events;
}

static bool matches(const struct insp_break *br, struct tgt *t, struct tgt_term term)
{
    if (br->pattern.root == NULL)
        return true;
    struct wb_arena arena = {0};
    struct beam_value value;
    struct wb_error *err = tgt_read_term(t, term, br->pattern.limits, &arena, &value);
    bool yes = err == NULL && insp_pattern_match(&br->pattern, &value, NULL);
    wb_error_free(err);
    wb_arena_free(&arena);
    return yes;
}

static struct insp_break *hit_code(struct insp_breakpoints *b, const struct tgt_event_info *info)
{
    size_t low = 0, high = b->ip_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->ips[middle].ip < info->ip.at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < b->ip_count && b->ips[low].ip == info->ip.at; low++) {
        struct insp_break *br = &b->at[b->ips[low].index];
        if (br->only.id == 0 || br->only.id == info->pid.id)
            return br;
    }
    return NULL;
}

static struct insp_break *hit_term(struct insp_breakpoints *b, struct tgt *t,
                                   const struct tgt_event_info *info, enum insp_break_kind kind)
{
    for (size_t i = 0; i < b->count; i++) {
        struct insp_break *br = &b->at[i];
        bool addressed = br->to.id == 0 || br->to.id == info->pid.id;
        if (br->kind == kind && addressed && matches(br, t, info->term))
            return br;
    }
    return NULL;
}

struct insp_break *insp_breakpoints_hit(struct insp_breakpoints *b, struct tgt *t,
                                        const struct tgt_event_info *info)
{
    struct insp_break *hit = NULL;
    if (info->event == TGT_EVENT_INSTRUCTION)
        hit = hit_code(b, info);
    else if (info->event == TGT_EVENT_EXCEPTION)
        hit = hit_term(b, t, info, INSP_BREAK_EXCEPTION);
    else if (info->event == TGT_EVENT_DELIVER)
        hit = hit_term(b, t, info, INSP_BREAK_MESSAGE);
    if (hit != NULL)
        hit->hits++;
    return hit;
}
