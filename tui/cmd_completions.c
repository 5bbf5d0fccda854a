// cmd_completions.c - cryo completions: what a shell needs to complete cryo's command line.
#include <stdio.h>
#include <string.h>

#include "tui/verb.h"

static void print_verbs(const char *between)
{
    int count;
    const struct ui_verb *verbs = ui_verbs(&count);
    for (int i = 0; i < count; i++)
        printf("%s%s", i > 0 ? between : "", verbs[i].name);
}

static void bash(void)
{
    puts("_cryo() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]}");
    printf("    local verbs='");
    print_verbs(" ");
    puts("'\n"
         "    local options='-pa --until --at --real-time --json --batch -x -ex -o --pass --load "
         "--color= --help'\n"
         "    COMPREPLY=()\n"
         "    if [[ $word == -* ]]; then\n"
         "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
         "    elif [[ $COMP_CWORD -eq 1 ]]; then\n"
         "        COMPREPLY=($(compgen -W \"$verbs\" -- \"$word\") $(compgen -f -- \"$word\"))\n"
         "    else\n"
         "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "    fi\n"
         "}\n"
         "complete -o filenames -F _cryo cryo");
}

static void zsh(void)
{
    int count;
    const struct ui_verb *verbs = ui_verbs(&count);
    puts("#compdef cryo\n"
         "_cryo() {\n"
         "    local -a verbs\n"
         "    verbs=(");
    for (int i = 0; i < count; i++) {
        int size = (int)strcspn(verbs[i].help, "\n:'");
        printf("        '%s:%.*s'\n", verbs[i].name, size, verbs[i].help);
    }
    puts("    )\n"
         "    if (( CURRENT == 2 )); then\n"
         "        _describe 'verb' verbs\n"
         "    fi\n"
         "    _files\n"
         "}\n"
         "_cryo \"$@\"");
}

static void fish(void)
{
    int count;
    const struct ui_verb *verbs = ui_verbs(&count);
    for (int i = 0; i < count; i++) {
        int size = (int)strcspn(verbs[i].help, "\n'");
        printf("complete -c cryo -n __fish_use_subcommand -a %s -d '%.*s'\n", verbs[i].name, size,
               verbs[i].help);
    }
}

int ui_cmd_completions(int count, char **args)
{
    if (count > 1 && ui_wants_help("completions", args[1]))
        return UI_EXIT_FINE;
    if (count != 2)
        return ui_usage("completions", "say for which shell");
    if (strcmp(args[1], "bash") == 0)
        bash();
    else if (strcmp(args[1], "zsh") == 0)
        zsh();
    else if (strcmp(args[1], "fish") == 0)
        fish();
    else
        return ui_usage("completions", "bash, zsh or fish, not '%s'", args[1]);
    return UI_EXIT_FINE;
}
