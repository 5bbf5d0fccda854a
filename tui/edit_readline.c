// edit_readline.c - lines edited by GNU readline, with history and completion.
//
// readline is one per process and calls back without an argument, so the one prompt there is stands
// in a variable here; nothing else does.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "tui/edit.h"

enum { HISTORY_LINES = 1000 };

static struct ui_edit *current;

// All completions at once, as readline wants them: the common part, then each.
static char **complete(const char *word, int start, int end)
{
    struct wb_text offers wb_auto_text = {0};
    char *line = strndup(rl_line_buffer, (size_t)end);
    (void)word;
    (void)start;
    rl_attempted_completion_over = 1;
    if (line == NULL)
        return NULL;
    current->complete(current->data, line, &offers);
    free(line);
    size_t count = 0, common = strcspn(wb_text_string(&offers), "\n");
    const char *first = wb_text_string(&offers);
    for (const char *at = first; *at != '\0'; at += strcspn(at, "\n") + 1, count++)
        for (size_t i = 0; i < common; i++)
            if (at[i] != first[i])
                common = i;
    if (count == 0)
        return NULL;
    char **all = calloc(count + 2, sizeof *all);
    if (all == NULL)
        return NULL;
    all[0] = strndup(first, common);
    size_t filled = 1;
    for (const char *at = first; *at != '\0' && count > 1; at += strcspn(at, "\n") + 1)
        all[filled++] = strndup(at, strcspn(at, "\n"));
    return all;
}

void ui_edit_init(struct ui_edit *edit)
{
    current = edit;
    rl_readline_name = "cryo";
    rl_attempted_completion_function = complete;
    rl_basic_word_break_characters = " ";
    rl_completer_quote_characters = "";
    using_history();
    stifle_history(HISTORY_LINES);
    if (edit->history_path != NULL)
        read_history(edit->history_path);
}

char *ui_edit_read(struct ui_edit *edit, const char *prompt)
{
    (void)edit;
    char *line = readline(prompt);
    if (line != NULL && *line != '\0')
        add_history(line);
    return line;
}

void ui_edit_done(struct ui_edit *edit)
{
    if (edit->history_path != NULL)
        write_history(edit->history_path);
    current = NULL;
}
