#include "inspector/command.h"

#include <ctype.h>
#include <string.h>

#include "inspector/commands/command_priv.h"

static const struct insp_command commands[] = {
#define COMMAND(name_, aliases_, arguments_, section_, needs_, repeats_, help_) \
    {.name = #name_,                                                            \
     .aliases = aliases_,                                                       \
     .arguments = arguments_,                                                   \
     .section = section_,                                                       \
     .help = help_,                                                             \
     .needs = TGT_CAN_##needs_,                                                 \
     .repeats = repeats_,                                                       \
     .run = insp_cmd_##name_},
#include "inspector/commands.def"
#undef COMMAND
};
enum { COUNT = sizeof commands / sizeof commands[0] };

const struct insp_command *insp_commands(size_t *count)
{
    *count = COUNT;
    return commands;
}

static bool has_alias(const char *aliases, struct wb_bytes name)
{
    for (const char *at = aliases; *at != '\0';) {
        size_t size = strcspn(at, " ");
        if (wb_bytes_equal((struct wb_bytes){(const uint8_t *)at, size}, name))
            return true;
        at += size;
        at += *at == ' ';
    }
    return false;
}

static bool begins(const char *text, struct wb_bytes with)
{
    return strncmp(text, (const char *)with.at, with.size) == 0;
}

static struct wb_error *ambiguous(struct wb_bytes name, unsigned found)
{
    struct wb_text names wb_auto_text = {0};
    for (size_t i = 0; i < COUNT; i++)
        if (begins(commands[i].name, name))
            wb_text_printf(&names, "%s%s", names.size > 0 ? ", " : "", commands[i].name);
    if (found > 1)
        return wb_error_new(WB_E_NOT_FOUND, "'%.*s' could be %s", (int)name.size,
                            (const char *)name.at, wb_text_string(&names));
    return wb_error_new(WB_E_NOT_FOUND, "there is no command '%.*s'; say help", (int)name.size,
                        (const char *)name.at);
}

struct wb_error *insp_command_find(struct wb_bytes name, const struct insp_command **ret)
{
    const struct insp_command *found = NULL;
    unsigned count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        bool whole = begins(commands[i].name, name) && commands[i].name[name.size] == '\0';
        if (whole || has_alias(commands[i].aliases, name)) {
            *ret = &commands[i];
            return NULL;
        }
        if (!begins(commands[i].name, name))
            continue;
        found = &commands[i];
        count++;
    }
    if (count != 1)
        return ambiguous(name, count);
    *ret = found;
    return NULL;
}

// Names end at a blank, or where the Erlang shell's parentheses begin: bt(), i().
static size_t name_size(const char *line)
{
    if (*line == '?')
        return 1;
    return strcspn(line, " \t(");
}

struct wb_error *insp_command_parse(const char *line, const struct insp_command **ret,
                                    const char **rest)
{
    line += strspn(line, " \t");
    *ret = NULL;
    if (*line == '\0' || *line == '#' || *line == '%')
        return NULL;
    size_t size = name_size(line);
    WB_TRY(insp_command_find((struct wb_bytes){(const uint8_t *)line, size}, ret));
    line += size;
    *rest = line + strspn(line, " \t");
    return NULL;
}

// A copy of `rest` without blanks at its end, and without the shell's parentheses around it.
static const char *trimmed(const char *rest, struct wb_text *room)
{
    size_t size = strlen(rest);
    while (size > 0 && (isspace((unsigned char)rest[size - 1]) || rest[size - 1] == '.'))
        size--;
    if (size >= 2 && rest[0] == '(' && rest[size - 1] == ')') {
        rest++;
        size -= 2;
    }
    wb_text_put_bytes(room, rest, size);
    return wb_text_string(room);
}

struct wb_error *insp_command_run(struct insp_context *c, const char *line, struct insp_out *out)
{
    const struct insp_command *command;
    const char *rest = "";
    struct wb_text room wb_auto_text = {0};
    c->request.kind = INSP_DONE;
    WB_TRY(insp_command_parse(line, &command, &rest));
    if (command == NULL)
        return NULL;
    if (!tgt_can(c->s->t, command->needs))
        return wb_error_new(WB_E_UNSUPPORTED, "this target (%s) cannot %s", tgt_info(c->s->t)->kind,
                            tgt_ability_text(command->needs));
    return command->run(c, trimmed(rest, &room), out);
}

struct wb_error *insp_assert(struct insp_context *c, const char *query, struct insp_out *out)
{
    struct insp_out before = *out;
    size_t size = out->text->size;
    c->listed = false;
    c->found = 0;
    struct wb_error *err = insp_command_run(c, query, out);
    if (err == NULL && !c->listed)
        err = wb_error_new(WB_E_BAD_DATA,
                           "'%.80s' lists nothing: assert a list, as procs where messages > 1000",
                           query);
    if (err != NULL || (c->found == 0 && !out->is_json)) {
        wb_text_cut(out->text, size);
        *out = before;
    }
    return err;
}

void insp_context_done(struct insp_context *c)
{
    insp_code_cache_free(&c->code);
}
