// print_priv.h - the printer's inside: flat text with marks, and what breaks it into lines.
#ifndef FORMAT_PRINT_PRIV_H
#define FORMAT_PRINT_PRIV_H

#include "core-vm/format/print.h"

enum node_kind {
    NODE_LEAF,
    NODE_BINARY,  // <<1,2,3>>
    NODE_LIST,
    NODE_TUPLE,
    NODE_TAGGED,  // a tuple whose first element is an atom, and that has more
    NODE_MAP,     // its parts are pairs
    NODE_PAIR,    // its parts are key and value
};

// Where a term stands in the flat text.
struct node {
    enum node_kind kind;
    size_t at, size;    // bytes of the flat text
    size_t length;      // in characters
    struct node *part;  // count nodes
    size_t count;
    struct node *tail;  // behind the parts: "..." or what follows '|'; NULL: nothing
    bool dots;          // the tail is "..."
};

// What the flat printer carries along.
struct printer {
    struct beam_print how;
    struct wb_text *out;
    struct wb_arena *arena;  // NULL: no nodes are wanted
    size_t extra;            // bytes written so far that are not the first of their character
    size_t end;              // size of `out` at which the limit is reached
    unsigned nesting;
};

enum { PRINT_MAX_NESTING = 1000 };

// Print on one line, `depth` levels deep (0: no limit); *node, when not NULL, gets the marks.
void print_flat(struct printer *p, const struct beam_value *value, unsigned depth,
                struct node *node);
// Append the flat text of `root`, broken into lines.
void print_pretty(const struct node *root, struct wb_bytes flat, struct beam_print how,
                  struct wb_text *out);
void print_elixir(struct printer *p, const struct beam_value *value, unsigned depth);

// Text inside quotes, escaped as io_lib does. `latin1`: code points over 255 as \x{..}.
void print_quoted(struct printer *p, uint32_t c, char quote, bool latin1);
void print_atom(struct printer *p, struct wb_bytes atom, bool latin1);
// Is c a character that may stand in a string?
bool print_is_printable(uint32_t c, bool unicode);
void print_put(struct printer *p, const char *text);

#endif
