// keymap.c - what keys.def says: a key's request, the bar at the bottom, the help page.
#include <string.h>

#include "tui/app.h"

struct key_row {
    enum ui_context context;
    uint32_t key;
    const char *label;
    enum ui_request request;
    const char *bar;
};

static const struct key_row keys[] = {
#define UI_KEYS(context, key, label, request, bar) \
    {UI_IN_##context, key, label, UI_##request##_REQUEST, bar},
#include "tui/keys.def"
#undef UI_KEYS
};
enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

static const char *const request_help[] = {
#define UI_REQUEST(name, help) help,
#include "tui/request.def"
#undef UI_REQUEST
};

static const struct key_row *row_of(enum ui_context context, uint32_t key)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].context == context && keys[i].key == key)
            return &keys[i];
    return NULL;
}

enum ui_request ui_request_of(enum ui_context context, uint32_t key)
{
    const struct key_row *row = row_of(context, key);
    if (row == NULL)
        row = row_of(UI_IN_ANY, key);
    return row != NULL ? row->request : UI_NO_REQUEST;
}

void ui_bar_draw(struct ui_area area, int row, enum ui_context context, const char *run)
{
    int col = 0;
    ui_fill(area, row, 0, area.cols, UI_BAR);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct key_row *k = &keys[i];
        bool covered = k->context == UI_IN_ANY && row_of(context, k->key) != NULL;
        if (k->bar[0] == '\0' || covered || (k->context != context && k->context != UI_IN_ANY))
            continue;
        const char *word = k->bar;
        if (k->request == UI_RUN_REQUEST)
            word = run;
        int need = (int)(strlen(k->label) + strlen(word)) + 2;
        if (col + need > area.cols)
            return;
        col = ui_put(area, row, col, UI_BAR_STRONG, " %s", k->label);
        col = ui_put(area, row, col, UI_BAR, " %s", word);
    }
}

static void help_section(enum ui_context context, const char *title, struct wb_text *text)
{
    wb_text_printf(text, "%s\n", title);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        bool first = true;
        for (size_t j = 0; j < i; j++)
            first = first && !(keys[j].context == context && keys[j].request == keys[i].request);
        if (keys[i].context != context || !first)
            continue;
        struct wb_text labels wb_auto_text = {0};
        for (size_t j = i; j < KEY_COUNT; j++)
            if (keys[j].context == context && keys[j].request == keys[i].request)
                wb_text_printf(&labels, "%s%s", labels.size > 0 ? " " : "", keys[j].label);
        wb_text_printf(text, "  %-18s %s\n", wb_text_string(&labels),
                       request_help[keys[i].request]);
    }
    wb_text_put_char(text, '\n');
}

void ui_help_text(struct wb_text *text)
{
    static const struct {
        enum ui_context context;
        const char *title;
    } sections[] = {{UI_IN_LIST, "In lists"},
                    {UI_IN_CODE, "In the code and stack panes, as in gdb"},
                    {UI_IN_TERM, "In a term"},
                    {UI_IN_ANY, "Everywhere"}};
    size_t count;
    const struct insp_command *commands = insp_commands(&count);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        help_section(sections[i].context, sections[i].title, text);
    wb_text_put(text, "A digit begins the number of a process to jump to.\n\nViews (v, then)\n");
#define UI_TAB(name, letter, title, make) wb_text_printf(text, "  %c  %s\n", letter, title);
#include "tui/tabs.def"
#undef UI_TAB
    wb_text_put(text, "\nCommands, behind :\n");
    for (size_t i = 0; i < count; i++)
        wb_text_printf(text, "  %-12s %s\n", commands[i].name, commands[i].help);
    wb_text_put(text, "\nA filter is a word, words with | between, or a condition:\n"
                      "  messages > 10 and name ~ \"^chat\"\n"
                      "  {'$gen_call', _, {get, K}}          (mail and flight: a pattern)\n");
}
