// command_priv.h - what the commands share.
#ifndef INSPECTOR_COMMAND_PRIV_H
#define INSPECTOR_COMMAND_PRIV_H

#include "inspector/command.h"

#define COMMAND(name, aliases, arguments, section, needs, repeats, help) \
    insp_command_fn insp_cmd_##name;
#include "inspector/commands.def"
#undef COMMAND

// The next word of *rest, which moves behind it and the blanks; size 0: there is none.
struct wb_bytes insp_word(const char **rest);
// As a number. BAD_DATA when it is none; `initial` when there is no word.
WB_MUST_CHECK struct wb_error *insp_word_number(const char **rest, uint64_t initial, uint64_t *ret);
// The process that the next word names, or the current one; becomes the current one.
WB_MUST_CHECK struct wb_error *insp_word_proc(struct insp_context *c, const char **rest,
                                              const struct tgt_proc **ret);
// Is the next word one that begins a clause of a query? Then it does not name a process.
bool insp_word_is_clause(const char *rest);
// List a table by the query in rest.
WB_MUST_CHECK struct wb_error *insp_list(struct insp_context *c, enum insp_table_name name,
                                         struct tgt_pid of, const char *rest, struct insp_out *out);
// Commands that take nothing say so.
WB_MUST_CHECK struct wb_error *insp_nothing_more(const char *rest);

// Ask whoever called to do something.
WB_MUST_CHECK struct wb_error *insp_ask(struct insp_context *c, enum insp_request_kind kind,
                                        const char *text);

// The current frame of the current process. NOT_FOUND: it has none.
WB_MUST_CHECK struct wb_error *insp_current_frame(struct insp_context *c, struct wb_arena *arena,
                                                  struct tgt_frame *ret);
// Write one frame, number and slots included.
void insp_out_frame(struct insp_context *c, struct insp_out *out, const struct tgt_frame *frame,
                    size_t number, bool slots);
// Write the native frames of a thread, or of the one that runs a process: lines before its own
// frames, or a member "native" that is a list. Nothing when there are none.
void insp_out_natives(struct insp_context *c, struct insp_out *out, struct tgt_pid pid);
void insp_out_native_frames(struct insp_out *out, const struct tgt_thread *thread);
// The message of that id, wherever it is queued. NOT_FOUND.
WB_MUST_CHECK struct wb_error *insp_message_find(struct insp_context *c, uint64_t id,
                                                 struct wb_arena *arena, struct tgt_message *ret);
// What `12` and `#12` mean.
WB_MUST_CHECK struct wb_error *insp_word_message(const char **rest, uint64_t *ret);

#endif
