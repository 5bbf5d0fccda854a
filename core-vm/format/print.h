// print.h - values as text, exactly as io_lib formats them.
#ifndef FORMAT_PRINT_H
#define FORMAT_PRINT_H

#include "core-vm/base/text.h"
#include "core-vm/format/value.h"

// {0} prints as ~w does. BEAM_PRINT_P as ~p, BEAM_PRINT_0P as ~0p.
struct beam_print {
    bool strings;     // lists of printable characters and such binaries as "text"
    bool unicode;     // ... with every printable code point, else with latin1's
    bool redact;      // contents as _: atoms, identifiers and shapes stay
    bool elixir;      // syntax of Elixir instead of Erlang's; always on one line
    unsigned width;   // break lines to stay inside, as ~p with a width; 0: one line
    unsigned column;  // where the first line begins, 0-based
    unsigned depth;   // as ~P; 0: no limit
    size_t limit;     // stop with "..." after about this many bytes; 0: no limit
};

#define BEAM_PRINT_P  ((struct beam_print){.strings = true, .width = 80})
#define BEAM_PRINT_0P ((struct beam_print){.strings = true})

// Append the value's text. Never fails: UNREAD prints as "...", UNREADABLE as "<unreadable>".
void beam_print(const struct beam_value *value, struct beam_print how, struct wb_text *text);

// Pieces of it. An atom with quotes where it needs them; a float as float_to_list(F, [short]).
void beam_print_atom(struct wb_bytes atom, struct wb_text *text);
void beam_print_float(double real, struct wb_text *text);
// A big integer in decimal; limbs least significant first.
void beam_print_big(bool negative, const uint64_t *limb, size_t count, struct wb_text *text);

#endif
