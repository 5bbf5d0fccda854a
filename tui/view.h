// view.h - one pane: it asks the inspector, draws on an area, and answers requests.
//
// To add one: a file view_NAME.c with an ops struct and a _new function, a row in tabs.def, a
// screen test.
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include "inspector/command.h"
#include "tui/canvas.h"

enum ui_request {
#define UI_REQUEST(name, help) UI_##name##_REQUEST,
#include "tui/request.def"
#undef UI_REQUEST
};

// Which keys mean what: a list's, the code pane's (gdb's), a term's or a text's.
enum ui_context { UI_IN_ANY, UI_IN_LIST, UI_IN_CODE, UI_IN_TERM, UI_IN_TEXT };

// What a view is about, and what is selected in one.
struct ui_subject {
    struct tgt_pid pid;
    size_t frame;
    struct tgt_term term;  // none: no term
    bool is_real;          // the term is a double's bits
    uint64_t message;      // id; 0: none
    char title[80];        // of the term
};

struct ui_view;
struct ui_view_ops {
    const char *name;
    enum ui_context context;
    // Ask the target again. Called when its epoch has moved or the subject is another.
    struct wb_error *(*load)(struct ui_view *view, struct insp_context *c);
    // Draw lines top .. top + area.rows.
    void (*draw)(struct ui_view *view, struct insp_context *c, struct ui_area area);
    // Handle a request and return NONE, or return what others should handle. May be NULL.
    enum ui_request (*request)(struct ui_view *view, struct insp_context *c,
                               enum ui_request request);
    // What the cursor is on. False: nothing.
    bool (*selected)(struct ui_view *view, struct insp_context *c, struct ui_subject *ret);
    // Go on with long work for a while; true: there is more to do. May be NULL.
    bool (*idle)(struct ui_view *view, struct insp_context *c);
    // The text of a line, for searching.
    void (*line_text)(struct ui_view *view, struct insp_context *c, size_t line,
                      struct wb_text *ret);
    // A line above the pane: what it shows, how it is filtered and sorted.
    void (*title)(struct ui_view *view, struct insp_context *c, struct wb_text *ret);
    void (*free)(struct ui_view *view);
};

// First member of every view's own struct.
struct ui_view {
    const struct ui_view_ops *ops;
    bool loaded;
    uint64_t epoch;
    struct ui_subject subject;
    size_t lines, cursor, top;
    int page;         // rows it was drawn with last
    int shift;        // columns scrolled to the right
    char error[240];  // why it could not be loaded; "": it could
};

// Load if need be. Errors are kept to be drawn in place of the view.
void ui_view_sync(struct ui_view *view, struct insp_context *c);
// Make it about something else.
void ui_view_aim(struct ui_view *view, const struct ui_subject *subject);
// Draw it, or why it can't be.
void ui_view_draw(struct ui_view *view, struct insp_context *c, struct ui_area area);
// Movement, then what the view itself can do.
enum ui_request ui_view_request(struct ui_view *view, struct insp_context *c,
                                enum ui_request request);
bool ui_view_selected(struct ui_view *view, struct insp_context *c, struct ui_subject *ret);
bool ui_view_idle(struct ui_view *view, struct insp_context *c);
void ui_view_go(struct ui_view *view, size_t line);
void ui_view_free(struct ui_view *view);

// The kinds of views.
struct ui_view *ui_view_list_new(enum insp_table_name table);
struct ui_view *ui_view_stack_new(void);
struct ui_view *ui_view_term_new(void);
struct ui_view *ui_view_code_new(void);
// Text lines; the text is the caller's and may grow. follows: who is at its end stays there.
struct ui_view *ui_view_text_new(const char *name, const struct wb_text *text, bool follows);

// Lists: set the query (its clauses, "where ..."); a plain filter of rows with a word in them;
// sort.
WB_MUST_CHECK struct wb_error *ui_list_query(struct ui_view *view, struct insp_context *c,
                                             const char *query);
WB_MUST_CHECK struct wb_error *ui_list_filter(struct ui_view *view, struct insp_context *c,
                                              const char *text);
// What a list lists; NULL: the view is no list.
const struct insp_table *ui_list_table(const struct ui_view *view);
// Move the cursor to a process's row, if it has one.
bool ui_list_find_pid(struct ui_view *view, struct insp_context *c, struct tgt_pid pid);

#endif
