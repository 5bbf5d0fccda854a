// start.h - what every verb that opens a target shares: its options, and getting the target to the
// place where one begins to look.
#ifndef TUI_START_H
#define TUI_START_H

#include "inspector/command.h"
#include "inspector/target/target.h"
#include "tui/terminal.h"
#include "tui/verb.h"

enum { UI_MOST_PATHS = 128, UI_MOST_COMMANDS = 256, UI_LONGEST_PAUSE = 86400000 };
#define UI_USUAL_PAUSE "50"  // milliseconds

// A command of the command line: -ex TEXT; for -x FILE "source " and the file.
struct ui_say {
    const char *prefix, *text;
};

struct ui_start {
    const char *verb;  // for messages
    struct tgt_open open;
    const char *paths[UI_MOST_PATHS];
    const char *until, *at;  // run a module first: until a condition; to mod:fun/arity
    enum ui_colour colour;
    bool no_mouse;
    // What only some verbs take.
    bool batch, json, no_rc, reductions;
    struct ui_say commands[UI_MOST_COMMANDS];
    size_t command_count;
    const char *output;  // -o FILE
    bool has_max_pause;
    const char *asserts[UI_MOST_COMMANDS];
    size_t assert_count;
    // How terms are shown. 0: as the settings begin.
    uint32_t depth, length;
    bool elixir, redact;
    unsigned sensitive;  // times --show-sensitive was given
};

// Read options, then the target; *rest is the index of what follows it. Returns UI_EXIT_FINE, or
// the status to end with, having said what is wrong. `takes`: letters of the options the verb takes
// besides those of opening: x (-x -ex), b (--batch), j (--json), o (-o), s (--color --no-mouse), r
// (--reductions), t (--depth --length --elixir --redact --show-sensitive), a (--assert), p
// (--max-pause), h (--hold).
int ui_start_parse(struct ui_start *start, const char *takes, int count, char **args, int *rest);
// Arguments behind the target are the function to start and its arguments.
void ui_start_args(struct ui_start *start, int count, char **args);
// Open the target; a module runs to its first instruction, or to where --until and --at say.
WB_MUST_CHECK struct wb_error *ui_start_session(struct ui_start *start, struct insp_session *ret);
// Do what --assert says and print what was found: FINE when nothing was, FOUND, or USAGE when a
// query makes no sense.
int ui_start_asserts(struct ui_start *start, struct insp_context *c, struct insp_out *out);
// Print what the program has written so far on standard output.
void ui_print_output(struct insp_session *s);

#endif
