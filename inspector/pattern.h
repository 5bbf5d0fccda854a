// pattern.h - Erlang patterns and terms as users type them, and matching values against them.
//
// Pattern: any term, with variables and `_` in it; a variable that occurs twice must match equal
// terms. Maps match when they have the keys named, as in Erlang; `=>` and `:=` mean the same.
#ifndef INSPECTOR_PATTERN_H
#define INSPECTOR_PATTERN_H

#include "core-vm/base/arena.h"
#include "core-vm/base/error.h"
#include "core-vm/format/value.h"
#include "inspector/lex.h"
#include "inspector/target/target_types.h"

enum { INSP_PATTERN_VARS = 32 };

struct insp_pattern_node;
struct insp_pattern {
    const struct insp_pattern_node *root;
    unsigned var_count;
    struct wb_bytes vars[INSP_PATTERN_VARS];  // names
    struct tgt_limits limits;                 // how much of a term must be read to decide
};

// What variables stood for; at NULL: not bound. Points into itself: do not copy.
struct insp_bindings {
    const struct beam_value *at[INSP_PATTERN_VARS];
    struct beam_value rest[INSP_PATTERN_VARS];
};

// Parse one pattern beginning at the lexer's current word, and stop behind it.
WB_MUST_CHECK struct wb_error *insp_pattern_parse(struct insp_lexer *lexer,
                                                  struct insp_pattern *ret);
// A whole text.
WB_MUST_CHECK struct wb_error *insp_pattern_read(const char *text, struct wb_arena *arena,
                                                 struct insp_pattern *ret);
// A whole text that must be a term: no variables.
WB_MUST_CHECK struct wb_error *insp_term_read(const char *text, struct wb_arena *arena,
                                              struct beam_value *ret);
// The term at the lexer's current word.
WB_MUST_CHECK struct wb_error *insp_term_parse(struct insp_lexer *lexer, struct beam_value *ret);

// bindings may be NULL. Parts of the value that were not read match only variables.
bool insp_pattern_match(const struct insp_pattern *pattern, const struct beam_value *value,
                        struct insp_bindings *bindings);
// Index of a variable, -1: it does not occur.
int insp_pattern_var(const struct insp_pattern *pattern, struct wb_bytes name);

#endif
