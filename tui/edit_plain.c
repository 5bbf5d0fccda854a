// edit_plain.c - lines as the terminal gives them.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tui/edit.h"

void ui_edit_init(struct ui_edit *edit)
{
    (void)edit;
}

char *ui_edit_read(struct ui_edit *edit, const char *prompt)
{
    char *line = NULL;
    size_t room = 0;
    (void)edit;
    if (isatty(STDIN_FILENO)) {
        fputs(prompt, stdout);
        fflush(stdout);
    }
    ssize_t size = getline(&line, &room, stdin);
    if (size < 0) {
        free(line);
        return NULL;
    }
    if (size > 0 && line[size - 1] == '\n')
        line[size - 1] = '\0';
    return line;
}

void ui_edit_done(struct ui_edit *edit)
{
    (void)edit;
}
