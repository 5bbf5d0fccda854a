// session.c - help, settings, and what only whoever called can do.
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "inspector/commands/command_priv.h"
#include "inspector/diff.h"

struct setting {
    const char *name, *help;
    size_t offset;
    uint64_t most;
};

static const struct setting settings[] = {
#define INSP_SETTING(name_, initial, most_, help_) \
    {#name_, help_, offsetof(struct insp_settings, name_), most_},
#include "inspector/settings.def"
#undef INSP_SETTING
};
enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

static uint32_t *value_of(struct insp_context *c, const struct setting *setting)
{
    return (uint32_t *)(void *)((char *)&c->s->set + setting->offset);
}

static void print_setting(struct insp_context *c, const struct setting *setting,
                          struct insp_out *out)
{
    uint32_t value = *value_of(c, setting);
    if (out->is_json)
        insp_out_number(out, setting->name, value);
    else if (setting->most == 1)
        insp_out_line(out, "%-9s %-10s %s", setting->name, value != 0 ? "on" : "off",
                      setting->help);
    else
        insp_out_line(out, "%-9s %-10" PRIu32 " %s", setting->name, value, setting->help);
}

static const struct setting *setting_find(struct wb_bytes name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (wb_bytes_equal(wb_bytes_of(settings[i].name), name))
            return &settings[i];
    return NULL;
}

static struct wb_error *set_value(struct insp_context *c, const struct setting *setting,
                                  const char *rest)
{
    uint64_t value;
    const char *behind = rest;
    struct wb_bytes word = insp_word(&behind);
    if (wb_bytes_equal(word, wb_bytes_of("on")))
        value = 1;
    else if (wb_bytes_equal(word, wb_bytes_of("off")))
        value = 0;
    else
        WB_TRY(insp_word_number(&rest, 1, &value));
    if (value > setting->most)
        return wb_error_new(WB_E_LIMIT, "%s is at most %" PRIu64, setting->name, setting->most);
    *value_of(c, setting) = (uint32_t)value;
    return NULL;
}

// `set syntax elixir`, `set syntax erlang`.
static struct wb_error *set_syntax(struct insp_context *c, const char *rest)
{
    struct wb_bytes word = insp_word(&rest);
    bool elixir = wb_bytes_equal(word, wb_bytes_of("elixir"));
    if (!elixir && !wb_bytes_equal(word, wb_bytes_of("erlang")))
        return wb_error_new(WB_E_BAD_DATA, "the syntax of terms is erlang or elixir");
    c->s->set.elixir = elixir;
    return insp_nothing_more(rest);
}

struct wb_error *insp_cmd_set(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_bytes name = insp_word(&rest);
    const struct setting *setting = setting_find(name);
    if (name.size == 0)
        return insp_cmd_show(c, "", out);
    if (wb_bytes_equal(name, wb_bytes_of("syntax")))
        return set_syntax(c, rest);
    if (setting != NULL && strcmp(setting->name, "sensitive") == 0 && !c->s->may_show_sensitive)
        return wb_error_new(WB_E_STATE,
                            "sensitive processes are shown where cryo began with --show-sensitive");
    if (setting == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no setting %.*s; show lists them",
                            (int)name.size, (const char *)name.at);
    return set_value(c, setting, rest);
}

struct wb_error *insp_cmd_show(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct wb_bytes name = insp_word(&rest);
    const struct setting *setting = setting_find(name);
    if (name.size > 0 && setting == NULL)
        return wb_error_new(WB_E_NOT_FOUND, "there is no setting %.*s; show lists them",
                            (int)name.size, (const char *)name.at);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (setting == NULL || setting == &settings[i])
            print_setting(c, &settings[i], out);
    return NULL;
}

static void list_commands(struct insp_out *out)
{
    static const char *const sections[][2] = {{"look", "Looking"},
                                              {"code", "Code"},
                                              {"run", "Running"},
                                              {"change", "Changing what is in flight"},
                                              {"session", "This session"}};
    size_t count;
    const struct insp_command *commands = insp_commands(&count);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        insp_out_line(out, "%s:", sections[i][1]);
        for (size_t j = 0; j < count; j++)
            if (strcmp(commands[j].section, sections[i][0]) == 0)
                insp_out_line(out, "  %-12s %s", commands[j].name, commands[j].help);
    }
    insp_out_line(out, "help COMMAND says more; help procs, help flight, ... name the fields of "
                       "lists.");
    insp_out_line(out, "QUERY: where COND group by FIELD sort [-]FIELD limit N show FIELD,...; "
                       "help query says more.");
}

static void help_fields(const struct insp_table *table, struct insp_out *out)
{
    insp_out_line(out, "fields:");
    for (unsigned i = 0; i < table->field_count; i++)
        insp_out_line(out, "  %-14s %s", table->fields[i].name, table->fields[i].help);
    insp_out_line(out, "help query says how to ask%s.",
                  table->pattern_field >= 0 ? ", with Erlang patterns too" : "");
}

static const char *const query_help[] = {
    "A list is asked by a QUERY, wherever it is listed:",
    "  where COND   group by BY, ...   sort [-]FIELD, ...   limit N   show FIELD, ...",
    "",
    "COND",
    "  messages > 100          = != < > <= >=; numbers with k K M G, ns us ms s m",
    "  name = db               an atom, a \"text\", a pid, mod:fun/arity or parts of it",
    "  status in [running, runnable]      not in too",
    "  current ~ \"^gen_\"       a regular expression is found in the field's text",
    "  any ~ \"timeout\"         ... in any field that is shown",
    "  trap_exit               a flag alone",
    "  {'$gen_call', _, {get, K}}         a list of messages: an Erlang pattern",
    "  K = tmp, N > 10         what a pattern before it bound: any term, in term order",
    "  and, or, not, ( )       `and` before `or`",
    "",
    "FIELD",
    "  from.name               fields of the process that a field names: those of procs",
    "  from.parent.name        and so on",
    "BY",
    "  group by FIELD, or by a Variable of the pattern: how many rows there are of each",
    "",
    "  procs where messages > 10k or memory > 5M sort -messages, name limit 20",
    "  procs group by stack",
    "  mail to db where {'$gen_call', _, {get, K}} group by K",
    "  flight where to.name = db and from.parent.name = pool_sup group by shape",
    "  assert flight where age > 5s",
    "",
    "help LIST names its fields.",
};

struct wb_error *insp_cmd_help(struct insp_context *c, const char *rest, struct insp_out *out)
{
    const struct insp_command *command;
    (void)c;
    if (*rest == '\0') {
        list_commands(out);
        return NULL;
    }
    struct wb_bytes name = insp_word(&rest);
    if (wb_bytes_equal(name, wb_bytes_of("query"))) {
        for (size_t i = 0; i < sizeof query_help / sizeof query_help[0]; i++)
            insp_out_line(out, "%s", query_help[i]);
        return NULL;
    }
    WB_TRY(insp_command_find(name, &command));
    insp_out_say(out, "usage", "%s %s", command->name, command->arguments);
    insp_out_say(out, "help", "%s", command->help);
    if (command->aliases[0] != '\0')
        insp_out_say(out, "aliases", out->is_json ? "%s" : "also: %s", command->aliases);
    const struct insp_table *table = insp_table_find(wb_bytes_of(command->name));
    if (table != NULL && strcmp(table->name, command->name) == 0)
        help_fields(table, out);
    return NULL;
}

struct wb_error *insp_cmd_apropos(struct insp_context *c, const char *rest, struct insp_out *out)
{
    size_t count, found = 0;
    const struct insp_command *commands = insp_commands(&count);
    (void)c;
    if (*rest == '\0')
        return wb_error_new(WB_E_BAD_DATA, "apropos what?");
    for (size_t i = 0; i < count; i++) {
        if (strcasestr(commands[i].help, rest) == NULL &&
            strcasestr(commands[i].name, rest) == NULL &&
            strcasestr(commands[i].aliases, rest) == NULL)
            continue;
        insp_out_line(out, "%-12s %s", commands[i].name, commands[i].help);
        found++;
    }
    if (found == 0)
        return wb_error_new(WB_E_NOT_FOUND, "no command's help has '%s' in it", rest);
    return NULL;
}

struct wb_error *insp_cmd_source(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    if (*rest == '\0')
        return wb_error_new(WB_E_BAD_DATA, "source which file?");
    return insp_ask(c, INSP_SOURCE, rest);
}

struct wb_error *insp_cmd_history(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    WB_TRY(insp_nothing_more(rest));
    return insp_ask(c, INSP_HISTORY, "");
}

struct wb_error *insp_cmd_quit(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    WB_TRY(insp_nothing_more(rest));
    return insp_ask(c, INSP_QUIT, "");
}

struct wb_error *insp_cmd_save(struct insp_context *c, const char *rest, struct insp_out *out)
{
    (void)out;
    if (*rest == '\0')
        return wb_error_new(WB_E_BAD_DATA, "save into which file?");
    return insp_ask(c, INSP_SAVE, rest);
}

struct wb_error *insp_cmd_diff(struct insp_context *c, const char *rest, struct insp_out *out)
{
    struct tgt *t = NULL;
    struct insp_session other;
    if (*rest == '\0')
        return wb_error_new(WB_E_BAD_DATA, "diff with which file?");
    WB_TRY(tgt_open(&(struct tgt_open){.name = rest}, &t));
    insp_session_init(&other, t);
    other.set = c->s->set;
    struct insp_diff diff = {.before = &other, .after = c->s};
    struct wb_error *err = insp_diff(&diff, out);
    if (err == NULL && diff.differences == 0)
        insp_out_line(out, "nothing is different");
    insp_session_done(&other);
    return err;
}
