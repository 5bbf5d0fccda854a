// verb.h - the verbs of the command line: what `cryo NAME ...` dispatches to.
//
// To add one: a row in verb.def and a file cmd_NAME.c with a function of type ui_verb_fn.
#ifndef TUI_VERB_H
#define TUI_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vm/base/error.h"

enum ui_exit {
    UI_EXIT_FINE = 0,
    UI_EXIT_FOUND = 1,  // a check or query found something, or the program failed
    UI_EXIT_USAGE = 2,
    UI_EXIT_ATTACH = 3,       // cannot attach
    UI_EXIT_UNSUPPORTED = 4,  // target or version not supported
    UI_EXIT_DAMAGED = 5,      // input damaged
    UI_EXIT_INTERRUPTED = 130,
};

// args[0] is the verb's name; args[count] is NULL. Returns the exit status.
typedef int ui_verb_fn(int count, char **args);

struct ui_verb {
    const char *name, *arguments, *help;
    ui_verb_fn *run;
};

#define VERB(name, arguments, help, function) ui_verb_fn function;
#include "tui/verb.def"
#undef VERB

// The full screen: `cryo [OPTION]... TARGET [FUN [ARG...]]`. args[0] is the program's name.
int ui_screen(int count, char **args);

// The verb of that name; NULL: there is none. And all of them: `*count` rows.
const struct ui_verb *ui_verb_find(const char *name);
const struct ui_verb *ui_verbs(int *count);

// Print "usage: cryo NAME ARGUMENTS" and the verb's help on standard output.
void ui_verb_help(const struct ui_verb *verb);
// Print what is wrong with the arguments and how they should be on standard error; gives
// UI_EXIT_USAGE.
int ui_usage(const char *verb, const char *fmt, ...) WB_PRINTF(2, 3);
// Print the error on standard error and free it; gives the exit status that fits it.
int ui_fail(const char *verb, struct wb_error *err);
// An option of a verb: with a value behind it, or alone.
struct ui_option {
    const char *name;
    const char **text;  // where the value goes; NULL: it has none
    bool *flag;
};
// The row of that name; without a name: there is none.
struct ui_option ui_option_find(const struct ui_option *rows, size_t count, const char *name);
// A whole decimal number and nothing else.
bool ui_read_number(const char *text, uint64_t *ret);
// Is `arg` a request for help? Then print it; the caller ends with UI_EXIT_FINE.
bool ui_wants_help(const char *verb, const char *arg);

#endif
