#include "tui/verb.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ui_verb verbs[] = {
#define VERB(n, a, h, f) {.name = (n), .arguments = (a), .help = (h), .run = (f)},
#include "tui/verb.def"
#undef VERB
};

const struct ui_verb *ui_verbs(int *count)
{
    *count = (int)(sizeof verbs / sizeof *verbs);
    return verbs;
}

const struct ui_verb *ui_verb_find(const char *name)
{
    int count;
    const struct ui_verb *all = ui_verbs(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

struct ui_option ui_option_find(const struct ui_option *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i];
    return (struct ui_option){0};
}

bool ui_read_number(const char *text, uint64_t *ret)
{
    char *end;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

void ui_verb_help(const struct ui_verb *verb)
{
    printf("usage: cryo %s %s\n\n%s", verb->name, verb->arguments, verb->help);
}

int ui_usage(const char *verb, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "cryo %s: ", verb);
    vfprintf(stderr, fmt, args);
    va_end(args);
    const struct ui_verb *row = ui_verb_find(verb);
    if (row != NULL)
        fprintf(stderr, "\nusage: cryo %s %s", row->name, row->arguments);
    fputc('\n', stderr);
    return UI_EXIT_USAGE;
}

static enum ui_exit status_of(enum wb_code code)
{
    switch (code) {
    case WB_E_BAD_DATA:
        return UI_EXIT_DAMAGED;
    case WB_E_UNSUPPORTED:
        return UI_EXIT_UNSUPPORTED;
    case WB_E_ATTACH:
        return UI_EXIT_ATTACH;
    case WB_E_FAULT:
    case WB_E_LIMIT:
    case WB_E_NOT_FOUND:
    case WB_E_STATE:
    case WB_E_SYSTEM:
    case WB_E_NO_MEMORY:
        return UI_EXIT_FOUND;
    }
    return UI_EXIT_FOUND;
}

int ui_fail(const char *verb, struct wb_error *err)
{
    bool refused = err->code == WB_E_SYSTEM && err->sys == EPERM;
    int status = refused ? UI_EXIT_ATTACH : status_of(err->code);
    fprintf(stderr, "cryo %s: %s\n", verb, err->text);
    wb_error_free(err);
    return status;
}

bool ui_wants_help(const char *verb, const char *arg)
{
    if (strcmp(arg, "--help") != 0 && strcmp(arg, "-h") != 0)
        return false;
    ui_verb_help(ui_verb_find(verb));
    return true;
}
