// complete.c - what a half-written line may go on with.
#include <string.h>

#include "inspector/command.h"

static void offer(struct wb_text *ret, const char *text, size_t size, struct wb_bytes begun)
{
    if (size < begun.size || memcmp(text, begun.at, begun.size) != 0)
        return;
    wb_text_put_bytes(ret, text, size);
    wb_text_put_char(ret, '\n');
}

static void offer_commands(struct wb_bytes begun, struct wb_text *ret)
{
    size_t count;
    const struct insp_command *commands = insp_commands(&count);
    for (size_t i = 0; i < count; i++)
        offer(ret, commands[i].name, strlen(commands[i].name), begun);
}

static void offer_procs(struct insp_context *c, struct wb_bytes begun, struct wb_text *ret)
{
    struct tgt_procs procs;
    struct wb_error *err = insp_procs(c->s, &procs);
    wb_error_free(err);
    for (size_t i = 0; err == NULL && i < procs.count; i++) {
        struct wb_text text wb_auto_text = {0};
        if (procs.at[i].name.size > 0)
            beam_print_atom(procs.at[i].name, &text);
        else
            insp_print_pid(c->s, procs.at[i].pid, &text);
        offer(ret, wb_text_string(&text), text.size, begun);
    }
}

// mod: or mod:fun/arity.
static void offer_code(struct insp_context *c, struct wb_bytes begun, struct wb_text *ret)
{
    struct wb_arena arena = {0};
    struct tgt_modules modules = {0};
    const struct insp_code *code = NULL;
    const uint8_t *colon = begun.size > 0 ? memchr(begun.at, ':', begun.size) : NULL;
    wb_error_free(tgt_list_modules(c->s->t, &arena, &modules));
    for (size_t i = 0; colon == NULL && i < modules.count; i++) {
        struct wb_text text wb_auto_text = {0};
        beam_print_atom(modules.at[i].name, &text);
        wb_text_put_char(&text, ':');
        if (!modules.at[i].old)
            offer(ret, wb_text_string(&text), text.size, begun);
    }
    wb_arena_free(&arena);
    if (colon == NULL)
        return;
    struct wb_bytes module = {begun.at, (size_t)(colon - begun.at)};
    wb_error_free(insp_code_read(c->s, &c->code, module, &code));
    for (uint32_t i = 0; code != NULL && i < code->code.functions.count; i++) {
        const struct beam_function *f = &code->code.functions.at[i];
        struct wb_text text wb_auto_text = {0};
        beam_print_atom(module, &text);
        wb_text_put_char(&text, ':');
        beam_print_atom(beam_module_atom(&code->module, f->name), &text);
        wb_text_printf(&text, "/%u", f->arity);
        offer(ret, wb_text_string(&text), text.size, begun);
    }
}

static void offer_query(const struct insp_table *table, struct wb_bytes begun, struct wb_text *ret)
{
    static const char *const words[] = {"where", "group by", "sort", "limit",
                                        "show",  "and",      "or",   "not"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        offer(ret, words[i], strlen(words[i]), begun);
    for (unsigned i = 0; i < table->field_count; i++)
        offer(ret, table->fields[i].name, strlen(table->fields[i].name), begun);
}

static void offer_settings(struct wb_bytes begun, struct wb_text *ret)
{
    static const char *const names[] = {
#define INSP_SETTING(name, initial, most, help) #name,
#include "inspector/settings.def"
#undef INSP_SETTING
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        offer(ret, names[i], strlen(names[i]), begun);
}

void insp_complete(struct insp_context *c, const char *line, struct wb_text *ret)
{
    const struct insp_command *command = NULL;
    const char *rest = "";
    size_t size = strlen(line), start = size;
    while (start > 0 && line[start - 1] != ' ')
        start--;
    struct wb_bytes begun = {(const uint8_t *)line + start, size - start};
    if (start == strspn(line, " ")) {
        offer_commands(begun, ret);
        return;
    }
    wb_error_free(insp_command_parse(line, &command, &rest));
    if (command == NULL)
        return;
    const struct insp_table *table = insp_table_find(wb_bytes_of(command->name));
    bool whole = table != NULL && strcmp(table->name, command->name) == 0;
    if (strstr(command->arguments, "PID") != NULL || strstr(command->arguments, "NAME") != NULL)
        offer_procs(c, begun, ret);
    if (strstr(command->arguments, "MOD") != NULL || strstr(command->arguments, "LOCATION") != NULL)
        offer_code(c, begun, ret);
    if (strcmp(command->name, "help") == 0)
        offer_commands(begun, ret);
    if (strcmp(command->name, "set") == 0 || strcmp(command->name, "show") == 0)
        offer_settings(begun, ret);
    if (whole)
        offer_query(table, begun, ret);
}
