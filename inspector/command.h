// command.h - everything one can say at the prompt, in `:` of a screen, or in a script.
//
// To add one: a row in commands.def and, unless it is a LIST, a function of type insp_command_fn in
// commands/.
#ifndef INSPECTOR_COMMAND_H
#define INSPECTOR_COMMAND_H

#include "inspector/code.h"
#include "inspector/out.h"

// What a command wants whoever called it to do next.
enum insp_request_kind {
    INSP_DONE,
    INSP_RUN,  // a plan was started: carry it out, then insp_report_stop
    INSP_QUIT,
    INSP_SOURCE,   // do the commands in the file `text`
    INSP_HISTORY,  // show the commands given so far
    INSP_SAVE,     // save the target as the file `text`
    INSP_REWRITE,  // rewrite a module of it: `text` is "MODULE PASS[=OPTION]..."
};
struct insp_request {
    enum insp_request_kind kind;
    char text[512];
};

// What commands share: belongs to the prompt or the screen.
struct insp_context {
    struct insp_session *s;
    struct insp_code_cache code;
    struct insp_request request;
    // What the last command listed: an assertion asks for it.
    bool listed;
    uint64_t found;
};

// rest: what stands behind the command's name, without blanks around it.
typedef struct wb_error *insp_command_fn(struct insp_context *c, const char *rest,
                                         struct insp_out *out);

struct insp_command {
    const char *name, *aliases, *arguments, *section, *help;
    enum tgt_ability needs;
    bool repeats;  // an empty line at the prompt says it again
    insp_command_fn *run;
};

const struct insp_command *insp_commands(size_t *count);
// By name, alias or an unambiguous beginning of a name. NOT_FOUND names those it could mean.
WB_MUST_CHECK struct wb_error *insp_command_find(struct wb_bytes name,
                                                 const struct insp_command **ret);
// The command a line names and what stands behind it; NULL: an empty line or a comment.
WB_MUST_CHECK struct wb_error *insp_command_parse(const char *line, const struct insp_command **ret,
                                                  const char **rest);
// Say one line: c->request is what is to be done next. The answer goes to out, errors are returned.
WB_MUST_CHECK struct wb_error *insp_command_run(struct insp_context *c, const char *line,
                                                struct insp_out *out);
// Where the target stopped, and why: after INSP_RUN was carried out. Makes that process current.
void insp_report_stop(struct insp_context *c, struct insp_out *out);
// The process that the next word of *rest names ("to NAME" too), or the current one when that is a
// clause of a query; it becomes the current one.
WB_MUST_CHECK struct wb_error *insp_rest_proc(struct insp_context *c, const char **rest,
                                              const struct tgt_proc **ret);
// The next word of *rest, which moves behind it and the blanks, an atom's quotes taken off; size 0:
// there is none.
struct wb_bytes insp_word_atom(const char **rest);
// Do a command that lists something, and write what it lists only if that is something; c->found
// says how much. BAD_DATA: it lists nothing that could be counted.
WB_MUST_CHECK struct wb_error *insp_assert(struct insp_context *c, const char *query,
                                           struct insp_out *out);
void insp_context_done(struct insp_context *c);

// Beginnings that word may be completed to, one a line: `line` up to the cursor.
void insp_complete(struct insp_context *c, const char *line, struct wb_text *ret);

#endif
