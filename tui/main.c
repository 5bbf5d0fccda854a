// main.c - the command line: `cryo VERB ...`, `cryo TARGET`.
#include <stdio.h>
#include <string.h>

#include "tui/verb.h"

static int print_version(void)
{
    puts("cryo " CRYO_VERSION " (runs and reads .beam files of Erlang/OTP 24 to 29)");
    return UI_EXIT_FINE;
}

int main(int count, char **args)
{
    if (count < 2)
        return ui_usage("help", "say what to do");
    if (strcmp(args[1], "--version") == 0 || strcmp(args[1], "-V") == 0)
        return print_version();
    if (strcmp(args[1], "--help") == 0 || strcmp(args[1], "-h") == 0)
        return ui_cmd_help(1, args);
    const struct ui_verb *verb = ui_verb_find(args[1]);
    if (verb == NULL)
        return ui_screen(count, args);
    return verb->run(count - 1, args + 1);
}
