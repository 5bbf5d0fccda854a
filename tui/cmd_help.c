// cmd_help.c - cryo help [VERB], cryo --help.
#include <stdio.h>
#include <string.h>

#include "tui/verb.h"

static void print_row(const struct ui_verb *verb)
{
    int first = (int)strcspn(verb->help, "\n");
    printf("  cryo %s %s\n        %.*s\n", verb->name, verb->arguments, first, verb->help);
}

static void print_all(void)
{
    puts("cryo: freeze a VM, see everything in flight\n\n"
         "  cryo [OPTION]... TARGET [FUN [ARG...]]\n"
         "        look at a target on the full screen (options as of cryo prompt)");
    int count;
    const struct ui_verb *verbs = ui_verbs(&count);
    for (int i = 0; i < count; i++)
        print_row(&verbs[i]);
    puts("\n"
         "  cryo help VERB, cryo VERB --help    more about one of them\n"
         "  cryo --version                      version, and what it can read\n\n"
         "exit status: 0 fine; 1 a check or query found something, or the program\n"
         "failed; 2 usage; 3 cannot attach; 4 target or version not supported;\n"
         "5 input damaged; 130 interrupted");
}

int ui_cmd_help(int count, char **args)
{
    if (count == 1) {
        print_all();
        return UI_EXIT_FINE;
    }
    const struct ui_verb *verb = ui_verb_find(args[1]);
    if (verb == NULL)
        return ui_usage("help", "'%s' is no verb", args[1]);
    ui_verb_help(verb);
    return UI_EXIT_FINE;
}
